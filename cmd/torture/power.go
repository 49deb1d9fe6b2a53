package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"frontdesk/store"
)

// powerRow cuts the power under Redis again and again, sometimes under the replicas as well, while residents talk and officers answer. What
// was acknowledged must be there afterwards. A second Redis, which syncs once a second, must lose something: else the cuts cut nothing.
func powerRow(ctx context.Context, w *workshop) (figure string, err error) {
	figure, err = durablePower(ctx, w)
	if err != nil {
		return figure, err
	}
	control, err := volatilePower(ctx, w)
	return figure + "; " + control, err
}

// powered is a town whose Redis stands on a disk that can lose its power.
type powered struct {
	*town
	disk   *disk
	desks  []*disk // of the replicas
	random *rand.Rand
	crowd  *crowd // whose photos are looked for after a cut that took the replicas; nil: nobody's

	cuts, all, torn int   // power cuts, those that took the replicas too, those that left a torn end
	between         int   // cuts that came between a write and its sync
	lost, unkept    int64 // bytes that were not synced, of Redis and of replicas
	photos, seals   int   // that were still there after a cut that took the replicas
}

func newPowered(ctx context.Context, w *workshop, settings map[string]string, serve ...string) (*powered, error) {
	d, err := newDisk(ctx, w)
	if err != nil {
		return nil, err
	}
	r, err := startRedis(ctx, d.dir, settings, d.env()...)
	if err != nil {
		return nil, err
	}
	edits, err := w.written()
	if err != nil {
		return nil, err
	}
	t, err := newTown(ctx, w, plan{replicas: 2, redis: r, serve: serve, clock: true, edits: edits})
	if err != nil {
		return nil, err
	}
	p := &powered{town: t, disk: d, random: w.random("power" + settings["appendfsync"])}
	for _, r := range t.replicas {
		desk, err := diskOf(r)
		if err != nil {
			return nil, errors.Join(err, t.close())
		}
		p.desks = append(p.desks, desk)
	}
	return p, nil
}

// syncWithin is how long a Redis that is talked to may go without a sync.
const syncWithin = 3 * time.Second

// fail cuts the power of Redis: three times in four between a write and its sync, else at any moment.
func (p *powered) fail() error {
	if p.random.IntN(4) == 0 {
		return p.redis.kill()
	}
	if err := p.disk.arm(1 + p.random.IntN(20)); err != nil {
		return err
	}
	select {
	case <-p.redis.gone():
		p.between++
		return nil
	case <-time.After(syncWithin):
		return errors.Join(p.redis.kill(), p.disk.arm(0)) // nobody wrote
	}
}

// cut cuts the power and brings everything back. Every third time Redis is busy rewriting its file.
func (p *powered) cut(ctx context.Context) error {
	if p.cuts%3 == 2 {
		if err := p.redis.client.BgRewriteAOF(ctx).Err(); err != nil {
			return fmt.Errorf("rewrite the file: %w", err)
		}
		pause(ctx, time.Duration(p.random.IntN(60))*time.Millisecond)
	}
	defer p.town.fault()()
	everything := p.cuts == 1 || p.random.IntN(4) == 0
	err := p.fail()
	if everything {
		p.all++
		for _, r := range p.replicas {
			err = errors.Join(err, r.kill())
		}
	}
	if err != nil {
		return err
	}
	tear := p.random.IntN(2) == 0
	lost, err := p.disk.cut(p.random, tear)
	if err != nil {
		return err
	}
	if p.lost += lost; tear && lost > 0 {
		p.torn++
	}
	p.cuts++
	// What the front desk does before it starts its own: Redis leaves half a transaction in its file, where it joins the next one.
	if _, err := store.MendEnd(p.redis.dir); err != nil {
		return err
	}
	back := context.WithoutCancel(ctx)
	if err := p.redis.up(back); err != nil {
		return fmt.Errorf("redis after power cut %d: %w", p.cuts, err)
	}
	if !everything {
		return nil
	}
	if err := p.lose(); err != nil {
		return err
	}
	if p.crowd != nil {
		if err := p.stillKept(back, p.crowd); err != nil {
			return err
		}
	}
	for _, r := range p.replicas {
		if err := r.up(back); err != nil {
			return err
		}
	}
	return nil
}

