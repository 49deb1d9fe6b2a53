package store

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/ticket"
)

// This file writes a backup while the room goes on working. What belongs to one resident is read in one transaction (household.go); all that
// follows from histories is left out and made anew by [Store.Restore]. The order does the rest:
//
//   - seals first: each entry that they cover is in a history that is read later;
//   - then what is known of messages and requests: the effects of each are in what is read later;
//   - then dead letters of nobody: what comes of each is in what is read later;
//   - then residents with their tickets, letters and dead letters;
//   - then files: one that a ticket shows is known by then. What became of it meanwhile, its ticket is told after the restore;
//   - then what died meanwhile.
//
// Sessions, tokens of the platform, and leases are nobody's history and stay out.

// BackupPlan says what a backup holds.
type BackupPlan struct {
	Accounts []string // empty: all
	Media    string   // folder of the bytes that residents sent; empty: they stay out
}

// backup is one being written.
type backup struct {
	*Store
	out  *archiveWriter
	look *examiner
	plan BackupPlan
}

// Backup writes everything that is needed on a clean machine and says what it wrote. Everything confirmed before it began is in it; what happens
// meanwhile is in it or not, resident by resident and whole. Damage in the report is what does not hold in the store as it is: the backup is complete
// all the same. Errors wrap [ticket.ErrUnavailable] when Redis failed, or another server took its place, while it was read: then it is to be made anew;
// [ticket.ErrConflict] when what is there is half a restore.
func (s *Store) Backup(ctx context.Context, to io.Writer, plan BackupPlan) (Report, error) {
	out, err := newArchiveWriter(to)
	if err != nil {
		return Report{}, err
	}
	b := &backup{Store: s, out: out, look: newExaminer(), plan: plan}
	for _, do := range []func(context.Context) error{b.Whole, b.write, b.Whole} {
		if err := do(ctx); err != nil {
			return b.look.report, err
		}
	}
	return b.look.report, nil
}

func (b *backup) write(ctx context.Context) error {
	if err := b.put(record{Kind: recFirst, Name: rand.Text(), Format: archiveFormat, At: b.clock().UTC(), Media: b.plan.Media != ""}); err != nil {
		return err
	}
	accounts, err := b.people(ctx)
	if err != nil {
		return err
	}
	for _, a := range accounts {
		if err := b.account(ctx, a); err != nil {
			return fmt.Errorf("back up %s: %w", a, err)
		}
	}
	if b.plan.Media != "" {
		if err := b.files(ctx, b.plan.Media); err != nil {
			return err
		}
	}
	end := b.clock().UTC()
	b.look.last(record{At: end})
	return b.out.close(end)
}

// put writes a record and looks at it.
func (b *backup) put(r record) error {
	if err := b.out.put(r); err != nil {
		return err
	}
	return b.look.see(r, nil)
}

// people writes the accounts and their officers.
func (b *backup) people(ctx context.Context) ([]string, error) {
	all, err := b.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, a := range all {
		if len(b.plan.Accounts) == 0 || slices.Contains(b.plan.Accounts, a.ID) {
			ids = append(ids, a.ID)
		}
	}
	for _, id := range b.plan.Accounts {
		if !slices.Contains(ids, id) {
			return nil, fmt.Errorf("account %s: %w", id, ticket.ErrNotFound)
		}
	}
	for _, id := range ids {
		raw, err := b.rdb.HGet(ctx, accountsKey, id).Bytes()
		if err != nil {
			return nil, unavailable("back up accounts", err)
		}
		if err := b.put(record{Kind: recAccount, Name: id, Value: raw}); err != nil {
			return nil, err
		}
		officers, err := b.Officers(ctx, id)
		if err != nil {
			return nil, err
		}
		for _, o := range officers {
			raw, err := encode(o)
			if err != nil {
				return nil, err
			}
			if err := b.put(record{Kind: recOfficer, Account: id, Name: o.ID, Value: raw}); err != nil {
				return nil, err
			}
		}
	}
	return ids, nil
}

