package store

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"frontdesk/flows"
	"frontdesk/ticket"
)

// This file holds the store against a model in memory: two replicas on one Redis, and whoever can do anything to it, in any order. A sequence
// has an account of its own; `make models` runs many long ones.

// model is what must be true of one account.
type model struct {
	*story
	replicas []*Store
	officers []ticket.Officer
	headers  map[ticket.Number]ticket.Header
	numbers  []ticket.Number
	counts   map[string]int    // by day and name
	answers  map[string]string // by identity
	saidBy   map[string]string // the same
	done     []request
	letters  map[string]int // how often each reached somebody, or was given up
	notices  []string
	held     []ticket.Parcel // taken by a sender that has stopped since
	dead     map[string]ticket.Dead
}

// request is an officer's click and what came of it.
type request struct {
	officer ticket.Officer
	number  ticket.Number
	id      string
	step    ticket.Step
	after   ticket.Header
}

func newModel(rt *rapid.T, base *story, replicas []*Store) *model {
	st := base
	st.account = fmt.Sprint("gh_model-", base.serial.Add(1))
	st.now.Store(time.Date(2026, 3, 2, 9, 0, 0, 0, ticket.Shanghai).UnixMilli())
	m := &model{
		story: st, replicas: replicas, headers: map[ticket.Number]ticket.Header{}, counts: map[string]int{}, answers: map[string]string{},
		saidBy: map[string]string{}, letters: map[string]int{}, dead: map[string]ticket.Dead{},
	}
	m.officers = []ticket.Officer{st.officer("3301"+st.account[len("gh_model"):], "林元众"), st.officer("3302", "周敏"),
		{ID: "chief", Name: "吴建国", Role: ticket.Chief, Account: st.account}, {ID: "audit", Name: "郑", Role: ticket.Auditor, Account: st.account}}
	account := ticket.Account{ID: st.account, Name: "长安路警务室", Stations: []ticket.Station{{ID: "main", Name: "长安路"}}}
	if err := st.PutAccount(st.t.Context(), account); err != nil {
		rt.Fatal(err)
	}
	if err := st.AddOfficer(st.t.Context(), m.officers[0]); err != nil { // to whom tickets are given
		rt.Fatal(err)
	}
	return m
}

func (m *model) replica(rt *rapid.T) *Store { return rapid.SampledFrom(m.replicas).Draw(rt, "replica") }

func (m *model) id(kind string) string { return fmt.Sprint(kind, m.serial.Add(1)) }

// words are said once only, so that they can be found again.
func (m *model) words() ticket.Personal { return ticket.Personal(m.id("话")) }

func resident(rt *rapid.T) string {
	return rapid.SampledFrom([]string{"wang", "li", "zhao"}).Draw(rt, "resident")
}

// entered takes an acknowledged step into the model.
func (m *model) entered(rt *rapid.T, n ticket.Number, s ticket.Step) {
	h, e, err := m.headers[n].Do(s)
	if err != nil {
		rt.Fatalf("%s on %s was acknowledged although %v", s.What, n, err)
	}
	m.headers[n] = h
	m.count(e, string(s.What))
}

// count counts what happened as people would.
func (m *model) count(e ticket.Entry, what string) {
	day := ticket.Day(e.At)
	switch e.What {
	case ticket.Note, ticket.Left, ticket.Kept, ticket.Lost:
		return
	case ticket.Raise:
		what = "urgent"
	case ticket.Rate:
		m.counts[day+" rating."+fmt.Sprint(e.Rating)]++
	}
	m.counts[day+" "+what+".dispute"]++
}

// refusal lets pass only what the domain may say.
func refusal(rt *rapid.T, err error) {
	for _, known := range []error{ticket.ErrNotAllowed, ticket.ErrInvalid, ticket.ErrConflict, ticket.ErrNotFound} {
		if errors.Is(err, known) {
			return
		}
	}
	rt.Fatal(err)
}

