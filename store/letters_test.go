package store

import (
	"github.com/redis/go-redis/v9"

	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"frontdesk/flows"
	"frontdesk/ticket"
)

func (st *story) parcel() ticket.Parcel {
	st.t.Helper()
	got, err := st.TakeParcels(st.t.Context(), st.account, 10, time.Minute)
	if err != nil || len(got) != 1 {
		st.t.Fatalf("%d parcels, %v", len(got), err)
	}
	return got[0]
}

func (st *story) settled(p ticket.Parcel, d ticket.Delivery) {
	st.t.Helper()
	if err := st.SettleParcel(st.t.Context(), p, d); err != nil {
		st.t.Fatal(err)
	}
}

func TestALetterWaitsInTheMailbox(t *testing.T) {
	st := newStory(t)
	h, lin := st.ticketOf("wang"), st.officer("3301", "林元众")
	st.act(lin, h.Number, ticket.Step{What: ticket.Claim})
	st.act(lin, h.Number, ticket.Step{What: ticket.Reply, Text: "明天上午来"})
	first := st.parcel()
	if first.Window.MessageLeft != 5 || !first.Followed || first.Letter.Seq != 2 {
		t.Fatalf("first parcel: %+v", first.Window)
	}
	st.settled(first, ticket.Delivery{Fate: ticket.Delivered, Via: ticket.ViaService, Tries: 1, At: st.clockNow()})
	second := st.parcel()
	if second.Window.MessageLeft != 4 {
		t.Errorf("a message was sent, %d are left", second.Window.MessageLeft)
	}
	st.settled(second, ticket.Delivery{Fate: ticket.InMailbox, Via: ticket.ViaMailbox, Tries: 1, At: st.clockNow()})
	answer := st.converse("wang", st.says(ticket.Step{}))
	if !strings.Contains(answer, "明天上午来") {
		t.Errorf("the answer is %q", answer)
	}
	if err := st.Answered(t.Context(), st.account, "wang", fmt.Sprint("m", st.serial.Load())); err != nil {
		t.Fatal(err)
	}
	v, err := st.Find(t.Context(), lin, h.Number)
	if err != nil || len(v.Deliveries) != 2 || v.Deliveries[1].Via != ticket.ViaAnswer || v.Deliveries[1].Fate != ticket.Delivered {
		t.Errorf("deliveries %+v, %v", v.Deliveries, err)
	}
	if left := st.record("wang").Mailbox; len(left) != 0 {
		t.Errorf("%d letters still wait", len(left))
	}
}

// TestPiecesAreSpent sends a letter of four pieces, two by two.
func TestPiecesAreSpent(t *testing.T) {
	st := newStory(t)
	h, lin := st.ticketOf("wang"), st.officer("3301", "林元众")
	st.act(lin, h.Number, ticket.Step{What: ticket.Claim})
	st.settled(st.parcel(), ticket.Delivery{Fate: ticket.Sending, Via: ticket.ViaService, Tries: 1, Sent: 2, At: st.clockNow()})
	st.act(lin, h.Number, ticket.Step{What: ticket.Reply, Text: "明天上午来"})
	p := st.parcel()
	if p.Delivery.Sent != 2 || p.Window.MessageLeft != 3 {
		t.Errorf("after two pieces: %d are sent, %d are left", p.Delivery.Sent, p.Window.MessageLeft)
	}
	st.settled(p, ticket.Delivery{Fate: ticket.Delivered, Via: ticket.ViaService, Tries: 2, Sent: 4, At: st.clockNow()})
	if p := st.parcel(); p.Window.MessageLeft != 1 || p.Delivery.Sent != 0 {
		t.Errorf("after four pieces %d are left; of the next one %d are sent", p.Window.MessageLeft, p.Delivery.Sent)
	}
}