// account writes one account, as long as one server has it.
func (b *backup) account(ctx context.Context, account string) error {
	k := keysOf(account)
	server, err := b.serverOf(ctx, k)
	if err != nil {
		return err
	}
	for _, part := range []func(context.Context, string) error{b.seals, b.known, b.residents} {
		if err := part(ctx, account); err != nil {
			return err
		}
	}
	fence, err := b.rdb.Get(ctx, k.fence()).Bytes()
	if err != nil && !errors.Is(err, redis.Nil) {
		return unavailable("back up leases", err)
	}
	if err := b.put(record{Kind: recFence, Account: account, Value: fence}); err != nil {
		return err
	}
	now, err := b.serverOf(ctx, k)
	if err == nil && now != server {
		err = fmt.Errorf("%w: another server took the place of redis meanwhile; begin anew", ticket.ErrUnavailable)
	}
	return err
}

// serverOf names the server that has an account: one that took its place, or started anew, has another name. Empty where Redis does not tell.
func (s *Store) serverOf(ctx context.Context, k keys) (string, error) {
	c, err := s.serverFor(ctx, k)
	if err != nil {
		return "", err
	}
	text, err := c.Info(ctx, "server").Result()
	var refusal redis.Error
	switch {
	case errors.As(err, &refusal):
		return "", nil
	case err != nil:
		return "", unavailable("back up", err)
	}
	for line := range strings.Lines(text) {
		if id, ok := strings.CutPrefix(strings.TrimSpace(line), "run_id:"); ok {
			return id, nil
		}
	}
	return "", nil
}

// serverFor gives the node that has an account.
func (s *Store) serverFor(ctx context.Context, k keys) (redis.Cmdable, error) {
	cluster, ok := s.rdb.(*redis.ClusterClient)
	if !ok {
		return s.rdb, nil
	}
	node, err := cluster.MasterForKey(ctx, k.unsealed())
	if err != nil {
		return nil, unavailable("find an account", err)
	}
	return node, nil
}

// page is how many things are asked for at once.
const page = 500

// each hands over the keys of a pattern, some more than once.
func (s *Store) each(ctx context.Context, k keys, pattern string, see func([]string) error) error {
	node, err := s.serverFor(ctx, k)
	if err != nil {
		return err
	}
	var cursor uint64
	for {
		names, next, err := node.Scan(ctx, cursor, pattern, page).Result()
		if err != nil {
			return unavailable("walk through redis", err)
		}
		if err := see(names); err != nil {
			return err
		}
		if cursor = next; cursor == 0 {
			return nil
		}
	}
}

// seals writes those in Redis and then those outside: the outside has each first.
func (b *backup) seals(ctx context.Context, account string) error {
	for at := int64(0); ; at += page {
		lines, err := b.rdb.LRange(ctx, keysOf(account).seals(), at, at+page-1).Result()
		if err != nil {
			return unavailable("back up seals", err)
		}
		for _, line := range lines {
			if err := b.put(record{Kind: recSeal, Account: account, Value: []byte(line)}); err != nil {
				return err
			}
		}
		if len(lines) < page {
			break
		}
	}
	return b.keptLines(account, func(line []byte) error {
		return b.put(record{Kind: recKept, Account: account, Value: line})
	})
}

// keptLines hands over the lines of the seals outside Redis as they are, without their ends.
func (s *Store) keptLines(account string, see func([]byte) error) error {
	name, err := s.sealsFile(account)
	if err != nil || name == "" {
		return err
	}
	return linesOf(name, see)
}

