package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"frontdesk/ticket"
)

// This file brings a backup back: into an empty Redis, histories first, and everything that follows from them made by the same function as when it
// happened (project.go). Every step may be done again, so that a restore that was cut off is simply begun anew.

// RestorePlan says how a backup is brought back.
type RestorePlan struct {
	Media   string // folder for the bytes that residents sent; empty: they are left out
	Damaged bool   // although histories or seals do not hold: what does not is left out, and named
}

// restore is one under way.
type restore struct {
	*Store
	plan    RestorePlan
	look    *examiner
	kept    map[string]*keptFile
	next    bundle
	pressed map[string]int64 // seals in Redis, by account
	work    *errgroup.Group
	ctx     context.Context // of the work
	turn    *restorer       // while it writes
}

// hands is how many records are written at once: Redis then syncs many at a time.
const hands = 16

// Restore brings a backup back. open gives the backup from its beginning; it is read twice, and nothing is written before the first reading found it
// whole. The report says what was found in the file, and Restore what [Store.Fsck] found afterwards.
//
// Errors wrap [ticket.ErrInvalid] for a file that is damaged, or whose histories and seals do not hold and plan.Damaged does not allow it;
// [ticket.ErrConflict] when Redis holds anything of the accounts, when seals are kept here that the backup does not have, when somebody serves, or when
// another restore was begun. After any later error the same call again goes on, and [Store.Serving] refuses until it ends well.
func (s *Store) Restore(ctx context.Context, open func() (io.Reader, error), plan RestorePlan) (Report, []string, error) {
	from, err := open()
	if err != nil {
		return Report{}, nil, err
	}
	look := newExaminer()
	if err := readArchive(from, look.see); err != nil {
		return look.report, nil, err
	}
	if n := len(look.report.Damage); n > 0 && !plan.Damaged {
		return look.report, nil, fmt.Errorf("%w: %d things in the backup do not hold", ticket.ErrInvalid, n)
	}
	r := &restore{
		Store: s, plan: plan, look: look, kept: map[string]*keptFile{}, pressed: map[string]int64{},
	}
	if r.turn, err = s.takeTurn(ctx, look.report.ID); err != nil {
		return look.report, nil, err
	}
	defer r.turn.leave(ctx)
	if err := r.begin(ctx); err != nil {
		return look.report, nil, err
	}
	if err := r.write(ctx, open); err != nil {
		return look.report, nil, err
	}
	found, err := r.finish(ctx)
	return look.report, found, err
}

// begin makes sure that there is nobody and nothing where the backup goes.
func (r *restore) begin(ctx context.Context) error {
	resumed, err := r.claim(ctx, r.look.report.ID)
	if err != nil {
		return err
	}
	err = errors.Join(r.alone(ctx), r.unheld())
	if err == nil && !resumed {
		if err = errors.Join(r.empty(ctx), r.turn.mine()); err == nil {
			err = r.overwrites(ctx, r.look.report.ID)
		}
		if err == nil {
			err = r.stillAlone(ctx)
		}
	}
	if err != nil && !resumed {
		err = errors.Join(err, r.unmark(context.WithoutCancel(ctx), lookingAt+r.look.report.ID))
	}
	r.turn.wrote.Store(err == nil)
	return err
}

// stillAlone looks once more for a front desk, when the mark says that we write: one that stayed while we looked has said so by now, or sees the mark.
// Nothing is written yet, so the mark goes again.
func (r *restore) stillAlone(ctx context.Context) error {
	there, err := r.lasts(ctx, servingKey)
	switch {
	case err != nil: // nobody knows: the same restore goes on from here
		return unavailable("look for a front desk", err)
	case there:
		return errors.Join(errServed, r.unmark(context.WithoutCancel(ctx), r.look.report.ID))
	}
	return nil
}

