package desk

// This file holds the steps that an officer takes on a ticket.

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"

	"frontdesk/ticket"
)

// newRequest draws the identity of a form: sending it twice is one step.
func (d *console) newRequest() (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(d.Random, b[:]); err != nil {
		return "", fmt.Errorf("draw the identity of a form: %w", err)
	}
	return hex.EncodeToString(b[:]), nil
}

// request is a form that was sent.
type request struct {
	ID   string
	Step ticket.Step
	List ticket.List
}

// identity is under what the store remembers the step. It covers the words: a form that a browser brought back from its memory and that
// now says something else is another step.
func (q request) identity(o ticket.Officer, n ticket.Number) string {
	s := q.Step
	sum := sha256.Sum256([]byte(strings.Join([]string{o.ID, string(n), q.ID, string(s.What), s.To.ID, s.Text.Reveal()}, "\x00")))
	return "desk:" + hex.EncodeToString(sum[:16])
}

// identified says whether the form came with an identity.
func (q request) identified() bool { return len(q.ID) >= 16 && len(q.ID) <= 64 }

// offered are the steps that the console knows; whether this officer may take one is asked at every step.
var offered = map[ticket.What]bool{
	ticket.Claim: true, ticket.Reply: true, ticket.Ask: true, ticket.Note: true, ticket.Resolve: true, ticket.Release: true,
	ticket.Mediate: true, ticket.Assign: true, ticket.Raise: true, ticket.Reject: true,
}

// act takes one step. What was not done leads back to the ticket's page with the reason, and with the words still in the box.
func (d *console) act(w http.ResponseWriter, r *http.Request, o ticket.Officer) error {
	v, err := d.find(r, o)
	if errors.Is(err, ticket.ErrNotFound) {
		return d.actedBefore(w, r, o, err)
	}
	if err != nil {
		return unsure(err)
	}
	q, err := d.readStep(r, o, v.Header)
	after := v.Header
	if err == nil {
		after, err = d.Tickets.Act(r.Context(), o, v.Number, q.identity(o, v.Number), q.Step)
	}
	if err != nil {
		return d.notDone(w, r, o, q, err)
	}
	d.acted(w, r, o, q, after)
	return nil
}

// actedBefore is for a ticket that this officer does not see: the same form may have taken it out of their sight before, and nobody told them.
func (d *console) actedBefore(w http.ResponseWriter, r *http.Request, o ticket.Officer, unseen error) error {
	n, err := ticket.ParseNumber(r.PathValue("number"))
	if err != nil {
		return unseen
	}
	q, err := d.readStep(r, o, ticket.Header{})
	if err != nil {
		return unseen
	}
	after, err := d.Tickets.Act(r.Context(), o, n, q.identity(o, n), q.Step)
	switch {
	case errors.Is(err, ticket.ErrUnavailable):
		return unsure(err)
	case err != nil:
		return unseen
	}
	d.acted(w, r, o, q, after)
	return nil
}