// pause waits, or less when the context ends.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// durablePower is the row itself.
func durablePower(ctx context.Context, w *workshop) (figure string, err error) {
	p, err := newPowered(ctx, w, map[string]string{"appendfsync": "always"})
	if err != nil {
		return "no town", err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	crowd := newCrowd(p.town, 0.1)
	crowd.whole, p.crowd = true, crowd
	room, err := newRoom(ctx, crowd, 2)
	if err != nil {
		return "no officers", err
	}
	room.mixed = true
	wrong := p.again(ctx, w.size(5, 50), room, w.random("power"))
	if wrong == nil {
		wrong = p.pass(leased) // of senders whose Redis vanished
	}
	if wrong == nil {
		room.await(ctx)
		wrong = p.blind()
	}
	broken := errors.Join(wrong, room.someRead(), room.check(ctx), crowd.checkAtEnd(ctx))
	figure = fmt.Sprintf("%d power cuts under redis, %d of them between a write and its sync, %d under the replicas too, %d with a torn end, %d bytes not synced and gone: "+
		"%d photos and %d seals looked for and there; "+
		"%d messages and %d tickets acknowledged%s; %s, %d read their mailbox; slowest answer %s, answered again %s after the power was back",
		p.cuts, p.between, p.all, p.torn, p.lost+p.unkept, p.photos, p.seals, crowd.answered.Load(), len(crowd.opened), unless(broken, ", 0 lost"), &room.mail, room.read.Load(),
		time.Duration(crowd.slowest.Load()).Round(time.Millisecond), crowd.back.Round(time.Millisecond))
	return figure, broken
}

// again cuts the power so many times while everybody talks.
func (p *powered) again(ctx context.Context, times int, room *room, random *rand.Rand) error {
	working, stop := context.WithCancel(ctx)
	defer stop()
	var beside sync.WaitGroup
	var mistake error
	var over atomic.Bool
	beside.Go(func() {
		defer over.Store(true)
		for range times {
			pause(working, time.Duration(200+p.random.IntN(600))*time.Millisecond)
			if mistake = p.cut(working); mistake == nil {
				mistake = p.crowd.answersAgain(working)
			}
			if mistake != nil {
				return
			}
		}
	})
	beside.Go(func() { room.work(working) })
	p.crowd.talk(ctx, 16, random, over.Load)
	stop()
	beside.Wait()
	return mistake
}

// blind says what the cuts should have met and did not.
func (p *powered) blind() error {
	switch {
	case p.lost == 0 || p.between == 0:
		return errors.New("blind: nothing was written and not synced at any cut")
	case p.photos == 0 || p.seals == 0:
		return errors.New("blind: no cut under the replicas met a photo and a seal")
	}
	return nil
}

// mostControls is how often the power of the control is cut until something is lost. On a slow machine a cut may come when all was just synced: one in some
// hundred runs lost nothing at five of them.
const mostControls = 20

// worthIt is how many tickets are told before the power of the control is cut.
const worthIt = 16

// volatilePower shows that the cuts bite: with a sync a second, which serve refuses to work with, they lose what was acknowledged.
func volatilePower(ctx context.Context, w *workshop) (figure string, err error) {
	p, err := newPowered(ctx, w, map[string]string{"appendfsync": "everysec"}, "--allow-volatile")
	if err != nil {
		return "no town for the control", err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	if text, err := p.frontdesk(ctx, "", "serve"); err == nil || !strings.Contains(text, "appendfsync") {
		return "control with everysec", errors.New("serve does not refuse a redis that syncs once a second")
	}
	crowd := newCrowd(p.town, 0)
	for range mostControls {
		working, stop := context.WithCancel(ctx)
		var mistake error
		var beside sync.WaitGroup
		before := crowd.count()
		beside.Go(func() {
			// There must be something to lose: on a machine under load a ticket takes its time.
			mistake = eventually(working, func() bool { return crowd.count() >= before+worthIt || crowd.broken() != nil })
			pause(working, time.Duration(p.random.IntN(600))*time.Millisecond)
			mistake = errors.Join(mistake, p.cut(working))
			stop()
		})
		crowd.talk(ctx, 16, w.random("control"), func() bool { return working.Err() != nil })
		beside.Wait()
		stop()
		if mistake != nil {
			return "control with everysec", mistake
		}
		s, err := store.New(store.Config{Client: p.redis.client, Clock: time.Now})
		if err != nil {
			return "control with everysec", err
		}
		if lost := crowd.lost(ctx, s); len(lost) > 0 {
			return fmt.Sprintf("control with everysec, refused by serve without --allow-volatile: lost after %d cuts", p.cuts), nil
		}
	}
	return "control with everysec", errors.New("blind: redis synced once a second and lost nothing")
}
