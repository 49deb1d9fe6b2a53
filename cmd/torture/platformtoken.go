package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"frontdesk/wechatsim"
)

// This file takes the token away: from both replicas at the same moment, and while no new one is to be had.

// refusal is one way in which the platform refuses the token that both replicas hold.
type refusal struct {
	name   string
	fault  wechatsim.Fault
	forced int // times that the platform must be made to replace the token
}

// refusals are both ways. For a token that it took away the platform gives everybody who asks the same new one. One that it goes on giving out must be
// replaced by force, which it allows every thirty seconds and twenty times a day, and which takes away what another replica has just forced: one of
// them may do so.
var refusals = []refusal{
	{"taken away", wechatsim.Fault{Path: sendPath, RejectToken: true, Times: 1}, 0},
	{"still given out", wechatsim.Fault{Path: sendPath, Errcode: 40001, Times: 2}, 1},
}

const (
	forcedRecently = "frontdesk:{" + townAccount + "}:token:" + forcedKey // there while nobody may force a refresh again
	forceEvery     = 30 * time.Second
)

// refusedAtOnce lets both replicas learn at the same moment, each with a letter in hand, that their token is refused.
func (x *trials) refusedAtOnce(ctx context.Context) error {
	for range x.times {
		for _, one := range refusals {
			if err := x.room.answer(ctx, len(x.replicas)); err != nil { // residents who will hear more, and a token
				return err
			}
			soon, cancel := context.WithTimeout(ctx, arriveWithin)
			there := x.room.coming(soon)
			if cancel(); !there {
				return fmt.Errorf("%d letters did not arrive", x.room.look())
			}
			if err := x.refuse(ctx, one); err != nil {
				return fmt.Errorf("%s: %w", one.name, err)
			}
			x.refused++
		}
		if x.times == 1 { // nobody wants to force it again
			return nil
		}
		free, cancel := context.WithTimeout(ctx, 2*forceEvery)
		err := eventually(free, func() bool { return x.redis.client.Exists(free, forcedRecently).Val() == 0 })
		if cancel(); err != nil {
			return fmt.Errorf("who forced a refresh keeps others from it: %w", err)
		}
	}
	return nil
}

// refuse refuses the token of two letters, each in the hands of a replica, and counts how often a new one was asked for. Both answers are kept back
// until both are there, and so are those to who asks for a token then: neither can have found out before the other.
func (x *trials) refuse(ctx context.Context, one refusal) error {
	defer x.delay()()
	began := x.now()
	held, release := x.hold(sendPath, len(x.replicas))
	defer release()
	x.sim.SetFault(one.fault)
	for n := range x.replicas { // each has one letter in hand at a time
		if err := x.room.more(ctx); err != nil {
			return err
		}
		select {
		case <-held:
		case <-time.After(deliverWithin):
			return fmt.Errorf("letter %d was not taken up", n+1)
		}
	}
	asked, answer := x.hold(tokenPath, len(x.replicas))
	defer answer()
	release()
	asking, enough := context.WithTimeout(ctx, 2*time.Second)
	for range x.replicas {
		select {
		case <-asked:
		case <-asking.Done(): // the other waits for what this one gets, or nobody asks
		}
	}
	enough()
	answer()
	soon, cancel := context.WithTimeout(ctx, 3*time.Second) // a second try would be later
	defer cancel()
	there := x.room.coming(soon)
	refused, fetched, forced := x.tokens(began)
	x.fetched, x.forced = x.fetched+fetched, x.forced+forced
	switch {
	case refused != len(x.replicas):
		return fmt.Errorf("%d calls were refused", refused)
	case forced != one.forced:
		return fmt.Errorf("the platform was made to replace it %d times, not %d", forced, one.forced)
	case !there:
		return fmt.Errorf("it held replies back: %d letters did not arrive", x.room.look())
	case fetched != 1:
		return fmt.Errorf("the platform was asked for it %d times, not once for both", fetched)
	}
	return nil
}

// tokens counts, since a time, the calls that were refused for their token, those that asked for one, and those that wanted it replaced.
func (t *town) tokens(since time.Time) (refused, fetched, forced int) {
	for _, c := range slices.Backward(t.sim.Calls()) {
		switch {
		case c.At.Before(since):
			return refused, fetched, forced
		case c.Errcode == 40001:
			refused++
		case c.Path == tokenPath && strings.Contains(c.Body, `"force_refresh":true`):
			forced++
		case c.Path == tokenPath:
			fetched++
		}
	}
	return refused, fetched, forced
}

// mostAsked is how often a letter may make its sender ask for a token in vain: once in a try, and after ten tries, over some forty minutes, it waits in
// the mailbox.
const mostAsked = 10

// noToken takes the token away and gives out no new one while letters wait and time passes. Residents are answered meanwhile; senders ask once in a try
// of a letter and never beside that.
func (x *trials) noToken(ctx context.Context) error {
	defer x.delay()()
	before, answered := x.sim.Counts()[tokenPath], x.room.crowd.answered.Load()
	x.sim.SetFault(wechatsim.Fault{Path: tokenPath, Down: true})
	x.sim.SetFault(wechatsim.Fault{Path: sendPath, RejectToken: true, Times: 1})
	if err := x.room.answer(ctx, x.replies); err != nil {
		return err
	}
	waiting, cancel := context.WithTimeout(ctx, deliverWithin)
	defer cancel()
	for n := range 3 { // of two letters to a resident the second waits for the first
		if err := eventually(waiting, func() bool { return x.sim.Counts()[tokenPath]-before >= (n+1)*x.replies }); err != nil {
			return errors.Join(errors.New("nobody asks for one any more"), err)
		}
		if err := x.pass(5 * time.Minute); err != nil {
			return err
		}
	}
	pause(ctx, time.Second) // a storm would go on
	x.asked = x.sim.Counts()[tokenPath] - before
	switch missing := x.room.look(); {
	case x.asked > mostAsked*x.replies:
		return fmt.Errorf("%d letters asked for it %d times", x.replies, x.asked)
	case missing < 2*x.replies: // that a ticket was claimed, and the reply
		return fmt.Errorf("blind: %d letters of %d went out without one", 2*x.replies-missing, 2*x.replies)
	case x.room.crowd.answered.Load() == answered:
		return errors.New("no resident was answered")
	}
	x.sim.SetFault(wechatsim.Fault{})
	return x.room.arrive(ctx, x.town)
}
