package store

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"frontdesk/ticket"
)

// TestWhateverHappensTheBooksAgree lets residents, officers, the sender, the fetcher and the clock do anything in any order: the history is
// never longer or shorter than what was acknowledged, and fsck finds nothing.
func TestWhateverHappensTheBooksAgree(t *testing.T) {
	st := newStory(t)
	officers := []ticket.Officer{st.officer("3301", "林元众"), st.officer("3302", "周敏"),
		{ID: "chief", Name: "吴建国", Role: ticket.Chief, Account: st.account}}
	steps := []ticket.What{ticket.Claim, ticket.Reply, ticket.Ask, ticket.Note, ticket.Resolve, ticket.Release, ticket.Raise, ticket.Mediate, ticket.Reject}
	says := []ticket.What{ticket.Say, ticket.Urge, ticket.Withdraw, ticket.Confirm, ticket.Reopen, ticket.Rate}
	lengths := map[ticket.Number]int{}
	run := 0
	rapid.Check(t, func(rt *rapid.T) {
		run++
		who := func() string { return fmt.Sprint("r", run, "-", rapid.IntRange(0, 2).Draw(rt, "resident")) }
		var numbers []ticket.Number
		rt.Repeat(map[string]func(*rapid.T){
			"opens": func(*rapid.T) {
				st.pass(time.Second) // tickets of one moment have no order
				h := st.ticketOf(who())
				numbers = append(numbers, h.Number)
				lengths[h.Number] = 1
			},
			"says": func(rt *rapid.T) {
				r := who()
				had := st.record(r).Tickets
				if len(had) == 0 {
					return
				}
				step := ticket.Step{What: rapid.SampledFrom(says).Draw(rt, "what"), Text: "话", Rating: 4}
				_, err := st.Converse(t.Context(), st.account, ticket.Personal(r), fmt.Sprint("x", st.serial.Add(1)), st.says(step))
				st.counted(rt, lengths, had[0].Number, err)
			},
			"acts": func(rt *rapid.T) {
				if len(numbers) == 0 {
					return
				}
				n := rapid.SampledFrom(numbers).Draw(rt, "ticket")
				step := ticket.Step{What: rapid.SampledFrom(steps).Draw(rt, "what"), Text: "话"}
				_, err := st.Act(t.Context(), rapid.SampledFrom(officers).Draw(rt, "officer"), n, fmt.Sprint("a", st.serial.Add(1)), step)
				st.counted(rt, lengths, n, err)
			},
			"sends": func(rt *rapid.T) {
				fate := rapid.SampledFrom([]ticket.Fate{ticket.Delivered, ticket.InMailbox, ticket.Failed, ticket.Sending}).Draw(rt, "fate")
				parcels, err := st.TakeParcels(t.Context(), st.account, 5, time.Minute)
				if err != nil {
					rt.Fatal(err)
				}
				for _, p := range parcels {
					if err := st.SettleParcel(t.Context(), p, ticket.Delivery{Fate: fate, At: st.clockNow(), NextTry: st.clockNow()}); err != nil {
						rt.Fatal(err)
					}
				}
			},
			"waits": func(rt *rapid.T) {
				st.pass(time.Duration(rapid.IntRange(1, 200).Draw(rt, "hours")) * time.Hour)
				before := map[ticket.Number]int{}
				for n := range lengths {
					before[n] = lengths[n]
				}
				if _, err := st.Wake(t.Context(), st.account, st.clockNow()); err != nil {
					rt.Fatal(err)
				}
				for _, n := range numbers {
					if h, err := st.header(t.Context(), keysOf(st.account), n); err == nil && h.Version <= before[n]+1 {
						lengths[n] = h.Version
					}
				}
			},
			"seals": func(rt *rapid.T) {
				if err := st.Seal(t.Context(), st.account, st.clockNow()); err != nil {
					rt.Fatal(err)
				}
			},
			"folds": func(rt *rapid.T) {
				if _, err := st.Fold(t.Context(), st.account, st.clockNow()); err != nil {
					rt.Fatal(err)
				}
			},
			"": func(rt *rapid.T) {
				for _, n := range numbers {
					if h, err := st.header(t.Context(), keysOf(st.account), n); err != nil || h.Version != lengths[n] {
						rt.Fatalf("ticket %s has %d entries, %d were acknowledged, %v", n, h.Version, lengths[n], err)
					}
				}
			},
		})
		if found, err := st.Fsck(t.Context(), st.account); err != nil || len(found) > 0 {
			rt.Fatalf("fsck: %q, %v", found, err)
		}
	})
}

// counted adds an entry to the count when a step was acknowledged, and lets pass only refusals of the domain.
func (st *story) counted(rt *rapid.T, lengths map[ticket.Number]int, n ticket.Number, err error) {
	switch {
	case err == nil:
		lengths[n]++
	case errors.Is(err, ticket.ErrNotAllowed), errors.Is(err, ticket.ErrInvalid), errors.Is(err, ticket.ErrConflict):
	default:
		rt.Fatal(err)
	}
}
