package store

import (
	"encoding/binary"
	"math"
	"reflect"
	"slices"
	"time"

	"frontdesk/ticket"
)

// This file writes and reads the fields of packed tickets: of each struct which fields there are, and these, in the order of a schema.

// schema numbers the fields of every packed type. It is never changed, only added to: a field's place is its name in what is stored.
var schema = map[reflect.Type][]string{
	reflect.TypeFor[ticket.Header](): {
		"Number", "Account", "Resident", "Kind", "Topic", "Title", "Status", "Urgent", "Station", "Grid", "Addressed", "Anonymous", "Restricted",
		"Complaint", "Assignee", "AssigneeName", "Partner", "Version", "Head", "CreatedAt", "UpdatedAt", "DueAt", "ClosedAt", "UrgedAt", "ActedAt",
		"Asked", "Rating", "Gone", "Into",
	},
	reflect.TypeFor[ticket.Entry]():   {"At", "By", "What", "Text", "Rating", "To", "Opening", "Media", "Into", "Seq", "Prev", "Hash", "Guard", "Place"},
	reflect.TypeFor[ticket.Actor]():   {"Role", "ID", "Name"},
	reflect.TypeFor[ticket.Opening](): {"Account", "Resident", "Kind", "Home", "Topic", "Title", "Fields", "Urgent", "Anonymous", "Restricted", "Complaint", "Place", "Media"},
	reflect.TypeFor[ticket.Home]():    {"Station", "Grid", "Officer"},
	reflect.TypeFor[ticket.Field]():   {"Key", "Value", "Label"},
	reflect.TypeFor[ticket.Place]():   {"Lat", "Lng", "Label"},
	reflect.TypeFor[ticket.Attachment](): {
		"ID", "Kind", "URL", "State", "Digest", "Type", "Size", "Reason",
	},
	reflect.TypeFor[ticket.Delivery](): {"Seq", "At", "Fate", "Via", "Tries", "Reason", "Letter", "Ticket", "Told", "Notice", "NextTry", "Queued", "Sent", "Unclear", "Unsure", "Begun"},
}

// placesOf gives for each packed type where its fields are, in the order of the schema.
var placesOf = func() map[reflect.Type][][]int {
	out := make(map[reflect.Type][][]int, len(schema))
	for t, names := range schema {
		for _, name := range names {
			f, ok := t.FieldByName(name)
			if !ok {
				panic("schema: " + t.Name() + " has no " + name)
			}
			out[t] = append(out[t], f.Index)
		}
	}
	return out
}()

var (
	timeType  = reflect.TypeFor[time.Time]()
	actorType = reflect.TypeFor[ticket.Actor]()
)

// How a string is written down: its length, with the words elsewhere; one of those known from the start; one that this ticket had before.
const (
	anew = iota
	fromList
	asBefore
	ways
)

// packer writes.
type packer struct {
	facts  []byte
	words  bitWriter
	last   int64 // time written last, in milliseconds
	seen   []string
	actors []ticket.Actor
}

func (p *packer) number(n int64) { p.facts = binary.AppendVarint(p.facts, n) }

func (p *packer) natural(n uint64) { p.facts = binary.AppendUvarint(p.facts, n) }

func (p *packer) text(s string) {
	way, n := anew, len(s)
	if i, ok := wellKnown[s]; ok {
		way, n = fromList, i
	} else if i := slices.Index(p.seen, s); i >= 0 {
		way, n = asBefore, i
	} else {
		theCode().encode(&p.words, s)
		p.seen = remember(p.seen, s)
	}
	p.natural(uint64(n*ways + way))
}

// remember keeps what may come again.
func remember(seen []string, s string) []string {
	if len(s) < 3 || len(s) > 200 || len(seen) >= 40 {
		return seen
	}
	return append(seen, s)
}

// put writes a value: of a struct, the fields in which it differs from base, or from nothing.
func (p *packer) put(v, base reflect.Value) {
	switch v.Type() {
	case timeType:
		at := v.Interface().(time.Time).UnixMilli()
		p.number(at - p.last)
		p.last = at
		return
	case actorType:
		who := v.Interface().(ticket.Actor)
		i := slices.Index(p.actors, who)
		p.natural(uint64(i + 1))
		if i >= 0 {
			return
		}
		p.actors = append(p.actors, who)
	}
	switch v.Kind() {
	case reflect.Struct:
		p.fields(v, base)
	case reflect.String:
		p.text(v.String())
	case reflect.Bool:
		p.facts = append(p.facts, map[bool]byte{true: 1}[v.Bool()])
	case reflect.Int, reflect.Int64:
		p.number(v.Int())
	case reflect.Float64:
		p.facts = binary.LittleEndian.AppendUint64(p.facts, math.Float64bits(v.Float()))
	case reflect.Pointer:
		p.put(v.Elem(), reflect.Value{})
	case reflect.Slice:
		p.natural(uint64(v.Len()))
		for i := range v.Len() {
			p.put(v.Index(i), reflect.Value{})
		}
	default:
		panic("pack: a field of a type that nobody knows: " + v.Type().String())
	}
}

