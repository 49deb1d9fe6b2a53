package store

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/ticket"
)

// TestASealThatCameSecondIsMadeAgain has another front desk seal first, when this one has read what it wants to cover: a ticket that only this one
// has seen must not stay uncovered, for it may be the last seal before the end.
func TestASealThatCameSecondIsMadeAgain(t *testing.T) {
	st := newStory(t)
	st.ticketOf("wang")
	slow := realRedis(t).(*redis.Client)
	if err := sealScript.Load(t.Context(), slow).Err(); err != nil {
		t.Fatal(err)
	}
	other, late := st.Store, st.replica(slow)
	slow.AddHook(before(sealScript, func() {
		if err := other.Seal(t.Context(), st.account, st.clockNow()); err != nil {
			t.Error(err)
		}
		if _, err := other.Converse(t.Context(), st.account, "li", "last", st.opens(st.opening("li"))); err != nil {
			t.Error(err)
		}
	}))
	if err := late.Seal(t.Context(), st.account, st.clockNow().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if n := st.rdb.HLen(t.Context(), keysOf(st.account).unsealed()).Val(); n > 0 {
		t.Errorf("%d tickets are not sealed, and nobody was told", n)
	}
	st.clean()
}

// TestWhatGrewMeanwhileStaysUncovered has a ticket grow after a front desk has read what it is about to seal.
func TestWhatGrewMeanwhileStaysUncovered(t *testing.T) {
	st := newStory(t)
	st.ticketOf("wang")
	slow := realRedis(t).(*redis.Client)
	if err := sealScript.Load(t.Context(), slow).Err(); err != nil {
		t.Fatal(err)
	}
	late := st.replica(slow)
	slow.AddHook(before(sealScript, func() { st.converse("wang", st.says(ticket.Step{What: ticket.Say, Text: "又吵了"})) }))
	if err := late.Seal(t.Context(), st.account, st.clockNow()); err != nil {
		t.Fatal(err)
	}
	if n := st.rdb.HLen(t.Context(), keysOf(st.account).unsealed()).Val(); n != 1 {
		t.Errorf("%d tickets wait for the next seal, not the one that grew", n)
	}
	st.clean()
}
