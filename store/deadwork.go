package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/ticket"
)

// This file buries what the background could not work, letters and files, and puts it through again.

// What an officer reads about them.
const (
	deadLetterReason = "系统处理这封信时出了故障，没有发完（居民可能只收到一部分），已留下等技术人员查看；急的话请换个办法告诉居民。"
	deadFileReason   = "系统处理这个文件时出了故障，已留下等技术人员查看。"
)

// BuryParcel takes a letter that could not be worked out of the way of those behind it and shows it as failed, in one atomic step.
// [ticket.ErrConflict] says that the lease is somebody else's by now, [ticket.ErrUnavailable] that the letter stays where it is.
func (s *Store) BuryParcel(ctx context.Context, p ticket.Parcel, why ticket.Why, detail string) (ticket.Dead, error) {
	k, openid := keysOf(p.Letter.Account), p.Letter.Resident.Reveal()
	raw, err := s.rdb.LIndex(ctx, k.underWay(openid), 0).Result() // whoever holds the lease has the first one to themselves
	if err != nil && !errors.Is(err, redis.Nil) {
		return ticket.Dead{}, unavailable("bury a letter", err)
	}
	l := p.Letter
	if p.Broken {
		l = legible(raw)
	}
	now := s.clock()
	d := ticket.Dead{
		Account: p.Letter.Account, Where: ticket.AtSender, Why: why, Detail: detail, Identity: ticket.Personal(l.ID),
		Resident: p.Letter.Resident, Ticket: l.Ticket, At: now, Original: ticket.Personal(raw),
	}.Named()
	lease, fence := "letter:"+openid, strconv.FormatInt(p.Fence, 10)
	tx := newCommit(k, k.requested("bury:"+rand.Text()), "")
	tx.guard(k.leases(), lease, fence)
	tx.do("HDEL", k.leases(), lease)
	tx.do("LPOP", k.underWay(openid))
	tx.do("ZADD", k.outbox(), now.UnixMilli(), openid) // the next one; that there is none is found out then
	if err := s.bury(ctx, tx, d); err != nil {
		return d, err
	}
	if l.Ticket == "" { // no officer asks for it, and put through it begins anew
		tx.do("HDEL", k.deliveries(""), l.ID)
	} else {
		failed := p.Delivery
		failed.Fate, failed.Reason, failed.At, failed.NextTry, failed.Begun = ticket.Failed, deadLetterReason, now, time.Time{}, ""
		if err := delivered(tx, l, failed); err != nil {
			return d, err
		}
	}
	return d, s.interred(ctx, tx)
}

// interred runs a transaction that is guarded by a lease.
func (s *Store) interred(ctx context.Context, tx *commit) error {
	v, err := tx.run(ctx, s, nil)
	if err == nil && v.stale {
		err = fmt.Errorf("bury what died: %w: the lease is over", ticket.ErrConflict)
	}
	return err
}

// legible is what can still be made out of a letter that cannot be read: which it is and what it is about. One that says nothing of itself
// is named after its bytes.
func legible(raw string) ticket.Letter {
	var l struct {
		ID     string        `json:"id"`
		Ticket ticket.Number `json:"ticket"`
		Seq    int           `json:"seq"`
	}
	if decode([]byte(raw), &l) != nil || l.ID == "" {
		sum := sha256.Sum256([]byte(raw))
		return ticket.Letter{ID: unnamed + hex.EncodeToString(sum[:16])}
	}
	return ticket.Letter{ID: l.ID, Ticket: l.Ticket, Seq: l.Seq}
}

// unnamed begins the id of a letter that does not say which it is.
const unnamed = "#"

// delivered writes down what became of a letter about a ticket.
func delivered(tx *commit, l ticket.Letter, d ticket.Delivery) error {
	b, err := encode(of(l, d))
	if err != nil {
		return err
	}
	tx.do("HSET", tx.keys.deliveries(l.Ticket), l.ID, b)
	tx.do("PUBLISH", tx.keys.changes(), string(l.Ticket))
	return nil
}

