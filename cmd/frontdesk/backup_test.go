package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/redis/go-redis/v9"

	"frontdesk/store"
)

// Nobody works on half a restore, and it can be given up.
func TestHalfARestore(t *testing.T) {
	data := t.TempDir()
	values := map[string]string{
		"FRONTDESK_DATA": data, "FRONTDESK_LISTEN": "127.0.0.1:0", "FRONTDESK_WECHAT_ID": townAccount, "FRONTDESK_WECHAT_APPID": "wxtown0000000001",
		"FRONTDESK_WECHAT_TOKEN": "townToken", "FRONTDESK_WECHAT_AES_KEY": demoKey,
	}
	says := func(args ...string) (code int, said string) {
		var out bytes.Buffer
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second) // one that serves ends then, and well
		defer cancel()
		code = run(ctx, args, environment{
			Stdin: strings.NewReader("night-watch-110"), Stdout: &out, Stderr: &out, Getenv: func(name string) string { return values[name] }, Now: time.Now,
		})
		return code, out.String()
	}
	file := filepath.Join(t.TempDir(), "room")
	if code, said := says("officer", "add", "3301", "--name", "林元众", "--password-stdin"); code != 0 {
		t.Fatal(said)
	}
	code, said := says("backup", "--to", file)
	words := strings.Fields(said)
	if code != 0 || len(words) < 2 {
		t.Fatal(said)
	}
	server, err := store.Launch(t.Context(), store.Local{Dir: filepath.Join(data, "redis")})
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(server.Options())
	if err := errors.Join(client.Set(t.Context(), "frontdesk:restoring", words[1], 0).Err(), client.Close(), server.Stop(t.Context())); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"serve"}, {"officer", "list"}, {"fsck"}, {"backup", "--to", file + "2"}} {
		if code, said := says(args...); code != 1 || !strings.Contains(said, "a restore was begun") {
			t.Errorf("%v: code %d: %s", args, code, said)
		}
	}
	if code, said := says("restore", "--abandon", "--from", file); code != 0 || !strings.Contains(said, "the restore is given up") {
		t.Errorf("code %d: %s", code, said)
	}
	if code, said := says("officer", "list"); code != 0 || !strings.Contains(said, "3301") { // the restore had not brought them
		t.Errorf("then: code %d: %s", code, said)
	}
}

func TestAFileIsThereWholeOrNot(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "b")
	broken := errors.New("broken")
	if err := freshFile(name, func(w io.Writer) error { _, _ = w.Write([]byte("half")); return broken }); !errors.Is(err, broken) {
		t.Errorf("a broken one: %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	// Somebody makes one of that name while ours is written.
	err := freshFile(name, func(io.Writer) error { return os.WriteFile(name, []byte("theirs"), 0o600) })
	if text, _ := os.ReadFile(name); err == nil || string(text) != "theirs" {
		t.Errorf("theirs is %q: %v", text, err)
	}
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	if err := freshFile(name, func(w io.Writer) error { _, err := w.Write([]byte("ours")); return err }); err != nil {
		t.Fatal(err)
	}
	about, err := os.Stat(name)
	if err != nil || about.Mode().Perm() != 0o600 || about.Size() != 4 {
		t.Errorf("%v, %v", about, err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

// A backup for an age key is opened by that key alone.
func TestABackupForAKey(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	ours, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	recipients, err := lockFlags{Recipients: write("recipients", ours.Recipient().String()+"\n")}.recipients()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "locked")
	err = freshFile(file, func(w io.Writer) error {
		locked, err := lock(w, recipients)
		if err != nil {
			return err
		}
		_, err = locked.Write([]byte("words of a resident"))
		return errors.Join(err, locked.Close())
	})
	if err != nil {
		t.Fatal(err)
	}
	for key, opens := range map[string]bool{ours.String(): true, theirs.String(): false} {
		b, err := openBackup(file, keyFlags{Identity: write("key", key+"\n")})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // a restore reads twice
			r, err := b.open()
			if !opens {
				if err == nil {
					t.Error("another key opens it")
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			if text, err := io.ReadAll(r); err != nil || string(text) != "words of a resident" {
				t.Errorf("%q, %v", text, err)
			}
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}
	if text, _ := os.ReadFile(file); bytes.Contains(text, []byte("resident")) {
		t.Error("it can be read as it is")
	}
	secret := write("notakey", "AGE-SECRET-KEY-1 torn")
	if _, err := openBackup(file, keyFlags{Identity: secret}); err == nil || strings.Contains(err.Error(), "AGE-SECRET") {
		t.Errorf("a torn key: %v", err)
	}
}
