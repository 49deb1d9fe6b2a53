package store

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"frontdesk/flows"
	"frontdesk/ticket"
)

// letterTo has an officer answer a resident's new ticket, and gives the ticket. Two letters are under way then.
func (st *story) letterTo(resident string) ticket.Header {
	st.t.Helper()
	h, lin := st.ticketOf(resident), st.officer("3301", "林元众")
	st.act(lin, h.Number, ticket.Step{What: ticket.Claim})
	return st.act(lin, h.Number, ticket.Step{What: ticket.Reply, Text: "明天上午来"})
}

func (st *story) parcels() map[string]ticket.Parcel {
	st.t.Helper()
	got, err := st.TakeParcels(st.t.Context(), st.account, 10, time.Minute)
	if err != nil {
		st.t.Fatal(err)
	}
	all := make(map[string]ticket.Parcel, len(got))
	for _, p := range got {
		all[p.Letter.Resident.Reveal()] = p
	}
	return all
}

func (st *story) fate(n ticket.Number, seq int) ticket.Delivery {
	st.t.Helper()
	v, err := st.Find(st.t.Context(), st.officer("3301", "林元众"), n)
	if err != nil {
		st.t.Fatal(err)
	}
	for _, d := range v.Deliveries {
		if d.Seq == seq {
			return d
		}
	}
	st.t.Fatalf("entry %d has no letter", seq)
	return ticket.Delivery{}
}

func TestABrokenLetterHoldsNobodyUp(t *testing.T) {
	for name, broken := range map[string]string{
		"another shape": `{"id":"%s:2","account":"%s","resident":"wang","ticket":"%s","seq":2,"text":{"newer":true}}`,
		"torn":          `{"id":"`,
		"empty":         `{}`,
	} {
		st := newStory(t)
		h := st.letterTo("wang")
		if name == "another shape" {
			broken = fmt.Sprintf(broken, h.Number, st.account, h.Number)
		}
		st.rdb.LSet(t.Context(), keysOf(st.account).underWay("wang"), 0, broken)
		st.letterTo("chen")
		got := st.parcels()
		if p := got["chen"]; len(got) != 2 || p.Broken || p.Letter.Text == "" || !got["wang"].Broken {
			t.Fatalf("%s: taken %d", name, len(got))
		}
		d, err := st.BuryParcel(t.Context(), got["wang"], ticket.Undecodable, "")
		if err != nil {
			t.Fatal(err)
		}
		if whole, err := st.DeadLetter(t.Context(), st.account, d.ID); err != nil || whole.Original.Reveal() != broken || whole.Resident != "wang" {
			t.Errorf("%s: kept %d of %d bytes, %v", name, len(whole.Original), len(broken), err)
		}
		if name == "another shape" { // it still says which letter it is
			if f := st.fate(h.Number, 2); f.Fate != ticket.Failed || f.Reason == "" {
				t.Errorf("%s: the officer sees %+v", name, f)
			}
		}
		next := st.parcels()["wang"]
		if next.Letter.Seq != 3 || next.Broken {
			t.Fatalf("%s: behind it comes %+v", name, next.Letter)
		}
		st.settled(next, ticket.Delivery{Fate: ticket.Delivered, At: st.clockNow()})
		if left := st.parcels(); len(left) != 0 {
			t.Errorf("%s: %d are still due", name, len(left))
		}
		st.clean()
	}
}

