package main

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

//go:embed powercut.c
var powerSource []byte

// disk is a server's folder, as a disk would hold it when the power fails: only what was synced is sure to be there. The folder is real; a
// library in the server writes down what was synced.
type disk struct {
	dir     string // of the server
	library string
	journal string
	trigger string // file that says at which sync the power fails

	base map[uint64]int64 // what was safe when the server started: length by inode
}

// newDisk compiles the library and prepares a folder.
func newDisk(ctx context.Context, w *workshop) (*disk, error) {
	beside, err := w.folder("disk")
	if err != nil {
		return nil, err
	}
	d := &disk{library: filepath.Join(beside, "powercut.so"), journal: filepath.Join(beside, "journal"), trigger: filepath.Join(beside, "cut")}
	if err := d.arm(0); err != nil {
		return nil, err
	}
	if err := compile(ctx, powerSource, d.library); err != nil {
		return nil, err
	}
	dir, err := w.folder("redis")
	if err != nil {
		return nil, err
	}
	if d.dir, err = filepath.EvalSymlinks(dir); err != nil { // as the server sees it
		return nil, fmt.Errorf("make a disk: %w", err)
	}
	return d, d.rest()
}

// env is what the server must be started with.
func (d *disk) env() []string {
	return []string{"LD_PRELOAD=" + d.library, "FRONTDESK_POWER_JOURNAL=" + d.journal, "FRONTDESK_POWER_CUT=" + d.trigger}
}

// arm has the power fail at the server's n-th sync from now, after it wrote and before anything of that is safe. 0 disarms.
func (d *disk) arm(n int) error {
	f, err := os.OpenFile(d.trigger, os.O_CREATE|os.O_WRONLY, 0o600) // the same file: the server has it in its memory
	if err != nil {
		return fmt.Errorf("arm the power cut: %w", err)
	}
	_, err = f.Write(binary.NativeEndian.AppendUint64(nil, uint64(n)))
	return errors.Join(err, f.Close())
}

// rest takes what is in the folder now as safe. The server must not run.
func (d *disk) rest() error {
	d.base = map[uint64]int64{}
	if err := os.WriteFile(d.journal, nil, 0o600); err != nil {
		return fmt.Errorf("rest: %w", err)
	}
	return d.each(func(_ string, inode uint64, length int64) error {
		d.base[inode] = length
		return nil
	})
}

// each goes over the server's files.
func (d *disk) each(do func(name string, inode uint64, length int64) error) error {
	return filepath.WalkDir(d.dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() || strings.HasSuffix(name, ".log") || strings.HasSuffix(name, ".conf") {
			return err // log and settings are written by this program, not by the server
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		return do(name, info.Sys().(*syscall.Stat_t).Ino, info.Size())
	})
}

// change of a folder: a file, or a folder, that was made, or a file that was renamed. It lasts once the folder was synced.
type change struct {
	folder         uint64 // inode
	from, to, undo string // from is empty for what was made
}

// cut makes the folder what it is after a power cut, when the server is dead: changes of folders that were not synced are taken back, and
// files lose what was not synced; with tear, only some of it, from a random byte on. It says how many bytes were lost.
func (d *disk) cut(r *rand.Rand, tear bool) (lost int64, err error) {
	safe, pending, err := d.read()
	if err != nil {
		return 0, err
	}
	for i := len(pending) - 1; i >= 0; i-- {
		if err := d.takeBack(pending[i]); err != nil {
			return 0, err
		}
	}
	err = d.each(func(name string, inode uint64, length int64) error {
		keep := safe[inode]
		if keep >= length {
			return nil
		}
		if tear {
			keep += r.Int64N(length - keep)
		}
		lost += length - keep
		return os.Truncate(name, keep)
	})
	if err != nil {
		return lost, fmt.Errorf("cut the power: %w", err)
	}
	return lost, d.rest()
}

// read replays the journal: what of each file is safe, and which changes of folders are not.
func (d *disk) read() (safe map[uint64]int64, pending []change, err error) {
	f, err := os.Open(d.journal)
	if err != nil {
		return nil, nil, fmt.Errorf("read the journal: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	safe = d.base
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var what, from, to, undo string
		var inode uint64
		var length int64
		text := lines.Text()
		switch text[:1] {
		case "S":
			_, err = fmt.Sscan(text, &what, &inode, &length)
			safe[inode] = length
		case "T":
			_, err = fmt.Sscan(text, &what, &inode, &length)
			safe[inode] = min(safe[inode], length)
		case "D":
			_, err = fmt.Sscan(text, &what, &inode)
			var left []change
			for _, c := range pending {
				if c.folder != inode {
					left = append(left, c)
				}
			}
			pending = left
		case "C":
			_, err = fmt.Sscan(text, &what, &to)
			pending = append(pending, change{folder: folderOf(to), to: to})
		case "R":
			_, err = fmt.Sscan(text, &what, &from, &to, &undo)
			pending = append(pending, change{folderOf(to), from, to, undo})
		}
		if err != nil {
			return nil, nil, fmt.Errorf("read the journal: %q: %w", text, err)
		}
	}
	return safe, pending, lines.Err()
}

// folderOf is the inode of the folder of a file; 0 when it is gone.
func folderOf(name string) uint64 {
	var s syscall.Stat_t
	if syscall.Stat(filepath.Dir(name), &s) != nil {
		return 0
	}
	return s.Ino
}

// takeBack undoes a change. A file that went elsewhere meanwhile has nothing to be taken back.
func (d *disk) takeBack(c change) error {
	var err error
	switch {
	case !strings.HasPrefix(c.to, d.dir+"/"): // not on this disk: its terminal, its proc files
	case c.from == "":
		err = os.RemoveAll(c.to) // a folder goes with what is in it
	default:
		err = os.Rename(c.to, c.from)
		if c.undo != "-" {
			err = errors.Join(err, os.Rename(c.undo, c.to))
		}
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("cut the power: %w", err)
	}
	return nil
}
