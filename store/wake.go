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

const (
	atOnce   = 200 // tickets that one call of [Store.Wake] moves
	mostAway = 10  // tickets in a row that Redis gives no answer about: then it is gone, and is not asked for each of the others
	mostTold = 10  // errors that are told of
)

// Wake does what the clock has to do about tickets by itself, up to now, and says how many tickets it moved. Several replicas may call it:
// each timer works once, because the entry is made under the version that it was due for. One that two of them worked at the same moment is told
// of by both.
func (s *Store) Wake(ctx context.Context, account string, now time.Time) (int, error) {
	k := keysOf(account)
	moved, stay, away := 0, 0, 0
	var failed []error
	for moved < atOnce { // those that fail stay where they are, and hold up nobody behind them
		due, err := s.rdb.ZRangeByScore(ctx, k.timers(), &redis.ZRangeBy{
			Min: "-inf", Max: strconv.FormatInt(now.UnixMilli(), 10), Offset: int64(stay), Count: atOnce,
		}).Result()
		if err != nil {
			return moved, errors.Join(append(failed, unavailable("read the timers", err))...)
		}
		if len(due) == 0 {
			break
		}
		for _, number := range due {
			ok, err := s.wake(ctx, k, ticket.Number(number), now)
			if err != nil && len(failed) < mostTold {
				failed = append(failed, err)
			}
			if !errors.Is(err, ticket.ErrUnavailable) {
				away = 0
			} else if away++; away == mostAway {
				return moved, errors.Join(failed...)
			}
			if ok {
				moved++
			} else {
				stay++
			}
		}
	}
	return moved, errors.Join(failed...)
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
