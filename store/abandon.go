package store

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/redis/go-redis/v9"

	"frontdesk/ticket"
)

// This file gives a restore up that was begun and cannot or shall not be ended: another backup is newer, this one was put into the wrong Redis, or
// there is no room for it.

// Abandon takes away what a restore of that backup has written of its accounts, and the officers that it brought, so that another backup may be
// restored or the other accounts of this Redis be served. It gives how many keys went. Seals and photos in the data folder stay: they are true.
//
// Errors wrap [ticket.ErrInvalid] for a file that is not whole: whose keys they are is believed only of one that is; [ticket.ErrConflict] when no restore
// of this backup was begun here, when it has ended, or when it is at work. After any other error the same call again goes on.
func (s *Store) Abandon(ctx context.Context, open func() (io.Reader, error)) (gone int, err error) {
	from, err := open()
	if err != nil {
		return 0, err
	}
	look := newExaminer()
	if err := readArchive(from, look.see); err != nil {
		return 0, err
	}
	a := &abandonment{Store: s, look: look}
	err = a.takeAway(ctx)
	return a.gone, err
}

// abandonment is one under way.
type abandonment struct {
	*Store
	look *examiner
	turn *restorer // nil: not yet
	gone int       // keys
}

func (a *abandonment) takeAway(ctx context.Context) error {
	defer func() {
		if a.turn != nil {
			a.turn.leave(ctx)
		}
	}()
	if err := a.takeMyTurn(ctx); errors.Is(err, errNoRoom) {
		if err := a.idle(ctx); err != nil {
			return err
		}
	} else if err != nil {
		return err
	}
	if err := a.begun(ctx); err != nil {
		return err
	}
	for _, account := range a.look.report.Accounts {
		for before := -1; before != a.gone; { // until nothing is found: a walk over a Cluster that moves may miss some
			before = a.gone
			if err := a.walk(ctx, keysOf(account)); err != nil {
				return err
			}
		}
	}
	if a.turn == nil {
		return errNoRoom
	}
	if err := a.officers(ctx); err != nil {
		return err
	}
	if err := a.turn.mine(); err != nil {
		return err
	}
	return a.unmark(ctx, a.look.report.ID)
}

// begun refuses when no restore of this backup has begun, or when it has ended.
func (a *abandonment) begun(ctx context.Context) error {
	mark, err := a.mark(ctx)
	if err == nil && mark != a.look.report.ID {
		err = fmt.Errorf("%w: no restore of this backup was begun here that has not ended", ticket.ErrConflict)
	}
	return err
}

func (a *abandonment) takeMyTurn(ctx context.Context) error {
	turn, err := a.takeTurn(ctx, a.look.report.ID)
	if err == nil {
		a.turn = turn
		turn.wrote.Store(true)
	}
	return err
}

// idle refuses when another restore is at work.
func (a *abandonment) idle(ctx context.Context) error {
	there, err := a.lasts(ctx, restorerKey)
	switch {
	case err != nil:
		return unavailable("give up a restore", err)
	case there:
		return fmt.Errorf("%w: another restore is at work on this redis", ticket.ErrConflict)
	}
	return nil
}

// walk takes away everything of an account that it finds. As long as there is no memory for our turn there is none for anybody else's, so the first keys
// go without it.
func (a *abandonment) walk(ctx context.Context, k keys) error {
	return a.each(ctx, k, k.of("*"), func(names []string) error {
		if len(names) == 0 {
			return nil
		}
		if a.turn != nil {
			if err := a.turn.mine(); err != nil {
				return err
			}
		}
		n, err := a.run(ctx, forgetScript, names).Int()
		if a.gone += n; err != nil {
			return unavailable("give up a restore", err)
		}
		if a.turn == nil {
			if err := a.takeMyTurn(ctx); err != nil && !errors.Is(err, errNoRoom) {
				return err
			}
		}
		return nil
	})
}

// forgetScript removes keys.
var forgetScript = redis.NewScript("local n = 0 for _, key in ipairs(KEYS) do n = n + redis.call('DEL', key) end return n")

// officers takes away those that the restore brought, unless they are others by now.
func (a *abandonment) officers(ctx context.Context) error {
	brought, err := a.rdb.SMembers(ctx, restoredKey+a.look.report.ID).Result()
	if err != nil {
		return unavailable("give up a restore", err)
	}
	for _, id := range brought {
		if err := a.turn.mine(); err != nil {
			return err
		}
		if err := a.run(ctx, removeFieldScript, []string{officersKey}, id, a.look.officers[id]).Err(); err != nil {
			return unavailable("give up a restore", err)
		}
	}
	if err := a.rdb.Del(ctx, restoredKey+a.look.report.ID).Err(); err != nil {
		return unavailable("give up a restore", err)
	}
	return nil
}

// removeFieldScript removes a field of a hash that has that value.
var removeFieldScript = redis.NewScript("if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then redis.call('HDEL', KEYS[1], ARGV[1]) end return 0")
