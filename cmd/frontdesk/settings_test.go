package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"frontdesk/bot"
)

func nothingSet(string) string { return "" }

// TestExampleSettings keeps the example at the root true: as it stands it is refused, so that nobody serves under secrets that anybody can
// read here, and with the secrets filled in it makes an account that could work.
func TestExampleSettings(t *testing.T) {
	s, err := readSettings("../../frontdesk.example.yaml", nothingSet)
	if err != nil {
		t.Fatal(err)
	}
	a := &s.Accounts[0]
	for _, fill := range []func(){func() { a.Token = "roomToken" }, func() { a.AESKey = demoKey }} {
		if _, err := s.platforms(); err == nil {
			t.Error("the example's secrets are taken")
		}
		fill()
	}
	accounts, err := s.platforms()
	if err != nil {
		t.Fatal(err)
	}
	if len(accounts) != 1 || accounts[0].Mode != bot.Safe || !s.secure() {
		t.Errorf("the example does not show the safe way: %v", s.Accounts[0].Mode)
	}
	d := s.Accounts[0].domain()
	if _, ok := d.StationOf("main"); !ok || d.Name == "" || d.Hotline == "" || len(d.Stations[0].Grids) != 2 {
		t.Errorf("the example's room is %+v", d)
	}
}

func TestReplicasNeedARedisThatHasThem(t *testing.T) {
	for set, ok := range map[[2]string]bool{
		{"redis://one?sentinel=room", "1"}: true, {"redis://one", ""}: true, {"", "1"}: false, {"redis://one", "-1"}: false, {"redis://one", "many"}: false,
	} {
		s, err := readSettings("", func(name string) string {
			return map[string]string{"FRONTDESK_REDIS_URL": set[0], "FRONTDESK_REDIS_REPLICAS": set[1]}[name]
		})
		if (err == nil) != ok || ok && set[1] == "1" && s.Replicas != 1 {
			t.Errorf("%q: %d replicas, %v", set, s.Replicas, err)
		}
	}
}

func TestVariablesWinOverTheFile(t *testing.T) {
	dir := t.TempDir()
	file, secret := filepath.Join(dir, "frontdesk.yaml"), filepath.Join(dir, "secret")
	write(t, secret, "from-a-file\n")
	write(t, file, `
listen: 127.0.0.1:1
accounts:
  - {id: gh_one, app_id: wxone, token: one, aes_key: `+demoKey+`, secret: of-the-settings, kind: service, verified: true}
  - {id: gh_two, app_id: wxtwo, token: two, aes_key: `+demoKey+`}
`)
	set := map[string]string{
		"FRONTDESK_LISTEN": "127.0.0.1:2", "FRONTDESK_WECHAT_ID": "gh_one", "FRONTDESK_WECHAT_SECRET_FILE": secret,
		"FRONTDESK_WECHAT_VERIFIED": "false", "FRONTDESK_REDIS_URL": "redis://one",
	}
	s, err := readSettings(file, func(name string) string { return set[name] })
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.platforms()
	if err != nil {
		t.Fatal(err)
	}
	want := []bot.Account{
		{ID: "gh_one", AppID: "wxone", Token: "one", AESKey: demoKey, Secret: "from-a-file", Mode: bot.Safe, Service: true},
		{ID: "gh_two", AppID: "wxtwo", Token: "two", AESKey: demoKey, Mode: bot.Safe},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if s.Listen != "127.0.0.1:2" || s.RedisURL != "redis://one" || s.Data != "data" {
		t.Errorf("the settings are %s, %s, %s", s.Listen, s.RedisURL, s.Data)
	}
}

func TestWrongSettings(t *testing.T) {
	account := func(more string) string {
		return "accounts:\n  - {id: gh_one, app_id: wxone, token: one, aes_key: " + demoKey + ", " + more + "}\n"
	}
	for _, c := range []struct{ name, text, says string }{
		{"unknown key", "listen: a\ncolour: blue\n", "colour"},
		{"line of an unknown key", "listen: a\ncolour: blue\n", "2"},
		{"no account", "listen: a\n", "no account"},
		{"kind", account("kind: sandbox"), "subscription or service"},
		{"mode", account("mode: none"), "safe, compatible or plaintext"},
		{"verified without secret", account("verified: true"), "secret"},
		{"plain API on a network", account("api_base: http://192.0.2.1"), "https://"},
		{"plain API by a name", account("api_base: http://localhost.example.org"), "https://"},
		{"no address", account("api_base: api.weixin.qq.com"), "not an address"},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "frontdesk.yaml")
			write(t, file, c.text)
			s, err := readSettings(file, nothingSet)
			if err == nil {
				_, err = s.platforms()
			}
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %v does not say %q", err, c.says)
			}
		})
	}
}

func TestGoodAPIBases(t *testing.T) {
	for _, base := range []string{"", "https://api2.weixin.qq.com", "http://127.0.0.1:9/sim", "http://localhost:9", "http://[::1]:9"} {
		if err := checkBase(base); err != nil {
			t.Errorf("%q: %v", base, err)
		}
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
