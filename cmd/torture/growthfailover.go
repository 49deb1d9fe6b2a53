package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"frontdesk/cmd/torture/growth"
)

// This file measures how long residents go without an answer when the primary of a filled Redis dies and its replica takes over, as a
// Sentinel arranges it.

// guard is a Sentinel that needs nobody's consent. It finds a primary dead after a second.
type guard struct {
	process
	addr string
}

// downAfter is how long a guard waits before it takes a silent primary for dead, in milliseconds.
const downAfter = 1000

// newGuard starts one that watches the primary.
func newGuard(ctx context.Context, w *workshop, primary *redisServer) (*guard, error) {
	dir, err := w.folder("sentinel")
	if err != nil {
		return nil, err
	}
	addr, err := freeAddress()
	if err != nil {
		return nil, err
	}
	_, own, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("start a sentinel: %w", err)
	}
	host, port, err := net.SplitHostPort(primary.addr)
	if err != nil {
		return nil, fmt.Errorf("start a sentinel: %w", err)
	}
	file := filepath.Join(dir, "sentinel.conf")
	settings := []string{
		"bind 127.0.0.1", "port " + own, "dir " + dir, fmt.Sprintf("sentinel monitor room %s %s 1", host, port), "sentinel auth-pass room " + redisSecret,
		fmt.Sprintf("sentinel down-after-milliseconds room %d", downAfter), "sentinel failover-timeout room 4000",
	}
	if err := os.WriteFile(file, []byte(strings.Join(settings, "\n")+"\n"), 0o600); err != nil {
		return nil, fmt.Errorf("start a sentinel: %w", err)
	}
	s := &guard{addr: addr, process: process{name: "sentinel", path: "redis-server", args: []string{file, "--sentinel"}, dir: dir}}
	if err := s.start(); err != nil {
		return nil, err
	}
	return s, s.await(ctx, func() bool { return listens(addr) })
}

// failOver kills the primary so many times, the other one each time, and notes how long it takes until a resident is answered.
func (g *grown) failOver(ctx context.Context, times int) (err error) {
	for _, r := range g.replicas { // the front desk that was measured knows no Sentinel
		err = errors.Join(err, r.kill())
	}
	if err != nil {
		return err
	}
	primary := g.redis
	replica, err := g.replicate(ctx)
	if err != nil {
		return err
	}
	second := replica // the two change places below; the first one is the town's to close
	defer func() { err = errors.Join(err, second.close()) }()
	watch, err := newGuard(ctx, g.w, primary)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, watch.kill()) }()
	t, err := newTown(ctx, g.w, plan{redis: primary, serve: []string{"--allow-volatile"}, env: map[string]string{
		"FRONTDESK_CONFIG": g.settings, "FRONTDESK_REDIS_URL": "redis://:" + redisSecret + "@" + watch.addr + "?sentinel=room"}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.close()) }()
	residents, random := newCrowd(t, 0), rand.New(rand.NewPCG(1, 1))
	for i := range times {
		who := growth.OpenID(i * 7919 % g.residents)
		if _, err := residents.say(ctx, who, "进度", random); err != nil {
			return fmt.Errorf("before the failover: %w", err)
		}
		began := time.Now()
		if err := primary.kill(); err != nil {
			return err
		}
		if _, err := residents.say(ctx, who, "进度", random); err != nil {
			return fmt.Errorf("after the failover: %w", err)
		}
		g.failovers = append(g.failovers, time.Since(began))
		primary, replica = replica, primary
		if err := replica.up(ctx); err != nil {
			return err
		}
		if err := replica.follow(ctx, primary); err != nil {
			return err
		}
	}
	return nil
}

// replicate starts a second Redis that holds what the first one holds.
func (g *grown) replicate(ctx context.Context) (*redisServer, error) {
	dir, err := g.w.folder("redis")
	if err != nil {
		return nil, err
	}
	for name, value := range map[string]string{"masterauth": redisSecret, "repl-diskless-sync-delay": "0"} {
		if err := g.redis.client.ConfigSet(ctx, name, value).Err(); err != nil {
			return nil, fmt.Errorf("have redis replicated: %w", err)
		}
	}
	if err := g.redis.client.Do(ctx, "CONFIG", "REWRITE").Err(); err != nil {
		return nil, fmt.Errorf("have redis replicated: %w", err)
	}
	r, err := startRedis(ctx, dir, map[string]string{"appendfsync": "no", "masterauth": redisSecret,
		"hash-max-listpack-entries": "16", "hash-max-listpack-value": "4096", "repl-diskless-sync-delay": "0"})
	if err != nil {
		return nil, err
	}
	if err := r.follow(ctx, g.redis); err != nil {
		return nil, errors.Join(err, r.close())
	}
	return r, nil
}

// follow makes it a replica of another one and waits until it holds what that one holds.
func (r *redisServer) follow(ctx context.Context, primary *redisServer) error {
	host, port, err := net.SplitHostPort(primary.addr)
	if err != nil {
		return fmt.Errorf("have redis replicated: %w", err)
	}
	if err := r.client.Do(ctx, "REPLICAOF", host, port).Err(); err != nil {
		return fmt.Errorf("have redis replicated: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	return r.await(ctx, func() bool {
		text, err := r.client.Info(ctx, "replication").Result()
		own, failed := r.client.Info(ctx, "persistence").Result()
		return errors.Join(err, failed) == nil && strings.Contains(text, "master_link_status:up") &&
			strings.Contains(own, "aof_rewrite_in_progress:0") && strings.Contains(own, "aof_rewrite_scheduled:0")
	})
}
