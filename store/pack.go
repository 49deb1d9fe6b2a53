package store

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"reflect"
	"strconv"

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

// begun is the header as the opening alone makes it: what most of it still is in the end. What a later version of the program makes otherwise of an
// opening, it makes otherwise of every history too.
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
