package desk

// This file holds who is signed in: sessions, the sign-in page, signing in and out.

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"frontdesk/ticket"
)

// A session ends after maxIdle without a page that the officer asked for, and after maxSession whatever they do: a duty lasts a day.
const (
	maxIdle    = 8 * time.Hour
	maxSession = 24 * time.Hour
	// touchEvery is how exactly the last use is kept; not every page needs a write.
	touchEvery = time.Minute
)

// What a session holds.
const (
	keyOfficer = "officer"
	keySeal    = "seal"  // fingerprint of the password's hash: a new password ends old sessions
	keySince   = "since" // Unix seconds of signing in
	keySeen    = "seen"  // Unix seconds of the last page that the officer asked for
	keyFlash   = "flash" // what the next page says once
	keySent    = "sent"  // the number of the ticket whose draft has been sent
)

// quiet marks requests that the script or a refresh makes by itself; they keep nobody signed in.
const quiet = "X-Desk-Quiet"

func (d *console) newSessions() *scs.SessionManager {
	// Not by scs.New: that starts a goroutine to clean a memory that nobody uses, and nobody can stop it.
	m := &scs.SessionManager{Codec: scs.GobCodec{}}
	m.Store = d.kept()
	m.Lifetime = maxSession
	m.Cookie.Name = "frontdesk"
	m.Cookie.Path = d.Prefix + "/"
	m.Cookie.HttpOnly = true
	m.Cookie.Persist = true
	m.Cookie.SameSite = http.SameSiteLaxMode
	m.Cookie.Secure = d.Secure
	m.ErrorFunc = func(w http.ResponseWriter, r *http.Request, err error) {
		d.fail(w, r, ticket.Officer{}, fmt.Errorf("session: %w: %w", ticket.ErrUnavailable, err))
	}
	return m
}

// officer gives who is signed in; the zero officer when nobody is, or no longer.
func (d *console) officer(r *http.Request) (ticket.Officer, error) {
	ctx := r.Context()
	id := d.sessions.GetString(ctx, keyOfficer)
	if id == "" {
		return ticket.Officer{}, nil
	}
	now := d.Clock()
	seen := time.Unix(d.sessions.GetInt64(ctx, keySeen), 0)
	left := maxSession - now.Sub(time.Unix(d.sessions.GetInt64(ctx, keySince), 0))
	if now.Sub(seen) > maxIdle || left < 0 {
		return ticket.Officer{}, d.leave(ctx)
	}
	d.reckon(ctx, left)
	o, err := d.Officers.Officer(ctx, id)
	switch {
	case errors.Is(err, ticket.ErrNotFound):
		return ticket.Officer{}, d.leave(ctx)
	case err != nil:
		return ticket.Officer{}, fmt.Errorf("who is signed in: %w", err)
	case o.Disabled || seal(o) != d.sessions.GetString(ctx, keySeal):
		return ticket.Officer{}, d.leave(ctx)
	}
	if r.Header.Get(quiet) == "" && r.URL.Query().Get("auto") == "" && now.Sub(seen) > touchEvery {
		d.sessions.Put(ctx, keySeen, now.Unix())
	}
	return o, nil
}

// reckon lets the session end when so much time has passed. What it said before was reckoned by the clock of the machine: once that jumps, a browser that is told the end
// again would sign the officer out at once, or never.
func (d *console) reckon(ctx context.Context, left time.Duration) {
	if ends := time.Now().Add(left); d.sessions.Deadline(ctx).Sub(ends).Abs() > touchEvery {
		d.sessions.SetDeadline(ctx, ends)
	}
}

// leave ends the session.
func (d *console) leave(ctx context.Context) error {
	if err := d.sessions.Destroy(ctx); err != nil {
		return fmt.Errorf("end a session: %w: %w", ticket.ErrUnavailable, err)
	}
	return nil
}

// seal is a fingerprint of the officer's password hash, to notice in a session that the password is another.
func seal(o ticket.Officer) string {
	sum := sha256.Sum256([]byte(o.Hash))
	return hex.EncodeToString(sum[:8])
}

