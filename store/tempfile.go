package store

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// This file writes files of a restore so that each is there whole or not at all.

// tempFile is one that has no name of its own yet.
type tempFile struct{ *os.File }

// newTempFile begins one in a folder, made when missing. Only the owner may read it.
func newTempFile(folder string) (tempFile, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return tempFile{}, fmt.Errorf("restore: %w", err)
	}
	f, err := os.CreateTemp(folder, ".new-*")
	if err != nil {
		return tempFile{}, fmt.Errorf("restore: %w", err)
	}
	return tempFile{f}, nil
}

// become gives it its name; it is on disk then, with its name and its folder's.
func (f tempFile) become(name string) error {
	err := errors.Join(f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("restore: %w", err), os.Remove(f.Name()))
	}
	return errors.Join(syncFolder(filepath.Dir(name)), syncFolder(filepath.Dir(filepath.Dir(name))))
}

// drop takes it away.
func (f tempFile) drop() error { return errors.Join(f.Close(), os.Remove(f.Name())) }

// syncFolder brings the names in a folder to disk.
func syncFolder(name string) error {
	d, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("bring a name to disk: %w", err)
	}
	return errors.Join(d.Sync(), d.Close())
}

// keptFile is an account's seals outside Redis, being written.
type keptFile struct {
	to    tempFile
	lines *bufio.Writer
	name  string
}

// keep adds a seal to those outside Redis.
func (r *restore) keep(rec record) error {
	k := r.kept[rec.Account]
	if k == nil {
		name, err := r.sealsFile(rec.Account)
		if err != nil || name == "" {
			return err
		}
		to, err := newTempFile(r.Store.seals)
		if err != nil {
			return err
		}
		k = &keptFile{to, bufio.NewWriter(to), name}
		r.kept[rec.Account] = k
	}
	if _, err := k.lines.Write(append(rec.Value, '\n')); err != nil {
		return fmt.Errorf("restore a seal: %w", err)
	}
	return nil
}

func (k *keptFile) done() error {
	if err := k.lines.Flush(); err != nil {
		return errors.Join(fmt.Errorf("restore the seals: %w", err), k.to.drop())
	}
	return k.to.become(k.name)
}

func (k *keptFile) drop() { _ = k.to.drop() } // it never had a name; whatever failed is told
