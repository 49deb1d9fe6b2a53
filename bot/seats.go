package bot

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"frontdesk/flows"
	"frontdesk/ticket"
)

// How many messages may be decided on at the same moment. A decision takes microseconds, so that these are met only when decisions do not
// come back, and an endless loop cannot be ended in Go. They bound what is lost to it until the program is started anew.
const (
	mostSeats    = 64
	mostSeatsOne = 8 // of one resident: a message of theirs that hangs leaves room for the others, of theirs and of everybody
)

// seats counts the decisions under way, those that hang included.
type seats struct {
	mu  sync.Mutex
	all taken
	of  map[string]taken // by resident
}

type taken struct{ busy, hung int }

// take takes a seat, and waits for one while those who sit there may still get up. It gives the fault [ticket.Hung] when they will not.
func (s *seats) take(ctx context.Context, who string) error {
	for {
		s.mu.Lock()
		one := s.of[who]
		if one.busy < mostSeatsOne && s.all.busy < mostSeats {
			one.busy++
			s.all.busy++
			s.of[who] = one
			s.mu.Unlock()
			return nil
		}
		hopeless := one.hung >= mostSeatsOne || s.all.hung >= mostSeats
		s.mu.Unlock()
		if hopeless {
			return fault{ticket.Hung, "not begun: too many hang"}
		}
		beat := time.NewTimer(time.Millisecond)
		select {
		case <-beat.C:
		case <-ctx.Done():
			beat.Stop()
			return fmt.Errorf("decide: %w: %w", ticket.ErrUnavailable, ctx.Err())
		}
	}
}

// change counts by how many more, or fewer, seats are taken, and by how many that hang.
func (s *seats) change(who string, busy, hung int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one := s.of[who]
	one.busy, one.hung = one.busy+busy, one.hung+hung
	s.all.busy, s.all.hung = s.all.busy+busy, s.all.hung+hung
	s.of[who] = one
	if one.busy == 0 {
		delete(s.of, who)
	}
}

// hung says how many hang.
func (s *seats) hung() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all.hung
}

// attempt is one message being worked. Whoever watches it may give it up while it is being decided on; then nothing comes of the decision.
type attempt struct {
	seats *seats
	who   string
	state atomic.Int32
	err   error // that the last decision gave

	answering sync.WaitGroup // of whoever gave it up
}

const (
	between int32 = iota // not deciding
	deciding
	givenUp
)

// errGivenUp ends the work on a message that was given up.
var errGivenUp = fmt.Errorf("%w: the message was given up", ticket.ErrUnavailable)

// decide has a decision made, unless the message was given up before or meanwhile.
func (a *attempt) decide(ctx context.Context, do func() (flows.Change, error)) (c flows.Change, err error) {
	if err := a.seats.take(ctx, a.who); err != nil {
		return c, err
	}
	if !a.state.CompareAndSwap(between, deciding) {
		a.seats.change(a.who, -1, 0)
		return c, errGivenUp
	}
	defer func() {
		if a.state.CompareAndSwap(deciding, between) {
			a.seats.change(a.who, -1, 0)
			return
		}
		a.seats.change(a.who, -1, -1)
		c, err = flows.Change{}, errGivenUp
	}()
	c, err = do()
	a.err = err
	return c, err
}

// giveUp gives the message up, if it is being decided on at this moment. Whoever gave it up answers, and says when that is done.
func (a *attempt) giveUp() bool {
	a.answering.Add(1)
	if !a.state.CompareAndSwap(deciding, givenUp) {
		a.answering.Done()
		return false
	}
	a.seats.change(a.who, 0, 1)
	return true
}

// abandoned says whether the message was given up.
func (a *attempt) abandoned() bool { return a.state.Load() == givenUp }
