package ticket

import (
	"fmt"
	"log/slog"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Header is what is known of a ticket at a glance: all that queues, lists and a resident's own overview need. It is a projection of the
// history and can always be made again by [Replay].
type Header struct {
	Number   Number   `json:"number"`
	Account  string   `json:"account"`
	Resident Personal `json:"resident"` // openid; never shown for an anonymous ticket
	Kind     Kind     `json:"kind"`
	Topic    string   `json:"topic,omitzero"` // within the kind, as the resident chose it: "噪音邻里"
	Title    Personal `json:"title"`
	Status   Status   `json:"status"`
	Urgent   bool     `json:"urgent,omitzero"`

	Station   string `json:"station"`
	Grid      string `json:"grid,omitzero"`
	Addressed string `json:"addressed,omitzero"` // the officer whose QR code led here

	Anonymous  bool     `json:"anonymous,omitzero"`
	Restricted bool     `json:"restricted,omitzero"` // a complaint about an officer: see [Officer.MaySee]
	Complaint  Personal `json:"complaint,omitzero"`  // all words of a complaint, to find the names in it

	Assignee     string `json:"assignee,omitzero"` // officer's id
	AssigneeName string `json:"assignee_name,omitzero"`
	Partner      string `json:"partner,omitzero"`

	Version   int       `json:"version"` // number of entries
	Head      string    `json:"head"`    // hash of the last entry
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
	DueAt     time.Time `json:"due_at"`
	ClosedAt  time.Time `json:"closed_at,omitzero"` // since when nothing is left to do; zero while open
	UrgedAt   time.Time `json:"urged_at,omitzero"`
	ActedAt   time.Time `json:"acted_at,omitzero"` // when the assignee last did something
	Asked     Personal  `json:"asked,omitzero"`    // the officer's open question to the resident
	Rating    int       `json:"rating,omitzero"`   // 1 to 5; 0 while not rated
	Gone      bool      `json:"gone,omitzero"`     // the resident no longer follows the account
	Into      Number    `json:"into,omitzero"`
}

// LogValue shows a ticket's number and state and nothing of what it says.
func (h Header) LogValue() slog.Value {
	return slog.GroupValue(slog.String("number", string(h.Number)), slog.String("kind", string(h.Kind)),
		slog.String("status", string(h.Status)), slog.Int("version", h.Version))
}

// Score is the place in a queue: lower is sooner. It is the deadline in milliseconds; an urgent ticket comes before every other.
func (h Header) Score() float64 {
	s := float64(h.DueAt.UnixMilli())
	if h.Urgent {
		s -= 4e12 // more than a century, and exact in a float64
	}
	return s
}

// Field is one answer of the resident, with the label it is shown under.
type Field struct {
	Key   string   `json:"key"`
	Label string   `json:"label"`
	Value Personal `json:"value"`
}

// Place is where something happened, as the resident's phone gave it (GCJ-02 degrees, as the platform sends them).
type Place struct {
	Lat   float64  `json:"lat"`
	Lng   float64  `json:"lng"`
	Label Personal `json:"label,omitzero"`
}

// Ticket is a ticket with everything that is known of it.
type Ticket struct {
	Header
	Fields  []Field
	Place   *Place       // the last one that was told
	Media   []Attachment // in the order they came, with what became of each
	Entries []Entry
}

// Opening is what a new ticket starts with.
type Opening struct {
	Account    string       `json:"account"`
	Resident   Personal     `json:"resident"`
	Kind       Kind         `json:"kind"`
	Urgent     bool         `json:"urgent,omitzero"`
	Home       Home         `json:"home,omitzero"`
	Anonymous  bool         `json:"anonymous,omitzero"`
	Restricted bool         `json:"restricted,omitzero"`
	Complaint  Personal     `json:"complaint,omitzero"`
	Topic      string       `json:"topic,omitzero"`
	Title      Personal     `json:"title"`
	Fields     []Field      `json:"fields,omitzero"`
	Place      *Place       `json:"place,omitzero"`
	Media      []Attachment `json:"media,omitzero"`
}

// Format prints an opening without its words, whatever the verb: printed through a pointer with a verb that does not fit, fmt would
// otherwise look inside by itself and pass the masks by.
func (o Opening) Format(s fmt.State, _ rune) { _, _ = fmt.Fprintf(s, "‹%s›", string(o.Kind)) }

// Format prints that there is a place and not where, for the same reason.
func (p Place) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte("‹地点›")) }