// linesOf hands over the lines of a file of seals, but for a last one that a power cut tore; none when there is no file.
func linesOf(name string, see func([]byte) error) (err error) {
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the seals: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	lines := bufio.NewReader(f)
	for {
		line, failed := lines.ReadBytes('\n')
		if failed != nil && !errors.Is(failed, io.EOF) {
			return fmt.Errorf("read the seals: %w", failed)
		}
		torn := failed != nil && !json.Valid(line)
		if line = []byte(strings.TrimSpace(string(line))); len(line) > 0 && !torn {
			if err := see(line); err != nil {
				return err
			}
		}
		if failed != nil {
			return nil
		}
	}
}

// known writes what was answered to messages and what came of requests, as long as it is remembered, and what template messages were about.
func (b *backup) known(ctx context.Context, account string) error {
	k := keysOf(account)
	return b.each(ctx, k, k.of("*"), func(names []string) error {
		pipe := b.rdb.Pipeline()
		var mine []string
		var values []*redis.StringCmd
		var rests []*redis.DurationCmd
		for _, name := range names {
			if rest := strings.TrimPrefix(name, string(k)); isKnown(rest) {
				mine = append(mine, rest)
				values, rests = append(values, pipe.Get(ctx, name)), append(rests, pipe.PTTL(ctx, name))
			}
		}
		if len(mine) == 0 {
			return nil
		}
		if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
			return unavailable("back up answers", err)
		}
		now := b.clock()
		for i, name := range mine {
			value, err := values[i].Bytes()
			if err != nil || rests[i].Val() <= 0 {
				continue // forgotten just now
			}
			if err := b.put(record{Kind: recKnown, Account: account, Name: name, Value: value, Until: now.Add(rests[i].Val()).UTC()}); err != nil {
				return err
			}
		}
		return nil
	})
}

// isKnown says whether a key, without what all keys of its account begin with, is remembered for a while.
func isKnown(rest string) bool {
	k := keys("")
	for _, prefix := range []string{k.answered(""), k.requested(""), k.notice("")} {
		if strings.HasPrefix(rest, prefix) {
			return true
		}
	}
	return false
}

// fileRecords writes what is known of files.
func (b *backup) fileRecords(ctx context.Context, account string) error {
	var cursor uint64
	for {
		pairs, next, err := b.rdb.HScan(ctx, keysOf(account).files(), cursor, "", page).Result()
		if err != nil {
			return unavailable("back up files", err)
		}
		for i := 0; i+1 < len(pairs); i += 2 {
			if err := b.put(record{Kind: recFile, Account: account, Name: pairs[i], Value: []byte(pairs[i+1])}); err != nil {
				return err
			}
		}
		if cursor = next; cursor == 0 {
			return nil
		}
	}
}

var digestName = regexp.MustCompile(`^[0-9a-f]{64}$`)

// files writes the bytes that residents sent, each named after its SHA-256.
func (b *backup) files(ctx context.Context, folder string) error {
	return filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist) && path == folder:
			return nil
		case err != nil:
			return fmt.Errorf("back up files: %w", err)
		case ctx.Err() != nil:
			return ctx.Err()
		case !d.Type().IsRegular() || !digestName.MatchString(d.Name()): // one that is just being written has no name yet
			return nil
		}
		return b.file(path, d.Name())
	})
}

func (b *backup) file(path, digest string) (err error) {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("back up a file: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	about, err := f.Stat()
	if err != nil {
		return fmt.Errorf("back up a file: %w", err)
	}
	sum := sha256.New()
	if err := b.out.media(digest, about.Size(), io.TeeReader(f, sum)); err != nil {
		return err
	}
	if got, ok := parseDigest(digest); !ok || got != digest32(sum.Sum(nil)) {
		b.look.damage("file %s: its bytes are others", digest)
	}
	return b.look.see(record{Kind: recMedia, Name: digest, Bytes: about.Size()}, nil)
}

// until gives the time at which something is forgotten; zero for never.
func until(now time.Time, rest time.Duration) time.Time {
	if rest <= 0 {
		return time.Time{}
	}
	return now.Add(rest).UTC()
}
