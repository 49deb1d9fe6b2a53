package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/alexedwards/argon2id"

	"frontdesk/ticket"
)

// This file holds the story of an officer, from the day they begin to the day they leave: made known, given a password, signed in to the console,
// reading lists, signed out, and kept out.

// officeStories are what officers do beside tickets.
func officeStories() []story {
	return []story{{"an officer who comes and goes", []deed{
		says(urgent), hired, takesPassword, signsIn, claims, lists, looks("/desk/?list=mine"), looks("/desk/dead"), around, signsOut, looks("/desk/"),
		signsIn, dismissed, looks("/desk/"), signsIn,
	}}, {"an officer who works at the console", []deed{
		says(urgent), sendsPhoto, fetched, hired, takesPassword, signsIn, looks("/desk/"), opensTicket(""), fillsIn(ticket.Claim, ""), opensTicket("/media/0"),
		fillsIn(ticket.Note, "看过照片"), fillsIn(ticket.Reply, "马上到"), arrives("马上到"), searches, fillsIn(ticket.Resolve, "已经处理"), opensTicket("?list=done"), signsOut,
	}}}
}

// opensTicket opens the page of the ticket, or what lies below it.
func opensTicket(below string) deed {
	return func(ctx context.Context, a *actor) (string, error) {
		return a.browse(ctx, http.MethodGet, "/desk/tickets/"+string(a.number)+below, nil)
	}
}

// searches looks the ticket up by its number.
func searches(ctx context.Context, a *actor) (string, error) {
	return a.browse(ctx, http.MethodGet, "/desk/search?q="+string(a.number), nil)
}

// fillsIn is a form of the ticket's page, the same one until the console has taken it.
func fillsIn(what ticket.What, words string) deed {
	return func(ctx context.Context, a *actor) (string, error) {
		form := url.Values{"request": {fmt.Sprintf("form-%s-%08d", a.openid, a.step)}, "what": {string(what)}, "text": {words}}
		saw, err := a.browse(ctx, http.MethodPost, "/desk/tickets/"+string(a.number)+"/act", form)
		if errors.Is(err, errNotSaved) {
			if taken, looked := a.took(ctx, what); looked != nil || taken {
				return "told that a step was not saved, which was", looked
			}
		}
		return saw, err
	}
}

// took says whether the officer has taken such a step on the ticket.
func (a *actor) took(ctx context.Context, what ticket.What) (bool, error) {
	v, err := a.store.Find(ctx, a.self(), a.number)
	return slices.ContainsFunc(v.Entries, func(e ticket.Entry) bool { return e.What == what && e.By.ID == a.self().ID }), err
}

// errNotSaved is a page that says for certain that nothing was done.
var errNotSaved = fmt.Errorf("%w: and says that nothing was saved", errAgain)

// self is an officer that only this play knows.
func (a *actor) self() ticket.Officer {
	return ticket.Officer{ID: a.openid, Name: "何小满", Role: ticket.Chief, Account: townAccount}
}

// hired makes the officer known. That the name is taken after a try that nobody heard the end of says that they are.
func hired(ctx context.Context, a *actor) (string, error) {
	err := a.store.AddOfficer(ctx, a.self())
	switch {
	case errors.Is(err, ticket.ErrConflict) && a.broke:
		err = nil
	case errors.Is(err, ticket.ErrConflict):
		return "the name is taken", nil
	}
	a.broke = err != nil
	return "hired", err
}

// takesPassword gives the officer a password.
func takesPassword(ctx context.Context, a *actor) (string, error) {
	hash, err := argon2id.CreateHash(roomSecret, cheap)
	if err != nil {
		return "", err
	}
	return "has a password", a.store.SetHash(ctx, a.self().ID, hash)
}

// dismissed ends the officer's sign-in.
func dismissed(ctx context.Context, a *actor) (string, error) {
	return "dismissed", a.store.DisableOfficer(ctx, a.self().ID)
}

// signsIn is the form on the sign-in page. The pause before it makes the console forget wrong tries.
func signsIn(ctx context.Context, a *actor) (string, error) {
	a.sim.Advance(11 * time.Minute)
	return a.browse(ctx, http.MethodPost, "/desk/sign-in", url.Values{"id": {a.self().ID}, "password": {roomSecret}})
}

// signsOut is the button.
func signsOut(ctx context.Context, a *actor) (string, error) {
	return a.browse(ctx, http.MethodPost, "/desk/sign-out", nil)
}

// looks opens a page.
func looks(path string) deed {
	return func(ctx context.Context, a *actor) (string, error) { return a.browse(ctx, http.MethodGet, path, nil) }
}

// browse sends a request of the officer's browser and tells what came: where it leads, or which page it is. A page of trouble is asked for again.
func (a *actor) browse(ctx context.Context, method, path string, form url.Values) (string, error) {
	if a.browser == nil {
		jar, err := cookiejar.New(nil)
		if err != nil {
			return "", err
		}
		a.browser = &http.Client{Jar: jar, Transport: a.wires, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	r, err := http.NewRequestWithContext(ctx, method, a.console+path, strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := a.browser.Do(r)
	if err != nil {
		return "", err
	}
	where, status := resp.Header.Get("Location"), resp.StatusCode
	resp.StatusCode = http.StatusOK
	text, err := page(resp, nil)
	switch {
	case err != nil:
		return "", err
	case status >= http.StatusInternalServerError && strings.Contains(text, "没有存下来"):
		return "", errNotSaved
	case status >= http.StatusInternalServerError:
		return "", fmt.Errorf("%w: the console answers %d", errAgain, status)
	case where != "":
		return fmt.Sprint(status, " to ", strings.ReplaceAll(strings.TrimSuffix(where, "?bye=1"), string(a.number), "N")), nil
	}
	_, title, _ := strings.Cut(text, "<title>")
	title, _, _ = strings.Cut(title, "</title>")
	return fmt.Sprint(status, " ", title), nil
}

// claims is the officer's own step.
func claims(ctx context.Context, a *actor) (string, error) {
	return a.does(ctx, a.self(), ticket.Step{What: ticket.Claim})
}

// lists reads the officer's lists, two rows at a time and two pages: one that is cut must say so, and be whole when it is read again.
func lists(ctx context.Context, a *actor) (string, error) {
	var saw []string
	for _, l := range []ticket.List{ticket.ListMine, ticket.ListOpen} {
		q := ticket.Query{List: l, Limit: 2}
		for range 2 {
			page, err := a.store.Queue(ctx, a.self(), q)
			if err != nil {
				return "", err
			}
			if l == ticket.ListMine {
				saw = append(saw, fmt.Sprint(page.Total, " of mine, this one: ", len(page.Rows) == 1 && page.Rows[0].Number == a.number))
			}
			saw = append(saw, fmt.Sprint(l, " ", len(page.Rows), " rows, counted: ", page.Total >= len(page.Rows), ", more: ", page.Next != ""))
			if q.Before = page.Next; q.Before == "" {
				break
			}
		}
	}
	return strings.Join(saw, "; "), nil
}

// around is what the program reads beside: who there is, and whether Redis is as it should be.
func around(ctx context.Context, a *actor) (string, error) {
	if err := errors.Join(a.store.Ready(ctx), a.store.Refresh(ctx)); err != nil {
		return "", err
	}
	_, known := a.store.Desk(townAccount)
	all, err := a.store.Officers(ctx, townAccount)
	if err != nil {
		return "", err
	}
	o, listed := known[a.self().ID], 0
	for _, other := range all {
		if other.ID == a.self().ID {
			listed++
		}
	}
	return fmt.Sprint("known as ", o.Name, ", listed ", listed, " times"), nil
}
