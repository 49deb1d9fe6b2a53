package store

import "sync"

// This file tells the workers of this process that it has just made work for them. They look by themselves too, for what other processes made and
// for what was put off; with many accounts they look seldom.

// nudges are channels by account. A nudge that nobody has taken yet is enough for any number.
type nudges struct {
	mu  sync.Mutex
	all map[string]chan struct{}
}

func (n *nudges) of(key string) chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.all == nil {
		n.all = map[string]chan struct{}{}
	}
	c := n.all[key]
	if c == nil {
		c = make(chan struct{}, 1)
		n.all[key] = c
	}
	return c
}

func (n *nudges) give(key string) {
	select {
	case n.of(key) <- struct{}{}:
	default:
	}
}

// Posted says when this process has put a letter of the account into the outbox. One receiver is told at a time.
func (s *Store) Posted(account string) <-chan struct{} { return s.nudges.of(keysOf(account).outbox()) }

// Expected says when this process has written a file of the account down to be fetched. One receiver is told at a time.
func (s *Store) Expected(account string) <-chan struct{} {
	return s.nudges.of(keysOf(account).fetches())
}
