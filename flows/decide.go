package flows

// This file holds what turns the outcome of a conversation into the one change that is committed.

import (
	"errors"
	"fmt"

	"frontdesk/ticket"
)

// Decide works out everything that one message does: it runs [Next] and turns the outcome into the one change that is committed, with
// the letters from the mailbox that fit into the answer. A step that a ticket's state refuses is answered kindly and changes nothing; an
// error says that the outcome itself could not be carried out, and then nothing may be stored.
func Decide(r Resident, in Input, w World) (Change, error) {
	out := Next(r, in, w)
	tickets, err := carryOut(r, w, out.Effects)
	if errors.Is(err, ticket.ErrNotAllowed) || errors.Is(err, ticket.ErrConflict) {
		out = Outcome{Conversation: r.Conversation, Replies: []string{textMoved}}
		out.Conversation.At = w.Now
		tickets, err = nil, nil
	}
	if err != nil {
		return Change{}, fmt.Errorf("decide on a message: %w", err)
	}
	c := Change{Conversation: out.Conversation, Consent: r.Consent, Home: r.Home, Followed: r.Followed, Tickets: tickets}
	for _, e := range out.Effects {
		switch e := e.(type) {
		case KeepConsent:
			c.Consent = e.Consent
		case KeepHome:
			c.Home = e.Home
		case Joined:
			c.Followed = true
		case Forget:
			c.Forget, c.Followed, c.Conversation, c.Consent, c.Home = true, false, Conversation{At: w.Now}, Consent{}, ticket.Home{}
		}
	}
	if in.File != nil && !c.Forget && (w.CanPush || in.Kind == Photo) {
		f := *in.File
		f.State = ticket.MediaPending
		c.Fetch = []ticket.Attachment{f}
	}
	switch {
	case in.Kind.message():
		c.Opens, c.Followed = OpensMessage, true // who writes follows, also who began before the room had us
	case in.Kind.tap():
		c.Opens, c.Followed = OpensTap, true
	}
	return pack(c, r, in, w, out), nil
}

// textMoved answers when a ticket moved while the resident was writing about it.
const textMoved = "这件事的情况刚刚有了变化，您这一步没能办成。请回复“进度”，看看它现在到哪一步了。"

// carryOut applies the effects that touch tickets, in order. Several steps on one ticket become one change.
func carryOut(r Resident, w World, effects []Effect) ([]TicketChange, error) {
	var changes []TicketChange
	find := func(n ticket.Number) *TicketChange {
		for i := range changes {
			if changes[i].After.Number == n {
				return &changes[i]
			}
		}
		for _, h := range r.Tickets {
			if h.Number == n {
				changes = append(changes, TicketChange{Before: h.Version, After: h})
				return &changes[len(changes)-1]
			}
		}
		return nil
	}
	for _, e := range effects {
		switch e := e.(type) {
		case OpenTicket:
			h, entry, err := ticket.Open(w.Number, e.Opening, ticket.TheResident, w.Now)
			if err != nil {
				return nil, fmt.Errorf("open a ticket: %w", err)
			}
			changes = append(changes, TicketChange{After: h, Entries: []ticket.Entry{entry}})
		case Act:
			tc := find(e.Number)
			if tc == nil {
				return nil, fmt.Errorf("ticket of another resident: %w", ticket.ErrNotAllowed)
			}
			h, entry, err := tc.After.Do(e.Step)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", e.Step.What, err)
			}
			tc.After, tc.Entries = h, append(tc.Entries, entry)
		}
	}
	return changes, nil
}

// After gives the record as it is once a change was committed: for the terminal, for tests, and for whoever keeps records in memory.
// Letters that go to the outbox are not part of the record. The record given is not touched.
func (r Resident) After(c Change) Resident {
	r.Version++
	r.Conversation, r.Consent, r.Home, r.Followed = c.Conversation, c.Consent, c.Home, c.Followed
	mailbox := make([]ticket.Letter, 0, len(r.Mailbox)+len(c.Keep))
	if !c.Forget {
		for _, l := range r.Mailbox {
			if !contains(c.Taken, l.ID) {
				mailbox = append(mailbox, l)
			}
		}
	}
	r.Mailbox = append(mailbox, c.Keep...)
	tickets := append([]ticket.Header(nil), r.Tickets...)
	for _, tc := range c.Tickets {
		tickets = put(tickets, tc.After)
	}
	r.Tickets = tickets
	return r
}

// put replaces a ticket in a list, or adds it in front.
func put(list []ticket.Header, h ticket.Header) []ticket.Header {
	for i := range list {
		if list[i].Number == h.Number {
			list[i] = h
			return list
		}
	}
	list = append([]ticket.Header{h}, list...)
	if len(list) > MaxTickets {
		list = list[:MaxTickets]
	}
	return list
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
