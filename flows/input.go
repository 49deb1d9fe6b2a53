package flows

import (
	"log/slog"
	"time"

	"frontdesk/ticket"
)

// InputKind says what a resident sent or did.
type InputKind string

// What can come in. Other is everything that needs no answer but is proof of life, such as a menu link that was opened.
const (
	Text   InputKind = "text"
	Photo  InputKind = "photo"
	Voice  InputKind = "voice"
	Video  InputKind = "video"
	Place  InputKind = "place"
	Link   InputKind = "link"
	Follow InputKind = "follow" // Key holds the scene when a QR code led here
	Scan   InputKind = "scan"   // Key holds the scene
	Menu   InputKind = "menu"   // a tap in the account's custom menu; Key names the item
	Leave  InputKind = "leave"  // unfollowed
	Revoke InputKind = "revoke" // took back, in the platform's settings, what this account was allowed to know
	Other  InputKind = "other"
)

// Input is one message or event, decoded. Only the fields of its kind are set.
type Input struct {
	ID   string // identity of the message: the same for the platform's retries
	Kind InputKind
	At   time.Time // when the platform took it in, whole seconds

	Text  ticket.Personal    // text; for a link its title, description and address
	Tap   string             // id of the tapped answer in a message with answers, empty otherwise
	Key   string             // scene or menu item
	File  *ticket.Attachment // photo, voice, video
	Place *ticket.Place
}

// message reports whether the kind opens the reply window that follows a message of the resident's own.
func (k InputKind) message() bool {
	switch k {
	case Text, Photo, Voice, Video, Place, Link:
		return true
	}
	return false
}

// tap reports whether the kind opens the short reply window that follows a tap, a scan or a follow.
func (k InputKind) tap() bool { return k == Follow || k == Scan || k == Menu }

// Unheard reports whether nobody waits for an answer: a resident who left or took something back did not write to us.
func (k InputKind) Unheard() bool { return k == Leave || k == Revoke }

// LogValue shows what came and nothing of what it says.
func (in Input) LogValue() slog.Value {
	return slog.GroupValue(slog.String("kind", string(in.Kind)), slog.Time("at", in.At))
}
