package main

import (
	"context"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// clockVariable names the file that tells a front desk built by movable how much time has passed beside what really has, and how far the
// machine's clock is wrong.
const clockVariable = "TORTURE_CLOCK"

// unanswered is what the front desk built by movable takes in and never answers.
const unanswered = "这一句别急着答"

// movable builds the front desk with a clock that can be moved. The program itself has no such thing: only its build here.
func (w *workshop) movable(ctx context.Context, more ...edit) (program, clock string, err error) {
	program, clock = filepath.Join(w.dir, "frontdesk-clock"), filepath.Join(w.dir, "clock")
	if err := os.WriteFile(clock, []byte("0s 0s"), 0o600); err != nil {
		return "", "", fmt.Errorf("make a clock: %w", err)
	}
	if w.withClock && len(more) == 0 {
		return program, clock, nil
	}
	if len(more) > 0 { // another program
		program += "-more"
	}
	const main = "cmd/frontdesk/main.go"
	err = w.build(ctx, program, append([]edit{
		{main, "bot.NewClock(nil)", "bot.NewClock(passed)"},
		{"cmd/frontdesk/house.go", "store.Config{Client: p.Client,", "store.Config{Client: p.Client, Ahead: ahead,"}, // leases end too
		{"cmd/frontdesk/house.go", "API: api, Outbox: s, Pause: idle,", "API: api, Outbox: s, Wall: wall, Pause: idle,"},
		{"bot/callback.go", "	_, failed := w.Write(reply)\n", "	if s.msg.input.Text.Reveal() == \"" + unanswered + "\" {\n		select {}\n	}\n	_, failed := w.Write(reply)\n"},
		{main, "func main() {", `var began = time.Now()

func ahead() time.Duration {
	text, _ := os.ReadFile(os.Getenv("` + clockVariable + `"))
	a, _, _ := strings.Cut(string(text), " ")
	by, _ := time.ParseDuration(a)
	return by
}

func wall() time.Time {
	text, _ := os.ReadFile(os.Getenv("` + clockVariable + `"))
	_, w, _ := strings.Cut(string(text), " ")
	wrong, _ := time.ParseDuration(w)
	return time.Now().Add(ahead() + wrong).Round(0)
}

func passed() (time.Time, time.Duration) { return wall(), time.Since(began) + ahead() }

func main() {`},
	}, slices.Concat(falling, w.weaken, more)...)...)
	w.withClock = w.withClock || err == nil && len(more) == 0
	return program, clock, err
}

// pass lets time pass for platform and front desk alike, all at once.
func (t *town) pass(by time.Duration) error {
	t.moved.Add(int64(by))
	if err := t.setClock(); err != nil {
		return err
	}
	t.sim.Advance(0) // wakes nobody, but the platform looks at its clock anew
	return nil
}

// jump puts the clock of the machine wrong, that of the front desk and that of Redis if it has one. The platform's stays right.
func (t *town) jump(wrong time.Duration) error {
	t.wrong = wrong
	return errors.Join(t.setClock(), t.redisClock.put(wrong))
}

func (t *town) setClock() error {
	next := t.clock + ".next"
	text := fmt.Sprint(time.Duration(t.moved.Load()), " ", t.wrong)
	if err := os.WriteFile(next, []byte(text), 0o600); err != nil {
		return fmt.Errorf("move the clock: %w", err)
	}
	if err := os.Rename(next, t.clock); err != nil { // the new time is there at once or not at all
		return fmt.Errorf("move the clock: %w", err)
	}
	return nil
}

//go:embed clockjump.c
var clockSource []byte

// redisClock is the file that says how far the clock of a Redis is wrong; see clockjump.c. Empty: it cannot be put wrong.
type redisClock string

// newRedisClock makes a clock that goes right, and what Redis must be started with to have it.
func newRedisClock(ctx context.Context, w *workshop) (redisClock, []string, error) {
	dir, err := w.folder("clock")
	if err != nil {
		return "", nil, err
	}
	c, library := redisClock(filepath.Join(dir, "offset")), filepath.Join(dir, "clockjump.so")
	if err := os.WriteFile(string(c), make([]byte, 8), 0o600); err != nil {
		return "", nil, fmt.Errorf("make a clock: %w", err)
	}
	return c, []string{"LD_PRELOAD=" + library, "FRONTDESK_CLOCK_OFFSET=" + string(c)}, compile(ctx, clockSource, library)
}

// put puts it wrong. The file stays the same one, because Redis has it in its memory.
func (c redisClock) put(wrong time.Duration) error {
	if c == "" {
		return nil
	}
	f, err := os.OpenFile(string(c), os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("put a clock wrong: %w", err)
	}
	_, err = f.Write(binary.NativeEndian.AppendUint64(nil, uint64(wrong.Microseconds())))
	return errors.Join(err, f.Close())
}
