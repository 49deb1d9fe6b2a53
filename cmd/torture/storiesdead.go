package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"frontdesk/ticket"
)

// This file holds stories of what the program breaks on: a message, a letter, a file. Each is kept as a dead letter, seen in the list, and put through
// again or dropped.

// deadStories are what becomes of dead letters.
func deadStories() []story {
	var talk []deed
	for _, l := range dispute("某户")[happened+1:] {
		talk = append(talk, says(l.say))
	}
	var before []deed
	for _, l := range dispute("某户")[:happened] {
		before = append(before, says(l.say))
	}
	return []story{
		{"messages that break the program", join(before, []deed{dies("乱码乱码"), lies, drops, dies("每天半夜拖桌子，说了三次都不听"), lies, replays}, talk,
			[]deed{acts(ticket.Claim, ""), arrives("现在处理好了"), arrives("已经受理")})},
		{"a letter that breaks the program", []deed{says(urgent), acts(ticket.Claim, ""), sendingBreaks, lies, replays, arrives("已经受理")}},
		{"a file that breaks the program", join([]deed{says(urgent), sendsPhoto}, []deed{fetchingBreaks, lies, replays, fetched})},
	}
}

// dies is a text on which the program breaks.
func dies(words string) deed {
	return func(ctx context.Context, a *actor) (string, error) {
		a.breaks.decides.Store(true)
		defer a.breaks.decides.Store(false)
		return says(words)(ctx, a)
	}
}

// sendingBreaks is a letter on which the program breaks. Where it cannot be buried it comes again after its lease.
func sendingBreaks(ctx context.Context, a *actor) (string, error) {
	a.breaks.sends.Store(true)
	defer a.breaks.sends.Store(false)
	_, err := a.sender.Once(ctx)
	return a.buried(ctx, err)
}

// fetchingBreaks is a file that the program cannot read.
func fetchingBreaks(ctx context.Context, a *actor) (string, error) {
	a.breaks.fetches.Store(true)
	defer a.breaks.fetches.Store(false)
	_, err := a.fetcher.Once(ctx)
	return a.buried(ctx, err)
}

// buried waits until there is a dead letter.
func (a *actor) buried(ctx context.Context, err error) (string, error) {
	if err == nil {
		var n int64
		if n, err = a.store.CountDead(ctx, townAccount); n > 0 {
			return "buried", nil
		}
	}
	a.sim.Advance(5 * time.Minute)
	return "", errors.Join(errAgain, err)
}

// lies looks at the list of dead letters: there is no other, those of the plays before are through.
func lies(ctx context.Context, a *actor) (string, error) {
	list, err := a.store.DeadLetters(ctx, townAccount)
	if err != nil {
		return "", err
	}
	if len(list) != 1 {
		return fmt.Sprintf("%d dead letters", len(list)), nil
	}
	n, err := a.store.CountDead(ctx, townAccount)
	a.dead = list[0].ID
	return fmt.Sprint(n, " dead letter: ", list[0].Where, " ", list[0].Why, ", of the ticket: ", list[0].Ticket != "" && list[0].Ticket == a.number), err
}

// replays puts the dead letter through again. That none is there after a try that nobody heard the end of says that it is through.
func replays(ctx context.Context, a *actor) (string, error) {
	d, err := a.store.DeadLetter(ctx, townAccount, a.dead)
	switch {
	case err != nil:
	case d.Where == ticket.AtCallback:
		err = a.callback.Replay(ctx, d, false)
	default:
		err = a.store.ReplayWork(ctx, d)
	}
	return a.through("replayed", err)
}

// drops forgets the dead letter.
func drops(ctx context.Context, a *actor) (string, error) {
	return a.through("dropped", a.store.DropDead(ctx, townAccount, a.dead))
}

// through reads the error of a deed that can be done once.
func (a *actor) through(done string, err error) (string, error) {
	switch {
	case err == nil, errors.Is(err, ticket.ErrNotFound) && a.broke:
		a.broke = false
		return done, nil
	case errors.Is(err, ticket.ErrUnavailable):
		a.broke = true
		return "", err
	}
	return "not " + done + ": " + err.Error(), nil
}
