package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzSettings reads any settings file. It never panics; what cannot be used is whoever wrote it's mistake, and what can be used
// gives accounts that could work.
func FuzzSettings(f *testing.F) {
	example, err := os.ReadFile("../../frontdesk.example.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(example))
	for _, text := range []string{
		"", "listen: 127.0.0.1:1\n", "colour: blue", "accounts:\n  - {id: gh_one, app_id: wxone, token: one, aes_key: " + demoKey + "}\n", "accounts: {}", "accounts: [null]",
		"accounts: [{stations: [{grids: [{}]}]}]", "a: &a [*a]", "a: &a [1]\nb: *a", "<<: *x", "? \n:", "- - - -", "\t", "\x00", "\xff", "{", "!!binary x", "redis_replicas: 99999999999999999999",
		"secure: maybe", "--- \n---\n", "listen: |\n  a\n", "accounts: [{id: gh_a, secret: [\"x\"]}]", "redis_url: redis://:secret@h\nredis_replicas: 1",
	} {
		f.Add(text)
	}
	name := filepath.Join(f.TempDir(), "frontdesk.yaml")
	f.Fuzz(func(t *testing.T, text string) {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := readSettings(name, nothingSet)
		if err != nil {
			if wrong := (mistake{}); !errors.As(err, &wrong) || strings.TrimSpace(err.Error()) == "" {
				t.Errorf("%q: %v is nobody's mistake", text, err)
			}
			return
		}
		accounts, err := s.platforms()
		if err != nil {
			return
		}
		for i, a := range accounts {
			if err := a.Check(); err != nil {
				t.Errorf("%q: account %d was let through: %v", text, i, err)
			}
		}
		for _, a := range s.Accounts {
			if d := a.domain(); len(d.Stations) == 0 || d.ID != a.ID {
				t.Errorf("%q: an account without a station, %q", text, d.ID)
			}
		}
	})
}

// What is said about a file that cannot be read names keys and lines, never what stands behind a key.
func TestSettingsThatCannotBeReadKeepTheirSecrets(t *testing.T) {
	const secret = "hush4f1e"
	for _, text := range []string{
		"accounts:\n  - {id: gh_a, secret: " + secret + "}", "accounts:\n  - id: gh_a\n    secrt: " + secret, "accounts:\n  - id: gh_a\n    verified: " + secret,
		"redis_replicas: " + secret, "accounts: [{secret: [" + secret + "]}]", "redis_url: redis://:" + secret + "@host\nredis_replicas: x", "secure: " + secret,
		"accounts: " + secret, "accounts:\n  - stations:\n    - grids: " + secret, "accounts: [{aes_key: \"" + secret, "accounts: [{id: gh_a, aes_key: " + secret + "}]",
		"accounts: [{id: gh_a, app_id: a, token: t, aes_key: " + demoKey + ", previous_aes_key: " + secret + "}]", "accounts:\n\t- " + secret, "- " + secret, secret,
	} {
		name := filepath.Join(t.TempDir(), "frontdesk.yaml")
		write(t, name, text)
		s, err := readSettings(name, nothingSet)
		if err == nil {
			_, err = s.platforms()
		}
		if err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
