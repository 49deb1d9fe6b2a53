package flows

// This file holds the check of the flow tables and their compilation.

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/looplab/fsm"
)

// Check proves the tables of all flows: call it at start. Its error lists every fault and wraps none.
func Check() error { return check(tables()) }

// check finds every fault in a set of flows.
func check(flows []Flow) error {
	var faults []error
	add := func(f Flow, s Step, format string, args ...any) {
		faults = append(faults, fmt.Errorf("flow %s, step %s: %s", f.Name, s.ID, fmt.Sprintf(format, args...)))
	}
	known := map[string]bool{}
	for _, f := range flows {
		if known[f.Name] {
			faults = append(faults, fmt.Errorf("flow %s: there are two of that name", f.Name))
		}
		if len(f.Steps) == 0 {
			faults = append(faults, fmt.Errorf("flow %s: no steps", f.Name))
		}
		known[f.Name] = true
		for _, s := range f.Steps {
			if known[f.Name+":"+s.ID] {
				add(f, s, "there are two of that name")
			}
			known[f.Name+":"+s.ID] = true
		}
	}
	for _, f := range flows {
		for _, s := range f.Steps {
			for _, fault := range checkStep(f, s, known) {
				add(f, s, "%s", fault)
			}
		}
		for _, id := range []string{f.Words, f.Files, f.Place} {
			if id != "" && !known[f.Name+":"+id] {
				faults = append(faults, fmt.Errorf("flow %s: keeps what was said before for an unknown step %s", f.Name, id))
			}
		}
		for _, s := range strayed(f, flows) {
			add(f, s, "unreachable")
		}
		for _, s := range caught(f) {
			add(f, s, "no way out")
		}
	}
	return errors.Join(faults...)
}

// checkStep finds the faults of one step.
func checkStep(f Flow, s Step, known map[string]bool) []string {
	var faults []string
	add := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	if s.Text == "" && s.Say == nil {
		add("nothing to say")
	}
	words := map[string]string{}
	for _, c := range s.Choices {
		if c.Label == "" || c.Value == "" {
			add("a choice without label or value")
		}
		for _, w := range append([]string{joined(fold(c.Label))}, c.Words...) {
			if other, ok := words[w]; ok && other != c.Value {
				add("%q means both %s and %s", w, other, c.Value)
			}
			words[w] = c.Value
		}
	}
	can, rows := map[string]bool{}, map[string]bool{}
	for _, on := range s.events() {
		if can[on] {
			add("two choices mean %s", on)
		}
		can[on] = true
	}
	for _, r := range s.Rows {
		if rows[r.On] {
			add("two rows for %s", r.On)
		}
		rows[r.On] = true
		if !can[r.On] {
			add("a row for %s, which the step cannot hear", r.On)
		}
		if r.To != toEnd && r.To != toAside && !known[strings.TrimSuffix(r.To, ":")] && !known[f.Name+":"+r.To] {
			add("%s leads to %s, which does not exist", r.On, r.To)
		}
	}
	for _, on := range s.events() {
		if !rows[on] {
			add("no row for %s", on)
		}
	}
	return faults
}

// strayed gives the steps that nothing leads to.
func strayed(f Flow, flows []Flow) []Step {
	seen := map[string]bool{}
	var visit func(id string)
	visit = func(id string) {
		if seen[id] {
			return
		}
		seen[id] = true
		for _, s := range f.Steps {
			if s.ID == id {
				for _, r := range s.Rows {
					visit(r.To)
				}
			}
		}
	}
	for i, s := range f.Steps {
		if i == 0 || s.Entry {
			visit(s.ID)
		}
	}
	for _, other := range flows {
		for _, s := range other.Steps {
			for _, r := range s.Rows {
				if id, ok := strings.CutPrefix(r.To, f.Name+":"); ok && id != "" {
					visit(id)
				}
			}
		}
	}
	var lost []Step
	for _, s := range f.Steps {
		if !seen[s.ID] {
			lost = append(lost, s)
		}
	}
	return lost
}

// caught gives the steps from which no row leads out of the flow, over however many steps.
func caught(f Flow) []Step {
	out := map[string]bool{toEnd: true, toAside: true}
	for grown := true; grown; {
		grown = false
		for _, s := range f.Steps {
			for _, r := range s.Rows {
				if !out[s.ID] && (out[r.To] || strings.Contains(r.To, ":")) {
					out[s.ID], grown = true, true
				}
			}
		}
	}
	var lost []Step
	for _, s := range f.Steps {
		if !out[s.ID] {
			lost = append(lost, s)
		}
	}
	return lost
}

// book is the compiled set of flows. It is built once and only read.
type book struct {
	flows  []Flow
	byName map[string]*plan
}

// plan is one flow, compiled.
type plan struct {
	*Flow
	steps    map[string]*Step
	rows     map[[2]string]*Row // by step and event
	machines *sync.Pool         // of *fsm.FSM: one machine serves one resident at a time
}

// compile builds the machines. Tables that do not pass check must not come here.
func compile(flows []Flow) *book {
	b := &book{flows: flows, byName: map[string]*plan{}}
	for i := range flows {
		f := &flows[i]
		p := &plan{Flow: f, steps: map[string]*Step{}, rows: map[[2]string]*Row{}}
		var events fsm.Events
		for j := range f.Steps {
			s := &f.Steps[j]
			p.steps[s.ID] = s
			for k := range s.Choices {
				s.Choices[k].Words = append([]string{joined(fold(s.Choices[k].Label))}, s.Choices[k].Words...)
			}
			for k := range s.Rows {
				r := &s.Rows[k]
				p.rows[[2]string{s.ID, r.On}] = r
				events = append(events, fsm.EventDesc{Name: r.On, Src: []string{s.ID}, Dst: r.To})
			}
		}
		first := f.Steps[0].ID
		p.machines = &sync.Pool{New: func() any { return fsm.NewFSM(first, events, nil) }}
		b.byName[f.Name] = p
	}
	return b
}

// theBook is built when the first message comes; the tables are constant.
var theBook = sync.OnceValue(func() *book { return compile(tables()) })
