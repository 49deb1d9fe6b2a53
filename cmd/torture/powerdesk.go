package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"frontdesk/store"
	"frontdesk/ticket"
)

// This file cuts the power under what replicas keep in files of their own, photos and seals: their program is built so that it writes down what it
// asked its disk to keep, in a journal as powercut.go reads it. What it never asked for is gone after the cut.

// journal is that part of the program, for one of its packages.
const journal = `package %s

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

func note(format string, args ...any) error {
	f, err := os.OpenFile(os.Getenv("FRONTDESK_DATA")+".journal", os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, format+"\n", args...)
	return errors.Join(err, f.Close())
}

func notedSync(f *os.File) error {
	info, err := f.Stat() // before: what another one writes meanwhile is not sure to be there
	if err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	inode := info.Sys().(*syscall.Stat_t).Ino
	if info.IsDir() {
		return note("D %%d", inode)
	}
	return note("S %%d %%d", inode, info.Size())
}

func notedFolder(path string, perm os.FileMode) error {
	var made []string
	for p := path; ; p = filepath.Dir(p) {
		if _, err := os.Stat(p); err == nil || p == filepath.Dir(p) {
			break
		}
		made = append(made, p)
	}
	err := os.MkdirAll(path, perm)
	for _, p := range made {
		err = errors.Join(err, note("C %%s", p))
	}
	return err
}

func notedTemp(dir, pattern string) (*os.File, error) {
	f, err := os.CreateTemp(dir, pattern)
	if err != nil {
		return nil, err
	}
	return f, note("C %%s", f.Name())
}

func notedOpen(name string, flag int, perm os.FileMode) (*os.File, error) {
	_, missing := os.Stat(name)
	f, err := os.OpenFile(name, flag, perm)
	if err != nil || missing == nil {
		return f, err
	}
	return f, note("C %%s", name)
}

func notedRename(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return note("R %%s %%s -", from, to)
}
`

// written are the edits that make a front desk write down what it asks of its disk, and seal so often that there is something to lose. What is not in
// the source is not written down: then it is gone.
func (w *workshop) written() ([]edit, error) {
	edits := []edit{
		{"bot/journal.go", "", fmt.Sprintf(journal, "bot")}, {"store/journal.go", "", fmt.Sprintf(journal, "store")},
		{"cmd/frontdesk/house.go", `time.Minute, "seal"`, `time.Second/5, "seal"`},
	}
	for file, calls := range map[string][][2]string{
		"bot/vault.go":      {{"os.MkdirAll(dir, ", "notedFolder(dir, "}, {"os.MkdirAll(folder, ", "notedFolder(folder, "}, {"f.Sync()", "notedSync(f)"}, {"d.Sync()", "notedSync(d)"}, {"os.CreateTemp(", "notedTemp("}, {"os.Rename(", "notedRename("}},
		"store/kept.go":     {{"os.MkdirAll(s.seals, ", "notedFolder(s.seals, "}, {"f.Sync()", "notedSync(f)"}, {"os.OpenFile(", "notedOpen("}},
		"store/tempfile.go": {{"d.Sync()", "notedSync(d)"}},
	} {
		text, err := w.source(file)
		if err != nil {
			return nil, err
		}
		for _, c := range calls {
			if strings.Contains(text, c[0]) {
				edits = append(edits, edit{file, c[0], c[1]})
			}
		}
	}
	return edits, nil
}

// source is a file of the program, as weakened as it is built.
func (w *workshop) source(file string) (string, error) {
	b, err := os.ReadFile(filepath.Join(w.root, file))
	if err != nil {
		return "", fmt.Errorf("read the source: %w", err)
	}
	text := string(b)
	for _, e := range w.weaken {
		if e.file == file {
			text = strings.Replace(text, e.old, e.new, 1)
		}
	}
	return text, nil
}

// diskOf is what a replica keeps its own files on.
func diskOf(r *replica) (*disk, error) {
	dir, err := filepath.EvalSymlinks(filepath.Join(r.dir, "data"))
	if err != nil {
		return nil, fmt.Errorf("make a disk: %w", err)
	}
	d := &disk{dir: dir, journal: dir + ".journal", base: map[uint64]int64{}}
	return d, nil
}

// lose takes from the disks of all replicas what they did not ask to keep; they are dead.
func (p *powered) lose() error {
	for _, d := range p.desks {
		lost, err := d.cut(p.random, p.random.IntN(2) == 0)
		if err != nil {
			return err
		}
		p.unkept += lost
	}
	return nil
}

// stillKept wants every photo that the books call kept to be on a disk, and every seal that Redis has. Replicas are not up again: they would fetch
// some anew, and copy the others.
func (p *powered) stillKept(ctx context.Context, c *crowd) error {
	s, err := store.New(store.Config{Client: p.redis.client})
	if err != nil {
		return err
	}
	for number, m := range c.photographed() {
		v, err := s.Find(ctx, auditor, number)
		if err != nil {
			return err
		}
		for _, photo := range v.Media {
			if photo.State != ticket.MediaKept {
				continue
			}
			if err := p.holds(photo.Digest, m.openid); err != nil {
				return fmt.Errorf("the photo of ticket %s after power cut %d: %w", number, p.cuts, err)
			}
			p.photos++
		}
	}
	seals, err := p.redis.client.LRange(ctx, "frontdesk:{"+townAccount+"}:seals", 0, -1).Result()
	if err != nil {
		return fmt.Errorf("read the seals: %w", err)
	}
	var kept []byte
	for _, d := range p.desks {
		b, err := os.ReadFile(filepath.Join(d.dir, "seals", townAccount+".seals"))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("read the seals: %w", err)
		}
		kept = append(kept, b...)
	}
	if i := slices.IndexFunc(seals, func(one string) bool { return !bytes.Contains(kept, []byte(one)) }); i >= 0 {
		return fmt.Errorf("seal %d of %d is in Redis alone after power cut %d", i+1, len(seals), p.cuts)
	}
	p.seals += len(seals)
	return nil
}
