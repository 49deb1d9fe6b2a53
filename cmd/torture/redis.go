package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/store"
)

// redisSecret is the password of every Redis here.
const redisSecret = "torture"

// redisServer is a real Redis that a row may break. It comes back on the same address with the same files.
type redisServer struct {
	process
	addr   string
	client *redis.Client
}

// durable are the settings that the front desk demands.
func durable() map[string]string {
	return map[string]string{"appendonly": "yes", "appendfsync": "always", "no-appendfsync-on-rewrite": "no", "maxmemory-policy": "noeviction"}
}

// startRedis starts one in its own folder. Settings are added to the durable ones, or replace them; env is for preloaded libraries.
func startRedis(ctx context.Context, dir string, settings map[string]string, env ...string) (*redisServer, error) {
	addr, err := freeAddress()
	if err != nil {
		return nil, err
	}
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("start redis: %w", err)
	}
	all := durable()
	for k, v := range map[string]string{"bind": "127.0.0.1", "port": port, "requirepass": redisSecret, "dir": dir, "save": `""`} {
		all[k] = v
	}
	for k, v := range settings {
		all[k] = v
	}
	var conf strings.Builder
	for k, v := range all {
		conf.WriteString(k + " " + v + "\n")
	}
	file := filepath.Join(dir, "redis.conf")
	if err := os.WriteFile(file, []byte(conf.String()), 0o600); err != nil {
		return nil, fmt.Errorf("start redis: %w", err)
	}
	r := &redisServer{process: process{name: "redis", path: "redis-server", args: []string{file}, env: env, dir: dir}, addr: addr,
		client: redis.NewClient(store.Options(addr, redisSecret))}
	return r, r.up(ctx)
}

// up starts it, again or for the first time, and waits until it has loaded its files.
func (r *redisServer) up(ctx context.Context) error {
	if err := r.start(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return r.await(ctx, func() bool { return r.client.Ping(ctx).Err() == nil })
}

// url is the address that the front desk is told; through is the host and port to write in it.
func (r *redisServer) url(through string) string { return "redis://:" + redisSecret + "@" + through }

func (r *redisServer) close() error {
	err := r.kill()
	_ = r.client.Close() // its server is gone
	return err
}
