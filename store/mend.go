package store

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"frontdesk/ticket"
)

// errMalformed says that a file of commands holds something that is none.
var errMalformed = errors.New("not a command")

// MendEnd takes off the end of the newest file of commands in the folder of a Redis that does not run what was cut off in the middle: half a
// command, half a transaction, and zeros, when the disk made the file longer before the power failed and never wrote the bytes. It gives the
// number of bytes. Nobody was told that any of it is kept, because a reply leaves after the whole of its transaction is synced. A file that is
// wrong before its end, or none, is left as it is.
//
// Redis (7.0, and others) does this itself but for one thing: half a command within a transaction is taken off, and the commands of the
// transaction before it stay in the file without an end. The next transaction ends them too, and so half a commit takes effect at the start
// after that. See https://github.com/valkey-io/valkey/pull/4342.
func MendEnd(dir string) (cut int64, err error) {
	name, err := newest(filepath.Join(dir, "appendonlydir"))
	if name == "" || err != nil {
		return 0, err
	}
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil // Redis will say so
	}
	if err != nil {
		return 0, fmt.Errorf("mend the end of a file: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	length, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return 0, fmt.Errorf("mend the end of a file: %w", err)
	}
	end, err := withoutZeros(f, length)
	if err != nil {
		return 0, fmt.Errorf("mend the end of a file: %w", err)
	}
	whole, err := wholeCommands(io.NewSectionReader(f, 0, end))
	switch {
	case errors.Is(err, errMalformed):
		return 0, nil // Redis will say so
	case err != nil:
		return 0, fmt.Errorf("mend the end of a file: %w", err)
	case whole == length:
		return 0, nil
	}
	if err := errors.Join(f.Truncate(whole), f.Sync()); err != nil {
		return 0, fmt.Errorf("mend the end of a file: %w", err)
	}
	return length - whole, nil
}

// HasCommands says whether the folder of a Redis has files of commands as [MendEnd] reads them: those of Redis 7 and later, under their usual names. The
// error wraps [ticket.ErrInvalid] when it has others.
func HasCommands(dir string) (bool, error) {
	name, err := newest(filepath.Join(dir, "appendonlydir"))
	if name != "" || err != nil {
		return name != "", err
	}
	others, err := filepath.Glob(filepath.Join(dir, "*.aof"))
	if more, e := filepath.Glob(filepath.Join(dir, "*", "*.aof*")); e == nil {
		others = append(others, more...)
	}
	if err == nil && len(others) > 0 {
		err = fmt.Errorf("%w: %s is not a file of Redis 7 or later under its usual name, and was not looked at", ticket.ErrInvalid, others[0])
	}
	return false, err
}

// newest is the file of commands that Redis goes on writing, by its manifest; empty when there is none.
func newest(dir string) (string, error) {
	text, err := os.ReadFile(filepath.Join(dir, "appendonly.aof.manifest"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read the manifest of redis: %w", err)
	}
	name := ""
	for line := range strings.Lines(string(text)) { // file NAME seq N type i
		if f := strings.Fields(line); len(f) >= 6 && f[0] == "file" && f[5] == "i" {
			name = filepath.Join(dir, filepath.Base(f[1]))
		}
	}
	return name, nil
}

// withoutZeros is the length of a file without the zeros at its end.
func withoutZeros(f io.ReaderAt, length int64) (int64, error) {
	block := make([]byte, 64<<10)
	for length > 0 {
		n := min(length, int64(len(block)))
		if _, err := f.ReadAt(block[:n], length-n); err != nil {
			return 0, err
		}
		left := int64(len(bytes.TrimRight(block[:n], "\x00")))
		if length += left - n; left > 0 {
			break
		}
	}
	return length, nil
}

// wholeCommands is where the last command ends that is whole and in no transaction without an end. The error wraps errMalformed.
func wholeCommands(from io.Reader) (int64, error) {
	r := &commandReader{in: bufio.NewReaderSize(from, 256<<10)}
	whole, within := int64(0), false
	for {
		name, err := r.command()
		switch {
		case errors.Is(err, io.EOF):
			return whole, nil
		case err != nil:
			return 0, err
		case name == "multi":
			within = true
		case name == "exec":
			within = false
		}
		if !within {
			whole = r.at
		}
	}
}

// commandReader reads commands as Redis writes them to its disk.
type commandReader struct {
	in *bufio.Reader
	at int64 // bytes read
}

// command reads one and gives its name; a remark is a command without a name. io.EOF when there is none, or half of one.
func (r *commandReader) command() (name string, err error) {
	words, err := r.number('*')
	for i := 0; i < words && err == nil; i++ {
		var size int
		if size, err = r.number('$'); err != nil {
			break
		}
		var head []byte
		if i == 0 && size <= 16 {
			if head, err = r.in.Peek(size); err != nil {
				break
			}
			name = strings.ToLower(string(head))
		}
		if err = r.skip(size); err == nil {
			err = r.lineEnd()
		}
	}
	return name, err
}

// number reads a line such as "*3"; a remark, which begins with #, counts as a command of no words.
func (r *commandReader) number(kind byte) (int, error) {
	line, err := r.in.ReadSlice('\n')
	r.at += int64(len(line))
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return 0, errMalformed
	case err != nil:
		return 0, err
	case kind == '*' && line[0] == '#':
		return 0, nil
	}
	n, err := strconv.Atoi(strings.TrimSuffix(string(line[1:]), "\r\n"))
	if line[0] != kind || err != nil || n < 0 {
		return 0, errMalformed
	}
	return n, nil
}

func (r *commandReader) skip(size int) error {
	n, err := r.in.Discard(size)
	r.at += int64(n)
	return err
}

func (r *commandReader) lineEnd() error {
	end, err := r.in.Peek(2)
	if err != nil {
		return err
	}
	if string(end) != "\r\n" {
		return errMalformed
	}
	return r.skip(2)
}
