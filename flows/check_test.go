package flows

import (
	"strings"
	"testing"
)

func TestCheckFindsNothing(t *testing.T) {
	if err := Check(); err != nil {
		t.Fatal(err)
	}
}

func TestCheckFindsEachFault(t *testing.T) {
	first := func(f []Flow) *Step { return &f[1].Steps[0] } // of the consultation
	for name, harm := range map[string]func([]Flow){
		"does not exist": func(f []Flow) { first(f).Rows[0].To = "nowhere" },
		"two":            func(f []Flow) { first(f).Rows = append(first(f).Rows, first(f).Rows[0]) },
		"unreachable": func(f []Flow) {
			f[1].Steps = append(f[1].Steps, Step{ID: "island", Text: "?", Max: 9, Rows: []Row{{On: onText, To: toEnd}}})
		},
		"there are two of that": func(f []Flow) { f[1].Steps = append(f[1].Steps, *first(f)) },
		"no steps":              func(f []Flow) { f[1].Steps = nil },
		"nothing to say":        func(f []Flow) { first(f).Text, first(f).Say = "", nil },
		"unknown step":          func(f []Flow) { f[1].Words = "nowhere" },
	} {
		flows := tables()
		harm(flows)
		if err := check(flows); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
