package main

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/store"
	"frontdesk/ticket"
)

// TestCommandsLeaveTheAccountAlone runs commands on a machine whose settings are older than those that a front desk serves with: the stations stay those of the front desk.
func TestCommandsLeaveTheAccountAlone(t *testing.T) {
	data := t.TempDir()
	values := map[string]string{
		"FRONTDESK_DATA": data, "FRONTDESK_WECHAT_ID": townAccount, "FRONTDESK_WECHAT_APPID": "wxtown0000000001",
		"FRONTDESK_WECHAT_TOKEN": "townToken", "FRONTDESK_WECHAT_AES_KEY": demoKey,
	}
	says := func(args ...string) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		var said strings.Builder
		if code := run(ctx, args, environment{
			Stdin: strings.NewReader("night-watch-110"), Stdout: io.Discard, Stderr: &said, Getenv: func(name string) string { return values[name] }, Now: time.Now,
		}); code != 0 {
			t.Fatalf("%v: %s", args, &said)
		}
	}
	within := func(do func(*store.Store) error) {
		t.Helper()
		server, err := store.Launch(t.Context(), store.Local{Dir: filepath.Join(data, "redis")})
		if err != nil {
			t.Fatal(err)
		}
		client := redis.NewClient(server.Options())
		s, err := store.New(store.Config{Client: client})
		if err == nil {
			err = do(s)
		}
		if err := errors.Join(err, client.Close(), server.Stop(t.Context())); err != nil {
			t.Fatal(err)
		}
	}
	says("officer", "add", "3301", "--name", "林元众", "--password-stdin") // before any front desk ran
	within(func(s *store.Store) error {
		return s.PutAccount(t.Context(), ticket.Account{ID: townAccount, Name: "长安路警务室", Stations: []ticket.Station{{ID: "main"}, {ID: "north"}}})
	})
	says("fsck")
	says("tickets", "list")
	says("officer", "add", "3302", "--name", "周敏", "--station", "north", "--password-stdin")
	within(func(s *store.Store) error {
		if a, err := s.Account(t.Context(), townAccount); err != nil || len(a.Stations) != 2 {
			t.Errorf("the account has stations %v, %v", a.Stations, err)
		}
		return nil
	})
}
