package store

import (
	"errors"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/flows"
	"frontdesk/ticket"
)

// This file holds what comes between the look of a front desk and its commit.

// meanwhile is a front desk that is overtaken: something is done right before its next commit.
func (st *story) meanwhile(do func()) *Store {
	st.t.Helper()
	slow := realRedis(st.t).(*redis.Client)
	if err := commitScript.Load(st.t.Context(), slow).Err(); err != nil {
		st.t.Fatal(err)
	}
	slow.AddHook(before(commitScript, do))
	return st.replica(slow)
}

// photo is a file that a resident sent while no ticket shows it yet, in the hands of a fetcher.
func (st *story) photo() ticket.Fetch {
	st.t.Helper()
	st.converse("wang", func(flows.Resident) (flows.Change, error) {
		return flows.Change{Fetch: []ticket.Attachment{{ID: "p", Kind: ticket.Photo, State: ticket.MediaPending}}, Answer: "收到照片了"}, nil
	})
	got, err := st.TakeFetches(st.t.Context(), st.account, 1, time.Minute)
	if err != nil || len(got) != 1 {
		st.t.Fatalf("%d fetches, %v", len(got), err)
	}
	return got[0]
}

// TestATicketShowsAFileThatIsSettledMeanwhile opens the ticket of a photo right before what became of the photo is written down: the history tells it.
func TestATicketShowsAFileThatIsSettledMeanwhile(t *testing.T) {
	for fate, settle := range map[ticket.MediaState]func(*Store, ticket.Fetch) error{
		ticket.MediaKept: func(s *Store, f ticket.Fetch) error {
			f.File.State, f.File.Digest = ticket.MediaKept, "d"
			return s.SettleFetch(t.Context(), f, f.File, time.Time{})
		},
		ticket.MediaLost: func(s *Store, f ticket.Fetch) error {
			_, err := s.BuryFetch(t.Context(), f, ticket.Panicked, "it broke")
			return err
		},
	} {
		st := newStory(t)
		f := st.photo()
		o := st.opening("wang")
		o.Media = []ticket.Attachment{{ID: "p", Kind: ticket.Photo}}
		if err := settle(st.meanwhile(func() { st.converse("wang", st.opens(o)) }), f); err != nil {
			t.Fatal(err)
		}
		v, err := st.Find(t.Context(), st.officer("1", "林元众"), st.record("wang").Tickets[0].Number)
		if err != nil || len(v.Media) != 1 || v.Media[0].State != fate {
			t.Errorf("the ticket shows %+v, not %s, %v", v.Media, fate, err)
		}
		if left := st.rdb.ZCard(t.Context(), keysOf(st.account).fetches()).Val(); left != 0 {
			t.Errorf("%d files are still to be fetched", left)
		}
	}
}

// TestAFileThatIsKeptMeanwhileIsNotFetchedAnew puts a dead file through right after somebody else did, who fetched it: a restored backup may hold it twice.
func TestAFileThatIsKeptMeanwhileIsNotFetchedAnew(t *testing.T) {
	st := newStory(t)
	d, err := st.BuryFetch(t.Context(), st.photo(), ticket.Panicked, "it broke")
	if err != nil {
		t.Fatal(err)
	}
	whole, err := st.DeadLetter(t.Context(), st.account, d.ID)
	if err != nil {
		t.Fatal(err)
	}
	slow := st.meanwhile(func() {
		if err := st.ReplayWork(t.Context(), whole); err != nil {
			t.Fatal(err)
		}
		kept := st.fetches()["p"]
		kept.File.State, kept.File.Digest = ticket.MediaKept, "d"
		if err := st.SettleFetch(t.Context(), kept, kept.File, time.Time{}); err != nil {
			t.Fatal(err)
		}
		st.buried(whole)
	})
	if err := slow.ReplayWork(t.Context(), whole); err != nil {
		t.Error(err)
	}
	if left := st.fetches(); len(left) != 0 || len(st.deadOnes()) != 0 {
		t.Errorf("to be fetched: %+v, dead: %d", left, len(st.deadOnes()))
	}
}