// acted leads on after a step: to the ticket, or to the list when it was theirs only as long as they had it.
func (d *console) acted(w http.ResponseWriter, r *http.Request, o ticket.Officer, q request, after ticket.Header) {
	ctx := r.Context()
	said := done[q.Step.What]
	if q.Step.What == ticket.Assign {
		said = "已指派给 " + q.Step.To.String() + "。"
	}
	d.sessions.Put(ctx, keyFlash, said)
	if q.Step.Text != "" {
		d.sessions.Put(ctx, keySent, string(after.Number))
	}
	next := d.ticketLink(after.Number, q.List)
	if !o.MaySee(after) {
		next = d.listLink(q.List, "")
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
}

// readStep reads the form. The error wraps [ticket.ErrInvalid]; the request then still holds what was readable.
func (d *console) readStep(r *http.Request, o ticket.Officer, h ticket.Header) (request, error) {
	if err := r.ParseForm(); err != nil {
		return request{}, fmt.Errorf("%w: form: %w", ticket.ErrInvalid, err)
	}
	form := r.PostForm
	q := request{
		ID:   form.Get("request"),
		List: listNamed(form.Get("list")),
		Step: ticket.Step{
			What: ticket.What(form.Get("what")), By: o.By(), At: d.Clock(),
			Text: ticket.Personal(strings.TrimSpace(strings.ReplaceAll(form.Get("text"), "\r\n", "\n"))),
		},
	}
	words := q.Step.Text.Reveal()
	switch {
	case !offered[q.Step.What]:
		return q, fmt.Errorf("%w: no such step", ticket.ErrInvalid)
	case !q.identified():
		return q, fmt.Errorf("%w: a form without identity", ticket.ErrInvalid)
	case !utf8.ValidString(words):
		return q, fmt.Errorf("%w: unreadable words", ticket.ErrInvalid)
	case utf8.RuneCountInString(words) > ticket.MaxText:
		return q, errTooLong
	case words == "" && needsWords[q.Step.What]:
		return q, errNoWords
	}
	if q.Step.What == ticket.Assign {
		return q, d.readAssignee(r, o, h, &q)
	}
	return q, nil
}

// needsWords are the steps that are nothing without words.
var needsWords = map[ticket.What]bool{ticket.Reply: true, ticket.Ask: true, ticket.Note: true, ticket.Reject: true}

// readAssignee takes only somebody whom the page offers, and who has the ticket now: the same form may have given it to them.
func (d *console) readAssignee(r *http.Request, o ticket.Officer, h ticket.Header, q *request) error {
	to := r.PostForm.Get("to")
	q.Step.To.ID = to
	given, err := d.Officers.Officer(r.Context(), to)
	switch {
	case errors.Is(err, ticket.ErrNotFound), err == nil && (given.Account != o.Account || !mayHave(given, h)):
		return errNobody
	case err != nil:
		return fmt.Errorf("assign to %s: %w", to, err)
	}
	q.Step.To = given.By()
	return nil
}

// notDone shows the ticket as it is now, says why the step was not taken, and keeps the words. The form goes on under the identity that it was
// sent with, so that what was done without our hearing of it is not done again.
func (d *console) notDone(w http.ResponseWriter, r *http.Request, o ticket.Officer, q request, why error) error {
	why = unsure(why)
	t := explain(why)
	if errors.Is(why, errUnsure) {
		d.Log.ErrorContext(r.Context(), "it is open whether a step on a ticket was taken", "what", q.Step.What, "status", t.Status, "error", why)
	}
	v, err := d.find(r, o)
	if err != nil {
		return errors.Join(why, err)
	}
	page, err := d.ticketPage(r, o, v, q.List)
	if err != nil {
		return errors.Join(why, err)
	}
	page.Trouble, page.Self = t.Text, d.ticketLink(v.Number, q.List)
	if v.Assignee != "" && v.Assignee != o.ID && (t.Status == http.StatusConflict || t.Status == http.StatusForbidden) {
		page.Trouble = "这件工单" + takenBy(v.AssigneeName) + "。"
	}
	switch {
	case errors.Is(why, errUnsure):
		page.Trouble = unsureText(q.Step)
		page.Offer.keep(q.Step.What)
		if q.Step.What == ticket.Assign {
			page.Offer.keepTo(q.Step.To)
		}
	case q.Step.Text != "":
		page.Trouble += "您写的话还在下面的框里，没有发出。"
	}
	page.Offer.goOn(q)
	return d.show(w, t.Status, "ticket", page)
}

// unsure marks an error after which nobody can say whether a step was taken: by this form, or by the same one before.
func unsure(err error) error {
	if explain(err).Status >= http.StatusInternalServerError {
		return fmt.Errorf("%w: %w", errUnsure, err)
	}
	return err
}

// unsureText says what to do about a step that may have been taken.
func unsureText(s ticket.Step) string {
	if s.Text != "" {
		return "系统正忙，您写的话不确定是否已发出，还在下面的框里。请再按一次，不会重复。"
	}
	return "系统正忙，不确定刚才这一步做成了没有。请再按一次，不会重复。"
}
