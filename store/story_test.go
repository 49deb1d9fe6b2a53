package store

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/flows"
	"frontdesk/ticket"
)

// story is one account on a real Redis, with a clock that the test moves.
type story struct {
	*Store
	t       *testing.T
	account string
	trips   *trips
	now     atomic.Int64
	serial  atomic.Int64
}

// firstDay is when every story begins.
var firstDay = time.Date(2026, 3, 2, 9, 0, 0, 0, ticket.Shanghai)

func newStory(t *testing.T) *story {
	t.Helper()
	st := &story{t: t, account: "gh_" + strings.ToLower(rand.Text()[:12]), trips: &trips{}}
	st.now.Store(firstDay.UnixMilli())
	rdb := realRedis(t)
	rdb.AddHook(st.trips.hook())
	st.Store = st.replica(rdb)
	return st
}

// replica is another process on the same Redis.
func (st *story) replica(rdb redis.UniversalClient) *Store {
	st.t.Helper()
	s, err := New(Config{Client: rdb, Clock: st.clockNow, Ahead: st.passed, Seals: st.t.TempDir(), Silence: time.Millisecond})
	if err != nil {
		st.t.Fatal(err)
	}
	if err := s.PutAccount(st.t.Context(), ticket.Account{ID: st.account, Name: "长安路警务室", Stations: []ticket.Station{{ID: "main", Name: "长安路"}}}); err != nil {
		st.t.Fatal(err)
	}
	return s
}

// passed is how much time has passed in the story, for leases, which go by the clock of Redis.
func (st *story) passed() time.Duration { return st.clockNow().Sub(firstDay) }

func (st *story) clockNow() time.Time { return time.UnixMilli(st.now.Load()).UTC() }

func (st *story) pass(d time.Duration) { st.now.Add(d.Milliseconds()) }

func (st *story) officer(id, name string) ticket.Officer {
	return ticket.Officer{ID: id, Name: name, Role: ticket.Police, Account: st.account, Station: "main"}
}

func (st *story) opening(resident string) ticket.Opening {
	return ticket.Opening{
		Account: st.account, Resident: ticket.Personal(resident), Kind: ticket.Dispute, Home: ticket.Home{Station: "main"},
		Title: "楼上半夜拖椅子", Fields: []ticket.Field{{Key: "what", Label: "经过", Value: "每晚十一点以后"}},
	}
}

// opens is a message that opens a ticket.
func (st *story) opens(o ticket.Opening) func(flows.Resident) (flows.Change, error) {
	return func(r flows.Resident) (flows.Change, error) {
		n, err := ticket.NewNumber(rand.Reader)
		if err != nil {
			return flows.Change{}, err
		}
		h, e, err := ticket.Open(n, o, ticket.TheResident, st.clockNow())
		if err != nil {
			return flows.Change{}, err
		}
		return flows.Change{
			Followed: true, Opens: flows.OpensMessage, Answer: "已经记下，编号" + string(n),
			Tickets: []flows.TicketChange{{After: h, Entries: []ticket.Entry{e}}},
		}, nil
	}
}

// says is a message that adds to the resident's newest ticket and takes the letters that wait.
func (st *story) says(step ticket.Step) func(flows.Resident) (flows.Change, error) {
	return func(r flows.Resident) (flows.Change, error) {
		c := flows.Change{Conversation: r.Conversation, Followed: true, Opens: flows.OpensMessage, Answer: "好的"}
		for _, l := range r.Mailbox {
			c.Taken = append(c.Taken, l.ID)
			c.Answer += "\n" + l.Text.Reveal()
		}
		if step.What == "" {
			return c, nil
		}
		if len(r.Tickets) == 0 {
			return c, errors.New("no ticket to add to")
		}
		step.At, step.By = st.clockNow(), ticket.TheResident
		h, e, err := r.Tickets[0].Do(step)
		if err != nil {
			return c, err
		}
		c.Tickets = []flows.TicketChange{{Before: r.Tickets[0].Version, After: h, Entries: []ticket.Entry{e}}}
		return c, nil
	}
}

func (st *story) converse(resident string, decide func(flows.Resident) (flows.Change, error)) string {
	st.t.Helper()
	answer, err := st.Converse(st.t.Context(), st.account, ticket.Personal(resident), fmt.Sprint("m", st.serial.Add(1)), decide)
	if err != nil {
		st.t.Fatal(err)
	}
	return answer
}

// ticketOf opens a ticket and gives its header.
func (st *story) ticketOf(resident string) ticket.Header {
	st.t.Helper()
	st.converse(resident, st.opens(st.opening(resident)))
	return st.record(resident).Tickets[0]
}

func (st *story) record(resident string) flows.Resident {
	st.t.Helper()
	r, err := st.resident(st.t.Context(), st.account, ticket.Personal(resident))
	if err != nil {
		st.t.Fatal(err)
	}
	return r
}

