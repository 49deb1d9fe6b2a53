package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/ticket"
)

// waiting is a letter of a ticket that waits in the mailbox after a template message with this number told of it.
func (st *story) waiting(notice string) (ticket.Officer, ticket.Number, func()) {
	st.t.Helper()
	h, lin := st.ticketOf("wang"), st.officer("3301", "林元众")
	st.act(lin, h.Number, ticket.Step{What: ticket.Claim})
	p := st.parcel()
	return lin, h.Number, func() {
		st.settled(p, ticket.Delivery{Fate: ticket.InMailbox, Via: ticket.ViaMailbox, Told: true, Notice: notice, At: st.clockNow()})
	}
}

func (st *story) noticed(number string, a ticket.Arrival) {
	st.t.Helper()
	if err := st.Noticed(st.t.Context(), st.account, number, a); err != nil {
		st.t.Fatal(err)
	}
}

// told says whether the officer reads that the resident was told of the first letter, and the reason beside it.
func (st *story) told(o ticket.Officer, n ticket.Number) (bool, string) {
	st.t.Helper()
	v, err := st.Find(st.t.Context(), o, n)
	if err != nil || len(v.Deliveries) != 1 || v.Deliveries[0].Fate != ticket.InMailbox {
		st.t.Fatalf("%+v, %v", v.Deliveries, err)
	}
	return v.Deliveries[0].Told, v.Deliveries[0].Reason
}

func TestATemplateMessageThatDidNotArriveIsShown(t *testing.T) {
	st := newStory(t)
	o, n, settle := st.waiting("200")
	settle()
	st.noticed("200", ticket.Blocked)
	told, why := st.told(o, n)
	if told || why == "" {
		t.Errorf("after a failure: told %v, %q", told, why)
	}
	st.noticed("200", ticket.Blocked)
	if again, same := st.told(o, n); again != told || same != why {
		t.Errorf("said twice: told %v, %q", again, same)
	}
}

func TestAnOutcomeThatComesBeforeTheSenderIsDone(t *testing.T) {
	st := newStory(t)
	o, n, settle := st.waiting("201")
	st.noticed("201", "failed:system failed")
	st.noticed("999", ticket.Blocked)
	settle()
	if told, why := st.told(o, n); told || why == "" {
		t.Errorf("known before: told %v, %q", told, why)
	}
}

func TestATemplateMessageThatArrived(t *testing.T) {
	st := newStory(t)
	o, n, settle := st.waiting("202")
	settle()
	st.noticed("202", ticket.Arrived)
	if told, why := st.told(o, n); !told || why == "" {
		t.Errorf("told %v, %q", told, why)
	}
	st.converse("wang", st.says(ticket.Step{}))
	st.answered(st.Store, fmt.Sprint("m", st.serial.Load()))
	st.noticed("202", ticket.Blocked)
	if v, err := st.Find(t.Context(), o, n); err != nil || v.Deliveries[0].Fate != ticket.Delivered {
		t.Errorf("a letter that arrived since is %+v, %v", v.Deliveries, err)
	}
	if left := st.rdb.PTTL(t.Context(), keysOf(st.account).notice("202")).Val(); left <= 0 || left > noticeTime+time.Second {
		t.Errorf("the number is kept for %v", left)
	}
}

// TestWhatThePlatformSaysDoesNotUndoADelivery has a letter be delivered with the resident's message while what became of its template message is being
// written down.
func TestWhatThePlatformSaysDoesNotUndoADelivery(t *testing.T) {
	st := newStory(t)
	o, n, settle := st.waiting("203")
	settle()
	v, err := st.Find(t.Context(), o, n)
	if err != nil || len(v.Deliveries) != 1 {
		t.Fatalf("%+v, %v", v.Deliveries, err)
	}
	d := v.Deliveries[0]
	d.Fate = ticket.Delivered
	read, err := encode(d)
	if err != nil {
		t.Fatal(err)
	}
	slow := realRedis(t).(*redis.Client)
	late := st.replica(slow)
	slow.AddHook(before(noticeScript, func() { st.rdb.HSet(t.Context(), keysOf(st.account).deliveries(n), d.Letter, read) }))
	if err := late.Noticed(t.Context(), st.account, "203", ticket.Blocked); err != nil {
		t.Fatal(err)
	}
	if v, err = st.Find(t.Context(), o, n); err != nil || v.Deliveries[0].Fate != ticket.Delivered {
		t.Errorf("what she has read is %+v, %v", v.Deliveries[0], err)
	}
}
