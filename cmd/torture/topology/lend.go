package topology

import (
	"context"
	"errors"
	"strings"
	"time"
)

// This file lends a topology to others who need a real one and put a load of their own on it. Whoever starts one closes it.

// Watched is a running Redis with two replicas and three Sentinels.
type Watched struct {
	Address string // as the front desk is told: the Sentinels, the password and the name of the primary
	servers *watched
}

// StartWatched starts one and returns when all know each other. With demanded > 0 a primary refuses writes when fewer replicas follow it. The
// error says what was waited for in vain; nothing is left running then.
func StartWatched(ctx context.Context, demanded int) (*Watched, error) {
	w, err := newWatched(ctx, demanded)
	if err != nil {
		return nil, err
	}
	err = until(ctx, "a first write", func(ctx context.Context) bool { // replicas count once a second
		return w.primary(ctx, w.sentinels[0]).client.Set(ctx, "lent", "1", time.Second).Err() == nil
	})
	if err != nil {
		return nil, errors.Join(err, w.close())
	}
	return &Watched{w.address, w}, nil
}

// FailOver cuts the primary off until the Sentinels have put another one in its place, and returns when a replica follows that one. What the
// old one does on its return takes its time and is not waited for.
func (w *Watched) FailOver(ctx context.Context) error {
	old := w.servers.primary(ctx, w.servers.sentinels[0])
	if err := w.servers.failover(ctx, 0); err != nil {
		return err
	}
	return until(ctx, "a replica of the new primary, which all Sentinels name", func(ctx context.Context) bool {
		for _, sentinel := range w.servers.sentinels { // who asks one that has not heard yet is sent to the old one
			if w.servers.primary(ctx, sentinel) == old {
				return false
			}
		}
		for _, s := range w.servers.servers {
			i := s.info(ctx, "replication")
			if s != old && i["role"] == "master" && strings.Contains(i["slave0"]+i["slave1"], "state=online") {
				return true
			}
		}
		return false
	})
}

// Close ends all servers and removes what they wrote.
func (w *Watched) Close() error { return w.servers.close() }

// Cluster is a running Redis Cluster of three primaries with a replica each.
type Cluster struct {
	Address string // as the front desk is told: every node, and the password
	nodes   *cluster
}

// StartCluster starts one and returns when every slot is served. With demanded > 0 a primary refuses writes when fewer replicas follow it.
// The error says what was waited for in vain; nothing is left running then.
func StartCluster(ctx context.Context, demanded int) (*Cluster, error) {
	c, err := newCluster(ctx, demanded)
	if err != nil {
		return nil, err
	}
	return &Cluster{c.address, c}, nil
}

// Move moves the slot of an account to another primary, key by key, and returns when all nodes agree.
func (c *Cluster) Move(ctx context.Context, account string) error {
	return errors.Join(c.nodes.moveAway(ctx, account), c.nodes.whole(ctx))
}

// Close ends all nodes and removes what they wrote.
func (c *Cluster) Close() error { return c.nodes.close() }
