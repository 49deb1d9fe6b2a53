package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// makeData makes the data folder and those above it that are missing, each with its name on disk. A file that is synced in a folder whose name is not
// may be gone with the folder after a power cut.
func makeData(dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	above := []string{filepath.Dir(dir)} // folders that get a new name, or got one from somebody who died before it was on disk
	for missing := filepath.Dir(dir); !there(missing); missing = filepath.Dir(missing) {
		above = append(above, filepath.Dir(missing))
	}
	before := there(dir)
	err = os.MkdirAll(dir, 0o700)
	for _, folder := range above {
		if e := syncFolder(folder); !before { // else it is as well as we can: some that were there before us cannot be read, or synced
			err = errors.Join(err, e)
		}
	}
	if err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	return nil
}

// there says whether something has that name; whoever cannot see it learns why when it is made.
func there(name string) bool {
	_, err := os.Lstat(name)
	return err == nil || !errors.Is(err, os.ErrNotExist)
}

func syncFolder(name string) error {
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
