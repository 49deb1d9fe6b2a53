package bot

import (
	"context"

	"frontdesk/flows"
	"frontdesk/ticket"
)

// This file holds what the callback needs of the rest of the house.

// Residents keeps where every resident stands.
type Residents interface {
	// Converse loads where the resident stands, has decide say what the message does, and commits that in one atomic step together with
	// the answer under the message's identity. It returns the answer that was committed, which may be empty.
	//
	// decide is called again when the record had changed in the meantime, never twice at once, and never after Converse has returned.
	// A message that was worked before gives the answer stored then, whatever decide would say now. An error of decide is returned as it
	// is, and nothing is stored. An error that wraps [ticket.ErrUnavailable], or the context's, leaves open whether the commit happened:
	// the same identity asked again tells.
	Converse(ctx context.Context, account string, openid ticket.Personal, identity string,
		decide func(flows.Resident) (flows.Change, error)) (answer string, err error)
	// Carries says, without looking anywhere, whether the answer to a message as it was given here may carry letters.
	Carries(account string, openid ticket.Personal, identity string) bool
	// Answered says that the answer to a message left, for the letters that it carried. It costs nothing when there were none; when an error
	// keeps it from being written down, they may come once more with the answer to the resident's next message.
	Answered(ctx context.Context, account string, openid ticket.Personal, identity string) error
}

// Notices keeps what became of template messages.
type Notices interface {
	// Noticed writes down what the platform says of the template message with this number. A number that is not known yet is kept until
	// the sender, which may still be writing its own line, asks for it; said twice is said once. Errors wrap [ticket.ErrUnavailable].
	Noticed(ctx context.Context, account, number string, arrival ticket.Arrival) error
}

// Directory knows the accounts and the people behind them. It answers from memory at once; whoever implements it refreshes it.
type Directory interface {
	// Desk gives what the account's residents may know of it and its officers by id. An account that is not known gives the zero Account
	// and no officers. The map is shared: it is never written to.
	Desk(account string) (ticket.Account, map[string]ticket.Officer)
}
