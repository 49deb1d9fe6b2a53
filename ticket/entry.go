package ticket

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"
)

// Entry is one line of a ticket's history. It is written once and never changed; each carries the hash of the one before it.
type Entry struct {
	Seq  int       `json:"seq"` // 1 for the opening
	At   time.Time `json:"at"`  // whole milliseconds, UTC
	By   Actor     `json:"by"`
	What What      `json:"what"`
	Text Personal  `json:"text,omitzero"`

	// What the entry changes, beside the status that the lifecycle table gives. Only the fields of its move are set.
	Opening *Opening     `json:"opening,omitzero"`
	To      Actor        `json:"to,omitzero"`     // assign, transfer: who has it now
	Rating  int          `json:"rating,omitzero"` // rate: 1 to 5; 0 when words are added to one
	Media   []Attachment `json:"media,omitzero"`  // say: what came; kept and lost: what became of it
	Into    Number       `json:"into,omitzero"`   // merge: the ticket that goes on
	Guard   Guard        `json:"guard,omitzero"`  // of a resident's words that accuse somebody of the room
	Place   *Place       `json:"place,omitzero"`  // say: where the resident is, or where it is

	Prev string `json:"prev,omitzero"` // hash of the entry before, empty for the first
	Hash string `json:"hash"`
}

// LogValue shows what an entry is without its words.
func (e Entry) LogValue() slog.Value {
	return slog.GroupValue(slog.Int("seq", e.Seq), slog.String("what", string(e.What)))
}

// canonical is what the hash covers: every field in a fixed order, words revealed. A new field of Entry is added here with omitzero, so
// that old hashes hold.
type canonical struct {
	Number Number      `json:"number"`
	Seq    int         `json:"seq"`
	At     int64       `json:"at"`
	By     Actor       `json:"by"`
	What   What        `json:"what"`
	Text   string      `json:"text,omitzero"`
	Open   *canonOpen  `json:"opening,omitzero"`
	To     Actor       `json:"to,omitzero"`
	Rating int         `json:"rating,omitzero"`
	Media  []canonFile `json:"media,omitzero"`
	Into   Number      `json:"into,omitzero"`
	Guard  Guard       `json:"guard,omitzero"`
	Place  *canonPlace `json:"place,omitzero"`
	Prev   string      `json:"prev,omitzero"`
}

type canonOpen struct {
	Account    string      `json:"account"`
	Resident   string      `json:"resident"`
	Kind       Kind        `json:"kind"`
	Urgent     bool        `json:"urgent,omitzero"`
	Home       Home        `json:"home,omitzero"`
	Anonymous  bool        `json:"anonymous,omitzero"`
	Restricted bool        `json:"restricted,omitzero"`
	Complaint  string      `json:"complaint,omitzero"`
	Topic      string      `json:"topic,omitzero"`
	Title      string      `json:"title"`
	Fields     [][3]string `json:"fields,omitzero"`
	Place      *canonPlace `json:"place,omitzero"`
	Media      []canonFile `json:"media,omitzero"`
}

type canonPlace struct {
	Lat   float64 `json:"lat"`
	Lng   float64 `json:"lng"`
	Label string  `json:"label,omitzero"`
}

type canonFile struct {
	ID     string `json:"id"`
	Kind   string `json:"kind"`
	State  string `json:"state,omitzero"`
	Digest string `json:"digest,omitzero"`
	Type   string `json:"type,omitzero"`
	Size   int64  `json:"size,omitzero"`
	Reason string `json:"reason,omitzero"`
}

// digest computes the hash of an entry of that ticket, without looking at e.Hash.
func (e Entry) digest(n Number) string {
	c := canonical{
		Number: n, Seq: e.Seq, At: e.At.UnixMilli(), By: e.By, What: e.What, Text: e.Text.Reveal(), To: e.To,
		Rating: e.Rating, Media: canonFiles(e.Media), Into: e.Into, Guard: e.Guard, Prev: e.Prev,
	}
	if e.Place != nil {
		c.Place = &canonPlace{e.Place.Lat, e.Place.Lng, e.Place.Label.Reveal()}
	}
	if o := e.Opening; o != nil {
		c.Open = &canonOpen{
			Account: o.Account, Resident: o.Resident.Reveal(), Kind: o.Kind, Urgent: o.Urgent, Home: o.Home,
			Anonymous: o.Anonymous, Restricted: o.Restricted, Complaint: o.Complaint.Reveal(), Topic: o.Topic,
			Title: o.Title.Reveal(), Media: canonFiles(o.Media),
		}
		for _, f := range o.Fields {
			c.Open.Fields = append(c.Open.Fields, [3]string{f.Key, f.Label, f.Value.Reveal()})
		}
		if o.Place != nil {
			c.Open.Place = &canonPlace{o.Place.Lat, o.Place.Lng, o.Place.Label.Reveal()}
		}
	}
	b, err := json.Marshal(c)
	if err != nil { // only NaN coordinates could do it, and those are refused before
		panic(fmt.Sprintf("canonical form of an entry: %v", err))
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func canonFiles(in []Attachment) []canonFile {
	var out []canonFile
	for _, a := range in {
		out = append(out, canonFile{a.ID, string(a.Kind), string(a.State), a.Digest, a.Type, a.Size, a.Reason})
	}
	return out
}

// stamp is the precision of history: whole milliseconds, UTC.
func stamp(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
