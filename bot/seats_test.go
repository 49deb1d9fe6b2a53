package bot

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"frontdesk/flows"
	"frontdesk/ticket"
)

// TestWhoFindsNoSeatWaits has all seats of one resident, and all of everybody, taken by decisions that do not hang: who comes then has the next one, or
// waits until their time is over.
func TestWhoFindsNoSeatWaits(t *testing.T) {
	for who, others := range map[string]int{"r0": 1, "late": mostSeats / mostSeatsOne} {
		synctest.Test(t, func(t *testing.T) {
			s := &seats{of: make(map[string]taken)}
			for i := range others * mostSeatsOne {
				if err := s.take(t.Context(), fmt.Sprint("r", i%others)); err != nil {
					t.Fatal(err)
				}
			}
			time.AfterFunc(time.Second, func() { s.change("r0", -1, 0) })
			over, stop := context.WithCancel(t.Context())
			stop()
			if err := s.take(over, who); !errors.Is(err, ticket.ErrUnavailable) {
				t.Fatalf("%s, when the time is over: %v", who, err)
			}
			if err := s.take(t.Context(), who); err != nil {
				t.Errorf("%s: %v", who, err)
			}
		})
	}
}

// TestAMessageGivenUpIsNotDecidedOnAnew gives a message up, first too early and then in its decision: nothing comes of that, it is not begun again, its seat
// is free, and nobody waits for an answer that was given.
func TestAMessageGivenUpIsNotDecidedOnAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &seats{of: make(map[string]taken)}
		a := &attempt{seats: s, who: "oLin"}
		if a.giveUp() {
			t.Error("it is given up before it was begun")
		}
		for n := range 2 {
			c, err := a.decide(t.Context(), func() (flows.Change, error) {
				if n > 0 || !a.giveUp() {
					t.Error("it is begun again, or cannot be given up")
					return flows.Change{}, nil
				}
				a.answering.Done()
				return flows.Change{Answer: "记下了"}, nil
			})
			if !errors.Is(err, errGivenUp) || c.Answer != "" {
				t.Errorf("%q, %v", c.Answer, err)
			}
		}
		a.answering.Wait()
		if s.all != (taken{}) || len(s.of) != 0 {
			t.Errorf("seats still taken: %+v", s.all)
		}
	})
}
