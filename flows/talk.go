package flows

// This file holds the one turn of a conversation: what is known while a message is worked on, and how it moves.

import (
	"context"
	"strings"

	"frontdesk/ticket"

	"github.com/looplab/fsm"
)

// talk is one turn. The functions in the tables get it, read the answer that was understood from got, and say and do things with it.
type talk struct {
	r    *Resident
	in   Input
	w    *World
	book *book

	c       Conversation
	raw     string    // the resident's words, as they are
	flat    string    // the same, folded for matching
	bare    [2]string // flat when it was joined last, and joined
	got     Answer    // what was understood at this step
	hint    string    // why an answer does not fit, when there is more to say than the usual
	held    bool      // it does not answer the question, but was taken in for later
	out     []string
	effects []Effect
	alarm   bool
	hidden  bool          // what was written down is kept from whoever it may mean
	above   bool          // nobody of the room may see what was written down, and the resident was told so
	missed  int           // how many answers in a row had not fitted before this one did
	freed   ticket.Number // which was given back to the queue
	talks   ticket.Number // of which ticket somebody of the room was just answered
	silent  bool          // the step that was reached is not asked: what was said is enough
}

// whole is the message as it is compared with phrases that stand for a whole message. It is asked for at every turn, so it is worked out once.
func (t *talk) whole() string {
	if t.bare[0] != t.flat {
		t.bare = [2]string{t.flat, joined(t.flat)}
	}
	return t.bare[1]
}

// say adds a reply.
func (t *talk) say(s string) { t.out = append(t.out, s) }

// do adds an effect.
func (t *talk) do(e Effect) { t.effects = append(t.effects, e) }

// act takes a step on one of the resident's tickets. Words in it that accuse somebody of the room are kept from them.
func (t *talk) act(n ticket.Number, s ticket.Step) {
	s.By, s.At = ticket.TheResident, t.w.Now
	if s.Guard == ticket.GuardNone && s.Text != "" {
		s.Guard = t.guard(n, s.Text)
	}
	if h, _ := t.ticket(n); s.What == ticket.Rate && s.Guard == ticket.GuardNone && h.AssigneeName != "" && max(s.Rating, h.Rating) <= badRating && ticket.RatesBadly(s.Text.Reveal()) {
		s.Guard, t.hidden = ticket.GuardHolder(h.AssigneeName), true
		t.say(textGuarded)
	}
	t.do(Act{Number: n, Step: s})
	if s.Guard != ticket.GuardNone {
		t.takeAway(n, s)
	}
}

// textTakenAway is what colleagues read of a ticket that was taken from its holder.
const textTakenAway = "居民的话里说到承办人，请换人接着办。"

// badRating is the most that somebody gives who was badly served.
const badRating = 2

// takeAway gives a ticket back to the queue whose holder may not see it any more: nobody would work it.
func (t *talk) takeAway(n ticket.Number, s ticket.Step) {
	h, _ := t.ticket(n)
	holder, known := t.w.officer(h.Assignee)
	after, _, err := h.Do(s)
	if !known || err != nil || holder.MaySee(after) || after.Assignee == "" || !after.Can(ticket.Release) || t.freed == n {
		return
	}
	t.freed = n
	t.do(Act{Number: n, Step: ticket.Step{What: ticket.Release, By: ticket.TheClock, At: t.w.Now, Text: textTakenAway}})
}

// plan is the flow that the resident stands in: the desk, when in none.
func (t *talk) plan() *plan {
	if p := t.book.byName[t.c.Flow]; p != nil {
		return p
	}
	return t.book.byName[deskFlow]
}

// step is the question that stands.
func (t *talk) step() *Step {
	p := t.plan()
	if s := p.steps[t.c.Step]; s != nil {
		return s
	}
	return &p.Steps[0]
}

// answer gives what the resident said at a step of this conversation; nil when they did not.
func (t *talk) answer(step string) *Answer { return t.c.answer(step) }

func (c *Conversation) answer(step string) *Answer {
	for i := range c.Answers {
		if c.Answers[i].Step == step {
			return &c.Answers[i]
		}
	}
	return nil
}

// keep records an answer, in place of an earlier one at the same step. The slice is copied: the conversation that came in is not ours.
func (c *Conversation) keep(a Answer) {
	answers := make([]Answer, len(c.Answers), len(c.Answers)+1)
	copy(answers, c.Answers)
	c.Answers = answers
	if old := c.answer(a.Step); old != nil {
		*old = a
		return
	}
	c.Answers = append(c.Answers, a)
}

// drop forgets the answer at a step.
func (c *Conversation) drop(step string) {
	answers := make([]Answer, 0, len(c.Answers))
	for _, a := range c.Answers {
		if a.Step != step {
			answers = append(answers, a)
		}
	}
	c.Answers = answers
}

