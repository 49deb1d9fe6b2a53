package desk

// This file holds the console as an http.Handler: its routes and what surrounds every one of them.

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"frontdesk/ticket"
)

// patience is how long a request may wait for what lies outside the process: an officer has an answer by 4.5 s, as residents do.
const patience = 4 * time.Second

// maxForm bounds the body of a POST: [ticket.MaxText] runes of four bytes, each byte as three, and some room.
const maxForm = 128 << 10

// console is the handler that [New] makes.
type console struct {
	Config
	sessions *scs.SessionManager
	pages    pages
	gate     *gate
}

// New makes the console. It serves every path under [Config.Prefix] and expects whole paths, with the prefix on them. The error wraps
// [ticket.ErrInvalid] when the configuration lacks something.
func New(c Config) (http.Handler, error) {
	c, err := c.filled()
	if err != nil {
		return nil, err
	}
	d := &console{Config: c}
	d.sessions = d.newSessions()
	if d.gate, err = newGate(c.Clock, c.Hashing); err != nil {
		return nil, err
	}
	if d.pages, err = parsePages(); err != nil {
		return nil, err
	}
	return d.routes(), nil
}

// signedIn is a route that needs an officer.
type signedIn func(w http.ResponseWriter, r *http.Request, o ticket.Officer) error

func (d *console) routes() http.Handler {
	p := d.Prefix
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+p, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, p+"/", http.StatusSeeOther) })
	mux.HandleFunc("GET "+p+"/static/{version}/{file}", d.static)
	mux.Handle("GET "+p+"/sign-in", d.open(d.showSignIn))
	mux.Handle("POST "+p+"/sign-in", d.open(d.signIn))
	mux.Handle("POST "+p+"/sign-out", d.open(d.signOut))
	mux.Handle("GET "+p+"/{$}", d.guarded(d.queue))
	mux.Handle("GET "+p+"/help", d.guarded(d.help))
	mux.Handle("GET "+p+"/search", d.guarded(d.search))
	mux.Handle("GET "+p+"/dead", d.guarded(d.dead))
	mux.Handle("GET "+p+"/tickets/{number}", d.guarded(d.ticket))
	mux.Handle("POST "+p+"/tickets/{number}/act", d.guarded(d.act))
	mux.Handle("GET "+p+"/tickets/{number}/media/{index}", d.guarded(d.media))
	mux.Handle("GET "+p+"/events", leniently(d.sessions.LoadAndSave(d.withOfficer(d.events))))
	mux.Handle(p+"/", d.guarded(func(http.ResponseWriter, *http.Request, ticket.Officer) error {
		return fmt.Errorf("page: %w", ticket.ErrNotFound)
	}))
	crossSite := http.NewCrossOriginProtection()
	crossSite.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.fail(w, r, ticket.Officer{}, errCrossSite)
	}))
	return headers(crossSite.Handler(mux))
}

// policy lets a page load only what the console itself serves. The demo shows the console in a frame of its own origin.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; " +
	"form-action 'self'; frame-ancestors 'self'; base-uri 'none'"

// headers puts on every answer what keeps a page from being misread, framed or kept.
func headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "private, no-store")
		next.ServeHTTP(w, r)
	})
}

// open is a route with a session and without an officer.
func (d *console) open(serve func(w http.ResponseWriter, r *http.Request) error) http.Handler {
	return d.timely(d.sessions.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := serve(w, r); err != nil {
			d.fail(w, r, ticket.Officer{}, err)
		}
	})))
}

// guarded is a route for officers who are signed in.
func (d *console) guarded(serve signedIn) http.Handler {
	return d.timely(leniently(d.sessions.LoadAndSave(d.withOfficer(serve))))
}

// withOfficer looks the officer up, so that who was disabled a second ago is out, and sends away whoever is not signed in.
func (d *console) withOfficer(serve signedIn) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o, err := d.officer(r)
		if err != nil {
			d.fail(w, r, ticket.Officer{}, err)
			return
		}
		if o.ID == "" {
			d.sendToSignIn(w, r)
			return
		}
		if err := serve(w, r, o); err != nil {
			d.fail(w, r, o, err)
		}
	})
}

// timely bounds a request in time and in size.
func (d *console) timely(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), patience)
		defer cancel()
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// show renders a page whole before the first byte leaves, so that a template that fails never shows half a page.
func (d *console) show(w http.ResponseWriter, status int, name string, data any) error {
	var b bytes.Buffer
	if err := d.pages.render(&b, name, data); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, err := w.Write(b.Bytes())
	if err != nil {
		d.Log.DebugContext(context.Background(), "a page was not read to its end", "page", name, "error", err)
	}
	return nil
}
