package store

import (
	"strings"
	"testing"
	"time"

	"frontdesk/ticket"
)

// TestALetterBehindAnotherSaysWhy holds an officer's two letters back at the first one: the second says that it waits, and for what.
func TestALetterBehindAnotherSaysWhy(t *testing.T) {
	st := newStory(t)
	h, lin := st.ticketOf("wang"), st.officer("3301", "林元众")
	st.act(lin, h.Number, ticket.Step{What: ticket.Claim})
	st.settled(st.parcel(), ticket.Delivery{Fate: ticket.Delivered, Via: ticket.ViaService, Tries: 1, At: st.clockNow()})
	st.act(lin, h.Number, ticket.Step{What: ticket.Reply, Text: "明天上午来"})
	st.act(lin, h.Number, ticket.Step{What: ticket.Reply, Text: "带上户口簿"})
	letters := func(n ticket.Number) []ticket.Delivery {
		t.Helper()
		v, err := st.Find(t.Context(), lin, n)
		if err != nil {
			t.Fatal(err)
		}
		return v.Deliveries
	}
	list := letters(h.Number)
	if len(list) != 3 || list[0].Queued || list[1].Queued || list[1].Reason != "" {
		t.Fatalf("the one in front: %+v", list)
	}
	if second := list[2]; !second.Queued || !strings.Contains(second.Reason, "前面还有一封") || strings.Contains(second.Reason, "那一封") {
		t.Errorf("behind one that nothing is known of yet: %+v", second)
	}
	next := st.clockNow().Add(time.Hour)
	st.settled(st.parcel(), ticket.Delivery{Fate: ticket.Sending, Tries: 2, Reason: "公众号今天的发送额度用完了。", At: st.clockNow(), NextTry: next})
	list = letters(h.Number)
	if second := list[2]; !second.Queued || !strings.Contains(second.Reason, "额度") || !second.NextTry.Equal(next) || second.Tries != 2 {
		t.Errorf("behind one that waits: %+v", second)
	}
	st.pass(time.Minute)
	other := st.ticketOf("wang") // of the same resident, answered by somebody else
	st.act(st.officer("3302", "周敏"), other.Number, ticket.Step{What: ticket.Claim})
	if list := letters(other.Number); len(list) != 1 || !list[0].Queued || !strings.Contains(list[0].Reason, "额度") {
		t.Errorf("behind a letter about another ticket: %+v", list)
	}
	st.pass(time.Hour)
	st.settled(st.parcel(), ticket.Delivery{Fate: ticket.Delivered, Via: ticket.ViaService, Tries: 3, At: st.clockNow()})
	list = letters(h.Number)
	if second := list[2]; second.Queued || second.Reason != "" || second.Fate != ticket.Sending {
		t.Errorf("once it is in front: %+v", second)
	}
}

// TestALetterBehindOneThatCannotBeRead holds that a page opens all the same.
func TestALetterBehindOneThatCannotBeRead(t *testing.T) {
	st := newStory(t)
	h, lin := st.ticketOf("wang"), st.officer("3301", "林元众")
	st.act(lin, h.Number, ticket.Step{What: ticket.Claim})
	k := keysOf(st.account)
	if err := st.rdb.LPush(t.Context(), k.underWay("wang"), "{").Err(); err != nil {
		t.Fatal(err)
	}
	v, err := st.Find(t.Context(), lin, h.Number)
	if err != nil || len(v.Deliveries) != 1 || !v.Deliveries[0].Queued {
		t.Errorf("%+v, %v", v.Deliveries, err)
	}
}
