package desk

// This file holds what the page after a step says once.

import (
	"encoding/base64"
	"encoding/json"
	"net/http"

	"frontdesk/ticket"
)

// once is what the next page says, and forgets. It is in a cookie and not in the session: nothing is written to the store any more after a step was taken, so nothing
// can fail there and make the step look as if it was not.
type once struct {
	To    string        // the officer whose step it was; others at the same browser do not read it
	Words string        // what is said
	Sent  ticket.Number // the ticket whose draft has been sent; empty: none
}

// sayOnce leaves it with the browser for a minute.
func (d *console) sayOnce(w http.ResponseWriter, o once) {
	b, err := json.Marshal(o)
	if err != nil { // three strings: never
		return
	}
	d.setOnce(w, base64.RawURLEncoding.EncodeToString(b), 60)
}

// takeOnce gives what was left for this officer and takes it from the browser; the zero value when nothing was, or what nobody can read.
func (d *console) takeOnce(w http.ResponseWriter, r *http.Request, o ticket.Officer) once {
	c, err := r.Cookie(d.onceCookie())
	if err != nil {
		return once{}
	}
	d.setOnce(w, "", -1)
	var left once
	b, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil || json.Unmarshal(b, &left) != nil || left.To != o.ID {
		return once{}
	}
	return left
}

func (d *console) setOnce(w http.ResponseWriter, value string, seconds int) {
	http.SetCookie(w, &http.Cookie{
		Name: d.onceCookie(), Value: value, MaxAge: seconds, Path: d.sessions.Cookie.Path, HttpOnly: true, SameSite: d.sessions.Cookie.SameSite, Secure: d.Secure,
	})
}

func (d *console) onceCookie() string { return d.sessions.Cookie.Name + "-once" }
