package store

import (
	"slices"
	"testing"

	"frontdesk/flows"
	"frontdesk/ticket"
)

// TestAnUndoneEntryIsNotBuiltOn has Redis forget an entry, as a failover does, and another one take its number: whoever remembers the lost
// one must not chain to it.
func TestAnUndoneEntryIsNotBuiltOn(t *testing.T) {
	st := newStory(t)
	n := st.ticketOf("wang").Number
	k := keysOf(st.account)
	before := st.snapshot(k)
	st.converse("wang", st.says(ticket.Step{What: ticket.Say, Text: "这一句没有了"}))
	st.undo(k, before)
	other := st.replica(st.rdb)
	step := ticket.Step{What: ticket.Say, Text: "这一句在"}
	if _, err := other.Converse(t.Context(), st.account, "wang", "elsewhere", st.says(step)); err != nil {
		t.Fatal(err)
	}
	st.converse("wang", st.says(ticket.Step{What: ticket.Say, Text: "这一句也在"}))
	h, err := st.header(t.Context(), k, n)
	if err != nil || h.Version != 3 {
		t.Errorf("%d entries, %v", h.Version, err)
	}
	st.clean()
}

// TestAnUndoneRecordDoesNotShutAResidentOut has Redis forget what this process remembers: the next message is taken in all the same.
func TestAnUndoneRecordDoesNotShutAResidentOut(t *testing.T) {
	st := newStory(t)
	st.ticketOf("wang")
	k := keysOf(st.account)
	before := st.snapshot(k)
	for range 3 {
		st.converse("wang", st.says(ticket.Step{}))
	}
	st.undo(k, before)
	st.converse("wang", st.says(ticket.Step{What: ticket.Say, Text: "还在吗"}))
	st.clean()
}

// TestAnUndoneRecordRefusesNothingAfterALostRace has a message lose against another replica, while what this process remembers by then is a record that
// Redis has forgotten: what that says is no reason to refuse the message.
func TestAnUndoneRecordRefusesNothingAfterALostRace(t *testing.T) {
	st := newStory(t)
	st.ticketOf("wang")
	other, says, raced := st.replica(st.rdb), st.says(ticket.Step{What: ticket.Say, Text: "还在吗"}), false
	st.converse("wang", func(r flows.Resident) (flows.Change, error) {
		if !raced {
			raced = true
			if _, err := other.Converse(t.Context(), st.account, "wang", "elsewhere", st.says(ticket.Step{})); err != nil {
				t.Error(err)
			}
			st.known.Add(keysOf(st.account).resident("wang"), flows.Resident{Account: st.account, OpenID: "wang", Version: r.Version + 1<<40})
		}
		return says(r)
	})
	st.clean()
}

// snapshot takes all keys of the account, and undo brings them back.
func (st *story) snapshot(k keys) map[string]string {
	st.t.Helper()
	names, err := st.scan(st.t.Context(), k, k.of("*"))
	if err != nil {
		st.t.Fatal(err)
	}
	all := make(map[string]string, len(names))
	for _, name := range names {
		if all[name], err = st.rdb.Dump(st.t.Context(), name).Result(); err != nil {
			st.t.Fatal(err)
		}
	}
	return all
}

func (st *story) undo(k keys, all map[string]string) {
	st.t.Helper()
	names, err := st.scan(st.t.Context(), k, k.of("*"))
	if err != nil {
		st.t.Fatal(err)
	}
	for _, name := range names {
		if err := st.rdb.Del(st.t.Context(), name).Err(); err != nil {
			st.t.Fatal(err)
		}
	}
	for name, value := range all {
		if err := st.rdb.Restore(st.t.Context(), name, 0, value).Err(); err != nil {
			st.t.Fatal(err)
		}
	}
}

// TestAnUndoneAnswerDoesNotComeBack has Redis forget a resident's answer, and take another one elsewhere: whoever remembers the lost one must not put it
// in the place of the other.
func TestAnUndoneAnswerDoesNotComeBack(t *testing.T) {
	st := newStory(t)
	st.ticketOf("wang")
	k := keysOf(st.account)
	before := st.snapshot(k)
	st.converse("wang", answering("丢了的"))
	st.undo(k, before)
	other := st.replica(st.rdb)
	if _, err := other.Converse(t.Context(), st.account, "wang", "elsewhere", answering("收下的")); err != nil {
		t.Fatal(err)
	}
	st.converse("wang", answering("后来的"))
	var told []string
	for _, a := range st.record("wang").Conversation.Answers {
		told = append(told, a.Text.Reveal())
	}
	if !slices.Equal(told, []string{"收下的", "后来的"}) {
		t.Errorf("the record holds %q", told)
	}
	st.clean()
}

// answering adds one answer to a conversation.
func answering(text string) func(flows.Resident) (flows.Change, error) {
	return func(r flows.Resident) (flows.Change, error) {
		c := flows.Change{Conversation: r.Conversation, Followed: true, Opens: flows.OpensMessage, Answer: "记下了"}
		c.Conversation.Flow, c.Conversation.Step = "dispute", "what"
		c.Conversation.Answers = append(slices.Clone(r.Conversation.Answers), flows.Answer{Step: "what", Text: ticket.Personal(text)})
		return c, nil
	}
}
