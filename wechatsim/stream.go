package wechatsim

// Screens as they change, for the page.

import (
	"context"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

// view is a screen as JSON.
type view struct {
	OpenID  string    `json:"openid"`
	Follows bool      `json:"follows"`
	Pending int       `json:"pending"` // messages that wait for their answer
	Now     time.Time `json:"now"`
	Lines   []Line    `json:"lines"`
	Menu    []Button  `json:"menu"`
}

func (r *Resident) view() (view, <-chan struct{}) {
	menu := r.p.Menu(r.account)
	r.p.mu.Lock()
	defer r.p.mu.Unlock()
	v := view{OpenID: r.openid, Follows: r.follows, Pending: r.pending, Now: r.p.now(), Lines: slices.Clone(r.lines), Menu: menu}
	if v.Lines == nil {
		v.Lines = []Line{}
	}
	return v, r.changed
}

// streamScreens answers GET …/events of one resident, or GET api/residents/{account}/events?who=a&who=b of several in one stream, because
// browsers open only a few: whole screens as server-sent events, now and at every change.
func (p *Platform) streamScreens(w http.ResponseWriter, r *http.Request) {
	names := r.URL.Query()["who"]
	if one := r.PathValue("openid"); one != "" {
		names = []string{one}
	}
	account := r.PathValue("account")
	if _, err := p.account(account); err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(p.ctx, cancel)()
	views := make(chan view)
	var all sync.WaitGroup
	for _, name := range names {
		who := p.Resident(account, name)
		all.Go(func() { who.stream(ctx, views) })
	}
	defer all.Wait()
	defer cancel()
	out := http.NewResponseController(w)
	// A stream outlives what a server allows for an answer. Where this cannot be lifted, the page asks again.
	_ = out.SetWriteDeadline(time.Time{})
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no")
	beat := time.NewTicker(20 * time.Second) // keeps proxies from cutting a silent stream
	defer beat.Stop()
	send := func(words string) bool {
		_, err := io.WriteString(w, words)
		return err == nil && out.Flush() == nil
	}
	for {
		select {
		case v := <-views:
			if !send("data: " + string(encodeJSON(v)) + "\n\n") {
				return
			}
		case <-beat.C:
			if !send(": still here\n\n") {
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// stream gives the screen, now and at every change, until ctx ends.
func (r *Resident) stream(ctx context.Context, views chan<- view) {
	for {
		v, changed := r.view()
		select {
		case views <- v:
		case <-ctx.Done():
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}