func (m *model) opens(rt *rapid.T) {
	m.pass(time.Second) // tickets of one moment have no order
	who, id := resident(rt), m.id("m")
	o := m.opening(who)
	if rapid.IntRange(0, 4).Draw(rt, "accuses") == 0 {
		o.Restricted, o.Complaint = true, m.words()+"，就是林元众"
	}
	var opened flows.Change
	answer, err := m.replica(rt).Converse(m.t.Context(), m.account, ticket.Personal(who), id, func(r flows.Resident) (flows.Change, error) {
		var err error
		opened, err = m.story.opens(o)(r)
		return opened, err
	})
	if err != nil {
		rt.Fatal(err)
	}
	tc := opened.Tickets[0]
	m.headers[tc.After.Number] = tc.After
	m.numbers = append(m.numbers, tc.After.Number)
	m.count(tc.Entries[0], "open")
	m.answers[id], m.saidBy[id] = answer, who
}

// speaks is a resident's message that may do something to their newest ticket, and takes what waits in the mailbox.
func (m *model) speaks(rt *rapid.T) {
	what := rapid.SampledFrom([]ticket.What{"", ticket.Say, ticket.Urge, ticket.Withdraw, ticket.Confirm, ticket.Confirm, ticket.Reopen, ticket.Rate}).Draw(rt, "what")
	m.message(rt, m.replica(rt), resident(rt), ticket.Step{What: what, Text: m.words(), Rating: rapid.IntRange(1, 5).Draw(rt, "stars")})
}

func (m *model) message(rt *rapid.T, s *Store, who string, step ticket.Step) {
	id := m.id("m")
	var last flows.Change
	answer, err := s.Converse(m.t.Context(), m.account, ticket.Personal(who), id, func(r flows.Resident) (flows.Change, error) {
		var err error
		if last, err = m.story.says(step)(r); err != nil && len(r.Tickets) == 0 {
			err = ticket.ErrInvalid
		}
		return last, err
	})
	if err != nil {
		refusal(rt, err)
		return
	}
	if err := s.Answered(m.t.Context(), m.account, ticket.Personal(who), id); err != nil {
		rt.Fatal(err)
	}
	for _, l := range last.Taken {
		m.letters[l]++
	}
	for _, tc := range last.Tickets {
		step.By, step.At = ticket.TheResident, tc.Entries[0].At
		m.entered(rt, tc.After.Number, step)
	}
	m.answers[id], m.saidBy[id] = answer, who
}

// repeats is the platform's retry, at whichever replica: the stored answer, whatever would be decided now.
func (m *model) repeats(rt *rapid.T) {
	if len(m.answers) == 0 {
		return
	}
	id := rapid.SampledFrom(slices.Sorted(maps.Keys(m.answers))).Draw(rt, "message")
	answer, err := m.replica(rt).Converse(m.t.Context(), m.account, ticket.Personal(m.saidBy[id]), id, func(flows.Resident) (flows.Change, error) {
		return flows.Change{Answer: "something else"}, nil
	})
	if err != nil || answer != m.answers[id] {
		rt.Fatalf("a message again is answered %q, %v; it was %q", answer, err, m.answers[id])
	}
}

var officerMoves = []ticket.What{ticket.Claim, ticket.Claim, ticket.Reply, ticket.Reply, ticket.Ask, ticket.Note, ticket.Resolve, ticket.Resolve, ticket.Release,
	ticket.Raise, ticket.Mediate, ticket.Assign, ticket.Transfer, ticket.Accept, ticket.Return, ticket.Reject}

func (m *model) acts(rt *rapid.T) {
	if len(m.numbers) == 0 {
		return
	}
	r := request{
		officer: rapid.SampledFrom(m.officers).Draw(rt, "officer"), number: rapid.SampledFrom(m.numbers).Draw(rt, "ticket"), id: m.id("r"),
		step: ticket.Step{What: rapid.SampledFrom(officerMoves).Draw(rt, "what"), Text: m.words(), To: m.officers[0].By()},
	}
	given := m.headers[r.number]
	given.Assignee = m.officers[0].ID
	may := r.officer.May(r.step.What, m.headers[r.number]) && (r.step.What != ticket.Assign || m.officers[0].MaySee(given) && m.headers[r.number].Assignee != given.Assignee)
	after, err := m.replica(rt).Act(m.t.Context(), r.officer, r.number, r.id, r.step)
	step := r.step
	step.By, step.At = r.officer.By(), m.clockNow()
	_, _, want := m.headers[r.number].Do(step)
	if (err == nil) != (may && want == nil) {
		rt.Fatalf("%s by %s: %v; the model says %v, %v", step.What, r.officer.ID, err, may, want)
	}
	if err != nil {
		refusal(rt, err)
		return
	}
	m.entered(rt, r.number, step)
	r.after = after
	m.done = append(m.done, r)
}

