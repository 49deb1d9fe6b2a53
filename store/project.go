package store

import (
	"fmt"
	"strconv"
	"time"

	"frontdesk/ticket"
)

// This file is the one place that says what is written beside a ticket's history. [Store.Fsck] compares with the same functions.

// everywhere stands for all stations of an account in the name of a list. Only what is open has lists of all: what is done would cost each ticket a place in
// another one for ever.
const everywhere = ""

// places says in which lists a ticket stands, and where in each.
func places(k keys, h ticket.Header) map[string]float64 {
	if h.Version == 0 {
		return nil
	}
	guarded := h.Restricted || h.Complaint != ""
	if !h.Status.Open() {
		return map[string]float64{k.list(ticket.ListDone, h.Station, guarded): -float64(h.ClosedAt.UnixMilli())}
	}
	in := map[string]float64{}
	for _, station := range []string{h.Station, everywhere} {
		in[k.list(ticket.ListOpen, station, guarded)] = h.Score()
		if h.Status.Unclaimed() {
			in[k.list(ticket.ListQueue, station, guarded)] = h.Score()
		}
	}
	if h.Assignee != "" {
		in[k.assigned(h.Assignee)] = h.Score()
	}
	if h.Addressed != "" && h.Status.Unclaimed() { // whose QR code led here finds it among their own, and anybody may still take it
		in[k.assigned(h.Addressed)] = h.Score()
	}
	return in
}

// counter is the field of a day's hash under which something is counted.
func counter(c ticket.Count) string { return c.Station + "|" + c.Name }

// mark names a state of a ticket: its version and the beginning of its newest entry's hash. The version alone would not do: a failover of
// Redis may undo an entry that somebody remembers, and another one then has its number.
func mark(h ticket.Header) string {
	if h.Version == 0 {
		return ""
	}
	return strconv.Itoa(h.Version) + ":" + h.Head[:min(len(h.Head), 16)]
}

// project puts new entries of a ticket into a transaction with everything that follows from them.
func project(tx *commit, before, after ticket.Header, entries []ticket.Entry, now time.Time) error {
	k, n := tx.keys, after.Number
	tx.guard(k.ticket(n), "v", mark(before))
	header, err := encode(after)
	if err != nil {
		return err
	}
	tx.do("HSET", k.ticket(n), "v", mark(after), "h", header)
	var lines []any
	step := before
	for _, e := range entries {
		line, err := encodeEntry(e)
		if err != nil {
			return err
		}
		lines = append(lines, line)
		if step, err = step.Apply(e); err != nil {
			return fmt.Errorf("project ticket %s: %w", n, err)
		}
		for _, c := range ticket.Tally(step, e) {
			tx.do("HINCRBY", k.counters(c.Day), counter(c), 1)
			tx.do("SADD", k.days(), c.Day)
		}
		show(tx, n, e, now)
	}
	if step.Head != after.Head {
		return fmt.Errorf("project ticket %s: %w: the entries do not lead to the header", n, ticket.ErrInvalid)
	}
	tx.do("RPUSH", k.entries(n), lines...)
	if before.Version == 0 {
		tx.do("ZADD", k.ofResident(after.Resident.Reveal()), after.CreatedAt.UnixMilli(), string(n))
	}
	move(tx, before, after)
	tx.do("HSET", k.unsealed(), string(n), strconv.Itoa(after.Version)+":"+after.Head)
	tx.do("PUBLISH", k.changes(), string(n))
	return nil
}

// move takes the ticket from the lists where it stood to those where it stands now, and sets its timers.
func move(tx *commit, before, after ticket.Header) {
	k, n := tx.keys, string(after.Number)
	was, is := places(k, before), places(k, after)
	for list := range was {
		if _, still := is[list]; !still {
			tx.do("ZREM", list, n)
		}
	}
	for list, score := range is {
		if old, same := was[list]; !same || old != score {
			tx.do("ZADD", list, score, n)
		}
	}
	if !after.Status.Open() && (before.Version == 0 || before.Status.Open() || before.Station != after.Station) {
		tx.do("SADD", k.ended(), after.Station)
	}
	old, _ := before.Wake()
	at, _ := after.Wake()
	switch {
	case !at.IsZero() && !at.Equal(old):
		tx.do("ZADD", k.timers(), at.UnixMilli(), n)
	case at.IsZero() && !old.IsZero():
		tx.do("ZREM", k.timers(), n)
	}
	if at := foldTime(after); !at.IsZero() {
		tx.do("ZADD", k.folds(), at.UnixMilli(), n)
	} else if !foldTime(before).IsZero() {
		tx.do("ZREM", k.folds(), n)
	}
}

// post puts a letter into the outbox. A resident whose turn is fixed already keeps it: an older letter may be waiting for its next try.
func post(tx *commit, l ticket.Letter, now time.Time) error {
	b, err := encode(l)
	if err != nil {
		return err
	}
	openid := l.Resident.Reveal()
	tx.wakes = append(tx.wakes, tx.keys.outbox())
	tx.do("RPUSH", tx.keys.underWay(openid), b)
	tx.do("ZADD", tx.keys.outbox(), "NX", now.UnixMilli(), openid)
	d, err := encode(ticket.Delivery{Letter: l.ID, Ticket: l.Ticket, Seq: l.Seq, Fate: ticket.Sending, At: now, NextTry: now})
	if err != nil {
		return err
	}
	tx.do("HSET", tx.keys.deliveries(l.Ticket), l.ID, d)
	return nil
}
