package store

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/ticket"
)

func TestAWeakRedisIsRefused(t *testing.T) {
	client := realRedis(t)
	if err := Audit(t.Context(), client, 0); err != nil {
		t.Fatalf("our own redis: %v", err)
	}
	for name, want := range map[string]string{"hash-max-listpack-entries": "16", "hash-max-listpack-value": "4096"} {
		if got, err := client.ConfigGet(t.Context(), name).Result(); err != nil || got[name] != want {
			t.Errorf("our own redis: %s is %q, %v", name, got[name], err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	own, err := Launch(ctx, Local{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := own.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	weak := redis.NewClient(own.Options())
	defer func() { _ = weak.Close() }()
	if err := weak.ConfigSet(t.Context(), "min-replicas-to-write", "1").Err(); err != nil {
		t.Fatal(err)
	}
	if err := Audit(t.Context(), weak, 1); err != nil {
		t.Fatalf("set for one replica: %v", err)
	}
	if err := Audit(t.Context(), weak, 2); !errors.Is(err, ticket.ErrInvalid) {
		t.Errorf("one replica where two are wanted: %v", err)
	}
	if wrong, err := audit(t.Context(), weak, 1, true); err != nil || len(wrong) != 1 || !strings.Contains(wrong[0], "cluster-node-timeout") {
		t.Errorf("as a node of a Cluster that waits as long as Redis does by itself: %q, %v", wrong, err)
	}
	for name, values := range map[string][2]string{
		"appendfsync": {"everysec", "always"}, "min-replicas-max-lag": {"0", "10"}, "min-replicas-to-write": {"0", "1"}, "maxmemory-policy": {"allkeys-lru", "noeviction"}, "no-appendfsync-on-rewrite": {"yes", "no"},
	} {
		if err := weak.ConfigSet(t.Context(), name, values[0]).Err(); err != nil {
			t.Fatal(err)
		}
		if err := Audit(t.Context(), weak, 1); !errors.Is(err, ticket.ErrInvalid) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s %s: %v", name, values[0], err)
		}
		if err := weak.ConfigSet(t.Context(), name, values[1]).Err(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAWastefulRedisIsNamed(t *testing.T) {
	if found, err := Wasteful(t.Context(), realRedis(t)); err != nil || len(found) > 0 {
		t.Errorf("our own redis: %q, %v", found, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	own, err := Launch(ctx, Local{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(own.Options())
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := errors.Join(client.Close(), own.Stop(ctx)); err != nil {
			t.Error(err)
		}
	})
	for _, c := range []struct {
		name, value string
		wrong       bool
	}{
		{"hash-max-listpack-entries", "15", true}, {"hash-max-listpack-entries", "512", false},
		{"hash-max-listpack-value", "64", true}, {"hash-max-listpack-value", "8192", false},
	} {
		if err := client.ConfigSet(t.Context(), c.name, c.value).Err(); err != nil {
			t.Fatal(err)
		}
		found, err := Wasteful(t.Context(), client)
		if err != nil || c.wrong != (len(found) == 1) || c.wrong && !strings.HasPrefix(found[0], c.name) {
			t.Errorf("%s %s: %q, %v", c.name, c.value, found, err)
		}
		if err := Audit(t.Context(), client, 0); err != nil {
			t.Errorf("%s %s is refused: %v", c.name, c.value, err)
		}
	}
	if err := client.Do(t.Context(), "acl", "setuser", "default", "-config").Err(); err != nil {
		t.Fatal(err)
	}
	if _, err := Wasteful(t.Context(), client); !errors.Is(err, ErrUnchecked) {
		t.Errorf("settings that are hidden: %v", err)
	}
}

func TestOneProcessOneFolder(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	dir := t.TempDir()
	first, err := Launch(ctx, Local{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Launch(ctx, Local{Dir: dir}); !errors.Is(err, ticket.ErrConflict) {
		t.Errorf("a second one on the same folder: %v", err)
	}
	options, err := Attach(dir)
	if err != nil {
		t.Fatal(err)
	}
	joined := redis.NewClient(options)
	if err := joined.Set(t.Context(), "kept", "yes", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(joined.Close(), first.Stop(ctx)); err != nil {
		t.Fatal(err)
	}
	again, err := Launch(ctx, Local{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(again.Options())
	if got, err := client.Get(t.Context(), "kept").Result(); got != "yes" {
		t.Errorf("after a restart: %q, %v", got, err)
	}
	if err := errors.Join(client.Close(), again.Stop(ctx)); err != nil {
		t.Fatal(err)
	}
}

func TestAddressesOfRedis(t *testing.T) {
	for address, ok := range map[string]bool{
		"redis://127.0.0.1:6379/2": true, "rediss://:secret@a,b:7000,c": true, "redis://:secret@s1:26379,s2:26379?sentinel=room": true,
		"127.0.0.1:6379": false, "http://a": false, "redis://": false, "redis://:secret@a:6379/x": false,
	} {
		client, err := Open(address)
		if (err == nil) != ok || err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", address, err)
		}
		if client != nil {
			if err := client.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestOfficersAreFew(t *testing.T) {
	st := newStory(t)
	o := st.officer("id"+st.account[3:9], "林元众")
	if err := st.AddOfficer(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if err := st.AddOfficer(t.Context(), o); !errors.Is(err, ticket.ErrConflict) {
		t.Errorf("the same again: %v", err)
	}
	for _, bad := range []ticket.Officer{{}, {ID: "a b", Name: "x", Role: ticket.Police, Account: "a"}, {ID: "ok", Name: "x", Role: ticket.ByResident, Account: "a"}} {
		if err := st.AddOfficer(t.Context(), bad); !errors.Is(err, ticket.ErrInvalid) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	if err := errors.Join(st.SetHash(t.Context(), o.ID, "h"), st.DisableOfficer(t.Context(), o.ID), st.Refresh(t.Context())); err != nil {
		t.Fatal(err)
	}
	got, err := st.Officer(t.Context(), o.ID)
	if err != nil || got.Hash != "h" || !got.Disabled {
		t.Errorf("%+v, %v", got, err)
	}
	account, people := st.Desk(st.account)
	if account.Name == "" || people[o.ID].Name != o.Name || people[o.ID].Hash != "" {
		t.Errorf("in memory: %+v, %+v", account, people)
	}
}

func TestTheTokenIsNeverForEver(t *testing.T) {
	st := newStory(t)
	c := st.Cache(st.account)
	if err := c.Set("k", "v", 0); !errors.Is(err, ticket.ErrInvalid) {
		t.Errorf("without an end: %v", err)
	}
	if done, err := c.Swap("k", "", "v", 0); done || !errors.Is(err, ticket.ErrInvalid) {
		t.Errorf("swapped without an end: %v", err)
	}
	if c.Get("k") != nil {
		t.Error("it was kept all the same")
	}
	if err := errors.Join(c.Set("k", "v", time.Minute), c.Delete("none")); err != nil || c.Get("k") != "v" {
		t.Errorf("kept: %v, %v", c.Get("k"), err)
	}
	if err := c.Delete("k"); err != nil || c.Get("k") != nil {
		t.Errorf("deleted: %v", err)
	}
}

// TestOneOfManyPutsATokenThere lets many replicas swap at once: one of them does, from nothing and from what was there.
func TestOneOfManyPutsATokenThere(t *testing.T) {
	st := newStory(t)
	for _, was := range []string{"", "a"} {
		var all sync.WaitGroup
		var won atomic.Int32
		for range 8 {
			all.Go(func() {
				if done, err := st.Cache(st.account).Swap("k", was, was+"a", time.Minute); err != nil {
					t.Error(err)
				} else if done {
					won.Add(1)
				}
			})
		}
		all.Wait()
		if got := st.Cache(st.account).Get("k"); won.Load() != 1 || got != was+"a" {
			t.Errorf("from %q: %d did, and %v is there", was, won.Load(), got)
		}
	}
}

// TestOurOwnRedisHasALimit holds that the guard of [Store.Converse] has something to go by, whatever the machine has.
func TestOurOwnRedisHasALimit(t *testing.T) {
	total, err := memory()
	if err != nil || total < 64<<20 || total > 1<<50 {
		t.Fatalf("the machine has %d bytes, %v", total, err)
	}
	got, err := realRedis(t).ConfigGet(t.Context(), "maxmemory").Result()
	if err != nil || got["maxmemory"] != strconv.FormatUint(share(total), 10) {
		t.Errorf("of %d bytes redis may use %v, %v", total, got, err)
	}
	for total, want := range map[uint64]uint64{1 << 30: 512 << 20, 128 << 20: 256 << 20, 64 << 30: 32 << 30} {
		if got := share(total); got != want {
			t.Errorf("of %d bytes it may use %d", total, got)
		}
	}
}