// TestATicketThatMovesStaysWithItsOfficer has an officer write a note right before the clock gives their ticket back.
func TestATicketThatMovesStaysWithItsOfficer(t *testing.T) {
	st := newStory(t)
	h, lin := st.ticketOf("wang"), st.officer("3301", "林元众")
	st.act(lin, h.Number, ticket.Step{What: ticket.Claim})
	st.pass(48 * time.Hour)
	late := st.meanwhile(func() { st.act(lin, h.Number, ticket.Step{What: ticket.Note, Text: "明天去一趟"}) })
	if n, err := late.Wake(t.Context(), st.account, st.clockNow()); n != 0 || err != nil {
		t.Errorf("woke %d, %v", n, err)
	}
	if v, err := st.Find(t.Context(), lin, h.Number); err != nil || v.Assignee != lin.ID {
		t.Errorf("it is %q's, %v", v.Assignee, err)
	}
}

// TestARequestIsOfOneOfficer has two officers' browsers draw the same id for the claim of one ticket.
func TestARequestIsOfOneOfficer(t *testing.T) {
	st := newStory(t)
	h := st.ticketOf("wang")
	if _, err := st.Act(t.Context(), st.officer("3301", "林元众"), h.Number, "once", ticket.Step{What: ticket.Claim}); err != nil {
		t.Fatal(err)
	}
	var taken ticket.Taken
	if _, err := st.Act(t.Context(), st.officer("3302", "周敏"), h.Number, "once", ticket.Step{What: ticket.Claim}); !errors.As(err, &taken) {
		t.Errorf("the other one hears %v", err)
	}
}

// TestARepeatedRequestTellsOnlyWhatMayBeSeen has an officer who was moved to another station repeat what they did at the old one.
func TestARepeatedRequestTellsOnlyWhatMayBeSeen(t *testing.T) {
	st := newStory(t)
	h, lin := st.ticketOf("wang"), st.officer("3301", "林元众")
	if _, err := st.Act(t.Context(), lin, h.Number, "once", ticket.Step{What: ticket.Claim}); err != nil {
		t.Fatal(err)
	}
	lin.Station = "west"
	if got, err := st.Act(t.Context(), lin, h.Number, "once", ticket.Step{What: ticket.Claim}); err != nil || got != (ticket.Header{Number: h.Number}) {
		t.Errorf("they are told of %q, %v", got.Title, err)
	}
}

// TestWindowsAreOnlySpentWhileTheyAreOpen sends a piece when a resident's messages lie two days back and they have just tapped; then the platform says that
// no window is open.
func TestWindowsAreOnlySpentWhileTheyAreOpen(t *testing.T) {
	st := newStory(t)
	h, lin := st.ticketOf("wang"), st.officer("3301", "林元众")
	st.pass(49 * time.Hour)
	st.converse("wang", func(flows.Resident) (flows.Change, error) {
		return flows.Change{Followed: true, Opens: flows.OpensTap, Answer: "好的"}, nil
	})
	st.act(lin, h.Number, ticket.Step{What: ticket.Claim})
	st.settled(st.parcel(), ticket.Delivery{Fate: ticket.Delivered, Via: ticket.ViaService, Tries: 1, At: st.clockNow()})
	st.act(lin, h.Number, ticket.Step{What: ticket.Reply, Text: "明天上午来"})
	p := st.parcel()
	if p.Window.TapLeft != 2 || p.Window.MessageLeft != 5 {
		t.Errorf("left are %+v", p.Window)
	}
	st.settled(p, ticket.Delivery{Fate: ticket.InMailbox, Via: ticket.ViaMailbox, Tries: 1, At: st.clockNow()})
	st.act(lin, h.Number, ticket.Step{What: ticket.Reply, Text: "下午也行"})
	if p := st.parcel(); p.Window.TapLeft != 0 || p.Window.MessageLeft != 0 {
		t.Errorf("left are %+v", p.Window)
	}
}
