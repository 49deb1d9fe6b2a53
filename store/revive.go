package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/ticket"
)

// This file writes the records of a backup back, kind by kind. Each may be written twice.

// What a resident reads above a letter that a restore brought back, and an officer beside it. Nobody knows whether it had been delivered after the
// backup was made, so it is not sent by itself: it waits until the resident writes.
const (
	restoredLetter = "（系统恢复后补发，您可能已经看过）\n"
	restoredReason = "系统从备份恢复：不能确定备份之后是否已送到，所以不再主动发送；居民来信时送到。"
)

// inOne is how many entries are written at once.
const inOne = 200

// people writes accounts or officers. What is there stays: the settings name accounts, and officers of another kind were refused.
func (r *restore) people(b bundle) error {
	if err := r.turn.mine(); err != nil {
		return err
	}
	key := map[string]string{recAccount: accountsKey, recOfficer: officersKey}[b.kind]
	for _, rec := range b.records {
		if b.kind == recOfficer {
			if err := r.brings(rec.Name); err != nil {
				return err
			}
		}
		if err := r.run(r.ctx, newFieldScript, []string{key}, rec.Name, rec.Value).Err(); err != nil {
			return unavailable("restore accounts and officers", err)
		}
	}
	return nil
}

// brings notes that an officer who is not there yet is about to be, thanks to this backup: who gives the restore up takes those away and no others.
func (r *restore) brings(id string) error {
	there, err := r.rdb.HExists(r.ctx, officersKey, id).Result()
	if err == nil && !there {
		err = r.rdb.SAdd(r.ctx, restoredKey+r.look.report.ID, id).Err()
	}
	if err != nil {
		return unavailable("restore officers", err)
	}
	return nil
}

// newFieldScript adds a field to a hash that does not have it.
var newFieldScript = redis.NewScript("return redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2])")

// seals adds some to those in Redis, leaving out what a restore that was cut off has added.
func (r *restore) seals(b bundle) error {
	k := keysOf(b.account)
	there, err := r.rdb.LLen(r.ctx, k.seals()).Result()
	if err != nil {
		return unavailable("restore seals", err)
	}
	done := min(max(there-r.pressed[b.account], 0), int64(len(b.records)))
	r.pressed[b.account] += int64(len(b.records))
	var lines []any
	for _, rec := range b.records[done:] {
		lines = append(lines, rec.Value)
	}
	if len(lines) == 0 {
		return nil
	}
	if err := r.turn.mine(); err != nil {
		return err
	}
	if err := r.rdb.RPush(r.ctx, k.seals(), lines...).Err(); err != nil {
		return unavailable("restore seals", err)
	}
	return nil
}

// known lets an answer, or what came of a request, be remembered as long as it would have been.
func (r *restore) known(tx *commit, rec record) error {
	if left := rec.Until.Sub(r.clock()); left >= time.Second && isKnown(rec.Name) {
		tx.do("SET", tx.keys.of(rec.Name), rec.Value, "PX", left.Milliseconds())
	}
	return nil
}

// mostCommands is about how many commands are sent together.
const mostCommands = 2000

// tickets writes histories, and with each part of one what follows from that part.
func (r *restore) tickets(ctx context.Context, b bundle) error {
	k, numbers := keysOf(b.account), make([]string, len(b.records))
	for i, rec := range b.records {
		numbers[i] = rec.Name
	}
	headers, err := r.headers(ctx, k, numbers)
	if err != nil {
		return err
	}
	there := make(map[string]ticket.Header, len(headers))
	for _, h := range headers {
		there[string(h.Number)] = h
	}
	tx := newCommit(k, k.requested(""), "")
	for _, rec := range b.records {
		t, err := ticket.Replay(ticket.Number(rec.Name), rec.Entries)
		if err != nil || len(rec.Lines) > 0 || t.Account != rec.Account {
			continue // told as damage
		}
		if tx, err = r.ticket(ctx, tx, rec, t, there[rec.Name]); err != nil {
			return fmt.Errorf("restore ticket %s: %w", rec.Name, err)
		}
	}
	return r.apply(ctx, tx)
}

// ticket puts a history into a transaction, after what a restore that was cut off has written of it, and gives the transaction to go on with.
func (r *restore) ticket(ctx context.Context, tx *commit, rec record, t ticket.Ticket, there ticket.Header) (*commit, error) {
	done := there.Version
	if done > len(rec.Entries) || done > 0 && there.Head != rec.Entries[done-1].Hash {
		return tx, fmt.Errorf("%w: there is another one of that number", ticket.ErrConflict)
	}
	before, err := applied(ticket.Header{Number: t.Number}, rec.Entries[:done])
	if err != nil {
		return tx, err
	}
	for at := done; at < len(rec.Entries); at += inOne {
		part := rec.Entries[at:min(at+inOne, len(rec.Entries))]
		after, err := applied(before, part)
		if err != nil {
			return tx, err
		}
		if err := project(tx, before, after, part, r.clock()); err != nil {
			return tx, err
		}
		if at+len(part) == len(rec.Entries) {
			if err := r.lastPart(tx, rec, t); err != nil {
				return tx, err
			}
		}
		if tx.nCmds > mostCommands {
			if err := r.apply(ctx, tx); err != nil {
				return tx, err
			}
			tx = newCommit(tx.keys, tx.keys.requested(""), "")
		}
		before = after
	}
	return tx, nil
}

