package store

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/ticket"
)

// This file folds tickets that are over: their histories, letters and headers go into one packed string, an eighth of the size. Whoever reads
// a ticket reads either form, and what is added to a folded one lies beside it until it is folded again.

//go:embed fold.lua
var foldSource string

var foldScript = redis.NewScript(foldSource)

const (
	// foldAfter is how long a ticket that is over has to be at rest before it is folded: ratings and thanks come within a day.
	foldAfter = 24 * time.Hour
	// foldAgain is when one that could not be folded is looked at again.
	foldAgain = 24 * time.Hour
	// foldAtOnce bounds how many tickets one call of [Store.Fold] looks at.
	foldAtOnce = 200
)

// foldTime says from when a ticket may be folded; the zero time: it is not over.
func foldTime(h ticket.Header) time.Time {
	if h.Version == 0 || h.Status.Open() || h.Status == ticket.Resolved {
		return time.Time{}
	}
	return h.UpdatedAt.Add(foldAfter)
}

// Fold packs tickets that have been over for a day and are covered by a seal, and says how many. It changes nothing of what anybody reads. Several
// replicas may call it. A kill at any moment leaves each ticket in one form or the other.
func (s *Store) Fold(ctx context.Context, account string, now time.Time) (int, error) {
	k := keysOf(account)
	due, err := s.rdb.ZRangeByScore(ctx, k.folds(), &redis.ZRangeBy{
		Min: "-inf", Max: strconv.FormatInt(now.UnixMilli(), 10), Count: foldAtOnce,
	}).Result()
	if err != nil {
		return 0, unavailable("read what to fold", err)
	}
	folded := 0
	var failed error
	for _, number := range due { // one that fails does not hold up the others
		ok, err := s.fold(ctx, k, ticket.Number(number), now)
		if err != nil {
			err = errors.Join(err, s.later(ctx, k, number, now.Add(foldAgain)))
		}
		failed = errors.Join(failed, err)
		if ok {
			folded++
		}
	}
	return folded, failed
}

// later puts a ticket off.
func (s *Store) later(ctx context.Context, k keys, number string, at time.Time) error {
	if err := s.rdb.ZAddXX(ctx, k.folds(), redis.Z{Score: float64(at.UnixMilli()), Member: number}).Err(); err != nil {
		return unavailable("put a fold off", err)
	}
	return nil
}

// fold packs one ticket, if its time has really come.
func (s *Store) fold(ctx context.Context, k keys, n ticket.Number, now time.Time) (bool, error) {
	was, err := s.storedTicket(ctx, k, n)
	if err != nil {
		return false, err
	}
	t, deliveries, err := was.replay(n)
	if err != nil {
		return false, fmt.Errorf("fold: %w", err)
	}
	switch at := foldTime(t.Header); {
	case at.IsZero() && was.version == mark(t.Header): // opened again, or never closed
		return false, s.unlist(ctx, k, n, was.version, now)
	case at.After(now):
		return false, s.later(ctx, k, string(n), at)
	}
	packed, args, err := was.fold(n, t, deliveries)
	if err != nil {
		return false, fmt.Errorf("fold ticket %s: %w", n, err)
	}
	args = append([]any{string(n), was.version, was.packed, len(was.lines), packed}, args...)
	done, err := s.run(ctx, foldScript, []string{k.ticket(n), k.entries(n), k.deliveries(n), k.folds(), k.unsealed()}, args...).Int()
	if err != nil {
		return false, unavailable("fold", err)
	}
	return done == 1, nil
}

// unlist strikes a ticket off that is not over, if it is still as it was. It may come back to the list at the same version, when a letter of it is
// over, so each time is a request of its own.
func (s *Store) unlist(ctx context.Context, k keys, n ticket.Number, version string, now time.Time) error {
	tx := newCommit(k, k.requested("unfold:"+string(n)+":"+version+":"+strconv.FormatInt(now.UnixMilli(), 36)), "")
	tx.guard(k.ticket(n), "v", version)
	tx.do("ZREM", k.folds(), string(n))
	_, err := tx.run(ctx, s, nil)
	return err
}

// fold gives the packed form, and which deliveries are in it that were not before: those that are final. It must read as what it was made from,
// or it is an error.
func (t stored) fold(n ticket.Number, whole ticket.Ticket, deliveries []ticket.Delivery) (packed []byte, args []any, err error) {
	if t.header != "" {
		h, err := decodeHeader(n, []byte(t.header))
		if err != nil {
			return nil, nil, err
		}
		if fields := differing(h, whole.Header); fields != "" {
			return nil, nil, fmt.Errorf("%w: its header differs from its history in %s", ticket.ErrInvalid, fields)
		}
	}
	if t.version != mark(whole.Header) {
		return nil, nil, fmt.Errorf("%w: its version is not its history's", ticket.ErrInvalid)
	}
	d := dossier{header: whole.Header, entries: whole.Entries}
	for _, one := range deliveries {
		raw, beside := t.deliveries[one.Letter]
		if beside && !one.Fate.Over() {
			continue // the sender, or the mailbox, is not done with it
		}
		if beside {
			args = append(args, one.Letter, raw)
		}
		one.At, one.NextTry = one.At.UTC().Truncate(time.Millisecond), one.NextTry.UTC().Truncate(time.Millisecond)
		d.deliveries = append(d.deliveries, one)
	}
	slices.SortFunc(d.deliveries, func(a, b ticket.Delivery) int { return cmp.Or(a.Seq-b.Seq, cmp.Compare(a.Letter, b.Letter)) })
	if packed, err = pack(d); err != nil {
		return nil, nil, err
	}
	again, back, err := stored{packed: string(packed)}.replay(n)
	switch {
	case err != nil:
		return nil, nil, err
	case again.Header != whole.Header || !slices.Equal(back, d.deliveries):
		return nil, nil, fmt.Errorf("%w: it does not come back as it was", ticket.ErrInvalid)
	}
	header, err := unpackHeader(n, packed)
	if err == nil && header != whole.Header {
		err = fmt.Errorf("%w: its header does not come back as it was", ticket.ErrInvalid)
	}
	return packed, args, err
}
