package main

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"frontdesk/bot"
	"frontdesk/ticket"
)

// shutting is a listener that tells when it is closed.
type shutting struct {
	net.Listener
	shut func()
}

func (s *shutting) Close() error {
	s.shut()
	return s.Listener.Close()
}

// lastLook is an outbox at which one look is taken, until the house has its workers stop.
type lastLook struct {
	bot.Outbox
	look func(ctx context.Context)
}

func (l lastLook) TakeParcels(ctx context.Context, _ string, _ int, _ time.Duration) ([]ticket.Parcel, error) {
	l.look(ctx)
	return nil, ctx.Err()
}

// ends serves a house whose workers are one look, until stop is closed, and holds that all is sealed at the end.
func (w *timely) ends(l net.Listener, stop <-chan struct{}, look func(ctx context.Context)) {
	w.Helper()
	api := bot.NewAPI(w.accounts[0], w.store.Cache(townAccount), w.clock)
	w.senders = []*bot.Sender{bot.NewSender(bot.SenderConfig{API: api, Outbox: lastLook{look: look}, Log: w.log})}
	ctx, cancel := context.WithCancel(w.Context())
	defer cancel()
	go func() {
		<-stop
		cancel()
	}()
	if err := w.serve(ctx, l, nil, func() {}); err != nil {
		w.Error(err)
	}
	seals, err := w.client.Exists(w.Context(), "frontdesk:{"+townAccount+"}:seals").Result()
	open, failed := w.client.HLen(w.Context(), "frontdesk:{"+townAccount+"}:unsealed").Result()
	if err != nil || failed != nil || seals != 1 || open != 0 {
		w.Errorf("%d seals, %d tickets that none covers, %v, %v", seals, open, err, failed)
	}
}

// TestAHouseEndsBehindItsLastRequest ends a house while a request is under way that writes only when no other one is taken. Before that the house has
// said that it closes, has ended open pages, and nobody asked for a while; its workers are asked to stop meanwhile; and what the request wrote is sealed.
func TestAHouseEndsBehindItsLastRequest(t *testing.T) {
	w := newTimely(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	begun, shut, stopped, answered := make(chan struct{}), make(chan struct{}), make(chan struct{}), make(chan error, 1)
	w.handler = w.parting.handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(begun)
		<-shut
		<-stopped
		w.tells("wang")
	}))
	door := &shutting{l, func() {
		defer close(shut)
		if !w.parting.closing.Load() || !w.parting.over(time.Now()) {
			t.Errorf("it takes no more requests: said so: %v, the last one %v ago", w.parting.closing.Load(), time.Since(w.parting.asked))
		}
		select {
		case <-w.quit:
		default:
			t.Error("it takes no more requests, and open pages go on")
		}
	}}
	go func() { answered <- get(t.Context(), "http://"+l.Addr().String()+"/desk/") }()
	w.ends(door, begun, func(ctx context.Context) {
		<-ctx.Done()
		close(stopped)
	})
	if err := <-answered; err != nil {
		t.Error(err)
	}
}

// TestWhatAWorkerWritesLastIsSealed ends a house whose worker writes when no more requests are taken.
func TestWhatAWorkerWritesLastIsSealed(t *testing.T) {
	w := newTimely(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	begun, shut := make(chan struct{}), make(chan struct{})
	w.ends(&shutting{l, func() { close(shut) }}, begun, func(ctx context.Context) {
		close(begun)
		<-ctx.Done()
		<-shut
		w.tells("wu")
	})
}

// get asks for a page on a connection of its own and lets it go.
func get(ctx context.Context, address string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	r.Close = true
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

// TestARequestThatDoesNotEndIsCutOff has a client hang on longer than requests have: it is cut off, which is no error.
func TestARequestThatDoesNotEndIsCutOff(t *testing.T) {
	h := &house{log: slog.New(slog.DiscardHandler)}
	begun, cut := make(chan struct{}), make(chan error, 1)
	web := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(begun)
		select {
		case <-r.Context().Done():
		case <-time.After(patienceTime):
		}
	}))
	defer web.Close()
	go func() { cut <- get(t.Context(), web.URL) }()
	<-begun
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := h.finish(ctx, web.Config); err != nil {
		t.Error(err)
	}
	if <-cut == nil {
		t.Error("it was waited for")
	}
}
