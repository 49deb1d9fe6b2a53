package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"

	"frontdesk/ticket"
)

// ErrUnchecked says that Redis does not let us look at its settings, so that nobody knows whether it keeps what it confirms.
var ErrUnchecked = errors.New("redis does not show its settings")

// needed are the settings without which a power cut loses what was acknowledged; measured in docs of the platform's rules.
var needed = []struct{ name, value, why string }{
	{"appendonly", "yes", "else nothing is on disk between snapshots"},
	{"appendfsync", "always", "else the last second is lost when the power fails"},
	{"no-appendfsync-on-rewrite", "no", "else nothing is safe while the file is rewritten"},
	{"maxmemory-policy", "noeviction", "else tickets vanish when memory is full"},
}

// thrifty are the settings that the small form of tickets and residents counts on: with less they take twice the memory. Redis 6 knows the names with
// ziplist, later ones know both.
var thrifty = []struct {
	name  string
	least int
}{{"hash-max-ziplist-entries", 16}, {"hash-max-ziplist-value", 4096}}

// Wasteful names the settings with which a Redis takes more memory than it need: nothing breaks with them. Errors are those of [Audit] for settings
// that are hidden, and for a Redis that does not answer.
func Wasteful(ctx context.Context, client redis.UniversalClient) ([]string, error) {
	return ofNodes(ctx, client, func(ctx context.Context, c redis.Cmdable) ([]string, error) {
		var found []string
		for _, n := range thrifty {
			got, err := setting(ctx, c, n.name)
			if err != nil {
				return nil, err
			}
			if i, err := strconv.Atoi(got); err != nil || i < n.least {
				found = append(found, fmt.Sprintf("%s is %q and should be %d or more", strings.Replace(n.name, "ziplist", "listpack", 1), got, n.least))
			}
		}
		return found, nil
	})
}

// ofNodes looks at every node of a Redis and gives what is found, sorted, each once.
func ofNodes(ctx context.Context, client redis.UniversalClient, look func(context.Context, redis.Cmdable) ([]string, error)) ([]string, error) {
	var all []string
	var mu sync.Mutex
	node := func(ctx context.Context, c redis.Cmdable) error {
		found, err := look(ctx, c)
		mu.Lock()
		defer mu.Unlock()
		all = append(all, found...)
		return err
	}
	var err error
	if cluster, many := client.(*redis.ClusterClient); many {
		err = cluster.ForEachShard(ctx, func(ctx context.Context, c *redis.Client) error { return node(ctx, c) })
	} else {
		err = node(ctx, client)
	}
	switch {
	case errors.Is(err, ErrUnchecked), errors.Is(err, ticket.ErrUnavailable):
		return nil, err
	case err != nil: // the nodes of a Cluster could not be listed
		return nil, unavailable("check the settings of redis", err)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// setting reads one of a node.
func setting(ctx context.Context, client redis.Cmdable, name string) (string, error) {
	got, err := client.ConfigGet(ctx, name).Result()
	var reply redis.Error
	switch {
	case errors.As(err, &reply):
		return "", fmt.Errorf("%w: %s", ErrUnchecked, code(reply.Error()))
	case err != nil:
		return "", unavailable("check the settings of redis", err)
	}
	return got[name], nil
}

// Audit refuses a Redis that may lose what it confirmed, replicas being how many must confirm a write. Of a Cluster every node is looked at,
// because each may become a primary. The error wraps [ticket.ErrInvalid] and names every setting that is wrong; or [ErrUnchecked] when the
// settings are hidden; or [ticket.ErrUnavailable].
func Audit(ctx context.Context, client redis.UniversalClient, replicas int) error {
	_, many := client.(*redis.ClusterClient)
	wrong, err := ofNodes(ctx, client, func(ctx context.Context, c redis.Cmdable) ([]string, error) { return audit(ctx, c, replicas, many) })
	if err != nil {
		return err
	}
	if replicas == 0 && (many || watched(client)) {
		wrong = append(wrong, "no replica has to confirm a write, and a failover would undo what it does not have: set redis_replicas to 1")
	}
	if len(wrong) > 0 {
		slices.Sort(wrong)
		return fmt.Errorf("%w: redis is not set to keep what it confirms: %s", ticket.ErrInvalid, strings.Join(wrong, "; "))
	}
	return nil
}

// Recheck looks at the settings again, because they can be changed, and because another server may stand in the primary's place: while they are
// wrong no message and no step is taken in, and [Store.Ready] says so; what was taken in goes on. Settings that cannot be looked at are left as they were seen last. The error is what is new:
// that of [Audit] when they have become wrong, nil again from then on.
func (s *Store) Recheck(ctx context.Context) error {
	err := Audit(ctx, s.rdb, s.replicas)
	switch {
	case err == nil:
		s.unsound.Store(nil)
	case errors.Is(err, ticket.ErrInvalid):
		if s.unsound.Swap(&err) == nil {
			return err
		}
	}
	return nil
}

// sound says whether what is written is kept, as far as is known; the error wraps [ticket.ErrUnavailable].
func (s *Store) sound(ctx context.Context) error {
	if err := s.present(ctx); err != nil {
		return err
	}
	if err := s.unsound.Load(); err != nil {
		return fmt.Errorf("%w: redis is no longer set to keep what it confirms", ticket.ErrUnavailable)
	}
	return nil
}

// watched says whether Sentinels may put another server in the place of this one.
func watched(client redis.UniversalClient) bool {
	c, ok := client.(*redis.Client)
	return ok && c.Options().Addr == "FailoverClient"
}

// within is a setting that must be a number in a range.
type within struct {
	name, want string
	from, to   int
	why        string
}

// ranges are those that replicas and a Cluster need.
func ranges(replicas int, many bool) (all []within) {
	if replicas > 0 { // a primary that has lost its replicas must refuse writes: they would all wait in vain, and be undone
		const why = "else a primary that is cut off takes writes that are undone"
		all = append(all, within{"min-replicas-to-write", fmt.Sprint("at least ", replicas), replicas, math.MaxInt, why},
			within{"min-replicas-max-lag", "1 to 10 (seconds)", 1, 10, why})
	}
	if many { // every account also needs the slots of what is of no account, and goes on for [ServingTime] without them
		all = append(all, within{"cluster-node-timeout", "1 to 5000 (milliseconds)", 1, 5000, "else every account waits when one node is lost"})
	}
	return all
}

// audit names what is wrong with one node, which may be one of a Cluster.
func audit(ctx context.Context, client redis.Cmdable, replicas int, many bool) ([]string, error) {
	var wrong []string
	for _, n := range needed {
		got, err := setting(ctx, client, n.name)
		if err != nil {
			return nil, err
		}
		if got != n.value {
			wrong = append(wrong, fmt.Sprintf("%s is %q and must be %q, %s", n.name, got, n.value, n.why))
		}
	}
	for _, n := range ranges(replicas, many) {
		got, err := setting(ctx, client, n.name)
		if err != nil {
			return nil, err
		}
		if i, err := strconv.Atoi(got); err != nil || i < n.from || i > n.to {
			wrong = append(wrong, fmt.Sprintf("%s is %q and must be %s, %s", n.name, got, n.want, n.why))
		}
	}
	return wrong, nil
}
