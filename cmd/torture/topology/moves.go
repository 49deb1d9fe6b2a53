package topology

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// SlotMoves builds a Cluster and moves the slot of an account to another primary in n rounds, key by key as redis-cli does, while residents of
// three accounts talk through two replicas of the front desk. A round is repeated until somebody has met a move in some round: who happened to
// ask for a new map in the right moment would never notice that anything moved.
func SlotMoves(ctx context.Context, n, wait int) (Result, error) {
	r, err := clustered(ctx, n, wait, func(ctx context.Context, c *cluster, account string) error {
		for range patience {
			if err := errors.Join(c.moveAway(ctx, account), pause(ctx, 300*time.Millisecond)); err != nil {
				return err
			}
			if told := c.toldSoFar(ctx); told["MOVED"] > 0 && told["ASK"]+told["TRYAGAIN"] > 0 {
				return nil
			}
		}
		return nil // the figure tells
	})
	if err == nil && (r.Redirected["MOVED"] == 0 || r.Redirected["ASK"]+r.Redirected["TRYAGAIN"] == 0) {
		err = errors.New("blind: nobody met a slot while it moved, or after")
	}
	return r, err
}

// patience is how often a slot is moved in one round until somebody meets it.
const patience = 20

// LostNodes builds a Cluster and kills the primary of an account n times. The node comes back, as a replica, once another one has taken its
// place.
func LostNodes(ctx context.Context, n, wait int) (Result, error) {
	return clustered(ctx, n, wait, func(ctx context.Context, c *cluster, account string) error {
		slot, err := c.slot(ctx, account)
		if err != nil {
			return err
		}
		lost, err := c.holder(ctx, slot)
		if err != nil {
			return err
		}
		if err := errors.Join(c.hear(ctx, c.nodes[lost]), c.nodes[lost].kill()); err != nil {
			return err
		}
		err = until(ctx, "another primary", func(ctx context.Context) bool {
			h, err := c.holder(ctx, slot)
			return err == nil && h != lost
		})
		return errors.Join(err, pause(ctx, time.Second), c.nodes[lost].start(ctx))
	})
}

// clustered lets a crowd talk on a Cluster while something is done to each account in turn.
func clustered(ctx context.Context, n, wait int, fault func(context.Context, *cluster, string) error) (r Result, err error) {
	c, err := newCluster(ctx, wait)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	var clients []redis.UniversalClient
	for range 3 {
		client, err := c.client()
		if err != nil {
			return r, err
		}
		defer func() { _ = client.Close() }() // its servers are gone
		clients = append(clients, client)
	}
	dir, err := os.MkdirTemp("", "seals")
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	stores, err := sealers(dir, wait, clients...)
	if err != nil {
		return r, err
	}
	accounts, err := c.accounts(ctx)
	if err != nil {
		return r, err
	}
	for _, a := range accounts {
		if err := stores[2].PutAccount(ctx, roomOf(a)); err != nil {
			return r, err
		}
	}
	crowd := newCrowd(accounts, stores[:2]...)
	talking, stop := context.WithCancel(ctx)
	var talk sync.WaitGroup
	talk.Go(func() { crowd.talk(talking, 4) })
	for i := range n {
		if err = errors.Join(pause(ctx, time.Second), fault(ctx, c, accounts[i%len(accounts)]), c.whole(ctx)); err != nil {
			break
		}
		crowd.result.Rounds++
	}
	err = errors.Join(err, pause(ctx, time.Second))
	stop()
	talk.Wait()
	for _, node := range c.nodes {
		err = errors.Join(err, c.hear(ctx, node))
	}
	crowd.result.Redirected = c.told
	if err != nil {
		return crowd.result, err
	}
	return crowd.check(ctx, stores[2], stores[:2]...)
}

// moveAway moves the slot of an account to another primary.
func (c *cluster) moveAway(ctx context.Context, account string) error {
	slot, err := c.slot(ctx, account)
	if err != nil {
		return err
	}
	from, err := c.holder(ctx, slot)
	if err != nil {
		return err
	}
	for to, node := range c.nodes {
		if to != from && node.info(ctx, "replication")["role"] == "master" {
			return c.move(ctx, slot, from, to)
		}
	}
	return errors.New("no other primary to move to")
}

// move moves a slot from one primary to another, as redis-cli --cluster reshard does.
func (c *cluster) move(ctx context.Context, slot, from, to int) error {
	source, target := c.nodes[from].client, c.nodes[to].client
	if err := target.Do(ctx, "CLUSTER", "SETSLOT", slot, "IMPORTING", c.ids[from]).Err(); err != nil {
		return fmt.Errorf("move a slot: %w", err)
	}
	if err := source.Do(ctx, "CLUSTER", "SETSLOT", slot, "MIGRATING", c.ids[to]).Err(); err != nil {
		return fmt.Errorf("move a slot: %w", err)
	}
	host, port, err := net.SplitHostPort(c.nodes[to].addr)
	if err != nil {
		return fmt.Errorf("move a slot: %w", err)
	}
	for {
		names, err := source.ClusterGetKeysInSlot(ctx, slot, 10).Result()
		if err != nil {
			return fmt.Errorf("move a slot: %w", err)
		}
		if len(names) == 0 {
			break
		}
		args := []any{"MIGRATE", host, port, "", 0, 5000, "AUTH", secret, "KEYS"}
		for _, name := range names {
			args = append(args, name)
		}
		if err := source.Do(ctx, args...).Err(); err != nil {
			return fmt.Errorf("move a slot: %w", err)
		}
	}
	for _, i := range []int{to, from} { // the new holder first: the slot is never nobody's
		if err := c.nodes[i].client.Do(ctx, "CLUSTER", "SETSLOT", slot, "NODE", c.ids[to]).Err(); err != nil {
			return fmt.Errorf("move a slot: %w", err)
		}
	}
	return nil
}