// clicks is an officer's request that comes once more.
func (m *model) clicks(rt *rapid.T) {
	if len(m.done) == 0 {
		return
	}
	r := rapid.SampledFrom(m.done).Draw(rt, "request")
	if after, err := m.replica(rt).Act(m.t.Context(), r.officer, r.number, r.id, r.step); err != nil || after != r.after {
		rt.Fatalf("%s again gives %+v, %v; it was %+v", r.step.What, after, err, r.after)
	}
}

// race lets two officers reach for one ticket at two replicas at once.
func (m *model) race(rt *rapid.T) {
	if len(m.numbers) == 0 {
		return
	}
	n := rapid.SampledFrom(m.numbers).Draw(rt, "ticket")
	h := m.headers[n]
	free := h.Status.Unclaimed() && (m.officers[0].MaySee(h) || m.officers[1].MaySee(h))
	var errs [2]error
	var wg sync.WaitGroup
	for i, s := range m.replicas {
		id := m.id("c")
		wg.Go(func() { _, errs[i] = s.Act(m.t.Context(), m.officers[i], n, id, ticket.Step{What: ticket.Claim}) })
	}
	wg.Wait()
	won := 0
	for i, err := range errs {
		if err == nil {
			won++
			m.entered(rt, n, ticket.Step{What: ticket.Claim, By: m.officers[i].By(), At: m.clockNow()})
			continue
		}
		refusal(rt, err)
	}
	if free != (won == 1) || won > 1 {
		rt.Fatalf("free %v, and %d got the ticket: %v", free, won, errs)
	}
}

func (m *model) sends(rt *rapid.T) {
	s := m.replica(rt)
	parcels, err := s.TakeParcels(m.t.Context(), m.account, rapid.IntRange(1, 3).Draw(rt, "parcels"), time.Minute)
	if err != nil {
		rt.Fatal(err)
	}
	for _, p := range parcels {
		if rapid.Bool().Draw(rt, "begins") {
			m.begins(rt, s, p)
		}
		if rapid.IntRange(0, 4).Draw(rt, "stops") == 0 { // the lease runs out, and the letter comes again
			m.held = append(m.held, p)
			continue
		}
		m.settles(rt, s, p, false)
	}
}

// begins writes down that a letter may be out from now on; it can be settled all the same.
func (m *model) begins(rt *rapid.T, s *Store, p ticket.Parcel) {
	d := p.Delivery
	d.Begun = m.id("t")
	if err := s.BeginParcel(m.t.Context(), p, d); err != nil {
		rt.Fatal(err)
	}
}

// settles writes down what became of a letter.
func (m *model) settles(rt *rapid.T, s *Store, p ticket.Parcel, late bool) {
	d := ticket.Delivery{At: m.clockNow(), NextTry: m.clockNow(), Tries: p.Delivery.Tries + 1}
	d.Fate = rapid.SampledFrom([]ticket.Fate{ticket.Delivered, ticket.InMailbox, ticket.InMailbox, ticket.Failed, ticket.Sending}).Draw(rt, "fate")
	if d.Fate == ticket.InMailbox && rapid.Bool().Draw(rt, "notice") {
		d.Notice, d.Told, d.Via = m.id("9"), true, ticket.ViaTemplate
		m.notices = append(m.notices, d.Notice)
	}
	err := s.SettleParcel(m.t.Context(), p, d)
	switch {
	case errors.Is(err, ticket.ErrConflict) && late: // somebody else has it by now
	case err != nil:
		rt.Fatal(err)
	case d.Fate == ticket.Delivered || d.Fate == ticket.Failed:
		m.letters[p.Letter.ID]++
	}
}