func TestADeadLetterGoesOutOnce(t *testing.T) {
	st := newStory(t)
	h := st.letterTo("wang")
	first := st.parcels()["wang"]
	d, err := st.BuryParcel(t.Context(), first, ticket.Panicked, "bot.(*Sender).send")
	if err != nil {
		t.Fatal(err)
	}
	if err := st.SettleParcel(t.Context(), first, ticket.Delivery{Fate: ticket.Delivered}); !errors.Is(err, ticket.ErrConflict) {
		t.Errorf("settled after it was buried: %v", err)
	}
	if _, err := st.BuryParcel(t.Context(), first, ticket.Hung, ""); !errors.Is(err, ticket.ErrConflict) || len(st.deadOnes()) != 1 {
		t.Errorf("buried again: %v, %d dead", err, len(st.deadOnes()))
	}
	second := st.parcels()["wang"]
	st.settled(second, ticket.Delivery{Fate: ticket.Delivered, At: st.clockNow()})
	whole, err := st.DeadLetter(t.Context(), st.account, d.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := st.ReplayWork(t.Context(), whole); err != nil {
		t.Fatal(err)
	}
	if err := st.ReplayWork(t.Context(), whole); !errors.Is(err, ticket.ErrNotFound) {
		t.Errorf("replayed twice: %v", err)
	}
	if f := st.fate(h.Number, 2); f.Fate != ticket.Sending || f.Reason != "" {
		t.Errorf("the officer sees %+v", f)
	}
	again := st.parcels()["wang"]
	if again.Letter.ID != first.Letter.ID || again.Letter.Text != first.Letter.Text {
		t.Fatalf("what comes again is %+v", again.Letter)
	}
	// It may die again, and be put through again.
	if d, err = st.BuryParcel(t.Context(), again, ticket.Panicked, ""); err != nil || d.ID != whole.ID {
		t.Fatal(d, err)
	}
	if err := st.ReplayWork(t.Context(), whole); err != nil {
		t.Fatal(err)
	}
	st.settled(st.parcels()["wang"], ticket.Delivery{Fate: ticket.Delivered, At: st.clockNow()})
	if f := st.fate(h.Number, 2); f.Fate != ticket.Delivered || len(st.parcels()) != 0 || len(st.deadOnes()) != 0 {
		t.Errorf("in the end %+v", f)
	}
	st.clean()
}

// TestADeadRestBeginsAnew buries the rest of a long answer, which is of no ticket, in the midst of a try: nothing of the try is left behind.
func TestADeadRestBeginsAnew(t *testing.T) {
	st := newStory(t)
	st.converse("wang", func(flows.Resident) (flows.Change, error) {
		rest := ticket.Letter{ID: "rest:m1:1", Account: st.account, Resident: "wang", Text: "接着说", At: st.clockNow()}
		return flows.Change{Letters: []ticket.Letter{rest}, Opens: flows.OpensMessage, Followed: true}, nil
	})
	p := st.parcel()
	d := p.Delivery
	d.Begun = "one"
	if err := st.BeginParcel(t.Context(), p, d); err != nil {
		t.Fatal(err)
	}
	if _, err := st.BuryParcel(t.Context(), p, ticket.Panicked, "it broke"); err != nil {
		t.Fatal(err)
	}
	if left := st.rdb.HLen(t.Context(), keysOf(st.account).deliveries("")).Val(); left != 0 {
		t.Errorf("%d deliveries of no ticket are left", left)
	}
	whole, err := st.DeadLetter(t.Context(), st.account, st.deadOnes()[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := st.ReplayWork(t.Context(), whole); err != nil {
		t.Fatal(err)
	}
	if again := st.parcel(); again.Letter.ID != p.Letter.ID || again.Delivery.Begun != "" || again.Delivery.Tries != 0 {
		t.Errorf("it comes again as %+v", again.Delivery)
	}
	st.clean()
}

func TestABrokenDeliveryBeginsAnew(t *testing.T) {
	st := newStory(t)
	h := st.letterTo("wang")
	st.rdb.HSet(t.Context(), keysOf(st.account).deliveries(h.Number), string(h.Number)+":2", `{"fate":7}`)
	p := st.parcels()["wang"]
	if p.Broken || p.Delivery.Fate != ticket.Sending {
		t.Fatalf("taken as %+v", p.Delivery)
	}
	st.settled(p, ticket.Delivery{Fate: ticket.Delivered, At: st.clockNow()})
	if f := st.fate(h.Number, 2); f.Fate != ticket.Delivered {
		t.Errorf("the officer sees %+v", f)
	}
}

// withPhotos opens a ticket that shows two photos.
func (st *story) withPhotos() ticket.Header {
	st.t.Helper()
	o := st.opening("wang")
	for _, id := range []string{"one", "two"} {
		photo := ticket.Attachment{ID: id, Kind: ticket.Photo, State: ticket.MediaPending}
		st.converse("wang", func(flows.Resident) (flows.Change, error) {
			return flows.Change{Followed: true, Fetch: []ticket.Attachment{photo}, Answer: "收到"}, nil
		})
		o.Media = append(o.Media, photo)
	}
	st.converse("wang", st.opens(o))
	return st.record("wang").Tickets[0]
}

func (st *story) fetches() map[string]ticket.Fetch {
	st.t.Helper()
	got, err := st.TakeFetches(st.t.Context(), st.account, 10, time.Minute)
	if err != nil {
		st.t.Fatal(err)
	}
	all := make(map[string]ticket.Fetch, len(got))
	for _, f := range got {
		all[f.File.ID] = f
	}
	return all
}

// photos gives the ticket's photos by id.
func (st *story) photos(n ticket.Number) map[string]ticket.Attachment {
	st.t.Helper()
	v, err := st.Find(st.t.Context(), st.officer("3301", "林元众"), n)
	if err != nil {
		st.t.Fatal(err)
	}
	all := make(map[string]ticket.Attachment)
	for _, a := range v.Media {
		all[a.ID] = a
	}
	return all
}

// A file was fetched, then a ticket showed it, and that ticket is gone or cannot be told.
func TestAFileWithoutItsTicketHoldsNobodyUp(t *testing.T) {
	for name, spoil := range map[string]func(*story, keys, ticket.Number){
		"gone": func(st *story, k keys, n ticket.Number) { st.rdb.Del(t.Context(), k.entries(n), k.ticket(n)) },
		"torn": func(st *story, k keys, n ticket.Number) { st.rdb.LSet(t.Context(), k.entries(n), 0, "{") },
		"of another program": func(st *story, k keys, n ticket.Number) {
			st.rdb.HSet(t.Context(), k.shownBy(), "one", "no number")
		},
	} {
		st := newStory(t)
		k, h := keysOf(st.account), st.withPhotos()
		b, err := encode(fileRecord{File: ticket.Attachment{ID: "one", Kind: ticket.Photo, State: ticket.MediaKept, Digest: "d1"}})
		if err != nil {
			t.Fatal(err)
		}
		st.rdb.HSet(t.Context(), k.files(), "one", b)
		spoil(st, k, h.Number)
		got := st.fetches()
		if _, ok := got["two"]; !ok || len(got) != 1 {
			t.Errorf("%s: taken %+v", name, got)
		}
		st.pass(2 * time.Minute)
		got = st.fetches()
		if _, ok := got["two"]; !ok || len(got) != 1 {
			t.Errorf("%s, after its lease: taken %+v", name, got)
		}
		_, due := st.rdb.ZScore(t.Context(), k.fetches(), "one").Result()
		_, leased := st.rdb.ZScore(t.Context(), k.held(k.fetches()), "one").Result()
		if again := due == nil || leased == nil; again != (name == "torn") {
			t.Errorf("%s: still to be fetched: %v", name, again)
		}
	}
}

func TestABrokenFileHoldsNobodyUp(t *testing.T) {
	for _, broken := range []string{`{"file":7}`, `{}`, `{"fi`} {
		st := newStory(t)
		h := st.withPhotos()
		k := keysOf(st.account)
		record := st.rdb.HGet(t.Context(), k.files(), "one").Val()
		st.rdb.HSet(t.Context(), k.files(), "one", broken)
		got := st.fetches()
		if len(got) != 2 || !got["one"].Broken || got["two"].Broken {
			t.Fatalf("taken %+v", got)
		}
		d, err := st.BuryFetch(t.Context(), got["one"], ticket.Undecodable, "")
		if err != nil {
			t.Fatal(err)
		}
		if a := st.photos(h.Number)["one"]; a.State != ticket.MediaLost || a.Reason == "" || a.Kind != ticket.Photo {
			t.Errorf("the ticket shows %+v", a)
		}
		st.clean()
		whole, err := st.DeadLetter(t.Context(), st.account, d.ID)
		if err != nil || whole.Original.Reveal() != broken || whole.Ticket != h.Number {
			t.Fatalf("%+v, %v", whole, err)
		}
		// A newer program may read it; here somebody mends it.
		if err := st.ReplayWork(t.Context(), whole); err != nil {
			t.Fatal(err)
		}
		st.rdb.HSet(t.Context(), k.files(), "one", record)
		kept := st.fetches()["one"]
		kept.File.State, kept.File.Digest = ticket.MediaKept, "d1"
		if err := st.SettleFetch(t.Context(), kept, kept.File, time.Time{}); err != nil {
			t.Fatal(err)
		}
		if a := st.photos(h.Number)["one"]; a.State != ticket.MediaKept {
			t.Errorf("the ticket shows %+v", a)
		}
		if err := st.ReplayWork(t.Context(), whole); !errors.Is(err, ticket.ErrNotFound) {
			t.Errorf("replayed twice: %v", err)
		}
		st.clean()
	}
}

func TestAFileIsBuriedUnderItsLease(t *testing.T) {
	st := newStory(t)
	st.withPhotos()
	late := st.fetches()["one"]
	st.pass(2 * time.Minute)
	st.fetches()
	if _, err := st.BuryFetch(t.Context(), late, ticket.Hung, ""); !errors.Is(err, ticket.ErrConflict) || len(st.deadOnes()) != 0 {
		t.Errorf("buried by a worker whose lease was over: %v", err)
	}
}

func TestATicketThatCannotBeReadHoldsNoFileUp(t *testing.T) {
	st := newStory(t)
	h := st.withPhotos()
	k := keysOf(st.account)
	st.rdb.HSet(t.Context(), k.files(), "one", `{"file":{"id":"one","kind":"photo","state":"kept"}}`) // fetched, and not told to the ticket
	st.rdb.LSet(t.Context(), k.entries(h.Number), 0, "{")
	if got := st.fetches(); len(got) != 1 || got["two"].File.ID != "two" {
		t.Errorf("taken %+v", got)
	}
}

// TestAKeptFileIsNotFetchedAnew puts a file through that a backup had both dead, as it was first, and kept.
func TestAKeptFileIsNotFetchedAnew(t *testing.T) {
	st := newStory(t)
	h := st.withPhotos()
	got := st.fetches()
	d, err := st.BuryFetch(t.Context(), got["one"], ticket.Panicked, "it broke")
	if err != nil {
		t.Fatal(err)
	}
	whole, err := st.DeadLetter(t.Context(), st.account, d.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := st.ReplayWork(t.Context(), whole); err != nil {
		t.Fatal(err)
	}
	again := st.fetches()["one"]
	again.File.State, again.File.Digest = ticket.MediaKept, "d1"
	if err := st.SettleFetch(t.Context(), again, again.File, time.Time{}); err != nil {
		t.Fatal(err)
	}
	st.buried(whole)
	if err := st.ReplayWork(t.Context(), whole); err != nil {
		t.Fatal(err)
	}
	if left := st.fetches(); len(left) != 0 || len(st.deadOnes()) != 0 {
		t.Errorf("to be fetched: %+v, dead: %d", left, len(st.deadOnes()))
	}
	if a := st.photos(h.Number)["one"]; a.State != ticket.MediaKept {
		t.Errorf("the ticket shows %+v", a)
	}
}
