package store

import (
	"strings"
	"testing"

	"frontdesk/flows"
	"frontdesk/ticket"
)

// goesOn has wang ask for more, of an account that may push or not.
func (st *story) goesOn(identity string, push bool) string {
	st.t.Helper()
	answer, err := st.Converse(st.t.Context(), st.account, "wang", identity, func(r flows.Resident) (flows.Change, error) {
		return flows.Decide(r, flows.Input{ID: identity, Kind: flows.Text, Text: "继续"}, flows.World{
			Now: st.clockNow(), CanPush: push, Account: ticket.Account{ID: st.account, Stations: []ticket.Station{{ID: "main"}}}, Number: "482719365",
		})
	})
	if err != nil {
		st.t.Fatal(err)
	}
	return answer
}

// fates are what an officer sees of the letters of the newest entry that has any, the whole one first.
func (st *story) fates(n ticket.Number) (fates []ticket.Fate) {
	st.t.Helper()
	list := st.view(n).Deliveries
	for _, d := range list {
		if d.Seq == list[len(list)-1].Seq {
			fates = append(fates, d.Fate)
		}
	}
	return fates
}

// The beginning of a long reply is delivered with an answer. What becomes of the rest, the officer must see too.
func TestTheRestOfALongReplyTellsOfItself(t *testing.T) {
	long := ticket.Personal(strings.Repeat("请带上户口簿和身份证，到长安路窗口。", 60) + "最后一句。")
	for name, c := range map[string]struct {
		push bool
		goes func(*story) // what becomes of the rest
		want []ticket.Fate
	}{
		"is under way": {true, func(*story) {}, []ticket.Fate{ticket.Delivered, ticket.Sending}},
		"fails": {true, func(st *story) {
			st.settled(st.parcel(), ticket.Delivery{Fate: ticket.Failed, Via: ticket.ViaService, Tries: 1, At: st.clockNow()})
		}, []ticket.Fate{ticket.Delivered, ticket.Failed}},
		"waits after all, and is read": {true, func(st *story) {
			st.settled(st.parcel(), ticket.Delivery{Fate: ticket.InMailbox, Via: ticket.ViaMailbox, Tries: 1, At: st.clockNow()})
			if answer := st.goesOn("second", true); !strings.Contains(answer, "最后一句") {
				st.t.Errorf("the rest is not in %q", answer)
			}
			st.answered(st.Store, "second")
		}, []ticket.Fate{ticket.Delivered, ticket.Delivered}},
		"waits": {false, func(*story) {}, []ticket.Fate{ticket.Delivered, ticket.InMailbox}},
		"waits, and its resident leaves": {false, func(st *story) {
			st.converse("wang", func(flows.Resident) (flows.Change, error) { return flows.Change{Forget: true}, nil })
		}, []ticket.Fate{ticket.Delivered, ticket.Failed}},
		"waits, and is read": {false, func(st *story) {
			st.goesOn("second", false)
			st.answered(st.Store, "second")
		}, []ticket.Fate{ticket.Delivered, ticket.Delivered}},
	} {
		st, n, _ := waiting(t, long)
		if answer := st.goesOn("first", c.push); strings.Contains(answer, "最后一句") {
			t.Fatalf("%s: all of it is in %q", name, answer)
		}
		st.answered(st.Store, "first")
		c.goes(st)
		if got := st.fates(n); len(got) != 2 || !(got[0] == c.want[0] && got[1] == c.want[1] || got[0] == c.want[1] && got[1] == c.want[0]) {
			t.Errorf("%s: the officer sees %v", name, got)
		}
		st.clean()
		file, _ := st.taken("")
		st.brought(file)
	}
}

// When the answer that began a long reply is lost, it begins anew: of the rest that was there before, nothing is left.
func TestTheRestOfALostBeginningTellsNothing(t *testing.T) {
	st, n, _ := waiting(t, ticket.Personal(strings.Repeat("请带上户口簿和身份证，到长安路窗口。", 60)+"最后一句。"))
	st.goesOn("first", false)
	st.doubted.Add(whose(st.account, "wang", "first"), struct{}{})
	st.goesOn("second", false)
	st.answered(st.Store, "second")
	if got := st.fates(n); len(got) != 2 {
		t.Errorf("the officer sees %v", got)
	}
	st.clean()
}
