package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"frontdesk/cmd/torture/growth"
	"frontdesk/flows"
	"frontdesk/store"
	"frontdesk/ticket"
)

// This file fills a Redis with tickets and weighs it.

// growthBatch is how many tickets are written, and sealed, together.
const growthBatch = 250

// keyKinds are the kinds of keys that are weighed each for themselves, the first that fits.
var keyKinds = []struct{ name, holds string }{
	{"entries of open ones", ":entries"}, {"letters of open ones", ":deliveries"}, {"tickets", ":ticket:"},
	{"residents' lists of tickets", ":tickets"}, {"residents", ":resident:"}, {"lists", ":list:"}, {"guarded lists", ":guarded:"},
	{"counters", ":count:"}, {"seals", ":seals"}, {"everything else", ""},
}

// growthWeight is what a filled account takes, in bytes of all tickets together.
type growthWeight struct {
	tickets     int
	used, words float64
	kinds       map[string]float64
}

func (w growthWeight) each(bytes float64) float64 { return bytes / float64(w.tickets) }

// fill writes the town's tickets and weighs them. Then Redis keeps them on disk, is started anew, and loads them.
func (g *grown) fill(ctx context.Context, t growth.Town) error {
	began := time.Now()
	empty, err := g.used(ctx)
	if err != nil {
		return err
	}
	s, err := g.store()
	if err != nil {
		return err
	}
	g.weight = growthWeight{tickets: t.Tickets, kinds: map[string]float64{}}
	batches := make(chan growthLot, 2)
	makers, writing := errgroup.WithContext(ctx)
	makers.Go(func() error {
		for b := range batches {
			if err := s.Import(writing, t.Account, b.residents, b.tickets); err != nil {
				return err
			}
		}
		return nil
	})
	makers.Go(func() error {
		defer close(batches)
		return g.make(writing, t, batches)
	})
	if err := makers.Wait(); err != nil {
		return fmt.Errorf("fill: %w", err)
	}
	used, err := g.used(ctx)
	if err != nil {
		return err
	}
	g.weight.used = used - empty
	if err := g.weigh(ctx); err != nil {
		return err
	}
	if err := g.reload(ctx); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(g.w.log, "%d tickets of %d residents: filled in %s\n", g.tickets, g.residents, time.Since(began).Round(time.Second))
	return nil
}

// growthLot is what is written at once: residents with all their tickets.
type growthLot struct {
	residents []flows.Resident
	tickets   []store.Past
}

// make makes the residents of a town and their tickets, lot by lot, until all are made or the context ends.
func (g *grown) make(ctx context.Context, t growth.Town, lots chan<- growthLot) error {
	var lot growthLot
	var failed error
	send := func() bool {
		select {
		case lots <- lot:
			lot = growthLot{}
			return true
		case <-ctx.Done():
			return false
		}
	}
	t.Residents(func(r flows.Resident, from, to int) bool {
		g.residents++
		lot.residents = append(lot.residents, r)
		for i := from; i < to; i++ {
			p, err := t.Ticket(i, r.OpenID)
			if err != nil {
				failed = err
				return false
			}
			g.note(p)
			lot.tickets = append(lot.tickets, p)
		}
		return len(lot.tickets) < growthBatch || send()
	})
	if failed == nil {
		send()
	}
	return failed
}

// note remembers what the measuring needs of a ticket.
func (g *grown) note(p store.Past) {
	g.weight.words += float64(growth.Words(p))
	if p.Header.Station != growth.StationID(0) || p.Header.Restricted {
		return
	}
	switch {
	case p.Header.Status.Unclaimed() && len(g.waiting) < 30:
		g.waiting = append(g.waiting, p.Header.Number)
	case p.Header.Status == ticket.Confirmed && len(g.finished) < 200:
		g.finished = append(g.finished, p.Header.Number)
	}
}

// used is the memory that Redis uses.
func (g *grown) used(ctx context.Context) (float64, error) {
	text, err := g.redis.client.Info(ctx, "memory").Result()
	if err != nil {
		return 0, fmt.Errorf("weigh redis: %w", err)
	}
	for line := range strings.Lines(text) {
		if n, ok := strings.CutPrefix(strings.TrimSpace(line), "used_memory:"); ok {
			return strconv.ParseFloat(n, 64)
		}
	}
	return 0, fmt.Errorf("weigh redis: it does not tell")
}

// weigh adds up what each kind of key takes, from a sample of those that there are many of.
func (g *grown) weigh(ctx context.Context) error {
	type tally struct {
		keys, sampled int
		bytes         float64
	}
	tallies := map[string]*tally{}
	c := g.redis.client
	var cursor uint64
	for {
		names, next, err := c.Scan(ctx, cursor, "*", 1000).Result()
		if err != nil {
			return fmt.Errorf("weigh redis: %w", err)
		}
		pipe := c.Pipeline()
		var asked []*redis.IntCmd
		var of []*tally
		for _, name := range names {
			t := tallyOf(tallies, name, func() *tally { return &tally{} })
			if t.keys++; t.keys%97 == 1 || t.keys < 500 {
				asked, of = append(asked, pipe.MemoryUsage(ctx, name, 0)), append(of, t)
			}
		}
		if _, err := pipe.Exec(ctx); err != nil {
			return fmt.Errorf("weigh redis: %w", err)
		}
		for i, cmd := range asked {
			of[i].sampled++
			of[i].bytes += float64(cmd.Val())
		}
		if cursor = next; cursor == 0 {
			break
		}
	}
	for name, t := range tallies {
		g.weight.kinds[name] = t.bytes / float64(t.sampled) * float64(t.keys)
	}
	return nil
}

// tallyOf finds the tally of a key's kind.
func tallyOf[T any](all map[string]*T, key string, fresh func() *T) *T {
	for _, k := range keyKinds {
		if strings.Contains(key, k.holds) {
			if all[k.name] == nil {
				all[k.name] = fresh()
			}
			return all[k.name]
		}
	}
	return nil
}

// reload puts everything on disk, kills Redis, and notes how long it takes to load.
func (g *grown) reload(ctx context.Context) error {
	c := g.redis.client
	if err := c.ConfigSet(ctx, "appendonly", "yes").Err(); err != nil {
		return fmt.Errorf("keep what was filled: %w", err)
	}
	if err := c.Do(ctx, "CONFIG", "REWRITE").Err(); err != nil {
		return fmt.Errorf("keep what was filled: %w", err)
	}
	if err := g.redis.await(ctx, func() bool {
		text, err := c.Info(ctx, "persistence").Result()
		return err == nil && strings.Contains(text, "aof_rewrite_in_progress:0") && strings.Contains(text, "aof_rewrite_scheduled:0") && strings.Contains(text, "aof_enabled:1")
	}); err != nil {
		return err
	}
	if err := g.redis.kill(); err != nil {
		return err
	}
	began := time.Now()
	if err := g.redis.up(ctx); err != nil {
		return err
	}
	g.load = time.Since(began)
	return nil
}