// TestOneWindowIsSpentBeforeTheOther has a resident write and tap in the same minute: what was sent is taken from the two of them once.
func TestOneWindowIsSpentBeforeTheOther(t *testing.T) {
	st := newStory(t)
	h, lin := st.ticketOf("wang"), st.officer("3301", "林元众")
	st.converse("wang", func(flows.Resident) (flows.Change, error) {
		return flows.Change{Followed: true, Opens: flows.OpensTap, Answer: "好的"}, nil
	})
	for _, want := range []struct{ pieces, message, tap int }{{1, 4, 3}, {6, 0, 1}, {9, 0, 0}} {
		st.act(lin, h.Number, ticket.Step{What: map[bool]ticket.What{true: ticket.Claim, false: ticket.Reply}[want.pieces == 1], Text: "话"})
		st.settled(st.parcel(), ticket.Delivery{Fate: ticket.Delivered, Via: ticket.ViaService, Sent: want.pieces, At: st.clockNow()})
		got := st.rdb.HMGet(t.Context(), keysOf(st.account).resident("wang"), "ml", "tl").Val()
		if number(got[0]) != int64(want.message) || number(got[1]) != int64(want.tap) {
			t.Errorf("after %d pieces %v are left, want %d and %d", want.pieces, got, want.message, want.tap)
		}
	}
}

// TestTheRestOfAnUnsureLetter is in the mailbox: that it arrives says nothing of the piece before it.
func TestTheRestOfAnUnsureLetter(t *testing.T) {
	st := newStory(t)
	h, lin := st.ticketOf("wang"), st.officer("3301", "林元众")
	st.act(lin, h.Number, ticket.Step{What: ticket.Claim})
	p := st.parcel()
	p.Letter.Text, p.Letter.Unsure = "余下的话", true
	st.settled(p, ticket.Delivery{Fate: ticket.InMailbox, Via: ticket.ViaMailbox, Tries: 3, Sent: 1, Unsure: true, At: st.clockNow()})
	if answer, err := st.asks(st.Store, "x1"); err != nil || !strings.Contains(answer, "余下的话") {
		t.Fatalf("answered %q, %v", answer, err)
	}
	st.answered(st.Store, "x1")
	if d := st.newest(h.Number); d.Fate != ticket.Unconfirmed || d.Reason != unsureReason {
		t.Errorf("it is %+v", d)
	}
}

// TestALongLetterLeavesTheWindowToAShortOne has a letter of more pieces than may be sent go to the mailbox without a try: the window that it left alone is
// still there for the next one.
func TestALongLetterLeavesTheWindowToAShortOne(t *testing.T) {
	st := newStory(t)
	h, lin := st.ticketOf("wang"), st.officer("3301", "林元众")
	st.act(lin, h.Number, ticket.Step{What: ticket.Claim})
	st.settled(st.parcel(), ticket.Delivery{Fate: ticket.InMailbox, Via: ticket.ViaMailbox, At: st.clockNow()})
	st.act(lin, h.Number, ticket.Step{What: ticket.Reply, Text: "明天上午来"})
	if p := st.parcel(); p.Window.MessageLeft != 5 {
		t.Errorf("%d are left", p.Window.MessageLeft)
	}
}

// TestNothingWaitsForWhoLeft has a resident leave while the sender holds a letter to them.
func TestNothingWaitsForWhoLeft(t *testing.T) {
	st := newStory(t)
	h, lin := st.ticketOf("wang"), st.officer("3301", "林元众")
	st.act(lin, h.Number, ticket.Step{What: ticket.Claim})
	p := st.parcel()
	st.converse("wang", func(flows.Resident) (flows.Change, error) { return flows.Change{Forget: true}, nil })
	st.settled(p, ticket.Delivery{Fate: ticket.InMailbox, Via: ticket.ViaMailbox, Notice: "301", Told: true, At: st.clockNow()})
	if n := st.rdb.Exists(t.Context(), keysOf(st.account).mailbox("wang")).Val(); n != 0 {
		t.Error("their mailbox holds a letter")
	}
	if d := st.newest(h.Number); d.Fate != ticket.Failed || d.Reason != leftReason {
		t.Errorf("the officer sees %+v", d)
	}
	if left, err := st.TakeParcels(t.Context(), st.account, 10, time.Minute); err != nil || len(left) != 0 {
		t.Errorf("%d letters are still due, %v", len(left), err)
	}
	st.clean()
}

