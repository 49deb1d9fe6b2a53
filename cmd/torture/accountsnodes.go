package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

// This file founds the Cluster of the row accounts.

// startNode starts one node of a Cluster to be.
func startNode(ctx context.Context, w *workshop) (*redisServer, error) {
	dir, err := w.folder("node")
	if err != nil {
		return nil, err
	}
	bus, err := freeAddress()
	if err != nil {
		return nil, err
	}
	_, port, err := net.SplitHostPort(bus)
	if err != nil {
		return nil, fmt.Errorf("start a node: %w", err)
	}
	return startRedis(ctx, dir, map[string]string{
		"cluster-enabled": "yes", "cluster-port": port, "masterauth": redisSecret, "repl-diskless-sync-delay": "0", "cluster-node-timeout": "5000",
		"hash-max-listpack-entries": "16", "hash-max-listpack-value": "4096",
	})
}

// foundCluster gives each node its third of the slots and waits until they know each other.
func foundCluster(ctx context.Context, nodes []*redisServer) error {
	const slots = 16384
	for i, n := range nodes {
		if err := errors.Join(n.client.Do(ctx, "CLUSTER", "SET-CONFIG-EPOCH", i+1).Err(),
			n.client.Do(ctx, "CLUSTER", "ADDSLOTSRANGE", i*slots/shards, (i+1)*slots/shards-1).Err()); err != nil {
			return fmt.Errorf("found a cluster: %w", err)
		}
		if i > 0 {
			if err := n.meet(ctx, nodes[0]); err != nil {
				return err
			}
		}
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for _, n := range nodes {
		if err := n.await(ctx, func() bool {
			text, err := n.client.ClusterInfo(ctx).Result()
			return err == nil && strings.Contains(text, "cluster_state:ok") && strings.Contains(text, fmt.Sprint("cluster_known_nodes:", shards))
		}); err != nil {
			return err
		}
	}
	return nil
}

// copyNodes gives each node a replica, without which it takes no writes any more.
func copyNodes(ctx context.Context, w *workshop, nodes []*redisServer) (copies []*redisServer, err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for _, n := range nodes {
		r, err := startNode(ctx, w)
		if r != nil {
			copies = append(copies, r)
		}
		if err != nil {
			return copies, err
		}
		id, err := n.client.ClusterMyID(ctx).Result()
		if err != nil {
			return copies, fmt.Errorf("copy a node: %w", err)
		}
		if err := r.meet(ctx, n); err != nil {
			return copies, err
		}
		if err := r.await(ctx, func() bool { return r.client.Do(ctx, "CLUSTER", "REPLICATE", id).Err() == nil }); err != nil { // once it has heard of it
			return copies, err
		}
		if err := r.await(ctx, func() bool {
			text, err := r.client.Info(ctx, "replication").Result()
			return err == nil && strings.Contains(text, "master_link_status:up")
		}); err != nil {
			return copies, err
		}
		for _, one := range []*redisServer{n, r} { // a replica may be the primary one day
			if err := errors.Join(one.client.ConfigSet(ctx, "min-replicas-to-write", "1").Err(), one.client.ConfigSet(ctx, "min-replicas-max-lag", "10").Err()); err != nil {
				return copies, fmt.Errorf("copy a node: %w", err)
			}
		}
	}
	return copies, nil
}

// meet makes a node known to another one.
func (r *redisServer) meet(ctx context.Context, other *redisServer) error {
	host, port, err := net.SplitHostPort(r.addr)
	if err != nil {
		return fmt.Errorf("meet a node: %w", err)
	}
	bus, err := r.client.ConfigGet(ctx, "cluster-port").Result()
	if err != nil {
		return fmt.Errorf("meet a node: %w", err)
	}
	if err := other.client.Do(ctx, "CLUSTER", "MEET", host, port, bus["cluster-port"]).Err(); err != nil {
		return fmt.Errorf("meet a node: %w", err)
	}
	return nil
}
