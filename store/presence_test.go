package store

import (
	"errors"
	"testing"
	"time"

	"frontdesk/flows"
	"frontdesk/ticket"
)

// TestWhoWasAwayWritesNothing stops a front desk for so long that a restore may have begun: it writes again when it has seen that none has.
func TestWhoWasAwayWritesNothing(t *testing.T) {
	st := newStory(t)
	say := func() error {
		_, err := st.Converse(t.Context(), st.account, "wang", "hello", func(r flows.Resident) (flows.Change, error) {
			return flows.Change{Followed: true, Answer: "您好"}, nil
		})
		return err
	}
	if err := st.Serving(t.Context()); err != nil {
		t.Fatal(err)
	}
	long := time.Now().Add(-2 * ServingTime)
	st.served.Store(&long)
	if err := say(); !errors.Is(err, ticket.ErrUnavailable) {
		t.Errorf("after a long absence: %v", err)
	}
	if err := errors.Join(st.Serving(t.Context()), say()); err != nil {
		t.Errorf("then: %v", err)
	}
	st.rdb.Del(t.Context(), servingKey)
}
