package store

import (
	"context"
	"strings"

	"frontdesk/ticket"
)

// This file checks that every letter that an officer is shown as waiting for the resident's next message is somewhere: in their mailbox, where one that an
// answer carries stays until that answer is known to have left, or under way, where a restore leaves one that cannot be read. One that is being sent
// must be under way; only where one to the same resident was buried that does not say which it was it is not looked for.

// compareLetters looks for the letters of a ticket that wait in the mailbox.
func (s *Store) compareLetters(ctx context.Context, k keys, h ticket.Header, deliveries []string, r *recount) error {
	var waiting []ticket.Delivery
	openid := h.Resident.Reveal()
	for _, b := range deliveries {
		var d ticket.Delivery
		if decode([]byte(b), &d) == nil && (d.Fate == ticket.InMailbox || d.Fate == ticket.Sending && (d.Via == ticket.ViaAnswer || !r.buried[openid])) {
			waiting = append(waiting, d)
		}
	}
	if len(waiting) == 0 {
		return nil
	}
	there := map[string]bool{}
	pipe := s.rdb.Pipeline()
	mail, letters := pipe.HKeys(ctx, k.mailbox(openid)), pipe.LRange(ctx, k.underWay(openid), 0, -1)
	if _, err := pipe.Exec(ctx); err != nil {
		return unavailable("fsck", err)
	}
	for _, id := range mail.Val() {
		there[id] = true
	}
	for _, raw := range letters.Val() {
		l := legible(raw)
		if strings.HasPrefix(l.ID, unnamed) { // it does not say which it is: it may be any of them
			return nil
		}
		there[l.ID] = true
	}
	for _, d := range waiting {
		if !there[d.Letter] {
			r.differ("ticket %s: the letter of entry %d is shown as %s and is nowhere", h.Number, d.Seq, d.Fate)
		}
	}
	return nil
}
