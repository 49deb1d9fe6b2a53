package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/ticket"
)

// This file keeps a front desk that serves and a restore apart. Each writes that it is there before it looks for the other, so that at least one of
// two who come at once sees the other. All keys are of no account.

const (
	servingKey   = "frontdesk:serving"   // somebody serves, or did a moment ago
	restoredKey  = "frontdesk:restored:" // before the backup's id: officers that its restore brought
	restoringKey = "frontdesk:restoring" // a restore began and has not ended: of which backup, or lookingAt it
	lookingAt    = "looking: "           // before the backup's id: whether there is room for it is not known yet
	lookingTime  = time.Minute           // said again while it looks: who died of it is in nobody's way for ever
	// ServingTime is how long a front desk counts as there after it last said so with [Store.Serving].
	ServingTime = 15 * time.Second
	// Beat is how often a front desk says that it serves.
	Beat = 2 * time.Second
	// silenceTime is for how long nobody may have said so before a restore believes that nobody serves: what was said may be gone with everything else,
	// when somebody has emptied this Redis under a front desk.
	silenceTime = 3 * time.Second
)

// Serving says that a front desk serves; it is to be said again every [Beat]. The error wraps [ticket.ErrConflict] when a restore began and has not
// ended: what is there is not whole, and nothing is taken in. One that only looks whether there is room keeps a front desk from coming, not one from
// staying: it sees whoever was there all the time.
func (s *Store) Serving(ctx context.Context) error {
	began, last := time.Now(), s.served.Load()
	stayed := last != nil && elapsed(*last) < ServingTime
	if err := s.beside(ctx, stayed); err != nil { // who is refused has not said that they serve: the restore would wait for them
		return err
	}
	said := s.rdb.Set(ctx, servingKey, "1", ServingTime).Err() // without memory it cannot be said; that no restore runs can still be seen
	if err := s.beside(ctx, stayed && said == nil && elapsed(*last) < ServingTime); err != nil {
		return err
	}
	if said == nil || redis.HasErrorPrefix(said, "OOM") { // else the key may end before we look again
		s.served.Store(&began)
	}
	if said != nil {
		return unavailable("say that we serve", said)
	}
	return nil
}

// beside looks for a restore beside which nobody may serve; beside one that looks, who stayed may.
func (s *Store) beside(ctx context.Context, stayed bool) error {
	mark, err := s.mark(ctx)
	switch {
	case err != nil:
		return err
	case writes(mark):
		s.setOut()
		return errHalf
	case mark != "" && !stayed:
		return fmt.Errorf("%w: a restore looks whether there is room on this redis: start again in a minute", ticket.ErrConflict)
	}
	return nil
}

// setOut lets a front desk that served be away from now on.
func (s *Store) setOut() {
	if s.served.Load() != nil {
		s.served.Store(&time.Time{})
	}
}

// errHalf says that a restore began and has not ended.
var errHalf = fmt.Errorf("%w: a restore was begun on this redis and has not ended: run frontdesk restore with the same file again, or give it up with --abandon", ticket.ErrConflict)

// Whole looks whether what is there is whole. The error wraps [ticket.ErrConflict] when a restore began and has not ended.
func (s *Store) Whole(ctx context.Context) error {
	mark, err := s.mark(ctx)
	if err == nil && writes(mark) {
		err = errHalf
	}
	return err
}

// mark reads what a restore has marked; empty: nothing.
func (s *Store) mark(ctx context.Context) (string, error) {
	mark, err := s.rdb.Get(ctx, restoringKey).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return "", unavailable("look for a restore", err)
	}
	return mark, nil
}

// writes says whether a mark is that of a restore that writes.
func writes(mark string) bool { return mark != "" && !strings.HasPrefix(mark, lookingAt) }

// elapsed is how long ago that was. The clock that does not jump stands still while a machine sleeps, so the other one is asked, too.
func elapsed(t time.Time) time.Duration {
	now := time.Now()
	return max(now.Sub(t), now.Round(0).Sub(t.Round(0)))
}

// present looks for a restore when this front desk said last too long ago that it serves: it was stopped for a while, and must leave alone what a restore,
// which has waited for it in vain, is bringing back. No message and no step is taken in then, no letter or file is taken up and nothing is sealed; the
// error wraps [ticket.ErrUnavailable]. What it had in hand is put down still, if its lease is not over: those of a restored room have other numbers.
func (s *Store) present(ctx context.Context) error {
	if !s.away() {
		return nil
	}
	switch err := s.Serving(ctx); {
	case errors.Is(err, ticket.ErrConflict):
		return fmt.Errorf("%w: this front desk was away: %w", ticket.ErrUnavailable, errRestoring)
	case err != nil && s.away():
		return fmt.Errorf("%w: this front desk was away: %v", ticket.ErrUnavailable, err)
	}
	return nil
}

