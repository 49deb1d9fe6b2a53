package desk

// This file holds what the console needs of the rest of the house, and what it is told when it is made.

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/alexedwards/scs/v2"

	"frontdesk/ticket"
)

// Tickets are the tickets of the accounts. Errors wrap the vocabulary of package ticket; a ticket that the officer may not see is
// [ticket.ErrNotFound], as one that does not exist.
type Tickets interface {
	// Queue gives a part of one of the officer's lists, with only what they may see.
	Queue(ctx context.Context, o ticket.Officer, q ticket.Query) (ticket.Page, error)
	// Find gives a ticket with its history and with what became of each letter.
	Find(ctx context.Context, o ticket.Officer, n ticket.Number) (ticket.View, error)
	// Act makes one entry. The same request again gives the header of the first time and makes no second entry. A ticket that somebody
	// else took first is a [ticket.Taken].
	Act(ctx context.Context, o ticket.Officer, n ticket.Number, request string, step ticket.Step) (ticket.Header, error)
	// Watch gives every change of a ticket of the account, whoever may see it, until the context ends; then the channel is closed. It is
	// called once for each open page, so whoever implements it shares what it listens on. A missed change is no harm: pages ask again.
	Watch(ctx context.Context, account string) (<-chan ticket.Header, error)
}

// Officers are the people who sign in, and the account that they serve.
type Officers interface {
	// Officer gives somebody by sign-in name, disabled ones too; [ticket.ErrNotFound] when there is nobody. It is asked at every request,
	// so that a disabled officer is out at once.
	Officer(ctx context.Context, id string) (ticket.Officer, error)
	// Officers gives everybody of an account.
	Officers(ctx context.Context, account string) ([]ticket.Officer, error)
	// Account gives the names of the account's stations and grids.
	Account(ctx context.Context, id string) (ticket.Account, error)
}

// Files are the bytes that residents sent.
type Files interface {
	// Open gives the bytes under their SHA-256 in hex; [ticket.ErrNotFound] when we hold none. The caller closes.
	Open(digest string) (io.ReadSeekCloser, error)
}

// Dead is what the program could not work; see [ticket.Dead].
type Dead interface {
	// CountDead says how much waits for somebody to look at it.
	CountDead(ctx context.Context, account string) (int64, error)
	// DeadLetters gives all of it, the oldest first, without the originals.
	DeadLetters(ctx context.Context, account string) ([]ticket.Dead, error)
}

// Config is what the console is made of.
type Config struct {
	Tickets  Tickets
	Officers Officers
	Files    Files
	Sessions scs.CtxStore
	Dead     Dead // nil: what could not be worked is not shown

	Clock  func() time.Time // nil: time.Now
	Random io.Reader        // request ids; nil: crypto/rand
	Prefix string           // path that the console lives under, without a slash at the end; empty: /desk
	Secure bool             // behind TLS: cookies for https only, the last X-Forwarded-For of a proxy on a private address is believed
	Log    *slog.Logger     // nil: slog.Default

	// Demo shows the samples on the sign-in page, one tap each. Without Demo they are not shown whatever they hold.
	Demo    bool
	Samples []Sample

	// Hashing is how officers' passwords are hashed: a sign-in name that nobody has costs the same work. Nil: argon2id.DefaultParams.
	Hashing *argon2id.Params

	// Quit, when closed, ends the streams of live updates, so that a server that drains does not wait for them. Nil: never.
	Quit <-chan struct{}
}

// Sample is a sign-in that a demo shows to everybody.
type Sample struct {
	ID, Password string
	Title        string // "民警 林元众"
}

// filled checks the configuration and puts in what may be left out. The error wraps [ticket.ErrInvalid].
func (c Config) filled() (Config, error) {
	if c.Tickets == nil || c.Officers == nil || c.Files == nil || c.Sessions == nil {
		return c, errors.Join(ticket.ErrInvalid, errors.New("the console needs tickets, officers, files and sessions"))
	}
	if c.Prefix == "" {
		c.Prefix = "/desk"
	}
	if !strings.HasPrefix(c.Prefix, "/") || strings.HasSuffix(c.Prefix, "/") || strings.ContainsAny(c.Prefix, "{} ") {
		return c, errors.Join(ticket.ErrInvalid, errors.New("the console's prefix is a path like /desk"))
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Hashing == nil {
		c.Hashing = argon2id.DefaultParams
	}
	return c, nil
}
