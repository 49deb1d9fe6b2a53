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
	quietBeat = 20 * time.Millisecond  // between two looks whether it is over

	eyeTime  = 10 * time.Second // who has not looked for so long is forgotten
	mostEyes = 16               // who look and are waited for: a few balancers; no bound would let strangers fill the memory
)

// parting tells everybody that the house closes and knows when all have gone elsewhere. The zero value is open.
//
// Silence alone does not show that: a machine may be so busy that for a moment nobody is let on, with requests already meant for this house. So whoever looks
// at /readyz again and again is waited for until told.
type parting struct {
	closing atomic.Bool // asked to stop; still serving

	mu       sync.Mutex
	asked    time.Time              // when somebody last wanted something, or was told that we close, since it began to close
	listened time.Time              // at the last beat since then
	latest   time.Time              // when nobody is waited for any more
	eyes     map[string]eye         // who look at /readyz; once it closes, those that are waited for
	unused   map[net.Conn]time.Time // connections on which nothing was asked yet, and since when
}

// eye is somebody who looks at /readyz.
type eye struct {
	last time.Time
	gap  time.Duration // between the last two looks; 0: it was one
	told bool          // that the house closes
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
			if who, itself := looker(r); itself {
				p.looked(who, time.Now())
			}
			if p.closing.Load() {
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

// looker is who looks: a balancer and a monitor may do so from one machine. It is itself unless somebody asked through it: who stands in front looks on its
// own behalf, and what strangers ask through it is nothing to wait for.
func looker(r *http.Request) (who string, itself bool) {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	through := r.Header.Get("X-Forwarded-For") + r.Header.Get("Forwarded") + r.Header.Get("Via")
	return host + " " + r.UserAgent(), through == ""
}

// looked notes a look at /readyz. Who looks at a house that closes is told so, and that they have read it shows when they look once more; who will not look
// again in time is believed.
func (p *parting) looked(who string, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e, known := p.eyes[who]
	switch {
	case !p.closing.Load():
		p.forget(now)
		if e, known = p.eyes[who]; known {
			e.gap = max(now.Sub(e.last), 1)
		} else if len(p.eyes) >= mostEyes {
			return
		}
		if e.last = now; p.eyes == nil {
			p.eyes = map[string]eye{}
		}
		p.eyes[who] = e
	case known && (e.told || now.Add(e.gap).After(p.latest)):
		delete(p.eyes, who)
		p.asked = now
	case known:
		e.told = true
		p.eyes[who] = e
	}
}

// forget forgets who has not looked for long.
func (p *parting) forget(now time.Time) {
	for who, e := range p.eyes {
		if now.Sub(e.last) > eyeTime {
			delete(p.eyes, who)
		}
	}
}

// wanted notes that somebody wants something of a house that closes.
func (p *parting) wanted(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = now
}

// begin closes the house to come, but not its door. Who looked once only, or looks too seldom to come again in time, is not waited for.
func (p *parting) begin(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked, p.listened, p.latest = now, now, now.Add(quietMost)
	p.forget(now)
	for who, e := range p.eyes {
		if e.gap == 0 || e.last.Add(e.gap).After(p.latest) {
			delete(p.eyes, who)
		}
	}
	p.closing.Store(true)
}

// over says that everybody who looks was told, and that nobody has wanted anything for a while since.
func (p *parting) over(now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.eyes) == 0 && now.Sub(p.asked) >= quietTime
}

// quiet begins to close and waits until nobody asks for anything any more, quietMost at most. Then connections on which nothing was ever asked are closed:
// browsers and balancers hold such ones ready, and a server that ends waits for them for seconds.
func (p *parting) quiet(ctx context.Context) {
	p.begin(time.Now())
	ctx, cancel := context.WithTimeout(ctx, quietMost)
	defer cancel()
	beat := time.NewTicker(quietBeat)
	defer beat.Stop()
	for !p.over(time.Now()) {
		select {
		case <-beat.C:
		case <-ctx.Done():
			return
		}
		p.listen(time.Now())
	}
	p.hangUp(time.Now())
}

// listen is called at each beat. When one comes late, we were not let on ourselves, and requests may lie unread: silence begins anew.
func (p *parting) listen(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now.Sub(p.listened) > 3*quietBeat {
		p.asked = now
	}
	p.listened = now
}

// connection notes what becomes of a connection, as [http.Server] tells it.
func (p *parting) connection(c net.Conn, is http.ConnState) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if is != http.StateNew {
		delete(p.unused, c)
		return
	}
	if p.unused == nil {
		p.unused = map[net.Conn]time.Time{}
	}
	p.unused[c] = time.Now()
}

// hangUp closes connections that nobody has used, but for the newest.
func (p *parting) hangUp(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c, since := range p.unused {
		if now.Sub(since) >= quietTime {
			_ = c.Close() // the server notices
		}
	}
}