// value gives the choice that was understood at a step; empty when it was not answered.
func (t *talk) value(step string) string {
	if a := t.answer(step); a != nil {
		return a.Value
	}
	return ""
}

// move follows the row for an event from the step that stands.
func (t *talk) move(on string) {
	p, s := t.plan(), t.step()
	row := p.rows[[2]string{s.ID, on}]
	if row == nil { // check() makes sure that there is one
		t.miss()
		return
	}
	t.visit(p.Name, s.ID, on)
	t.missed = t.c.Misses
	t.c.Flow, t.c.Step, t.c.Misses = p.Name, s.ID, 0
	if p.Keep && row.To != s.ID && !s.Summary {
		t.got.Step, t.got.Value = s.ID, on
		if a := t.answer(s.ID); s.ID == p.Words && a != nil && a.Value == "" && t.c.Mending == "" { // what was said before it was asked for
			t.got.Text = a.Text + "\n" + t.got.Text
		}
		t.c.keep(t.got)
		t.tell(s)
	}
	if row.Do != nil {
		row.Do(t)
	}
	t.arrive(p, s, p.fire(s.ID, on))
	if t.talks != "" && t.c.Flow == "" {
		t.c.Ticket = t.talks
	}
}

// fire asks the flow's machine where an event leads.
func (p *plan) fire(from, on string) string {
	m := p.machines.Get().(*fsm.FSM)
	defer p.machines.Put(m)
	m.SetState(from)
	_ = m.Event(context.Background(), on) // a self move is reported as an error and is none; move has seen that the row exists
	return m.Current()
}

// arrive goes where a row leads.
func (t *talk) arrive(p *plan, from *Step, to string) {
	switch {
	case to == toEnd:
		t.end()
	case to == toAside:
		t.resume()
	case strings.Contains(to, ":"):
		flow, step, _ := strings.Cut(to, ":")
		if h, live := t.live(); live && flow == officerFlow && p.Name == deskFlow { // one has the emergency in hand already
			t.officerNow(h)
			return
		}
		if flow == progressFlow && len(t.r.Tickets) == 0 {
			t.c = Conversation{Aside: t.c.Aside}
			t.progress()
			return
		}
		t.begin(flow, step)
	case to == from.ID:
		t.ask()
	default:
		if t.c.Mending == "" {
			t.push(from.ID)
		}
		t.c.Step = to
		t.forward()
		t.ask()
	}
}

// push remembers a step for going back.
func (t *talk) push(step string) {
	trail := append([]string(nil), t.c.Trail...)
	t.c.Trail = append(trail, step)
	if len(t.c.Trail) > maxTrail {
		t.c.Trail = t.c.Trail[1:]
	}
}

const maxTrail = 40

// forward passes over steps that need not be asked: answered before, or not for this resident.
func (t *talk) forward() {
	p := t.plan()
	for range len(p.Steps) {
		s := p.steps[t.c.Step]
		on := t.passed(p, s)
		if on == "" {
			break
		}
		t.visit(p.Name, s.ID, on)
		t.c.Step = p.rows[[2]string{s.ID, on}].To
	}
	if s := p.steps[t.c.Step]; s != nil && s.Summary {
		t.c.Mending = ""
		t.mendNext()
	}
}

// passed names the event by which a step is already dealt with; empty when it has to be asked.
func (t *talk) passed(p *plan, s *Step) string {
	on := ""
	if s.Skip != nil {
		on = s.Skip(t)
	}
	if a := t.answer(s.ID); on == "" && a != nil && !s.Summary {
		on = a.Value
	}
	row := p.rows[[2]string{s.ID, on}]
	if row == nil || row.To == s.ID || p.steps[row.To] == nil {
		return ""
	}
	return on
}

// path gives the steps that lead to the one that stands, in order: what is asked on other branches does not count.
func (t *talk) path() []*Step {
	p := t.plan()
	var path []*Step
	s := &p.Steps[0]
	for range len(p.Steps) {
		if s == nil || s.Summary {
			break
		}
		if s.Skip == nil || s.Skip(t) == "" {
			path = append(path, s)
		}
		on := t.passed(p, s)
		if on == "" {
			break
		}
		s = p.steps[p.rows[[2]string{s.ID, on}].To]
	}
	return path
}

// visit tells a test which row was taken.
func (t *talk) visit(flow, step, on string) {
	if t.w.walked != nil {
		t.w.walked(flow, step, on)
	}
}

// ask puts the question that stands, unless enough was said.
func (t *talk) ask() {
	if t.silent {
		return
	}
	if q := t.question(t.step()); q != "" {
		t.say(q)
	}
}
