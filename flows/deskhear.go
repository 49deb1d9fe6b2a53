package flows

// This file holds how the desk understands what is said outside any flow, one thing after the other: a verdict, an answer to an officer, a number,
// a deed, courtesy, a ticket, and only then a matter.

import (
	"strings"
	"unicode/utf8"

	"frontdesk/ticket"
)

// hearDesk understands what is no choice of the menu and no new matter either.
func hearDesk(t *talk) string {
	waiting := t.waiting()
	if t.in.Kind != Text && t.in.Kind != Link {
		return t.deskFile(waiting)
	}
	if on := t.verdict(); on != "" {
		return on
	}
	if on := t.deskShort(waiting); on != "" {
		return on
	}
	n, rest, isNumber := numeral(t.flat)
	switch alone := isNumber && rest == ""; {
	case alone && n > 0 && t.c.Flow == "" && len(waiting) > 0:
		t.got.Text = ticket.Personal(t.raw) // "几个人?" – "2": nobody has been shown the menu
		return "whose"
	case alone && t.goesOnTalking(): // "几楼几号?" – "两点", "502"
		return "reply"
	case alone && n >= 1 && n <= 5:
		return ""
	}
	if on := t.hearDeed(); on != "" {
		return on
	}
	switch {
	case isGreeting(t.flat):
		return "hello"
	case isThanks(t.flat), len(t.resolved()) > 0 && (onlyThanks(t.raw) || isNone(t.flat)):
		return "thanks"
	case utf8.RuneCountInString(t.flat) < 2 && !isNumber && !isSigh(t.flat): // one character tells nothing
		return "hello"
	case matterNames[t.whole()] != "":
		return ""
	}
	if on := t.deskTicket(); on != "" {
		return on
	}
	t.got.Text = ticket.Personal(t.raw)
	return t.deskWords(waiting)
}

// goesOnTalking says whether a number goes on with what an officer was just told: nobody has been shown the menu since.
func (t *talk) goesOnTalking() bool {
	n, ok := t.talking(hunch{})
	if ok {
		t.got.Value, t.got.Text = string(n), ticket.Personal(t.raw)
	}
	return ok
}

// deskFile says whom a photo, a voice or a place is for.
func (t *talk) deskFile(waiting []ticket.Header) string {
	switch {
	case len(waiting) == 1:
		t.got.Value = string(waiting[0].Number)
		return "reply"
	case len(t.stands()) > 0:
		return "about"
	}
	return ""
}

// deskShort understands what says nothing by itself: an answer where one waits, else courtesy.
func (t *talk) deskShort(waiting []ticket.Header) string {
	switch answers := t.answersNow(); {
	case answers && len(waiting) > 0:
		t.got.Text = ticket.Personal(t.raw)
		if len(waiting) > 1 {
			return "whose"
		}
		t.got.Value = string(waiting[0].Number)
		return "reply"
	case legible(t.raw):
		return ""
	case answers && len(t.resolved()) > 0:
		return "thanks"
	}
	return "hello"
}

// deskTicket understands the number of a ticket, and a score that nobody asked for.
func (t *talk) deskTicket() string {
	if num, err := ticket.ParseNumber(t.raw); err == nil {
		if _, ok := t.ticket(num); ok {
			t.c.Ticket = num
			return "number"
		}
	}
	if n := len(t.flat); n >= 7 && n <= 10 && strings.Trim(t.flat, "0123456789") == "" {
		return "misread"
	}
	return t.scoreOutright()
}

// deskWords says what words are about: the question of an officer, a matter that stands, or none of these.
func (t *talk) deskWords(waiting []ticket.Header) string {
	g := guess(t.flat)
	switch {
	case len(waiting) == 1 && g.score < sureGuess && t.in.Kind == Text:
		t.got.Value = string(waiting[0].Number)
		return "reply"
	case len(waiting) > 0:
		return "whose"
	case g.flow == progressFlow && g.score >= sureGuess && len(t.r.Tickets) > 1:
		return progressFlow
	case g.flow == progressFlow && g.score >= sureGuess && len(t.r.Tickets) == 1:
		t.c.Ticket = t.r.Tickets[0].Number
		return "number"
	case isForeign(t.raw):
		return "foreign"
	}
	if on := hearChat(t); on != "" {
		return on
	}
	if n, ok := t.talking(g); ok {
		t.got.Value = string(n)
		return "reply"
	}
	if !isNone(t.flat) && !isDone(t.flat) && t.goesOn(g) {
		return "about"
	}
	return ""
}
