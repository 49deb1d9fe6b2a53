package flows

import (
	"log/slog"
	"time"

	"frontdesk/ticket"
)

// Conversation is where a resident stands in a flow. The zero Conversation stands nowhere: at the desk, with nothing begun.
type Conversation struct {
	Flow    string        `json:"flow,omitzero"`
	Step    string        `json:"step,omitzero"`
	Answers []Answer      `json:"answers,omitzero"` // in the order they were given, one per step
	Trail   []string      `json:"trail,omitzero"`   // steps walked, for going back
	Misses  int           `json:"misses,omitzero"`  // answers in a row that did not fit this step
	Mending string        `json:"mending,omitzero"` // the step whose answer is being corrected from the confirmation
	Ticket  ticket.Number `json:"ticket,omitzero"`  // the ticket that "my matters" has open
	At      time.Time     `json:"at,omitzero"`      // of the last message or event, also when nothing is being talked about and when the resident has left
	Started time.Time     `json:"started,omitzero"`
	Aside   *Conversation `json:"aside,omitzero"` // what was interrupted and comes back afterwards

	// Hushed is the urgent ticket on which the resident said that they must not be heard. It stays when they leave the emergency.
	Hushed ticket.Number `json:"hushed,omitzero"`
}

// Answer is what a resident said at one step.
type Answer struct {
	Step  string              `json:"step"`
	Value string              `json:"value,omitzero"` // the choice that was understood
	Text  ticket.Personal     `json:"text,omitzero"`  // their words
	Place *ticket.Place       `json:"place,omitzero"`
	Files []ticket.Attachment `json:"files,omitzero"`
}

// LogValue shows where a conversation stands and nothing of what was said.
func (c Conversation) LogValue() slog.Value {
	return slog.GroupValue(slog.String("flow", c.Flow), slog.String("step", c.Step))
}