// empty refuses a Redis that has anything of the accounts.
func (r *restore) empty(ctx context.Context) error {
	for _, account := range r.look.report.Accounts {
		k := keysOf(account)
		err := r.each(ctx, k, k.of("*"), func(names []string) error {
			for _, name := range names {
				if !strings.HasPrefix(name, k.token("")) && name != k.touched() { // what serve has by itself
					return fmt.Errorf("%w: redis holds something of %s already; a backup goes into an empty one", ticket.ErrConflict, account)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	for id, want := range r.look.officers {
		is, err := r.rdb.HGet(ctx, officersKey, id).Bytes()
		switch {
		case err == nil && string(is) != string(want):
			return fmt.Errorf("%w: there is an officer %s already, and not as in the backup", ticket.ErrConflict, id)
		case err != nil && !errors.Is(err, redis.Nil):
			return unavailable("look for officers", err)
		}
	}
	return nil
}

// unheld refuses when seals are kept here that the backup does not have: they tell what happened after it, and must not be overwritten.
func (r *restore) unheld() error {
	for _, account := range r.look.report.Accounts {
		newer := 0
		err := r.keptLines(account, func(line []byte) error {
			if !r.look.kept[account][sha256.Sum256(line)] {
				newer++
			}
			return nil
		})
		switch {
		case err != nil:
			return err
		case newer > 0:
			return fmt.Errorf("%w: the data folder keeps %d seals of %s that the backup does not have: put them aside, they say what was lost since", ticket.ErrConflict, newer, account)
		}
	}
	return nil
}

// write reads the backup once more and writes what it holds.
func (r *restore) write(ctx context.Context, open func() (io.Reader, error)) (err error) {
	from, err := open()
	if err != nil {
		return err
	}
	r.work, r.ctx = errgroup.WithContext(ctx)
	r.work.SetLimit(hands)
	err = readArchive(from, r.see)
	if failed := r.work.Wait(); failed != nil { // it ended the reading
		err = failed
	}
	if err == nil { // else a front desk may keep its own seals by now: of this Redis, or of another one with this folder
		err = errors.Join(r.turn.mine(), r.unheld())
	}
	if err != nil {
		for _, k := range r.kept {
			k.drop()
		}
		return err
	}
	for _, k := range r.kept {
		err = errors.Join(err, k.done())
	}
	return err
}

// bundle are records that are written together: of one kind and one account.
type bundle struct {
	kind, account string
	records       []record
	bytes         int
}

// mostBundle bounds a bundle, in bytes.
const mostBundle = 1 << 20

// see has one record written, with others like it.
func (r *restore) see(rec record, data io.Reader) error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	if b := r.next; b.kind != rec.Kind || b.account != rec.Account || len(b.records) >= inOne || b.bytes > mostBundle {
		if err := r.send(); err != nil {
			return err
		}
	}
	switch rec.Kind {
	case recFirst, recLast:
		return nil
	case recKept:
		return r.keep(rec)
	case recMedia:
		return r.media(rec, data)
	}
	r.next.kind, r.next.account = rec.Kind, rec.Account
	r.next.records, r.next.bytes = append(r.next.records, rec), r.next.bytes+rec.size()
	return nil
}

// send has the bundle written beside the reading; seals at once, in their order.
func (r *restore) send() error {
	b := r.next
	r.next = bundle{}
	switch {
	case len(b.records) == 0:
		return nil
	case b.kind == recSeal:
		return r.seals(b)
	case b.kind == recAccount || b.kind == recOfficer:
		return r.people(b)
	case b.kind == recTicket:
		r.work.Go(func() error { return r.tickets(r.ctx, b) })
		return nil
	}
	put := map[string]func(*commit, record) error{
		recKnown: r.known, recResident: r.resident, recDead: r.dead, recFile: r.file, recFence: r.fence,
	}[b.kind]
	if put == nil { // a kind that came later: what it holds is beyond this program
		return nil
	}
	r.work.Go(func() error {
		k := keysOf(b.account)
		tx := newCommit(k, k.requested(""), "")
		for _, rec := range b.records {
			if err := put(tx, rec); err != nil {
				return err
			}
		}
		return r.apply(r.ctx, tx)
	})
	return nil
}

// apply writes commands together, all or none.
func (r *restore) apply(ctx context.Context, tx *commit) error {
	if err := r.turn.mine(); err != nil {
		return err
	}
	pipe := r.rdb.TxPipeline()
	tx.queue(ctx, pipe)
	if pipe.Len() == 0 {
		return nil
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return unavailable("restore", err)
	}
	return nil
}

// queue hands the commands of a transaction to a pipeline, without its guards: nobody else writes.
func (c *commit) queue(ctx context.Context, pipe redis.Pipeliner) {
	for at := 0; at < len(c.cmds); {
		key, n := c.cmds[at+1].(int), c.cmds[at+2].(int)
		args := append([]any{c.cmds[at], c.names[key-1]}, c.cmds[at+3:at+3+n]...)
		pipe.Do(ctx, args...)
		at += 3 + n
	}
}

// copySeals puts beside the seals that the backup had from a machine's file those that only Redis had yet: other machines made them.
func (r *restore) copySeals(ctx context.Context, account string) error {
	k := keysOf(account)
	newest, err := r.newestSeals(ctx, k, 1)
	if err != nil || len(newest) == 0 {
		if errors.Is(err, ticket.ErrInvalid) { // it will be named
			return nil
		}
		return err
	}
	r.Store.kept.Delete(account) // the file is another one
	return r.catchUp(ctx, k, account, newest[0])
}

// finish compares everything with the histories, has replicas confirm it, and lets the front desk serve.
func (r *restore) finish(ctx context.Context) (found []string, err error) {
	for _, account := range r.look.report.Accounts {
		if err := r.turn.mine(); err != nil {
			return nil, err
		}
		k := keysOf(account)
		if _, err := newCommit(k, k.requested("restored:"+r.look.report.ID), "").run(ctx, r.Store, []byte(time.Now().UTC().Format(time.RFC3339))); err != nil {
			return nil, err
		}
		if err := r.copySeals(ctx, account); err != nil {
			return nil, err
		}
		differences, err := r.Fsck(ctx, account)
		if err != nil {
			return nil, err
		}
		for _, d := range differences {
			if d = account + ": " + d; !slices.Contains(r.look.report.Notes, d) { // such as seals that were missing before
				found = append(found, d)
			}
		}
	}
	if len(found) > 0 && !r.plan.Damaged {
		return found, fmt.Errorf("%w: what was restored differs from the histories in %d places", ticket.ErrInvalid, len(found))
	}
	if err := r.rdb.Del(ctx, restoredKey+r.look.report.ID).Err(); err != nil { // nothing is to be given up any more
		return found, unavailable("end a restore", err)
	}
	if err := r.turn.mine(); err != nil { // the mark is that of another one, which writes
		return found, err
	}
	return found, r.unmark(ctx, r.look.report.ID)
}
