package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"frontdesk/store"
	"frontdesk/ticket"
)

// This file holds residents who stay silent while officers write to them, until the platform lets no more out: what is left waits in the mailbox, and
// answers to what they write next bring it. An answer may die with who gives it.

// readsEach is of how many tickets one is such a resident's.
const readsEach = 4

// lettersEach is how many more replies a silent resident gets. The platform lets five messages out after theirs.
const lettersEach = 7

// reads fills the mailbox of a resident who is done, and lets them read it.
func (r *room) reads(ctx context.Context, b *http.Client, number ticket.Number, random *rand.Rand) error {
	m, err := r.crowd.awaitDone(ctx, number)
	if err != nil {
		return err
	}
	s, err := r.fill(ctx, b, number)
	if err != nil {
		return err
	}
	r.asked(m.openid)
	return r.empty(ctx, s, m.openid, number, random)
}

// fill writes to a silent resident until letters wait in the mailbox, and gives the books in which they do.
func (r *room) fill(ctx context.Context, b *http.Client, number ticket.Number) (*store.Store, error) {
	for n := range lettersEach {
		if err := r.step(ctx, b, number, ticket.Reply, fmt.Sprintf("再说一件事：%s号的第%d件", number, n+1)); err != nil {
			return nil, err
		}
	}
	s, err := store.New(store.Config{Client: r.crowd.town.redis.client})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 2*deliverWithin) // while kills go on, that of another letter may come first
	defer cancel()
	return s, r.becomes(ctx, s, number, "a letter that nobody may send now is not in the mailbox", func(f map[ticket.Fate]int) bool {
		return f[ticket.InMailbox] > 0 && f[ticket.Sending] == 0
	})
}

// writesAgain lets a resident who is done write until nothing waits for them.
func (r *room) writesAgain(ctx context.Context, number ticket.Number, random *rand.Rand) error {
	m, err := r.crowd.awaitDone(ctx, number)
	if err != nil {
		return err
	}
	s, err := store.New(store.Config{Client: r.crowd.town.redis.client})
	if err != nil {
		return err
	}
	r.asked(m.openid)
	v, err := s.Find(ctx, auditor, number)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(v.Deliveries, func(d ticket.Delivery) bool { return !d.Fate.Over() }) {
		return nil // it was read by the way
	}
	return r.empty(ctx, s, m.openid, number, random)
}

// everybodyReads lets all residents write who were answered.
func (r *room) everybodyReads(ctx context.Context, random *rand.Rand) error {
	for _, number := range slices.Sorted(maps.Keys(r.replied)) {
		if err := r.writesAgain(ctx, number, random); err != nil {
			return err
		}
	}
	return nil
}

// answerInHand kills all replicas while one of them has written down an answer with letters from the mailbox and has not given it. The platform gives
// the message up, and the answer to the next one must bring the letters.
func (d *drains) answerInHand(ctx context.Context, r *room, random *rand.Rand) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	if err := r.answer(ctx, 1); err != nil {
		return err
	}
	openid := r.crowd.known(r.last).openid
	s, err := r.fill(ctx, r.by, r.last)
	if err != nil {
		return err
	}
	posting, giveUp := context.WithCancel(ctx)
	var post sync.WaitGroup
	post.Go(func() { d.sim.Resident(townAccount, openid).Text(posting, unanswered) })
	err = eventually(ctx, func() bool { brings, err := d.carried(ctx, openid); return brings && err == nil })
	giveUp()
	post.Wait()
	if err != nil {
		return fmt.Errorf("no answer took a letter along: %w", err)
	}
	if err := errors.Join(d.strike(ctx, d.replicas...), d.replicas[0].up(ctx), d.replicas[1].up(ctx), d.pass(answerLife)); err != nil {
		return err
	}
	r.asked(openid)
	return r.empty(ctx, s, openid, r.last, random)
}

// answerLife is how long letters wait for an answer to leave; see the store's.
const answerLife = 5 * time.Second

// empty lets a resident write, twice at once at first, until all letters were brought, and that is written down. What an answer brought that may not
// have left is brought again by one a little later, and not by the one beside it.
func (r *room) empty(ctx context.Context, s *store.Store, openid string, number ticket.Number, random *rand.Rand) error {
	ctx, cancel := context.WithTimeout(ctx, 2*deliverWithin)
	defer cancel()
	words := []string{"菜单", "帮助"}
	for {
		if err := r.crowd.sayAtOnce(ctx, openid, words, random); err != nil {
			return err
		}
		words = words[:1]
		soon, enough := context.WithTimeout(ctx, time.Second)
		err := r.becomes(soon, s, number, "letters are left in the mailbox", func(f map[ticket.Fate]int) bool { return f[ticket.InMailbox]+f[ticket.Sending] == 0 })
		enough()
		if err == nil {
			r.read.Add(1)
			return nil
		}
		if broken := r.crowd.broken(); broken != nil || ctx.Err() != nil {
			return errors.Join(err, broken)
		}
	}
}

// someRead wants somebody to have read their mailbox: else nothing went that way.
func (r *room) someRead() error {
	if r.read.Load() == 0 {
		return errors.New("blind: nobody had letters in the mailbox")
	}
	return nil
}

// becomes waits until the fates of a ticket's letters are so. A Redis that is away is waited for.
func (r *room) becomes(ctx context.Context, s *store.Store, number ticket.Number, orElse string, so func(map[ticket.Fate]int) bool) error {
	fates := map[ticket.Fate]int{}
	if err := eventually(ctx, func() bool {
		v, err := s.Find(ctx, auditor, number)
		clear(fates)
		for _, d := range v.Deliveries {
			fates[d.Fate]++
		}
		return err == nil && len(fates) > 0 && so(fates) || r.crowd.broken() != nil
	}); err != nil {
		return fmt.Errorf("ticket %s: %s: %v: %w", number, orElse, fates, err)
	}
	return nil
}

// asked notes that a resident writes now: what is in the mailbox was not expected on the phone before.
func (r *room) asked(openid string) {
	r.mayRead(openid)
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, l := range r.letters {
		if l.openid == openid && len(l.on(r.crowd.town)) == 0 {
			r.letters[i].written = r.crowd.town.now()
		}
	}
}

// mayRead notes a resident to whom answers may bring letters.
func (r *room) mayRead(openid string) {
	t := r.crowd.town
	t.mu.Lock()
	defer t.mu.Unlock()
	if !slices.Contains(t.readers, openid) {
		t.readers = append(t.readers, openid)
	}
}

// carried says whether an answer may be bringing a letter from a resident's mailbox just now.
func (t *town) carried(ctx context.Context, openid string) (bool, error) {
	letters, err := t.redis.client.HVals(ctx, "frontdesk:{"+townAccount+"}:resident:"+openid+":mailbox").Result()
	return slices.ContainsFunc(letters, func(l string) bool { return strings.Contains(l, `"carried":`) }), err
}
