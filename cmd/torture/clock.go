package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// clockVariable names the file that tells a front desk built by movable how far its clock is ahead.
const clockVariable = "TORTURE_CLOCK"

// movable builds the front desk with a clock that can be moved. The program itself has no such thing: only its build here.
func (w *workshop) movable(ctx context.Context) (program, clock string, err error) {
	program, clock = filepath.Join(w.dir, "frontdesk-clock"), filepath.Join(w.dir, "clock")
	if err := os.WriteFile(clock, []byte("0s"), 0o600); err != nil {
		return "", "", fmt.Errorf("make a clock: %w", err)
	}
	const main = "cmd/frontdesk/main.go"
	return program, clock, w.build(ctx, program, append([]edit{
		{main, "bot.NewClock(nil)", "bot.NewClock(passed)"},
		{main, "func main() {", `var began = time.Now()

func passed() (time.Time, time.Duration) {
	text, _ := os.ReadFile(os.Getenv("` + clockVariable + `"))
	ahead, _ := time.ParseDuration(string(text))
	return time.Now().Add(ahead).Round(0), time.Since(began) + ahead
}

func main() {`},
	}, w.weaken...)...)
}

// pass lets time pass for platform and front desk alike, all at once.
func (t *town) pass(by time.Duration) error {
	ahead := time.Duration(t.moved.Add(int64(by)))
	next := t.clock + ".next"
	if err := os.WriteFile(next, []byte(ahead.String()), 0o600); err != nil {
		return fmt.Errorf("move the clock: %w", err)
	}
	if err := os.Rename(next, t.clock); err != nil { // the new time is there at once or not at all
		return fmt.Errorf("move the clock: %w", err)
	}
	t.sim.Advance(0) // wakes nobody, but the platform looks at its clock anew
	return nil
}