// fields writes which fields differ, then these.
func (p *packer) fields(v, base reflect.Value) {
	places := placesOf[v.Type()]
	var mask uint64
	for i, place := range places {
		f := v.FieldByIndex(place)
		if base.IsValid() && !f.Equal(base.FieldByIndex(place)) || !base.IsValid() && !f.IsZero() {
			mask |= 1 << i
		}
	}
	p.natural(mask)
	for i, place := range places {
		if mask&(1<<i) != 0 {
			p.put(v.FieldByIndex(place), reflect.Value{})
		}
	}
}

// unpacker reads. Once it is torn, it gives nothing any more.
type unpacker struct {
	facts  []byte
	words  bitReader
	last   int64
	seen   []string
	actors []ticket.Actor
	torn   bool
}

func (p *unpacker) take(n int) []byte {
	if p.torn || n > len(p.facts) {
		p.torn = true
		return make([]byte, n)
	}
	b := p.facts[:n]
	p.facts = p.facts[n:]
	return b
}

func (p *unpacker) number() int64 {
	n, k := binary.Varint(p.facts)
	if p.torn || k <= 0 {
		p.torn = true
		return 0
	}
	p.facts = p.facts[k:]
	return n
}

func (p *unpacker) natural() uint64 {
	n, k := binary.Uvarint(p.facts)
	if p.torn || k <= 0 {
		p.torn = true
		return 0
	}
	p.facts = p.facts[k:]
	return n
}

// count reads how many there are of something of which each has a byte at least.
func (p *unpacker) count() int {
	n := p.natural()
	if n > uint64(len(p.facts)) {
		p.torn = true
		return 0
	}
	return int(n)
}

func (p *unpacker) text() string {
	code := p.natural()
	n := code / ways
	switch way := code % ways; {
	case p.torn:
		return ""
	case way == fromList && n < uint64(len(knownWords)):
		return knownWords[n]
	case way == asBefore && n < uint64(len(p.seen)):
		return p.seen[n]
	case way == anew:
		s := theCode().decode(&p.words, n)
		p.seen = remember(p.seen, s)
		p.torn = p.torn || p.words.torn
		return s
	}
	p.torn = true
	return ""
}

// get reads a value over what is there.
func (p *unpacker) get(v reflect.Value) {
	switch v.Type() {
	case timeType:
		p.last += p.number()
		v.Set(reflect.ValueOf(clockTime(p.last)))
		return
	case actorType:
		switch i := p.natural(); {
		case i > uint64(len(p.actors)):
			p.torn = true
		case i > 0:
			v.Set(reflect.ValueOf(p.actors[i-1]))
		default:
			p.fields(v)
			p.actors = append(p.actors, v.Interface().(ticket.Actor))
		}
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		p.fields(v)
	case reflect.String:
		v.SetString(p.text())
	case reflect.Bool:
		v.SetBool(p.take(1)[0] == 1)
	case reflect.Int, reflect.Int64:
		v.SetInt(p.number())
	case reflect.Float64:
		v.SetFloat(math.Float64frombits(binary.LittleEndian.Uint64(p.take(8))))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		p.get(v.Elem())
	case reflect.Slice:
		n := p.count()
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			p.get(v.Index(i))
		}
	}
}

// fields reads those that differ.
func (p *unpacker) fields(v reflect.Value) {
	places := placesOf[v.Type()]
	mask := p.natural()
	if mask>>len(places) != 0 {
		p.torn = true
	}
	for i, place := range places {
		if mask&(1<<i) != 0 && !p.torn {
			p.get(v.FieldByIndex(place))
		}
	}
}

// zeroMilli is the zero time in milliseconds: a header's time may go back to it.
var zeroMilli = time.Time{}.UnixMilli()

func clockTime(milli int64) time.Time {
	if milli == zeroMilli {
		return time.Time{}
	}
	return time.UnixMilli(milli).UTC()
}
