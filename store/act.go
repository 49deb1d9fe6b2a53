package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"

	"frontdesk/flows"
	"frontdesk/ticket"
)

// Act makes one entry of an officer on a ticket, with the letter to the resident that goes with it, and gives the header after it.
//
// The same request of the same officer again gives the header of the first time. Of a header that they may not see they are given the number only: that the
// step was taken, and nothing else. Errors: [ticket.ErrNotFound] for a ticket that there is
// not or that the officer may not see, [ticket.ErrNotAllowed] for what their role or the ticket's state forbids and for giving it to somebody
// who may not see it, [ticket.ErrInvalid] for a step
// that lacks something, [ticket.Taken] when somebody else holds it.
func (s *Store) Act(ctx context.Context, o ticket.Officer, n ticket.Number, request string, step ticket.Step) (ticket.Header, error) {
	if request == "" || len(request) > 128 {
		return ticket.Header{}, fmt.Errorf("act on %s: %w: a request needs an id", n, ticket.ErrInvalid)
	}
	k := keysOf(o.Account)
	result := k.asked(o.ID, n, request)
	step.By = o.By()
	if step.At.IsZero() {
		step.At = s.clock()
	}
	var to ticket.Officer
	if step.What == ticket.Assign {
		var err error
		if to, err = s.Officer(ctx, step.To.ID); err != nil {
			return ticket.Header{}, fmt.Errorf("assign ticket %s: %w", n, err)
		}
	}
	allowed := func(h ticket.Header) error {
		given := h
		given.Assignee = to.ID
		switch {
		case !o.MaySee(h):
			return fmt.Errorf("ticket %s: %w", n, ticket.ErrNotFound)
		case !o.May(step.What, h):
			return fmt.Errorf("%s ticket %s: %w", step.What, n, ticket.ErrNotAllowed)
		case step.What == ticket.Assign && !to.MaySee(given): // words that accuse may have come since the page was shown
			return fmt.Errorf("assign ticket %s to who may not see it: %w", n, ticket.ErrNotAllowed)
		case step.What == ticket.Assign && to.ID == h.Assignee: // somebody was quicker
			return fmt.Errorf("assign ticket %s to who has it: %w", n, ticket.ErrConflict)
		}
		return nil
	}
	h, err := s.step(ctx, k, n, result, step, allowed)
	if err == nil && !o.MaySee(h) { // given back by who saw it only as its holder; or they were moved since
		return ticket.Header{Number: h.Number}, nil
	}
	return h, err
}

// step makes one entry, whoever makes it, after allowed had no objection to the header that it starts from. It is put together anew as
// long as only the ticket's version moved in between.
func (s *Store) step(ctx context.Context, k keys, n ticket.Number, result string, step ticket.Step,
	allowed func(ticket.Header) error) (ticket.Header, error) {
	for range attempts {
		before, done, err := s.before(ctx, k, n, result)
		if err != nil || done && s.replicas == 0 {
			return before, err
		}
		if done { // it has to be confirmed anew by the server that remembers it
			first, err := s.firstTime(ctx, k, n, result)
			if errors.Is(err, ticket.ErrConflict) { // a failover has undone it
				continue
			}
			return first, err
		}
		if err := allowed(before); err != nil {
			return ticket.Header{}, err
		}
		after, entry, err := before.Do(step)
		if err != nil {
			return before, fmt.Errorf("%s ticket %s: %w", step.What, n, err)
		}
		tx := newCommit(k, result, "")
		if err := s.entered(tx, before, after, entry); err != nil {
			return ticket.Header{}, err
		}
		header, err := encode(after)
		if err != nil {
			return ticket.Header{}, err
		}
		v, err := tx.run(ctx, s, header)
		switch {
		case err != nil:
			return ticket.Header{}, err
		case v.seen:
			var first ticket.Header
			return first, decode([]byte(v.result), &first)
		case !v.stale:
			return after, nil
		}
	}
	return ticket.Header{}, fmt.Errorf("%s ticket %s: %w: it never stood still", step.What, n, ticket.ErrUnavailable)
}

// firstTime gives the result of a request that was done before, confirmed by replicas; [ticket.ErrConflict] when there is none.
func (s *Store) firstTime(ctx context.Context, k keys, n ticket.Number, result string) (h ticket.Header, err error) {
	tx := newCommit(k, result, "")
	tx.guard(k.ticket(n), "v", "never") // so that nothing is done if it is not remembered
	v, err := tx.run(ctx, s, nil)
	switch {
	case err != nil:
		return h, err
	case !v.seen:
		return h, fmt.Errorf("ticket %s: %w", n, ticket.ErrConflict)
	}
	return h, decode([]byte(v.result), &h)
}

// before loads a ticket's header, or the result of the request if it was done before.
func (s *Store) before(ctx context.Context, k keys, n ticket.Number, result string) (h ticket.Header, done bool, err error) {
	pipe := s.rdb.Pipeline()
	first, header := pipe.Get(ctx, result), pipe.HMGet(ctx, k.ticket(n), "h", "p")
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		return h, false, unavailable("load a ticket", err)
	}
	if b, err := first.Bytes(); err == nil {
		return h, true, decode(b, &h)
	}
	text, ok := eitherForm(header.Val())
	if !ok {
		return h, false, fmt.Errorf("ticket %s: %w", n, ticket.ErrNotFound)
	}
	h, err = decodeHeader(n, []byte(text))
	return h, false, err
}

// entered puts an entry of the room's into a transaction, with the letter that goes with it. The resident's version is raised, because what
// they would see has changed.
func (s *Store) entered(tx *commit, before, after ticket.Header, e ticket.Entry) error {
	now := s.clock()
	if err := project(tx, before, after, []ticket.Entry{e}, now); err != nil {
		return err
	}
	tx.do("HINCRBY", tx.keys.resident(after.Resident.Reveal()), "v", s.stride())
	if l, ok := flows.LetterFor(after, e); ok {
		return post(tx, l, now)
	}
	return nil
}
