package bot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"frontdesk/ticket"
	"frontdesk/wechatsim"
)

const rigSecret = "s3cr3t-of-the-room"

// rig is an account at the simulated platform with everything that sends for it. Its clock is the platform's.
type rig struct {
	*testing.T
	platform *wechatsim.Platform
	lin      *wechatsim.Resident
	api      *API
	sender   *Sender
	fetcher  *Fetcher
	vault    *Vault
	cache    *shelf
	post     *post
	files    *files
	registry *prometheus.Registry
	log      *paper

	mu  sync.Mutex
	now time.Time
}

func (r *rig) clock() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

func (r *rig) advance(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = r.now.Add(d)
}

// newRig makes an account of a kind, with a template when it may have one.
func newRig(t *testing.T, kind wechatsim.Kind) *rig {
	t.Helper()
	r := &rig{T: t, now: time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC), log: &paper{}, registry: prometheus.NewRegistry()}
	callback := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "success") }))
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	platform, err := wechatsim.New(wechatsim.Config{Clock: r.clock, Advance: r.advance, HTTP: client, Accounts: []wechatsim.Account{{
		ID: "gh_room", AppID: "wx1", Secret: rigSecret, Token: "AAAAA", Mode: wechatsim.Plaintext, Kind: kind,
		CallbackURL: callback.URL,
	}}})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(platform.Handler())
	platform.SetPublicURL(server.URL)
	r.platform, r.lin = platform, platform.Resident("gh_room", "oLin")
	a := Account{ID: "gh_room", AppID: "wx1", Secret: rigSecret, Token: "AAAAA", Mode: Plaintext, APIBase: server.URL, Template: "T1"}
	switch kind {
	case wechatsim.SubscriptionVerified:
		a.Verified = true
	case wechatsim.ServiceVerified:
		a.Service, a.Verified = true, true
	case wechatsim.ServiceUnverified:
		a.Service = true
	case wechatsim.Sandbox:
		a.Service, a.Sandbox = true, true
	}
	metrics := NewSendMetrics(r.registry)
	log := slog.New(slog.NewTextHandler(r.log, nil))
	r.cache = &shelf{clock: r.clock, held: map[string]shelved{}}
	r.api = NewAPI(a, r.cache, r.clock).Measure(metrics)
	r.post, r.files = &post{rig: r}, &files{rig: r}
	r.sender = NewSender(SenderConfig{API: r.api, Outbox: r.post, Metrics: metrics, Clock: r.clock, Log: log})
	if r.vault, err = NewVault(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	r.fetcher = NewFetcher(FetcherConfig{API: r.api, Fetches: r.files, Vault: r.vault, Metrics: metrics, Clock: r.clock, Log: log})
	t.Cleanup(func() {
		r.api.client.CloseIdleConnections()
		r.fetcher.plain.CloseIdleConnections()
		platform.Close()
		server.Close()
		callback.Close()
		r.silent(r.log.String())
	})
	return r
}

// paper is a log that many may write to and read.
type paper struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write adds to it.
func (p *paper) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(b)
}

// String is what it says so far.
func (p *paper) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

// silent fails when a text holds what must never be in a log or an error.
func (r *rig) silent(text string) {
	r.Helper()
	secrets := []string{rigSecret, "access_token=", "8x_", "邻居", "oLin"}
	for _, s := range secrets {
		if bytes.Contains([]byte(text), []byte(s)) {
			r.Errorf("%q leaked into %s", s, text)
		}
	}
}

// write has the resident write, which opens her window.
func (r *rig) write() {
	r.Helper()
	if got := r.lin.Text(r.Context(), "在吗"); got.Err != nil {
		r.Fatal(got.Err)
	}
}

// letter puts a letter into the outbox, with a window of five in 48 hours from now.
func (r *rig) letter(text string, taps ...ticket.Tap) *ticket.Parcel {
	return r.post.add(ticket.Parcel{
		Letter: ticket.Letter{ID: fmt.Sprintf("D1:%d", len(r.post.parcels)+1), Account: "gh_room", Resident: "oLin", Ticket: "D1",
			Subject: "您的纠纷工单有了答复", Text: ticket.Personal(text), Taps: taps, At: r.clock()},
		Window:   ticket.Window{MessageUntil: r.clock().Add(48 * time.Hour), MessageLeft: 5},
		Followed: true,
	})
}

// once runs the sender once and gives what became of a letter.
func (r *rig) once(p *ticket.Parcel) ticket.Delivery {
	r.Helper()
	if _, err := r.sender.Once(r.Context()); err != nil {
		r.Fatal(err)
	}
	return p.Delivery
}

// read is what the resident got, by kind.
func (r *rig) read(kind string) []string {
	var texts []string
	for _, l := range r.lin.Screen() {
		if l.From == "account" && l.Kind == kind {
			texts = append(texts, l.Text)
		}
	}
	return texts
}

func (r *rig) calls(path string) int { return r.platform.Counts()[path] }

// post is an outbox in memory. Every parcel is one resident's oldest.
type post struct {
	rig      *rig
	mu       sync.Mutex // a letter that hangs is still at it
	parcels  []*ticket.Parcel
	taken    func() // called after a take
	unbegun  error  // of a beginning
	unheard  bool   // what fails was carried out all the same, unless it lost its lease
	err      error  // of a settle
	unburied error  // of a burial
	settled  int
	last     ticket.Letter // that was settled
	dead     []ticket.Dead
}

