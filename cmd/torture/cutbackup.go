package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/bot"
	"frontdesk/cmd/torture/wire"
	"frontdesk/store"
	"frontdesk/ticket"
)

// This file cuts the connection while books are backed up, and while they are brought back into an empty Redis with empty folders. Whoever does that
// does it again until it has succeeded; then everything must be there as it is when nothing was cut.

// Where the books are and where they are brought back to, in the Redis of the row.
const (
	booksDB = 1
	otherDB = 2
)

// sparse is how far it is from one point to the next in the short form where commands are many and of few kinds. It is odd, as seldom is.
const sparse = 7

// removal is a backup and a restore through the proxy.
type removal struct {
	*cutter // of the books
	w       *workshop
	through redis.UniversalClient // to where they are brought back, by way of the proxy
	direct  redis.UniversalClient // and past it
	numbers []ticket.Number
	made    []byte // the last backup

	replicas int // that confirm each write
}

// leftOpen are matters in every state that a backup knows: over and folded, with a photo, with letters in the mailbox and under way, with a dead letter.
func leftOpen() []story {
	return []story{
		{"folded", join(registered(), []deed{acts(ticket.Claim, ""), acts(ticket.Resolve, "两家说好了"), arrives("您看解决了吗"), closes, seals, folds})},
		{"with a photo", []deed{says(urgent), sendsPhoto, fetched, acts(ticket.Note, "看过照片")}},
		{"with letters that wait", []deed{says(urgent), acts(ticket.Claim, ""), acts(ticket.Reply, "今晚八点上门"), waits, seals}},
		{"with a dead letter", []deed{says(urgent), acts(ticket.Claim, ""), sendingBreaks}},
		{"with a letter under way", []deed{says(urgent), acts(ticket.Claim, "")}},
	}
}

// cutRemoval plays a backup and a restore uncut, and then once for each point.
func cutRemoval(ctx context.Context, w *workshop, p *wire.Proxy, addr string, replicas int) (t *cutter, err error) {
	d, err := newInside(ctx, w, spot{addr: p.Addr(), db: booksDB, replicas: replicas})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	if err := d.store.AddOfficer(ctx, d.officer()); err != nil {
		return nil, err
	}
	m := &removal{
		cutter: &cutter{inside: d, proxy: p, long: w.long, sparse: sparse}, w: w, through: otherBooks(p.Addr()), direct: otherBooks(addr), replicas: replicas,
	}
	defer func() { err = errors.Join(err, m.through.Close(), m.direct.Close()) }()
	p.Arm(0, wire.Unheard)
	for _, s := range leftOpen() {
		a := &actor{cutter: m.cutter, openid: "obackup" + fmt.Sprint(len(m.numbers))}
		for _, do := range s.deeds {
			if _, err := a.insist(ctx, do); err != nil {
				return nil, fmt.Errorf("a matter %s: %w", s.name, err)
			}
		}
		m.numbers = append(m.numbers, a.number)
	}
	m.each(ctx, "a backup and a restore", m.remove)
	m.sparse = 0 // few commands
	m.each(ctx, "a restore over books that are there", m.overwrite)
	m.each(ctx, "a restore that is given up", m.giveUp)
	return m.cutter, nil
}

// overwrite wants to bring a backup back where something is: it must leave that as it is.
func (m *removal) overwrite(ctx context.Context) (came string, fired bool) {
	defer m.proxy.Arm(0, wire.Unheard)
	if err := m.direct.FlushDB(ctx).Err(); err != nil {
		return "failed: " + err.Error(), false
	}
	theirs := ticket.Account{ID: townAccount, Name: "和平路警务室"}
	s, err := store.New(store.Config{Client: m.direct, Clock: m.now})
	if err == nil {
		err = errors.Join(s.PutAccount(ctx, theirs), s.Cache(townAccount).Set("theirs", "token", time.Hour), m.direct.Set(ctx, theirTicket, "theirs", 0).Err())
	}
	if err != nil {
		return "failed: " + err.Error(), false
	}
	open := func() (io.Reader, error) { return bytes.NewReader(m.made), nil }
	err = untilDone(ctx, func() error {
		s, err := store.New(store.Config{Client: m.through, Replicas: m.replicas, Clock: m.now, Silence: time.Millisecond})
		if err != nil {
			return err
		}
		_, _, err = s.Restore(ctx, open, store.RestorePlan{})
		return err
	})
	_, fired = m.proxy.Seen()
	keys, failed := m.direct.Keys(ctx, "*").Result()
	slices.Sort(keys)
	return fmt.Sprint("a conflict: ", errors.Is(err, ticket.ErrConflict), failed, " ", strings.Join(keys, " ")), fired
}

