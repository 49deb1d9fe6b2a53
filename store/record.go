package store

import (
	"reflect"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"frontdesk/flows"
	"frontdesk/ticket"
)

// This file writes what is stored of a resident. It is written with every message, and going through encode would be a twentieth of what one
// costs; a test holds the two against each other. What is seldom there still goes through encode.

// residentRecord is what is stored of a resident: fields of [flows.Resident] under their names there.
type residentRecord struct {
	Conversation flows.Conversation `json:"conversation,omitzero"`
	Consent      flows.Consent      `json:"consent,omitzero"`
	Home         ticket.Home        `json:"home,omitzero"`
	Followed     bool               `json:"followed,omitzero"`
}

// encodeResident gives the stored form of a resident, without what its key and its version say already.
func encodeResident(r flows.Resident) ([]byte, error) {
	o := object{b: make([]byte, 0, 1024)}
	o.begin()
	if !reflect.ValueOf(&r.Conversation).Elem().IsZero() {
		o.name("conversation")
		o.conversation(&r.Conversation)
	}
	if r.Consent != (flows.Consent{}) {
		o.other("consent", r.Consent)
	}
	if r.Home != (ticket.Home{}) {
		o.other("home", r.Home)
	}
	if r.Followed {
		o.name("followed")
		o.b = append(o.b, "true"...)
	}
	o.end()
	return o.b, o.err
}

func (o *object) conversation(c *flows.Conversation) {
	o.begin()
	o.text("flow", c.Flow)
	o.text("step", c.Step)
	if c.Answers != nil {
		o.name("answers")
		o.b = append(o.b, '[')
		for i := range c.Answers {
			o.next()
			o.answer(&c.Answers[i])
		}
		o.b = append(o.b, ']')
	}
	if c.Trail != nil {
		o.name("trail")
		o.b = append(o.b, '[')
		for _, step := range c.Trail {
			o.next()
			o.quote(step)
		}
		o.b = append(o.b, ']')
	}
	if c.Misses != 0 {
		o.other("misses", c.Misses)
	}
	o.text("mending", c.Mending)
	o.text("ticket", string(c.Ticket))
	o.time("at", c.At)
	o.time("started", c.Started)
	if c.Aside != nil {
		o.name("aside")
		o.conversation(c.Aside)
	}
	o.text("hushed", string(c.Hushed))
	o.end()
}

func (o *object) answer(a *flows.Answer) {
	o.begin()
	o.name("step")
	o.quote(a.Step)
	o.text("value", a.Value)
	o.text("text", a.Text.Reveal())
	if a.Place != nil {
		o.other("place", a.Place)
	}
	if a.Files != nil {
		o.other("files", a.Files)
	}
	o.end()
}

// object is JSON being written. What is empty is left out.
type object struct {
	b   []byte
	err error // the first one
}

func (o *object) begin() { o.b = append(o.b, '{') }
func (o *object) end()   { o.b = append(o.b, '}') }

// next makes room for another member.
func (o *object) next() {
	if last := o.b[len(o.b)-1]; last != '{' && last != '[' {
		o.b = append(o.b, ',')
	}
}

// name begins a member; no name needs to be escaped.
func (o *object) name(n string) {
	o.next()
	o.b = append(append(append(o.b, '"'), n...), '"', ':')
}

func (o *object) quote(s string) {
	o.b, _ = jsontext.AppendQuote(o.b, s) // what is not quite UTF-8 is mended, as by encode
}

func (o *object) text(name, s string) {
	if s != "" {
		o.name(name)
		o.quote(s)
	}
}

func (o *object) time(name string, t time.Time) {
	if !t.IsZero() {
		o.name(name)
		o.b = append(t.AppendFormat(append(o.b, '"'), time.RFC3339Nano), '"')
	}
}

// other writes what is not worth writing by hand.
func (o *object) other(name string, v any) {
	b, err := encode(v)
	if o.err == nil {
		o.err = err
	}
	o.name(name)
	o.b = append(o.b, b...)
}