// BuryFetch takes a file that could not be worked out of the list of those to fetch and shows it as lost, in one atomic step. Errors are those
// of [Store.BuryParcel].
func (s *Store) BuryFetch(ctx context.Context, f ticket.Fetch, why ticket.Why, detail string) (ticket.Dead, error) {
	k, id := keysOf(f.Account), f.File.ID
	lease, fence := "file:"+id, strconv.FormatInt(f.Fence, 10)
	for range attempts {
		pipe := s.rdb.Pipeline()
		record, shown, held := pipe.HGet(ctx, k.files(), id), pipe.HGet(ctx, k.shownBy(), id), pipe.HGet(ctx, k.leases(), lease)
		if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
			return ticket.Dead{}, unavailable("bury a file", err)
		}
		if held.Val() != fence {
			return ticket.Dead{}, fmt.Errorf("bury a file: %w: the lease is over", ticket.ErrConflict)
		}
		d := ticket.Dead{
			Account: f.Account, Where: ticket.AtFetch, Why: why, Detail: detail, Identity: ticket.Personal(id), Ticket: ticket.Number(shown.Val()),
			At: s.clock(), Original: ticket.Personal(record.Val()),
		}.Named()
		tx := newCommit(k, k.requested("bury:"+rand.Text()), "")
		tx.guard(k.leases(), lease, fence)
		tx.guard(k.shownBy(), id, shown.Val()) // a ticket may have begun to show it meanwhile
		tx.do("HDEL", k.leases(), lease)
		tx.do("ZREM", k.fetches(), id)
		if err := s.bury(ctx, tx, d); err != nil {
			return d, err
		}
		if err := s.mourn(ctx, tx, f, d); err != nil {
			return d, err
		}
		switch err := s.interred(ctx, tx); {
		case errors.Is(err, ticket.ErrConflict): // which guard it was is seen at the next look
		default:
			return d, err
		}
	}
	return ticket.Dead{}, fmt.Errorf("bury a file: %w: its ticket never stood still", ticket.ErrUnavailable)
}

// mourn shows a file as lost: in its record, and in the history of its ticket.
func (s *Store) mourn(ctx context.Context, tx *commit, f ticket.Fetch, d ticket.Dead) error {
	a := f.File
	if f.Broken && d.Ticket != "" { // the ticket knows what it is
		t, err := s.replay(ctx, tx.keys, d.Ticket)
		if err != nil {
			return err
		}
		for _, m := range t.Media {
			if m.ID == a.ID {
				a = m
			}
		}
	}
	a.State, a.Reason = ticket.MediaLost, deadFileReason
	var r fileRecord
	if decode([]byte(d.Original.Reveal()), &r) != nil {
		r = fileRecord{At: f.At, Tries: f.Tries}
	}
	r.File = a
	record, err := encode(r)
	if err != nil {
		return err
	}
	tx.do("HSET", tx.keys.files(), a.ID, record)
	return s.tell(ctx, tx, d.Ticket, a)
}

// ReplayWork puts a dead letter to a resident back into the outbox, or a dead file back into the list of those to fetch, and forgets it as dead,
// in one atomic step. Errors are those of [Store.ReplayMessage].
func (s *Store) ReplayWork(ctx context.Context, d ticket.Dead) error {
	switch d.Where {
	case ticket.AtSender:
		return s.replayLetter(ctx, d)
	case ticket.AtFetch:
		return s.replayFile(ctx, d)
	}
	return fmt.Errorf("replay a dead letter: %w: it is a message", ticket.ErrInvalid)
}

func (s *Store) replayLetter(ctx context.Context, d ticket.Dead) error {
	k, now, openid := keysOf(d.Account), s.clock(), d.Resident.Reveal()
	tx := newCommit(k, k.requested("dead:"+rand.Text()), "")
	unbury(tx, d.ID)
	tx.do("RPUSH", k.underWay(openid), d.Original.Reveal())
	tx.do("ZADD", k.outbox(), "NX", now.UnixMilli(), openid)
	if l := legible(d.Original.Reveal()); l.Ticket != "" {
		if err := delivered(tx, l, ticket.Delivery{Fate: ticket.Sending, At: now, NextTry: now}); err != nil {
			return err
		}
	}
	return s.resurrect(ctx, tx, d.ID)
}

// replayFile fetches a file anew, unless it is kept: it was put through before then, when a backup had it already.
func (s *Store) replayFile(ctx context.Context, d ticket.Dead) error {
	k, id := keysOf(d.Account), d.Identity.Reveal()
	for range attempts {
		is, err := s.rdb.HGet(ctx, k.files(), id).Result()
		if err != nil && !errors.Is(err, redis.Nil) {
			return unavailable("replay a file", err)
		}
		tx := newCommit(k, k.requested("dead:"+rand.Text()), "")
		unbury(tx, d.ID)
		tx.guard(k.files(), id, is)
		var r fileRecord
		if decode([]byte(is), &r) != nil || r.File.State != ticket.MediaKept {
			tx.do("HSET", k.files(), id, d.Original.Reveal())
			tx.do("ZADD", k.fetches(), s.clock().UnixMilli(), id)
		}
		v, err := tx.run(ctx, s, nil)
		if err != nil || !v.stale {
			return err
		}
		if _, err := s.DeadLetter(ctx, d.Account, d.ID); err != nil { // else the file moved on
			return err
		}
	}
	return fmt.Errorf("replay a file: %w: its record never stood still", ticket.ErrUnavailable)
}
