package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"frontdesk/store"
	"frontdesk/ticket"
)

// This file lets workers fall asleep where they have asked nobody for anything yet, or have the wrong answer: the other replica does their work when
// the lease is over, and what they do late must change nothing.

// asleep is the part of the front desk built by movable that stands still between the taking of a letter and its try, while the file says so.
const asleep = `package bot

import (
	"os"
	"time"
)

func untilAwake() {
	name := os.Getenv("FRONTDESK_DATA") + ".sleep"
	for first := true; ; first = false {
		if _, err := os.Stat(name); err != nil {
			return
		}
		if first {
			_ = os.WriteFile(name+"ing", nil, 0o600)
		}
		time.Sleep(5 * time.Millisecond)
	}
}
`

// falling are the edits that make it so.
var falling = []edit{
	{"bot/asleep.go", "", asleep},
	{"bot/sendprogress.go", "	d.Begun = begun\n", "	d.Begun = begun\n	untilAwake()\n"},
}

// sleepsBeforeTry lets a replica fall asleep with a letter that it has not tried yet. The other one delivers it when the lease is over; who wakes then must
// not show it once more.
func (d *drains) sleepsBeforeTry(ctx context.Context, r *room) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	first, second := d.replicas[0], d.replicas[1]
	defer func() { _ = errors.Join(first.wake(), second.wake()) }() // one that is gone is missed at the next step
	if !r.coming(ctx) {
		return errors.New("letters were left before it began")
	}
	over := d.delay() // nobody can have shown it twice
	defer func() { over() }()
	sleep := filepath.Join(first.dir, "data.sleep")
	if err := errors.Join(second.sleep(), os.WriteFile(sleep, nil, 0o600)); err != nil {
		return err
	}
	defer func() { _ = os.Remove(sleep) }() // removed below, or nobody looks at it any more
	if err := r.answer(ctx, 1); err != nil {
		return err
	}
	number, by := r.last, r.by
	if err := eventually(ctx, func() bool { _, err := os.Stat(sleep + "ing"); return err == nil }); err != nil {
		return errors.Join(errors.New("the letter was not taken up"), err)
	}
	if err := errors.Join(first.sleep(), second.wake(), d.pass(3*time.Minute)); err != nil {
		return err
	}
	if err := eventually(ctx, func() bool { return r.shown(number) > 0 }); err != nil {
		return errors.Join(errors.New("nobody took the letter over"), err)
	}
	if err := d.writtenDown(ctx, number); err != nil { // who falls asleep before has it in hand
		return err
	}
	// Who wakes has done with the first letter when it has sent another one.
	if err := errors.Join(os.Remove(sleep), d.relieve(ctx, second, first)); err != nil {
		return err
	}
	late := "改到明早十点，" + string(number) + "号"
	if err := r.step(ctx, by, number, ticket.Reply, late); err != nil {
		return err
	}
	r.replied[number] = late
	if err := eventually(ctx, func() bool { return r.shown(number) > 0 }); err != nil {
		return errors.Join(errors.New("who woke sends nothing"), err)
	}
	return second.wake()
}

// writtenDown waits until it is written down that every letter of a ticket is out.
func (d *drains) writtenDown(ctx context.Context, n ticket.Number) error {
	s, err := store.New(store.Config{Client: d.redis.client})
	if err != nil {
		return err
	}
	return eventually(ctx, func() bool {
		v, err := s.Find(ctx, auditor, n)
		return err == nil && !slices.ContainsFunc(v.Deliveries, func(l ticket.Delivery) bool { return l.Fate != ticket.Delivered })
	})
}

// sleepsWithPhoto lets a replica fall asleep while it is given a photo. The other one keeps it when the lease is over; who wakes then finds that it was
// given nothing, and must not write that down.
func (d *drains) sleepsWithPhoto(ctx context.Context, c *crowd, random *rand.Rand) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	first, second := d.replicas[0], d.replicas[1]
	defer func() { _ = errors.Join(first.wake(), second.wake()) }() // as above
	s, err := store.New(store.Config{Client: d.redis.client})
	if err != nil {
		return err
	}
	find := func(n ticket.Number) (ticket.View, error) { return s.Find(ctx, auditor, n) }
	if err := second.sleep(); err != nil {
		return err
	}
	held, release := d.holdEmpty(photoPath)
	defer release()
	number, err := c.does(ctx, fmt.Sprintf("asleep%d", random.IntN(1_000_000)), photographs, random)
	if err != nil {
		return err
	}
	select {
	case <-held:
	case <-ctx.Done():
		return errors.New("the photo was not asked for")
	}
	if err := errors.Join(first.sleep(), second.wake(), d.pass(3*time.Minute), d.keeps(ctx, number, find)); err != nil {
		return err
	}
	// Who wakes has done with the first photo when it has kept another one.
	if err := d.relieve(ctx, second, first); err != nil {
		return err
	}
	release()
	other, err := c.does(ctx, fmt.Sprintf("awake%d", random.IntN(1_000_000)), photographs, random)
	if err != nil {
		return err
	}
	if err := d.keeps(ctx, other, find); err != nil {
		return err
	}
	v, err := find(number)
	if err != nil {
		return err
	}
	// The history would not forget that it was kept; what is known of the file might.
	record, err := d.redis.client.HGet(ctx, "frontdesk:{"+townAccount+"}:files", v.Media[0].ID).Result()
	if err != nil {
		return err
	}
	if kept := string(ticket.MediaKept); v.Media[0].State != ticket.MediaKept || !strings.Contains(record, `"`+kept+`"`) {
		return errors.New("a photo that was kept is not, since who had slept woke")
	}
	return second.wake()
}

// relieve wakes a replica, and lets the other fall asleep once requests go to the first.
func (d *drains) relieve(ctx context.Context, asleep, awake *replica) error {
	if err := awake.wake(); err != nil {
		return err
	}
	if err := eventually(ctx, func() bool { return !awake.out.Load() }); err != nil {
		return fmt.Errorf("who woke does not serve: %w", err)
	}
	return asleep.sleep()
}
