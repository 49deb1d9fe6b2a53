package store

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/ticket"
)

// This file lets one restore work at a time. One that was stopped for so long that another one took its turn writes no more: that one may have ended, and
// a front desk may serve what it brought back.

// restorerKey says which run of a restore is at work. It is of no account.
const restorerKey = "frontdesk:restorer"

// restorer is one run of a restore while it has the turn.
type restorer struct {
	s     *Store
	run   string
	id    string                    // of the backup
	said  atomic.Pointer[time.Time] // when it was last said that it works
	lost  atomic.Bool
	wrote atomic.Bool // its mark says that it writes
	end   context.CancelFunc
	all   sync.WaitGroup
}

// takeTurn waits until no other restore works; [ticket.ErrConflict] when one goes on. The turn, to restore the backup of that id, is held until leave.
func (s *Store) takeTurn(ctx context.Context, id string) (*restorer, error) {
	waiting, cancel := context.WithTimeout(ctx, ServingTime+5*time.Second)
	defer cancel()
	t := &restorer{s: s, run: rand.Text(), id: id}
	for {
		began := time.Now()
		first, err := s.rdb.SetNX(ctx, restorerKey, t.run, ServingTime).Result()
		switch {
		case redis.HasErrorPrefix(err, "OOM"):
			return nil, errNoRoom
		case err != nil:
			t.leave(ctx) // it may have been carried out
			return nil, unavailable("begin a restore", err)
		case first:
			t.said.Store(&began)
			keeping, end := context.WithCancel(context.WithoutCancel(ctx))
			t.end = end
			t.all.Go(func() { t.keep(keeping) })
			return t, nil
		case !t.await(waiting):
			if err := ctx.Err(); err != nil {
				return nil, fmt.Errorf("wait for another restore: %w", err)
			}
			return nil, fmt.Errorf("%w: another restore is at work on this redis", ticket.ErrConflict)
		}
	}
}

// errNoRoom says that Redis has no memory left even for whose turn it is.
var errNoRoom = fmt.Errorf("%w: redis has no memory left: raise its maxmemory", ticket.ErrUnavailable)

// await waits a little for another one to leave; false when the context has ended.
func (t *restorer) await(ctx context.Context) bool {
	_, _ = t.s.lasts(ctx, restorerKey) // else asked again
	return rest(ctx, longPause)
}

// keep says again and again that it works, until the context ends.
func (t *restorer) keep(ctx context.Context) {
	for rest(ctx, ServingTime/3) {
		t.say(ctx)
	}
}

// say says that it works still, and, where it does, that it looks still.
func (t *restorer) say(ctx context.Context) {
	began := time.Now()
	n, err := keepScript.Run(ctx, t.s.rdb, []string{restorerKey}, t.run, ServingTime.Milliseconds()).Int()
	switch {
	case err != nil: // asked again, until it is too late
	case n == 0:
		t.lost.Store(true)
	case t.wrote.Load():
		t.said.Store(&began)
		if mark, err := t.s.mark(ctx); err == nil && mark != t.id { // somebody took it away: a front desk may serve
			t.lost.Store(true)
		}
	default:
		t.said.Store(&began)
		_ = keepScript.Run(ctx, t.s.rdb, []string{restoringKey}, lookingAt+t.id, lookingTime.Milliseconds()).Err() // as above
	}
}

// keepScript lets a key that has that value last so many milliseconds from now.
var keepScript = redis.NewScript("if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end return redis.call('PEXPIRE', KEYS[1], ARGV[2])")

// mine refuses when another restore may have taken the turn; the error wraps [ticket.ErrConflict].
func (t *restorer) mine() error {
	if t.lost.Load() || elapsed(*t.said.Load()) >= ServingTime {
		return fmt.Errorf("%w: this restore was away for too long: begin again with the same file", ticket.ErrConflict)
	}
	return nil
}

// leave gives the turn to whoever wants it. When that cannot be said, it is over by itself in [ServingTime].
func (t *restorer) leave(ctx context.Context) {
	if t.end != nil {
		t.end()
		t.all.Wait()
	}
	for range 3 {
		if removeScript.Run(context.WithoutCancel(ctx), t.s.rdb, []string{restorerKey}, t.run).Err() == nil {
			return
		}
	}
}
