package store

import (
	"strconv"
	"testing"
	"time"

	"frontdesk/ticket"
)

// A sign-in name is anybody's choice: it must not name what the program remembers for itself, or the clock would take its own step for done.
func TestAnOfficerCalledLikeTheProgram(t *testing.T) {
	st := newStory(t)
	h, wake := st.ticketOf("wang"), st.officer("wake", "魏可")
	st.act(wake, h.Number, ticket.Step{What: ticket.Claim})
	h = st.act(wake, h.Number, ticket.Step{What: ticket.Resolve, Text: "办好了"})
	request := strconv.Itoa(h.Version + 1) // the version that the clock will find
	if _, err := st.Act(t.Context(), wake, h.Number, request, ticket.Step{What: ticket.Note, Text: "看过了"}); err != nil {
		t.Fatal(err)
	}
	st.pass(8 * 24 * time.Hour)
	st.rdb.Persist(t.Context(), keysOf(st.account).asked("wake", h.Number, request)) // as if it had come just now
	if _, err := st.Wake(t.Context(), st.account, st.clockNow()); err != nil {
		t.Fatal(err)
	}
	if got := st.record("wang").Tickets[0].Status; got != ticket.Closed {
		t.Errorf("after a week without a word it is %s", got)
	}
	st.clean()
}
