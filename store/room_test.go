package store

import (
	"context"
	"errors"
	commandline "flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"
)

// shared is the Redis of the tests that run: the server first, then the demo's memory.
var shared interface{ Options() *redis.Options }

// needsServer names the tests that cannot run on the demo's memory, and why.
var needsServer = map[string]string{
	"TestAWeakRedisIsRefused":                   "it has no CONFIG",
	"TestABackupIsOfOneServer":                  "it does not tell which server it is",
	"TestOurOwnRedisHasALimit":                  "it has no CONFIG",
	"TestAWastefulRedisIsNamed":                 "it has no CONFIG",
	"TestAnUndoneEntryIsNotBuiltOn":             "it dumps and restores strings only",
	"TestAnUndoneRecordDoesNotShutAResidentOut": "as above",
	"TestAnUndoneAnswerDoesNotComeBack":         "as above",
}

// TestMain fails too when something still runs after all tests.
func TestMain(m *testing.M) { goleak.VerifyTestMain(withRedis{m}) }

// withRedis is the tests with their Redis around them.
type withRedis struct{ tests *testing.M }

// Run runs the tests on a real server, then on miniredis, which the demo runs on.
func (w withRedis) Run() int {
	commandline.Parse()
	code := w.onServer()
	for _, name := range []string{"test.list", "test.bench", "test.fuzz"} {
		if code != 0 || commandline.Lookup(name).Value.String() != "" {
			return code
		}
	}
	skip := commandline.Lookup("test.skip").Value
	names := slices.Collect(maps.Keys(needsServer))
	for i, name := range names {
		names[i] = "^" + name + "$"
	}
	if said := skip.String(); said != "" {
		names = append(names, said)
	}
	memory := miniredis.NewMiniRedis()
	if err := errors.Join(skip.Set(strings.Join(names, "|")), memory.Start()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer memory.Close()
	shared = inMemory{memory}
	fmt.Println("and on miniredis:")
	return w.tests.Run()
}

// onServer starts a server, runs the tests and stops it.
func (w withRedis) onServer() int {
	dir, err := os.MkdirTemp("", "frontdesk-store")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }() // left behind is no failure of a test
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	server, err := Launch(ctx, Local{Dir: dir})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := server.Stop(ctx); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}()
	shared = server
	return w.tests.Run()
}

// inMemory is the demo's memory.
type inMemory struct{ *miniredis.Miniredis }

// Options are the settings of a client.
func (m inMemory) Options() *redis.Options { return Options(m.Addr(), "") }

// realRedis gives a client of the Redis that the tests run on. Each test uses an account of its own, so that tests do not meet.
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