// real says whether there is such a place on earth.
func (p Place) real() bool {
	return math.Abs(p.Lat) <= 90 && math.Abs(p.Lng) <= 180 // nothing is less than NaN
}

// check refuses an opening that could not be worked with. The error wraps [ErrInvalid].
func (o Opening) check() error {
	switch {
	case o.Account == "" || o.Resident == "":
		return fmt.Errorf("%w: a ticket needs an account and a resident", ErrInvalid)
	case !o.Kind.Known():
		return fmt.Errorf("%w: unknown kind %q", ErrInvalid, o.Kind)
	case o.Home.Station == "":
		return fmt.Errorf("%w: a ticket needs a station", ErrInvalid)
	case o.Title == "" || !utf8.ValidString(o.Title.Reveal()):
		return fmt.Errorf("%w: a ticket needs a title", ErrInvalid)
	case o.Place != nil && !o.Place.real():
		return fmt.Errorf("%w: no such place", ErrInvalid)
	}
	return nil
}

// Open makes a new ticket: its header and the first entry of its history. By is the resident, or an officer who writes down what they
// heard. The error wraps [ErrInvalid].
func Open(n Number, o Opening, by Actor, at time.Time) (Header, Entry, error) {
	if err := o.check(); err != nil {
		return Header{}, Entry{}, err
	}
	o.Media = coming(o.Media)
	e := Entry{Seq: 1, At: stamp(at), By: by, What: Opened, Opening: &o}
	e.Hash = e.digest(n)
	h, err := Header{Number: n}.Apply(e)
	if err != nil {
		return Header{}, Entry{}, err
	}
	return h, e, nil
}

// ShortHash is how much of an entry's hash, in hexadecimal digits, a store has to keep beside it for [Replay] to name the entry that was edited.
const ShortHash = 12

// leastHash is less than any store keeps of a hash.
const leastHash = 2

// Replay makes a ticket from its history and verifies the chain. An entry may come with the beginning of its hash alone, and without the hash
// of the one before: both are computed along the chain, and the result has them whole. What ends a chain is known by its whole hash elsewhere,
// in the header and in the seals. An entry that is missing, out of place, edited or not allowed by the lifecycle gives an error that wraps
// [ErrInvalid] and names its place. An empty history is [ErrNotFound].
func Replay(n Number, entries []Entry) (Ticket, error) {
	if len(entries) == 0 {
		return Ticket{}, fmt.Errorf("ticket %s: %w", n, ErrNotFound)
	}
	t := Ticket{Header: Header{Number: n}, Entries: slices.Clone(entries)}
	for i := range t.Entries {
		e := &t.Entries[i]
		if e.Prev == "" {
			e.Prev = t.Head
		}
		sum := e.digest(n)
		if len(e.Hash) < leastHash || !strings.HasPrefix(sum, e.Hash) {
			return Ticket{}, fmt.Errorf("ticket %s, entry %d: %w: the hash does not match the words", n, i+1, ErrInvalid)
		}
		e.Hash = sum
		h, err := t.Apply(*e)
		if err != nil {
			return Ticket{}, fmt.Errorf("ticket %s, entry %d: %w", n, i+1, err)
		}
		t.Header = h
		if o := e.Opening; o != nil {
			t.Fields, t.Place = o.Fields, o.Place
			t.Media = append(t.Media, o.Media...)
			continue
		}
		if e.Place != nil {
			t.Place = e.Place
		}
		t.Media = settle(t.Media, *e)
	}
	return t, nil
}
