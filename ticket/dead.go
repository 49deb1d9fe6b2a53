package ticket

import (
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"time"
)

// Where is the place in the house at which something died.
type Where string

// The places where what comes from outside, or from the store, is worked.
const (
	AtCallback Where = "callback" // a message of a resident
	AtSender   Where = "sender"   // a letter to a resident
	AtFetch    Where = "fetch"    // a file of a resident
)

// Why says what kept something from being worked.
type Why string

// The reasons. Each is a fault of ours: what the platform or Redis refuses is tried again and never dies.
const (
	Panicked    Why = "panic"       // the program broke on it
	Hung        Why = "hang"        // the program did not come back from it
	Undecodable Why = "undecodable" // it could not be read itself
	Unreadable  Why = "unreadable"  // what is stored of its resident could not be read
	Refused     Why = "refused"     // it was decided on, and the decision could not be carried out
)

// Dead is a dead letter: something that the program could not work, kept whole until somebody puts it through again or drops it.
type Dead struct {
	ID       string    `json:"id"` // names it in lists and commands and says nothing of anybody
	Account  string    `json:"account"`
	Where    Where     `json:"where"`
	Why      Why       `json:"why"`
	Detail   string    `json:"detail,omitzero"` // where in the program, for whoever mends it: no words of a person
	Identity Personal  `json:"identity"`        // of the message, the letter or the file; holds an openid
	Resident Personal  `json:"resident,omitzero"`
	Ticket   Number    `json:"ticket,omitzero"`
	At       time.Time `json:"at"` // when it came, or died
	Original Personal  `json:"-"`  // byte for byte; only there when it was asked for by its ID
}

// Named gives the dead letter its ID, which follows from the account, the place and the identity: what dies twice is one dead letter.
func (d Dead) Named() Dead {
	sum := sha256.Sum256([]byte(d.Account + "\x00" + string(d.Where) + "\x00" + d.Identity.Reveal()))
	d.ID = hex.EncodeToString(sum[:5])
	return d
}

// LogValue shows what died, where and why, and nothing of what it says.
func (d Dead) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", d.ID), slog.String("where", string(d.Where)), slog.String("why", string(d.Why)),
		slog.String("detail", d.Detail))
}
