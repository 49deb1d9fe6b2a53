package store

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"
)

// ear hears the commands that a client sends.
type ear struct {
	mu    sync.Mutex
	heard []string
}

func (e *ear) hook() around {
	return func(cmds []redis.Cmder, send func([]redis.Cmder) error) error {
		e.hear(cmds)
		return send(cmds)
	}
}

func (e *ear) hear(cmds []redis.Cmder) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, c := range cmds {
		e.heard = append(e.heard, strings.ToLower(fmt.Sprintln(c.Args()...)))
	}
}

// TestRedis62IsEnough holds that the outcome of a template message is kept without SET … NX GET, which a Redis before 7.0 refuses.
func TestRedis62IsEnough(t *testing.T) {
	st := newStory(t)
	client, e := redis.NewClient(shared.Options()), &ear{}
	t.Cleanup(func() { _ = client.Close() }) // only listened to
	client.AddHook(e.hook())
	other := st.replica(client)
	for range 2 {
		if err := other.Noticed(t.Context(), st.account, "62", "failed"); err != nil {
			t.Fatal(err)
		}
	}
	if len(e.heard) == 0 {
		t.Fatal("nothing was sent")
	}
	for _, cmd := range e.heard {
		words := strings.Fields(cmd)
		if words[0] == "set" && slices.Contains(words, "nx") && slices.Contains(words, "get") {
			t.Errorf("sent: %s", cmd)
		}
	}
}
