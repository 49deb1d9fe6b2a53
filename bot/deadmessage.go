package bot

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"frontdesk/flows"
	"frontdesk/ticket"
)

// hangShare is the part of the deadline after which a message that is being decided on is given up: what is left suffices to keep it.
const hangShare = 2.0 / 3

// bury keeps a message that could not be worked and gives what to answer. Where it cannot be kept, the resident is asked to write again.
func (cb *Callback) bury(ctx context.Context, d *door, msg message, f fault) (answer, outcome string) {
	if cb.Dead == nil {
		return cb.sorry(d, msg), "unavailable"
	}
	dead := ticket.Dead{
		Account: d.ID, Where: ticket.AtCallback, Why: f.why, Detail: f.detail, Identity: ticket.Personal(msg.input.ID), Resident: msg.from,
		At: cb.Clock(), Original: ticket.Personal(msg.doc),
	}.Named()
	promise := cb.kept(d, msg)
	answer, err := cb.Dead.BuryMessage(ctx, dead, promise)
	switch {
	case err == nil && answer != promise: // it was in effect before
		return answer, "answered"
	case err != nil:
		cb.Log.ErrorContext(ctx, "a message that broke not buried", "account", d.ID, "dead", dead, "err", err)
		return cb.sorry(d, msg), "unavailable"
	}
	cb.DeadCount.count(ticket.AtCallback, f.why)
	cb.Log.ErrorContext(ctx, "a message broke and is kept", "account", d.ID, "input", msg.input, "dead", dead)
	return answer, "dead"
}

// kept tells the resident that somebody will look at what could not be worked; nothing to what nobody wrote, and to who is not known.
func (cb *Callback) kept(d *door, msg message) string {
	if msg.input.Kind.Unheard() || msg.from == "" {
		return ""
	}
	if first := firstWords(msg); first != "" {
		return first + "\n\n您刚才这一条，我这边没能自动处理，已经原样留下来，会有工作人员来看，您不用重发。" + hotline(cb.Directory, d.ID)
	}
	return "您刚才这一条，我这边没能自动处理，已经原样留下来，会有工作人员来看，您不用重发。别的话您可以接着说。\n\n要是有人正有危险，请马上拨打110。" +
		hotline(cb.Directory, d.ID)
}

// work has the conversation decide and the decision committed, and gives what to answer in any case before the deadline.
func (cb *Callback) work(ctx context.Context, d *door, msg message, a *attempt) (answer, outcome string) {
	if msg.notice.id != "" && cb.Notices != nil {
		return cb.notice(ctx, d, msg.notice)
	}
	if msg.input.Kind == flows.Other {
		return "", "noted"
	}
	answer, err := cb.converse(ctx, d, msg, a)
	if err == nil {
		return answer, "answered"
	}
	f, broke := faultOf(err)
	switch {
	case a.abandoned(): // whoever gave it up has answered
		return cb.sorry(d, msg), "unavailable"
	case broke:
	case errors.Is(err, ticket.ErrUnavailable), ctx.Err() != nil:
		cb.Log.ErrorContext(ctx, "message not taken in", "account", d.ID, "input", msg.input, "err", err)
		return cb.sorry(d, msg), "unavailable"
	case a.err != nil && errors.Is(err, a.err):
		f = fault{why: ticket.Refused, detail: a.err.Error()}
	default:
		f = fault{why: ticket.Unreadable, detail: err.Error()}
	}
	return cb.bury(ctx, d, msg, f)
}

// notice writes down what became of a template message. What cannot be kept now is not answered, so that the platform says it again.
func (cb *Callback) notice(ctx context.Context, d *door, n notice) (answer, outcome string) {
	if err := cb.Notices.Noticed(ctx, d.ID, n.id, ticket.Arrival(n.status)); err != nil {
		cb.Log.ErrorContext(ctx, "outcome of a template message not kept", "account", d.ID, "err", err)
		return "", "unavailable"
	}
	return "", "noted"
}

// converse is the store's, with a panic turned into a fault.
func (cb *Callback) converse(ctx context.Context, d *door, msg message, a *attempt) (answer string, err error) {
	defer func() {
		if recover() != nil {
			err = broken()
			cb.Log.ErrorContext(ctx, "a conversation broke", "account", d.ID, "input", msg.input, "stack", string(debug.Stack()))
		}
	}()
	return cb.Residents.Converse(ctx, d.ID, msg.from, msg.input.ID, func(r flows.Resident) (flows.Change, error) {
		return a.decide(ctx, func() (flows.Change, error) { return cb.decide(d, r, msg.input, cb.Clock()) })
	})
}

// watch answers for a message that is not done in time. A message that hangs in its decision is given up early and kept; for any other the
// deadline is waited for.
func (cb *Callback) watch(ctx context.Context, d *door, msg message, a *attempt) (answer, outcome string) {
	if a.giveUp() {
		return cb.bury(ctx, d, msg, fault{why: ticket.Hung})
	}
	<-ctx.Done()
	a.giveUp()
	return cb.sorry(d, msg), "unavailable"
}

// Ready says whether messages are still decided on; the error wraps [ticket.ErrUnavailable] when too many hang. Only a new start helps then.
func (cb *Callback) Ready() error {
	if n := cb.seats.hung(); n >= mostSeats {
		return fmt.Errorf("%w: %d decisions hang", ticket.ErrUnavailable, n)
	}
	return nil
}

