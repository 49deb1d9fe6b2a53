package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"frontdesk/flows"
	"frontdesk/ticket"
)

// attempts bounds how often a transaction is put together anew after it lost a race. Each loss means that somebody else went forward, so
// this many in a row happen only to a record under siege.
const attempts = 64

// Converse has decide say what a message does and commits it together with the answer under the message's identity; see
// bot.Residents for the contract.
//
// A resident who is remembered here costs one round trip. One who is not is tried as a stranger: true strangers are committed at once, and
// for the others the failed guard brings the record, so that the second trip commits.
func (s *Store) Converse(ctx context.Context, account string, openid ticket.Personal, identity string,
	decide func(flows.Resident) (flows.Change, error)) (string, error) {
	k := keysOf(account)
	who := k.resident(openid.Reveal())
	full := s.isFull(ctx, who)
	if full { // what is in effect already takes no more room, and must not be said once more
		if answer, err := s.answered(ctx, account, identity); !errors.Is(err, ticket.ErrNotFound) {
			if err == nil {
				s.remember(whose(account, openid, identity), false, verdict{seen: true}, nil)
			}
			return answer, err
		}
	}
	r, known := s.known.Get(who)
	if !known {
		r = flows.Resident{Account: account, OpenID: openid}
	}
	sure, waiting := false, false // whether r was read from Redis: what is remembered may be as old as a guess
	for range attempts {
		now := s.clock()
		change, err := decide(s.offered(r, identity, now))
		if err != nil && !sure { // a guess cannot be the reason to refuse a message
			if r, err = s.resident(ctx, account, openid); err == nil {
				sure = true
				continue
			}
		}
		if err == nil && full && change.TakesIn() {
			err = fmt.Errorf("converse: %w: the memory of redis runs short", ticket.ErrUnavailable)
		}
		if err != nil {
			return "", err
		}
		tx := newCommit(k, k.answered(identity), openid.Reveal())
		by := ticket.Carried{Message: ticket.Personal(identity), At: now}
		next := after(r, change, by, s.stride())
		if err := converse(tx, r, next, change, by); err != nil {
			return "", err
		}
		v, err := tx.run(ctx, s, []byte(change.Answer))
		s.remember(whose(account, openid, identity), len(change.Taken) > 0, v, err)
		switch {
		case err != nil:
			return "", err
		case v.seen:
			return v.result, nil
		case v.stale:
			if r, err = readResident(account, openid, v.fresh); err != nil {
				return "", err
			}
			sure = true
			if !waiting {
				waiting = true
				done, err := s.turns.wait(ctx, who)
				if err != nil {
					return "", err
				}
				defer done()
				// Whoever had the turn before has moved the record on. What is remembered is looked at this once: Redis may have been undone
				// by a failover, and then it is ahead for ever.
				if now, ok := s.known.Get(who); ok && now.Version > r.Version {
					r, sure = now, false
				}
			}
		default:
			s.known.Add(who, next)
			return change.Answer, nil
		}
	}
	return "", fmt.Errorf("converse: %w: the record never stood still", ticket.ErrUnavailable)
}

// answered gives the answer to a message that is in effect, confirmed by replicas; [ticket.ErrNotFound] when it is not.
func (s *Store) answered(ctx context.Context, account, identity string) (string, error) {
	k := keysOf(account)
	tx := newCommit(k, k.answered(identity), "")
	tx.guard(k.resident(""), "v", "never") // so that nothing is done if it is not remembered
	v, err := tx.run(ctx, s, nil)
	switch {
	case err != nil:
		return "", err
	case !v.seen:
		return "", fmt.Errorf("an answer: %w", ticket.ErrNotFound)
	}
	return v.result, nil
}

// converse puts everything that the change made by a message does at its time into the transaction, of the record after it too.
func converse(tx *commit, r, after flows.Resident, c flows.Change, by ticket.Carried) error {
	k, openid, now := tx.keys, r.OpenID.Reveal(), by.At
	record, err := encodeResident(after)
	if err != nil {
		return err
	}
	me := k.resident(openid)
	tx.version(me, r.Version)
	fields := []any{"v", after.Version, "rec", record, "f", flag(after.Followed)}
	switch c.Opens {
	case flows.OpensMessage:
		fields = append(fields, "mu", now.Add(messageWindow).UnixMilli(), "ml", messageCount)
	case flows.OpensTap:
		fields = append(fields, "tu", now.Add(tapWindow).UnixMilli(), "tl", tapCount)
	}
	tx.do("HSET", me, fields...)
	for _, tc := range c.Tickets {
		before, ok := headerAt(r.Tickets, tc)
		if !ok {
			return fmt.Errorf("%w: a change to a ticket that the resident does not have", ticket.ErrInvalid)
		}
		if err := project(tx, before, tc.After, tc.Entries, now); err != nil {
			return err
		}
	}
	for _, f := range c.Fetch {
		if err := expect(tx, f, r.OpenID, now); err != nil {
			return err
		}
	}
	if c.Forget {
		if err := forget(tx, r, now); err != nil {
			return err
		}
	}
	if err := carry(tx, r, c.Taken, by); err != nil {
		return err
	}
	for _, l := range c.Keep {
		b, err := encode(l)
		if err != nil {
			return err
		}
		tx.do("HSET", k.mailbox(openid), l.ID, b)
		if err := became(tx, l, ticket.Delivery{Fate: ticket.InMailbox, Via: ticket.ViaMailbox, Reason: restReason, At: now}); err != nil {
			return err
		}
	}
	for _, l := range c.Letters {
		if err := post(tx, l, now); err != nil {
			return err
		}
	}
	return nil
}

// headerAt finds the header that a change starts from: none for a new ticket.
func headerAt(list []ticket.Header, tc flows.TicketChange) (ticket.Header, bool) {
	if tc.Before == 0 {
		return ticket.Header{Number: tc.After.Number}, true
	}
	for _, h := range list {
		if h.Number == tc.After.Number && h.Version == tc.Before {
			return h, true
		}
	}
	return ticket.Header{}, false
}

// forget removes what waits for a resident who left and closes their reply window. Letters under way fail by themselves: the sender sees
// that the resident is gone.
func forget(tx *commit, r flows.Resident, now time.Time) error {
	openid := r.OpenID.Reveal()
	tx.do("HDEL", tx.keys.resident(openid), "mu", "ml", "tu", "tl")
	for _, l := range r.Mailbox {
		gone := ticket.Delivery{Fate: ticket.Failed, Via: ticket.ViaMailbox, Reason: leftReason, At: now}
		if l.Carried.Message != "" {
			gone.Reason = "居民取消了关注；写进过一次答复，没有确认送出。"
		}
		if err := became(tx, l, gone); err != nil {
			return err
		}
	}
	tx.do("DEL", tx.keys.mailbox(openid))
	return nil
}

func flag(on bool) string {
	if on {
		return "1"
	}
	return ""
}

func has(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
