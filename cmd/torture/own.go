package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/store"
)

// This file is a town of one front desk with a Redis of its own: both start and end together.

// newOwnTown starts one.
func newOwnTown(ctx context.Context, w *workshop, env map[string]string) (*town, error) {
	all := map[string]string{"FRONTDESK_REDIS_URL": ""}
	for k, v := range env {
		all[k] = v
	}
	r := &redisServer{process: process{name: "redis"}, client: redis.NewClient(store.Options("", ""))} // of the replica; for the books
	t, err := newTown(ctx, w, plan{redis: r, env: all, clock: true})
	if err != nil {
		return nil, err
	}
	options, err := store.Attach(t.ownRedis())
	if err != nil {
		return nil, errors.Join(err, t.close())
	}
	options.Dialer = func(ctx context.Context, network, _ string) (net.Conn, error) { // each time it is started it has another address
		now, err := store.Attach(t.ownRedis())
		if err != nil {
			return nil, err
		}
		var dialer net.Dialer
		return dialer.DialContext(ctx, network, now.Addr)
	}
	_ = r.client.Close() // it was never used
	r.client = redis.NewClient(options)
	return t, nil
}

// ownRedis is the folder of the Redis of a front desk that has its own.
func (t *town) ownRedis() string { return filepath.Join(t.replicas[0].dir, "data", "redis") }

// checkOwnAtEnd checks the books, and the seals once the replica has ended: its Redis ends with it, so it is started to look whether everything is sealed, and
// fsck starts it for itself.
func (c *crowd) checkOwnAtEnd(ctx context.Context) error {
	err := c.check(ctx)
	if _, e := c.town.replicas[0].ends(); e != nil {
		return errors.Join(err, e)
	}
	own, e := store.Launch(ctx, store.Local{Dir: c.town.ownRedis()})
	if e != nil {
		return errors.Join(err, e)
	}
	err = errors.Join(err, c.town.covered(ctx), own.Stop(ctx))
	text, e := c.town.frontdesk(ctx, "", "fsck")
	if e != nil {
		e = fmt.Errorf("after the end: %w: %s", e, text)
	}
	return errors.Join(err, e)
}

// stopOwn asks a front desk with a Redis of its own to stop, again and again, while residents talk and officers answer. Only the front desk is asked, as
// systemd does with KillMode=mixed: its Redis must be there until the last answer is out and the last seal is kept. At last a form is under way that comes in pieces.
func stopOwn(ctx context.Context, w *workshop) (figure string, err error) {
	t, err := newOwnTown(ctx, w, nil)
	if err != nil {
		return "no town", err
	}
	defer func() { err = errors.Join(err, t.close()) }()
	crowd := newCrowd(t, 0.1)
	room, err := newRoom(ctx, crowd, 2)
	if err != nil {
		return "no officers", err
	}
	working, stop := context.WithCancel(ctx)
	var beside sync.WaitGroup
	var over atomic.Bool
	beside.Go(func() { crowd.talk(ctx, 8, w.random("own"), over.Load) })
	beside.Go(func() { room.work(working) })
	var slowest time.Duration
	var wrong error
	times := w.size(2, 20)
	for range times {
		before := crowd.count()
		if wrong = eventually(ctx, func() bool { return crowd.count() > before+worthIt || crowd.broken() != nil }); wrong != nil {
			break
		}
		var took time.Duration
		if took, wrong = t.replicas[0].ends(); wrong != nil {
			break
		}
		slowest = max(slowest, took)
		if wrong = t.replicas[0].up(ctx); wrong != nil {
			break
		}
	}
	if wrong == nil {
		wrong = (&drains{town: t}).slow(ctx)
	}
	dropped := t.broken.Load()
	over.Store(true)
	stop()
	beside.Wait()
	if wrong == nil {
		room.await(ctx)
		wrong = errors.Join(room.check(ctx), crowd.checkOwnAtEnd(ctx))
	}
	return fmt.Sprintf("with a Redis of its own: %d stops under load, slowest %s, one more while a form arrived, %d posts dropped, %d refused while it was away, %d messages answered; %s",
		times, slowest.Round(time.Millisecond), dropped, t.refused.Load(), crowd.answered.Load(), &room.mail), wrong
}
