package store

import (
	"testing"
	"time"

	"frontdesk/ticket"
)

// skewed is another replica on the same Redis, on a machine whose clock is ahead.
func (st *story) skewed(by time.Duration) *Store {
	st.t.Helper()
	s, err := New(Config{Client: st.rdb, Clock: func() time.Time { return st.clockNow().Add(by) }, Ahead: st.passed, Seals: st.t.TempDir()})
	if err != nil {
		st.t.Fatal(err)
	}
	return s
}

// A lease holds against everybody, whatever their clocks say, and is over for everybody at once.
func TestALeaseGoesByNobodysClock(t *testing.T) {
	const hold = 50 * time.Second
	for name, clocks := range map[string][2]time.Duration{
		"the other is ahead": {0, 55 * time.Second}, "the other is behind": {55 * time.Second, 0},
		"the taker slept":      {-10 * time.Minute, 0}, // and goes by the time that its machine counted
		"the other is far off": {0, 3 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			st := newStory(t)
			h, lin := st.ticketOf("wang"), st.officer("3301", "林元众")
			st.withPhotos()
			taker, other := st.skewed(clocks[0]), st.skewed(clocks[1])
			st.act(lin, h.Number, ticket.Step{What: ticket.Claim})
			take := func(s *Store) (letters, files int) {
				t.Helper()
				parcels, err := s.TakeParcels(t.Context(), st.account, 16, hold)
				if err != nil {
					t.Fatal(err)
				}
				fetches, err := s.TakeFetches(t.Context(), st.account, 16, hold)
				if err != nil {
					t.Fatal(err)
				}
				return len(parcels), len(fetches)
			}
			st.pass(11 * time.Minute) // it is due by all clocks
			expect := func(when string, s *Store, wantLetters, wantFiles int) {
				t.Helper()
				if letters, files := take(s); letters != wantLetters || files != wantFiles {
					t.Errorf("%s: %d letters and %d files", when, letters, files)
				}
			}
			expect("at first", taker, 1, 2)
			expect("under the lease", other, 0, 0)
			st.act(lin, h.Number, ticket.Step{What: ticket.Reply, Text: "明天上午来"}) // another letter brings no turn forward
			expect("with more to come", other, 0, 0)
			expect("with more to come, for the one who has it", taker, 0, 0)
			st.pass(hold - time.Second)
			expect("just before the end", other, 0, 0)
			st.pass(time.Second)
			expect("after the end", other, 1, 2)
			expect("under the next lease", taker, 0, 0)
			st.clean()
		})
	}
}

// Without a test's time, leases go by the clock of Redis alone.
func TestLeasesGoByTheClockOfRedis(t *testing.T) {
	st := newStory(t)
	st.act(st.officer("3301", "林元众"), st.ticketOf("wang").Number, ticket.Step{What: ticket.Claim})
	real, err := New(Config{Client: st.rdb, Clock: st.clockNow})
	if err != nil {
		t.Fatal(err)
	}
	take := func(hold time.Duration) int {
		t.Helper()
		got, err := real.TakeParcels(t.Context(), st.account, 16, hold)
		if err != nil {
			t.Fatal(err)
		}
		return len(got)
	}
	if n := take(0); n != 1 {
		t.Fatalf("%d letters", n)
	}
	if n := take(time.Hour); n != 1 {
		t.Errorf("after a lease of no time: %d letters", n)
	}
	st.pass(90 * time.Minute)
	if n := take(time.Hour); n != 0 {
		t.Errorf("the room's clock ended a lease: %d letters", n)
	}
}

// A lease by a clock of Redis that ran far ahead does not hold a letter until the right time has caught up with it; and what was settled leaves
// nothing behind.
func TestNoLeaseIsForEver(t *testing.T) {
	st := newStory(t)
	st.act(st.officer("3301", "林元众"), st.ticketOf("wang").Number, ticket.Step{What: ticket.Claim})
	k, wrong := keysOf(st.account), st.skewed(0)
	wrong.ahead = func() time.Duration { return 24 * time.Hour }
	if got, err := wrong.TakeParcels(t.Context(), st.account, 16, time.Minute); err != nil || len(got) != 1 {
		t.Fatalf("%d letters, %v", len(got), err)
	}
	p := st.parcel()
	st.settled(p, ticket.Delivery{Fate: ticket.Delivered, Via: ticket.ViaService, Tries: 1, At: st.clockNow()})
	st.pass(2 * time.Minute)
	if got, err := st.TakeParcels(t.Context(), st.account, 16, time.Minute); err != nil || len(got) != 0 {
		t.Errorf("%d letters, %v", len(got), err)
	}
	if n := st.rdb.Exists(t.Context(), k.outbox(), k.held(k.outbox()), k.leases()).Val(); n != 0 {
		t.Errorf("%d of the outbox, what is held and the leases are still there", n)
	}
}
