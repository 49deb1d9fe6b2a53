package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"frontdesk/store"
	"frontdesk/ticket"
)

// This file checks the promises after a row, by reading Redis: what was acknowledged is in effect once (I1), nothing is doubled (I2), queues
// and counters equal a recount (I4), chains and seals hold (I5). That replies arrive (I3) is checked by mail.go.

// mostShown bounds how many of many broken promises are told.
const mostShown = 5

// auditor reads the books after a row.
var auditor = ticket.Officer{ID: "torture", Role: ticket.Auditor, Account: townAccount}

// check compares the books with what the crowd remembers.
func (c *crowd) check(ctx context.Context) error {
	s, err := store.New(store.Config{Client: c.town.redis.client, Clock: time.Now})
	if err != nil {
		return err
	}
	wrong := c.wrong
	fault := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	wrong = append(wrong, c.lost(ctx, s)...)
	if err := c.kept(ctx, func(n ticket.Number) (ticket.View, error) { return s.Find(ctx, auditor, n) }); err != nil {
		wrong = append(wrong, err)
	}
	differences, err := s.Fsck(ctx, townAccount)
	if err != nil {
		return errors.Join(first(wrong), fmt.Errorf("fsck: %w", err))
	}
	for _, d := range differences {
		fault("fsck: %s", d)
	}
	open, err := count(ctx, s, auditor)
	if err != nil {
		return errors.Join(first(wrong), err)
	}
	// Somebody may have been cut off between the ticket and its answer; such a ticket is somebody's who has no number.
	if open < len(c.opened) || open > len(c.opened)+len(c.wrong) {
		fault("there are %d tickets and %d were acknowledged", open, len(c.opened))
	}
	return errors.Join(first(wrong), c.inTime())
}

// lost compares every ticket with what its resident was told.
func (c *crowd) lost(ctx context.Context, s *store.Store) (wrong []error) {
	for number, m := range c.opened {
		v, err := s.Find(ctx, auditor, number)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("ticket %s was acknowledged and is not there: %w", number, err))
			continue
		}
		if err := m.inBooks(v); err != nil {
			wrong = append(wrong, err)
		}
	}
	return wrong
}

// inTime says whether every post was answered in time.
func (c *crowd) inTime() error {
	if n := c.late.Load(); n > 0 {
		return fmt.Errorf("%d posts were answered too late", n)
	}
	if longest := time.Duration(c.town.longest.Load()); longest >= promptly {
		return fmt.Errorf("a post was answered after %s, or not at all", longest)
	}
	return nil
}

// checkAtEnd checks the books, and the seals too once the replicas have ended.
func (c *crowd) checkAtEnd(ctx context.Context) error {
	return errors.Join(c.check(ctx), c.town.sealed(ctx), c.town.compareSeals(ctx))
}

// sealed ends the replicas as an operator does, and looks whether everything is sealed then, in Redis and outside.
func (t *town) sealed(ctx context.Context) error {
	var err error
	for _, r := range t.replicas {
		err = errors.Join(err, r.signal(syscall.SIGTERM))
	}
	ending, cancel := context.WithTimeout(ctx, drainLimit)
	defer cancel()
	for _, r := range t.replicas {
		select {
		case <-r.gone():
		case <-ending.Done():
			return errors.Join(err, fmt.Errorf("%s does not end", r.name))
		}
	}
	return errors.Join(err, t.covered(ctx))
}

// covered looks whether everything is sealed, in Redis and outside.
func (t *town) covered(ctx context.Context) error {
	prefix := "frontdesk:{" + townAccount + "}:"
	open, failure := t.redis.client.HLen(ctx, prefix+"unsealed").Result()
	last, missing := t.redis.client.LIndex(ctx, prefix+"seals", -1).Result()
	if err := errors.Join(failure, missing); err != nil {
		return fmt.Errorf("look at the seals: %w", err)
	}
	if open > 0 {
		return fmt.Errorf("%d tickets hold what no seal covers, although the program ended in peace", open)
	}
	for _, r := range t.replicas {
		kept, _ := os.ReadFile(filepath.Join(r.dir, "data", "seals", townAccount+".seals")) // one that has none has sealed nothing
		if strings.Contains(string(kept), last) {
			return nil
		}
	}
	return errors.New("the last seal is in Redis alone")
}

// compareSeals compares the histories with what each machine has kept of them outside Redis.
func (t *town) compareSeals(ctx context.Context) error {
	for _, r := range t.replicas {
		dir := filepath.Join(r.dir, "data", "seals")
		if _, err := os.Stat(filepath.Join(dir, townAccount+".seals")); err != nil { // it has sealed nothing
			continue
		}
		s, err := store.New(store.Config{Client: t.redis.client, Clock: time.Now, Seals: dir})
		if err != nil {
			return err
		}
		found, err := s.Fsck(ctx, townAccount)
		if err != nil {
			return fmt.Errorf("fsck with the seals of %s: %w", r.name, err)
		}
		if len(found) > 0 {
			return fmt.Errorf("fsck with the seals of %s: %s", r.name, found[0])
		}
	}
	return nil
}

// mentions counts the fields that hold a word.
func mentions(v ticket.View, word string) int {
	n := 0
	for _, f := range v.Fields {
		n += strings.Count(f.Value.Reveal(), word)
	}
	return n
}

// entries counts the entries that say just this.
func entries(v ticket.View, words string) int {
	n := 0
	for _, e := range v.Entries {
		if strings.Contains(e.Text.Reveal(), words) {
			n++
		}
	}
	return n
}

// count counts the tickets of the account by its lists.
func count(ctx context.Context, s *store.Store, o ticket.Officer) (int, error) {
	n := 0
	for _, list := range []ticket.List{ticket.ListOpen, ticket.ListDone} {
		q := ticket.Query{List: list, Limit: 200}
		for {
			page, err := s.Queue(ctx, o, q)
			if err != nil {
				return 0, fmt.Errorf("count tickets: %w", err)
			}
			n += len(page.Rows)
			if page.Next == "" {
				break
			}
			q.Before = page.Next
		}
	}
	return n, nil
}

// first joins the first few of many.
func first(wrong []error) error {
	if len(wrong) > mostShown {
		return errors.Join(append(wrong[:mostShown:mostShown], fmt.Errorf("and %d more", len(wrong)-mostShown))...)
	}
	return errors.Join(wrong...)
}