// giveUp has a restore end right before its end, and gives it up: only what was there before is left.
func (m *removal) giveUp(ctx context.Context) (came string, fired bool) {
	defer m.proxy.Arm(0, wire.Unheard)
	open := func() (io.Reader, error) { return bytes.NewReader(m.made), nil }
	began := func() error {
		if err := m.direct.FlushDB(ctx).Err(); err != nil {
			return err
		}
		s, err := store.New(store.Config{Client: m.direct, Clock: m.now, Silence: time.Millisecond})
		if err != nil {
			return err
		}
		report, _, err := s.Restore(ctx, open, store.RestorePlan{})
		if err != nil {
			return err
		}
		return errors.Join(m.direct.SAdd(ctx, "frontdesk:restored:"+report.ID, m.officer().ID).Err(), m.direct.Set(ctx, "frontdesk:restoring", report.ID, 0).Err(),
			m.direct.HSet(ctx, "frontdesk:officers", "neighbour", "theirs").Err())
	}
	err := began()
	if err == nil {
		err = untilDone(ctx, func() error {
			s, err := store.New(store.Config{Client: m.through, Replicas: m.replicas, Clock: m.now, Silence: time.Millisecond})
			if err != nil {
				return err
			}
			if _, err = s.Abandon(ctx, open); errors.Is(err, ticket.ErrConflict) { // it was, and nobody heard it
				err = nil
			}
			return err
		})
	}
	_, fired = m.proxy.Seen()
	keys, failed := m.direct.Keys(ctx, "*").Result()
	people, e := m.direct.HKeys(ctx, "frontdesk:officers").Result()
	slices.Sort(keys)
	left := strings.Join(keys, " ")
	if err := errors.Join(err, failed, e); err != nil || strings.Contains(left, "{") || !slices.Equal(people, []string{"neighbour"}) {
		return fmt.Sprintf("failed: %v; left are %s, officers %q", err, left, people), fired
	}
	return left, fired
}

// theirTicket is in the way of a restore.
const theirTicket = "frontdesk:{" + townAccount + "}:ticket:999999999"

func otherBooks(addr string) redis.UniversalClient {
	o := store.Options(addr, redisSecret)
	o.DB, o.MinIdleConns = otherDB, 0
	return redis.NewClient(o)
}

// remove backs the books up and brings them back, each until it has succeeded, and says what is there then.
func (m *removal) remove(ctx context.Context) (came string, fired bool) {
	err := m.moved(ctx, &came)
	_, fired = m.proxy.Seen()
	m.proxy.Arm(0, wire.Unheard)
	if err != nil {
		return "failed: " + err.Error(), fired
	}
	return came, fired
}

func (m *removal) moved(ctx context.Context, came *string) error {
	var backup bytes.Buffer
	if err := untilDone(ctx, func() error {
		backup.Reset()
		_, err := m.store.Backup(ctx, &backup, store.BackupPlan{Media: m.media})
		return err
	}); err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	if err := m.direct.FlushDB(ctx).Err(); err != nil {
		return err
	}
	seals, err := m.w.folder("seals")
	if err != nil {
		return err
	}
	media, err := m.w.folder("media")
	if err != nil {
		return err
	}
	m.made = backup.Bytes()
	open := func() (io.Reader, error) { return bytes.NewReader(m.made), nil }
	if err := untilDone(ctx, func() error {
		s, err := store.New(store.Config{
			Client: m.through, Replicas: m.replicas, Clock: m.now, Ahead: m.ahead, Seals: seals, Silence: time.Millisecond,
		}) // each try is a process of its own
		if err != nil {
			return err
		}
		_, found, err := s.Restore(ctx, open, store.RestorePlan{Media: media})
		return errors.Join(err, first(texts(found)))
	}); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	*came, err = m.restored(ctx, seals, media)
	return err
}

// texts makes errors of what is found wrong.
func texts(found []string) (wrong []error) {
	for _, f := range found {
		wrong = append(wrong, errors.New(f))
	}
	return wrong
}

// untilDone does something again as long as Redis fails, which it does once.
func untilDone(ctx context.Context, do func() error) (err error) {
	for range 10 {
		if err = do(); err == nil || !errors.Is(err, ticket.ErrUnavailable) || ctx.Err() != nil {
			return err
		}
	}
	return fmt.Errorf("never done: %w", err)
}

// restored is what was brought back.
func (m *removal) restored(ctx context.Context, seals, media string) (string, error) {
	s, err := store.New(store.Config{Client: m.direct, Clock: m.now, Ahead: m.ahead, Seals: seals})
	if err != nil {
		return "", err
	}
	vault, err := bot.NewVault(media)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, n := range m.numbers {
		v, err := s.Find(ctx, auditor, n)
		if err != nil {
			return "", err
		}
		fmt.Fprintln(&b, v.Status, v.Version, written(v.Entries))
		for _, l := range v.Deliveries {
			fmt.Fprintln(&b, "letter", l.Seq, l.Fate, l.Reason)
		}
		for _, photo := range v.Media {
			f, err := vault.Open(photo.Digest)
			if err != nil {
				return "", err
			}
			size, err := io.Copy(io.Discard, f)
			fmt.Fprintln(&b, "photo of", size, "bytes")
			if err := errors.Join(err, f.Close()); err != nil {
				return "", err
			}
		}
	}
	dead, err := s.CountDead(ctx, townAccount)
	officers, err2 := s.Officers(ctx, townAccount)
	keys, err3 := m.direct.Keys(ctx, "*").Result()
	slices.Sort(keys)
	keys = slices.DeleteFunc(keys, func(k string) bool { return strings.Contains(k, ":requested:restored:") }) // named by the backup
	fmt.Fprintln(&b, dead, "dead letters,", len(officers), "officers")
	b.WriteString(strings.Join(keys, "\n"))
	return b.String(), errors.Join(err, err2, err3)
}
