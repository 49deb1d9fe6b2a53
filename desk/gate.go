package desk

// This file holds the check of a password: constant work, a bounded number at a time, and a limit on trying.

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/alexedwards/argon2id"

	"frontdesk/ticket"
)

// How often a password may be tried within trySpan: for one sign-in name from one address, for that name from anywhere, and from one address
// (a whole room may share one). Somebody who tries a badge number that hangs on the wall locks the door for their own address, not for the
// officer; who has many addresses is stopped by the second.
const (
	trySpan       = 10 * time.Minute
	triesOfPair   = 8
	triesOfName   = 64
	triesOfOrigin = 40
)

// gateWidth is how many passwords are checked at a time: each takes 64 MB.
const gateWidth = 2

// How many tallies are kept in memory, about 100 bytes each, and how often those that are over are removed.
const (
	fewTallies  = 10_000
	mostTallies = 100_000
	sweepEvery  = time.Minute
)

// maxName and maxPassword bound, in bytes, what is looked up and what is hashed.
const (
	maxName     = 64
	maxPassword = 256
)

// gate lets officers in.
type gate struct {
	clock func() time.Time
	decoy string // hash of a password that nobody knows, for names that nobody has
	slots chan struct{}

	mu    sync.Mutex
	tries map[string]tally
	swept time.Time // when tallies that are over were last removed
}

// tally counts the tries of one name or address since the first of its span.
type tally struct {
	n     int
	since time.Time
}

func newGate(clock func() time.Time, hashing *argon2id.Params) (*gate, error) {
	decoy, err := argon2id.CreateHash(rand.Text(), hashing)
	if err != nil {
		return nil, fmt.Errorf("prepare the check of passwords: %w", err)
	}
	return &gate{clock: clock, decoy: decoy, slots: make(chan struct{}, gateWidth), tries: map[string]tally{}}, nil
}

// tooOften says that somebody has to wait before they try again.
type tooOften struct{ left time.Duration }

// Error implements error.
func (t tooOften) Error() string { return "too many tries" }

// words are what the person is told.
func (t tooOften) words() string {
	return fmt.Sprintf("试错的次数有点多，请过 %d 分钟再试。忘了密码，可以请管理员重设。", int((t.left+time.Minute-1)/time.Minute))
}

// enter gives the officer whose password this is. The error wraps [ticket.ErrNotAllowed] without saying what was wrong, is a [tooOften],
// or wraps [ticket.ErrUnavailable].
func (g *gate) enter(ctx context.Context, officers Officers, id, password, address string) (ticket.Officer, error) {
	if len(id) > maxName {
		id = id[:maxName]
	}
	counted := triesOf(id, address)
	if err := g.count(counted); err != nil {
		return ticket.Officer{}, err
	}
	select {
	case g.slots <- struct{}{}:
		defer func() { <-g.slots }()
	case <-ctx.Done():
		return ticket.Officer{}, fmt.Errorf("wait for the check of a password: %w", ticket.ErrUnavailable)
	}
	var o ticket.Officer
	if id != "" {
		var err error
		if o, err = officers.Officer(ctx, id); err != nil && !errors.Is(err, ticket.ErrNotFound) {
			return ticket.Officer{}, err
		} else if err != nil {
			o = ticket.Officer{}
		}
	}
	hash := o.Hash
	if hash == "" {
		hash = g.decoy
	}
	if len(password) > maxPassword {
		password = ""
	}
	match, err := argon2id.ComparePasswordAndHash(password, hash)
	if err != nil {
		return ticket.Officer{}, fmt.Errorf("the stored password of an officer cannot be read: %w", err)
	}
	if !match || o.ID == "" || o.Hash == "" || o.Disabled {
		return ticket.Officer{}, fmt.Errorf("sign in: %w", ticket.ErrNotAllowed)
	}
	g.forgive(counted)
	return o, nil
}

// limit is a tally that a try counts in, and how many it allows.
type limit struct {
	key  string
	most int
}

// limits are the tallies of a try.
type limits struct{ pair, name, origin limit }

func triesOf(id, address string) limits {
	name := strings.ToLower(id)
	return limits{limit{"p:" + address + "|" + name, triesOfPair}, limit{"n:" + name, triesOfName}, limit{"a:" + address, triesOfOrigin}}
}

func (l limits) all() []limit { return []limit{l.pair, l.name, l.origin} }

// count takes a try before the work is done, so that tries made at once are counted too.
func (g *gate) count(in limits) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.clock()
	g.sweep(now)
	for _, l := range in.all() {
		if t := g.tries[l.key]; t.n >= l.most && now.Sub(t.since) < trySpan {
			return tooOften{left: trySpan - now.Sub(t.since)}
		}
	}
	for _, l := range in.all() {
		t := g.tries[l.key]
		if now.Sub(t.since) >= trySpan {
			t = tally{since: now}
		}
		t.n++
		g.tries[l.key] = t
	}
	return nil
}

// sweep removes tallies that are over, once in a while: somebody who has many addresses must not make every try look at all of them. Above the
// bound the oldest go too, down to half of it, so that the next look is as many tries away.
func (g *gate) sweep(now time.Time) {
	if len(g.tries) <= mostTallies && (len(g.tries) <= fewTallies || now.Sub(g.swept) < sweepEvery) {
		return
	}
	g.swept = now
	var left []time.Time
	for k, t := range g.tries {
		if now.Sub(t.since) >= trySpan {
			delete(g.tries, k)
			continue
		}
		left = append(left, t.since)
	}
	if len(left) <= mostTallies {
		return
	}
	slices.SortFunc(left, time.Time.Compare)
	oldest := left[len(left)-mostTallies/2]
	for k, t := range g.tries {
		if t.since.Before(oldest) || len(g.tries) > mostTallies/2 && t.since.Equal(oldest) {
			delete(g.tries, k)
		}
	}
}

// forgive takes back a try that got in, and the wrong ones that were made on that name from that address before it. What others tried on the
// name still counts.
func (g *gate) forgive(in limits) {
	g.mu.Lock()
	defer g.mu.Unlock()
	take := func(key string, n int) {
		if t, ok := g.tries[key]; ok {
			t.n = max(t.n-n, 0)
			g.tries[key] = t
		}
	}
	take(in.name.key, g.tries[in.pair.key].n)
	take(in.origin.key, 1)
	delete(g.tries, in.pair.key)
}

// address is where a request comes from. Behind TLS a proxy on a private address has put the real one at the end of X-Forwarded-For.
func (d *console) address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	peer, err := netip.ParseAddr(host)
	if err != nil || !d.Secure || !(peer.IsLoopback() || peer.IsPrivate()) {
		return host
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	if real, err := netip.ParseAddr(strings.TrimSpace(hops[len(hops)-1])); err == nil {
		return real.String()
	}
	return host
}