// comesBack is a sender that had stopped, and now wants to write down what it did.
func (m *model) comesBack(rt *rapid.T) {
	if len(m.held) == 0 {
		return
	}
	p := m.held[0]
	m.held = m.held[1:]
	m.settles(rt, m.replica(rt), p, true)
}

// hears is the platform telling what became of a template message, twice at times, at times of one that nobody knows yet.
func (m *model) hears(rt *rapid.T) {
	number := fmt.Sprint("9", m.serial.Load()+1)
	if len(m.notices) > 0 && rapid.Bool().Draw(rt, "known") {
		number = rapid.SampledFrom(m.notices).Draw(rt, "notice")
	}
	arrival := rapid.SampledFrom([]ticket.Arrival{ticket.Arrived, ticket.Blocked, "failed:system failed"}).Draw(rt, "arrival")
	if err := m.replica(rt).Noticed(m.t.Context(), m.account, number, arrival); err != nil {
		rt.Fatal(err)
	}
}

// dies is a message that could not be worked, or one that was and is said to have died.
func (m *model) dies(rt *rapid.T) {
	id, who := m.id("m"), resident(rt)
	want := "记下了"
	if len(m.answers) > 0 && rapid.IntRange(0, 3).Draw(rt, "worked") == 0 {
		id = rapid.SampledFrom(slices.Sorted(maps.Keys(m.answers))).Draw(rt, "message")
		who, want = m.saidBy[id], m.answers[id]
	}
	d := ticket.Dead{Account: m.account, Where: ticket.AtCallback, Why: ticket.Panicked, Identity: ticket.Personal(id), Resident: ticket.Personal(who),
		At: m.clockNow(), Original: "<xml/>"}.Named()
	answer, err := m.replica(rt).BuryMessage(m.t.Context(), d, "记下了")
	if err != nil || answer != want {
		rt.Fatalf("a message that died is answered %q, %v; want %q", answer, err, want)
	}
	if _, ok := m.answers[id]; !ok {
		m.dead[d.ID] = d
		m.answers[id], m.saidBy[id] = answer, who
	}
}

// rises puts a dead message through, or drops it; the second time there is none.
func (m *model) rises(rt *rapid.T) {
	if len(m.dead) == 0 {
		return
	}
	d := m.dead[rapid.SampledFrom(slices.Sorted(maps.Keys(m.dead))).Draw(rt, "dead")]
	if rapid.IntRange(0, 3).Draw(rt, "drop") == 0 {
		if err := m.replica(rt).DropDead(m.t.Context(), m.account, d.ID); err != nil {
			rt.Fatal(err)
		}
	} else {
		var last flows.Change
		_, err := m.replica(rt).ReplayMessage(m.t.Context(), d, d.Resident, d.Identity.Reveal(), m.clockNow(), func(r flows.Resident) (flows.Change, error) {
			var err error
			r.Mailbox = nil // what answers a dead message goes out as a letter, and takes none along
			last, err = m.story.says(ticket.Step{})(r)
			return last, err
		})
		if err != nil || len(last.Taken) > 0 {
			rt.Fatal(last.Taken, err)
		}
	}
	delete(m.dead, d.ID)
	if err := m.replica(rt).DropDead(m.t.Context(), m.account, d.ID); !errors.Is(err, ticket.ErrNotFound) {
		rt.Fatalf("a dead letter dies twice: %v", err)
	}
}

// waits lets time pass and both replicas wake at once.
func (m *model) waits(rt *rapid.T) {
	m.pass(time.Duration(rapid.IntRange(1, 200).Draw(rt, "hours")) * time.Hour)
	now := m.clockNow()
	var wg sync.WaitGroup
	var moved [2]int
	var errs [2]error
	for i, s := range m.replicas {
		wg.Go(func() { moved[i], errs[i] = s.Wake(m.t.Context(), m.account, now) })
	}
	wg.Wait()
	if err := errors.Join(errs[0], errs[1]); err != nil {
		rt.Fatal(err)
	}
	due := 0
	for _, n := range m.numbers {
		if at, what := m.headers[n].Wake(); what != "" && !at.After(now) {
			due++
			m.entered(rt, n, ticket.Step{What: what, By: ticket.TheClock, At: now})
		}
	}
	if moved[0]+moved[1] < due {
		rt.Fatalf("the clock had %d to move and moved %v", due, moved)
	}
}

