package store

import (
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"frontdesk/ticket"
)

// over lives a ticket to its end: nine entries, the last a rating.
func (st *story) over(resident string) ticket.Header {
	st.t.Helper()
	h, lin := st.ticketOf(resident), st.officer("3301", "林元众")
	st.act(lin, h.Number, ticket.Step{What: ticket.Claim})
	st.act(lin, h.Number, ticket.Step{What: ticket.Note, Text: "已电话联系双方。"})
	st.act(lin, h.Number, ticket.Step{What: ticket.Reply, Text: "今晚八点上门。"})
	st.converse(resident, st.says(ticket.Step{What: ticket.Say, Text: "好的，我在家。"}))
	st.act(lin, h.Number, ticket.Step{What: ticket.Resolve, Text: "双方签了协议。"})
	st.confirms(resident, ticket.Confirm)
	st.converse(resident, st.says(ticket.Step{What: ticket.Rate, Rating: 5}))
	return st.record(resident).Tickets[0]
}

// confirms is a resident's verdict, given after they have seen where the matter stands.
func (st *story) confirms(resident string, what ticket.What) {
	st.t.Helper()
	st.converse(resident, st.says(ticket.Step{}))
	st.converse(resident, st.says(ticket.Step{What: what}))
}

// seal covers everything.
func (st *story) seal() {
	st.t.Helper()
	if err := st.Seal(st.t.Context(), st.account, st.clockNow()); err != nil {
		st.t.Fatal(err)
	}
}

// fold folds what is due and wants so many.
func (st *story) fold(want int) {
	st.t.Helper()
	if n, err := st.Fold(st.t.Context(), st.account, st.clockNow()); err != nil || n != want {
		st.t.Fatalf("folded %d, want %d, %v", n, want, err)
	}
}

// isFolded says whether nothing but the packed form is left of a ticket.
func (st *story) isFolded(n ticket.Number) bool {
	k := keysOf(st.account)
	d := st.dump(n)
	left := st.rdb.Exists(st.t.Context(), k.entries(n), k.deliveries(n)).Val()
	return len(d) == 2 && packed([]byte(d["p"])) && d["v"] != "" && left == 0
}

func (st *story) view(n ticket.Number) ticket.View {
	st.t.Helper()
	v, err := st.Find(st.t.Context(), st.officer("3301", "林元众"), n)
	if err != nil {
		st.t.Fatal(err)
	}
	return v
}

func (st *story) delivers() {
	st.t.Helper()
	for parcels := st.parcels(); len(parcels) > 0; parcels = st.parcels() {
		for _, p := range parcels {
			st.settled(p, ticket.Delivery{Fate: ticket.Delivered, Via: ticket.ViaService, Tries: 1, At: st.clockNow().Add(1500 * time.Microsecond)})
		}
	}
}

func TestAFoldedTicketReadsAsBefore(t *testing.T) {
	st := newStory(t)
	h := st.over("wang")
	st.delivers()
	before := st.view(h.Number)
	st.fold(0) // not at rest yet
	st.pass(25 * time.Hour)
	st.fold(0) // not covered by a seal
	st.seal()
	st.fold(1)
	if !st.isFolded(h.Number) {
		t.Fatalf("what is left: %q", st.dump(h.Number))
	}
	after := st.view(h.Number)
	for i := range before.Deliveries { // to the millisecond
		before.Deliveries[i].At = before.Deliveries[i].At.Truncate(time.Millisecond)
	}
	if d := cmp.Diff(before, after, cmp.Transformer("words", ticket.Personal.Reveal)); d != "" {
		t.Errorf("folded it reads otherwise:\n%s", d)
	}
	if got := st.record("wang").Tickets; len(got) != 1 || got[0] != h {
		t.Errorf("the resident sees %+v", got)
	}
	page, err := st.Queue(t.Context(), st.officer("3301", "林元众"), ticket.Query{List: ticket.ListDone})
	if err != nil || len(page.Rows) != 1 || page.Rows[0] != h {
		t.Errorf("the list shows %+v, %v", page.Rows, err)
	}
	cold := st.replica(st.rdb) // reads back what the failed guard brings
	if _, err := cold.Converse(t.Context(), st.account, "wang", "cold", st.says(ticket.Step{})); err != nil {
		t.Error(err)
	}
	st.clean()
	st.fold(0)
}