func TestALeaseThatIsOver(t *testing.T) {
	st := newStory(t)
	h, lin := st.ticketOf("wang"), st.officer("3301", "林元众")
	st.act(lin, h.Number, ticket.Step{What: ticket.Claim})
	late := st.parcel()
	if again, _ := st.TakeParcels(t.Context(), st.account, 10, time.Minute); len(again) != 0 {
		t.Error("a letter under a lease was given twice")
	}
	st.pass(2 * time.Minute)
	st.settled(st.parcel(), ticket.Delivery{Fate: ticket.Sending, Tries: 1, At: st.clockNow(), NextTry: st.clockNow().Add(time.Hour)})
	if err := st.SettleParcel(t.Context(), late, ticket.Delivery{Fate: ticket.Delivered}); !errors.Is(err, ticket.ErrConflict) {
		t.Errorf("a late settlement: %v", err)
	}
	if early, _ := st.TakeParcels(t.Context(), st.account, 10, time.Minute); len(early) != 0 {
		t.Error("it came before its time")
	}
	st.pass(time.Hour)
	if p := st.parcel(); p.Delivery.Tries != 1 {
		t.Errorf("tries are forgotten: %+v", p.Delivery)
	}
}

// TestATryThatBegins has a sender die in a try: whoever takes the letter next finds it begun, and the dead one can begin nothing more.
func TestATryThatBegins(t *testing.T) {
	st := newStory(t)
	h, lin := st.ticketOf("wang"), st.officer("3301", "林元众")
	st.act(lin, h.Number, ticket.Step{What: ticket.Claim})
	dead := st.parcel()
	begun := ticket.Delivery{Fate: ticket.Sending, Via: ticket.ViaService, Tries: 1, Sent: 1, Begun: "one", At: st.clockNow()}
	if err := st.BeginParcel(t.Context(), dead, begun); err != nil {
		t.Fatal(err)
	}
	if d := st.newest(h.Number); d.Fate != ticket.Sending || d.Letter != dead.Letter.ID || d.Seq != dead.Letter.Seq {
		t.Errorf("the officer sees %+v", d)
	}
	st.pass(2 * time.Minute)
	p := st.parcel()
	if p.Delivery.Sent != 1 || p.Delivery.Begun != "one" || p.Delivery.Tries != 1 {
		t.Errorf("it comes again as %+v", p.Delivery)
	}
	begun.Begun = "two"
	if err := st.BeginParcel(t.Context(), dead, begun); !errors.Is(err, ticket.ErrConflict) {
		t.Errorf("a late beginning: %v", err)
	}
	st.settled(p, ticket.Delivery{Fate: ticket.Delivered, Via: ticket.ViaService, Sent: 2, At: st.clockNow()})
	if err := st.BeginParcel(t.Context(), p, begun); !errors.Is(err, ticket.ErrConflict) {
		t.Errorf("a beginning after the end: %v", err)
	}
	if d := st.newest(h.Number); d.Fate != ticket.Delivered {
		t.Errorf("the officer sees %+v", d)
	}
	st.clean()
}

