package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"frontdesk/store"
	"frontdesk/ticket"
)

// backupRow makes backups while residents talk and officers answer, loses the machine, brings the last backup back on a clean one, where some restores are
// killed on the way, and lets the room go on. What was acknowledged before that backup began is there once, queues and counters equal a recount (I4), chains and seals hold (I5), and a
// resident in the middle of a conversation goes on. Then an entry is edited and a last one cut: both must be noticed, else the row is blind.
func backupRow(ctx context.Context, w *workshop) (figure string, err error) {
	t, err := newTown(ctx, w, plan{})
	if err != nil {
		return "no town", err
	}
	defer func() { err = errors.Join(err, t.close()) }()
	c := newCrowd(t, 0.1)
	c.whole = true
	room, err := newRoom(ctx, c, 2)
	if err != nil {
		return "no officers", err
	}
	b := &rescue{town: t, crowd: c, room: room, folder: t.replicas[0].dir}
	if err := b.load(ctx); err != nil {
		return "no backup", err
	}
	room.await(ctx)
	if err := errors.Join(room.check(ctx), c.inTime()); err != nil {
		return "before the loss " + room.mail.String(), err
	}
	arrived := room.arrived
	began := time.Now()
	if err := b.restore(ctx); err != nil {
		return "no restore", err
	}
	took := time.Since(began)
	broken := errors.Join(b.check(ctx), b.goOn(ctx))
	figure = fmt.Sprintf("%d backups under load, %d messages answered meanwhile, slowest answer %s; restored and serving in %s, after %d restores were killed: %d tickets acknowledged before it began, %d there; %d photos kept; %d of %d letters of officers sent again by themselves, %d that waited in the mailbox read, marked",
		b.made, c.answered.Load(), time.Duration(c.slowest.Load()).Round(time.Millisecond), took.Round(100*time.Millisecond), b.killed, len(b.before), b.there, b.photos, room.doubled, arrived, len(b.waiting))
	if broken != nil {
		return figure, broken
	}
	return figure + "; an edited entry and a cut last one are noticed", b.control(ctx)
}

// rescue is a town that is lost and brought back.
type rescue struct {
	*town
	crowd  *crowd
	room   *room
	folder string // of the program
	file   string // the last backup
	made   int    // backups
	killed int    // restores
	before map[ticket.Number]matter
	there  int
	photos int // of tickets that were there before, byte for byte

	silent  ticket.Number // of a resident who writes nothing until the machine was lost
	waiting []letter      // to them, in the mailbox
}

// halfway is a resident whom the loss finds in the middle of a conversation.
const halfway = "o-halfway"

// load makes backups one after the other while everybody is at work.
func (b *rescue) load(ctx context.Context) error {
	random := b.w.random("backup")
	for _, l := range dispute("半路")[:5] {
		if _, err := b.crowd.say(ctx, halfway, l.say, random); err != nil {
			return err
		}
	}
	if err := b.fillOne(ctx); err != nil {
		return err
	}
	working, stop := context.WithCancel(ctx)
	var beside sync.WaitGroup
	var mistake error
	done := make(chan struct{})
	beside.Go(func() {
		defer close(done)
		for range b.w.size(4, 12) {
			pause(working, 700*time.Millisecond)
			if mistake = b.backup(working); mistake != nil {
				return
			}
		}
	})
	beside.Go(func() { b.room.work(working) })
	b.crowd.talk(ctx, 16, b.w.random("backup crowd"), func() bool {
		select {
		case <-done:
			return true
		default:
			return false
		}
	})
	stop()
	beside.Wait()
	return errors.Join(mistake, first(b.crowd.wrong))
}

// fillOne has officers write to a resident until letters wait in the mailbox, where they stay.
func (b *rescue) fillOne(ctx context.Context) error {
	var err error
	if b.silent, err = b.crowd.does(ctx, "o-silent", adds, b.w.random("silent")); err != nil {
		return err
	}
	by := b.room.browsers[0]
	if err := b.room.step(ctx, by, b.silent, ticket.Claim, ""); err != nil {
		return err
	}
	b.room.replied[b.silent] = "" // nobody else takes it
	if _, err := b.room.fill(ctx, by, b.silent); err != nil {
		return err
	}
	var shown []letter
	for _, l := range b.room.letters {
		if len(l.on(b.town)) == 0 {
			b.waiting = append(b.waiting, l)
			continue
		}
		shown = append(shown, l)
	}
	b.room.letters = shown
	if len(b.waiting) == 0 {
		return errors.New("blind: no letter waits in a mailbox")
	}
	return nil
}

