package desk

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/alexedwards/scs/v2/memstore"

	"frontdesk/ticket"
)

// room is a police room in memory: tickets live by the domain's own rules.
type room struct {
	t       *testing.T
	mu      sync.Mutex
	now     time.Time
	headers map[ticket.Number]ticket.Header
	entries map[ticket.Number][]ticket.Entry
	results map[string]ticket.Header
	people  map[string]ticket.Officer
	dead    []ticket.Dead
	watch   []chan ticket.Header
	watched chan struct{} // closed once a page listens
	log     bytes.Buffer
	lost    bool // what Act did is not heard of
	deaf    bool // and nothing is found from then on
	gone    bool // it is then
	letters map[ticket.Number][]ticket.Delivery
	url     string
	console http.Handler
	web     *httptest.Server
	serial  int

	sessions memory
}

const roomAccount, password = "gh_room", "night-watch-110"

var cheap = &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 16}

func newRoom(t *testing.T) *room {
	t.Helper()
	hash, err := argon2id.CreateHash(password, cheap)
	if err != nil {
		t.Fatal(err)
	}
	rm := &room{
		t: t, now: time.Date(2026, 11, 24, 1, 0, 0, 0, time.UTC), headers: map[ticket.Number]ticket.Header{},
		entries: map[ticket.Number][]ticket.Entry{}, results: map[string]ticket.Header{}, people: map[string]ticket.Officer{},
		sessions: memory{MemStore: memstore.NewWithCleanupInterval(0)}, watched: make(chan struct{}),
	}
	for _, o := range []ticket.Officer{
		{ID: "3301", Name: "林元众", Role: ticket.Police, Station: "main"}, {ID: "3302", Name: "周敏", Role: ticket.Police, Station: "main"},
		{ID: "4401", Name: "外站", Role: ticket.Police, Station: "other"}, {ID: "chief", Name: "吴建国", Role: ticket.Chief},
		{ID: "0000", Name: "旧人", Role: ticket.Police, Station: "main", Disabled: true},
	} {
		o.Account, o.Hash = roomAccount, hash
		rm.people[o.ID] = o
	}
	console, err := New(Config{
		Tickets: rm, Officers: rm, Files: rm, Sessions: &rm.sessions, Hashing: cheap, Dead: rm,
		Clock: func() time.Time { rm.mu.Lock(); defer rm.mu.Unlock(); return rm.now }, Log: slog.New(slog.NewTextHandler(&rm.log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	rm.console, rm.web = console, httptest.NewServer(console)
	t.Cleanup(func() { rm.web.Close() })
	rm.url = rm.web.URL
	return rm
}

// shut stops the server as a restart does; [room.reopen] brings it back under the same address.
func (rm *room) shut() {
	rm.t.Helper()
	if err := rm.web.Listener.Close(); err != nil {
		rm.t.Fatal(err)
	}
	rm.web.CloseClientConnections()
}

// reopen serves again where it was before: at first with what is given, until [room.recover].
func (rm *room) reopen(first http.Handler) {
	rm.t.Helper()
	l, err := net.Listen("tcp", strings.TrimPrefix(rm.url, "http://"))
	if err != nil {
		rm.t.Fatal(err)
	}
	rm.web = &httptest.Server{Listener: l, Config: &http.Server{Handler: first}}
	rm.web.Start()
}

// open writes a ticket down.
func (rm *room) open(change func(*ticket.Opening)) ticket.Number {
	rm.t.Helper()
	rm.mu.Lock()
	defer rm.mu.Unlock()
	rm.serial++
	o := ticket.Opening{Account: roomAccount, Resident: "o-resident", Kind: ticket.Dispute, Home: ticket.Home{Station: "main"}, Title: "楼上半夜拖桌子"}
	if change != nil {
		change(&o)
	}
	n, err := ticket.NewNumber(strings.NewReader(fmt.Sprintf("%08d", rm.serial)))
	if err != nil {
		rm.t.Fatal(err)
	}
	h, e, err := ticket.Open(n, o, ticket.TheResident, rm.now)
	if err != nil {
		rm.t.Fatal(err)
	}
	rm.headers[n], rm.entries[n] = h, []ticket.Entry{e}
	return n
}

func (rm *room) Queue(_ context.Context, o ticket.Officer, q ticket.Query) (ticket.Page, error) {
	rm.mu.Lock()
	defer rm.mu.Unlock()
	var p ticket.Page
	for _, h := range rm.headers {
		in := map[ticket.List]bool{ticket.ListQueue: h.Status.Unclaimed(), ticket.ListMine: h.Status.Open() && h.Assignee == o.ID,
			ticket.ListOpen: h.Status.Open(), ticket.ListDone: !h.Status.Open()}
		if in[q.List] && o.MaySee(h) {
			p.Rows = append(p.Rows, h)
		}
	}
	slices.SortFunc(p.Rows, func(a, b ticket.Header) int { return int(a.Score() - b.Score()) })
	p.Total = len(p.Rows)
	return p, nil
}

func (rm *room) Find(_ context.Context, o ticket.Officer, n ticket.Number) (ticket.View, error) {
	rm.mu.Lock()
	defer rm.mu.Unlock()
	if rm.gone {
		return ticket.View{}, ticket.ErrUnavailable
	}
	t, err := ticket.Replay(n, slices.Clone(rm.entries[n]))
	if err != nil || !o.MaySee(t.Header) {
		return ticket.View{}, ticket.ErrNotFound
	}
	return ticket.View{Ticket: t, Deliveries: rm.letters[n]}, nil
}

func (rm *room) Act(_ context.Context, o ticket.Officer, n ticket.Number, request string, s ticket.Step) (ticket.Header, error) {
	rm.mu.Lock()
	defer rm.mu.Unlock()
	if h, ok := rm.results[request]; ok {
		return h, nil
	}
	h, ok := rm.headers[n]
	if !ok || !o.MaySee(h) {
		return h, ticket.ErrNotFound
	}
	if !o.May(s.What, h) {
		return h, ticket.ErrNotAllowed
	}
	h, e, err := h.Do(s)
	if err != nil {
		return h, err
	}
	rm.headers[n], rm.entries[n], rm.results[request] = h, append(rm.entries[n], e), h
	for _, ch := range rm.watch {
		ch <- h
	}
	if rm.lost {
		rm.gone = rm.deaf
		return ticket.Header{}, ticket.ErrUnavailable
	}
	return h, nil
}

// says lets the resident take a step.
func (rm *room) says(n ticket.Number, s ticket.Step) {
	rm.t.Helper()
	rm.mu.Lock()
	defer rm.mu.Unlock()
	s.By, s.At = ticket.TheResident, rm.now
	h, e, err := rm.headers[n].Do(s)
	if err != nil {
		rm.t.Fatal(err)
	}
	rm.headers[n], rm.entries[n] = h, append(rm.entries[n], e)
	for _, ch := range rm.watch {
		ch <- h
	}
}

func (rm *room) Watch(context.Context, string) (<-chan ticket.Header, error) {
	rm.mu.Lock()
	defer rm.mu.Unlock()
	ch := make(chan ticket.Header, 16)
	if len(rm.watch) == 0 {
		close(rm.watched)
	}
	rm.watch = append(rm.watch, ch)
	return ch, nil
}

func (rm *room) Officer(_ context.Context, id string) (ticket.Officer, error) {
	rm.mu.Lock()
	defer rm.mu.Unlock()
	o, ok := rm.people[id]
	if !ok {
		return o, ticket.ErrNotFound
	}
	return o, nil
}

func (rm *room) Officers(context.Context, string) ([]ticket.Officer, error) {
	rm.mu.Lock()
	defer rm.mu.Unlock()
	var all []ticket.Officer
	for _, o := range rm.people {
		all = append(all, o)
	}
	return all, nil
}

func (rm *room) Account(_ context.Context, id string) (ticket.Account, error) {
	return ticket.Account{ID: id, Stations: []ticket.Station{{ID: "main", Name: "长安路"}, {ID: "other", Name: "和平路"}}}, nil
}

func (rm *room) Open(digest string) (io.ReadSeekCloser, error) {
	switch digest {
	case "d2": // a real picture, as a phone takes it
		var b bytes.Buffer
		if err := jpeg.Encode(&b, image.NewYCbCr(image.Rect(0, 0, 1200, 1600), image.YCbCrSubsampleRatio420), nil); err != nil {
			return nil, err
		}
		return picture{bytes.NewReader(b.Bytes())}, nil
	case "d1":
	default:
		return nil, ticket.ErrNotFound
	}
	return picture{bytes.NewReader([]byte("\xff\xd8\xff picture"))}, nil
}

type picture struct{ *bytes.Reader }

func (picture) Close() error { return nil }

// browser is an officer's, with cookies.
type browser struct {
	*http.Client
	rm *room
}

func (rm *room) browser() *browser {
	rm.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		rm.t.Fatal(err)
	}
	return &browser{&http.Client{Jar: jar}, rm}
}

// enters signs in and gives the page that follows.
func (b *browser) enters(id, password string) (int, string) {
	return b.post("/desk/sign-in", url.Values{"id": {id}, "password": {password}})
}

func (b *browser) get(path string) (int, string) {
	b.rm.t.Helper()
	resp, err := b.Get(b.rm.url + path)
	if err != nil {
		b.rm.t.Fatal(err)
	}
	return read(b.rm.t, resp)
}

func (b *browser) post(path string, form url.Values) (int, string) {
	b.rm.t.Helper()
	resp, err := b.PostForm(b.rm.url+path, form)
	if err != nil {
		b.rm.t.Fatal(err)
	}
	return read(b.rm.t, resp)
}

func read(t *testing.T, resp *http.Response) (int, string) {
	t.Helper()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.Body.Close() != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

var requestID = regexp.MustCompile(`name="request" value="([^"]+)"`)

// acts takes a step with the form that the ticket's page shows.
func (b *browser) acts(n ticket.Number, what ticket.What, text string) (int, string) {
	b.rm.t.Helper()
	_, page := b.get("/desk/tickets/" + string(n))
	m := requestID.FindStringSubmatch(page)
	if m == nil {
		b.rm.t.Fatalf("the page of %s has no form", n)
	}
	return b.post("/desk/tickets/"+string(n)+"/act", url.Values{"request": {m[1]}, "what": {string(what)}, "text": {text}})
}

func (rm *room) CountDead(context.Context, string) (int64, error) {
	rm.mu.Lock()
	defer rm.mu.Unlock()
	return int64(len(rm.dead)), nil
}

func (rm *room) DeadLetters(context.Context, string) ([]ticket.Dead, error) {
	rm.mu.Lock()
	defer rm.mu.Unlock()
	return slices.Clone(rm.dead), nil
}
