package store

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/ticket"
)

// This file keeps what the platform says of template messages. It may say so before the sender has written down that it sent one, so
// whichever of the two comes first leaves its half under the message's number.

//go:embed half.lua
var halfSource string

var halfScript = redis.NewScript(halfSource)

//go:embed notice.lua
var noticeSource string

var noticeScript = redis.NewScript(noticeSource)

// noticeTime is how long a number is remembered. The platform says within seconds what became of it.
const noticeTime = 3 * 24 * time.Hour

// The halves: which letter the message was about, and what became of it.
const (
	aboutHalf = "about\n"
	saidHalf  = "said\n"
)

// aboutLetter is the sender's half; none for a letter that no template message was sent for.
func aboutLetter(d ticket.Delivery) string {
	if d.Notice == "" {
		return ""
	}
	return aboutHalf + string(d.Ticket) + "\n" + d.Letter
}

// Noticed writes down what the platform says of the template message with this number: on its letter's delivery, or for the sender to find
// when the letter is not known yet. Said twice is said once. Errors wrap [ticket.ErrUnavailable].
func (s *Store) Noticed(ctx context.Context, account, number string, arrival ticket.Arrival) error {
	if number == "" || len(number) > 32 {
		return nil // no number that the platform gives
	}
	k := keysOf(account)
	for range attempts {
		half, err := s.run(ctx, halfScript, []string{k.notice(number)}, saidHalf+string(arrival), noticeTime.Milliseconds()).Text()
		switch {
		case errors.Is(err, redis.Nil): // the sender finds it
			return nil
		case err != nil:
			return unavailable("keep what became of a template message", err)
		}
		about, ok := strings.CutPrefix(half, aboutHalf)
		if !ok { // said before
			return nil
		}
		number, letter, _ := strings.Cut(about, "\n")
		done, err := s.hear(ctx, k, ticket.Number(number), letter, arrival)
		if err != nil || done {
			return err
		}
	}
	return fmt.Errorf("keep what became of a template message: %w: it changes too often", ticket.ErrUnavailable)
}

// hear puts it on the delivery, unless that changes meanwhile.
func (s *Store) hear(ctx context.Context, k keys, n ticket.Number, letter string, arrival ticket.Arrival) (done bool, err error) {
	was, err := s.rdb.HGet(ctx, k.deliveries(n), letter).Result()
	switch {
	case errors.Is(err, redis.Nil): // delivered with the resident's next message, and forgotten
		return true, nil
	case err != nil:
		return false, unavailable("load a delivery", err)
	}
	var d ticket.Delivery
	if decode([]byte(was), &d) != nil {
		return true, nil
	}
	is, err := encode(d.Hear(arrival, s.clock()))
	if err != nil {
		return false, err
	}
	changed, err := s.run(ctx, noticeScript, []string{k.deliveries(n), k.changes()}, letter, was, is, string(n)).Int()
	if err != nil {
		return false, unavailable("keep what became of a template message", err)
	}
	return changed == 1, nil
}
