package topology

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"frontdesk/store"
	"frontdesk/ticket"
)

// This file counts how often letters are shown to residents. A letter is shown between two writes, that a try begins and what became of it, and both are
// confirmed: it may be shown once more for each time that nobody confirmed the second.

// shown is what became of one letter.
type shown struct {
	times   int // that the platform took it
	unheard int // of them, those of which nobody confirmed that it was written down
}

// letterOf names a letter by what it tells of.
func letterOf(n ticket.Number, seq int) string { return fmt.Sprintf("%s/%d", n, seq) }

// lease is how long a letter that is under way is somebody's.
const lease = 10 * time.Second

// send delivers what waits in the outbox.
func (c *crowd) send(ctx context.Context, account string, s *store.Store) error {
	parcels, err := s.TakeParcels(ctx, account, 20, lease)
	if err != nil {
		return err
	}
	for _, p := range parcels {
		d := ticket.Delivery{Fate: ticket.Sending, Via: ticket.ViaService, Begun: "one", At: time.Now()}
		err := s.BeginParcel(ctx, p, d)
		if err == nil {
			d.Fate, d.Begun = ticket.Delivered, ""
			err = s.SettleParcel(ctx, p, d)
			c.show(p.Letter, err)
		}
		if err != nil && !errors.Is(err, ticket.ErrConflict) {
			return err
		}
	}
	return nil
}

// show writes down that the platform took a letter, and whether that was confirmed.
func (c *crowd) show(l ticket.Letter, settled error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	name := letterOf(l.Ticket, l.Seq)
	one := c.letters[name]
	one.times++
	if settled != nil {
		one.unheard++
	}
	c.letters[name] = one
}

// sendRest delivers what is left when nothing is broken any more: letters that somebody has taken, too, once their lease is over. What is under way after
// that is judged.
func (c *crowd) sendRest(ctx context.Context, s *store.Store) error {
	for end := time.Now().Add(lease + 2*time.Second); ; {
		waiting := false
		for _, account := range c.accounts {
			if err := c.send(ctx, account, s); err != nil {
				return fmt.Errorf("send the rest: %w", err)
			}
			if err := eachTicket(ctx, s, account, func(v ticket.View) { waiting = waiting || sending(v) }); err != nil {
				return fmt.Errorf("look what is under way: %w", err)
			}
		}
		if !waiting || time.Now().After(end) {
			return nil
		}
		if err := pause(ctx, 200*time.Millisecond); err != nil {
			return err
		}
	}
}

// sending says whether a letter of a ticket is under way.
func sending(v ticket.View) bool {
	return slices.ContainsFunc(v.Deliveries, func(d ticket.Delivery) bool { return d.Fate == ticket.Sending })
}

// judge compares the letters of a ticket with what was shown.
func (c *crowd) judge(v ticket.View) {
	for _, d := range v.Deliveries {
		one := c.letters[letterOf(v.Number, d.Seq)]
		c.result.Letters++
		if one.times > 1 {
			c.result.Twice++
		}
		if d.Fate != ticket.Delivered || one.times == 0 {
			c.result.Unsent++
		}
		if one.times > 1+one.unheard {
			c.result.Unfair++
		}
	}
}