func (st *story) act(o ticket.Officer, n ticket.Number, step ticket.Step) ticket.Header {
	st.t.Helper()
	h, err := st.Act(st.t.Context(), o, n, fmt.Sprint("r", st.serial.Add(1)), step)
	if err != nil {
		st.t.Fatalf("%s: %v", step.What, err)
	}
	return h
}

func (st *story) clean() {
	st.t.Helper()
	found, err := st.Fsck(st.t.Context(), st.account)
	if err != nil || len(found) > 0 {
		st.t.Fatalf("fsck: %q, %v", found, err)
	}
}

func TestOneMessageOneEffect(t *testing.T) {
	st := newStory(t)
	replicas := []*Store{st.Store, st.replica(st.rdb), st.replica(st.rdb)}
	answers := make([]string, 12)
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() {
			a, err := replicas[i%3].Converse(t.Context(), st.account, "wang", "same", st.opens(st.opening("wang")))
			if err != nil {
				t.Error(err)
			}
			answers[i] = a
		})
	}
	wg.Wait()
	for _, a := range answers {
		if a == "" || a != answers[0] {
			t.Fatalf("answers differ: %q", answers)
		}
	}
	if got := st.record("wang").Tickets; len(got) != 1 {
		t.Fatalf("one message opened %d tickets", len(got))
	}
	st.clean()
}

