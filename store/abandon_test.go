package store

import (
	"errors"
	"testing"

	"frontdesk/ticket"
)

// TestARestoreIsGivenUp begins a restore of an old backup beside another room, cuts it off, and gives it up: the other room is served again, and the
// newer backup can be restored.
func TestARestoreIsGivenUp(t *testing.T) {
	st, media := activeTown(t)
	old, _ := st.taken(media)
	st.ticketOf("somebody")
	file, _ := st.taken(media)
	o := st.elsewhere()
	other := &story{t: t, Store: o.Store, account: "gh_other", trips: o.trips}
	other.now.Store(o.now.Load())
	if err := o.PutAccount(t.Context(), ticket.Account{ID: "gh_other", Name: "和平路警务室", Stations: []ticket.Station{{ID: "main", Name: "和平路"}}}); err != nil {
		t.Fatal(err)
	}
	h := other.ticketOf("wang")
	cutOff(t, o, old)
	if _, _, err := o.Restore(t.Context(), reads(file), RestorePlan{}); !errors.Is(err, ticket.ErrConflict) {
		t.Fatalf("over half of another one: %v", err)
	}
	if _, err := o.Abandon(t.Context(), reads(file)); !errors.Is(err, ticket.ErrConflict) {
		t.Errorf("what another backup has begun is given up: %v", err)
	}
	if _, err := o.Abandon(t.Context(), reads(old[:len(old)-9])); !errors.Is(err, ticket.ErrInvalid) {
		t.Errorf("by half a file: %v", err)
	}
	if o.Serving(t.Context()) == nil {
		t.Error("half a restore is served")
	}
	n, err := o.Abandon(t.Context(), reads(old))
	left, scanned := o.scan(t.Context(), keysOf(st.account), keysOf(st.account).of("*"))
	if err := errors.Join(err, scanned); err != nil || n == 0 || len(left) > 0 {
		t.Errorf("%d keys are gone, %q stay: %v", n, left, err)
	}
	if people, err := o.Officers(t.Context(), st.account); err != nil || len(people) > 0 {
		t.Errorf("%d officers stay, %v", len(people), err)
	}
	if err := o.Serving(t.Context()); err != nil || other.header0(h.Number) != 1 {
		t.Errorf("the other room: %v", err)
	}
	if _, err := o.Abandon(t.Context(), reads(old)); !errors.Is(err, ticket.ErrConflict) {
		t.Errorf("what is served is given up: %v", err)
	}
	o.rdb.Del(t.Context(), servingKey)
	if _, found, err := o.Restore(t.Context(), reads(file), RestorePlan{}); err != nil || len(found) > 0 {
		t.Errorf("the newer one: %q, %v", found, err)
	}
}
