package store

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"syscall"

	"frontdesk/ticket"
)

// This file keeps seals outside Redis, one line each, in a file of each account. Every machine's file has all of them: what another machine
// sealed is copied from Redis, which holds the newest ones.

// sealsInRedis is how many seals stay in Redis where they are kept outside too: four hours of a busy room. A machine that was away for longer has
// a gap.
const sealsInRedis = 240

// lastKept is the end of an account's file.
type lastKept struct {
	seq        int
	hash, prev string
}

// followedBy says whether a seal comes next in the file: after the last one, or in the place of a last one that lost a race.
func (l lastKept) followedBy(one seal) bool {
	return one.Seq == l.seq+1 && one.Prev == l.hash || one.Seq == l.seq && one.Prev == l.prev
}

var plainName = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// sealsFile is where an account's seals are kept outside Redis; empty when they are not.
func (s *Store) sealsFile(account string) (string, error) {
	if s.seals == "" {
		return "", nil
	}
	if !plainName.MatchString(account) {
		return "", fmt.Errorf("%w: an account's id that no file can have", ticket.ErrInvalid)
	}
	return filepath.Join(s.seals, account+".seals"), nil
}

// keepSeals appends seals and waits until they are on disk.
func (s *Store) keepSeals(account string, list ...seal) (err error) {
	name, err := s.sealsFile(account)
	if err != nil || name == "" || len(list) == 0 {
		return err
	}
	if err := os.MkdirAll(s.seals, 0o700); err != nil {
		return fmt.Errorf("keep a seal: %w", err)
	}
	_, missing := os.Stat(name)
	f, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("keep a seal: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil { // another process with this folder may be in the middle of a line
		return fmt.Errorf("keep a seal: %w", err)
	}
	if err := dropTorn(f); err != nil {
		return fmt.Errorf("keep a seal: %w", err)
	}
	var lines bytes.Buffer
	for _, one := range list {
		line, err := json.Marshal(one)
		if err != nil {
			return fmt.Errorf("keep a seal: %w", err)
		}
		lines.Write(append(line, '\n'))
	}
	if _, err := f.Write(lines.Bytes()); err != nil {
		return fmt.Errorf("keep a seal: %w", err)
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("keep a seal: %w", err)
	}
	if _, named := s.named.Load(account); !named || errors.Is(missing, fs.ErrNotExist) { // its name too; whoever made it may have died before
		if err := errors.Join(syncFolder(s.seals), syncFolder(filepath.Dir(s.seals))); err != nil {
			return fmt.Errorf("keep a seal: %w", err)
		}
		s.named.Store(account, true)
	}
	last := list[len(list)-1]
	s.kept.Store(account, lastKept{last.Seq, last.Hash, last.Prev})
	return nil
}

// dropTorn cuts off a line that a power cut tore: its seal never got into Redis, and a line behind it could not be read.
func dropTorn(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	line, err := endOf(f, info.Size())
	if err != nil || len(line) == 0 || line[len(line)-1] == '\n' {
		return err
	}
	return f.Truncate(info.Size() - int64(len(line)))
}

// catchUp copies from Redis the seals that others made since this machine's last one, newest being the last there. Where they do not follow it,
// because a failover undid some or this machine was away for long, it copies all that are there: a seal twice does no harm.
func (s *Store) catchUp(ctx context.Context, k keys, account string, newest seal) error {
	if s.seals == "" || newest.Seq == 0 {
		return nil
	}
	last, err := s.lastKept(account)
	if err != nil {
		return err
	}
	if last.seq == newest.Seq && last.hash == newest.Hash || last.seq == newest.Seq+1 && last.prev == newest.Hash { // or the last one lost its way to Redis
		return nil
	}
	list, err := s.newestSeals(ctx, k, max(newest.Seq-last.seq, 0)+1) // and the last one: this machine's may have lost a race
	if err != nil {
		return err
	}
	if len(list) > 0 && list[0].Seq == last.seq && list[0].Hash == last.hash {
		list = list[1:]
	}
	if len(list) == 0 || !last.followedBy(list[0]) {
		if list, err = s.newestSeals(ctx, k, 0); err != nil {
			return err
		}
	}
	return s.keepSeals(account, list...)
}

// newestSeals reads the last so many seals in Redis; 0: all of them.
func (s *Store) newestSeals(ctx context.Context, k keys, n int) ([]seal, error) {
	lines, err := s.rdb.LRange(ctx, k.seals(), int64(-n), -1).Result()
	if err != nil {
		return nil, unavailable("copy seals", err)
	}
	var list []seal
	for _, line := range lines {
		var one seal
		if json.Unmarshal([]byte(line), &one) != nil {
			return nil, fmt.Errorf("%w: a seal cannot be read", ticket.ErrInvalid)
		}
		list = append(list, one)
	}
	return list, nil
}

// lastKept gives the end of an account's file. It reads the end of the file once, however long the file is.
func (s *Store) lastKept(account string) (lastKept, error) {
	if known, ok := s.kept.Load(account); ok {
		return known.(lastKept), nil
	}
	name, err := s.sealsFile(account)
	if err != nil {
		return lastKept{}, err
	}
	line, err := lastLine(name)
	if err != nil {
		return lastKept{}, fmt.Errorf("read the seals: %w", err)
	}
	var one seal
	if len(line) > 0 && json.Unmarshal(line, &one) != nil {
		one = seal{} // torn by a power cut: what is before it is copied once more
	}
	last := lastKept{one.Seq, one.Hash, one.Prev}
	s.kept.Store(account, last)
	return last, nil
}

// lastLine reads the last line of a file; nothing when there is none.
func lastLine(name string) (line []byte, err error) {
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	line, err = endOf(f, info.Size())
	return bytes.TrimSuffix(line, []byte{'\n'}), err
}

// endOf reads the last line of a file of that size, with its end if it has one.
func endOf(f io.ReaderAt, whole int64) ([]byte, error) {
	for size := int64(64 << 10); ; size *= 4 {
		from := max(whole-size, 0)
		part := make([]byte, whole-from)
		if _, err := f.ReadAt(part, from); err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if i := bytes.LastIndexByte(bytes.TrimSuffix(part, []byte{'\n'}), '\n'); i >= 0 || from == 0 {
			return part[i+1:], nil
		}
	}
}

// eachKept reads the seals outside Redis one after the other, and says of which lines, from 1, that cannot be done. The last line may be torn by a
// power cut and is left out then: its seal never got into Redis either.
func (s *Store) eachKept(account string, do func(seal), unreadable func(line int)) (err error) {
	name, err := s.sealsFile(account)
	if err != nil || name == "" {
		return err
	}
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the seals: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	lines := bufio.NewReaderSize(f, 1<<20)
	for n := 1; ; n++ {
		line, readErr := lines.ReadBytes('\n')
		var one seal
		switch {
		case readErr != nil && !errors.Is(readErr, io.EOF):
			return fmt.Errorf("read the seals: %w", readErr)
		case json.Unmarshal(line, &one) == nil:
			do(one)
		case readErr == nil:
			unreadable(n)
		}
		if readErr != nil {
			return nil
		}
	}
}
