package store

import (
	"testing"

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