// sendToSignIn asks for a sign-in and remembers where the officer wanted to go. The script is told by status.
func (d *console) sendToSignIn(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get(quiet) != "" {
		http.Error(w, "请重新登录", http.StatusUnauthorized)
		return
	}
	to := d.Prefix + "/sign-in"
	switch {
	case r.Method == http.MethodGet:
		if next := d.localPath(r.URL.RequestURI()); next != d.Prefix+"/" {
			to += "?next=" + url.QueryEscape(next)
		}
	case r.PathValue("number") != "":
		to += "?next=" + url.QueryEscape(d.Prefix+"/tickets/"+r.PathValue("number"))
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// localPath lets only paths of the console through, so that a link cannot lead an officer elsewhere after signing in.
func (d *console) localPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || strings.ContainsAny(next, "\\\r\n\t") || !strings.HasPrefix(u.Path, d.Prefix+"/") ||
		strings.HasPrefix(u.Path, d.Prefix+"/sign-") || strings.HasPrefix(u.Path, d.Prefix+"/events") {
		return d.Prefix + "/"
	}
	return u.RequestURI()
}

// signInPage is the sign-in page.
type signInPage struct {
	frame
	ID      string
	Next    string
	Trouble string
	Samples []Sample
}

func (d *console) signInPage(next string) signInPage {
	p := signInPage{frame: d.frame(ticket.Officer{}, "登录"), Next: d.localPath(next)}
	if d.Demo {
		p.Samples = d.Samples
	}
	return p
}

func (d *console) showSignIn(w http.ResponseWriter, r *http.Request) error {
	o, err := d.officer(r)
	if err != nil {
		return err
	}
	if o.ID != "" {
		http.Redirect(w, r, d.Prefix+"/", http.StatusSeeOther)
		return nil
	}
	return d.show(w, http.StatusOK, "sign-in", d.signInPage(r.URL.Query().Get("next")))
}

func (d *console) signIn(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("%w: form: %w", ticket.ErrInvalid, err)
	}
	page := d.signInPage(r.PostForm.Get("next"))
	page.ID = strings.TrimSpace(r.PostForm.Get("id"))
	o, err := d.gate.enter(r.Context(), d.Officers, page.ID, r.PostForm.Get("password"), d.address(r))
	var wait tooOften
	switch {
	case errors.As(err, &wait):
		w.Header().Set("Retry-After", strconv.Itoa(int(wait.left/time.Second)+1))
		page.Trouble = wait.words()
		return d.show(w, http.StatusTooManyRequests, "sign-in", page)
	case errors.Is(err, ticket.ErrNotAllowed):
		page.Trouble = "登录名或密码不对，请再看一看。"
		return d.show(w, http.StatusForbidden, "sign-in", page)
	case err != nil:
		return fmt.Errorf("sign in: %w", err)
	}
	ctx := r.Context()
	if err := d.sessions.RenewToken(ctx); err != nil {
		return fmt.Errorf("new session: %w: %w", ticket.ErrUnavailable, err)
	}
	now := d.Clock().Unix()
	d.sessions.Put(ctx, keyOfficer, o.ID)
	d.sessions.Put(ctx, keySeal, seal(o))
	d.sessions.Put(ctx, keySince, now)
	d.sessions.Put(ctx, keySeen, now)
	d.Log.InfoContext(ctx, "an officer signed in", "officer", o.ID)
	http.Redirect(w, r, page.Next, http.StatusSeeOther)
	return nil
}

// signOut ends the session that the browser names, also one that is not found: who was told that it is not certain presses again, and it may be over here and go on after
// a failover.
func (d *console) signOut(w http.ResponseWriter, r *http.Request) error {
	if c, err := r.Cookie(d.sessions.Cookie.Name); err == nil && d.sessions.Token(r.Context()) == "" {
		if err := d.Sessions.DeleteCtx(r.Context(), c.Value); err != nil {
			return fmt.Errorf("end a session that is not found: %w: %w", ticket.ErrUnavailable, err)
		}
		d.sessions.WriteSessionCookie(r.Context(), w, "", time.Time{})
	} else if err := d.leave(r.Context()); err != nil {
		return err
	}
	http.Redirect(w, r, d.Prefix+"/sign-in?bye=1", http.StatusSeeOther)
	return nil
}
