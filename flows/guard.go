package flows

// This file holds how words about people of the room are kept from them, in whatever flow they are said.

import (
	"strings"

	"frontdesk/ticket"
)

// open opens a ticket and gives its opening as it was written down. Words in it that accuse somebody of the room make it a complaint,
// whatever it began as.
func (t *talk) open(o ticket.Opening) ticket.Opening {
	words := o.Complaint.Reveal()
	if words == "" {
		words = spoken(o)
	}
	guard := ticket.Guarding(words, o.Complaint != "" || t.against(o), t.w.Officers)
	if o.Urgent && guard == ticket.GuardOverseers && !ticket.Assaults(words) {
		guard = ticket.GuardNamed // somebody has to come
	}
	if guard != ticket.GuardNone {
		o.Complaint, o.Home.Officer = ticket.Personal(words), ""
		o.Restricted = o.Restricted || guard == ticket.GuardOverseers
	}
	t.do(OpenTicket{o})
	if guard == ticket.GuardNone {
		return o
	}
	h, _, err := ticket.Open(t.w.Number, o, ticket.TheResident, t.w.Now)
	switch {
	case err == nil && t.unseen(h):
		t.above = true
		t.say(textAbove)
	case t.plan().Name != feedbackFlow: // there the promise was made before the first word
		t.say(textGuarded)
	}
	return o
}

// held is the step under which it is remembered who had the ticket that was just taken up again.
const held = "held"

// holder is the name of who works on a ticket, or did until a moment ago.
func (t *talk) holder(h ticket.Header) string {
	if h.AssigneeName != "" {
		return h.AssigneeName
	}
	return t.value(held)
}

const (
	// textGuarded is said when words become a complaint that were not asked for as one.
	textGuarded = "您放心：您说到的人看不到这件事。"
	// textAbove is said when everybody of the room who could look into a complaint is meant by it, or may be.
	textAbove = "您反映的事牵涉到警务室里能受理投诉的人，请直接打公安机关投诉举报电话12389，24小时有人接；工单也替您留着。"
	// textNobody is said in place of a time for the answer, then.
	textNobody = "这件事这里没有合适的人能看，所以不会有人在这里答复您，请一定打12389。"
)

// unseen says whether nobody of the account may see a ticket. Where nobody is known, that is not known either.
func (t *talk) unseen(h ticket.Header) bool {
	for _, o := range t.w.Officers {
		if o.MaySee(h) {
			return false
		}
	}
	return len(t.w.Officers) > 0
}

// spoken are all words that the resident said for a ticket, without who they are.
func spoken(o ticket.Opening) string {
	var parts []string
	for _, f := range o.Fields {
		if f.Key != "name" && f.Key != "contact" && f.Key != "quiet" {
			parts = append(parts, f.Value.Reveal())
		}
	}
	return strings.Join(parts, "\n")
}

// against says whether a dispute is with somebody of the room.
func (t *talk) against(o ticket.Opening) bool {
	if o.Kind != ticket.Dispute {
		return false
	}
	for _, f := range o.Fields {
		if f.Key == "who" && ticket.OfTheRoom(f.Value.Reveal(), t.w.Officers) {
			return true
		}
	}
	return false
}

// guard says how further words on a ticket are to be guarded, and tells the resident when they change who may see it.
//
// The ticket's title goes before them: it may name somebody of whom these words tell the rest.
func (t *talk) guard(n ticket.Number, words ticket.Personal) ticket.Guard {
	h, _ := t.ticket(n)
	accused := h.Complaint != ""
	if who, ok := strings.CutPrefix(words.Reveal(), "【和谁】"); ok {
		accused = accused || ticket.OfTheRoom(who, t.w.Officers)
	}
	whole := words.Reveal()
	if !accused {
		whole = h.Title.Reveal() + "\n" + whole
	}
	guard := ticket.Guarding(whole, accused, t.w.Officers)
	if h.Urgent && guard == ticket.GuardOverseers && !ticket.Assaults(words.Reveal()) {
		guard = ticket.GuardNamed
	}
	if holder := t.holder(h); guard == ticket.GuardNone && holder != "" && (ticket.BlamesHolder(words.Reveal()) || ticket.Wary(words.Reveal(), holder)) {
		guard = ticket.GuardHolder(holder)
		words += ticket.Personal("\n" + holder)
	}
	if guard == ticket.GuardNone {
		return guard
	}
	t.hidden = true
	after := h
	after.Complaint += "\n" + words
	after.Restricted = h.Restricted || guard == ticket.GuardOverseers
	switch {
	case t.unseen(after) && !t.unseen(h):
		t.above = true
		t.say(textAbove)
	case h.Complaint == "":
		t.say(textGuarded)
	}
	return guard
}
