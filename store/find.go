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

// Find gives a ticket with its history and with what became of each letter, and of the rest of a long one; [ticket.ErrNotFound] when there is none or the officer may not
// see it.
func (s *Store) Find(ctx context.Context, o ticket.Officer, n ticket.Number) (ticket.View, error) {
	k := keysOf(o.Account)
	stored, err := s.storedTicket(ctx, k, n)
	if err != nil {
		return ticket.View{}, err
	}
	t, deliveries, err := stored.replay(n)
	if err != nil {
		return ticket.View{}, err
	}
	if !o.MaySee(t.Header) {
		return ticket.View{}, fmt.Errorf("ticket %s: %w", n, ticket.ErrNotFound)
	}
	v := ticket.View{Ticket: t, Deliveries: deliveries}
	slices.SortFunc(v.Deliveries, func(a, b ticket.Delivery) int {
		return cmp.Or(cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.Letter, b.Letter))
	})
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

// stored is a ticket as it lies in Redis, both forms, seen at one moment.
type stored struct {
	version, header, packed string            // fields v, h and p of its hash; empty where there is none
	lines                   []string          // entries that are not packed
	deliveries              map[string]string // by letter, those that are not packed
}

// storedTicket loads a ticket; of one that there is none of, nothing.
func (s *Store) storedTicket(ctx context.Context, k keys, n ticket.Number) (stored, error) {
	pipe := s.rdb.TxPipeline() // it may be folded at any moment
	get := readTicket(ctx, pipe, k, n)
	if _, err := pipe.Exec(ctx); err != nil {
		return stored{}, unavailable("load a ticket", err)
	}
	return get(), nil
}

// readTicket puts the reading of a ticket into a pipeline that is executed at one moment, and gives what picks it up afterwards.
func readTicket(ctx context.Context, pipe redis.Pipeliner, k keys, n ticket.Number) func() stored {
	hash := pipe.HMGet(ctx, k.ticket(n), "v", "h", "p")
	lines, deliveries := pipe.LRange(ctx, k.entries(n), 0, -1), pipe.HGetAll(ctx, k.deliveries(n))
	return func() stored {
		t := stored{lines: lines.Val(), deliveries: deliveries.Val()}
		for i, into := range []*string{&t.version, &t.header, &t.packed} {
			*into, _ = hash.Val()[i].(string)
		}
		return t
	}
}

// replay makes a ticket from its history, with what became of its letters, in no order. What lies beside the packed form is newer.
func (t stored) replay(n ticket.Number) (ticket.Ticket, []ticket.Delivery, error) {
	var d dossier
	if t.packed != "" {
		var err error
		if d, err = unpack(n, []byte(t.packed)); err != nil {
			return ticket.Ticket{}, nil, fmt.Errorf("ticket %s: %w", n, err)
		}
	}
	for _, b := range t.lines {
		var e ticket.Entry
		if err := decode([]byte(b), &e); err != nil {
			return ticket.Ticket{}, nil, fmt.Errorf("ticket %s, entry %d: %w", n, len(d.entries)+1, err)
		}
		d.entries = append(d.entries, e)
	}
	whole, err := ticket.Replay(n, d.entries)
	if err != nil {
		return ticket.Ticket{}, nil, err
	}
	d.deliveries = slices.DeleteFunc(d.deliveries, func(d ticket.Delivery) bool { _, newer := t.deliveries[d.Letter]; return newer })
	for _, b := range t.deliveries {
		var one ticket.Delivery
		if err := decode([]byte(b), &one); err != nil {
			return ticket.Ticket{}, nil, err
		}
		d.deliveries = append(d.deliveries, one)
	}
	return whole, d.deliveries, nil
}

// replay loads a ticket from its history.
func (s *Store) replay(ctx context.Context, k keys, n ticket.Number) (ticket.Ticket, error) {
	stored, err := s.storedTicket(ctx, k, n)
	if err != nil {
		return ticket.Ticket{}, err
	}
	stored.deliveries = nil // one that cannot be read is no reason not to go on
	t, _, err := stored.replay(n)
	return t, err
}
