package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"frontdesk/ticket"
	"frontdesk/wechatsim"
)

// drainLimit is how long a replica may take to go in good order.
const drainLimit = 10 * time.Second

// stopRow asks replicas to stop while residents talk and officers answer, kills some of them while they drain, asks one to stop that has a letter in
// its hands, and one that a client hangs on to, and stops one that has letters in its hands until its lease is over.
func stopRow(ctx context.Context, w *workshop) (figure string, err error) {
	t, err := newTown(ctx, w, plan{replicas: 2, clock: true})
	if err != nil {
		return "no town", err
	}
	defer func() { err = errors.Join(err, t.close()) }()
	crowd := newCrowd(t, 0.2)
	room, err := newRoom(ctx, crowd, 2)
	if err != nil {
		return "no officers", err
	}
	working, stop := context.WithCancel(ctx)
	defer stop()
	var beside sync.WaitGroup
	var posted atomic.Bool
	random := w.random("stop")
	beside.Go(func() { crowd.talk(ctx, 8, random, posted.Load) })
	beside.Go(func() { room.work(working) })
	d := drains{town: t}
	times, held, drawn := w.size(5, 60), w.size(1, 10), w.random("drain")
	for n := range times {
		if err := d.drain(ctx, n, n%3 == 2, d.within(drawn)); err != nil {
			return "not stopped", err
		}
	}
	posted.Store(true)
	stop()
	beside.Wait()
	var wrong []error
	if d.killed == 0 {
		wrong = append(wrong, errors.New("blind: nobody was killed in the drain"))
	}
	if err := d.letterInHand(ctx, room); err != nil {
		wrong = append(wrong, fmt.Errorf("asked to stop with a letter in hand: %w", err))
	}
	if err := d.hungOn(ctx); err != nil {
		wrong = append(wrong, fmt.Errorf("asked to stop while a client hangs on: %w", err))
	}
	for range held {
		if err := d.sleeper(ctx, room); err != nil {
			wrong = append(wrong, fmt.Errorf("a worker that slept: %w", err))
		}
	}
	_, late := room.await(ctx)
	wrong = append(wrong, late)
	figure = fmt.Sprintf("%d stops under load, slowest %s, %d posts dropped, one with a letter in hand, one with a client that hangs on in %s; %d killed in the drain; %d workers slept past their lease; %d messages answered, %d replies arrived, %d of them twice",
		d.stopped, d.slowest.Round(time.Millisecond), d.dropped, d.hung.Round(time.Millisecond), d.killed, held, crowd.answered.Load(), len(room.replied), room.doubled)
	if d.dropped > 0 {
		wrong = append(wrong, fmt.Errorf("%d posts were dropped", d.dropped))
	}
	return figure, errors.Join(first(wrong), room.check(ctx, held+t.excused()), crowd.checkAtEnd(ctx))
}

// drains counts what stopping costs.
type drains struct {
	*town
	stopped, killed int
	dropped         int64
	slowest, hung   time.Duration // of stops under load; with a client that hangs on
}

// within is a moment of the time that a stop takes: while it is still said that no more should come, while the last requests are finished, or
// while letters and files are put down.
func (d *drains) within(r *rand.Rand) time.Duration {
	return time.Duration(r.Int64N(int64(max(d.slowest, 300*time.Millisecond))))
}

// drain stops a replica with SIGTERM, or kills it a little later, and starts it again.
func (d *drains) drain(ctx context.Context, n int, kill bool, after time.Duration) error {
	victim := d.replicas[n%len(d.replicas)]
	before := d.broken.Load()
	began := time.Now()
	if err := victim.signal(syscall.SIGTERM); err != nil {
		return err
	}
	if kill {
		if d.killed == 0 { // at least one is killed while it still has something to put down
			after = min(after, 50*time.Millisecond)
		}
		select {
		case <-time.After(after):
			d.killed++ // it was still there
		case <-victim.gone():
		}
		over := d.fault()
		err := victim.kill()
		if over(); err != nil {
			return err
		}
		return victim.up(ctx) // what a killed one had in hand is posted again
	}
	select {
	case <-victim.gone():
	case <-time.After(drainLimit):
		return fmt.Errorf("%s does not stop within %s", victim.name, drainLimit)
	}
	if victim.last != nil {
		return fmt.Errorf("%s stopped in disorder: %w", victim.name, victim.last)
	}
	d.slowest = max(d.slowest, time.Since(began))
	d.stopped++
	d.dropped += d.broken.Load() - before
	return victim.up(ctx)
}

// ends asks it to stop and wants it to do so in time and in good order.
func (r *replica) ends() (time.Duration, error) {
	began := time.Now()
	if err := r.signal(syscall.SIGTERM); err != nil {
		return 0, err
	}
	select {
	case <-r.gone():
	case <-time.After(drainLimit):
		return 0, fmt.Errorf("%s does not stop within %s", r.name, drainLimit)
	}
	if r.last != nil {
		return 0, fmt.Errorf("%s stopped in disorder: %w", r.name, r.last)
	}
	return time.Since(began), nil
}

// letterInHand asks a replica to stop while the platform has not answered it. The letter must be put down before it goes: who takes it up again
// would show it twice.
func (d *drains) letterInHand(ctx context.Context, r *room) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	first, second := d.replicas[0], d.replicas[1]
	d.slept.Store(true)
	if err := second.sleep(); err != nil {
		return err
	}
	defer func() { _ = second.wake() }() // one that is gone is missed at the next step
	held, release := d.hold(sendPath)
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

// hungOn asks a replica to stop while a client does not send the rest of its form.
func (d *drains) hungOn(ctx context.Context) error {
	r := d.replicas[0]
	c, err := net.Dial("tcp", strings.TrimPrefix(r.base, "http://"))
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }() // it was cut off
	if _, err := fmt.Fprint(c, "POST /desk/sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nid="); err != nil {
		return err
	}
	pause(ctx, 200*time.Millisecond)
	if d.hung, err = r.ends(); err != nil {
		return err
	}
	return r.up(ctx)
}

// sleeper lets a replica fall asleep with a letter in its hands; the other delivers it when the lease is over; then the first wakes and
// wants to settle a letter that is no longer its own, while another letter waits in its place.
func (d *drains) sleeper(ctx context.Context, r *room) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	first, second := d.replicas[0], d.replicas[1]
	defer func() { _ = errors.Join(first.wake(), second.wake()) }() // one that is gone is missed at the next step
	d.slept.Store(true)
	if err := second.sleep(); err != nil {
		return err
	}
	held, release := d.hold(sendPath)
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

// sleep stops a replica as if its machine stood still; the balancer notices and passes it over.
func (r *replica) sleep() error {
	r.out.Store(true) // at once, not at the balancer's next look
	return r.signal(syscall.SIGSTOP)
}

// wake lets it go on.
func (r *replica) wake() error {
	return r.signal(syscall.SIGCONT)
}

// calls is how many calls of the platform this replica has had answered.
func (r *replica) calls() int {
	text, err := page((&http.Client{Timeout: time.Second}).Get(r.base + "/metrics"))
	if err != nil {
		return 0
	}
	n := 0
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "frontdesk_api_calls_total{") {
			if f, err := strconv.ParseFloat(strings.TrimSpace(line[strings.LastIndexByte(line, ' '):]), 64); err == nil {
				n += int(f)
			}
		}
	}
	return n
}

// eventually waits until it is so.
func eventually(ctx context.Context, so func() bool) error {
	beat := time.NewTicker(20 * time.Millisecond)
	defer beat.Stop()
	for !so() {
		select {
		case <-beat.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
