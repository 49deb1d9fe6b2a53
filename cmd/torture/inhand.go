package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"frontdesk/store"
	"frontdesk/ticket"
	"frontdesk/wechatsim"
)

// This file takes senders away that have a letter in their hands: they are killed, once or twice with the same one, asked to stop, or fall asleep.

// killInHand kills all replicas while the platform has not answered about a reply: from now on it must be on its phone within a minute.
func killInHand(ctx context.Context, t *town, r *room) error {
	held, release := t.hold(sendPath, 1)
	defer release()
	if err := r.answer(ctx, 1); err != nil {
		return err
	}
	select {
	case <-held:
	case <-time.After(deliverWithin):
		return errors.New("the letter was not taken up")
	}
	err := t.strike(ctx, t.replicas...)
	release()
	for _, victim := range t.replicas {
		err = errors.Join(err, victim.up(ctx))
	}
	if t.clock != "" { // the long form waits for the lease as everybody does
		err = errors.Join(err, t.pass(leased))
	}
	return err
}

// letterInHand asks a replica to stop while the platform has not answered it. The letter must be put down before it goes: who takes it up again
// would show it twice.
func (d *drains) letterInHand(ctx context.Context, r *room) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	first, second := d.replicas[0], d.replicas[1]
	if err := second.sleep(); err != nil {
		return err
	}
	defer func() { _ = second.wake() }() // one that is gone is missed at the next step
	held, release := d.hold(sendPath, 1)
	defer release()
	if err := r.answer(ctx, 1); err != nil {
		return err
	}
	var call string
	select {
	case call = <-held:
	case <-ctx.Done():
		return errors.New("the letter was not taken up")
	}
	time.AfterFunc(300*time.Millisecond, release)
	if _, err := first.ends(); err != nil {
		return errors.Join(err, first.kill(), first.up(ctx))
	}
	var lost error
	for _, lease := range d.redis.client.HKeys(ctx, "frontdesk:{"+townAccount+"}:leases").Val() { // others died with theirs
		if _, who, _ := strings.Cut(lease, ":"); strings.Contains(call, `"`+who+`"`) {
			lost = errors.New("the letter was not put down")
		}
	}
	return errors.Join(lost, second.wake(), first.up(ctx))
}

// sleeper lets a replica fall asleep with a letter in its hands; the other delivers it when the lease is over; then the first wakes and
// wants to settle a letter that is no longer its own, while another letter waits in its place.
func (d *drains) sleeper(ctx context.Context, r *room) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	first, second := d.replicas[0], d.replicas[1]
	defer func() { _ = errors.Join(first.wake(), second.wake()) }() // one that is gone is missed at the next step
	defer d.fault()()
	if err := second.sleep(); err != nil {
		return err
	}
	held, release := d.hold(sendPath, 1)
	defer release()
	if err := r.answer(ctx, 1); err != nil {
		return err
	}
	number := r.last
	select {
	case <-held:
	case <-ctx.Done():
		return errors.New("the letter was not taken up")
	}
	if err := errors.Join(first.sleep(), second.wake(), d.pass(3*time.Minute)); err != nil {
		return err
	}
	if err := eventually(ctx, func() bool { return r.shown(number) > 0 }); err != nil {
		return errors.Join(errors.New("nobody took the letter over"), err)
	}
	d.sim.SetFault(wechatsim.Fault{Path: sendPath, Down: true})
	defer d.sim.SetFault(wechatsim.Fault{})
	late := "改到明早九点，" + string(number) + "号"
	if err := r.step(ctx, r.by, number, ticket.Reply, late); err != nil {
		return err
	}
	calls := first.calls()
	release()
	if err := first.wake(); err != nil {
		return err
	}
	if err := eventually(ctx, func() bool { return first.calls() > calls }); err != nil {
		return errors.Join(errors.New("who slept never heard the platform"), err)
	}
	select {
	case <-time.After(200 * time.Millisecond): // it settles right after it heard
	case <-ctx.Done():
	}
	d.sim.SetFault(wechatsim.Fault{})
	if err := d.pass(10 * time.Minute); err != nil {
		return err
	}
	r.replied[number] = late
	if err := eventually(ctx, func() bool { return r.shown(number) > 0 }); err != nil {
		return errors.New("a letter was lost to a worker that had slept")
	}
	return nil
}

// killedTwice kills all replicas while the platform has not answered about a letter that it has shown, and again when the letter was taken up anew. A
// third showing would be one too many: the officer must read that nobody knows whether it arrived.
func (d *drains) killedTwice(ctx context.Context, r *room) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := d.pass(leased); err != nil { // what others died with goes first
		return err
	}
	if !r.coming(ctx) {
		return errors.New("letters were left before it began")
	}
	held, release := d.hold(sendPath, 1)
	defer func() { release() }() // of the second hold, too
	if err := r.answer(ctx, 1); err != nil {
		return err
	}
	for n := range 2 {
		select {
		case <-held:
		case <-ctx.Done():
			return fmt.Errorf("the letter was not taken up for the %d. time", n+1)
		}
		if err := d.strike(ctx, d.replicas...); err != nil {
			return err
		}
		release()
		if n == 0 {
			held, release = d.hold(sendPath, 1)
		}
		if err := errors.Join(d.pass(leased), d.replicas[0].up(ctx), d.replicas[1].up(ctx)); err != nil {
			return err
		}
	}
	s, err := store.New(store.Config{Client: d.redis.client})
	if err != nil {
		return err
	}
	var fate error
	soon, enough := context.WithTimeout(ctx, 20*time.Second) // its lease is over
	defer enough()
	l := letter{number: r.last, what: ticket.Claim} // the first about this ticket
	if eventually(soon, func() bool { fate = l.unconfirmed(ctx, s); return fate == nil }) != nil {
		return fmt.Errorf("two senders died with a letter: %w", fate)
	}
	return nil
}
