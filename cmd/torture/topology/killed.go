package topology

import (
	"context"
	"errors"
	"time"
)

// This file kills the primary of a Redis with Sentinels: its process alone, or with what was on the wire from it, as when its machine dies.

// KilledPrimaries builds a Redis with Sentinels and kills the primary with kill -9 n times while residents talk to two replicas of the front
// desk. It is started again once another one has its place, and must become a replica of that one, whatever it alone had. Every other time, the
// first too, what it had sent in its last moment is on no replica: a process that is killed leaves to the kernel what it has sent, a machine that
// dies does not, and only the latter tells who confirmed by itself. wait is as for [Partitions].
func KilledPrimaries(ctx context.Context, n, wait int) (Result, error) {
	return underSentinels(ctx, n, wait, "gh_killed", func(ctx context.Context, w *watched, round int) error {
		if err := pause(ctx, time.Second); err != nil {
			return err
		}
		return w.killPrimary(ctx, round%2 == 0)
	})
}

// stumble is how long nothing that a dying machine sends reaches another one: too short for Sentinels to miss it, long enough that a primary that
// confirms by itself answers residents meanwhile.
const stumble = 300 * time.Millisecond

// killPrimary kills the primary, waits until another one has its place, starts it again and waits until it follows that one. With machine, what it
// sent in its last moment is gone too.
func (w *watched) killPrimary(ctx context.Context, machine bool) error {
	old := w.primary(ctx, w.sentinels[0])
	if old == nil {
		return errors.New("no primary to kill")
	}
	if machine {
		w.net.part(old.box, clientInside, clientOutside) // they go on with it; only those who would copy it hear nothing
		defer w.net.heal()
		if err := pause(ctx, stumble); err != nil {
			return err
		}
	}
	if err := old.kill(); err != nil {
		return err
	}
	if machine {
		w.net.sever(old.box)
		w.net.heal()
	}
	if err := w.replaced(ctx, old); err != nil {
		return err
	}
	return errors.Join(old.start(ctx), w.whole(ctx)) // Sentinels take their time, while residents talk on
}
