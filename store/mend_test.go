package store

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/ticket"
)

// newestFile is the file that the newest commands are in.
func newestFile(t *testing.T, dir string) string {
	t.Helper()
	name, err := newest(filepath.Join(dir, "appendonlydir"))
	if err != nil || name == "" {
		t.Fatalf("%q, %v", name, err)
	}
	return name
}

// once runs a Redis of our own in a folder, does something and stops it.
func once(t *testing.T, dir string, do func(*redis.Client)) {
	t.Helper()
	s, err := Launch(t.Context(), Local{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	c := redis.NewClient(s.Options())
	do(c)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := errors.Join(c.Close(), s.Stop(ctx)); err != nil {
		t.Fatal(err)
	}
}

// kept runs a Redis that keeps some values, stops it and gives its folder.
func kept(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	once(t, dir, func(c *redis.Client) {
		for _, name := range []string{"first", "second", "third"} {
			if err := c.Set(t.Context(), name, "kept", 0).Err(); err != nil {
				t.Error(err)
			}
		}
	})
	return dir
}

// halfTransaction ends in the middle of the second command of one.
const halfTransaction = "*1\r\n$5\r\nMULTI\r\n*3\r\n$3\r\nSET\r\n$5\r\nthird\r\n$2\r\nno\r\n*3\r\n$3\r\nSET\r\n$6\r\nfou"

// An end that nobody can have been told of does not keep the room from opening, and never takes effect: not at the next start, and not with the
// next transaction at the start after it.
func TestATornEndLoads(t *testing.T) {
	zeros := string(make([]byte, 70_000))
	for name, end := range map[string]string{
		"half a command":                  "*3\r\n$3\r\nSET\r\n$5\r\nthi",
		"half a transaction":              "*1\r\n$5\r\nMULTI\r\n*3\r\n$3\r\nSET\r\n$5\r\nthird\r\n$2\r\nno\r\n",
		"half a command of a transaction": halfTransaction,
		"half a transaction and zeros":    halfTransaction + zeros,
		"zeros":                           zeros,
		"half a word and zeros":           "*3\r\n$3\r\nSE" + zeros[:2],
	} {
		t.Run(name, func(t *testing.T) {
			dir := kept(t)
			f, err := os.OpenFile(newestFile(t, dir), os.O_WRONLY|os.O_APPEND, 0)
			if err != nil {
				t.Fatal(err)
			}
			_, err = f.WriteString(end)
			if err := errors.Join(err, f.Close()); err != nil {
				t.Fatal(err)
			}
			once(t, dir, func(c *redis.Client) {
				err := c.Eval(t.Context(), "redis.call('SET', 'fifth', 'kept') redis.call('SET', 'sixth', 'kept')", nil).Err()
				if err != nil && !errors.Is(err, redis.Nil) {
					t.Error(err)
				}
			})
			once(t, dir, func(c *redis.Client) {
				for _, name := range []string{"first", "second", "third", "fifth", "sixth"} {
					if got := c.Get(t.Context(), name).Val(); got != "kept" {
						t.Errorf("%s is %q", name, got)
					}
				}
			})
		})
	}
}

// Damage before the end is for a person to decide on: what is behind it was confirmed.
func TestADamagedFileIsLeftAsItIs(t *testing.T) {
	for name, damage := range map[string]string{"garbage": "garbage", "zeros": string(make([]byte, 20))} {
		dir := kept(t)
		file := newestFile(t, dir)
		was, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		copy(was[len(was)/2:], damage)
		if err := os.WriteFile(file, was, 0o600); err != nil {
			t.Fatal(err)
		}
		if s, err := Launch(t.Context(), Local{Dir: dir}); err == nil {
			t.Errorf("%s: it starts: %v", name, s.Stop(t.Context()))
		}
		if is, err := os.ReadFile(file); err != nil || !bytes.Equal(is, was) {
			t.Errorf("%s: the file was changed, %v", name, err)
		}
	}
}

// TestOnlyFilesOfRedis7AreMended looks into the folders of other programs: what was not looked at is not called well.
func TestOnlyFilesOfRedis7AreMended(t *testing.T) {
	for name, c := range map[string]struct {
		files []string
		there bool
		other bool
	}{
		"nothing":                  {},
		"a snapshot only":          {files: []string{"dump.rdb"}},
		"redis 7":                  {files: []string{"appendonlydir/appendonly.aof.manifest", "appendonlydir/appendonly.aof.1.incr.aof"}, there: true},
		"redis 6":                  {files: []string{"appendonly.aof"}, other: true},
		"redis 7 by another name":  {files: []string{"appendonlydir/room.aof.manifest", "appendonlydir/room.aof.1.incr.aof"}, other: true},
		"redis 7 in another place": {files: []string{"commands/appendonly.aof.manifest"}, other: true},
	} {
		dir := t.TempDir()
		for _, file := range c.files {
			if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, file)), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, file), []byte("file appendonly.aof.1.incr.aof seq 1 type i\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if there, err := HasCommands(dir); there != c.there || errors.Is(err, ticket.ErrInvalid) != c.other || (err != nil) != c.other {
			t.Errorf("%s: %v, %v", name, there, err)
		}
	}
}
