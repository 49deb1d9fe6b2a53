package store

import (
	"context"
	"fmt"
	"time"

	"frontdesk/flows"
	"frontdesk/ticket"
)

// This file holds what becomes of letters that an answer takes along from the mailbox. The commit cannot know whether its answer will leave, so they stay
// in the mailbox, marked with the message that the answer is for. Once the answer is out they go; if that is never heard of, the resident's next
// message takes them along again.

// answerLife is how long an answer may be on its way: the platform waits no longer for one. Until then another message leaves its letters alone.
const answerLife = 5 * time.Second

// carriedReason is what an officer reads beside a letter until it is known that the answer with it left.
const carriedReason = "已写进给居民的答复，还没确认送出；没送出的话，居民下次来信时再带上。"

// restReason is what an officer reads beside a letter of which only the beginning went into an answer.
const restReason = "太长，一条放不下；后半段等居民回复“继续”时送到。"

// unsureReason is what an officer reads when the rest of a letter is delivered, and a piece before it may not be.
const unsureReason = "其中一段发了两次，微信都没有明确答复，居民可能没有看到；其余已随居民来信带到。要紧的事请另外联系居民。"

// offered is a resident as the message of this identity finds them: without the letters that the answer to another one carries just now, and without the rest
// of a long one whose beginning is not known to have left. When such an answer is taken for lost, its letters are back: the whole is read from its beginning.
func (s *Store) offered(r flows.Resident, identity string, now time.Time) flows.Resident {
	if len(r.Mailbox) == 0 {
		return r
	}
	all := r.Mailbox
	r.Mailbox = nil
	for _, l := range all {
		if !s.onItsWay(r, l, identity, now) && !startsOver(all, everyLetter, l) {
			r.Mailbox = append(r.Mailbox, l)
		}
	}
	return r
}

// onItsWay says whether the answer to another message may be bringing a letter to the resident now.
func (s *Store) onItsWay(r flows.Resident, l ticket.Letter, identity string, now time.Time) bool {
	by := l.Carried.Message.Reveal()
	return by != "" && by != identity && now.Sub(l.Carried.At).Abs() < answerLife && !s.doubted.Contains(whose(r.Account, r.OpenID, by))
}

// whose names one message of one resident.
func whose(account string, openid ticket.Personal, identity string) string {
	return account + "|" + openid.Reveal() + "|" + identity
}

// remember keeps what is open about the answer to a message that may carry letters: whether anybody is given it, or whether it leaves.
func (s *Store) remember(message string, carries bool, v verdict, err error) {
	switch {
	case err != nil && carries:
		s.doubted.Add(message, struct{}{}) // it may be in effect all the same
	case err == nil && (v.seen || carries && !v.stale): // what the first one carried is not known here
		s.carrying.Add(message, struct{}{})
	}
}

// carry marks letters as carried by the answer to a message, and strikes out the rest of those that begin anew. An answer that takes none leaves all as they
// are: the answer that brings the beginning may be on its way still.
func carry(tx *commit, r flows.Resident, ids []string, by ticket.Carried) error {
	if len(ids) == 0 {
		return nil
	}
	mailbox := tx.keys.mailbox(r.OpenID.Reveal())
	for _, l := range r.Mailbox {
		switch {
		case has(ids, l.ID):
			l.Carried = by
			b, err := encode(l)
			if err != nil {
				return err
			}
			tx.do("HSET", mailbox, l.ID, b)
			if err := became(tx, l, ticket.Delivery{Fate: ticket.Sending, Via: ticket.ViaAnswer, Reason: carriedReason, At: by.At}); err != nil {
				return err
			}
		case startsOver(r.Mailbox, among(ids), l):
			tx.do("HDEL", mailbox, l.ID)
			if l.Ticket != "" { // the whole tells of itself
				tx.do("HDEL", tx.keys.deliveries(l.Ticket), l.ID)
			}
		}
	}
	return nil
}

// everyLetter chooses all letters, and among those of some identities.
func everyLetter(ticket.Letter) bool { return true }

