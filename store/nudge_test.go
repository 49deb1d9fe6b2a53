package store

import (
	"testing"

	"frontdesk/ticket"
)

func TestWorkersAreToldOfNewWork(t *testing.T) {
	st := newStory(t)
	told := func(c <-chan struct{}) bool {
		select {
		case <-c:
			return true
		default:
			return false
		}
	}
	h := st.ticketOf("wang")
	if told(st.Posted(st.account)) || told(st.Expected(st.account)) {
		t.Error("told of work that there is none of")
	}
	for range 2 { // nobody takes the first call: it is enough for both
		st.act(st.officer("3301", "林元众"), h.Number, ticket.Step{What: ticket.Claim})
		st.act(st.officer("3301", "林元众"), h.Number, ticket.Step{What: ticket.Release})
	}
	if !told(st.Posted(st.account)) || told(st.Posted(st.account)) || told(st.Posted("gh_other")) {
		t.Error("the sender is not told once")
	}
	st.withPhotos()
	if !told(st.Expected(st.account)) {
		t.Error("the fetcher is not told")
	}
}
