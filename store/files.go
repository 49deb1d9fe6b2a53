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

// fileRecord is what is known of a file that a resident sent.
type fileRecord struct {
	File     ticket.Attachment `json:"file"`
	Resident ticket.Personal   `json:"resident"`
	At       time.Time         `json:"at"`
	Tries    int               `json:"tries,omitzero"`
}

// expect writes a new file down, to be fetched at once.
func expect(tx *commit, f ticket.Attachment, from ticket.Personal, now time.Time) error {
	b, err := encode(fileRecord{File: f, Resident: from, At: now})
	if err != nil {
		return err
	}
	tx.wakes = append(tx.wakes, tx.keys.fetches())
	tx.do("HSETNX", tx.keys.files(), f.ID, b)
	tx.do("ZADD", tx.keys.fetches(), "NX", now.UnixMilli(), f.ID)
	return nil
}

// show ties the files of an entry to its ticket. They come up for fetching once more: one that was fetched before the ticket was opened is
// then written into its history.
func show(tx *commit, n ticket.Number, e ticket.Entry, now time.Time) {
	media := e.Media
	if e.Opening != nil {
		media = e.Opening.Media
	}
	if e.What != ticket.Opened && e.What != ticket.Say {
		return
	}
	for _, f := range media {
		tx.wakes = append(tx.wakes, tx.keys.fetches())
		tx.do("HSET", tx.keys.shownBy(), f.ID, string(n))
		tx.do("ZADD", tx.keys.fetches(), "LT", now.UnixMilli(), f.ID)
	}
}

// TakeFetches takes at most n files whose fetching is due, under a lease. Files that were settled before a ticket showed them are written
// into its history on the way and are not given.
func (s *Store) TakeFetches(ctx context.Context, account string, n int, lease time.Duration) ([]ticket.Fetch, error) {
	k := keysOf(account)
	due, err := s.take(ctx, k, k.fetches(), "file:", n, lease)
	if err != nil {
		return nil, err
	}
	var list []ticket.Fetch
	for _, d := range due {
		r, err := s.file(ctx, k, d.member)
		broken := errors.Is(err, ticket.ErrInvalid) || err == nil && r.File.ID != d.member
		switch {
		case broken: // it does not hold up the others that were taken with it
			r = fileRecord{File: ticket.Attachment{ID: d.member}}
		case err != nil:
			return list, err
		}
		f := ticket.Fetch{Account: account, File: r.File, At: r.At, Tries: r.Tries, Broken: broken, Fence: d.fence}
		if broken || r.File.State == ticket.MediaPending {
			list = append(list, f)
			continue
		}
		err = s.SettleFetch(ctx, f, r.File, time.Time{})
		switch {
		case errors.Is(err, ticket.ErrUnavailable):
			return list, err
		case err != nil && !errors.Is(err, ticket.ErrConflict): // whatever is wrong with its ticket must not hold up the others
			s.log.ErrorContext(ctx, "a file not shown by its ticket", "account", account, "err", err)
		}
	}
	return list, nil
}

// file loads what is known of a file. One that nobody wrote down is lost: there is nothing to fetch it by.
func (s *Store) file(ctx context.Context, k keys, id string) (fileRecord, error) {
	b, err := s.rdb.HGet(ctx, k.files(), id).Bytes()
	var r fileRecord
	switch {
	case errors.Is(err, redis.Nil):
		r.File = ticket.Attachment{ID: id, State: ticket.MediaLost, Reason: "附件的登记找不到了。"}
		return r, nil
	case err != nil:
		return r, unavailable("load a file", err)
	}
	return r, decode(b, &r)
}

// SettleFetch writes down what became of a file: kept or lost ends it, and goes into the history of the ticket that shows it; pending means
// that it comes again at next. [ticket.ErrConflict] says that the lease is somebody else's by now.
func (s *Store) SettleFetch(ctx context.Context, f ticket.Fetch, a ticket.Attachment, next time.Time) error {
	k := keysOf(f.Account)
	fence := strconv.FormatInt(f.Fence, 10)
	lease := "file:" + a.ID
	for range attempts {
		shown, err := s.rdb.HGet(ctx, k.shownBy(), a.ID).Result()
		if err != nil && !errors.Is(err, redis.Nil) {
			return unavailable("settle a file", err)
		}
		tx := newCommit(k, k.requested("file:"+a.ID+":"+fence), "")
		tx.guard(k.leases(), lease, fence)
		tx.guard(k.shownBy(), a.ID, shown) // a ticket may have begun to show it meanwhile
		r, err := s.file(ctx, k, a.ID)
		if err != nil {
			return err
		}
		r.File, r.Tries = a, f.Tries
		if a.State == ticket.MediaPending {
			r.Tries++
			tx.do("ZADD", k.fetches(), next.UnixMilli(), a.ID)
		} else {
			tx.do("ZREM", k.fetches(), a.ID)
			if err := s.tell(ctx, tx, ticket.Number(shown), a); err != nil {
				return err
			}
		}
		b, err := encode(r)
		if err != nil {
			return err
		}
		tx.do("HSET", k.files(), a.ID, b)
		tx.do("HDEL", k.leases(), lease)
		v, err := tx.run(ctx, s, nil)
		if err != nil {
			return err
		}
		if !v.stale {
			return nil
		}
		if now, err := s.rdb.HGet(ctx, k.leases(), lease).Result(); now != fence {
			if err != nil && !errors.Is(err, redis.Nil) {
				return unavailable("settle a file", err)
			}
			return fmt.Errorf("settle a file: %w: the lease is over", ticket.ErrConflict)
		}
	}
	return fmt.Errorf("settle a file: %w: its ticket never stood still", ticket.ErrUnavailable)
}

// tell adds the entry that says what became of a file, once; a file that no ticket shows, or whose ticket is gone, has nobody to tell.
func (s *Store) tell(ctx context.Context, tx *commit, n ticket.Number, a ticket.Attachment) error {
	if n == "" {
		return nil
	}
	t, err := s.replay(ctx, tx.keys, n)
	switch {
	case errors.Is(err, ticket.ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	for _, m := range t.Media {
		if m.ID == a.ID && (m.State == a.State || m.State == ticket.MediaKept) { // what was lost may yet be found
			return nil
		}
	}
	what := ticket.Kept
	if a.State == ticket.MediaLost {
		what = ticket.Lost
	}
	after, e, err := t.Do(ticket.Step{What: what, By: ticket.TheClock, At: s.clock(), Media: []ticket.Attachment{a}})
	if err != nil {
		return fmt.Errorf("settle a file of ticket %s: %w", n, err)
	}
	return s.entered(tx, t.Header, after, e)
}
