package store

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
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
	neighbour := ticket.Officer{ID: "neighbour", Name: "吴警官", Role: ticket.Police, Account: "gh_other", Station: "main"}
	if err := o.AddOfficer(t.Context(), neighbour); err != nil {
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
	if people, err := o.Officers(t.Context(), "gh_other"); err != nil || len(people) != 1 {
		t.Errorf("the other room has %d officers, %v", len(people), err)
	}
	if _, err := o.Account(t.Context(), "gh_other"); err != nil {
		t.Errorf("the other room: %v", err)
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

// TestOnlyWhatTheRestoreBroughtIsTakenAway has one officer there before the restore, and another one changed after it was brought.
func TestOnlyWhatTheRestoreBroughtIsTakenAway(t *testing.T) {
	st, media := activeTown(t)
	changed := st.officer("3302", "王警官")
	changed.ID = "wang-" + st.account[3:]
	if err := st.AddOfficer(t.Context(), changed); err != nil {
		t.Fatal(err)
	}
	file, _ := st.taken(media)
	for _, before := range []bool{true, false} {
		o := st.elsewhere()
		lin, err := st.Officer(t.Context(), "lin-"+st.account[3:])
		if err != nil {
			t.Fatal(err)
		}
		if before {
			if err := o.AddOfficer(t.Context(), lin); err != nil {
				t.Fatal(err)
			}
		}
		cutOff(t, o, file)
		if err := o.DisableOfficer(t.Context(), changed.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := o.Abandon(t.Context(), reads(file)); err != nil {
			t.Fatal(err)
		}
		people, err := o.Officers(t.Context(), st.account)
		if err != nil || slices.ContainsFunc(people, func(o ticket.Officer) bool { return o.ID == lin.ID }) != before || !slices.ContainsFunc(people, func(o ticket.Officer) bool { return o.ID == changed.ID }) {
			t.Errorf("there before %v: %d officers stay, %v", before, len(people), err)
		}
	}
}

// TestAnAbandonmentThatLosesItsTurn takes nothing away any more: somebody may have ended the restore, and serve what it brought.
func TestAnAbandonmentThatLosesItsTurn(t *testing.T) {
	st, media := activeTown(t)
	file, _ := st.taken(media)
	look := newExaminer()
	if err := readArchive(bytes.NewReader(file), look.see); err != nil {
		t.Fatal(err)
	}
	o := st.elsewhere()
	cutOff(t, o, file)
	turn, err := o.takeTurn(t.Context(), look.report.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer turn.leave(t.Context())
	turn.lost.Store(true)
	was := o.rdb.DBSize(t.Context()).Val()
	a := &abandonment{Store: o.Store, look: look, turn: turn}
	for what, do := range map[string]func() error{
		"keys":     func() error { return a.walk(t.Context(), keysOf(st.account)) },
		"officers": func() error { return a.officers(t.Context()) },
	} {
		if err := do(); !errors.Is(err, ticket.ErrConflict) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if people, err := o.Officers(t.Context(), st.account); err != nil || len(people) == 0 || o.rdb.DBSize(t.Context()).Val() != was {
		t.Errorf("%d officers and %d keys of %d are left, %v", len(people), o.rdb.DBSize(t.Context()).Val(), was, err)
	}
}

// TestThereIsNoRoomForARestore begins one on a Redis that is too small for it: it can be given up all the same.
func TestThereIsNoRoomForARestore(t *testing.T) {
	st, media := activeTown(t)
	for i := range 60 {
		st.ticketOf(fmt.Sprint("many", i))
	}
	file, _ := st.taken(media)
	o := st.elsewhere()
	cutOff(t, o, file)
	if err := o.rdb.Set(t.Context(), keysOf(st.account).of("large"), strings.Repeat("x", 4<<20), 0).Err(); err != nil { // more than what connections take and give back
		t.Fatal(err)
	}
	text, err := o.rdb.Info(t.Context(), "memory").Result()
	if err != nil {
		t.Fatal(err)
	}
	used, err := strconv.Atoi(regexp.MustCompile(`used_memory:(\d+)`).FindStringSubmatch(text)[1])
	if err != nil {
		t.Fatal(err)
	}
	if err := o.rdb.ConfigSet(t.Context(), "maxmemory", strconv.Itoa(used-2<<20)).Err(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := o.Restore(t.Context(), reads(file), RestorePlan{}); !errors.Is(err, errNoRoom) {
		t.Errorf("restored without room: %v", err)
	}
	if n, err := o.Abandon(t.Context(), reads(file)); n == 0 || err != nil {
		t.Errorf("%d keys are gone, %v", n, err)
	}
	if err := o.Serving(t.Context()); err != nil {
		t.Error(err)
	}
}