func among(ids []string) func(ticket.Letter) bool {
	return func(l ticket.Letter) bool { return has(ids, l.ID) }
}

// startsOver says whether a letter is the rest of one of the chosen ones, all of which begin once more.
func startsOver(all []ticket.Letter, chosen func(ticket.Letter) bool, rest ticket.Letter) bool {
	for _, l := range all {
		if by := l.Carried.Message.Reveal(); by != "" && chosen(l) && flows.IsRestOf(rest, by) {
			return true
		}
	}
	return false
}

// after is the record once a change was committed, its version step further: the letters that its answer carries are still in the mailbox.
func after(r flows.Resident, c flows.Change, by ticket.Carried, step int64) flows.Resident {
	next := r.After(c)
	next.Version = r.Version + step
	if c.Forget || len(c.Taken) == 0 {
		return next
	}
	var kept []ticket.Letter
	for _, l := range r.Mailbox {
		switch {
		case has(c.Taken, l.ID):
			l.Carried = by
		case startsOver(r.Mailbox, among(c.Taken), l):
			continue
		}
		kept = append(kept, l)
	}
	next.Mailbox = append(kept, c.Keep...)
	return next
}

// became writes down what became of a letter, or of the rest of a long one, unless it is about no ticket.
func became(tx *commit, l ticket.Letter, d ticket.Delivery) error {
	if l.Ticket == "" {
		return nil
	}
	if d.Fate.Over() { // if its ticket is over, this can be folded too
		tx.do("ZADD", tx.keys.folds(), "NX", d.At.Add(foldAfter).UnixMilli(), string(l.Ticket))
	}
	return delivered(tx, l, d)
}

// Carries says whether the answer to a message, as this process gave it, may carry letters.
func (s *Store) Carries(account string, openid ticket.Personal, identity string) bool {
	return s.carrying.Contains(whose(account, openid, identity))
}

// Answered says that the answer to a message left: the letters that it carried are delivered. A message that carried none costs nothing. Errors wrap
// [ticket.ErrUnavailable]; then the resident's next message may bring the letters once more.
func (s *Store) Answered(ctx context.Context, account string, openid ticket.Personal, identity string) error {
	if !s.carrying.Remove(whose(account, openid, identity)) {
		return nil
	}
	k := keysOf(account)
	me := k.resident(openid.Reveal())
	for range attempts {
		r, err := s.resident(ctx, account, openid)
		if err != nil {
			return err
		}
		tx := newCommit(k, k.requested("answered:"+identity), "")
		tx.version(me, r.Version)
		left, err := arrive(tx, r, identity, s.clock())
		if err != nil || len(left) == len(r.Mailbox) {
			return err
		}
		step := s.stride()
		tx.do("HINCRBY", me, "v", step) // whoever remembers the mailbox has to look again
		switch v, err := tx.run(ctx, s, nil); {
		case err != nil:
			return err
		case v.seen:
			return nil
		case !v.stale:
			if now, ok := s.known.Get(me); ok && now.Version == r.Version {
				now.Version, now.Mailbox = r.Version+step, left
				s.known.Add(me, now)
			}
			return nil
		}
	}
	return fmt.Errorf("write down an answer: %w: the record never stood still", ticket.ErrUnavailable)
}

// arrive takes the letters that the answer to a message carried from the mailbox, and gives those that are left.
func arrive(tx *commit, r flows.Resident, identity string, now time.Time) ([]ticket.Letter, error) {
	var left []ticket.Letter
	for _, l := range r.Mailbox {
		if l.Carried.Message.Reveal() != identity {
			left = append(left, l)
			continue
		}
		tx.do("HDEL", tx.keys.mailbox(r.OpenID.Reveal()), l.ID)
		d := ticket.Delivery{Fate: ticket.Delivered, Via: ticket.ViaAnswer, At: now}
		if l.Unsure {
			d.Fate, d.Reason = ticket.Unconfirmed, unsureReason
		}
		if err := became(tx, l, d); err != nil {
			return nil, err
		}
	}
	return left, nil
}