// backup makes one more and reads it to its end.
func (b *rescue) backup(ctx context.Context) error {
	if err := b.seal(ctx); err != nil {
		return err
	}
	b.crowd.mu.Lock()
	b.before = maps.Clone(b.crowd.opened)
	b.crowd.mu.Unlock()
	b.file = filepath.Join(b.w.dir, fmt.Sprintf("room-%d.backup", b.made))
	if _, err := b.frontdesk(ctx, "", "backup", "--to", b.file); err != nil {
		return err
	}
	b.made++
	_, err := b.frontdesk(ctx, "", "backup", "verify", b.file)
	return err
}

// books opens the store with the seals that the program keeps outside Redis.
func (b *rescue) books() (*store.Store, error) {
	return store.New(store.Config{Client: b.redis.client, Clock: time.Now, Seals: filepath.Join(b.folder, "data", "seals")})
}

// seal does what the program does every minute.
func (b *rescue) seal(ctx context.Context) error {
	s, err := b.books()
	if err != nil {
		return err
	}
	return s.Seal(ctx, townAccount, time.Now())
}

// restore loses the machine and starts a clean one from the last backup.
func (b *rescue) restore(ctx context.Context) error {
	r := b.replicas[0]
	if err := errors.Join(r.kill(), b.redis.close(), os.RemoveAll(filepath.Join(b.folder, "data")), os.RemoveAll(b.redis.dir)); err != nil {
		return err
	}
	dir, err := b.w.folder("redis")
	if err != nil {
		return err
	}
	if b.redis, err = startRedis(ctx, dir, nil); err != nil {
		return err
	}
	if b.folder, err = b.w.folder("clean"); err != nil {
		return err
	}
	r.dir = b.folder
	r.env = append(r.env, "FRONTDESK_REDIS_URL="+b.redis.url(b.redis.addr), "FRONTDESK_DATA="+filepath.Join(b.folder, "data"))
	for patience := 50 * time.Millisecond; ; patience += 100*time.Millisecond + patience/3 {
		done, err := b.attempt(ctx, patience)
		if err != nil {
			return err
		}
		if done {
			return r.up(ctx)
		}
		b.killed++
	}
}

// attempt restores, and kills the restore when it takes longer than that; then the front desk must refuse to serve.
func (b *rescue) attempt(ctx context.Context, patience time.Duration) (done bool, err error) {
	short, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	text, err := b.frontdesk(short, "", "restore", "--from", b.file)
	switch {
	case err == nil && strings.Contains(text, "everything is restored"):
		return true, nil
	case err == nil || short.Err() == nil:
		return false, fmt.Errorf("restore says %q: %w", text, err)
	}
	half, err := b.redis.client.Exists(ctx, "frontdesk:restoring").Result()
	if err != nil {
		return false, fmt.Errorf("look at the restore: %w", err)
	}
	keys, err := b.redis.client.DBSize(ctx).Result()
	if err != nil || half == 0 {
		return keys > 0, err // it had ended, or not begun
	}
	if text, err := b.frontdesk(ctx, "", "serve"); err == nil || !strings.Contains(text, "a restore was begun") && !strings.Contains(text, "a restore looks") {
		return false, fmt.Errorf("the front desk serves half a restore: %q", text)
	}
	// It said that it was there before it looked, and the restore that it was at work; neither is waited for.
	return false, b.redis.client.Del(ctx, "frontdesk:serving", "frontdesk:restorer").Err()
}

