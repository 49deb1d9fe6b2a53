package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/flows"
	"frontdesk/ticket"
)

// This file keeps dead letters: see [ticket.Dead]. One is buried in the transaction that takes it from where it was, and put through again
// in the transaction that forgets it, so that a crash leaves it in one place, never in none and never in two.

const (
	deadLife  = 90 * 24 * time.Hour // by Redis' own clock
	mostDead  = 1000                // of one account; further ones are not taken, and whoever wrote is asked to write again
	mostBytes = 64 << 10            // of one original; the platform's largest message has a tenth of that
)

// The fields of a dead letter's hash.
const (
	deadMeta     = "meta"
	deadOriginal = "original"
	deadHere     = "here" // "1" as long as there is one: what a transaction that takes it away is guarded by
)

// BuryMessage keeps a message that could not be worked, together with the answer under the message's identity, in one atomic step. It gives
// the answer that counts: the one of before, when the message is in effect or buried already, and then it buries nothing. The error wraps
// [ticket.ErrUnavailable] when it could not be kept; then nothing may be promised.
func (s *Store) BuryMessage(ctx context.Context, d ticket.Dead, answer string) (string, error) {
	k := keysOf(d.Account)
	tx := newCommit(k, k.answered(d.Identity.Reveal()), "")
	if err := s.bury(ctx, tx, d); err != nil {
		return "", err
	}
	v, err := tx.run(ctx, s, []byte(answer))
	switch {
	case err != nil:
		return "", err
	case v.seen:
		s.carrying.Add(whose(d.Account, d.Resident, d.Identity.Reveal()), struct{}{})
		return v.result, nil
	}
	return answer, nil
}

// bury puts a dead letter into a transaction, when there is room for one.
func (s *Store) bury(ctx context.Context, tx *commit, d ticket.Dead) error {
	if len(d.Original) > mostBytes && d.Why == ticket.Undecodable { // nobody can put it through: its beginning tells what it was
		d.Original = ticket.Personal(strings.ToValidUTF8(string(d.Original[:mostBytes]), ""))
	}
	if len(d.Original) > mostBytes {
		return fmt.Errorf("bury a dead letter: %w: it is too large", ticket.ErrUnavailable)
	}
	n, err := s.rdb.ZCard(ctx, tx.keys.dead()).Result()
	if err == nil && n >= mostDead {
		n, err = s.livingDead(ctx, tx.keys)
	}
	switch {
	case err != nil:
		return unavailable("bury a dead letter", err)
	case n >= mostDead:
		return fmt.Errorf("bury a dead letter: %w: there are %d already", ticket.ErrUnavailable, n)
	}
	meta, err := encode(d)
	if err != nil {
		return err
	}
	one := tx.keys.deadOne(d.ID)
	tx.do("HSET", one, deadMeta, meta, deadOriginal, d.Original.Reveal(), deadHere, "1")
	tx.do("EXPIRE", one, int(deadLife/time.Second))
	tx.do("ZADD", tx.keys.dead(), d.At.UnixMilli(), d.ID)
	return nil
}

// livingDead strikes those off the list that Redis has forgotten, and counts the rest.
func (s *Store) livingDead(ctx context.Context, k keys) (int64, error) {
	ids, err := s.rdb.ZRange(ctx, k.dead(), 0, -1).Result()
	if err != nil {
		return 0, err
	}
	names, args := []string{k.dead()}, []any{}
	for _, id := range ids {
		names, args = append(names, k.deadOne(id)), append(args, id)
	}
	return s.run(ctx, strikeScript, names, args...).Int64()
}

// strikeScript looks and strikes in one step: the same letter may be replayed and break again between the two.
var strikeScript = redis.NewScript(`
for i, id in ipairs(ARGV) do
  if redis.call('EXISTS', KEYS[i + 1]) == 0 then redis.call('ZREM', KEYS[1], id) end
end
return redis.call('ZCARD', KEYS[1])`)

// unbury takes a dead letter away in a transaction that holds only while it is there.
func unbury(tx *commit, id string) {
	one := tx.keys.deadOne(id)
	tx.guard(one, deadHere, "1")
	tx.do("DEL", one)
	tx.do("ZREM", tx.keys.dead(), id)
}