func TestMessagesAtOnceAreAllKept(t *testing.T) {
	st := newStory(t)
	st.ticketOf("wang")
	other := st.replica(st.rdb)
	var wg sync.WaitGroup
	for i := range 100 { // far more than may lose a race in a row: they wait for their turn
		wg.Go(func() {
			s := []*Store{st.Store, other}[i%2]
			step := ticket.Step{What: ticket.Say, Text: ticket.Personal(fmt.Sprint("还有一句", i))}
			if _, err := s.Converse(t.Context(), st.account, "wang", fmt.Sprint("x", i), st.says(step)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if v := st.record("wang").Tickets[0].Version; v != 101 {
		t.Errorf("a hundred words made the ticket %d entries long", v)
	}
	st.clean()
}

func TestRoundTrips(t *testing.T) {
	st := newStory(t)
	st.ticketOf("first") // loads the script
	cold := st.replica(st.rdb)
	for _, c := range []struct {
		name string
		s    *Store
		who  ticket.Personal
		want int64
	}{{"a stranger", st.Store, "li", 1}, {"somebody remembered", st.Store, "li", 1}, {"somebody forgotten", cold, "li", 2}, {"somebody changed elsewhere", st.Store, "li", 2}} {
		was := st.trips.n.Load()
		if _, err := c.s.Converse(t.Context(), st.account, c.who, c.name, st.says(ticket.Step{})); err != nil {
			t.Fatal(err)
		}
		if got := st.trips.n.Load() - was; got != c.want {
			t.Errorf("%s: %d round trips, want %d", c.name, got, c.want)
		}
	}
}

func TestTwoOfficersOneTicket(t *testing.T) {
	st := newStory(t)
	h := st.ticketOf("wang")
	lin, zhou := st.officer("3301", "林元众"), st.officer("3302", "周敏")
	var wg sync.WaitGroup
	var won atomic.Int64
	for i, o := range []ticket.Officer{lin, zhou, lin, zhou} {
		wg.Go(func() {
			_, err := st.Act(t.Context(), o, h.Number, fmt.Sprint("claim", i), ticket.Step{What: ticket.Claim})
			var taken ticket.Taken
			switch {
			case err == nil:
				won.Add(1)
			case !errors.As(err, &taken) || taken.By == "":
				t.Errorf("the loser is told %v", err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Errorf("%d claims won", won.Load())
	}
	st.clean()
}

func TestTheSameRequestTwice(t *testing.T) {
	st := newStory(t)
	h, lin := st.ticketOf("wang"), st.officer("3301", "林元众")
	st.act(lin, h.Number, ticket.Step{What: ticket.Claim})
	reply := ticket.Step{What: ticket.Reply, Text: "今晚就来"}
	for range 2 {
		if _, err := st.Act(t.Context(), lin, h.Number, "double click", reply); err != nil {
			t.Fatal(err)
		}
	}
	v, err := st.Find(t.Context(), lin, h.Number)
	if err != nil || len(v.Entries) != 3 || v.Entries[2].Text.Reveal() != "今晚就来" {
		t.Fatalf("%d entries, %v", len(v.Entries), err)
	}
	if len(v.Deliveries) != 2 || v.Deliveries[1].Fate != ticket.Sending {
		t.Errorf("deliveries: %+v", v.Deliveries)
	}
	st.clean()
}

func TestNobodySeesWhatIsNotTheirs(t *testing.T) {
	st := newStory(t)
	o := st.opening("wang")
	o.Kind, o.Restricted, o.Complaint = ticket.Feedback, true, "林元众态度不好"
	st.converse("wang", st.opens(o))
	n := st.record("wang").Tickets[0].Number
	chief := ticket.Officer{ID: "1", Name: "陈所", Role: ticket.Chief, Account: st.account}
	namesake := ticket.Officer{ID: "2", Name: "林元众", Role: ticket.Chief, Account: st.account}
	for _, c := range []struct {
		o    ticket.Officer
		want int
	}{{chief, 1}, {namesake, 0}, {st.officer("3301", "周敏"), 0}} {
		for _, l := range []ticket.List{ticket.ListQueue, ticket.ListOpen} {
			p, err := st.Queue(t.Context(), c.o, ticket.Query{List: l})
			if err != nil || len(p.Rows) != c.want || p.Total != c.want {
				t.Errorf("%s in %s: %d rows of %d, %v", c.o.ID, l, len(p.Rows), p.Total, err)
			}
		}
		_, err := st.Find(t.Context(), c.o, n)
		if seen := err == nil; seen != (c.want == 1) {
			t.Errorf("%s finds it: %v", c.o.ID, err)
		}
		if c.want == 0 {
			if _, err := st.Act(t.Context(), c.o, n, "r", ticket.Step{What: ticket.Claim}); !errors.Is(err, ticket.ErrNotFound) {
				t.Errorf("%s claims it: %v", c.o.ID, err)
			}
		}
	}
}

func TestPages(t *testing.T) {
	st := newStory(t)
	want := map[ticket.Number]bool{}
	for i := range 7 {
		h := st.ticketOf(fmt.Sprint("r", i))
		want[h.Number] = true
		if i%2 == 0 {
			st.pass(time.Minute)
		}
	}
	q := ticket.Query{List: ticket.ListQueue, Limit: 3}
	var last float64
	for range 3 {
		p, err := st.Queue(t.Context(), st.officer("3301", "林元众"), q)
		if err != nil || p.Total != 7 {
			t.Fatalf("total %d, %v", p.Total, err)
		}
		for _, h := range p.Rows {
			if !want[h.Number] || h.Score() < last {
				t.Errorf("%s twice or out of order", h.Number)
			}
			delete(want, h.Number)
			last = h.Score()
		}
		if q.Before = p.Next; q.Before == "" {
			break
		}
	}
	if len(want) != 0 || q.Before != "" {
		t.Errorf("%d tickets on no page, next %q", len(want), q.Before)
	}
}

// TestPagesOfOneMoment opens many tickets at one moment: each is on a page, though all stand in one place.
func TestPagesOfOneMoment(t *testing.T) {
	st := newStory(t)
	const many = 150
	for i := range many {
		st.ticketOf(fmt.Sprint("r", i))
	}
	seen := map[ticket.Number]bool{}
	for q := (ticket.Query{List: ticket.ListQueue, Limit: 3}); ; {
		p, err := st.Queue(t.Context(), st.officer("3301", "林元众"), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range p.Rows {
			if seen[h.Number] {
				t.Fatalf("%s is on two pages", h.Number)
			}
			seen[h.Number] = true
		}
		if q.Before = p.Next; q.Before == "" {
			break
		}
	}
	if len(seen) != many {
		t.Errorf("%d of %d tickets are on a page", len(seen), many)
	}
}

func TestWhoseCodeLedHere(t *testing.T) {
	st := newStory(t)
	o := st.opening("wang")
	o.Home.Officer = "3301"
	st.converse("wang", st.opens(o))
	lin, zhou := st.officer("3301", "林元众"), st.officer("3302", "周敏")
	count := func(o ticket.Officer, l ticket.List) int {
		t.Helper()
		p, err := st.Queue(t.Context(), o, ticket.Query{List: l})
		if err != nil || len(p.Rows) != p.Total {
			t.Fatalf("%d rows of %d, %v", len(p.Rows), p.Total, err)
		}
		return p.Total
	}
	if count(lin, ticket.ListMine) != 1 || count(zhou, ticket.ListMine) != 0 || count(zhou, ticket.ListQueue) != 1 {
		t.Error("the ticket does not lie with whose code was scanned, and in the queue")
	}
	st.act(zhou, st.record("wang").Tickets[0].Number, ticket.Step{What: ticket.Claim})
	if count(lin, ticket.ListMine) != 0 || count(zhou, ticket.ListMine) != 1 {
		t.Error("a ticket that a colleague took still lies with the other")
	}
	st.clean()
}

// What a replica remembers of a resident may be old: it is no reason to refuse what they say.
func TestAnOldMemoryRefusesNothing(t *testing.T) {
	st := newStory(t)
	other := st.replica(st.rdb)
	if _, err := other.Converse(t.Context(), st.account, "wang", "hello", st.says(ticket.Step{})); err != nil { // knows wang without a ticket
		t.Fatal(err)
	}
	st.ticketOf("wang")
	step := ticket.Step{What: ticket.Say, Text: "还有一句"}
	if _, err := other.Converse(t.Context(), st.account, "wang", "more", st.says(step)); err != nil {
		t.Error(err)
	}
	st.clean()
}
