package desk

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2/memstore"

	"frontdesk/ticket"
)

// memory keeps sessions; full, it takes in nothing more, as a node of a Cluster that is out of memory while tickets lie on another one.
type memory struct {
	*memstore.MemStore
	full   atomic.Bool
	silent atomic.Bool            // and it gives nothing either
	asked  atomic.Pointer[string] // the token that was to be ended last
}

func (m *memory) FindCtx(_ context.Context, token string) ([]byte, bool, error) {
	if m.silent.Load() {
		return nil, false, ticket.ErrUnavailable
	}
	return m.Find(token)
}

func (m *memory) CommitCtx(_ context.Context, token string, b []byte, expiry time.Time) error {
	if m.full.Load() {
		return ticket.ErrUnavailable
	}
	return m.Commit(token, b, expiry)
}

func (m *memory) DeleteCtx(_ context.Context, token string) error {
	m.asked.Store(&token)
	if m.full.Load() {
		return ticket.ErrUnavailable
	}
	return m.Delete(token)
}

// presses takes a step with the form of a page and does not follow where it leads.
func (b *browser) presses(page string, n ticket.Number, what ticket.What, text string) int {
	b.rm.t.Helper()
	still := browser{&http.Client{Jar: b.Jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, b.rm}
	code, _ := still.post("/desk/tickets/"+string(n)+"/act", url.Values{"request": {requestID.FindStringSubmatch(page)[1]}, "what": {string(what)}, "text": {text}})
	return code
}

// TestAStepDoesNotDependOnTheSession takes a step while no session can be kept, also long after the last page: it is done, its page is shown once and whole, and the session
// goes on.
func TestAStepDoesNotDependOnTheSession(t *testing.T) {
	rm := newRoom(t)
	n := rm.open(nil)
	lin := rm.browser()
	lin.enters("3301", password)
	_, page := lin.get("/desk/tickets/" + string(n))
	rm.mu.Lock()
	rm.now = rm.now.Add(2 * touchEvery)
	rm.mu.Unlock()
	rm.sessions.full.Store(true)
	if code := lin.presses(page, n, ticket.Claim, ""); code != http.StatusSeeOther {
		t.Errorf("the step is answered with %d", code)
	}
	if code, page := lin.get("/desk/tickets/" + string(n)); code != 200 || !strings.Contains(page, "我在办") || strings.Count(page, "<html") != 1 {
		t.Errorf("%d: the page does not show it", code)
	}
	rm.sessions.full.Store(false)
	if code, page := lin.acts(n, ticket.Note, "电话无人接"); code != 200 || !strings.Contains(page, done[ticket.Note]) {
		t.Errorf("%d: the next step is not said to be done", code)
	}
	if _, page := lin.get("/desk/tickets/" + string(n)); strings.Contains(page, done[ticket.Note]) {
		t.Error("it is said twice")
	}
	rm.sessions.full.Store(true)
	if code, _ := rm.browser().enters("3302", password); code != http.StatusServiceUnavailable {
		t.Errorf("somebody is let in whose session is not kept: %d", code)
	}
}

// TestASecondPressIsNotCalledUnsaved presses again when nobody knows whether the first time counted; then not even the session can be read.
func TestASecondPressIsNotCalledUnsaved(t *testing.T) {
	rm := newRoom(t)
	n := rm.open(nil)
	lin := rm.browser()
	lin.enters("3301", password)
	_, page := lin.get("/desk/tickets/" + string(n))
	rm.sessions.silent.Store(true)
	form := url.Values{"request": {requestID.FindStringSubmatch(page)[1]}, "what": {"claim"}}
	if code, page := lin.post("/desk/tickets/"+string(n)+"/act", form); code != http.StatusServiceUnavailable || !strings.Contains(page, "不确定刚才这一步") {
		t.Errorf("%d: %s", code, page)
	}
	if code, page := lin.get("/desk/"); code != http.StatusServiceUnavailable || strings.Contains(page, "没有存下来") {
		t.Errorf("a page that cannot be read: %d: %s", code, page)
	}
}

// TestSigningOutAgain presses the button once more after it was not certain that the session had ended.
func TestSigningOutAgain(t *testing.T) {
	rm := newRoom(t)
	lin := rm.browser()
	lin.enters("3301", password)
	rm.sessions.full.Store(true)
	if code, page := lin.post("/desk/sign-out", nil); code != http.StatusServiceUnavailable || !strings.Contains(page, "没有存下来") {
		t.Errorf("%d: it is not said that it is not certain", code)
	}
	token := *rm.sessions.asked.Load()
	if err := rm.sessions.Delete(token); err != nil { // it had ended, and nobody confirmed that
		t.Fatal(err)
	}
	if code, _ := lin.post("/desk/sign-out", nil); code != http.StatusServiceUnavailable || *rm.sessions.asked.Load() != token {
		t.Errorf("again: %d, the same one is not ended once more", code)
	}
	rm.sessions.full.Store(false)
	if code, page := lin.post("/desk/sign-out", nil); code != 200 || !strings.Contains(page, `name="password"`) || *rm.sessions.asked.Load() != token {
		t.Errorf("at last: %d", code)
	}
	if at, err := url.Parse(rm.url + "/desk/"); err != nil || len(lin.Jar.Cookies(at)) > 0 {
		t.Errorf("the browser still has %v, %v", lin.Jar.Cookies(at), err)
	}
}