func TestAFoldedTicketGoesOn(t *testing.T) {
	st := newStory(t)
	h := st.over("wang")
	st.delivers()
	st.seal()
	st.pass(25 * time.Hour)
	st.fold(1)
	lin := st.officer("3301", "林元众")
	st.act(lin, h.Number, ticket.Step{What: ticket.Reply, Text: "再有事随时找我们。"})
	st.clean()
	if v := st.view(h.Number); len(v.Entries) != h.Version+1 || v.Entries[h.Version].Text != "再有事随时找我们。" {
		t.Errorf("%d entries", len(v.Entries))
	}
	st.confirms("wang", ticket.Reopen)
	st.pass(48 * time.Hour)
	st.seal()
	st.fold(0) // open again
	st.clean()
	st.act(lin, h.Number, ticket.Step{What: ticket.Claim})
	st.act(lin, h.Number, ticket.Step{What: ticket.Resolve})
	st.confirms("wang", ticket.Confirm)
	st.delivers()
	st.seal()
	st.pass(25 * time.Hour)
	want := st.view(h.Number)
	st.fold(1)
	if got := st.view(h.Number); !st.isFolded(h.Number) || len(got.Entries) != len(want.Entries) || len(got.Deliveries) != len(want.Deliveries) || got.Header != want.Header {
		t.Errorf("folded again: %d entries, %d deliveries", len(got.Entries), len(got.Deliveries))
	}
	st.clean()
}

// What the sender or the mailbox is not done with stays where they look for it.
func TestALetterThatWaitsIsNotFolded(t *testing.T) {
	st := newStory(t)
	h := st.over("wang")
	for parcels := st.parcels(); len(parcels) > 0; parcels = st.parcels() {
		for _, p := range parcels {
			st.settled(p, ticket.Delivery{Fate: ticket.InMailbox, At: st.clockNow()})
		}
	}
	st.seal()
	st.pass(25 * time.Hour)
	st.fold(1)
	if beside := st.rdb.HLen(t.Context(), keysOf(st.account).deliveries(h.Number)).Val(); beside != 3 {
		t.Errorf("%d letters where the sender looks", beside)
	}
	for _, d := range st.view(h.Number).Deliveries {
		if d.Fate != ticket.InMailbox {
			t.Errorf("letter %s is %s", d.Letter, d.Fate)
		}
	}
	st.converse("wang", st.says(ticket.Step{})) // takes them
	if err := st.Answered(t.Context(), st.account, "wang", fmt.Sprint("m", st.serial.Load())); err != nil {
		t.Fatal(err)
	}
	st.pass(25 * time.Hour)
	st.fold(1)
	v := st.view(h.Number)
	for _, d := range v.Deliveries {
		if d.Fate != ticket.Delivered || d.Via != ticket.ViaAnswer {
			t.Errorf("letter %s is %s by %s", d.Letter, d.Fate, d.Via)
		}
	}
	if !st.isFolded(h.Number) || len(v.Deliveries) != 3 {
		t.Errorf("%d deliveries; left: %q", len(v.Deliveries), st.dump(h.Number))
	}
	st.clean()
}

// Whatever moved since a ticket was read makes its fold do nothing.
func TestAFoldThatComesTooLateDoesNothing(t *testing.T) {
	for name, moves := range map[string]func(*story, ticket.Number){
		"an entry": func(st *story, n ticket.Number) {
			st.act(st.officer("3301", "林元众"), n, ticket.Step{What: ticket.Note, Text: "回访过。"})
			st.seal()
		},
		"no seal": func(st *story, n ticket.Number) {
			st.rdb.HSet(st.t.Context(), keysOf(st.account).unsealed(), string(n), "1:0")
		},
		"a letter": func(st *story, n ticket.Number) {
			st.rdb.HSet(st.t.Context(), keysOf(st.account).deliveries(n), string(n)+":2", "{}")
		},
		"another entry": func(st *story, n ticket.Number) {
			st.rdb.HSet(st.t.Context(), keysOf(st.account).ticket(n), "v", "8:0")
		},
		"another form": func(st *story, n ticket.Number) {
			st.rdb.HSet(st.t.Context(), keysOf(st.account).ticket(n), "p", "\x01")
		},
		"a fold": func(st *story, _ ticket.Number) { st.fold(1) },
		"a line": func(st *story, n ticket.Number) { st.rdb.RPush(st.t.Context(), keysOf(st.account).entries(n), "{}") },
	} {
		st := newStory(t)
		h := st.over("wang")
		st.delivers()
		st.seal()
		st.pass(25 * time.Hour)
		late, err := New(Config{Client: st.rdb, Clock: st.clockNow})
		if err != nil {
			t.Fatal(err)
		}
		var moved map[string]string
		st.rdb.AddHook(before(foldScript, func() {
			moves(st, h.Number)
			moved = st.dump(h.Number)
		}))
		ok, err := late.fold(t.Context(), keysOf(st.account), h.Number, st.clockNow())
		if ok || err != nil || !reflect.DeepEqual(moved, st.dump(h.Number)) {
			t.Errorf("%s: folded %v, %v", name, ok, err)
		}
	}
}

