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
	take := func() error {
		_, err := st.TakeParcels(t.Context(), st.account, 1, time.Minute)
		return err
	}
	fetch := func() error {
		_, err := st.TakeFetches(t.Context(), st.account, 1, time.Minute)
		return err
	}
	seal := func() error { return st.Seal(t.Context(), st.account, st.clockNow()) }
	for what, do := range map[string]func() error{"a message": say, "a letter": take, "a file": fetch, "a seal": seal} {
		if err := do(); !errors.Is(err, ticket.ErrUnavailable) {
			t.Errorf("%s after a long absence: %v", what, err)
		}
	}
	if err := errors.Join(st.Serving(t.Context()), say(), take(), fetch(), seal()); err != nil {
		t.Errorf("then: %v", err)
	}
	st.rdb.Del(t.Context(), servingKey)
}

// TestTwoRestoresOfOneBackup lets a second restore of the same backup come while the first one looks for room, and go away: it takes away no mark that
// says more than that somebody looks, and who looked while the mark went does not begin.
func TestTwoRestoresOfOneBackup(t *testing.T) {
	st := newStory(t)
	defer st.rdb.Del(t.Context(), restoringKey)
	for range 2 { // both look, whoever came first
		if resumed, err := st.claim(t.Context(), "one"); resumed || err != nil {
			t.Fatal(resumed, err)
		}
	}
	if err := st.overwrites(t.Context(), "one"); err != nil {
		t.Fatal(err)
	}
	if err := st.retreat(t.Context(), "one"); err != nil {
		t.Fatal(err)
	}
	if resumed, err := st.claim(t.Context(), "one"); !resumed || err != nil {
		t.Errorf("the mark of who writes is gone: %v", err)
	}
	st.rdb.Del(t.Context(), restoringKey)
	if _, err := st.claim(t.Context(), "one"); err != nil {
		t.Fatal(err)
	}
	if err := st.retreat(t.Context(), "one"); err != nil {
		t.Fatal(err)
	}
	if err := st.overwrites(t.Context(), "one"); !errors.Is(err, ticket.ErrConflict) {
		t.Errorf("who looked begins without a mark: %v", err)
	}
}
