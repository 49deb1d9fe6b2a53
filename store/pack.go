package store

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"time"

	"frontdesk/ticket"
)

// This file knows the packed form of a ticket that is over: its history, what became of its letters, and its header, in one string of a few
// hundred bytes. It begins with a byte that no JSON begins with. Then come the facts (lengths, times, numbers), which do not compress, and
// the words, which do, in one piece.
//
// What can be computed is left out: numbers of entries, hashes, names of letters. Of each entry's hash one byte stays, so that an edit is told
// by its entry; the hash of the last stays whole.

// packedForm is the first byte. Another form, and another code of words, is another byte.
const packedForm = 1

// checkBytes is how much of an entry's hash is kept in the packed form.
const checkBytes = 1

// dossier is all that is known of a ticket.
type dossier struct {
	header     ticket.Header
	entries    []ticket.Entry // without the hashes that were left out, see [ticket.Replay]
	deliveries []ticket.Delivery
}

// packed says whether a stored header is a whole packed ticket.
func packed(b []byte) bool { return len(b) > 0 && b[0] == packedForm }

// pack gives the packed form. The history must hold: it is what [ticket.Replay] gave.
func pack(d dossier) ([]byte, error) {
	if len(d.entries) == 0 || d.entries[0].Opening == nil {
		return nil, fmt.Errorf("%w: a history without a beginning", ticket.ErrInvalid)
	}
	n := d.header.Number
	base, err := begun(n, d.entries[0])
	if err != nil {
		return nil, err
	}
	var p packer
	p.put(reflect.ValueOf(bare(d.entries[0])), reflect.Value{})
	head, err := hex.DecodeString(d.header.Head)
	if err != nil || len(head) != 32 {
		return nil, fmt.Errorf("%w: a head that is no hash", ticket.ErrInvalid)
	}
	p.facts = append(p.facts, head...)
	h := d.header
	h.Head, base.Head = "", ""
	p.put(reflect.ValueOf(h), reflect.ValueOf(base))
	p.natural(uint64(len(d.entries) - 1))
	for _, e := range d.entries[1:] {
		p.put(reflect.ValueOf(bare(e)), reflect.Value{})
	}
	for _, e := range d.entries {
		check, err := hex.DecodeString(e.Hash[:min(2*checkBytes, len(e.Hash))])
		if err != nil || len(check) != checkBytes {
			return nil, fmt.Errorf("%w: an entry without a hash", ticket.ErrInvalid)
		}
		p.facts = append(p.facts, check...)
	}
	p.natural(uint64(len(d.deliveries)))
	before := ticket.Delivery{}
	for _, v := range d.deliveries {
		if v.Letter == letterOf(n, v.Seq) && v.Ticket == n {
			v.Letter, v.Ticket = "", ""
		}
		if i := v.Seq - 1; i >= 0 && i < len(d.entries) { // most letters go out at once: the time is counted from their entry
			p.last = d.entries[i].At.UnixMilli()
		}
		p.number(int64(v.Seq))
		v.Seq = 0
		p.put(reflect.ValueOf(v), reflect.ValueOf(before))
		before = v
	}
	b := binary.AppendUvarint([]byte{packedForm}, uint64(len(p.facts)))
	return append(append(b, p.facts...), p.words.b...), nil
}

// bare is an entry without what can be computed.
func bare(e ticket.Entry) ticket.Entry {
	e.Seq, e.Prev, e.Hash = 0, "", ""
	return e
}

// begun is the header as the opening alone would make it: what most of it still is in the end.
func begun(n ticket.Number, first ticket.Entry) (ticket.Header, error) {
	first.Seq, first.Prev, first.Hash = 1, "", ""
	h, err := ticket.Header{Number: n}.Apply(first)
	if err != nil {
		return h, fmt.Errorf("%w: a packed ticket whose opening opens nothing", ticket.ErrInvalid)
	}
	return h, nil
}

func letterOf(n ticket.Number, seq int) string { return string(n) + ":" + strconv.Itoa(seq) }

// unpackHeader reads the header alone. The error wraps [ticket.ErrInvalid].
func unpackHeader(n ticket.Number, b []byte) (ticket.Header, error) {
	d, _, err := unpackBegin(n, b)
	return d.header, err
}

