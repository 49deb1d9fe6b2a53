package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/bot"
	"frontdesk/flows"
	"frontdesk/store"
	"frontdesk/ticket"
)

// sundial is a machine's clock that can be put wrong, and the time that runs.
type sundial struct {
	mu    sync.Mutex
	wrong time.Duration
	ran   time.Duration
}

func (d *sundial) read() (time.Time, time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC).Add(d.ran + d.wrong), d.ran
}

func (d *sundial) put(wrong time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.wrong = wrong
}

// timely is a house on a real Redis by a clock that may be put wrong.
type timely struct {
	*testing.T
	*house
	*sundial
	client *redis.Client
	steady *bot.Clock
	serial int
}

func newTimely(t *testing.T) *timely {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patienceTime)
	defer cancel()
	own, err := store.Launch(ctx, store.Local{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(own.Options())
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patienceTime)
		defer cancel()
		if err := client.Close(); err != nil {
			t.Error(err)
		}
		if err := own.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	w := &timely{T: t, sundial: &sundial{}, client: client}
	w.steady = bot.NewClock(w.read)
	w.steady.Hear(w.steady.Now()) // the platform's first message
	w.house, err = build(plan{
		Client: client, Data: t.TempDir(), Seals: t.TempDir(), Clock: w.steady.Now, Steady: w.steady, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Accounts: []bot.Account{{ID: townAccount, AppID: "wx1", Token: "AAAAA", Mode: bot.Plaintext}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.store.PutAccount(t.Context(), ticket.Account{ID: townAccount, Name: "长安路警务室", Stations: []ticket.Station{{ID: "main", Name: "长安路"}}}); err != nil {
		t.Fatal(err)
	}
	return w
}

// pass lets time pass, during which the house looks at its clock and works.
func (w *timely) pass(d time.Duration) {
	w.Helper()
	for d > 0 {
		step := min(d, 10*time.Minute)
		d -= step
		w.mu.Lock()
		w.ran += step
		w.mu.Unlock()
		w.wakes()
	}
}

func (w *timely) wakes() {
	w.Helper()
	if err := w.wake(w.Context(), townAccount); err != nil {
		w.Fatal(err)
	}
}

// says has a resident write, and gives where they stand after it.
func (w *timely) says(who, words string) flows.Conversation {
	w.Helper()
	w.serial++
	var c flows.Change
	_, err := w.store.Converse(w.Context(), townAccount, ticket.Personal(who), fmt.Sprint("m", w.serial), func(r flows.Resident) (flows.Change, error) {
		number, err := ticket.NewNumber(rand.Reader)
		if err != nil {
			return c, err
		}
		c, err = flows.Decide(r, flows.Input{ID: fmt.Sprint("m", w.serial), Kind: flows.Text, Text: ticket.Personal(words)},
			flows.World{Now: w.steady.Now(), Account: ticket.Account{ID: townAccount, Stations: []ticket.Station{{ID: "main"}}}, Number: number})
		return c, err
	})
	if err != nil {
		w.Fatal(err)
	}
	return c.Conversation
}

// tells has a resident tell a whole quarrel, of which a ticket is made.
func (w *timely) tells(who string) {
	w.Helper()
	for _, words := range []string{"纠纷", "1", "2", "1", "楼上502", "每天半夜两点拖桌子", "长安路8号", "没有", "没有", "不用", "1"} {
		w.says(who, words)
	}
}

var lin = ticket.Officer{ID: "3301", Name: "林元众", Role: ticket.Police, Account: townAccount, Station: "main"}

func (w *timely) act(n ticket.Number, what ticket.What) {
	w.Helper()
	w.serial++
	if _, err := w.store.Act(w.Context(), lin, n, fmt.Sprint("r", w.serial), ticket.Step{What: what, Text: "好了"}); err != nil {
		w.Fatal(err)
	}
}

// statuses counts tickets by where they stand.
func (w *timely) statuses() map[ticket.Status]int {
	w.Helper()
	count := map[ticket.Status]int{}
	for _, list := range []ticket.List{ticket.ListOpen, ticket.ListDone} {
		page, err := w.store.Queue(w.Context(), operator(townAccount), ticket.Query{List: list, Limit: 200})
		if err != nil {
			w.Fatal(err)
		}
		for _, h := range page.Rows {
			count[h.Status]++
		}
	}
	return count
}

// TestAClockThatJumpsExpiresNothing has tickets that are due to be closed or given back within a day, and a clock that is put wrong and right
// again: nothing happens that would not have happened anyway.
func TestAClockThatJumpsExpiresNothing(t *testing.T) {
	for _, jump := range []time.Duration{10 * time.Minute, -10 * time.Minute, 24 * time.Hour, -24 * time.Hour} {
		w := newTimely(t)
		w.pass(20 * time.Minute)
		for i := range 20 {
			who := fmt.Sprint("r", i)
			w.tells(who)
		}
		page, err := w.store.Queue(t.Context(), lin, ticket.Query{List: ticket.ListQueue, Limit: 200})
		if err != nil || len(page.Rows) != 20 {
			t.Fatalf("%d tickets, %v", len(page.Rows), err)
		}
		for _, h := range page.Rows[:10] {
			w.act(h.Number, ticket.Claim)
			w.act(h.Number, ticket.Resolve)
		}
		w.pass(ticket.Objection - 24*time.Hour)
		for _, h := range page.Rows[10:] {
			w.act(h.Number, ticket.Claim)
		}
		w.pass(24*time.Hour - 5*time.Minute) // in five minutes ten will be closed, and ten go back to the queue
		w.says("chen", "纠纷")
		before := w.says("chen", "1")
		want := w.statuses()
		w.put(jump)
		for range 4 {
			w.wakes()
			w.sundial.mu.Lock()
			w.ran += time.Minute
			w.sundial.mu.Unlock()
		}
		after := w.says("chen", "2")
		if after.Flow != before.Flow || after.Step == before.Step || after.Aside != nil {
			t.Errorf("%v: the conversation stood at %s %s and stands at %s %s", jump, before.Flow, before.Step, after.Flow, after.Step)
		}
		if got := w.statuses(); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%v: %v became %v", jump, want, got)
		}
		w.put(0)
		w.wakes()
		if got := w.statuses(); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%v, and back: %v became %v", jump, want, got)
		}
		if next := w.says("chen", "1"); next.Flow != before.Flow || next.Aside != nil {
			t.Errorf("%v, and back: the conversation stands at %s %s", jump, next.Flow, next.Step)
		}
		// In its own time everything happens as it should.
		w.pass(8 * 24 * time.Hour)
		if got := w.statuses(); got[ticket.Closed] != 10 || got[ticket.Claimed] != 0 {
			t.Errorf("%v: in the end %v", jump, got)
		}
		if err := w.store.Seal(t.Context(), townAccount, w.steady.Now()); err != nil {
			t.Fatal(err)
		}
		if found, err := w.store.Fsck(t.Context(), townAccount); err != nil || len(found) > 0 {
			t.Errorf("%v: fsck: %q, %v", jump, found, err)
		}
	}
}
