package store

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// shared is the one real Redis of this test binary.
var shared *Server

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "frontdesk-store")
		if err == nil {
			defer func() { _ = os.RemoveAll(dir) }() // left behind is no failure of a test
			ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
			defer cancel()
			shared, err = Launch(ctx, Local{Dir: dir})
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer func() {
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			defer cancel()
			if err := shared.Stop(ctx); err != nil {
				fmt.Fprintln(os.Stderr, err)
			}
		}()
		return m.Run()
	}())
}

// realRedis gives a client of the real server. Each test uses an account of its own, so that tests do not meet.
func realRedis(t testing.TB) redis.UniversalClient {
	t.Helper()
	client := redis.NewClient(shared.Options())
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	})
	return client
}
