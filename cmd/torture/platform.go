package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"frontdesk/store"
	"frontdesk/ticket"
	"frontdesk/wechatsim"
)

const (
	sendPath  = "/cgi-bin/message"
	tokenPath = "/cgi-bin/stable_token"
)

// patient is how slow the platform may be for a sender that listens to the end.
const patient = 5 * time.Second

// trouble is one thing that goes wrong at the platform.
type trouble struct {
	name  string
	fault wechatsim.Fault
	// during looks while it lasts, after so many replies were written.
	during func(context.Context, *town, *room) error
}

func troubles(w *workshop) []trouble {
	list := []trouble{
		{"down", wechatsim.Fault{Path: sendPath, Down: true}, nil},
		{"slow", wechatsim.Fault{Path: sendPath, Slow: 2 * time.Second}, nil},
		{"busy (-1)", wechatsim.Fault{Path: sendPath, Errcode: -1}, nil},
		{"out of quota (45009)", wechatsim.Fault{Path: sendPath, QuotaOut: true}, resting},
		{"too fast (45011)", wechatsim.Fault{Path: sendPath, Errcode: 45011}, resting},
		{"a token refused (40001)", wechatsim.Fault{Path: sendPath, RejectToken: true, Times: 1}, nil},
		{"answers cut short after the message was taken", wechatsim.Fault{Path: sendPath, Truncate: true, Times: 3}, nil},
	}
	if w.long {
		list = append(list, trouble{"slower than anybody waits", wechatsim.Fault{Path: sendPath, Slow: 12 * time.Second, Times: 3}, nil})
	}
	return list
}

// platformRow lets the platform fail in every way while residents talk to two replicas: what residents say must not suffer, and every reply
// must arrive in the end.
func platformRow(ctx context.Context, w *workshop) (figure string, err error) {
	t, err := newTown(ctx, w, plan{replicas: 2, clock: true})
	if err != nil {
		return "no town", err
	}
	defer func() { err = errors.Join(err, t.close()) }()
	crowd := newCrowd(t, 0.1)
	room, err := newRoom(ctx, crowd, 2)
	if err != nil {
		return "no officers", err
	}
	talking, stop := context.WithCancel(ctx)
	defer stop()
	var beside sync.WaitGroup
	beside.Go(func() {
		crowd.talk(ctx, 4, w.random("platform"), func() bool { return talking.Err() != nil })
	})
	x := trials{town: t, room: room, times: w.size(1, 3), replies: w.size(4, 60), photos: w.size(3, 20)}
	broken := x.all(ctx, w)
	stop()
	beside.Wait()
	if n := crowd.sorry.Load(); n > 0 {
		broken = errors.Join(broken, fmt.Errorf("%d residents were asked to send it again because the platform failed", n))
	}
	if broken == nil { // else there may be much to wait for, and it is known already
		broken = errors.Join(room.check(ctx), crowd.checkAtEnd(ctx))
	}
	if unclear := w.size(3, 6); room.doubled > unclear { // answers that were cut short or late
		broken = errors.Join(broken, fmt.Errorf("%d letters were shown twice after %d answers that were not clear", room.doubled, unclear))
	}
	figure = fmt.Sprintf("%d troubles%s; %d times one refused at both at once, fetched %d times and replaced by force %d times; %d letters without one asked for it %d times; %d photos waited and were kept; %s; meanwhile %d messages answered, slowest %s",
		x.troubles, unless(broken, "; for a token refused at one replica one was fetched"), x.refused, x.fetched, x.forced, x.replies, x.asked, x.kept, &room.mail, crowd.answered.Load(), time.Duration(crowd.slowest.Load()).Round(time.Millisecond))
	return figure, broken
}

// trials are what the platform does to a town, one after the other.
type trials struct {
	*town
	room                   *room
	times, replies, photos int // of each

	refused, fetched, forced int // tokens refused at both replicas; what they asked for then
	troubles, asked, kept    int // what became of the rest
}

