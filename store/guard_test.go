package store

import (
	"errors"
	"testing"

	"frontdesk/ticket"
)

// TestWordsThatAccuseTakeATicketAway follows a dispute whose assignee is accused by what the resident adds later: it leaves every list,
// count and search of theirs, they can neither act on it nor get it back, and those who oversee still have it.
func TestWordsThatAccuseTakeATicketAway(t *testing.T) {
	st := newStory(t)
	ctx := t.Context()
	zhou, lin := st.officer("3302", "周敏"), st.officer("3301", "林元众")
	chief := ticket.Officer{ID: "3300", Name: "吴建国", Role: ticket.Chief, Account: st.account}
	for _, o := range []ticket.Officer{zhou, lin, chief} {
		o.ID += st.account[:8] // sign-in names are the whole Redis's
		if err := st.AddOfficer(ctx, o); err != nil {
			t.Fatal(err)
		}
	}
	zhou.ID, lin.ID, chief.ID = zhou.ID+st.account[:8], lin.ID+st.account[:8], chief.ID+st.account[:8]
	o := st.opening("wang")
	o.Home.Officer = zhou.ID
	st.converse("wang", st.opens(o))
	n := st.record("wang").Tickets[0].Number
	st.act(chief, n, ticket.Step{What: ticket.Assign, To: zhou.By()})

	sees := func(o ticket.Officer) (lists int, found bool) {
		t.Helper()
		for _, l := range []ticket.List{ticket.ListMine, ticket.ListQueue, ticket.ListOpen, ticket.ListDone} {
			p, err := st.Queue(ctx, o, ticket.Query{List: l})
			if err != nil || len(p.Rows) != p.Total {
				t.Fatalf("%s of %s: %d rows of %d, %v", l, o.Name, len(p.Rows), p.Total, err)
			}
			lists += p.Total
		}
		_, err := st.Find(ctx, o, n)
		return lists, err == nil
	}
	if lists, found := sees(zhou); lists == 0 || !found {
		t.Fatal("the assignee does not see the ticket to begin with")
	}
	st.converse("wang", st.says(ticket.Step{What: ticket.Say, Text: "民警周敏收了他的钱", Guard: ticket.GuardNamed}))
	if lists, found := sees(zhou); lists != 0 || found {
		t.Errorf("who is accused still sees it in %d lists; found: %v", lists, found)
	}
	if lists, found := sees(lin); lists == 0 || !found {
		t.Error("a colleague who is not meant has lost it")
	}
	if _, err := st.Act(ctx, zhou, n, "late", ticket.Step{What: ticket.Note, Text: "没有的事"}); !errors.Is(err, ticket.ErrNotFound) {
		t.Errorf("who is accused acts on it: %v", err)
	}
	if _, err := st.Act(ctx, chief, n, "back", ticket.Step{What: ticket.Assign, To: zhou.By()}); !errors.Is(err, ticket.ErrNotAllowed) {
		t.Errorf("it is given back to who is accused: %v", err)
	}
	st.act(chief, n, ticket.Step{What: ticket.Assign, To: lin.By()})
	st.converse("wang", st.says(ticket.Step{What: ticket.Say, Text: "还有个民警骂我", Guard: ticket.GuardOverseers}))
	if lists, found := sees(lin); lists != 0 || found {
		t.Error("a doubt does not hide it from those who do not oversee")
	}
	if lists, found := sees(chief); lists == 0 || !found {
		t.Error("nobody is left who sees it")
	}
	st.clean()
}
