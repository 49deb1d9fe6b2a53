package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMakeData makes a data folder where there is none, with the folders above it, leaves one that is there alone, and says what is in the way.
func TestMakeData(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "var", "lib", "frontdesk")
	for range 2 {
		if err := makeData(dir); err != nil {
			t.Fatal(err)
		}
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder is %v, %v", info, err)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := makeData(filepath.Join(file, "data")); err == nil || !strings.Contains(err.Error(), "not a directory") {
		t.Errorf("a file in the way: %v", err)
	}
}
