package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// drainLimit is how long a replica may take to go in good order.
const drainLimit = 10 * time.Second

// stopRow asks replicas to stop while residents talk and officers answer, some of them while who stands in front stands still, kills some of them while they drain, asks one to stop that has a letter in
// its hands, and one that a client hangs on to, kills all of them twice with the same letter in hand and once with an answer that brings letters, and lets
// one sleep with a letter or a photo until its lease is over; and a front desk that has a Redis of its own.
func stopRow(ctx context.Context, w *workshop) (string, error) {
	given, err := stopGiven(ctx, w)
	if err != nil {
		return given, err
	}
	own, err := stopOwn(ctx, w)
	return given + "; " + own, err
}

// stopGiven is the row for two replicas that were given a Redis.
func stopGiven(ctx context.Context, w *workshop) (figure string, err error) {
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
	room.mixed = true
	d := drains{town: t}
	random, drawn, held := w.random("stop"), w.random("drain"), w.size(1, 10)
	if err := d.underLoad(ctx, w.size(5, 60), room, random, drawn); err != nil {
		return "not stopped", err
	}
	broken := d.inHand(ctx, room, random, held)
	if broken == nil { // else there may be much to wait for, and it is known already
		room.await(ctx)
		broken = errors.Join(room.check(ctx), crowd.checkAtEnd(ctx))
	}
	figure = fmt.Sprintf("%d stops under load, slowest %s, %d more while the balancer stood still, slowest %s, %d posts dropped, one with a letter in hand, one while a form arrived, one with a client that hangs on in %s; %d killed in the drain, all twice with one letter in hand, and with an answer; %d workers slept past their lease with a letter, as many before they tried one, and with a photo; %d messages answered; %s, %d read their mailbox",
		d.stopped, d.slowest.Round(time.Millisecond), d.stood, d.slowestStill.Round(time.Millisecond), d.dropped, d.hung.Round(time.Millisecond), d.killed, held, crowd.answered.Load(), &room.mail, room.read.Load())
	return figure, broken
}

// underLoad stops replicas so many times while everybody talks, and kills every third one while it drains.
func (d *drains) underLoad(ctx context.Context, times int, room *room, random, drawn *rand.Rand) error {
	working, stop := context.WithCancel(ctx)
	var beside sync.WaitGroup
	var posted atomic.Bool
	defer func() {
		posted.Store(true)
		stop()
		beside.Wait()
		room.mixed = false
	}()
	beside.Go(func() { room.crowd.talk(ctx, 8, random, posted.Load) })
	beside.Go(func() { room.work(working) })
	for n := range times {
		if err := d.drain(ctx, n, n%3 == 2, d.within(drawn)); err != nil {
			return err
		}
	}
	return nil
}

// inHand stops, kills or lets sleep who has something in hand, one thing after the other.
func (d *drains) inHand(ctx context.Context, room *room, random *rand.Rand, sleepers int) error {
	wrong := []error{room.verdicts.Wait(), room.someRead()}
	if d.killed == 0 || 2*d.killed < d.mortal {
		wrong = append(wrong, fmt.Errorf("blind: of %d to be killed in the drain %d were there still", d.mortal, d.killed))
	}
	type trial struct {
		what string
		run  func() error
	}
	trials := []trial{
		{"asked to stop with a letter in hand", func() error { return d.letterInHand(ctx, room) }},
		{"killed twice with a letter in hand", func() error { return d.killedTwice(ctx, room) }},
		{"killed with an answer in hand", func() error { return d.answerInHand(ctx, room, random) }},
		{"asked to stop while a form arrives", func() error { return d.slow(ctx) }},
		{"asked to stop while a client hangs on", func() error { return d.hungOn(ctx) }},
	}
	for range sleepers {
		trials = append(trials,
			trial{"a worker that slept", func() error { return d.sleeper(ctx, room) }},
			trial{"a worker that slept before it tried a letter", func() error { return d.sleepsBeforeTry(ctx, room) }},
			trial{"a worker that slept with a photo", func() error { return d.sleepsWithPhoto(ctx, room.crowd, random) }})
	}
	for _, one := range trials {
		if err := errors.Join(wrong...); err != nil { // it is known already
			break
		}
		if err := one.run(); err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", one.what, err))
		}
	}
	if d.dropped > 0 {
		wrong = append(wrong, fmt.Errorf("%d posts were dropped", d.dropped))
	}
	return first(slices.DeleteFunc(wrong, func(err error) bool { return err == nil }))
}

