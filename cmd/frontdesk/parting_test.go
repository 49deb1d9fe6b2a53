package main

import (
	"fmt"
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

// TestAHouseWaitsForThoseWhoLook begins to close a house at which two look, from one machine, and one who has not looked for long: silence closes it
// only after both were told, and a while later. Who looks again and again does not keep it open.
func TestAHouseWaitsForThoseWhoLook(t *testing.T) {
	p := &parting{}
	now := time.Now()
	p.looked("gone", now)
	now = now.Add(quietMost)
	p.looked("balancer", now.Add(-2*quietTime))
	if tell := p.looked("monitor", now); tell {
		t.Error("an open house is told to close")
	}
	now = now.Add(time.Millisecond)
	p.begin(now)
	over := func(after time.Duration, want bool, when string) {
		t.Helper()
		if now = now.Add(after); p.over(now) != want {
			t.Errorf("%s it is over: %v", when, !want)
		}
	}
	over(2*quietTime, false, "before anybody was told")
	if !p.looked("balancer", now) {
		t.Error("the balancer is not told")
	}
	over(2*quietTime, false, "while the monitor was not told")
	if !p.looked("monitor", now) {
		t.Error("the monitor is not told")
	}
	over(quietTime/2, false, "as soon as all are told")
	p.looked("balancer", now)
	over(quietTime/2, true, "a while after all were told")
	p.wanted(now)
	over(quietTime-1, false, "while somebody wants something")
	over(1, true, "a while later")
}

// TestThoseWhoLookAreToldApart has two look from one machine and one whose address nobody can split: each is somebody else, and who comes on another
// connection is the same one.
func TestThoseWhoLookAreToldApart(t *testing.T) {
	p := &parting{}
	for _, from := range []string{"10.0.0.9:4000", "10.0.0.9:4001", "@"} {
		for _, agent := range []string{"balancer", "monitor"} {
			p.asks("/readyz", from, agent)
		}
	}
	if len(p.eyes) != 4 {
		t.Errorf("they are %d: %v", len(p.eyes), p.eyes)
	}
}

// TestStrangersWhoLookFillNoMemory has many look: some are remembered, and room is made by those who do not come back.
func TestStrangersWhoLookFillNoMemory(t *testing.T) {
	p := &parting{}
	now := time.Now()
	for n := range 10 * mostEyes {
		p.looked(fmt.Sprint(n), now)
	}
	if len(p.eyes) != mostEyes {
		t.Errorf("%d are remembered", len(p.eyes))
	}
	p.looked("balancer", now.Add(quietMost+1))
	if _, known := p.eyes["balancer"]; !known || len(p.eyes) != 1 {
		t.Errorf("of those who do not come back %d are remembered, the balancer: %v", len(p.eyes), known)
	}
}
