package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/singleflight"

	"frontdesk/flows"
	"frontdesk/ticket"
)

// Config is what a store is made of.
type Config struct {
	Client redis.UniversalClient // made by [Open] or [Server.Options]: it must not repeat commands by itself
	Clock  func() time.Time      // nil: time.Now
	Random io.Reader             // nil: crypto/rand
	Log    *slog.Logger          // nil: slog.Default
	Seals  string                // folder that keeps seals outside Redis; empty: they are kept in Redis only
	// Replicas is how many replicas of Redis must have a write before it counts; 0: what the primary confirms counts, and a failover may undo it.
	Replicas int
	Known    int // residents remembered in memory; 0: 10000
	// Silence is for how long nobody may have said that they serve before a restore begins, for tests in which nobody does; 0: longer than [Beat].
	Silence time.Duration
	// Ahead is by how much leases go ahead of the clock of Redis, for tests in which an hour passes at once; nil: not at all.
	Ahead func() time.Duration
}

// Store is the room's memory. It is safe for many goroutines, and many of them may share one Redis.
type Store struct {
	rdb      redis.UniversalClient
	clock    func() time.Time
	ahead    func() time.Duration
	silence  time.Duration
	random   io.Reader
	stride   func() int64 // by how much the version of a resident goes on, see [atRandom]
	log      *slog.Logger
	seals    string
	replicas int
	known    *lru.Cache[string, flows.Resident] // where residents stood last; a stale one is harmless, the commit notices
	nudges   nudges
	kept     sync.Map                     // the last seal in each account's file: [lastKept] by account
	named    sync.Map                     // accounts whose file has its name on disk
	carrying *lru.Cache[string, struct{}] // messages whose answers may carry letters and are not known to have left; see [Store.Answered]
	doubted  *lru.Cache[string, struct{}] // messages whose answers nobody was given, although they may be in effect
	turns    *turns
	desks    atomic.Pointer[map[string]deskEntry]
	served   atomic.Pointer[time.Time]       // when [Store.Serving] was said last; nil: never
	unsound  atomic.Pointer[error]           // nothing is taken in: Redis may lose it
	full     atomic.Pointer[map[string]bool] // by address: no more from residents, the memory of that Redis runs short
	watch    watchers
	drawing  singleflight.Group // of the map of a Cluster
}

// New makes a store. It does not speak to Redis yet.
func New(c Config) (*Store, error) {
	if c.Client == nil {
		return nil, fmt.Errorf("%w: a store needs a client", ticket.ErrInvalid)
	}
	if c.Replicas < 0 {
		return nil, fmt.Errorf("%w: replicas cannot be fewer than none", ticket.ErrInvalid)
	}
	if err := confirmable(c); err != nil {
		return nil, err
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Ahead == nil {
		c.Ahead = func() time.Duration { return 0 }
	}
	if c.Silence == 0 {
		c.Silence = silenceTime
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Known <= 0 {
		c.Known = 10_000
	}
	known, err := lru.New[string, flows.Resident](c.Known)
	if err != nil {
		return nil, fmt.Errorf("remember residents: %w", err)
	}
	var messages [2]*lru.Cache[string, struct{}]
	for i := range messages {
		if messages[i], err = lru.New[string, struct{}](c.Known); err != nil {
			return nil, fmt.Errorf("remember messages: %w", err)
		}
	}
	return &Store{rdb: c.Client, clock: c.Clock, ahead: c.Ahead, silence: c.Silence, random: c.Random, stride: atRandom, log: c.Log, seals: c.Seals,
		replicas: c.Replicas, known: known, carrying: messages[0], doubted: messages[1], turns: newTurns()}, nil
}

// Ready says whether Redis answers, and keeps what it confirms as far as [Store.Recheck] has seen; the error wraps [ticket.ErrUnavailable].
func (s *Store) Ready(ctx context.Context) error {
	if err := s.rdb.Ping(ctx).Err(); err != nil {
		return unavailable("ping", err)
	}
	return s.sound(ctx)
}

// unavailable names a failure of Redis. What Redis said is kept only where it cannot hold words of a resident: its own error codes, the
// network's and the context's errors.
func unavailable(what string, err error) error {
	var network net.Error
	var reply redis.Error
	switch {
	case errors.Is(err, errUnconfirmed):
		return fmt.Errorf("%s: %w: %w", what, ticket.ErrUnavailable, err)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s: %w: %w", what, ticket.ErrUnavailable, err)
	case errors.As(err, &network), errors.Is(err, io.EOF):
		return fmt.Errorf("%s: %w: no connection", what, ticket.ErrUnavailable)
	case errors.As(err, &reply):
		return fmt.Errorf("%s: %w: redis says %s", what, ticket.ErrUnavailable, code(reply.Error()))
	}
	return fmt.Errorf("%s: %w", what, ticket.ErrUnavailable)
}

// code is the first word of a Redis error: OOM, BUSY, READONLY, NOPERM.
func code(message string) string {
	for i, r := range message {
		if r == ' ' || i >= 20 {
			return message[:i]
		}
	}
	return message
}