func TestFilesBeforeAndAfterTheTicket(t *testing.T) {
	st := newStory(t)
	photo := func(id string) ticket.Attachment {
		return ticket.Attachment{ID: id, Kind: ticket.Photo, State: ticket.MediaPending}
	}
	sends := func(id string) {
		st.converse("wang", func(flows.Resident) (flows.Change, error) {
			return flows.Change{Followed: true, Fetch: []ticket.Attachment{photo(id)}, Answer: "收到"}, nil
		})
	}
	fetch := func() ticket.Fetch {
		t.Helper()
		got, err := st.TakeFetches(t.Context(), st.account, 10, time.Minute)
		if err != nil || len(got) != 1 {
			t.Fatalf("%d fetches, %v", len(got), err)
		}
		return got[0]
	}
	kept := photo("early")
	kept.State, kept.Digest, kept.Type = ticket.MediaKept, "d1", "image/jpeg"
	sends("early")
	if err := st.SettleFetch(t.Context(), fetch(), kept, time.Time{}); err != nil {
		t.Fatal(err)
	}
	sends("late")
	o := st.opening("wang")
	o.Media = []ticket.Attachment{photo("early"), photo("late")}
	st.converse("wang", st.opens(o))
	f := fetch()
	if f.File.ID != "late" {
		t.Fatalf("fetch %s", f.File.ID)
	}
	if err := st.SettleFetch(t.Context(), f, f.File, st.clockNow().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	st.pass(time.Minute)
	f = fetch()
	lost := f.File
	lost.State, lost.Reason = ticket.MediaLost, "太大"
	if err := st.SettleFetch(t.Context(), f, lost, time.Time{}); err != nil || f.Tries != 1 {
		t.Fatalf("tries %d, %v", f.Tries, err)
	}
	if err := st.SettleFetch(t.Context(), f, lost, time.Time{}); err == nil {
		v, _ := st.Find(t.Context(), st.officer("1", "林元众"), st.record("wang").Tickets[0].Number)
		if len(v.Entries) != 3 {
			t.Errorf("settled twice: %d entries", len(v.Entries))
		}
	}
	v, err := st.Find(t.Context(), st.officer("1", "林元众"), st.record("wang").Tickets[0].Number)
	if err != nil || len(v.Media) != 2 || v.Media[0] != kept || v.Media[1].State != ticket.MediaLost {
		t.Errorf("media %+v, %v", v.Media, err)
	}
	st.clean()
}

func TestTheClockActs(t *testing.T) {
	st := newStory(t)
	silent, done, lin := st.ticketOf("wang"), st.ticketOf("li"), st.officer("3301", "林元众")
	st.act(lin, silent.Number, ticket.Step{What: ticket.Claim})
	st.act(lin, done.Number, ticket.Step{What: ticket.Claim})
	st.act(lin, done.Number, ticket.Step{What: ticket.Resolve})
	st.pass(ticket.Objection + time.Minute)
	for _, want := range []int{2, 0} {
		if n, err := st.Wake(t.Context(), st.account, st.clockNow()); err != nil || n != want {
			t.Fatalf("woke %d, %v", n, err)
		}
	}
	if got := st.record("wang").Tickets[0].Status; got != ticket.Queued {
		t.Errorf("the silent officer's ticket is %s", got)
	}
	if got := st.record("li").Tickets[0].Status; got != ticket.Closed {
		t.Errorf("the resolved ticket is %s", got)
	}
	st.clean()
}

func TestWhatIsCutIsNoticed(t *testing.T) {
	st := newStory(t)
	h, lin := st.ticketOf("wang"), st.officer("3301", "林元众")
	before := st.dump(h.Number)
	st.act(lin, h.Number, ticket.Step{What: ticket.Claim})
	if err := st.Seal(t.Context(), st.account, st.clockNow()); err != nil {
		t.Fatal(err)
	}
	st.clean()
	// Somebody cuts the last entry off and puts every projection and the seals back as they were: only the kept seal knows.
	k := keysOf(st.account)
	st.rdb.RPop(t.Context(), k.entries(h.Number))
	st.rdb.HSet(t.Context(), k.ticket(h.Number), before)
	st.rdb.Del(t.Context(), k.seals())
	found, err := st.Fsck(t.Context(), st.account)
	if err != nil || !strings.Contains(strings.Join(found, "\n"), "kept seal 1: entry 2 of ticket "+string(h.Number)) {
		t.Errorf("fsck says %q, %v", found, err)
	}
}

func (st *story) dump(n ticket.Number) map[string]string {
	return st.rdb.HGetAll(st.t.Context(), keysOf(st.account).ticket(n)).Val()
}

func TestFsckNamesEachDifference(t *testing.T) {
	ctx := t.Context()
	for name, harm := range map[string]func(*story, keys, ticket.Header){
		"missing": func(st *story, k keys, h ticket.Header) {
			st.rdb.ZRem(ctx, k.list(ticket.ListQueue, "main", false), string(h.Number))
		},
		"list:queue:: ": func(st *story, k keys, h ticket.Header) {
			st.rdb.ZRem(ctx, k.list(ticket.ListQueue, everywhere, false), string(h.Number))
		},
		"wrong place": func(st *story, k keys, h ticket.Header) {
			st.rdb.ZIncrBy(ctx, k.list(ticket.ListOpen, "main", false), 1, string(h.Number))
		},
		"not belong": func(st *story, k keys, h ticket.Header) {
			st.rdb.ZAdd(ctx, k.list(ticket.ListDone, "main", false), z(string(h.Number)))
		},
		"open.dispute": func(st *story, k keys, h ticket.Header) {
			st.rdb.HIncrBy(ctx, k.counters(ticket.Day(st.clockNow())), "main|open.dispute", 1)
		},
		"is counted": func(st *story, k keys, h ticket.Header) {
			st.rdb.HIncrBy(ctx, k.counters(ticket.Day(st.clockNow())), "main|claim.dispute", 1)
		},
		"its version":   func(st *story, k keys, h ticket.Header) { st.rdb.HSet(ctx, k.ticket(h.Number), "v", "7:0") },
		"timers: holds": func(st *story, k keys, h ticket.Header) { st.rdb.ZAdd(ctx, k.timers(), z(string(h.Number))) },
		"does not hold": func(st *story, k keys, h ticket.Header) { st.rdb.RPush(ctx, k.entries(h.Number), `{"seq":2}`) },
		"what is over at main": func(st *story, k keys, h ticket.Header) {
			st.act(ticket.Officer{ID: "1", Name: "陈所", Role: ticket.Chief, Account: st.account}, h.Number, ticket.Step{What: ticket.Reject, Text: "重复"})
			st.rdb.SRem(ctx, k.ended(), "main")
		},
		"tickets: holds": func(st *story, k keys, h ticket.Header) { st.rdb.ZAdd(ctx, k.ofResident("wang"), z("999")) },
	} {
		st := newStory(t)
		h := st.ticketOf("wang")
		harm(st, keysOf(st.account), h)
		found, err := st.Fsck(ctx, st.account)
		if err != nil || !strings.Contains(strings.Join(found, "\n"), name) {
			t.Errorf("%s: fsck says %q, %v", name, found, err)
		}
	}
}

func z(member string) redis.Z { return redis.Z{Score: 1, Member: member} }

func TestALateFetchIsRefused(t *testing.T) {
	st := newStory(t)
	o := st.opening("wang")
	o.Media = []ticket.Attachment{{ID: "p", Kind: ticket.Photo}}
	decide := st.opens(o)
	st.converse("wang", func(r flows.Resident) (flows.Change, error) {
		c, err := decide(r)
		c.Fetch = []ticket.Attachment{{ID: "p", Kind: ticket.Photo, State: ticket.MediaPending}}
		return c, err
	})
	take := func() ticket.Fetch {
		t.Helper()
		got, err := st.TakeFetches(t.Context(), st.account, 10, time.Minute)
		if err != nil || len(got) != 1 {
			t.Fatalf("%d fetches, %v", len(got), err)
		}
		return got[0]
	}
	late := take()
	st.pass(2 * time.Minute)
	again := take()
	lost := late.File
	lost.State, lost.Reason = ticket.MediaLost, "太晚了"
	if err := st.SettleFetch(t.Context(), late, lost, time.Time{}); !errors.Is(err, ticket.ErrConflict) {
		t.Errorf("a late settlement: %v", err)
	}
	kept := again.File
	kept.State, kept.Digest = ticket.MediaKept, "d"
	if err := st.SettleFetch(t.Context(), again, kept, time.Time{}); err != nil {
		t.Fatal(err)
	}
	v, err := st.Find(t.Context(), st.officer("1", "林元众"), st.record("wang").Tickets[0].Number)
	if err != nil || len(v.Media) != 1 || v.Media[0].State != ticket.MediaKept {
		t.Errorf("media %+v, %v", v.Media, err)
	}
	st.clean()
}

// TestPoisonedTimersHoldNobodyUp has more timers that fail for good than one look at the list reads, before that of a ticket whose time has come.
func TestPoisonedTimersHoldNobodyUp(t *testing.T) {
	st := newStory(t)
	h, lin := st.ticketOf("wang"), st.officer("3301", "林元众")
	st.act(lin, h.Number, ticket.Step{What: ticket.Claim})
	k := keysOf(st.account)
	for i := range atOnce + 1 {
		st.rdb.ZAdd(t.Context(), k.timers(), z(fmt.Sprint(100001000+i)))
	}
	for _, spoiled := range []string{"100000007", "100000008"} {
		st.rdb.Set(t.Context(), k.ticket(ticket.Number(spoiled)), "no hash", 0)
		st.rdb.ZAdd(t.Context(), k.timers(), z(spoiled))
	}
	st.pass(48 * time.Hour)
	if n, err := st.Wake(t.Context(), st.account, st.clockNow()); n != 1 || !errors.Is(err, ticket.ErrNotFound) {
		t.Errorf("woke %d, %v", n, err)
	}
}

// TestANewReplyWaitsBehindOneThatMayBeOut gives a resident another reply while one rests that the platform may have shown: the new one must not bring it
// forward.
func TestANewReplyWaitsBehindOneThatMayBeOut(t *testing.T) {
	st := newStory(t)
	h, lin := st.ticketOf("wang"), st.officer("3301", "林元众")
	st.act(lin, h.Number, ticket.Step{What: ticket.Claim})
	now := st.clockNow()
	st.settled(st.parcel(), ticket.Delivery{Fate: ticket.Sending, Via: ticket.ViaService, Tries: 1, Unclear: 1, At: now, NextTry: now.Add(time.Hour)})
	st.act(lin, h.Number, ticket.Step{What: ticket.Reply, Text: "明天上午来"})
	if got, err := st.TakeParcels(t.Context(), st.account, 10, time.Minute); err != nil || len(got) != 0 {
		t.Errorf("%d letters are sent at once, %v", len(got), err)
	}
	st.pass(2 * time.Hour)
	st.parcel()
}

// TestALetterGoesOutWhenHerMessageOpensTheWindow has a resident write while the sender, who found her window shut, is about to put a letter into the
// mailbox: it goes out after all, and the window that she has opened stays open.
func TestALetterGoesOutWhenHerMessageOpensTheWindow(t *testing.T) {
	for _, tries := range []int{0, 1} { // the ledger said so, or the platform did
		st := newStory(t)
		h, lin := st.ticketOf("wang"), st.officer("3301", "林元众")
		st.pass(49 * time.Hour)
		st.act(lin, h.Number, ticket.Step{What: ticket.Claim})
		p := st.parcel()
		st.converse("wang", answering("我在"))
		st.settled(p, ticket.Delivery{Fate: ticket.InMailbox, Via: ticket.ViaMailbox, Tries: tries, At: st.clockNow()})
		again := st.parcel()
		if again.Letter.ID != p.Letter.ID || again.Window.MessageLeft == 0 || len(st.record("wang").Mailbox) != 0 {
			t.Errorf("after %d tries: letter %s, window %+v, %d in the mailbox", tries, again.Letter.ID, again.Window, len(st.record("wang").Mailbox))
		}
		st.settled(again, ticket.Delivery{Fate: ticket.InMailbox, Via: ticket.ViaMailbox, At: st.clockNow()})
		if n := len(st.record("wang").Mailbox); n != 1 {
			t.Errorf("%d in the mailbox when she has not written since", n)
		}
		st.clean()
	}
}
