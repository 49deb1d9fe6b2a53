package main

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// asks has somebody ask for a page of a house that may close.
func (p *parting) asks(path, from, agent string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.RemoteAddr = from
	r.Header.Set("User-Agent", agent)
	w := httptest.NewRecorder()
	p.handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).ServeHTTP(w, r)
	return w
}

// TestAClosingHouseSendsClientsElsewhere asks a house that closes: each answer ends its connection, /readyz says so, and whoever wants more than to see
// how the house is keeps it open.
func TestAClosingHouseSendsClientsElsewhere(t *testing.T) {
	for _, c := range []struct {
		path    string
		closing bool
		code    int
		keeps   bool
	}{
		{"/wechat/" + townAccount, false, http.StatusOK, false}, {"/readyz", false, http.StatusOK, false},
		{"/wechat/" + townAccount, true, http.StatusOK, true}, {"/desk/", true, http.StatusOK, true},
		{"/readyz", true, http.StatusServiceUnavailable, false}, {"/healthz", true, http.StatusOK, false}, {"/metrics", true, http.StatusOK, false},
	} {
		p := &parting{}
		long := time.Now().Add(-time.Hour)
		if c.closing {
			p.begin(long)
		}
		w := p.asks(c.path, "10.0.0.9:4000", "monitor")
		ends, keeps := w.Header().Get("Connection") == "close", p.asked.After(long)
		if w.Code != c.code || ends != c.closing || keeps != (c.keeps && c.closing) {
			t.Errorf("%s, closing %v: %d, ends the connection: %v, keeps the house open: %v", c.path, c.closing, w.Code, ends, keeps)
		}
	}
}

// TestAHouseWaitsForThoseWhoLook begins to close a house at which some look, each in a rhythm of their own: silence closes it only when those who will come
// again in time have come twice, or once and will not come again in time, and a while later. Who looks on does not keep it open.
func TestAHouseWaitsForThoseWhoLook(t *testing.T) {
	for _, c := range []struct {
		name  string
		every time.Duration // 0: one look
		ago   time.Duration // the last look, when the house begins to close
		until time.Duration // it is over, had nobody wanted anything; quietMost: it never is
	}{
		{"nobody", -1, 0, quietTime},
		{"a balancer that looks all the time", 50 * time.Millisecond, 10 * time.Millisecond, 90*time.Millisecond + quietTime},
		{"one that looks every second", time.Second, 300 * time.Millisecond, 1700*time.Millisecond + quietTime},
		{"one that looks every two seconds, soon", 2 * time.Second, 1500 * time.Millisecond, 2500*time.Millisecond + quietTime},
		{"one that looks every two seconds, late", 2 * time.Second, 500 * time.Millisecond, 1500*time.Millisecond + quietTime},
		{"one that looks every five seconds, soon", 5 * time.Second, 4 * time.Second, time.Second + quietTime},
		{"one that looks every five seconds, late", 5 * time.Second, time.Second, quietTime},
		{"one that is not there any more", 50 * time.Millisecond, time.Second, quietMost},
		{"one that has been gone for long", time.Second, eyeTime + time.Second, quietTime},
		{"a probe every fifteen seconds", 15 * time.Second, 14 * time.Second, quietTime},
		{"somebody who looked once", 0, time.Second, quietTime},
	} {
		p, began := &parting{}, time.Now()
		last := began.Add(-c.ago)
		if c.every > 0 {
			p.looked("it", last.Add(-c.every))
		}
		if c.every >= 0 {
			p.looked("it", last)
		}
		p.begin(began)
		gone := c.until == quietMost
		next := last.Add(c.every)
		over := time.Duration(0)
		for ; over < quietMost && !p.over(began.Add(over)); over += 10 * time.Millisecond {
			if c.every > 0 && !gone && !began.Add(over).Before(next) {
				p.looked("it", next)
				next = next.Add(c.every)
			}
		}
		if over != c.until {
			t.Errorf("%s: it is over in %v, not in %v", c.name, over, c.until)
		}
	}
}