// check compares the books with what was acknowledged before the backup began.
func (b *rescue) check(ctx context.Context) error {
	if text, err := b.frontdesk(ctx, "", "fsck"); err != nil {
		return fmt.Errorf("after the restore: %w: %s", err, text)
	}
	s, err := b.books()
	if err != nil {
		return err
	}
	var wrong []error
	for number, m := range b.before {
		v, err := s.Find(ctx, auditor, number)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("ticket %s was acknowledged before the backup and is not there: %w", number, err))
			continue
		}
		b.there++
		if err := m.inBooks(v); err != nil {
			wrong = append(wrong, err)
		}
	}
	find := func(n ticket.Number) (ticket.View, error) { return s.Find(ctx, auditor, n) }
	fetching, cancel := context.WithTimeout(ctx, deliverWithin)
	defer cancel()
	for number, m := range b.before {
		if m.photos == 0 || !m.finished || len(wrong) > 0 {
			continue
		}
		if err := b.keeps(fetching, number, find); err != nil { // that was in the backup, or is fetched now
			wrong = append(wrong, err)
		}
		b.photos++
	}
	return first(wrong)
}

// readWaiting lets the silent resident write: what waited in the mailbox comes once, and says that it may have been read.
func (b *rescue) readWaiting(ctx context.Context, s *store.Store) error {
	if err := b.room.empty(ctx, s, b.before[b.silent].openid, b.silent, b.w.random("read")); err != nil {
		return err
	}
	for _, l := range b.waiting {
		if n := len(l.on(b.town)); n != 1 {
			return fmt.Errorf("%q, which waited in the mailbox, is read %d times after the restore", l.says, n)
		}
	}
	if b.crowd.shows(b.before[b.silent].openid, "您可能已经看过") == 0 {
		return errors.New("letters that waited do not say that they may have been read")
	}
	return nil
}

// goOn lets the resident in the middle of a conversation say the rest, and looks whether a reply came once more by itself.
func (b *rescue) goOn(ctx context.Context) error {
	answer, err := b.crowd.follow(ctx, halfway, dispute("半路")[5:], b.w.random("go on"))
	if err != nil {
		return fmt.Errorf("a conversation does not go on: %w", err)
	}
	if !anyNumber.MatchString(answer) {
		return fmt.Errorf("a conversation ends with %q", answer)
	}
	if err := b.emptied(ctx); err != nil {
		return err
	}
	s, err := b.books()
	if err != nil {
		return err
	}
	if err := b.readWaiting(ctx, s); err != nil {
		return err
	}
	if b.room.look(); b.room.doubled > 0 {
		return fmt.Errorf("%d letters were sent again by themselves", b.room.doubled)
	}
	if text, err := b.frontdesk(ctx, "", "fsck"); err != nil {
		return fmt.Errorf("after going on: %w: %s", err, text)
	}
	return nil
}

// emptied waits until nobody has a letter to send: what would be sent again by itself is sent by then.
func (b *rescue) emptied(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, deliverWithin)
	defer cancel()
	empty := func() bool {
		waiting, err := b.redis.client.ZCard(ctx, "frontdesk:{"+townAccount+"}:outbox").Result()
		hands, e := b.inHand(ctx)
		return errors.Join(err, e) == nil && waiting == 0 && len(hands) == 0
	}
	if err := eventually(ctx, empty); err != nil {
		return fmt.Errorf("letters wait after the restore: %w", err)
	}
	return nil
}

// control edits an entry and cuts another ticket's last one in the restored Redis. Seals in Redis are taken away: those outside must do.
func (b *rescue) control(ctx context.Context) error {
	if err := b.replicas[0].kill(); err != nil {
		return err
	}
	if err := b.seal(ctx); err != nil {
		return err
	}
	prefix := "frontdesk:{" + townAccount + "}:"
	var harmed []ticket.Number
	for number := range b.before {
		if harmed = append(harmed, number); len(harmed) == 2 {
			break
		}
	}
	if len(harmed) < 2 {
		return errors.New("blind: too few tickets to harm")
	}
	cut := prefix + "ticket:" + string(harmed[1]) + ":entries"
	if err := errors.Join(b.forge(ctx, harmed[0], "拖桌子", "唱歌"),
		b.redis.client.RPop(ctx, cut).Err(), b.redis.client.Del(ctx, prefix+"seals").Err()); err != nil {
		return fmt.Errorf("harm the books: %w", err)
	}
	text, err := b.frontdesk(ctx, "", "fsck")
	if err == nil {
		return errors.New("blind: fsck finds nothing in harmed books")
	}
	for _, number := range harmed {
		if !strings.Contains(text, "of ticket "+string(number)+" is cut off or edited") {
			return fmt.Errorf("blind: no seal misses what was taken from ticket %s", number)
		}
	}
	return nil
}