// DeadLetters gives what waits for somebody to look at it, the oldest first, without the originals.
func (s *Store) DeadLetters(ctx context.Context, account string) ([]ticket.Dead, error) {
	k := keysOf(account)
	ids, err := s.rdb.ZRange(ctx, k.dead(), 0, -1).Result()
	if err != nil {
		return nil, unavailable("list dead letters", err)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	pipe := s.rdb.Pipeline()
	metas := make([]*redis.StringCmd, len(ids))
	for i, id := range ids {
		metas[i] = pipe.HGet(ctx, k.deadOne(id), deadMeta)
	}
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		return nil, unavailable("list dead letters", err)
	}
	var list []ticket.Dead
	for _, meta := range metas {
		b, err := meta.Bytes()
		if errors.Is(err, redis.Nil) {
			continue // forgotten after its time
		}
		var d ticket.Dead
		if err := decode(b, &d); err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	return list, nil
}

// DeadLetter gives one with its original; [ticket.ErrNotFound] when there is none of that id, or none any more.
func (s *Store) DeadLetter(ctx context.Context, account, id string) (ticket.Dead, error) {
	got, err := s.rdb.HMGet(ctx, keysOf(account).deadOne(id), deadMeta, deadOriginal).Result()
	if err != nil {
		return ticket.Dead{}, unavailable("load a dead letter", err)
	}
	meta, ok := got[0].(string)
	if !ok {
		return ticket.Dead{}, fmt.Errorf("dead letter %s: %w", id, ticket.ErrNotFound)
	}
	var d ticket.Dead
	original, _ := got[1].(string)
	err = decode([]byte(meta), &d)
	d.Original = ticket.Personal(original)
	return d, err
}

// CountDead says how many dead letters an account has.
func (s *Store) CountDead(ctx context.Context, account string) (int64, error) {
	n, err := s.livingDead(ctx, keysOf(account))
	if err != nil {
		return 0, unavailable("count dead letters", err)
	}
	return n, nil
}

// DropDead forgets a dead letter for good; [ticket.ErrNotFound] when somebody else put it through or dropped it first.
func (s *Store) DropDead(ctx context.Context, account, id string) error {
	k := keysOf(account)
	tx := newCommit(k, k.requested("dead:"+rand.Text()), "")
	unbury(tx, id)
	return s.resurrect(ctx, tx, id)
}

// resurrect runs a transaction that takes a dead letter away, whatever else it does.
func (s *Store) resurrect(ctx context.Context, tx *commit, id string) error {
	v, err := tx.run(ctx, s, nil)
	if err != nil {
		return err
	}
	if v.stale {
		return fmt.Errorf("dead letter %s: %w", id, ticket.ErrNotFound)
	}
	return nil
}

// ReplayMessage has decide say what a dead message does, commits that under the message's identity as [Store.Converse] would have, and
// forgets the dead letter, all in one atomic step. at is the time as of which it takes effect. An error leaves the dead letter where it
// is, unless it wraps [ticket.ErrUnavailable]: then it is open which of the two it was, and looking again tells. [ticket.ErrNotFound] says that
// there is none: somebody else was first. identity and openid may differ from the dead letter's when it could not be read at first; when
// that message was in effect already, nothing is done twice.
func (s *Store) ReplayMessage(ctx context.Context, d ticket.Dead, openid ticket.Personal, identity string, at time.Time,
	decide func(flows.Resident) (flows.Change, error)) (string, error) {
	k := keysOf(d.Account)
	result := k.requested("dead:" + rand.Text())
	if identity != d.Identity.Reveal() {
		result = k.answered(identity) // nothing was kept under the identity when it died
	}
	for range attempts {
		r, err := s.resident(ctx, d.Account, openid)
		if err != nil {
			return "", err
		}
		change, err := decide(r)
		if err != nil {
			return "", err
		}
		tx := newCommit(k, result, "")
		unbury(tx, d.ID)
		by := ticket.Carried{Message: ticket.Personal(identity), At: at}
		if err := converse(tx, r, after(r, change, by, s.stride()), change, by); err != nil {
			return "", err
		}
		v, err := tx.run(ctx, s, []byte(change.Answer))
		switch {
		case err != nil:
			return "", err
		case v.seen:
			return v.result, s.DropDead(ctx, d.Account, d.ID)
		case !v.stale:
			return change.Answer, nil
		}
		if _, err := s.DeadLetter(ctx, d.Account, d.ID); err != nil {
			return "", err
		}
	}
	return "", fmt.Errorf("replay a dead letter: %w: the record never stood still", ticket.ErrUnavailable)
}
