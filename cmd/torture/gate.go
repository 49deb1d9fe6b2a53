package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
)

// This file stands between the platform and those who call it.

// gate holds the answers to the first calls whose path begins so.
type gate struct {
	path  string
	calls int // still to be held
	held  chan string
	open  chan struct{}
	empty bool // what they are given in the end is nothing
}

// hold keeps back the platform's answers to the next calls whose path begins so, so many of them; what the calls do is done. held gives the body of each
// call when there is one; release lets all go, and may be called again.
func (t *town) hold(path string, calls int) (held <-chan string, release func()) {
	return t.shut(&gate{path: path, calls: calls, held: make(chan string, calls), open: make(chan struct{})})
}

// holdEmpty keeps back the answer to one call, which is empty in the end.
func (t *town) holdEmpty(path string) (held <-chan string, release func()) {
	return t.shut(&gate{path: path, calls: 1, held: make(chan string, 1), open: make(chan struct{}), empty: true})
}

// shut puts a gate up.
func (t *town) shut(g *gate) (held <-chan string, release func()) {
	t.mu.Lock()
	t.gate = g
	t.mu.Unlock()
	return g.held, sync.OnceFunc(func() {
		t.mu.Lock()
		if t.gate == g { // nobody is held any more
			t.gate = nil
		}
		t.mu.Unlock()
		close(g.open)
	})
}

// atGate is the gate that holds a call; nil: none does.
func (t *town) atGate(path string) *gate {
	t.mu.Lock()
	defer t.mu.Unlock()
	g := t.gate
	if g == nil || !strings.HasPrefix(path, g.path) {
		return nil
	}
	if g.calls--; g.calls == 0 {
		t.gate = nil
	}
	return g
}

// photoPath begins the addresses that come with photos. They are no calls of the API, and know nothing of its faults.
const photoPath = "/media/"

// gated is the platform behind the gate.
func (t *town) gated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if t.hidden.Load() && strings.HasPrefix(r.URL.Path, photoPath) {
			panic(http.ErrAbortHandler) // the connection is closed without a word
		}
		g := t.atGate(r.URL.Path)
		if g == nil {
			next.ServeHTTP(w, r)
			t.count(r.URL.Path)
			return
		}
		body, _ := io.ReadAll(r.Body) // of one that is cut the platform complains
		r.Body = io.NopCloser(bytes.NewReader(body))
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r)
		t.count(r.URL.Path)
		g.held <- string(body)
		<-g.open
		if g.empty {
			return
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes()) // who does not wait any longer asks again
	})
}

// count counts a call that was answered.
func (t *town) count(path string) {
	if strings.HasPrefix(path, sendPath) {
		t.sends.Add(1)
	}
}