func (m *model) seals(rt *rapid.T) {
	if err := m.replica(rt).Seal(m.t.Context(), m.account, m.clockNow()); err != nil {
		rt.Fatal(err)
	}
}

func (m *model) folds(rt *rapid.T) {
	if _, err := m.replica(rt).Fold(m.t.Context(), m.account, m.clockNow()); err != nil {
		rt.Fatal(err)
	}
}

// lists looks through a list of an officer's, some rows at a time: what they may see of it is there once and in order, and nothing else.
func (m *model) lists(rt *rapid.T) {
	o := rapid.SampledFrom(m.officers).Draw(rt, "officer")
	q := ticket.Query{List: rapid.SampledFrom([]ticket.List{ticket.ListQueue, ticket.ListMine, ticket.ListOpen, ticket.ListDone}).Draw(rt, "list"), Limit: rapid.IntRange(1, 4).Draw(rt, "rows")}
	want := m.listed(o, q.List)
	var got []ticket.Number
	for {
		page, err := m.replica(rt).Queue(m.t.Context(), o, q)
		if err != nil || len(page.Rows) > q.Limit {
			rt.Fatalf("%d rows, %v", len(page.Rows), err)
		}
		if page.Total != len(want) && !page.More {
			rt.Fatalf("%s of %s has %d tickets, it says %d", q.List, o.ID, len(want), page.Total)
		}
		for _, h := range page.Rows {
			if h != m.headers[h.Number] {
				rt.Fatalf("in the list stands %+v\nacknowledged was %+v", h, m.headers[h.Number])
			}
			got = append(got, h.Number)
		}
		if q.Before = page.Next; q.Before == "" || len(got) > len(want) {
			break
		}
	}
	if !slices.Equal(got, want) {
		rt.Fatalf("%s of %s has %v; it should have %v", q.List, o.ID, got, want)
	}
}

// listed are the tickets that an officer should find in a list, in its order.
func (m *model) listed(o ticket.Officer, list ticket.List) (want []ticket.Number) {
	belongs := map[ticket.List]func(ticket.Header) bool{
		ticket.ListQueue: func(h ticket.Header) bool { return h.Status.Unclaimed() },
		ticket.ListMine:  func(h ticket.Header) bool { return h.Status.Open() && h.Assignee == o.ID },
		ticket.ListOpen:  func(h ticket.Header) bool { return h.Status.Open() },
		ticket.ListDone:  func(h ticket.Header) bool { return !h.Status.Open() },
	}[list]
	for _, n := range m.numbers {
		if h := m.headers[n]; belongs(h) && o.MaySee(h) {
			want = append(want, n)
		}
	}
	slices.SortFunc(want, func(a, b ticket.Number) int {
		first, second := m.headers[a], m.headers[b]
		if list == ticket.ListDone {
			return cmp.Or(second.ClosedAt.Compare(first.ClosedAt), cmp.Compare(a, b))
		}
		return cmp.Or(cmp.Compare(first.Score(), second.Score()), cmp.Compare(a, b))
	})
	return want
}

// holds looks at one ticket, at both replicas: it is what was acknowledged, no more and no less.
func (m *model) holds(rt *rapid.T, n ticket.Number) {
	for _, s := range m.replicas {
		v, err := s.Find(m.t.Context(), m.officers[2], n)
		if err != nil || v.Header != m.headers[n] || len(v.Entries) != v.Version {
			rt.Fatalf("ticket %s is %+v with %d entries, %v\nacknowledged was %+v", n, v.Header, len(v.Entries), err, m.headers[n])
		}
	}
}

