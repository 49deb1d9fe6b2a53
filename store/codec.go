package store

import (
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"frontdesk/ticket"
)

// revealing is what sets the store's JSON apart: by default personal text marshals as a mask, here it is kept. Encryption of personal text
// belongs here and nowhere else.
var revealing = json.WithMarshalers(json.MarshalToFunc(func(e *jsontext.Encoder, p ticket.Personal) error {
	return e.WriteToken(jsontext.String(p.Reveal()))
}))

// lenient lets words through that are not quite UTF-8: nothing that a resident sent may make a record unreadable.
var lenient = jsontext.AllowInvalidUTF8(true)

// encode gives the stored form of a value.
func encode(v any) ([]byte, error) {
	b, err := json.Marshal(v, revealing, lenient)
	if err != nil {
		return nil, fmt.Errorf("encode %T: %w", v, err)
	}
	return b, nil
}

// encodeEntry gives the stored form of an entry: without the hash before it, and with the beginning of its own, see [ticket.Replay].
func encodeEntry(e ticket.Entry) ([]byte, error) {
	e.Prev, e.Hash = "", e.Hash[:min(len(e.Hash), ticket.ShortHash)]
	return encode(e)
}

// decodeHeader reads a stored header, or the one in a packed ticket.
func decodeHeader(n ticket.Number, b []byte) (h ticket.Header, err error) {
	if packed(b) {
		return unpackHeader(n, b)
	}
	return h, decode(b, &h)
}

// decode reads the stored form. A record that cannot be read wraps [ticket.ErrInvalid] and says nothing of what it holds.
func decode(b []byte, into any) error {
	if err := json.Unmarshal(b, into, lenient); err != nil {
		return fmt.Errorf("%w: a stored %T cannot be read", ticket.ErrInvalid, into)
	}
	return nil
}
