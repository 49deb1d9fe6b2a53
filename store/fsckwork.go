package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/ticket"
)

// This file checks that whatever waits for a worker is where that worker looks: what no seal covers yet, letters that are to be sent, files that
// are to be fetched; and that stored entries hold nothing that no program of ours writes.

// compareWork looks for work that nobody would ever do.
func (s *Store) compareWork(ctx context.Context, k keys, r *recount) error {
	if err := s.compareUnsealed(ctx, k, r); err != nil {
		return err
	}
	names, err := s.scan(ctx, k, k.of("resident", "*", "letters"))
	if err != nil {
		return err
	}
	var residents []string
	for _, name := range names {
		residents = append(residents, named(strings.TrimSuffix(strings.TrimPrefix(name, k.of("resident", "")), ":letters")))
	}
	lost, err := s.unlisted(ctx, k.outbox(), k.held(k.outbox()), residents)
	if err != nil {
		return err
	}
	if len(lost) > 0 { // whose they are is nobody's business here
		r.differ("letters to %d residents are under way and nobody would send them", len(lost))
	}
	var files []string
	for id := range r.pending {
		files = append(files, id)
	}
	slices.Sort(files)
	if lost, err = s.unlisted(ctx, k.fetches(), k.held(k.fetches()), files); err != nil {
		return err
	}
	for _, id := range lost {
		r.differ("ticket %s: a file is to be fetched and nobody would fetch it", r.pending[id])
	}
	return nil
}

// compareUnsealed looks for tickets whose end no seal covers and none would: all seals must be known for that.
func (s *Store) compareUnsealed(ctx context.Context, k keys, r *recount) error {
	if len(r.sealed) > 0 && r.sealed[0].Seq > 1 && !r.fromFirst {
		return nil
	}
	open, err := s.rdb.HGetAll(ctx, k.unsealed()).Result()
	if err != nil {
		return unavailable("fsck", err)
	}
	for n, chain := range r.chains {
		if _, waits := open[string(n)]; !waits && len(chain)/linkSize > r.sealedTo[n] {
			r.differ("ticket %s: no seal covers its end, and none would", n)
		}
	}
	return nil
}

// unlisted gives the members that stand neither in a list of what is due nor among what is held under a lease.
func (s *Store) unlisted(ctx context.Context, due, held string, members []string) ([]string, error) {
	var lost []string
	for part := range slices.Chunk(members, together) {
		pipe := s.rdb.TxPipeline()
		places := make([][2]*redis.FloatCmd, len(part))
		for i, m := range part {
			places[i] = [2]*redis.FloatCmd{pipe.ZScore(ctx, due, m), pipe.ZScore(ctx, held, m)}
		}
		if _, err := pipe.Exec(ctx); err != nil && err != redis.Nil { //nolint:errorlint // the client's own mark
			return nil, unavailable("fsck", err)
		}
		for i, m := range part {
			if places[i][0].Err() != nil && places[i][1].Err() != nil {
				lost = append(lost, m)
			}
		}
	}
	return lost, nil
}

// expecting notes the files that a ticket still waits for.
func (r *recount) expecting(t ticket.Ticket) {
	for _, m := range t.Media {
		if m.State == ticket.MediaPending {
			r.pending[m.ID] = t.Number
		}
	}
}

// asWritten looks for what no hash covers because no program of ours writes it: whoever adds something to a stored entry edits history too.
func (r *recount) asWritten(n ticket.Number, lines []string) {
	for _, line := range lines {
		var e ticket.Entry
		if decode([]byte(line), &e) != nil { // whoever replays says so
			continue
		}
		again, err := encode(e)
		media := e.Media
		if e.Opening != nil {
			media = e.Opening.Media
		}
		foreign := slices.ContainsFunc(media, func(a ticket.Attachment) bool { return a.URL != "" })
		if err != nil || string(again) != line || foreign || !e.At.Equal(e.At.Truncate(time.Millisecond)) {
			r.differ("ticket %s: entry %d is not as it was written", n, e.Seq)
		}
	}
}
