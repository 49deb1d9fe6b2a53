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

	"frontdesk/ticket"
)

// This file keeps seals outside Redis, one line each, in a file of each account. Every machine's file has all of them: what another machine
// sealed is copied from Redis, which holds the newest ones.

// sealsInRedis is how many seals stay in Redis where they are kept outside too: four hours of a busy room. A machine that was away for longer has
// a gap.
const sealsInRedis = 240

// lastKept is the end of an account's file.
type lastKept struct {
	seq  int
	hash string
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
	f, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("keep a seal: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	torn, err := tornEnd(f)
	if err != nil {
		return err
	}
	var lines bytes.Buffer
	if torn { // else the new line would end the torn one, and neither could be read
		lines.WriteByte('\n')
	}
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
	last := list[len(list)-1]
	s.kept.Store(account, lastKept{last.Seq, last.Hash})
	return nil
}

// tornEnd says whether a file ends in the middle of a line.
func tornEnd(f *os.File) (bool, error) {
	info, err := f.Stat()
	if err != nil {
		return false, fmt.Errorf("keep a seal: %w", err)
	}
	if info.Size() == 0 {
		return false, nil
	}
	end := make([]byte, 1)
	if _, err := f.ReadAt(end, info.Size()-1); err != nil {
		return false, fmt.Errorf("keep a seal: %w", err)
	}
	return end[0] != '\n', nil
}

// catchUp copies from Redis the seals that others made since this machine's last one, newest being the last there.
func (s *Store) catchUp(ctx context.Context, k keys, account string, newest seal) error {
	if s.seals == "" || newest.Seq == 0 {
		return nil
	}
	last, err := s.lastKept(account)
	if err != nil {
		return err
	}
	if last.seq == newest.Seq && last.hash == newest.Hash {
		return nil
	}
	missing := min(max(newest.Seq-last.seq, 0)+1, sealsInRedis) // and the last one: this machine's may have lost a race
	lines, err := s.rdb.LRange(ctx, k.seals(), int64(-missing), -1).Result()
	if err != nil {
		return unavailable("copy seals", err)
	}
	var list []seal
	for _, line := range lines {
		var one seal
		if json.Unmarshal([]byte(line), &one) != nil {
			return fmt.Errorf("%w: a seal cannot be read", ticket.ErrInvalid)
		}
		if one.Seq > last.seq || one.Seq == last.seq && one.Hash != last.hash {
			list = append(list, one)
		}
	}
	return s.keepSeals(account, list...)
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
	last := lastKept{one.Seq, one.Hash}
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
	for size := int64(64 << 10); ; size *= 4 {
		from := max(info.Size()-size, 0)
		part := make([]byte, info.Size()-from)
		if _, err := f.ReadAt(part, from); err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		part = bytes.TrimSuffix(part, []byte{'\n'})
		if i := bytes.LastIndexByte(part, '\n'); i >= 0 || from == 0 {
			return part[i+1:], nil
		}
	}
}

// eachKept reads the seals outside Redis one after the other. A line torn by a power cut is left out: its seal never got into Redis either.
func (s *Store) eachKept(account string, do func(seal)) (err error) {
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
	for {
		line, readErr := lines.ReadBytes('\n')
		var one seal
		if json.Unmarshal(line, &one) == nil {
			do(one)
		}
		switch {
		case errors.Is(readErr, io.EOF):
			return nil
		case readErr != nil:
			return fmt.Errorf("read the seals: %w", readErr)
		}
	}
}