// ends lets all letters arrive and takes stock.
func (m *model) ends(rt *rapid.T) {
	m.pass(time.Hour) // all leases are over
	for {
		parcels, err := m.replicas[0].TakeParcels(m.t.Context(), m.account, 10, time.Minute)
		if err != nil {
			rt.Fatal(err)
		}
		if len(parcels) == 0 {
			break
		}
		for _, p := range parcels {
			if err := m.replicas[1].SettleParcel(m.t.Context(), p, ticket.Delivery{Fate: ticket.InMailbox, At: m.clockNow()}); err != nil {
				rt.Fatal(err)
			}
		}
	}
	for _, who := range []string{"wang", "li", "zhao"} {
		m.message(rt, m.replicas[1], who, ticket.Step{})
	}
	for _, n := range m.numbers {
		m.holds(rt, n)
		v, err := m.replicas[0].Find(m.t.Context(), m.officers[2], n)
		if err != nil {
			rt.Fatal(err)
		}
		for _, d := range v.Deliveries {
			if m.letters[d.Letter] != 1 || d.Fate != ticket.Delivered && d.Fate != ticket.Failed {
				rt.Fatalf("letter %s is %s and reached somebody %d times", d.Letter, d.Fate, m.letters[d.Letter])
			}
			delete(m.letters, d.Letter)
		}
	}
	if len(m.letters) > 0 {
		rt.Fatalf("letters that nobody wrote: %v", m.letters)
	}
	list, err := m.replicas[0].DeadLetters(m.t.Context(), m.account)
	if err != nil || len(list) != len(m.dead) {
		rt.Fatalf("%d dead letters, %v; want %d", len(list), err, len(m.dead))
	}
	m.counted(rt)
	for _, s := range m.replicas {
		if found, err := s.Fsck(m.t.Context(), m.account); err != nil || len(found) > 0 {
			rt.Fatalf("fsck: %q, %v", found, err)
		}
	}
}

// counted compares the counters with the model's own.
func (m *model) counted(rt *rapid.T) {
	k := keysOf(m.account)
	days, err := m.rdb.SMembers(m.t.Context(), k.days()).Result()
	if err != nil {
		rt.Fatal(err)
	}
	got := map[string]int{}
	for _, day := range days {
		fields, err := m.rdb.HGetAll(m.t.Context(), k.counters(day)).Result()
		if err != nil {
			rt.Fatal(err)
		}
		for field, n := range fields {
			got[day+" "+strings.TrimPrefix(field, "main|")] = int(number(n))
		}
	}
	if !maps.Equal(got, m.counts) {
		rt.Fatalf("counted %v\nhappened %v", got, m.counts)
	}
}

// forgotten takes the account's keys away, so that ten thousand sequences do not fill the memory and slow each other down.
func (m *model) forgotten() error {
	names, err := m.scan(m.t.Context(), keysOf(m.account), keysOf(m.account).of("*"))
	if err != nil || len(names) == 0 {
		return err
	}
	return errors.Join(m.rdb.Unlink(m.t.Context(), names...).Err(), m.rdb.HDel(m.t.Context(), accountsKey, m.account).Err())
}

// TestModelOfTheRoom lets residents, officers, the sender, the platform, the clock and crashes do anything in any order at two replicas: what
// was acknowledged is there at both, nothing else is, every letter reaches somebody once, the counters count, and fsck finds nothing.
func TestModelOfTheRoom(t *testing.T) {
	base := newStory(t)
	other, err := New(Config{Client: base.rdb, Clock: base.clockNow, Seals: base.Store.seals})
	if err != nil {
		t.Fatal(err)
	}
	replicas := []*Store{base.Store, other}
	rapid.Check(t, func(rt *rapid.T) {
		m := newModel(rt, base, replicas)
		rt.Repeat(map[string]func(*rapid.T){
			"opens": m.opens, "speaks": m.speaks, "speaks more": m.speaks, "comes again": m.repeats, "acts": m.acts, "acts more": m.acts, "clicks again": m.clicks,
			"race": m.race, "sends": m.sends, "comes back": m.comesBack, "hears": m.hears, "dies": m.dies, "rises": m.rises, "waits": m.waits,
			"seals": m.seals, "folds": m.folds, "lists": m.lists, "lists more": m.lists,
			"": func(rt *rapid.T) {
				if len(m.numbers) > 0 {
					m.holds(rt, rapid.SampledFrom(m.numbers).Draw(rt, "looked at"))
				}
			},
		})
		m.ends(rt)
		if err := m.forgotten(); err != nil {
			rt.Fatal(err)
		}
	})
}