// unpack reads a packed ticket. The error wraps [ticket.ErrInvalid] and says nothing of what it holds.
func unpack(n ticket.Number, b []byte) (dossier, error) {
	d, p, err := unpackBegin(n, b)
	if err != nil {
		return d, err
	}
	for range p.count() {
		var e ticket.Entry
		p.get(reflect.ValueOf(&e).Elem())
		d.entries = append(d.entries, e)
	}
	for i := range d.entries {
		d.entries[i].Seq = i + 1
		d.entries[i].Hash = hex.EncodeToString(p.take(checkBytes))
	}
	var v ticket.Delivery
	for range p.count() {
		seq := int(p.number())
		if seq >= 1 && seq <= len(d.entries) {
			p.last = d.entries[seq-1].At.UnixMilli()
		}
		p.get(reflect.ValueOf(&v).Elem())
		whole := v
		if whole.Seq = seq; v.Letter == "" && v.Ticket == "" {
			whole.Letter, whole.Ticket = letterOf(n, seq), n
		}
		d.deliveries = append(d.deliveries, whole)
	}
	if p.torn || len(p.facts) > 0 || len(p.words.b)-(p.words.at+7)/8 > 0 {
		return d, errTorn
	}
	return d, nil
}

var errTorn = fmt.Errorf("%w: a packed ticket cannot be read", ticket.ErrInvalid)

// unpackBegin reads the opening and the header; what follows is left in the reader.
func unpackBegin(n ticket.Number, b []byte) (dossier, *unpacker, error) {
	var d dossier
	if !packed(b) {
		return d, nil, errTorn
	}
	size, k := binary.Uvarint(b[1:])
	if k <= 0 || size > uint64(len(b)-1-k) {
		return d, nil, errTorn
	}
	rest := b[1+k:]
	p := &unpacker{facts: rest[:size], words: bitReader{b: rest[size:]}}
	var first ticket.Entry
	p.get(reflect.ValueOf(&first).Elem())
	head := p.take(32)
	if p.torn || first.Opening == nil {
		return d, nil, errTorn
	}
	d.entries = []ticket.Entry{first}
	var err error
	if d.header, err = begun(n, first); err != nil {
		return d, nil, err
	}
	p.get(reflect.ValueOf(&d.header).Elem())
	d.header.Head = hex.EncodeToString(head)
	if p.torn {
		return d, nil, errTorn
	}
	return d, p, nil
}

// schema numbers the fields of every packed type. It is never changed, only added to: a field's place is its name in what is stored.
var schema = map[reflect.Type][]string{
	reflect.TypeFor[ticket.Header](): {
		"Number", "Account", "Resident", "Kind", "Topic", "Title", "Status", "Urgent", "Station", "Grid", "Addressed", "Anonymous", "Restricted",
		"Complaint", "Assignee", "AssigneeName", "Partner", "Version", "Head", "CreatedAt", "UpdatedAt", "DueAt", "ClosedAt", "UrgedAt", "ActedAt",
		"Asked", "Rating", "Gone", "Into",
	},
	reflect.TypeFor[ticket.Entry]():   {"At", "By", "What", "Text", "Rating", "To", "Opening", "Media", "Into", "Seq", "Prev", "Hash"},
	reflect.TypeFor[ticket.Actor]():   {"Role", "ID", "Name"},
	reflect.TypeFor[ticket.Opening](): {"Account", "Resident", "Kind", "Home", "Topic", "Title", "Fields", "Urgent", "Anonymous", "Restricted", "Complaint", "Place", "Media"},
	reflect.TypeFor[ticket.Home]():    {"Station", "Grid", "Officer"},
	reflect.TypeFor[ticket.Field]():   {"Key", "Value", "Label"},
	reflect.TypeFor[ticket.Place]():   {"Lat", "Lng", "Label"},
	reflect.TypeFor[ticket.Attachment](): {
		"ID", "Kind", "URL", "State", "Digest", "Type", "Size", "Reason",
	},
	reflect.TypeFor[ticket.Delivery](): {"Seq", "At", "Fate", "Via", "Tries", "Reason", "Letter", "Ticket", "Told", "Notice", "NextTry"},
}

// places gives for each packed type where its fields are, in the order of the schema.
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