// errRestoring says that a restore began while this front desk was away.
var errRestoring = errors.New("a restore has begun")

// away says whether this front desk, which served, last said so too long ago.
func (s *Store) away() bool {
	last := s.served.Load()
	return last != nil && elapsed(*last) > ServingTime
}

// claim marks that the backup of that id is to be restored, by whoever has the turn; resumed says that this was begun before. Somebody who claimed it and
// never began has not looked whether anything would be overwritten.
func (s *Store) claim(ctx context.Context, id string) (resumed bool, err error) {
	became, err := s.run(ctx, claimScript, []string{restoringKey}, id, lookingAt, lookingTime.Milliseconds()).Text()
	switch {
	case err != nil:
		return false, unavailable("begin a restore", err)
	case became == id:
		return true, nil
	case became != lookingAt+id:
		return false, fmt.Errorf("%w: the restore of another backup was begun here and has not ended: end it with that file, or give it up with --abandon", ticket.ErrConflict)
	}
	return false, nil
}

// claimScript marks that it is looked for room, unless somebody writes; a mark may come late, when another restore has begun. It gives the mark.
var claimScript = redis.NewScript(`local is = redis.call('GET', KEYS[1])
if is and string.sub(is, 1, #ARGV[2]) ~= ARGV[2] then return is end
redis.call('SET', KEYS[1], ARGV[2] .. ARGV[1], 'PX', ARGV[3])
return ARGV[2] .. ARGV[1]`)

// overwrites marks that from now on what is there is a part of the backup of that id. The error wraps [ticket.ErrConflict] when the first mark is gone: a
// front desk may have come since.
func (s *Store) overwrites(ctx context.Context, id string) error {
	still, err := s.run(ctx, writeScript, []string{restoringKey}, lookingAt+id, id).Int()
	switch {
	case err != nil:
		return unavailable("begin a restore", err)
	case still == 0:
		return fmt.Errorf("%w: looking for room took too long: begin again", ticket.ErrConflict)
	}
	return nil
}

// writeScript lets a mark say more, as long as it is the one that is known.
var writeScript = redis.NewScript("if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end redis.call('SET', KEYS[1], ARGV[2]) return 1")

// unmark takes a mark away, and no other one. It asks more than once: who did not hear that it is gone would find a Redis that holds everything already.
func (s *Store) unmark(ctx context.Context, mark string) (err error) {
	for range 3 {
		if err = s.run(ctx, removeScript, []string{restoringKey}, mark).Err(); err == nil {
			return nil
		}
	}
	return unavailable("end a restore", err)
}

// removeScript removes a key that has that value.
var removeScript = redis.NewScript("if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end return 0")

// errServed says that a front desk serves.
var errServed = fmt.Errorf("%w: a front desk serves this redis: stop it first", ticket.ErrConflict)

// alone waits until nobody has served for a while; [ticket.ErrConflict] when somebody goes on.
func (s *Store) alone(ctx context.Context) error {
	waiting, cancel := context.WithTimeout(ctx, ServingTime+5*time.Second)
	defer cancel()
	var quiet time.Time // since when
	for {
		there, err := s.lasts(ctx, servingKey)
		switch {
		case err != nil:
			return unavailable("look for a front desk", err)
		case there:
			quiet = time.Time{}
		case quiet.IsZero():
			quiet = time.Now()
		case time.Since(quiet) >= s.silence:
			return nil
		}
		if !rest(waiting, min(longPause, s.silence/4)) {
			return errServed
		}
	}
}

const (
	forGood  = time.Duration(-1) // what PTTL says of a key that does not end by itself
	notThere = time.Duration(-2) // and of one that is not there
)

// lasts says whether a key is there that nobody has said for longer than [ServingTime] from now. One that lasts longer was said before the clock of
// Redis was put back, and may be nobody's any more.
func (s *Store) lasts(ctx context.Context, key string) (bool, error) {
	left, err := s.rdb.PTTL(ctx, key).Result()
	if err == nil && (left > ServingTime || left == forGood) {
		err = s.rdb.PExpire(ctx, key, ServingTime).Err()
	}
	return err == nil && left != notThere, err
}
