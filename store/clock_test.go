package store

import (
	"testing"
	"time"

	"frontdesk/ticket"
)

// What was put off by a clock that ran ahead does not wait until the right time has caught up with it.
func TestNothingWaitsForAClockThatRanAhead(t *testing.T) {
	for _, jump := range []time.Duration{24 * time.Hour, -24 * time.Hour} {
		st := newStory(t)
		h, lin := st.ticketOf("wang"), st.officer("3301", "林元众")
		st.withPhotos()
		st.pass(jump)
		st.act(lin, h.Number, ticket.Step{What: ticket.Claim})
		p := st.parcels()["wang"]
		st.settled(p, ticket.Delivery{Fate: ticket.Sending, Tries: 1, At: st.clockNow(), NextTry: st.clockNow().Add(30 * time.Minute)})
		st.ticketOf("chen")
		for _, f := range st.fetches() {
			if err := st.SettleFetch(t.Context(), f, f.File, st.clockNow().Add(30*time.Minute)); err != nil {
				t.Fatal(err)
			}
		}
		st.pass(-jump)
		if got := st.parcels(); len(got) != 1 || got["wang"].Letter.ID != p.Letter.ID || got["wang"].Delivery.Tries != 1 {
			t.Errorf("%v: letters due: %d", jump, len(got))
		}
		if got := st.fetches(); len(got) != 2 {
			t.Errorf("%v: files due: %d", jump, len(got))
		}
		if got := st.parcels(); len(got) != 0 { // the lease was taken by the right time
			t.Errorf("%v: a lease does not hold", jump)
		}
		st.clean()
	}
}

// Histories go forward only, and no number or identity comes twice, however the clock goes.
func TestHistoriesOutliveAJump(t *testing.T) {
	st := newStory(t)
	h, lin := st.ticketOf("wang"), st.officer("3301", "林元众")
	numbers := map[ticket.Number]bool{h.Number: true}
	for _, jump := range []time.Duration{10 * time.Minute, -20 * time.Minute, 24 * time.Hour, -48 * time.Hour} {
		st.act(lin, h.Number, ticket.Step{What: ticket.Note, Text: "看过了"})
		st.pass(jump)
		st.converse("wang", st.opens(st.opening("wang")))
		if err := st.Seal(t.Context(), st.account, st.clockNow()); err != nil {
			t.Fatal(err)
		}
	}
	for _, one := range st.record("wang").Tickets {
		numbers[one.Number] = true
	}
	v, err := st.Find(t.Context(), lin, h.Number)
	if err != nil || len(v.Entries) != 5 || len(numbers) != 5 {
		t.Fatalf("%d entries, %d tickets, %v", len(v.Entries), len(numbers), err)
	}
	for i, e := range v.Entries[1:] {
		if e.At.Before(v.Entries[i].At) {
			t.Errorf("entry %d is older than the one before it", e.Seq)
		}
	}
	st.clean()
}

// A ticket on which the program breaks does not keep the clock from the others.
func TestATicketThatBreaksTheClock(t *testing.T) {
	st := newStory(t)
	lin := st.officer("3301", "林元众")
	for _, who := range []string{"wang", "chen"} {
		st.act(lin, st.ticketOf(who).Number, ticket.Step{What: ticket.Claim})
	}
	st.pass(25 * time.Hour)
	breaks := true
	s, err := New(Config{Client: st.rdb, Clock: func() time.Time {
		if breaks {
			breaks = false
			panic("wang")
		}
		return st.clockNow()
	}})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := s.Wake(t.Context(), st.account, st.clockNow()); n != 1 || err == nil {
		t.Errorf("%d moved, %v", n, err)
	}
	if n, err := s.Wake(t.Context(), st.account, st.clockNow()); n != 1 || err != nil {
		t.Errorf("then %d moved, %v", n, err)
	}
	st.clean()
}