// TestWhatIsFoldedIsGuarded edits and cuts packed tickets, cleverly and stupidly.
func TestWhatIsFoldedIsGuarded(t *testing.T) {
	for name, c := range map[string]struct {
		harm func(*dossier)
		says string
	}{
		"the words of an entry":      {func(d *dossier) { d.entries[2].Text = "没有联系。" }, "entry 3"},
		"the words of the last":      {func(d *dossier) { d.entries[len(d.entries)-1].Rating = 1 }, "entry 8"},
		"the last, check and all":    {func(d *dossier) { d.rehash(7, func(e *ticket.Entry) { e.Rating = 1 }) }, "its version"},
		"the first, everything made": {func(d *dossier) { d.rehash(0, func(e *ticket.Entry) { e.Opening.Urgent = true }) }, "its version"},
		"the last entry cut off":     {func(d *dossier) { d.entries = d.entries[:len(d.entries)-1] }, "its version"},
	} {
		st := newStory(t)
		h := st.over("wang")
		st.delivers()
		st.seal()
		st.pass(25 * time.Hour)
		st.fold(1)
		d, err := unpack(h.Number, []byte(st.dump(h.Number)["p"]))
		if err != nil {
			t.Fatal(err)
		}
		d.header.Number = h.Number
		c.harm(&d)
		b, err := pack(d)
		if err != nil {
			t.Fatal(err)
		}
		k := keysOf(st.account)
		st.rdb.HSet(t.Context(), k.ticket(h.Number), "p", b)
		found, err := st.Fsck(t.Context(), st.account)
		all := strings.Join(found, "\n")
		if err != nil || !strings.Contains(all, c.says) {
			t.Errorf("%s: fsck says %q, %v", name, found, err)
		}
		// And with every projection put right, and no seal in Redis, the kept one still knows.
		if again, err := ticket.Replay(h.Number, d.entries); err == nil {
			st.rdb.HSet(t.Context(), k.ticket(h.Number), "v", mark(again.Header))
			st.rdb.Del(t.Context(), k.seals())
			if found, err = st.Fsck(t.Context(), st.account); err != nil || !strings.Contains(strings.Join(found, "\n"), "kept seal 1: entry 8 of ticket "+string(h.Number)) {
				t.Errorf("%s, put right: fsck says %q, %v", name, found, err)
			}
		}
	}
}

// rehash edits an entry and makes every hash from there on anew, as somebody would who knows how.
func (d *dossier) rehash(i int, edit func(*ticket.Entry)) {
	edit(&d.entries[i])
	for j := i; j < len(d.entries); j++ {
		for b := range 256 { // the one byte that is kept
			d.entries[j].Hash = hex.EncodeToString([]byte{byte(b)})
			if t, err := ticket.Replay(d.header.Number, d.entries[:j+1]); err == nil {
				d.header.Head = t.Head
				break
			}
		}
	}
}

// A ticket whose history does not hold is left as it is, and holds nobody up.
func TestABrokenTicketIsNotFolded(t *testing.T) {
	st := newStory(t)
	bad, good := st.over("wang"), st.over("li")
	st.delivers()
	st.seal()
	st.pass(25 * time.Hour)
	st.rdb.LSet(t.Context(), keysOf(st.account).entries(bad.Number), 3, "{")
	n, err := st.Fold(t.Context(), st.account, st.clockNow())
	if n != 1 || !errors.Is(err, ticket.ErrInvalid) || !st.isFolded(good.Number) || st.isFolded(bad.Number) {
		t.Errorf("folded %d, %v", n, err)
	}
	st.fold(0) // it is not looked at again at once
}

// TestAnOpenTicketLeavesTheListEachTime puts an open ticket into the list of those to fold again and again, as a letter of it does that is over.
func TestAnOpenTicketLeavesTheListEachTime(t *testing.T) {
	st := newStory(t)
	h := st.ticketOf("wang")
	k := keysOf(st.account)
	for i := range 3 {
		st.rdb.ZAdd(t.Context(), k.folds(), redis.Z{Score: 1, Member: string(h.Number)})
		if _, err := st.Fold(t.Context(), st.account, st.clockNow().Add(time.Duration(i)*time.Minute)); err != nil {
			t.Fatal(err)
		}
		if n := st.rdb.ZCard(t.Context(), k.folds()).Val(); n != 0 {
			t.Errorf("time %d: the open ticket stays", i+1)
		}
	}
}
