package store

import (
	"context"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/ticket"
)

// watchers share one subscription for each account that somebody watches.
type watchers struct {
	mu    sync.Mutex
	rooms map[string]*room
}

type room struct {
	listeners map[chan ticket.Header]struct{}
	stop      context.CancelFunc
}

// backlog is how many changes wait for a slow listener; further ones are dropped, and it asks again by itself.
const backlog = 64

// subscribeTime is how long Redis may take to begin to tell changes.
const subscribeTime = 3 * time.Second

// Watch gives every change of a ticket of the account, whoever may see it, until the context ends; then the channel is closed. A listener
// that is slow misses some. Errors wrap [ticket.ErrUnavailable].
func (s *Store) Watch(ctx context.Context, account string) (<-chan ticket.Header, error) {
	if ch := s.join(ctx, account, nil); ch != nil {
		return ch, nil
	}
	listening, stop := context.WithCancel(context.WithoutCancel(ctx))
	sub := s.rdb.Subscribe(listening, keysOf(account).changes())
	if _, err := sub.ReceiveTimeout(ctx, subscribeTime); err != nil { // nobody else waits for it meanwhile
		stop()
		_ = sub.Close() // nothing was subscribed: the first error says it all
		return nil, unavailable("watch tickets", err)
	}
	r := &room{listeners: make(map[chan ticket.Header]struct{}), stop: stop}
	ch := s.join(ctx, account, r)
	go s.listen(listening, account, r, sub) // it ends at once when somebody else was quicker
	return ch, nil
}

// join adds a listener to those of the account. Where there are none it makes them of what is given, and is nil without that; what is given and not needed is stopped.
func (s *Store) join(ctx context.Context, account string, fresh *room) <-chan ticket.Header {
	s.watch.mu.Lock()
	defer s.watch.mu.Unlock()
	r := s.watch.rooms[account]
	switch {
	case r == nil && fresh == nil:
		return nil
	case r == nil:
		if s.watch.rooms == nil {
			s.watch.rooms = make(map[string]*room)
		}
		r, s.watch.rooms[account] = fresh, fresh
	case fresh != nil:
		fresh.stop()
	}
	ch := make(chan ticket.Header, backlog)
	r.listeners[ch] = struct{}{}
	context.AfterFunc(ctx, func() { s.leave(account, r, ch) })
	return ch
}

// leave ends one listener; the last one ends the subscription.
func (s *Store) leave(account string, r *room, ch chan ticket.Header) {
	s.watch.mu.Lock()
	defer s.watch.mu.Unlock()
	delete(r.listeners, ch)
	close(ch)
	if len(r.listeners) == 0 {
		r.stop()
		if s.watch.rooms[account] == r {
			delete(s.watch.rooms, account)
		}
	}
}

// listen hands on what changed. A header is loaded once for all listeners.
func (s *Store) listen(ctx context.Context, account string, r *room, sub *redis.PubSub) {
	defer func() { _ = sub.Close() }() // the connection is gone either way
	messages := sub.Channel()
	for {
		select {
		case <-ctx.Done():
			return
		case m, ok := <-messages:
			if !ok {
				return
			}
			h, err := s.header(ctx, keysOf(account), ticket.Number(m.Payload))
			if err != nil {
				continue // a missed change is no harm, pages ask again
			}
			s.tellAll(r, h)
		}
	}
}

func (s *Store) tellAll(r *room, h ticket.Header) {
	s.watch.mu.Lock()
	defer s.watch.mu.Unlock()
	for ch := range r.listeners {
		select {
		case ch <- h:
		default:
		}
	}
}
