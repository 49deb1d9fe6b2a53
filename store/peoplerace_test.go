package store

import (
	"strings"
	"testing"

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