// drains counts what stopping costs.
type drains struct {
	*town
	stopped, killed int
	mortal          int // that were to be killed
	stood           int // stops while the balancer stood still
	took            []time.Duration
	dropped         int64
	slowest, hung   time.Duration // of stops under load; with a client that hangs on
	slowestStill    time.Duration // while the balancer stood still
}

// within is a moment of the time that most stops take: while it is still said that no more should come, while the last requests are finished, or
// while letters and files are put down.
func (d *drains) within(r *rand.Rand) time.Duration {
	return time.Duration(r.Int64N(int64(max(middle(d.took), 200*time.Millisecond))))
}

// drain stops a replica with SIGTERM, or kills it a little later, and starts it again.
func (d *drains) drain(ctx context.Context, n int, kill bool, after time.Duration) error {
	victim := d.replicas[n%len(d.replicas)]
	before := d.broken.Load() + d.refused.Load()
	still := n%3 == 1
	if still {
		d.standStill()
		pause(ctx, stillTime/5) // those who talk have all chosen a replica
	}
	began := time.Now()
	if err := victim.signal(syscall.SIGTERM); err != nil {
		return err
	}
	if kill {
		d.mortal++
		if d.killed == 0 { // at least one is killed while it still has something to put down
			after = min(after, 50*time.Millisecond)
		}
		select {
		case <-time.After(after):
			d.killed++ // it was still there
		case <-victim.gone():
		}
		if err := d.strike(ctx, victim); err != nil {
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
	if took := time.Since(began); still {
		d.stood++
		d.slowestStill = max(d.slowestStill, took)
	} else {
		d.stopped++
		d.slowest = max(d.slowest, took)
		d.took = append(d.took, took)
	}
	err := victim.up(ctx)
	d.goOn(ctx)
	d.dropped += d.broken.Load() + d.refused.Load() - before // who stands in front has noticed by now
	return err
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

// formLength is how long a form is of which a client sends three bytes first.
const formLength = 1000

// begun is a connection to a replica on which a form has begun.
func (r *replica) begun(ctx context.Context) (net.Conn, error) {
	c, err := net.Dial("tcp", strings.TrimPrefix(r.base, "http://"))
	if err != nil {
		return nil, err
	}
	if _, err := fmt.Fprintf(c, "POST /desk/sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\nid=", formLength); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	pause(ctx, 200*time.Millisecond) // it is being read
	return c, nil
}

// slow asks a replica to stop while a form arrives slowly: that is answered still.
func (d *drains) slow(ctx context.Context) error {
	r := d.replicas[0]
	c, err := r.begun(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()     // it was answered, or there is nobody to answer
	time.AfterFunc(time.Second, func() { // by then the door is closed
		_, _ = fmt.Fprint(c, strings.Repeat("3", formLength-len("id="))) // who is gone answers nothing either
	})
	var answer error
	var heard sync.WaitGroup
	heard.Go(func() {
		var resp *http.Response
		if resp, answer = http.ReadResponse(bufio.NewReader(c), nil); answer == nil {
			answer = resp.Body.Close()
		}
	})
	_, err = r.ends()
	heard.Wait()
	if answer != nil {
		answer = fmt.Errorf("the form was not answered: %w", answer)
	}
	return errors.Join(err, answer, r.up(ctx))
}

// hungOn asks a replica to stop while a client does not send the rest of its form.
func (d *drains) hungOn(ctx context.Context) error {
	r := d.replicas[0]
	c, err := r.begun(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }() // it was cut off
	if d.hung, err = r.ends(); err != nil {
		return err
	}
	return r.up(ctx)
}

// sleep stops a replica as if its machine stood still; the balancer notices and passes it over.
func (r *replica) sleep() error {
	r.asleep.Store(true) // at once, not at the balancer's next look
	return r.signal(syscall.SIGSTOP)
}

// wake lets it go on.
func (r *replica) wake() error {
	r.out.Store(true) // until it is looked at
	r.asleep.Store(false)
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
