package bot

import (
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// compatible is an account that takes plaintext too.
func compatible(c *CallbackConfig) { c.Accounts[0].Mode = Compatible }

// TestASlowStoreHasTheWholeTime has the store come back when most of the time is over, but not all: what it says is answered.
func TestASlowStoreHasTheWholeTime(t *testing.T) {
	s, g, _ := stricken(t, nil, 0, compatible)
	synctest.Test(t, func(t *testing.T) {
		s.hang = make(chan struct{})
		time.AfterFunc(s.cb.Deadline*9/10, func() { close(s.hang) })
		w := httptest.NewRecorder()
		s.hand(t.Context(), t, w, "1")
		if said := w.Body.String(); s.commits != 1 || len(g.dead) != 0 || strings.Contains(said, "没记上") || !strings.Contains(said, "Content") {
			t.Errorf("%d commits, answered %q", s.commits, said)
		}
	})
}

// TestADecisionThatBeginsLateEndsWithTheTime has a decision begin when most of the time is over, and not end in time: who was asked to write again is not
// worked all the same.
func TestADecisionThatBeginsLateEndsWithTheTime(t *testing.T) {
	s, _, p := stricken(t, nil, 0, compatible)
	synctest.Test(t, func(t *testing.T) {
		s.hang, p.hang = make(chan struct{}), make(chan struct{})
		p.times.Store(1)
		time.AfterFunc(s.cb.Deadline*9/10, func() { close(s.hang) })
		time.AfterFunc(s.cb.Deadline*11/10, func() { close(p.hang) })
		w := httptest.NewRecorder()
		s.hand(t.Context(), t, w, "1")
		if said := w.Body.String(); s.commits != 0 || !strings.Contains(said, "没记上") {
			t.Errorf("%d commits, answered %q", s.commits, said)
		}
	})
}

// TestWhatIsInEffectDoesNotDie has a message break that was answered before: it is answered the same again, and told of as answered.
func TestWhatIsInEffectDoesNotDie(t *testing.T) {
	s, g, p := stricken(t, nil, 0, compatible)
	for _, times := range []int64{0, 1} {
		p.times.Store(times)
		w := httptest.NewRecorder()
		s.hand(t.Context(), t, w, "1")
		if said := w.Body.String(); strings.Contains(said, "没能") || !strings.Contains(said, "Content") {
			t.Errorf("answered %q", said)
		}
	}
	if len(g.dead) != 0 || s.commits != 1 || len(s.left) != 2 || strings.Contains(s.log.String(), "a message broke and is kept") {
		t.Errorf("%d dead, %d commits, told of %q", len(g.dead), s.commits, s.left)
	}
}
