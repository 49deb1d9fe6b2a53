package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/redis/go-redis/v9"

	"frontdesk/ticket"
)

// Find gives a ticket with its history and with what became of each letter; [ticket.ErrNotFound] when there is none or the officer may not
// see it.
func (s *Store) Find(ctx context.Context, o ticket.Officer, n ticket.Number) (ticket.View, error) {
	k := keysOf(o.Account)
	pipe := s.rdb.Pipeline()
	lines, deliveries := pipe.LRange(ctx, k.entries(n), 0, -1), pipe.HGetAll(ctx, k.deliveries(n))
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		return ticket.View{}, unavailable("find a ticket", err)
	}
	t, err := replay(n, lines.Val())
	if err != nil {
		return ticket.View{}, err
	}
	if !o.MaySee(t.Header) {
		return ticket.View{}, fmt.Errorf("ticket %s: %w", n, ticket.ErrNotFound)
	}
	v := ticket.View{Ticket: t}
	for _, b := range deliveries.Val() {
		var d ticket.Delivery
		if err := decode([]byte(b), &d); err != nil {
			return v, err
		}
		if carries(ticket.Letter{ID: d.Letter, Ticket: d.Ticket, Seq: d.Seq}) { // not the rest of one
			v.Deliveries = append(v.Deliveries, d)
		}
	}
	slices.SortFunc(v.Deliveries, func(a, b ticket.Delivery) int { return cmp.Compare(a.Seq, b.Seq) })
	return v, s.lineUp(ctx, k, t.Resident, v.Deliveries)
}

// lineUp shows letters that stand behind an earlier one to the same resident as waiting for it. The earlier one may be about a ticket that the
// officer may not see: no more than its reason is told.
func (s *Store) lineUp(ctx context.Context, k keys, resident ticket.Personal, list []ticket.Delivery) error {
	if !slices.ContainsFunc(list, func(d ticket.Delivery) bool { return d.Fate == ticket.Sending }) {
		return nil
	}
	raw, err := s.rdb.LIndex(ctx, k.underWay(resident.Reveal()), 0).Result()
	if errors.Is(err, redis.Nil) { // it went out meanwhile
		return nil
	}
	if err != nil {
		return unavailable("find the letter in front", err)
	}
	l := legible(raw)
	first := ticket.Delivery{Letter: l.ID}
	b, err := s.rdb.HGet(ctx, k.deliveries(l.Ticket), l.ID).Bytes()
	if err != nil && !errors.Is(err, redis.Nil) {
		return unavailable("find the letter in front", err)
	}
	if err == nil && decode(b, &first) != nil { // one that cannot be read says nothing of why it waits
		first = ticket.Delivery{Letter: l.ID}
	}
	for i, d := range list {
		list[i] = d.Behind(first)
	}
	return nil
}

// replay loads a ticket from its history.
func (s *Store) replay(ctx context.Context, k keys, n ticket.Number) (ticket.Ticket, error) {
	lines, err := s.rdb.LRange(ctx, k.entries(n), 0, -1).Result()
	if err != nil {
		return ticket.Ticket{}, unavailable("load a history", err)
	}
	return replay(n, lines)
}

func replay(n ticket.Number, lines []string) (ticket.Ticket, error) {
	entries := make([]ticket.Entry, len(lines))
	for i, b := range lines {
		if err := decode([]byte(b), &entries[i]); err != nil {
			return ticket.Ticket{}, fmt.Errorf("ticket %s, entry %d: %w", n, i+1, err)
		}
	}
	return ticket.Replay(n, entries)
}
