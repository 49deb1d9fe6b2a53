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
	return v, nil
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
