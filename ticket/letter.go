package ticket

import (
	"log/slog"
	"time"
)

// Letter is something the room has to tell a resident outside the answer to a message: an officer's reply, a question, that a matter is
// resolved, or the rest of a long answer.
type Letter struct {
	ID       string    `json:"id"` // unique within the account; sending one id twice is one letter
	Account  string    `json:"account"`
	Resident Personal  `json:"resident"`         // openid
	Ticket   Number    `json:"ticket,omitzero"`  // empty: about no ticket
	Seq      int       `json:"seq,omitzero"`     // the entry that it carries
	Subject  string    `json:"subject,omitzero"` // what a template message may say without giving anything away: "您的纠纷工单有了答复"
	Text     Personal  `json:"text"`
	Taps     []Tap     `json:"taps,omitzero"` // answers to tap, for accounts that may send them
	At       time.Time `json:"at"`
	Unsure   bool      `json:"unsure,omitzero"`  // it is the rest of one of which a piece before is not known to have arrived
	Carried  Carried   `json:"carried,omitzero"` // in the mailbox: the answer that it was put into, which is not known to have left
}

// Carried says which answer a letter was put into.
type Carried struct {
	Message Personal  `json:"message"` // identity of the message that was answered; empty: none
	At      time.Time `json:"at"`
}

// LogValue shows which letter it is and nothing of what it says.
func (l Letter) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", l.ID), slog.String("ticket", string(l.Ticket)), slog.Int("seq", l.Seq))
}

// Tap is an answer that can be tapped: what it shows and what is understood by it.
type Tap struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

// Via is the way a letter went.
type Via string

// The ways, in the order they are tried.
const (
	ViaAnswer   Via = "answer"   // inside the answer to the resident's own message
	ViaService  Via = "service"  // customer-service message
	ViaTemplate Via = "template" // template message: tells that something waits, does not carry it
	ViaMailbox  Via = "mailbox"  // kept until the resident writes again
)

// Fate is what became of a letter so far.
type Fate string

// A letter is sending until it is delivered, waits in the mailbox, or is over without: failed for good, or unconfirmed, when it went out as often as it may
// and nobody knows whether it arrived.
const (
	Sending     Fate = "sending"
	Delivered   Fate = "delivered"
	InMailbox   Fate = "mailbox"
	Failed      Fate = "failed"
	Unconfirmed Fate = "unconfirmed"
)

// Over says whether nothing more becomes of a letter of this fate.
func (f Fate) Over() bool { return f == Delivered || f == Failed || f == Unconfirmed }

// Delivery is what the officer is shown about a letter.
type Delivery struct {
	Letter  string    `json:"letter"`
	Ticket  Number    `json:"ticket,omitzero"`
	Seq     int       `json:"seq,omitzero"`
	Fate    Fate      `json:"fate"`
	Via     Via       `json:"via,omitzero"`
	Reason  string    `json:"reason,omitzero"`   // for the officer, in words: why it waits or failed
	Tries   int       `json:"tries,omitzero"`    // outbound calls made
	Sent    int       `json:"sent,omitzero"`     // pieces of a long one that are out: another try goes on behind them
	Unclear int       `json:"unclear,omitzero"`  // tries of the next piece that may have arrived without our knowing
	Begun   string    `json:"begun,omitzero"`    // the try of it that was begun last, while nothing more is known of that
	Unsure  bool      `json:"unsure,omitzero"`   // one of the pieces that are out is not known to have arrived
	Told    bool      `json:"told,omitzero"`     // a template message told the resident that something waits
	Notice  string    `json:"notice,omitzero"`   // the platform's number of that message, under which it says whether it arrived
	At      time.Time `json:"at"`                // of the last change
	NextTry time.Time `json:"next_try,omitzero"` // while sending
	Queued  bool      `json:"-"`                 // waits behind an earlier letter to the same resident; found out when it is read
}

// Arrival is what the platform says became of a template message, in its own words.
type Arrival string

// Anything but Arrived is a failure; Blocked says that the resident wants no messages of the account.
const (
	Arrived Arrival = "success"
	Blocked Arrival = "failed:user block"
)

// Hear gives the delivery as it stands once the platform has said what became of its template message. A letter that does not wait in the
// mailbox any more is left as it is.
func (d Delivery) Hear(a Arrival, at time.Time) Delivery {
	if d.Fate != InMailbox {
		return d
	}
	switch a {
	case Arrived:
		d.Reason = "提醒已送到居民手机；居民来信时送到。"
	case Blocked:
		d.Told, d.Reason = false, "居民拒收公众号消息，提醒没有送到；居民来信时送到。"
	default:
		d.Told, d.Reason = false, "微信没能送出提醒；居民来信时送到。"
	}
	d.At = at
	return d
}

// Behind gives the delivery of a letter that has to wait for an earlier one to the same resident, which stands first: for its reason, and for
// its next try. A letter that is not under way any more, or is in an answer, is left as it is.
func (d Delivery) Behind(first Delivery) Delivery {
	if d.Fate != Sending || d.Via == ViaAnswer || first.Letter == d.Letter {
		return d
	}
	d.Queued, d.Tries, d.NextTry = true, first.Tries, first.NextTry
	d.Reason = "前面还有一封信要先送到这位居民那里，送出后就发这封。"
	if first.Reason != "" {
		d.Reason = "前面还有一封信没送出，送出后就发这封。那一封：" + first.Reason
	}
	return d
}

// Window is what the platform allows to be sent to a resident without being asked: how many customer-service messages until when.
type Window struct {
	MessageUntil time.Time `json:"message_until,omitzero"` // 48 h after their last message
	MessageLeft  int       `json:"message_left,omitzero"`  // of 5
	TapUntil     time.Time `json:"tap_until,omitzero"`     // 1 min after a tap, a scan or a follow
	TapLeft      int       `json:"tap_left,omitzero"`      // of 3
}

// Open says whether a customer-service message may go out now.
func (w Window) Open(now time.Time) bool {
	return w.MessageLeft > 0 && now.Before(w.MessageUntil) || w.TapLeft > 0 && now.Before(w.TapUntil)
}
