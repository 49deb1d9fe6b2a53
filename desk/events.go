package desk

// This file holds the stream that tells an open page that something changed. It carries no words of a ticket: the page asks for what it
// shows, and is given what the officer may see.

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"frontdesk/ticket"
)

const (
	// heartbeat keeps proxies from closing a stream, and is how long a disabled officer's stream lives at most.
	heartbeat = 20 * time.Second
	// writePatience is how long a page may take to read what is streamed to it.
	writePatience = 10 * time.Second
)

// change is what a page is told.
type change struct {
	Number  string `json:"number"`
	Version int    `json:"version"`
	Waits   bool   `json:"waits"`  // it lies in the queue
	New     bool   `json:"new"`    // it has just come
	Urgent  bool   `json:"urgent"` // it is urgent
}

func (d *console) events(w http.ResponseWriter, r *http.Request, o ticket.Officer) error {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	changes, err := d.Tickets.Watch(ctx, o.Account)
	if err != nil {
		return fmt.Errorf("watch the tickets: %w", err)
	}
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	w.Header().Set("X-Accel-Buffering", "no")
	out := stream{w: w, rc: http.NewResponseController(w)}
	if out.send("retry: 3000\n\n") != nil {
		return nil // the page has gone
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		text := ""
		select {
		case <-ctx.Done():
			return nil
		case <-d.Quit:
			return nil
		case <-beat.C:
			text = ": \n\n"
		case h, ok := <-changes:
			if !ok {
				return nil
			}
			if text = eventOf(o, h); text == "" {
				continue
			}
		}
		if !d.stillIn(r, o) {
			return nil
		}
		if out.send(text) != nil {
			return nil // the page has gone
		}
	}
}

// eventOf writes a change for one officer; empty for a ticket that they may not see.
func eventOf(o ticket.Officer, h ticket.Header) string {
	if !o.MaySee(h) {
		return ""
	}
	b, err := json.Marshal(change{
		Number: string(h.Number), Version: h.Version, Waits: h.Status.Unclaimed(), New: h.Version == 1, Urgent: h.Urgent,
	})
	if err != nil {
		return ""
	}
	return "event: ticket\ndata: " + string(b) + "\n\n"
}

// stillIn asks again whether the officer may be here: a stream outlives many decisions about people.
func (d *console) stillIn(r *http.Request, o ticket.Officer) bool {
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	now, err := d.Officers.Officer(ctx, o.ID)
	return err == nil && !now.Disabled && now.Hash == o.Hash && now.Role == o.Role && now.Station == o.Station && now.Grid == o.Grid &&
		now.Account == o.Account && now.Name == o.Name
}

// stream writes to a page that listens.
type stream struct {
	w  http.ResponseWriter
	rc *http.ResponseController
}

func (s stream) send(text string) error {
	if err := s.rc.SetWriteDeadline(time.Now().Add(writePatience)); err != nil {
		return fmt.Errorf("stream: %w", err)
	}
	if _, err := s.w.Write([]byte(text)); err != nil {
		return fmt.Errorf("stream: %w", err)
	}
	if err := s.rc.Flush(); err != nil {
		return fmt.Errorf("stream: %w", err)
	}
	return nil
}
