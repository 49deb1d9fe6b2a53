package store

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/ticket"
)

// TestADisabledOfficerStaysDisabled gives an officer a new password while somebody else disables them: what was read before must not undo that.
func TestADisabledOfficerStaysDisabled(t *testing.T) {
	st := newStory(t)
	id := "p" + strings.TrimPrefix(st.account, "gh_")
	o := st.officer(id, "林元众")
	if err := st.AddOfficer(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	first := true
	err := st.change(t.Context(), id, func(o *ticket.Officer) {
		if first {
			first = false
			if err := st.DisableOfficer(t.Context(), id); err != nil {
				t.Error(err)
			}
		}
		o.Hash = "new"
	})
	if err != nil {
		t.Fatal(err)
	}
	if o, err := st.Officer(t.Context(), id); err != nil || !o.Disabled || o.Hash != "new" {
		t.Errorf("disabled %v, password %q, %v", o.Disabled, o.Hash, err)
	}
}

// TestPeopleAreConfirmedByReplicas wants what is written of accounts and officers to be confirmed where replicas confirm; here there are none.
func TestPeopleAreConfirmedByReplicas(t *testing.T) {
	st := newStory(t)
	careful, err := New(Config{Client: st.rdb, Clock: st.clockNow, Replicas: 1})
	if err != nil {
		t.Fatal(err)
	}
	o := st.officer("p"+strings.TrimPrefix(st.account, "gh_"), "新人")
	for _, script := range []*redis.Script{putScript, newFieldScript, addScript} { // so that each is run in one go
		if err := script.Load(t.Context(), st.rdb).Err(); err != nil {
			t.Fatal(err)
		}
	}
	for what, write := range map[string]func(context.Context) error{
		"an account": func(ctx context.Context) error {
			return careful.PutAccount(ctx, ticket.Account{ID: st.account, Name: "和平路警务室"})
		},
		"a new one":  func(ctx context.Context) error { return careful.NewAccount(ctx, ticket.Account{ID: st.account}) },
		"an officer": func(ctx context.Context) error { return careful.AddOfficer(ctx, o) },
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond) // the wait for replicas ends with the context
		if err := write(ctx); !errors.Is(err, ticket.ErrUnavailable) {
			t.Errorf("%s: %v", what, err)
		}
		cancel()
	}
}
