package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
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
// systemd does with KillMode=mixed: its Redis must be there until the last answer is out and the last seal is kept. Then a form is under way that comes in pieces, and
// at last that Redis stands still.
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
	var hung time.Duration
	if wrong == nil {
		hung, wrong = t.stopWithoutRedis(ctx)
	}
	dropped := t.broken.Load()
	over.Store(true)
	stop()
	beside.Wait()
	if wrong == nil {
		room.await(ctx)
		wrong = errors.Join(room.check(ctx), crowd.checkOwnAtEnd(ctx))
	}
	return fmt.Sprintf("with a Redis of its own: %d stops under load, slowest %s, one more while a form arrived, one while that Redis stood still in %s, %d posts dropped, %d refused while it was away, %d messages answered; %s",
		times, slowest.Round(time.Millisecond), hung.Round(time.Millisecond), dropped, t.refused.Load(), crowd.answered.Load(), &room.mail), wrong
}

var processID = regexp.MustCompile(`process_id:(\d+)`)

// stopWithoutRedis asks a front desk to stop whose own Redis stands still: it ends in time all the same, and takes that Redis along. It cannot seal then, and says so.
func (t *town) stopWithoutRedis(ctx context.Context) (took time.Duration, err error) {
	info, err := t.redis.client.Info(ctx, "server").Result()
	if err != nil {
		return 0, fmt.Errorf("look for its redis: %w", err)
	}
	found := processID.FindStringSubmatch(info)
	if found == nil {
		return 0, errors.New("look for its redis: it does not say which process it is")
	}
	pid, err := strconv.Atoi(found[1])
	if err != nil {
		return 0, fmt.Errorf("look for its redis: %w", err)
	}
	defer t.fault()()
	r, began := t.replicas[0], time.Now()
	if err := errors.Join(syscall.Kill(pid, syscall.SIGSTOP), r.signal(syscall.SIGTERM)); err != nil {
		return 0, err
	}
	select {
	case <-r.gone():
	case <-time.After(drainLimit):
		return 0, errors.Join(fmt.Errorf("%s does not stop within %s while its redis stands still", r.name, drainLimit), syscall.Kill(pid, syscall.SIGKILL))
	}
	took = time.Since(began)
	if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
		return took, errors.Join(fmt.Errorf("%s left its redis behind: %w", r.name, err), syscall.Kill(pid, syscall.SIGKILL))
	}
	if r.last == nil {
		return took, fmt.Errorf("%s could not seal what it wrote last, and does not say so", r.name)
	}
	return took, errors.Join(r.up(ctx), t.pass(leased)) // of senders that had a letter in hand
}
