package bot

import (
	"context"
	"crypto/rand"
	"crypto/sha256"

	"frontdesk/ticket"
)

// This file holds how far letters have come: what is written down before a try, and what a sender remembers that the store may not have, or not
// as it is.

// sheet is a letter and its words. The id alone would not do: a failover of Redis may undo the reply that it carried, and another one then has its id.
type sheet struct {
	id   string
	text [sha256.Size]byte
}

func sheetOf(l ticket.Letter) sheet { return sheet{l.ID, sha256.Sum256([]byte(l.Text.Reveal()))} }

// progress is how far a letter has come: pieces that are out, tries of the next one that ended without a clear answer, whether a piece that is out
// may not have arrived, and which try of ours this was found out in.
type progress struct {
	sent, unclear int
	unsure        bool
	begun         string
}

// known gives a delivery as it is, by what was written down and by what is remembered here. A try that others began, and of which nothing more is
// written, is one that they may have died in.
func (s *Sender) known(letter sheet, d ticket.Delivery) ticket.Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	far := s.part[letter]
	switch mine := d.Begun != "" && d.Begun == far.begun; {
	case mine || far.sent > d.Sent:
		d.Sent, d.Unclear = far.sent, far.unclear
	default:
		if d.Begun != "" {
			d.Unclear++
		}
		if far.sent == d.Sent {
			d.Unclear = max(d.Unclear, far.unclear)
		}
	}
	d.Unsure, d.Begun = d.Unsure || far.unsure, ""
	return d
}

// reached remembers how far a letter has come in a try.
func (s *Sender) reached(l ticket.Letter, d ticket.Delivery, begun string) {
	s.keepPart(sheetOf(l), progress{d.Sent, d.Unclear, d.Unsure, begun})
}

// keepPart remembers how far a letter has come; nothing forgets it.
func (s *Sender) keepPart(letter sheet, far progress) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.part) >= mostParts { // letters that others finished
		clear(s.part)
	}
	s.part[letter] = far
	if far == (progress{}) {
		delete(s.part, letter)
	}
}

// begin writes down that the next piece may be out from now on, and gives the try a name: a crash is then like an answer that is not clear, and no
// sender shows it more often than that. Whoever lost the lease hears so before the resident does.
func (s *Sender) begin(ctx context.Context, p ticket.Parcel, d ticket.Delivery) (string, error) {
	begun := rand.Text()[:8]
	s.reached(p.Letter, d, begun) // until there is an answer, nothing was shown
	d.Begun = begun
	ctx, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	return begun, s.Outbox.BeginParcel(ctx, p, d)
}

// passOver goes on behind a piece that was tried as often as it may be, because those behind it have not been shown; it is the end of the last one.
func passOver(d ticket.Delivery, pieces int) ticket.Delivery {
	if d.Sent >= pieces-1 {
		d.Fate, d.Reason = ticket.Unconfirmed, unconfirmed
		return d
	}
	d.Sent, d.Unclear, d.Unsure = d.Sent+1, 0, true
	return d
}
