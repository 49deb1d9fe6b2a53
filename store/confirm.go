package store

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/ticket"
)

// This file runs scripts: on the node that holds their keys, again when the node refused, and confirmed by replicas where the room asks for
// that.

const (
	// patience bounds how long a refused script is tried again: a failover or a moving slot may be over by then, and a callback has 4.5 s.
	patience   = 3 * time.Second
	firstPause = 10 * time.Millisecond
	longPause  = 250 * time.Millisecond
	// confirmTime is how long replicas have to confirm. It stays below wireTimeout, so that what they said is still read.
	confirmTime = 1500 * time.Millisecond
)

// errUnconfirmed says that a write happened, and that a failover may undo it.
var errUnconfirmed = errors.New("too few replicas confirm it")

// node is what one script needs of a client.
type node interface {
	redis.Scripter
	Pipeline() redis.Pipeliner
}

// run runs a script on the primary that holds its first key, and waits until enough replicas have what it wrote. One that was refused
// before it began is tried again for a while; one that may have run is not. Where a node tells who has the slot now, that one is asked at once,
// also at the end of patience.
func (s *Store) run(ctx context.Context, script *redis.Script, names []string, args ...any) *redis.Cmd {
	until := time.Now().Add(patience) // a context with a deadline would cost every message what only a refused one needs
	var told node
	for pause := firstPause; ; pause = min(2*pause, longPause) {
		sent := told != nil
		reply := s.once(ctx, told, script, names, args)
		if told = s.movedTo(ctx, reply.Err()); told != nil && !sent { // two that send to each other are waited out
			continue
		}
		if !refused(reply.Err()) || time.Until(until) < pause || !rest(ctx, pause) || errors.Is(s.present(ctx), errRestoring) { // it may have been stopped
			return reply
		}
		if cluster, ok := s.rdb.(*redis.ClusterClient); ok {
			cluster.ReloadState(ctx)
		}
	}
}

// rest pauses; false when the context ends first.
func rest(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// once runs a script once, on the node that was told or else on the one that has the first key as far as is known. What it wrote and its
// confirmation travel together: one connection, one round trip.
func (s *Store) once(ctx context.Context, n node, script *redis.Script, names []string, args []any) *redis.Cmd {
	if n == nil {
		var err error
		if n, err = s.node(ctx, names[0]); err != nil {
			return failed(ctx, err)
		}
	}
	if s.replicas == 0 {
		return script.Run(ctx, n, names, args...)
	}
	reply, err := s.confirmed(ctx, n, func(p redis.Pipeliner) *redis.Cmd { return script.EvalSha(ctx, p, names, args...) })
	if redis.HasErrorPrefix(reply.Err(), "NOSCRIPT") {
		reply, err = s.confirmed(ctx, n, func(p redis.Pipeliner) *redis.Cmd { return script.Eval(ctx, p, names, args...) })
	}
	if reply.Err() == nil && err != nil {
		return failed(ctx, err)
	}
	return reply
}

// confirmed sends a write and WAIT in one go. WAIT counts the replicas that have everything this connection wrote: it promises nothing of
// what others wrote before, unless this one writes as well, in the same script as it reads: the next command may find another server. (Redis 7.0 counts more than it promises.)
func (s *Store) confirmed(ctx context.Context, n node, write func(redis.Pipeliner) *redis.Cmd) (*redis.Cmd, error) {
	limit := confirmTime
	if end, ok := ctx.Deadline(); ok { // 0 would wait for ever
		limit = max(min(limit, time.Until(end)), time.Millisecond)
	}
	p := n.Pipeline()
	reply := write(p)
	have := p.Do(ctx, "WAIT", s.replicas, limit.Milliseconds())
	_, _ = p.Exec(ctx) // each of the two knows its own error
	count, err := have.Int()
	switch {
	case err != nil:
		return reply, err
	case count < s.replicas:
		return reply, fmt.Errorf("%w: %d of %d", errUnconfirmed, count, s.replicas)
	}
	return reply, nil
}

// node gives the primary that holds a key, as far as the client knows.
func (s *Store) node(ctx context.Context, key string) (node, error) {
	if cluster, ok := s.rdb.(*redis.ClusterClient); ok {
		return cluster.MasterForKey(ctx, key)
	}
	return s.rdb, nil
}

// movedTo gives the primary that a node names instead of running a script: "MOVED 866 10.0.0.2:6379". It is nil for every other answer, and
// when no primary is known under that address. The map of the Cluster is drawn anew by the way, once for all who ask meanwhile.
func (s *Store) movedTo(ctx context.Context, err error) node {
	cluster, ok := s.rdb.(*redis.ClusterClient)
	if !ok || !redis.HasErrorPrefix(err, "MOVED ") {
		return nil
	}
	drawn, failure, _ := s.drawing.Do("primaries", func() (any, error) {
		var mu sync.Mutex
		primaries := make(map[string]node)
		within, cancel := context.WithTimeout(context.WithoutCancel(ctx), wireTimeout) // others wait for it, whoever asked first
		defer cancel()
		err := cluster.ForEachMaster(within, func(_ context.Context, c *redis.Client) error {
			mu.Lock()
			defer mu.Unlock()
			primaries[c.Options().Addr] = c
			return nil
		})
		return primaries, err
	})
	if failure != nil {
		return nil // as before: the map is drawn by and by
	}
	words := strings.Fields(err.Error())
	return drawn.(map[string]node)[words[len(words)-1]]
}

func failed(ctx context.Context, err error) *redis.Cmd {
	cmd := redis.NewCmd(ctx)
	cmd.SetErr(err)
	return cmd
}

// refusals are what Redis says instead of beginning a script, and what may be over in a moment: a slot that moved or is moving, a failover, a
// start. ASK is waited out like the rest: our scripts make keys, and the node that is asked refuses those until it has the whole slot.
var refusals = []string{"MOVED ", "ASK ", "TRYAGAIN ", "CLUSTERDOWN ", "READONLY ", "LOADING ", "MASTERDOWN ", "NOREPLICAS ", "BUSY "}

// refused says whether a script surely did not begin.
func refused(err error) bool {
	if err == nil { // nearly always
		return false
	}
	for _, r := range refusals {
		if redis.HasErrorPrefix(err, r) {
			return true
		}
	}
	var dial *net.OpError
	return errors.As(err, &dial) && dial.Op == "dial"
}

// confirmable refuses what cannot be confirmed.
func confirmable(c Config) error {
	switch c.Client.(type) {
	case *redis.Client, *redis.ClusterClient:
		return nil
	}
	if c.Replicas > 0 {
		return fmt.Errorf("%w: replicas cannot be asked through this client", ticket.ErrInvalid)
	}
	return nil
}
