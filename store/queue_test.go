package store

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

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
	for i := range looked + counted { // names without a ticket stand for those that may not be seen
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
		more bool
	}{"sees both": {chief, 2, true}, "sees one": {st.officer("3301", "林元众"), 1, false}} {
		q, rows, pages := ticket.Query{List: ticket.ListQueue}, 0, 0
		for {
			was := st.trips.n.Load()
			p, err := st.Queue(t.Context(), c.o, q)
			if err != nil || p.Total != c.rows || p.More != c.more {
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

// TestCountingManyStations counts the queue of a chief who sees twenty stations, each with many tickets that not everybody may see: no more of them are looked
// at than of one station's, and what is not looked at is said to be more.
func TestCountingManyStations(t *testing.T) {
	st := newStory(t)
	k := keysOf(st.account)
	a := ticket.Account{ID: st.account, Name: "长安路警务室"}
	first, second := st.ticketOf("wang"), st.ticketOf("li")
	pipe := st.rdb.Pipeline()
	for i := range 20 {
		station := ticket.Station{ID: fmt.Sprint("s", i)}
		if i == 0 {
			station.ID = "main"
		}
		a.Stations = append(a.Stations, station)
		for n := range 2 * counted { // names without a ticket stand for those that may not be seen
			pipe.ZAdd(t.Context(), k.list(ticket.ListQueue, station.ID, true), redis.Z{Score: second.Score() + 1e6 + float64(n), Member: fmt.Sprint("x", i, "-", n)})
		}
		pipe.ZAdd(t.Context(), k.list(ticket.ListQueue, station.ID, true), redis.Z{Score: first.Score() - 1, Member: string(first.Number)})
	}
	if _, err := pipe.Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := st.PutAccount(t.Context(), a); err != nil {
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
	page, err := st.Queue(t.Context(), ticket.Officer{ID: "1", Name: "陈所", Role: ticket.Chief, Account: st.account}, ticket.Query{List: ticket.ListQueue, Limit: 1})
	if err != nil || page.Total != 22 || !page.More { // the two, and the first one once more at each station
		t.Errorf("%d, more %v, %v", page.Total, page.More, err)
	}
	if most := counted + looked/10; read > most {
		t.Errorf("%d tickets were looked at", read)
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
