package store

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/ticket"
)

// However long the lists are, a page and its count look at a bounded part of them.
func TestLongListsOfWhichFewMayBeSeen(t *testing.T) {
	st := newStory(t)
	h, k := st.ticketOf("wang"), keysOf(st.account)
	others := st.opening("li")
	others.Restricted, others.Complaint = true, "周敏态度不好"
	st.converse("li", st.opens(others))
	unseen := st.record("li").Tickets[0]
	pipe := st.rdb.Pipeline()
	for i := range looked + countedGuarded { // names without a ticket stand for those that may not be seen
		pipe.ZAdd(t.Context(), k.list(ticket.ListQueue, "main", true), redis.Z{Score: unseen.Score() + float64(i), Member: fmt.Sprint("x", i)})
	}
	pipe.ZIncrBy(t.Context(), k.list(ticket.ListQueue, "main", false), 1e6, string(h.Number))
	if _, err := pipe.Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	chief := ticket.Officer{ID: "1", Name: "陈所", Role: ticket.Chief, Account: st.account, Station: "main"}
	for name, c := range map[string]struct {
		o    ticket.Officer
		rows int
	}{"sees both": {chief, 2}, "sees one": {st.officer("3301", "林元众"), 1}} {
		q, rows, pages := ticket.Query{List: ticket.ListQueue}, 0, 0
		for {
			was := st.trips.n.Load()
			p, err := st.Queue(t.Context(), c.o, q)
			if err != nil || p.Total != c.rows || p.More {
				t.Fatalf("%s: %d of them, more %v, %v", name, p.Total, p.More, err)
			}
			if trips := st.trips.n.Load() - was; trips > 2*looked/defaultRows+6 {
				t.Errorf("%s: %d round trips for a page", name, trips)
			}
			rows += len(p.Rows)
			pages++
			if q.Before = p.Next; q.Before == "" {
				break
			}
		}
		if rows != c.rows || pages < 2 {
			t.Errorf("%s: %d rows on %d pages", name, rows, pages)
		}
	}
	volunteer := ticket.Officer{ID: "v", Name: "义警", Role: ticket.Volunteer, Account: st.account, Station: "main"}
	if p, err := st.Queue(t.Context(), volunteer, ticket.Query{List: ticket.ListQueue}); err != nil || len(p.Rows)+p.Total > 0 || p.Next != "" || p.More {
		t.Errorf("a volunteer is shown %d rows of %d, more %v, %v", len(p.Rows), p.Total, p.More, err)
	}
}

// TestWhatAPageShowsIsCounted has a mediator's only dispute stand behind more consultations than are looked at to count.
func TestWhatAPageShowsIsCounted(t *testing.T) {
	st := newStory(t)
	h := st.ticketOf("wang")
	for i := range counted + 1 { // names without a ticket stand for those that may not be seen
		st.rdb.ZAdd(t.Context(), keysOf(st.account).list(ticket.ListQueue, "main", false), redis.Z{Score: h.Score() - 1, Member: fmt.Sprint("x", i)})
	}
	mediator := ticket.Officer{ID: "m", Name: "老马", Role: ticket.Mediator, Account: st.account, Station: "main"}
	if p, err := st.Queue(t.Context(), mediator, ticket.Query{List: ticket.ListQueue, Limit: 1}); err != nil || len(p.Rows) != 1 || p.Total != 1 || p.More {
		t.Errorf("a mediator is shown %d rows and told of %d, more %v, %v", len(p.Rows), p.Total, p.More, err)
	}
}

