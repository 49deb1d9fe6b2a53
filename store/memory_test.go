package store

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/flows"
	"frontdesk/ticket"
)

// ownRedis is one that a test may set as it likes.
func ownRedis(t *testing.T) *redis.Client {
	t.Helper()
	own, err := Launch(t.Context(), Local{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(own.Options())
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_ = client.Close() // its server goes
		if err := own.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	return client
}

func TestIntakeStopsBeforeMemoryIsFull(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	client := ownRedis(t)
	s, err := New(Config{Client: client})
	if err != nil {
		t.Fatal(err)
	}
	limit := func(bytes int) {
		t.Helper()
		if err := errors.Join(client.ConfigSet(ctx, "maxmemory", strconv.Itoa(bytes)).Err(), s.Refresh(ctx)); err != nil {
			t.Fatal(err)
		}
	}
	say := func(id string) error {
		_, err := s.Converse(ctx, "gh_memory", "oLin", id, func(flows.Resident) (flows.Change, error) {
			return flows.Change{Answer: "在", Opens: flows.OpensMessage}, nil
		})
		return err
	}
	if err := say("1"); err != nil {
		t.Fatalf("without a limit: %v", err)
	}
	if err := client.Set(ctx, "ballast", strings.Repeat("x", 8<<20), 0).Err(); err != nil { // so that what is said weighs little
		t.Fatal(err)
	}
	text, err := client.Info(ctx, "memory").Result()
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(text, "used_memory:")
	used, err := strconv.Atoi(strings.TrimSpace(strings.SplitN(after, "\n", 2)[0]))
	if err != nil {
		t.Fatal(err)
	}
	limit(used * 107 / 100)
	if err := say("2"); !errors.Is(err, ticket.ErrUnavailable) {
		t.Errorf("nearly full: %v", err)
	}
	if err := say("1"); err != nil {
		t.Errorf("the platform's repetition of what is in effect: %v", err)
	}
	if _, err := s.Converse(ctx, "gh_memory", "oLin", "leaves", func(r flows.Resident) (flows.Change, error) {
		return flows.Decide(r, flows.Input{ID: "leaves", Kind: flows.Leave}, flows.World{Now: time.Now()})
	}); err != nil {
		t.Errorf("somebody who leaves: %v", err)
	}
	if r, err := s.resident(ctx, "gh_memory", "oLin"); err != nil || r.Followed {
		t.Errorf("who left still follows, %v", err)
	}
	if err := client.Set(ctx, "an officer's step", "kept", 0).Err(); err != nil {
		t.Errorf("there is no room left for officers: %v", err)
	}
	limit(used * 4)
	if err := say("2"); err != nil {
		t.Errorf("after there was room again: %v", err)
	}
}

// TestNothingIsWrittenOnceRedisMayLoseIt changes the settings of a Redis under a running front desk.
func TestNothingIsWrittenOnceRedisMayLoseIt(t *testing.T) {
	client := ownRedis(t)
	s, err := New(Config{Client: client})
	if err != nil {
		t.Fatal(err)
	}
	say := func(id string) error {
		_, err := s.Converse(t.Context(), "gh_memory", "oLin", id, func(flows.Resident) (flows.Change, error) {
			return flows.Change{Answer: "在", Opens: flows.OpensMessage}, nil
		})
		return err
	}
	for i, step := range []struct {
		appendfsync        string
		news, ready, taken bool
	}{{"always", false, true, true}, {"everysec", true, false, false}, {"everysec", false, false, false}, {"always", false, true, true}, {"no", true, false, false}} {
		if err := client.ConfigSet(t.Context(), "appendfsync", step.appendfsync).Err(); err != nil {
			t.Fatal(err)
		}
		if err := s.Recheck(t.Context()); (err != nil) != step.news {
			t.Errorf("step %d: %v", i, err)
		}
		if err := s.Ready(t.Context()); (err == nil) != step.ready {
			t.Errorf("step %d: ready: %v", i, err)
		}
		if err := say(strconv.Itoa(i)); (err == nil) != step.taken || err != nil && !errors.Is(err, ticket.ErrUnavailable) {
			t.Errorf("step %d: %v", i, err)
		}
	}
}