// TestAHouseWaitsForEachWhoLooks has two look: the house waits for both, and while somebody wants something.
func TestAHouseWaitsForEachWhoLooks(t *testing.T) {
	p, now := &parting{}, time.Now()
	look := func(who string) { p.looked(who, now); now = now.Add(time.Millisecond); p.looked(who, now) }
	look("one")
	look("two")
	p.begin(now)
	for _, who := range []string{"one", "two"} {
		if now = now.Add(quietTime); p.over(now) {
			t.Errorf("it is over before %s was told", who)
		}
		look(who)
	}
	if p.over(now.Add(quietTime / 2)) {
		t.Error("it is over as soon as all were told")
	}
	p.wanted(now.Add(quietTime / 2))
	if now = now.Add(quietTime); p.over(now) || !p.over(now.Add(quietTime/2)) {
		t.Error("it is over while somebody wants something, or never")
	}
}

// TestWhoLooks tells those apart who look: by machine and program, whatever connection they come on. What is asked through somebody is none of theirs.
func TestWhoLooks(t *testing.T) {
	p := &parting{}
	for _, from := range []string{"10.0.0.9:4000", "10.0.0.9:4001", "@"} {
		for _, agent := range []string{"balancer", "monitor"} {
			p.asks("/readyz", from, agent)
		}
	}
	for _, header := range []string{"X-Forwarded-For", "Forwarded", "Via"} {
		r := httptest.NewRequest(http.MethodGet, "/readyz", nil)
		r.Header.Set(header, "somebody")
		p.handler(http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(), r)
	}
	if len(p.eyes) != 4 {
		t.Errorf("they are %d: %v", len(p.eyes), p.eyes)
	}
}

// TestStrangersWhoLookFillNoMemory has many look: some are remembered, and room is made by those who do not come back.
func TestStrangersWhoLookFillNoMemory(t *testing.T) {
	p, now := &parting{}, time.Now()
	for n := range 10 * mostEyes {
		p.looked(fmt.Sprint(n), now)
	}
	if len(p.eyes) != mostEyes {
		t.Errorf("%d are remembered", len(p.eyes))
	}
	p.looked("balancer", now.Add(eyeTime+1))
	if _, known := p.eyes["balancer"]; !known || len(p.eyes) != 1 {
		t.Errorf("of those who do not come back %d are remembered, the balancer: %v", len(p.eyes), known)
	}
}

// TestAHouseThatWasNotLetOnListensAnew lets the house stand still while it waits for silence: what came meanwhile is unread still, so it waits anew.
func TestAHouseThatWasNotLetOnListensAnew(t *testing.T) {
	p, now := &parting{}, time.Now()
	p.begin(now)
	for range 5 {
		now = now.Add(quietBeat)
		p.listen(now)
	}
	if now = now.Add(quietTime); !p.over(now) {
		t.Error("it listens anew although it was let on all the time")
	}
	p.listen(now)
	if p.over(now.Add(quietTime - 1)) {
		t.Error("it is over although it was not let on")
	}
	if !p.over(now.Add(quietTime)) {
		t.Error("it listens for ever")
	}
}

// TestConnectionsThatNobodyUsed has a house end with a connection on which nothing was ever asked, as browsers hold ready: it is closed, and one that
// is new or was used is not.
func TestConnectionsThatNobodyUsed(t *testing.T) {
	p, now := &parting{}, time.Now()
	list := map[string]*ending{"old": {}, "new": {}, "used": {}, "gone": {}}
	for _, c := range list {
		p.connection(c, http.StateNew)
		p.unused[c] = now.Add(-quietTime)
	}
	p.unused[list["new"]] = now.Add(1 - quietTime)
	p.connection(list["used"], http.StateActive)
	p.connection(list["gone"], http.StateClosed)
	p.hangUp(now)
	for name, c := range list {
		if c.closed != (name == "old") {
			t.Errorf("one that is %s is closed: %v", name, c.closed)
		}
	}
}

// ending is a connection that can be closed.
type ending struct {
	net.Conn
	closed bool
}

func (e *ending) Close() error { e.closed = true; return nil }