// applied is a header after some more entries.
func applied(h ticket.Header, entries []ticket.Entry) (ticket.Header, error) {
	for _, e := range entries {
		next, err := h.Apply(e)
		if err != nil {
			return h, err
		}
		h = next
	}
	return h, nil
}

// lastPart adds what belongs to the ticket as it is now: what became of its letters, which of its files are settled, and that a seal covers it.
func (r *restore) lastPart(tx *commit, rec record, t ticket.Ticket) error {
	k, n := tx.keys, t.Number
	for id, raw := range rec.Hash {
		var d ticket.Delivery
		if decode(raw, &d) == nil && d.Fate == ticket.Sending {
			d.Fate, d.Via, d.Reason, d.At, d.NextTry = ticket.InMailbox, ticket.ViaMailbox, restoredReason, r.clock(), time.Time{}
			b, err := encode(d)
			if err != nil {
				return err
			}
			raw = b
		}
		tx.do("HSET", k.deliveries(n), id, raw)
	}
	for _, m := range t.Media {
		if m.State != ticket.MediaPending {
			tx.do("ZREM", k.fetches(), m.ID)
		}
	}
	if r.look.newest(rec.Account, n, rec.Entries[len(rec.Entries)-1]) {
		tx.do("HDEL", k.unsealed(), string(n))
	}
	return nil
}

// resident writes where a resident stands and what waits for them. Letters under way wait in the mailbox now.
func (r *restore) resident(tx *commit, rec record) error {
	k := tx.keys
	for field, value := range rec.Hash {
		tx.do("HSET", k.resident(rec.Name), field, value)
	}
	tx.do("DEL", k.underWay(rec.Name))
	for _, raw := range rec.Lines {
		var l ticket.Letter
		if decode(raw, &l) != nil || l.ID == "" { // the sender finds out that it cannot be read, and buries it
			tx.do("RPUSH", k.underWay(rec.Name), raw)
			tx.do("ZADD", k.outbox(), r.clock().UnixMilli(), rec.Name)
			continue
		}
		if err := await(tx, rec.Name, l); err != nil {
			return err
		}
	}
	for id, raw := range rec.Mail {
		var l ticket.Letter
		if decode(raw, &l) != nil {
			tx.do("HSET", k.mailbox(rec.Name), id, raw)
			continue
		}
		if err := await(tx, rec.Name, l); err != nil {
			return err
		}
	}
	return nil
}

// await lets a letter wait in the mailbox, marked when it is one that may have been read.
func await(tx *commit, openid string, l ticket.Letter) error {
	l.Carried = ticket.Carried{} // the answer that it was in is long gone
	if l.Ticket != "" {
		l.Text = restoredLetter + l.Text
	}
	b, err := encode(l)
	if err != nil {
		return err
	}
	tx.do("HSET", tx.keys.mailbox(openid), l.ID, b)
	return nil
}

func (r *restore) dead(tx *commit, rec record) error {
	k, left := tx.keys, rec.Until.Sub(r.clock())
	if !rec.Until.IsZero() && left < time.Second {
		return nil
	}
	for field, value := range rec.Hash {
		tx.do("HSET", k.deadOne(rec.Name), field, value)
	}
	if !rec.Until.IsZero() {
		tx.do("PEXPIRE", k.deadOne(rec.Name), left.Milliseconds())
	}
	tx.do("ZADD", k.dead(), rec.At.UnixMilli(), rec.Name)
	return nil
}

// file writes what is known of a file; one that has not been fetched is fetched, and one that was fetched after its ticket was read tells the ticket.
func (r *restore) file(tx *commit, rec record) error {
	k := tx.keys
	tx.do("HSET", k.files(), rec.Name, rec.Value)
	var f fileRecord
	if decode(rec.Value, &f) != nil || f.File.State == ticket.MediaPending {
		tx.do("ZADD", k.fetches(), r.clock().UnixMilli(), rec.Name)
	}
	return nil
}

// fence lets leases be numbered on from far behind where they were. Whoever holds one, given before the backup or after it, may wake in the restored room:
// it must be nobody's by then.
func (r *restore) fence(tx *commit, rec record) error {
	n, err := strconv.ParseInt(string(rec.Value), 10, 64)
	if err != nil { // none had been given
		n = 0
	}
	tx.do("SET", tx.keys.fence(), n+fenceLeap+rand.Int64N(fenceLeap)) // at random: the same backup may be restored again
	return nil
}

// fenceLeap is more leases than are ever given after a backup. Redis and its scripts count exactly to eight thousand times as many.
const fenceLeap = 1 << 40

// media writes the bytes of a file under their SHA-256, on disk when it returns.
func (r *restore) media(rec record, data io.Reader) error {
	if r.plan.Media == "" || !digestName.MatchString(rec.Name) {
		return nil
	}
	if err := r.turn.mine(); err != nil {
		return err
	}
	folder := filepath.Join(r.plan.Media, rec.Name[:2])
	if _, err := os.Stat(filepath.Join(folder, rec.Name)); err == nil { // whoever wrote it may have been killed before its name was on disk
		return errors.Join(syncFolder(folder), syncFolder(r.plan.Media))
	}
	sum := sha256.New()
	f, err := newTempFile(folder)
	if err != nil {
		return err
	}
	if _, err := io.Copy(f, io.TeeReader(data, sum)); err != nil {
		return errors.Join(fmt.Errorf("restore file %s: %w", rec.Name, err), f.drop())
	}
	if want, _ := parseDigest(rec.Name); want != digest32(sum.Sum(nil)) {
		return f.drop() // told as damage
	}
	return f.become(filepath.Join(folder, rec.Name))
}