// all goes through them. What did not arrive in one does not arrive in the next either.
func (x *trials) all(ctx context.Context, w *workshop) error {
	if err := x.refusedAtOnce(ctx); err != nil {
		return fmt.Errorf("a token refused at both replicas at once: %w", err)
	}
	for _, one := range troubles(w) {
		if err := x.room.through(ctx, x.town, one, x.replies); err != nil {
			return fmt.Errorf("%s: %w", one.name, err)
		}
		x.troubles++
	}
	if err := x.noToken(ctx); err != nil {
		return fmt.Errorf("no token to be had: %w", err)
	}
	if err := x.noPhotos(ctx, w); err != nil {
		return fmt.Errorf("no photos to be had: %w", err)
	}
	return nil
}

// through lets officers answer while something is wrong, ends it, and waits until every reply has arrived.
func (r *room) through(ctx context.Context, t *town, x trouble, replies int) error {
	tokens := t.sim.Counts()[tokenPath]
	begins := t.delay
	if x.fault.Truncate || x.fault.Slow > patient {
		begins = t.fault
	}
	defer begins()() // until every letter is there: senders wait longer the longer it lasts
	t.sim.SetFault(x.fault)
	if err := r.answer(ctx, replies); err != nil {
		return err
	}
	var during error
	if x.during != nil {
		during = x.during(ctx, t, r)
	}
	if x.fault.Times == 0 {
		t.sim.SetFault(wechatsim.Fault{})
	}
	if x.fault.RejectToken {
		soon, cancel := context.WithTimeout(ctx, 2*time.Second)
		defer cancel()
		if !r.coming(soon) {
			return errors.New("a refused token held replies back")
		}
	} else if err := r.arrive(ctx, t); err != nil {
		return err
	}
	if n := t.sim.Counts()[tokenPath] - tokens; x.fault.RejectToken && n != 1 {
		return fmt.Errorf("the token was fetched %d times", n)
	}
	return during
}

// arriveWithin is how long letters may take when the platform is well and nobody has to wait for a next try.
const arriveWithin = 30 * time.Second

// arrive waits until every letter has arrived or is shown as not confirmed, and lets time pass for those that wait for their next try.
func (r *room) arrive(ctx context.Context, t *town) error {
	s, err := store.New(store.Config{Client: t.redis.client})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, arriveWithin)
	defer cancel()
	for {
		short, stop := context.WithTimeout(ctx, 2*time.Second)
		there := r.coming(short)
		stop()
		switch {
		case there:
			return nil
		case ctx.Err() != nil:
			return fmt.Errorf("%d letters did not arrive", r.look())
		}
		r.settled(ctx, s)
		if err := t.pass(15 * time.Minute); err != nil { // patience
			return err
		}
	}
}

// resting looks whether the senders leave the platform alone and the officer reads why a reply waits.
func resting(ctx context.Context, t *town, r *room) error {
	s, err := store.New(store.Config{Client: t.redis.client})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	beat := time.NewTicker(50 * time.Millisecond)
	defer beat.Stop()
	for {
		waiting, told := 0, 0 // tickets with replies on the way, and those that say why
		for number := range r.replied {
			v, err := s.Find(ctx, auditor, number)
			if err != nil {
				return err
			}
			w, why := 0, 0
			for _, d := range v.Deliveries {
				if d.Fate == ticket.Sending {
					w = 1
				}
				if d.Fate == ticket.Sending && strings.Contains(d.Reason, "自动重发") { // those behind it wait for it
					why = 1
				}
			}
			waiting, told = waiting+w, told+why
		}
		if waiting > 0 && waiting == told {
			break
		}
		select {
		case <-beat.C:
		case <-ctx.Done():
			return fmt.Errorf("%d replies wait and %d say why", waiting, told)
		}
	}
	before := sent(t)
	select {
	case <-time.After(3 * time.Second):
	case <-ctx.Done():
	}
	if n := sent(t) - before; n > len(t.replicas) {
		return fmt.Errorf("%d more calls while the account is paused", n)
	}
	return nil
}

// sent counts the calls that send something.
func sent(t *town) int {
	n := 0
	for path, count := range t.sim.Counts() {
		if strings.HasPrefix(path, sendPath) {
			n += count
		}
	}
	return n
}
