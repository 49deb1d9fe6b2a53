package main

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"
	"github.com/rogpeppe/go-internal/testscript"

	"frontdesk/store"
)

// redisCommand, "redis dies", ends the front desk's own Redis behind its back; "redis given SETTINGS…" starts one of somebody else's, with
// those settings, and names it to the front desk; "redis missing" takes redis-server off the PATH. "redis watched" names one with Sentinels to
// the front desk, which "redis fails-over" gives another primary; "redis clustered" a Cluster, where "redis moves" moves the account's slot.
func redisCommand(ts *testscript.TestScript, _ bool, args []string) {
	t := townOf(ts)
	switch {
	case len(args) == 1 && args[0] == "dies":
		options, err := store.Attach(filepath.Join(t.data, "redis"))
		ts.Check(err)
		client := redis.NewClient(options)
		ctx, cancel := context.WithTimeout(context.Background(), patienceTime)
		defer cancel()
		_ = client.ShutdownNoSave(ctx).Err() // it hangs up instead of answering
		ts.Check(client.Close())
	case len(args) >= 1 && args[0] == "given":
		ts.Check(t.giveRedis(ts, args[1:]))
	case len(args) == 1 && args[0] == "missing":
		ts.Setenv("PATH", strings.Join(slices.DeleteFunc(filepath.SplitList(ts.Getenv("PATH")), func(dir string) bool {
			_, err := os.Stat(filepath.Join(dir, "redis-server"))
			return err == nil
		}), string(filepath.ListSeparator)))
	case len(args) == 1 && t.topology(ts, args[0]):
	default:
		ts.Fatalf("usage: redis dies|missing|given SETTINGS…|watched|fails-over|clustered|moves")
	}
}

// giveRedis starts a Redis that is not the front desk's own; it ends with the script.
func (t *town) giveRedis(ts *testscript.TestScript, settings []string) error {
	host, _, err := net.SplitHostPort(strings.TrimPrefix(t.base, "http://"))
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return err
	}
	address := l.Addr().String()
	_, port, err := net.SplitHostPort(address)
	if err = errors.Join(err, l.Close()); err != nil {
		return err
	}
	dir := ts.MkAbs("given" + port)
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	cmd := exec.Command("redis-server", append([]string{"--bind", host, "--port", port, "--dir", dir, "--save", "", "--protected-mode", "no"}, settings...)...)
	if err := cmd.Start(); err != nil {
		return err
	}
	ts.Defer(func() {
		_ = cmd.Process.Kill() // gone already is as good
		_ = cmd.Wait()         // it was killed
	})
	ts.Setenv("FRONTDESK_REDIS_URL", "redis://"+address)
	client := redis.NewClient(&redis.Options{Addr: address})
	err = until(func() (bool, error) { return client.Ping(context.Background()).Err() == nil, nil })
	return errors.Join(err, client.Close())
}
