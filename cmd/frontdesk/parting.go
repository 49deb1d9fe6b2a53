package main

import (
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// This file holds how a house takes leave before its door closes: a request that is on its way when its connection is closed would be lost.

const (
	quietTime = 200 * time.Millisecond // without a request, and since the last one who looks at /readyz was told
	quietMost = 3 * time.Second        // who stands in front does not look at /readyz, or seldom
	mostEyes  = 16                     // who look at /readyz and are waited for: a few balancers; no bound would let strangers fill the memory
)

// parting tells everybody that the house closes and knows when all have gone elsewhere. The zero value is open.
//
// Silence alone does not show that: a machine may be so busy that for a moment nobody asks, with requests already meant for this house. So whoever looked at
// /readyz shortly before the house began to close is waited for until told.
type parting struct {
	closing atomic.Bool // asked to stop; still serving

	mu    sync.Mutex
	asked time.Time            // when somebody last wanted something, or was told that we close, since it began to close
	eyes  map[string]time.Time // when those who look at /readyz last looked; once it closes, those not told yet
}

// handler answers as ever while the house closes, and tells each client to open its next connection elsewhere.
func (p *parting) handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		closing := p.closing.Load()
		if closing {
			w.Header().Set("Connection", "close")
		}
		switch r.URL.Path {
		case "/readyz":
			if p.looked(eye(r), time.Now()) {
				http.Error(w, "closing", http.StatusServiceUnavailable)
				return
			}
		case "/healthz", "/metrics":
		default:
			if closing {
				p.wanted(time.Now())
			}
		}
		next.ServeHTTP(w, r)
	})
}

// eye is who looks: a balancer and a monitor may do so from one machine.
func eye(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	return host + " " + r.UserAgent()
}

// looked notes who looks, and says whether to be told that the house closes.
func (p *parting) looked(who string, now time.Time) (tell bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closing.Load() {
		if _, waits := p.eyes[who]; waits {
			delete(p.eyes, who)
			p.asked = now
		}
		return true
	}
	for other, last := range p.eyes {
		if now.Sub(last) > quietMost {
			delete(p.eyes, other)
		}
	}
	if _, known := p.eyes[who]; known || len(p.eyes) < mostEyes {
		if p.eyes == nil {
			p.eyes = map[string]time.Time{}
		}
		p.eyes[who] = now
	}
	return false
}

// wanted notes that somebody wants something of a house that closes.
func (p *parting) wanted(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = now
}

// begin closes the house to come, but not its door. Who has not looked for long is not waited for.
func (p *parting) begin(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for who, last := range p.eyes {
		if now.Sub(last) > quietMost {
			delete(p.eyes, who)
		}
	}
	p.asked = now
	p.closing.Store(true)
}

// over says that everybody who looks was told, and that nobody has wanted anything for a while since.
func (p *parting) over(now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.eyes) == 0 && now.Sub(p.asked) >= quietTime
}

// quiet begins to close and waits until nobody asks for anything any more, quietMost at most.
func (p *parting) quiet(ctx context.Context) {
	p.begin(time.Now())
	ctx, cancel := context.WithTimeout(ctx, quietMost)
	defer cancel()
	beat := time.NewTicker(20 * time.Millisecond)
	defer beat.Stop()
	for !p.over(time.Now()) {
		select {
		case <-beat.C:
		case <-ctx.Done():
			return
		}
	}
}
