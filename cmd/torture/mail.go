package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"frontdesk/store"
	"frontdesk/ticket"
)

// This file checks that what officers do reaches residents (I3): each letter is on its phone at least once, once more only for a fault that it met, and
// not a minute after the fault; or the officer is shown that it was not delivered, with the reason.

// signs are how phones show what was done to a ticket; a reply is known by its own words.
var signs = map[ticket.What]string{ticket.Claim: "已经受理，会尽快处理", ticket.Resolve: helped, ticket.Reply: ""}

// letter is what a resident must be told, because the console has said yes.
type letter struct {
	number  ticket.Number
	openid  string
	what    ticket.What
	says    string
	end     bool      // of a long one, in a message of its own; what begins it is another letter here
	told    bool      // it is on no phone, and shown as not confirmed
	written time.Time // when the console had said yes, or when the resident wrote to whom the platform lets nothing out
}

// on are the times at which a phone showed it, in order.
func (l letter) on(t *town) (shown []time.Time) {
	for _, line := range t.sim.Resident(townAccount, l.openid).Screen() {
		if line.From == "account" && strings.Contains(line.Text, l.says) && (l.what == ticket.Reply || strings.Contains(line.Text, l.number.Spoken())) {
			shown = append(shown, line.At)
		}
	}
	return shown
}

// mail are all letters of a room and what became of them.
type mail struct {
	letters []letter // guarded by the room's lock
	replies int      // of letters
	long    int      // of replies: in more than one message

	arrived, answered int           // letters that are on their phones; replies among them
	doubled           int           // letters that a phone shows twice
	told              int           // letters that are shown as not confirmed, with the reason
	longest           time.Duration // that one waited beyond the fault that it met
}

// String is what a row says of it.
func (p *mail) String() string {
	text := fmt.Sprintf("%d replies, %d arrived; with the other letters of officers %d, %d arrived, %d of them twice", p.replies, p.answered, len(p.letters)-p.long, p.arrived, p.doubled)
	if p.long > 0 {
		text += fmt.Sprintf(", %d were long", p.long)
	}
	if p.told > 0 {
		text += fmt.Sprintf(", %d shown as not confirmed", p.told)
	}
	return text + fmt.Sprintf(", the slowest %s after the fault", p.longest.Round(100*time.Millisecond))
}

// written notes that the console has taken what a resident must hear of.
func (r *room) written(number ticket.Number, what ticket.What, words string) {
	says, heard := signs[what]
	if !heard {
		return
	}
	l := letter{number: number, openid: r.crowd.known(number).openid, what: what, says: says, written: r.crowd.town.now()}
	r.mu.Lock()
	defer r.mu.Unlock()
	if what != ticket.Reply {
		r.letters = append(r.letters, l)
		return
	}
	r.replies++
	lines := strings.Split(words, "\n")
	l.says = lines[0]
	r.letters = append(r.letters, l)
	if last := len(lines) - 1; last > 0 {
		r.long++
		l.says, l.end = lines[last], true
		r.letters = append(r.letters, l)
	}
}

// look counts what is on phones.
func (r *room) look() (missing int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.arrived, r.answered, r.doubled, r.longest = 0, 0, 0, 0
	for _, l := range r.letters {
		shown := l.on(r.crowd.town)
		switch {
		case len(shown) == 0 && l.told:
			continue
		case len(shown) == 0:
			missing++
			continue
		}
		r.longest = max(r.longest, r.crowd.town.waited(l.openid, l.written, shown[0]))
		if len(shown) > 1 {
			r.doubled++
		}
		if l.end {
			continue
		}
		if r.arrived++; l.what == ticket.Reply {
			r.answered++
		}
	}
	return missing
}

// settled notes which of those that are on no phone are shown as not confirmed: nobody waits for them any more, and judge looks at them again.
func (r *room) settled(ctx context.Context, s *store.Store) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, l := range r.letters {
		r.letters[i].told = l.told || len(l.on(r.crowd.town)) == 0 && l.unconfirmed(ctx, s) == nil
	}
}

// judge looks at each letter.
func (r *room) judge(ctx context.Context, s *store.Store) error {
	r.look()
	r.told = 0
	var wrong []error
	for _, l := range r.letters {
		shown := l.on(r.crowd.town)
		if len(shown) == 0 {
			r.told++
			wrong = append(wrong, l.unconfirmed(ctx, s))
			continue
		}
		wrong = append(wrong, l.fair(r.crowd.town, shown))
	}
	if most := len(r.letters) / mostTold; r.told > most {
		wrong = append(wrong, fmt.Errorf("%d of %d letters are on no phone; two faults must meet a letter for that", r.told, len(r.letters)))
	}
	return first(slices.DeleteFunc(wrong, func(err error) bool { return err == nil }))
}

// mostTold is of how many letters one may be met by two faults before it was shown: none in a short run.
const mostTold = 200

// fair says whether a letter was shown as often as it may be, and in time: once more for a fault. A sender shows none a third time, whoever dies; an answer brings
// what waits in the mailbox until one is known to have left, so that each fault may show it once more.
func (l letter) fair(t *town, shown []time.Time) error {
	var wrong error
	if len(shown) > 2 && !t.answers {
		wrong = fmt.Errorf("%s of ticket %s was shown %d times", l.what, l.number, len(shown))
	}
	used := map[int]bool{}
	for _, at := range shown[:len(shown)-1] {
		if wrong == nil && !t.excuse(l.openid, at, used) {
			wrong = fmt.Errorf("%s of ticket %s was shown %d times although no fault had met it, at %s", l.what, l.number, len(shown), at.Format(time.RFC3339Nano))
		}
	}
	if d := t.waited(l.openid, l.written, shown[0]); d > deliverWithin {
		wrong = errors.Join(wrong, fmt.Errorf("%s of ticket %s was shown %s after the fault", l.what, l.number, d))
	}
	return wrong
}

// unconfirmed wants a letter to be shown as not confirmed, with the reason. Nothing else may become of one: every resident here can be reached.
func (l letter) unconfirmed(ctx context.Context, s *store.Store) error {
	v, err := s.Find(ctx, auditor, l.number)
	if err != nil {
		return err
	}
	for _, e := range v.Entries {
		if e.What != l.what || l.what == ticket.Reply && !strings.Contains(e.Text.Reveal(), l.says) {
			continue
		}
		for _, d := range v.Deliveries {
			if d.Seq == e.Seq && d.Fate == ticket.Unconfirmed && strings.Contains(d.Reason, "没有明确答复") {
				return nil
			}
		}
	}
	part := "it"
	if l.end {
		part = "its end"
	}
	return fmt.Errorf("%s of ticket %s: %s is on no phone, and nobody says why", l.what, l.number, part)
}
