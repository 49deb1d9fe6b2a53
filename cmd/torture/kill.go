package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// killRow kills one of two replicas again and again, while residents talk and officers answer, and starts it anew.
func killRow(ctx context.Context, w *workshop) (figure string, err error) {
	t, err := newTown(ctx, w, plan{replicas: 2, clock: !w.long})
	if err != nil {
		return "no town", err
	}
	defer func() { err = errors.Join(err, t.close()) }()
	random := w.random("kill")
	crowd := newCrowd(t, 0.3)
	crowd.whole = true
	room, err := newRoom(ctx, crowd, 2)
	if err != nil {
		return "no officers", err
	}
	room.mixed = true
	messages, kills := int64(w.size(1500, 75_000)), int64(w.size(6, 300))

	var killed atomic.Int64
	var mistake error
	var beside sync.WaitGroup
	working, stop := context.WithCancel(ctx)
	r := rand.New(rand.NewPCG(random.Uint64(), 1))
	beside.Go(func() { mistake = killing(working, t, &killed, kills, r) })
	beside.Go(func() { room.work(working) })
	crowd.talk(ctx, 32, random, func() bool {
		return crowd.answered.Load() >= messages && killed.Load() >= kills
	})
	stop()
	beside.Wait()
	if broken := crowd.broken(); broken != nil { // there is nothing to wait for but those who ask
		_ = room.verdicts.Wait()
		return fmt.Sprintf("%d kills", killed.Load()), errors.Join(mistake, broken)
	}
	room.mixed = false
	inHand := killInHand(ctx, t, room)
	room.await(ctx)
	broken := errors.Join(mistake, inHand, room.someRead(), room.check(ctx), crowd.checkAtEnd(ctx))
	figure = fmt.Sprintf("%d kills, %d callbacks, %s, %d tickets%s; %s; %d residents said whether it helped, %d read their mailbox, slowest answer %s",
		killed.Load(), crowd.posts.Load(), crowd.disorder(), len(crowd.opened), unless(broken, ": 0 lost, 0 doubled"), &room.mail, room.judged.Load(), room.read.Load(),
		time.Duration(crowd.slowest.Load()).Round(time.Millisecond))
	return figure, broken
}

// killing kills a random replica, starts it, waits until it serves, and waits a little; so many times or until the context ends.
func killing(ctx context.Context, t *town, killed *atomic.Int64, times int64, r *rand.Rand) error {
	for killed.Load() < times {
		select {
		case <-time.After(time.Duration(50+r.IntN(400)) * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
		victim := t.replicas[r.IntN(len(t.replicas))]
		if err := t.strike(ctx, victim); err != nil {
			return err
		}
		if err := victim.up(context.WithoutCancel(ctx)); err != nil {
			return err
		}
		killed.Add(1)
	}
	return nil
}
