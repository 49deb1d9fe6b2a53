package store

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"frontdesk/flows"
	"frontdesk/ticket"
)

// books dumps what lies in Redis of an account, but for what only passes through.
func (st *story) books() map[string]any {
	st.t.Helper()
	k, ctx := keysOf(st.account), st.t.Context()
	names, err := st.scan(ctx, k, k.of("*"))
	if err != nil {
		st.t.Fatal(err)
	}
	all := map[string]any{}
	for _, name := range names {
		title := strings.TrimPrefix(name, string(k))
		passing := false
		for _, p := range []string{"answered", "requested", "outbox", "leases", "fence", "seals", "resident:wang:letters", "resident:chen:letters"} {
			passing = passing || strings.HasPrefix(title, p)
		}
		if passing {
			continue
		}
		switch kind := st.rdb.Type(ctx, name).Val(); kind {
		case "hash":
			h := st.rdb.HGetAll(ctx, name).Val()
			delete(h, "mu") // the reply window
			delete(h, "ml")
			all[title] = h
		case "list":
			all[title] = st.rdb.LRange(ctx, name, 0, -1).Val()
		case "zset":
			all[title] = st.rdb.ZRangeWithScores(ctx, name, 0, -1).Val()
		case "set":
			all[title] = st.rdb.SMembersMap(ctx, name).Val()
		default:
			st.t.Fatalf("%s is a %s", title, kind)
		}
	}
	return all
}

// What is imported lies there as if it had been lived: folded, fresh, open.
func TestWhatIsImportedLiesAsIfItHadBeenLived(t *testing.T) {
	st := newStory(t)
	lin := st.officer("3301", "林元众")
	old := st.over("wang")
	st.delivers()
	st.pass(25 * time.Hour)
	fresh, open := st.over("chen"), st.ticketOf("wang")
	open = st.act(lin, open.Number, ticket.Step{What: ticket.Claim})
	st.delivers()
	st.seal()
	st.fold(1)
	want := st.books()
	var pasts []Past
	for _, h := range []ticket.Header{old, fresh, open} {
		v := st.view(h.Number)
		pasts = append(pasts, Past{v.Header, v.Entries, v.Deliveries})
	}
	residents := []flows.Resident{st.record("wang"), st.record("chen")}
	names, err := st.scan(t.Context(), keysOf(st.account), keysOf(st.account).of("*"))
	if err != nil {
		t.Fatal(err)
	}
	st.rdb.Del(t.Context(), names...)
	if err := st.Import(t.Context(), st.account, residents, pasts); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, st.books()); d != "" {
		t.Errorf("imported it lies otherwise:\n%s", d)
	}
}