// TestAChiefOfManyStations shows one who sees all stations what is open at each, those that are no longer set included, in one order. No more of what not everybody
// may see is looked at than of one station's, and what is not looked at changes nothing.
func TestAChiefOfManyStations(t *testing.T) {
	st := newStory(t)
	k, chief := keysOf(st.account), ticket.Officer{ID: "1", Name: "陈所", Role: ticket.Chief, Account: st.account}
	var opened []ticket.Number
	for _, station := range []string{"main", "north", "no longer set"} {
		o := st.opening(station)
		o.Home.Station = station
		st.converse(station, st.opens(o))
		opened = append(opened, st.record(station).Tickets[0].Number)
		st.pass(time.Minute)
	}
	shown := func(l ticket.List) (numbers []ticket.Number, page ticket.Page) {
		page, err := st.Queue(t.Context(), chief, ticket.Query{List: l})
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range page.Rows {
			numbers = append(numbers, h.Number)
		}
		return numbers, page
	}
	for _, l := range []ticket.List{ticket.ListQueue, ticket.ListOpen} {
		if got, page := shown(l); !slices.Equal(got, opened) || page.Total != 3 || page.More {
			t.Errorf("%s: %v of %v, counted %d, more %v", l, got, opened, page.Total, page.More)
		}
	}
	first := st.officer("3301", "林元众")
	st.act(first, opened[0], ticket.Step{What: ticket.Claim})
	if got, _ := shown(ticket.ListQueue); !slices.Equal(got, opened[1:]) {
		t.Errorf("the first is claimed, and the queue has %v of %v", got, opened)
	}
	if got, _ := shown(ticket.ListOpen); len(got) != 3 {
		t.Errorf("the first is claimed, and %v of %v are open", got, opened)
	}

	hidden := st.opening("li")
	hidden.Restricted, hidden.Complaint = true, "周敏态度不好"
	st.converse("li", st.opens(hidden))
	h := st.record("li").Tickets[0]
	pipe := st.rdb.Pipeline()
	for n := range 2 * counted { // names without a ticket stand for those that may not be seen
		pipe.ZAdd(t.Context(), k.list(ticket.ListQueue, everywhere, true), redis.Z{Score: h.Score() + 1e6 + float64(n), Member: fmt.Sprint("x", n)})
	}
	if _, err := pipe.Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	read := 0
	st.rdb.AddHook(around(func(cmds []redis.Cmder, send func([]redis.Cmder) error) error {
		for _, c := range cmds {
			if c.Name() == "hmget" {
				read++
			}
		}
		return send(cmds)
	}))
	page, err := st.Queue(t.Context(), chief, ticket.Query{List: ticket.ListQueue, Limit: 1})
	if err != nil || page.Total != 3 || page.More {
		t.Errorf("%d, more %v, %v", page.Total, page.More, err)
	}
	if most := counted + 2; read > most {
		t.Errorf("%d tickets were looked at for one, not %d", read, most)
	}
	for _, n := range opened {
		st.act(chief, n, ticket.Step{What: ticket.Reject, Text: "重复"})
		st.pass(time.Minute)
	}
	slices.Reverse(opened) // what ended last comes first
	if got, page := shown(ticket.ListDone); !slices.Equal(got, opened) || page.Total != 3 || page.More {
		t.Errorf("over: %v of %v, counted %d, more %v", got, opened, page.Total, page.More)
	}
}

// TestCountingWhatIsGuarded counts complaints in a queue. What the chief may not see changes nothing of what the count says, wherever it stands.
func TestCountingWhatIsGuarded(t *testing.T) {
	st := newStory(t)
	k, chief := keysOf(st.account), ticket.Officer{ID: "1", Name: "陈所", Role: ticket.Chief, Account: st.account}
	for n := 1; n <= countedGuarded+2; n++ {
		o := st.opening(fmt.Sprint("who", n))
		o.Restricted, o.Complaint = true, "周敏态度不好"
		st.converse(string(o.Resident), st.opens(o))
		st.pass(time.Minute)
		for _, hidden := range []int{0, 3 * countedGuarded} {
			for i := range hidden { // names without a ticket stand for those that may not be seen; they stand before the others
				st.rdb.ZAdd(t.Context(), k.list(ticket.ListQueue, everywhere, true), redis.Z{Score: -1, Member: fmt.Sprint("x", i)})
			}
			page, err := st.Queue(t.Context(), chief, ticket.Query{List: ticket.ListQueue, Limit: 1})
			if err != nil || page.Total != min(n, countedGuarded) || page.More != (n > countedGuarded) {
				t.Errorf("%d complaints and %d that are hidden: counted %d, more %v, %v", n, hidden, page.Total, page.More, err)
			}
			st.rdb.ZRemRangeByScore(t.Context(), k.list(ticket.ListQueue, everywhere, true), "-1", "-1")
		}
	}
}

// TestAPartOfManyLists reads the lists of many stations together, long ones and short ones, with tickets that share a moment across and within them: each
// place comes once and in order, however much is read at a time.
func TestAPartOfManyLists(t *testing.T) {
	st := newStory(t)
	r := rand.New(rand.NewPCG(1, 2))
	k := keysOf(st.account)
	var lists []string
	var want []row
	pipe := st.rdb.Pipeline()
	for i, long := range []int{300, 0, 40, 1, 17, 120, 3, 60, 16, 15, 200} {
		lists = append(lists, k.list(ticket.ListQueue, fmt.Sprint("s", i), i%2 == 1))
		for range long {
			one := row{fmt.Sprint(100_000_000 + len(want)), float64(r.IntN(60))}
			want = append(want, one)
			pipe.ZAdd(t.Context(), lists[i], redis.Z{Score: one.score, Member: one.number})
		}
	}
	if _, err := pipe.Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(want, row.compare)
	for _, n := range []int{1, 7, 51, 1000} {
		var got []row
		var after *row
		for {
			part, err := st.part(t.Context(), lists, after, n)
			if err != nil {
				t.Fatal(err)
			}
			if len(part) == 0 {
				break
			}
			if len(part) < n && len(got)+len(part) < len(want) {
				t.Fatalf("%d of %d places although there are more", len(part), n)
			}
			got, after = append(got, part...), &part[len(part)-1]
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d at a time: %d places of %d, or in another order", n, len(got), len(want))
		}
	}
}