func (o *post) add(p ticket.Parcel) *ticket.Parcel {
	p.Delivery = ticket.Delivery{Letter: p.Letter.ID, Ticket: p.Letter.Ticket, Fate: ticket.Sending, At: p.Letter.At}
	o.parcels = append(o.parcels, &p)
	return &p
}

func (o *post) TakeParcels(_ context.Context, _ string, n int, _ time.Duration) ([]ticket.Parcel, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var list []ticket.Parcel
	for _, p := range o.parcels {
		if p.Delivery.Fate == ticket.Sending && !p.Delivery.NextTry.After(o.rig.clock()) && len(list) < n {
			list = append(list, *p)
		}
	}
	if o.taken != nil {
		o.taken()
	}
	return list, nil
}

func (o *post) BeginParcel(ctx context.Context, p ticket.Parcel, d ticket.Delivery) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, own := range o.parcels {
		if own.Letter.ID == p.Letter.ID && (o.unbegun == nil || o.unheard) {
			own.Delivery = d
		}
	}
	return o.unbegun
}

func (o *post) SettleParcel(ctx context.Context, p ticket.Parcel, d ticket.Delivery) error {
	if err := errors.Join(o.err, ctx.Err()); err != nil && !o.unheard {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.settled++
	o.last = p.Letter
	for _, own := range o.parcels {
		if own.Letter.ID == p.Letter.ID {
			own.Delivery = d
		}
	}
	return o.err
}

func (o *post) BuryParcel(_ context.Context, p ticket.Parcel, why ticket.Why, detail string) (ticket.Dead, error) {
	d := ticket.Dead{Account: "gh_room", Where: ticket.AtSender, Why: why, Detail: detail, Identity: ticket.Personal(p.Letter.ID), Resident: p.Letter.Resident}
	if o.unburied != nil {
		return ticket.Dead{}, o.unburied
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.dead = append(o.dead, d.Named())
	for _, own := range o.parcels {
		if own.Letter.ID == p.Letter.ID {
			own.Delivery.Fate = ticket.Failed
		}
	}
	return d.Named(), nil
}

// files are files to fetch, in memory.
type files struct {
	rig  *rig
	mu   sync.Mutex
	list []*pending
	dead []ticket.Dead
}

type pending struct {
	ticket.Fetch
	next time.Time
}

func (f *files) add(a ticket.Attachment) *pending {
	a.State = ticket.MediaPending
	p := &pending{Fetch: ticket.Fetch{Account: "gh_room", File: a, At: f.rig.clock()}}
	f.list = append(f.list, p)
	return p
}

func (f *files) TakeFetches(_ context.Context, _ string, n int, _ time.Duration) ([]ticket.Fetch, error) {
	var list []ticket.Fetch
	for _, p := range f.list {
		if p.File.State == ticket.MediaPending && !p.next.After(f.rig.clock()) && len(list) < n {
			list = append(list, p.Fetch)
		}
	}
	return list, nil
}

func (f *files) SettleFetch(ctx context.Context, one ticket.Fetch, a ticket.Attachment, next time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.list {
		if p.File.ID == one.File.ID {
			p.File, p.next = a, next
			p.Tries++
		}
	}
	return nil
}

func (f *files) BuryFetch(_ context.Context, one ticket.Fetch, why ticket.Why, detail string) (ticket.Dead, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	d := ticket.Dead{Account: "gh_room", Where: ticket.AtFetch, Why: why, Detail: detail, Identity: ticket.Personal(one.File.ID)}
	f.dead = append(f.dead, d.Named())
	for _, p := range f.list {
		if p.File.ID == one.File.ID {
			p.File.State = ticket.MediaLost
		}
	}
	return d.Named(), nil
}

// shelf is a token cache in memory that keeps to the lifetimes.
type shelf struct {
	clock func() time.Time
	mu    sync.Mutex
	held  map[string]shelved
	asked []time.Duration // lifetimes that were asked for
}

type shelved struct {
	value any
	until time.Time
}

func (s *shelf) Get(key string) any {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v, ok := s.held[key]; ok && s.clock().Before(v.until) {
		return v.value
	}
	return nil
}

func (s *shelf) Set(key string, val any, timeout time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, timeout)
	if timeout <= 0 {
		return ticket.ErrInvalid
	}
	s.held[key] = shelved{val, s.clock().Add(timeout)}
	return nil
}

func (s *shelf) Swap(key, was, val string, timeout time.Duration) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if is, ok := s.held[key]; ok && s.clock().Before(is.until) && is.value != was {
		return false, nil
	}
	s.asked = append(s.asked, timeout)
	if timeout <= 0 {
		return false, ticket.ErrInvalid
	}
	s.held[key] = shelved{val, s.clock().Add(timeout)}
	return true, nil
}

func (s *shelf) Delete(key string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.held, key)
	return nil
}

// tripper lets do decide whether a call goes on to the platform.
func tripper(do func(next func() error) error, next http.RoundTripper) http.RoundTripper {
	return roundTrip(func(q *http.Request) (resp *http.Response, err error) {
		err = do(func() error {
			resp, err = next.RoundTrip(q)
			return err
		})
		return resp, err
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(q *http.Request) (*http.Response, error) { return f(q) }
