package ticket

import "errors"

// The one error vocabulary of the project. Every package wraps these with %w and the reader's own detail; desk maps them to HTTP once
// and bot maps them to words for residents once.
var (
	// ErrNotFound says that there is nothing under that name, or nothing that the asker may know of.
	ErrNotFound = errors.New("not found")
	// ErrConflict says that somebody else changed it first; look again and decide anew.
	ErrConflict = errors.New("conflict")
	// ErrNotAllowed says that this person may not do this, or not in this state.
	ErrNotAllowed = errors.New("not allowed")
	// ErrInvalid says that the input itself is wrong, whoever sends it.
	ErrInvalid = errors.New("invalid")
	// ErrUnavailable says that something outside is down or full: nothing was stored, and trying again later is right.
	ErrUnavailable = errors.New("unavailable")
)

// Taken is the conflict that an officer meets who reaches for a ticket that somebody else holds.
type Taken struct {
	By string // name of the officer who has it
}

// Error implements error.
func (t Taken) Error() string { return "already claimed by " + t.By }

// Unwrap makes a Taken an [ErrConflict].
func (t Taken) Unwrap() error { return ErrConflict }
