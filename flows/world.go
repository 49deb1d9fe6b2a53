package flows

import (
	"time"

	"frontdesk/ticket"
)

// World is everything a conversation may know beside where it stands: nothing in it changes while one message is worked on.
type World struct {
	Now      time.Time
	Account  ticket.Account
	Officers map[string]ticket.Officer // by id, for the names on QR codes; shared, read only
	CanPush  bool                      // the account may send customer-service messages and fetch files: long answers continue by themselves, voices are heard
	Limit    int                       // bytes that one answer holds; 0 means 2000
	Number   ticket.Number             // the number of the ticket that this message may open

	walked func(flow, step, on string) // tells a test which rows were taken
}

// Resident is where one resident stands: all that the next message needs.
type Resident struct {
	Account string          `json:"account"`
	OpenID  ticket.Personal `json:"openid"`
	Version int64           `json:"version"` // raised by every change to this record, to their tickets and to their mailbox; 0 is a stranger

	Conversation Conversation `json:"conversation,omitzero"`
	Consent      Consent      `json:"consent,omitzero"`
	Home         ticket.Home  `json:"home,omitzero"` // as scanned; the account settles it
	Followed     bool         `json:"followed,omitzero"`

	Tickets []ticket.Header `json:"-"` // newest first, bounded by [MaxTickets]; kept by the store beside the record
	Mailbox []ticket.Letter `json:"-"` // oldest first; kept by the store beside the record
}

// MaxTickets is how many of a resident's tickets a conversation sees.
const MaxTickets = 20

// Consent is the privacy notice that the resident was shown and agreed to.
type Consent struct {
	Version string    `json:"version,omitzero"` // of the notice; empty: never agreed
	At      time.Time `json:"at,omitzero"`
}

// Outcome is what [Next] decides.
type Outcome struct {
	Conversation Conversation
	Replies      []string // in order, each complete in itself; none means that nothing is said
	Effects      []Effect
	Alarm        bool // somebody may be in danger: the replies come before any letter
}

// Effect is one thing that a message does beside moving the conversation. The set is closed: see the types below.
type Effect interface{ effect() }

// The effects.
type (
	// OpenTicket opens a ticket under [World.Number]; at most one per message.
	OpenTicket struct{ Opening ticket.Opening }
	// Act takes a step on one of the resident's tickets.
	Act struct {
		Number ticket.Number
		Step   ticket.Step
	}
	// KeepConsent records that the privacy notice was agreed to.
	KeepConsent struct{ Consent Consent }
	// KeepHome records where the resident's next tickets go.
	KeepHome struct{ Home ticket.Home }
	// Joined records that the resident follows the account.
	Joined struct{}
	// Forget removes what is held on a resident who left, apart from their tickets, which are marked.
	Forget struct{}
)

func (OpenTicket) effect()  {}
func (Act) effect()         {}
func (KeepConsent) effect() {}
func (KeepHome) effect()    {}
func (Joined) effect()      {}
func (Forget) effect()      {}

// Change is what one message does, all of it or nothing: the store commits it in one script together with the answer.
type Change struct {
	Conversation Conversation
	Consent      Consent
	Home         ticket.Home
	Followed     bool
	Forget       bool // mailbox, letters under way and reply window go

	Tickets []TicketChange
	Fetch   []ticket.Attachment // files that came with this message, to be fetched at once whatever becomes of them
	Taken   []string            // letters from the mailbox that Answer carries: delivered once it is out
	Letters []ticket.Letter     // to be sent by the outbox: the rest of a long answer
	Keep    []ticket.Letter     // straight to the mailbox: the same, where nothing can be pushed

	Opens  Opens // the reply window
	Answer string
}

// Opens says which reply window a message opens, from its own time on: every message and tap opens one.
type Opens string

// The windows of wechat.md: five customer-service messages in 48 hours, three in a minute.
const (
	OpensNone    Opens = ""
	OpensMessage Opens = "message"
	OpensTap     Opens = "tap"
)

// TakesIn reports whether the change comes from somebody who wrote or tapped, and so adds to what is held. Who leaves or takes something back
// does not.
func (c Change) TakesIn() bool { return c.Opens != OpensNone }

// TicketChange is one ticket's part in a change.
type TicketChange struct {
	Before  int // version that the ticket must have now; 0: it must not exist yet
	After   ticket.Header
	Entries []ticket.Entry
}
