package main

import (
	"context"
	"net"
	"time"
)

// This file lets the balancer stand still, as on a machine that is busy with something else: it has chosen a replica for a request, and has a connection
// to it, and is not let on. A replica that closes meanwhile hears nobody.

// stillTime is how long it stands still: longer than a replica waits for silence.
const stillTime = 700 * time.Millisecond

// standStill lets the balancer stand still from now on for a while. Looks at /readyz that are under way come to their end first.
func (t *town) standStill() {
	t.still.Lock()
	time.AfterFunc(stillTime, t.still.Unlock)
}

// goOn waits until it does not stand still, and what it held has come to its end.
func (t *town) goOn(ctx context.Context) {
	t.still.RLock()
	defer t.still.RUnlock()
	pause(ctx, stillTime/7)
}

// dial opens a connection of the balancer to a replica.
func (t *town) dial(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &halting{c, t}, nil
}

// halting is a connection on which nothing is sent while the balancer stands still.
type halting struct {
	net.Conn
	t *town
}

// Write waits for its turn.
func (h *halting) Write(b []byte) (int, error) {
	h.t.still.RLock()
	defer h.t.still.RUnlock()
	return h.Conn.Write(b)
}
