package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/ticket"
)

// This file keeps a front desk that serves and a restore apart. Each writes that it is there before it looks for the other, so that at least one of
// two who come at once sees the other. Both keys are of no account.

const (
	servingKey   = "frontdesk:serving"   // somebody serves, or did a moment ago
	restoringKey = "frontdesk:restoring" // a restore began and has not ended: of which backup, or lookingAt it
	lookingAt    = "looking: "           // before the backup's id: whether there is room for it is not known yet
	// ServingTime is how long a front desk counts as there after it last said so with [Store.Serving].
	ServingTime = 15 * time.Second
)

// Serving says that a front desk serves; it is to be said again well within [ServingTime]. The error wraps [ticket.ErrConflict] when a restore began
// and has not ended: what is there is not whole.
//
// Once it was said, no message and no step is taken in when it was last said too long ago, no letter or file is taken up and nothing is sealed: a front
// desk that was stopped for a while must leave alone what a restore, which has waited for it in vain, is bringing back. What it had in hand is put down
// still: its lease is over, or it is not.
func (s *Store) Serving(ctx context.Context) error {
	began := time.Now()
	said := s.rdb.Set(ctx, servingKey, "1", ServingTime).Err() // without memory it cannot be said; that no restore runs can still be seen
	switch err := s.rdb.Get(ctx, restoringKey).Err(); {
	case errors.Is(err, redis.Nil):
		s.served.Store(&began)
		if said != nil {
			return unavailable("say that we serve", said)
		}
		return nil
	case err != nil:
		return unavailable("look for a restore", err)
	}
	return fmt.Errorf("%w: a restore was begun on this redis and has not ended: run frontdesk restore with the same file again", ticket.ErrConflict)
}

// present refuses when this front desk was stopped for so long that a restore may have begun; the error wraps [ticket.ErrUnavailable].
func (s *Store) present() error {
	if last := s.served.Load(); last != nil && time.Since(*last) > ServingTime {
		return fmt.Errorf("%w: this front desk was away, and has not seen yet that no restore has begun", ticket.ErrUnavailable)
	}
	return nil
}

// claim marks that the backup of that id is to be restored; resumed says that this was begun before. Somebody who claimed it and never began, or who never
// heard that they had claimed it, has not looked whether anything would be overwritten.
func (s *Store) claim(ctx context.Context, id string) (resumed bool, err error) {
	first, err := s.rdb.SetNX(ctx, restoringKey, lookingAt+id, 0).Result()
	if err != nil {
		return false, unavailable("begin a restore", err)
	}
	if first {
		return false, nil
	}
	other, err := s.rdb.Get(ctx, restoringKey).Result()
	if err != nil {
		return false, unavailable("begin a restore", err)
	}
	if other == lookingAt+id {
		return false, nil
	}
	if other != id {
		return false, fmt.Errorf("%w: the restore of another backup was begun here and has not ended: end it with that file, or empty this redis", ticket.ErrConflict)
	}
	return true, nil
}

// overwrites marks that from now on what is there is a part of the backup of that id. The error wraps [ticket.ErrConflict] when the first mark is gone:
// another restore of the same backup took it away, and a front desk may have come since.
func (s *Store) overwrites(ctx context.Context, id string) error {
	still, err := s.rdb.SetXX(ctx, restoringKey, id, 0).Result()
	switch {
	case err != nil:
		return unavailable("begin a restore", err)
	case !still:
		return fmt.Errorf("%w: another restore of this backup has just ended here: begin again", ticket.ErrConflict)
	}
	return nil
}

// retreat takes the mark of who looked and goes away again. One that says more is let be: it is of another restore of the same backup that has begun to
// write, or ours, there was room, and the same call goes on.
func (s *Store) retreat(ctx context.Context, id string) error {
	return s.unmark(func() error { return retreatScript.Run(ctx, s.rdb, []string{restoringKey}, lookingAt+id).Err() })
}

var retreatScript = redis.NewScript("if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end return 0")

// disclaim takes the mark away.
func (s *Store) disclaim(ctx context.Context) error {
	return s.unmark(func() error { return s.rdb.Del(ctx, restoringKey).Err() })
}

// unmark asks more than once for the mark to be taken away: who did not hear that it is gone would find a Redis that holds everything already.
func (s *Store) unmark(take func() error) (err error) {
	for range 3 {
		if err = take(); err == nil {
			return nil
		}
	}
	return unavailable("end a restore", err)
}

// alone waits until nobody serves any more; [ticket.ErrConflict] when somebody goes on.
func (s *Store) alone(ctx context.Context) error {
	waiting, cancel := context.WithTimeout(ctx, ServingTime+5*time.Second)
	defer cancel()
	for {
		n, err := s.rdb.Exists(ctx, servingKey).Result()
		switch {
		case err != nil:
			return unavailable("look for a front desk", err)
		case n == 0:
			return nil
		case !rest(waiting, longPause):
			return fmt.Errorf("%w: a front desk serves this redis: stop it first", ticket.ErrConflict)
		}
	}
}