// read decodes what the platform verifiably sent. What cannot be read, or breaks the reading, gives a fault, with what is sure of it: the
// account, the resident where they can be made out, and a name made from its bytes.
func read(d *door, doc string) (msg message, err error) {
	why := ticket.Undecodable
	defer func() {
		f := fault{why: why}
		if recover() != nil {
			f = broken()
		} else if err == nil {
			return
		}
		sum := sha256.Sum256([]byte(doc))
		msg = message{to: d.ID, kind: "undecodable", doc: doc}
		msg.input.ID, err = "#"+hex.EncodeToString(sum[:16]), f
		msg.from = sender(d, doc)
	}()
	msg, err = decodeMessage(doc)
	msg.doc = doc
	return msg, err
}

// sender makes out who wrote what cannot be read; empty when it does not say so, or is not for this account.
func sender(d *door, doc string) (from ticket.Personal) {
	defer func() {
		if recover() != nil {
			from = ""
		}
	}()
	list, err := leaves(doc)
	if err != nil {
		return ""
	}
	to := ""
	for _, l := range list {
		switch {
		case l.depth != 1:
		case l.name == "ToUserName" && to == "":
			to = l.text
		case l.name == "FromUserName" && from == "":
			from = ticket.Personal(l.text)
		}
	}
	if to != d.ID {
		return ""
	}
	return from
}

// Replay puts a dead message through again, exactly once, as of the time when it came, and sends the resident the answer as a letter. When they
// have written or tapped since, that is refused with [ticket.ErrConflict], because what they meant depends on where they stood; late overrules
// it. When they have left since, it is refused with [ticket.ErrNotAllowed] for good: what is held on them was deleted and does not come back.
// Errors beside that: [ticket.ErrInvalid] when it can still not be read or carried out, [ticket.ErrNotFound] when there is none any more, a
// fault when it breaks again; the message stays dead then.
func (cb *Callback) Replay(ctx context.Context, dead ticket.Dead, late bool) error {
	d := cb.doors[dead.Account]
	if d == nil || cb.Dead == nil || dead.Where != ticket.AtCallback {
		return fmt.Errorf("replay a message: %w: it is none of an account here", ticket.ErrInvalid)
	}
	msg, err := read(d, dead.Original.Reveal())
	switch {
	case err != nil:
		return fmt.Errorf("replay a message: %w: %w", ticket.ErrInvalid, err)
	case msg.to != d.ID:
		return fmt.Errorf("replay a message: %w: it is for another account", ticket.ErrInvalid)
	case msg.input.Kind == flows.Other:
		return fmt.Errorf("replay a message: %w: a message of its kind does nothing; drop it", ticket.ErrInvalid)
	}
	ctx, cancel := context.WithTimeout(ctx, cb.Deadline)
	defer cancel()
	a := &attempt{seats: &cb.seats, who: seat(d, msg)}
	done := make(chan error, 1)
	go func() {
		defer func() {
			if recover() != nil {
				done <- broken()
			}
		}()
		_, err := cb.Dead.ReplayMessage(ctx, dead, msg.from, msg.input.ID, dead.At, func(r flows.Resident) (flows.Change, error) {
			return a.decide(ctx, func() (flows.Change, error) { return cb.again(d, r, msg.input, dead, late) })
		})
		done <- err
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	if a.giveUp() {
		return fault{why: ticket.Hung}
	}
	return <-done // the store comes back when the context has ended
}

// again decides on a message that was dead. The letters that wait for the resident are left for a message that they send now.
func (cb *Callback) again(d *door, r flows.Resident, in flows.Input, dead ticket.Dead, late bool) (flows.Change, error) {
	now := dead.At
	since := r.Conversation.At.After(now)
	// Whoever is known and does not follow has left; older records do not say when.
	left := r.Version > 0 && !r.Followed && (since || r.Conversation.At.IsZero())
	switch {
	case left:
		return flows.Change{}, fmt.Errorf("%w: the resident has left since; drop it", ticket.ErrNotAllowed)
	case since && !late:
		return flows.Change{}, fmt.Errorf("%w: the resident has written since", ticket.ErrConflict)
	case since:
		now = cb.Clock()
	}
	r.Mailbox = nil
	c, err := cb.decide(d, r, in, now)
	if err != nil {
		return c, err
	}
	if since {
		c.Opens = "" // what they wrote since has opened the window anew
	}
	if c.Answer == "" {
		return c, nil
	}
	l := ticket.Letter{
		ID: "dead:" + dead.ID, Account: d.ID, Resident: r.OpenID, Subject: "您的消息有了答复", At: cb.Clock(),
		Text: ticket.Personal("您" + dead.At.In(ticket.Shanghai).Format("1月2日 15:04") + "发来的那一条，现在处理好了：\n" + c.Answer),
	}
	if d.Sends() {
		c.Letters = append([]ticket.Letter{l}, c.Letters...)
	} else {
		c.Keep = append([]ticket.Letter{l}, c.Keep...)
	}
	return c, nil
}

// seat is whose seat a message takes.
func seat(d *door, msg message) string { return d.ID + "|" + msg.from.Reveal() }

// patience is how long a message may be decided on.
func (cb *Callback) patience(began time.Time) time.Duration {
	return time.Until(began.Add(time.Duration(hangShare * float64(cb.Deadline))))
}
