package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/ticket"
)

// atOnce bounds how many timers one call of [Store.Wake] works.
const atOnce = 200

// Wake does what the clock has to do about tickets by itself, up to now, and says how many tickets it moved. Several replicas may call it:
// each timer works once, because the entry is made under the version that it was due for. One that two of them worked at the same moment is told
// of by both.
func (s *Store) Wake(ctx context.Context, account string, now time.Time) (int, error) {
	k := keysOf(account)
	due, err := s.rdb.ZRangeByScore(ctx, k.timers(), &redis.ZRangeBy{
		Min: "-inf", Max: strconv.FormatInt(now.UnixMilli(), 10), Count: atOnce,
	}).Result()
	if err != nil {
		return 0, unavailable("read the timers", err)
	}
	moved := 0
	var failed error
	for _, number := range due { // one that fails does not hold up the others
		ok, err := s.wake(ctx, k, ticket.Number(number), now)
		failed = errors.Join(failed, err)
		if ok {
			moved++
		}
	}
	return moved, failed
}

// wake moves one ticket if its time has really come: it may have moved since the timer was read.
func (s *Store) wake(ctx context.Context, k keys, n ticket.Number, now time.Time) (moved bool, err error) {
	defer func() {
		if recover() != nil {
			moved, err = false, fmt.Errorf("%w: ticket %s breaks the program", ticket.ErrInvalid, n)
		}
	}()
	h, err := s.header(ctx, k, n)
	if errors.Is(err, ticket.ErrNotFound) {
		return false, fmt.Errorf("a timer without a ticket: %w", err)
	}
	if err != nil {
		return false, err
	}
	at, what := h.Wake()
	if what == "" || at.After(now) {
		return false, nil // whoever moved it has set the timer anew
	}
	version := h.Version
	same := func(h ticket.Header) error {
		if h.Version != version {
			return ticket.ErrConflict
		}
		return nil
	}
	result := k.requested("wake:" + string(n) + ":" + strconv.Itoa(version))
	_, err = s.step(ctx, k, n, result, ticket.Step{What: what, By: ticket.TheClock, At: now}, same)
	if errors.Is(err, ticket.ErrConflict) {
		return false, nil
	}
	return err == nil, err
}
