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
// Once it was said, nothing is written any more when it was last said too long ago: a front desk that was stopped for a while must not write into what
// a restore, which has waited for it in vain, is bringing back.
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

// away says whether this front desk was stopped for so long that a restore may have begun.
func (s *Store) away() bool {
	last := s.served.Load()
	return last != nil && time.Since(*last) > ServingTime
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

// overwrites marks that from now on what is there is a part of the backup of that id.
func (s *Store) overwrites(ctx context.Context, id string) error {
	if err := s.rdb.Set(ctx, restoringKey, id, 0).Err(); err != nil {
		return unavailable("begin a restore", err)
	}
	return nil
}

// disclaim takes the mark away. It asks more than once: who did not hear that it is gone would find a Redis that holds everything already.
func (s *Store) disclaim(ctx context.Context) (err error) {
	for range 3 {
		if err = s.rdb.Del(ctx, restoringKey).Err(); err == nil {
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
