package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/cmd/torture/growth"
	"frontdesk/store"
)

// This file measures how long residents go without an answer when the primary of a filled Redis dies and its replica takes over, as a
// Sentinel arranges it.

// guard is a Sentinel that needs nobody's consent. It finds a primary dead after a second.
type guard struct {
	process
	addr   string
	client *redis.SentinelClient
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
	s := &guard{addr: addr, client: redis.NewSentinelClient(store.Options(addr, "")), process: process{name: "sentinel", path: "redis-server", args: []string{file, "--sentinel"}, dir: dir}}
	if err := s.start(); err != nil {
		return nil, err
	}
	err = s.await(ctx, func() bool { return listens(addr) })
	if err == nil {
		err = s.client.Process(ctx, redis.NewStatusCmd(ctx, "SENTINEL", "DEBUG", "info-period", 1000)) // else it looks at a replica every ten seconds
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start a sentinel: %w", err), s.close())
	}
	return s, nil
}

// settled waits until the Sentinel takes this one for the primary that is alive and, where there is one, the other for a replica that may take over. Who breaks things
// before finds the Sentinel without a successor, and it waits for eight seconds before it looks for one again; or it takes a server that came back for the primary.
func (s *guard) settled(ctx context.Context, primary, replica *redisServer) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	is := func(told map[string]string, r *redisServer) bool {
		return net.JoinHostPort(told["ip"], told["port"]) == r.addr
	}
	err := s.await(ctx, func() bool {
		it, err := s.client.Master(ctx, "room").Result()
		if err != nil || !is(it, primary) || it["flags"] != "master" {
			return false
		}
		others, err := s.client.Replicas(ctx, "room").Result()
		return err == nil && (replica == nil || slices.ContainsFunc(others, func(it map[string]string) bool {
			return is(it, replica) && it["flags"] == "slave" && it["master-link-status"] == "ok"
		}))
	})
	if err != nil {
		return fmt.Errorf("the Sentinel has not settled: %w", err)
	}
	return nil
}

// close ends it.
func (s *guard) close() error { return errors.Join(s.kill(), s.client.Close()) }

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
	defer func() { err = errors.Join(err, watch.close()) }()
	t, err := newTown(ctx, g.w, plan{redis: primary, serve: []string{"--allow-volatile"}, env: map[string]string{
		"FRONTDESK_CONFIG": g.settings, "FRONTDESK_REDIS_URL": "redis://:" + redisSecret + "@" + watch.addr + "?sentinel=room"}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.close()) }()
	residents, random := newCrowd(t, 0), rand.New(rand.NewPCG(1, 1))
	for i := range times {
		if err := watch.settled(ctx, primary, replica); err != nil {
			return err
		}
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
		if err := errors.Join(watch.settled(ctx, primary, nil), replica.up(ctx)); err != nil {
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
