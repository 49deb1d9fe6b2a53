package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// workshop is what all rows share: the program under test, a folder, and how much is asked of it.
type workshop struct {
	dir  string // removed at the end
	root string // of the source
	form
	log io.Writer

	frontDesk string // the front desk as it is, once it is built
	withClock bool   // and the one whose clock can be moved, without more edits
	weaken    []edit // guards that are switched off in it; for the tests of the tests
}

// edit replaces one piece of one source file by another, or nothing by a file that there is not. What is on disk stays as it is: only the build sees
// the edit.
type edit struct{ file, old, new string }

// form is how much is asked.
type form struct {
	long bool   // as often as docs/reliability.md says
	race bool   // the program is built with the race detector: what it finds fails the row
	seed uint64 // of all randomness
}

func newWorkshop(ctx context.Context, f form, log io.Writer, weaken ...edit) (*workshop, error) {
	dir, err := os.MkdirTemp("", "frontdesk-torture-")
	if err != nil {
		return nil, fmt.Errorf("make a folder: %w", err)
	}
	w := &workshop{dir: dir, form: f, log: log, weaken: weaken}
	module, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("find the source: %w", err), w.close())
	}
	w.root = filepath.Dir(strings.TrimSpace(string(module)))
	return w, nil
}

// program is the front desk as it is. It is built for the first row that wants it.
func (w *workshop) program(ctx context.Context) (string, error) {
	if w.frontDesk == "" {
		file := filepath.Join(w.dir, "frontdesk")
		if err := w.build(ctx, file, w.weaken...); err != nil {
			return "", err
		}
		w.frontDesk = file
	}
	return w.frontDesk, nil
}

// build compiles the front desk, with the edits, to a file.
func (w *workshop) build(ctx context.Context, file string, edits ...edit) error {
	return w.compile(ctx, "./cmd/frontdesk", file, edits)
}

// compile compiles one of our programs.
func (w *workshop) compile(ctx context.Context, program, file string, edits []edit) error {
	args := []string{"build", "-ldflags=-w", "-o", file} // nobody debugs it, and half the time goes into what a debugger would read
	if w.race {
		args = append(args, "-race")
	}
	if len(edits) > 0 {
		overlay, err := w.overlay(edits)
		if err != nil {
			return err
		}
		args = append(args, "-overlay", overlay)
	}
	cmd := exec.CommandContext(ctx, "go", append(args, program)...)
	cmd.Dir = w.root
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w: %s", program, err, text)
	}
	return nil
}

// overlay writes the edited files and the list that the build reads. An edit that finds nothing, or more than one place, is an error: a guard
// that cannot be found cannot be switched off.
func (w *workshop) overlay(edits []edit) (string, error) {
	replaced := map[string]string{}
	for _, e := range edits {
		name := filepath.Join(w.root, e.file)
		from := name
		if done, ok := replaced[name]; ok {
			from = done
		}
		text, err := os.ReadFile(from)
		if e.old == "" && errors.Is(err, fs.ErrNotExist) {
			text, err = nil, nil
		}
		if err != nil {
			return "", fmt.Errorf("switch a guard off: %w", err)
		}
		if n := strings.Count(string(text), e.old); n != 1 { // of nothing there is one in an empty file
			return "", fmt.Errorf("switch a guard off: %s holds %q %d times", e.file, e.old, n)
		}
		copied := filepath.Join(w.dir, strings.ReplaceAll(e.file, "/", "_"))
		if err := os.WriteFile(copied, []byte(strings.Replace(string(text), e.old, e.new, 1)), 0o600); err != nil {
			return "", fmt.Errorf("switch a guard off: %w", err)
		}
		replaced[name] = copied
	}
	list, err := json.Marshal(map[string]any{"Replace": replaced})
	if err != nil {
		return "", fmt.Errorf("switch a guard off: %w", err)
	}
	file := filepath.Join(w.dir, "overlay.json")
	return file, os.WriteFile(file, list, 0o600)
}

func (w *workshop) close() error { return os.RemoveAll(w.dir) }

// asked says how much is asked, and of what machine.
func (w *workshop) asked() string {
	text := "short form"
	if w.long {
		text = "long form"
	}
	if w.race {
		text += ", with the race detector"
	}
	return fmt.Sprintf("%s, %d processors, %s", text, runtime.NumCPU(), runtime.Version())
}

// size is a number that differs between the forms.
func (w *workshop) size(short, long int) int {
	if w.long {
		return long
	}
	return short
}

// random is a source of a row's own, so that a row runs the same alone and among others.
func (w *workshop) random(row string) *rand.Rand {
	var mix uint64
	for _, b := range []byte(row) {
		mix = mix*31 + uint64(b)
	}
	return rand.New(rand.NewPCG(w.seed, mix))
}

// folder makes a fresh folder.
func (w *workshop) folder(name string) (string, error) { return os.MkdirTemp(w.dir, name+"-") }
