package store

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/ticket"
)

// told waits for a change of a ticket.
func told(t *testing.T, changes <-chan ticket.Header, n ticket.Number) {
	t.Helper()
	for {
		select {
		case h, ok := <-changes:
			if !ok {
				t.Fatal("the changes have ended")
			}
			if h.Number == n {
				return
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("nobody was told of %s", n)
		}
	}
}

// TestWatchTellsEveryListener lets two listeners come at once, and one go.
func TestWatchTellsEveryListener(t *testing.T) {
	st := newStory(t)
	h, lin := st.ticketOf("wang"), st.officer("3301", "林元众")
	going, leave := context.WithCancel(t.Context())
	var both [2]<-chan ticket.Header
	var coming sync.WaitGroup
	for i, ctx := range []context.Context{t.Context(), going} {
		coming.Go(func() {
			var err error
			if both[i], err = st.Watch(ctx, st.account); err != nil {
				t.Error(err)
			}
		})
	}
	coming.Wait()
	st.act(lin, h.Number, ticket.Step{What: ticket.Claim})
	told(t, both[0], h.Number)
	told(t, both[1], h.Number)
	leave()
	for range both[1] { // until it is closed
	}
	st.act(lin, h.Number, ticket.Step{What: ticket.Note, Text: "看过了"})
	told(t, both[0], h.Number)
}

// TestOneWhoCannotListenHoldsNobodyUp lets Redis take no more connections while somebody begins to watch another account.
func TestOneWhoCannotListenHoldsNobodyUp(t *testing.T) {
	st := newStory(t)
	h, lin := st.ticketOf("wang"), st.officer("3301", "林元众")
	options := *st.rdb.(*redis.Client).Options()
	connect := options.Dialer
	var mu sync.Mutex
	var hung chan struct{} // closed when somebody dials and hangs; nil: nobody does
	released := make(chan struct{})
	options.Dialer = func(ctx context.Context, network, addr string) (net.Conn, error) {
		mu.Lock()
		now := hung
		hung = nil
		mu.Unlock()
		if now == nil {
			return connect(ctx, network, addr)
		}
		close(now)
		<-released
		return nil, errors.New("no more connections")
	}
	client := redis.NewClient(&options)
	defer func() { _ = client.Close() }() // nothing is under way
	s := st.replica(client)
	changes, err := s.Watch(t.Context(), st.account)
	if err != nil {
		t.Fatal(err)
	}
	dialing := make(chan struct{})
	mu.Lock()
	hung = dialing
	mu.Unlock()
	var other error
	var waiting sync.WaitGroup
	ctx, cancel := context.WithCancel(t.Context())
	waiting.Go(func() { _, other = s.Watch(ctx, "gh_other") })
	<-dialing
	st.act(lin, h.Number, ticket.Step{What: ticket.Claim})
	told(t, changes, h.Number)
	cancel()
	close(released)
	waiting.Wait()
	if other == nil {
		t.Error("it listens without a connection")
	}
}
