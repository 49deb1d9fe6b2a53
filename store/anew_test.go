package store

import (
	"errors"
	"testing"
	"time"

	"frontdesk/ticket"
)

// TestWhatIsRememberedIsWrittenAnew has a message and an officer's step come again where a replica has to confirm what is written. WAIT counts
// the replicas that have what its connection wrote; one that wrote nothing would be told, by Redis 7.2 and later, that all have it. So what is
// remembered has to be written once more with the question, which shows here in how long it is kept.
func TestWhatIsRememberedIsWrittenAnew(t *testing.T) {
	st := newStory(t)
	n := st.ticketOf("wang").Number
	k := keysOf(st.account)
	careful, err := New(Config{Client: st.rdb, Clock: st.clockNow, Seals: t.TempDir(), Replicas: 1})
	if err != nil {
		t.Fatal(err)
	}
	say := func(s *Store) error {
		_, err := s.Converse(t.Context(), st.account, "wang", "again", st.says(ticket.Step{What: ticket.Say, Text: "还有一件"}))
		return err
	}
	if err := say(st.Store); err != nil {
		t.Fatal(err)
	}
	if _, err := st.Act(t.Context(), st.officer("lin", "林元众"), n, "claim", ticket.Step{What: ticket.Claim}); err != nil {
		t.Fatal(err)
	}
	act := func() error {
		_, err := careful.Act(t.Context(), st.officer("lin", "林元众"), n, "claim", ticket.Step{What: ticket.Claim})
		return err
	}
	for key, again := range map[string]func() error{
		k.answered("again"): func() error { return say(careful) }, k.asked("lin", n, "claim"): act,
	} {
		if ok, err := st.rdb.Expire(t.Context(), key, time.Minute).Result(); !ok || err != nil {
			t.Fatalf("%s: %v, %v", key, ok, err)
		}
		if err := again(); !errors.Is(err, ticket.ErrUnavailable) { // there is no replica
			t.Errorf("%s: %v", key, err)
		}
		if left := st.rdb.TTL(t.Context(), key).Val(); left <= 24*time.Hour { // a clock that is put a day ahead must not end it
			t.Errorf("%s was not written anew, or not for long: kept for %v", key, left)
		}
	}
}

// TestWhatASealWillCoverIsConfirmed has a front desk read what is to be sealed where a replica has to confirm it, for the same reason: a seal outside Redis
// must not cover what a failover undoes.
func TestWhatASealWillCoverIsConfirmed(t *testing.T) {
	st := newStory(t)
	st.ticketOf("wang")
	careful, err := New(Config{Client: st.rdb, Clock: st.clockNow, Seals: t.TempDir(), Replicas: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := careful.Seal(t.Context(), st.account, st.clockNow()); !errors.Is(err, ticket.ErrUnavailable) { // there is no replica
		t.Errorf("sealed, %v", err)
	}
	if n := st.rdb.Exists(t.Context(), keysOf(st.account).touched()).Val(); n != 1 {
		t.Error("nothing was written that a replica could confirm")
	}
}

// TestAServerThatDoesNotKnowTheScripts has a server that has just become the primary: it has none of them, and what has to be confirmed is written all
// the same.
func TestAServerThatDoesNotKnowTheScripts(t *testing.T) {
	st := newStory(t)
	n := st.ticketOf("wang").Number
	careful, err := New(Config{Client: st.rdb, Clock: st.clockNow, Seals: t.TempDir(), Replicas: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := st.rdb.ScriptFlush(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	_, err = careful.Act(t.Context(), st.officer("lin", "林元众"), n, "claim", ticket.Step{What: ticket.Claim})
	if !errors.Is(err, ticket.ErrUnavailable) { // there is no replica
		t.Errorf("without a replica: %v", err)
	}
	if got := st.record("wang").Tickets[0].Status; got != ticket.Claimed {
		t.Errorf("the ticket is %s", got)
	}
}
