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

// killRow kills one of two replicas again and again, while residents talk and officers answer, and starts it anew; and then once more in a room whose account may only
// answer, where every letter waits until its resident writes.
func killRow(ctx context.Context, w *workshop) (string, error) {
	pushing, err := killPushing(ctx, w)
	if err != nil {
		return pushing, err
	}
	answering, err := killAnswering(ctx, w)
	return pushing + "; in a room that may only answer: " + answering, err
}

// killPushing is the row for an account that may send by itself.
func killPushing(ctx context.Context, w *workshop) (figure string, err error) {
	t, err := newTown(ctx, w, plan{replicas: 2, clock: !w.long})
	if err != nil {
		return "no town", err
	}
	defer func() { err = errors.Join(err, t.close()) }()
	crowd := newCrowd(t, 0.3)
	crowd.whole = true
	room, err := newRoom(ctx, crowd, 2)
	if err != nil {
		return "no officers", err
	}
	room.mixed = true
	killed, mistake := underKills(ctx, room, int64(w.size(1500, 75_000)), int64(w.size(6, 300)), w.random("kill"))
	if broken := crowd.broken(); broken != nil { // there is nothing to wait for but those who ask
		_ = room.verdicts.Wait()
		return fmt.Sprintf("%d kills", killed), errors.Join(mistake, broken)
	}
	room.mixed = false
	inHand := killInHand(ctx, t, room)
	room.await(ctx)
	broken := errors.Join(mistake, inHand, room.someRead(), room.check(ctx), crowd.checkAtEnd(ctx))
	figure = fmt.Sprintf("%d kills, %d callbacks, %s, %d tickets%s; %s; %d residents said whether it helped, %d read their mailbox, slowest answer %s",
		killed, crowd.posts.Load(), crowd.disorder(), len(crowd.opened), unless(broken, ": 0 lost, 0 doubled"), &room.mail, room.judged.Load(), room.read.Load(),
		time.Duration(crowd.slowest.Load()).Round(time.Millisecond))
	return figure, broken
}

// killAnswering is the row for an account that may only answer.
func killAnswering(ctx context.Context, w *workshop) (figure string, err error) {
	t, err := newTown(ctx, w, plan{replicas: 2, clock: !w.long, answers: true})
	if err != nil {
		return "no town", err
	}
	defer func() { err = errors.Join(err, t.close()) }()
	crowd := newCrowd(t, 0.3)
	room, err := newRoom(ctx, crowd, 2)
	if err != nil {
		return "no officers", err
	}
	room.answering = true
	random := w.random("kill answering")
	killed, broken := underKills(ctx, room, int64(w.size(300, 5_000)), int64(w.size(3, 40)), random)
	broken = errors.Join(broken, crowd.broken(), room.verdicts.Wait())
	if broken == nil && t.clock != "" { // the long form waits for leases as everybody does
		broken = t.pass(leased)
	}
	if broken == nil {
		broken = room.everybodyReads(ctx, random)
	}
	if broken == nil {
		room.await(ctx)
		broken = errors.Join(room.someRead(), room.check(ctx), crowd.checkAtEnd(ctx))
		if n := t.sim.Counts()[pathSend]; n > 0 {
			broken = errors.Join(broken, fmt.Errorf("blind: an account that may only answer called the platform %d times to send", n))
		}
	}
	return fmt.Sprintf("%d kills, %d callbacks, %s, %d tickets; %s; mailboxes were read %d times", killed, crowd.posts.Load(), crowd.disorder(), len(crowd.opened), &room.mail,
		room.read.Load()), broken
}

// underKills lets everybody talk while one replica after the other is killed, until there were so many messages and kills.
func underKills(ctx context.Context, room *room, messages, kills int64, random *rand.Rand) (killed int64, mistake error) {
	crowd := room.crowd
	var done atomic.Int64
	var beside sync.WaitGroup
	working, stop := context.WithCancel(ctx)
	r := rand.New(rand.NewPCG(random.Uint64(), 1))
	beside.Go(func() { mistake = killing(working, crowd.town, &done, kills, r) })
	beside.Go(func() { room.work(working) })
	crowd.talk(ctx, 32, random, func() bool { return crowd.answered.Load() >= messages && done.Load() >= kills })
	stop()
	beside.Wait()
	return done.Load(), mistake
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
