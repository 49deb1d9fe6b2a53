// Command torture breaks a front desk in every way that a police room may meet, on one machine, and prints a table: what was broken, how
// often, and what became of residents' messages. It needs Go, redis-server and a C compiler; everything runs on loopback and ends with it.
//
//	go run ./cmd/torture          the short form, as the tests run it
//	go run ./cmd/torture -long    the long form, about an hour
//	go run ./cmd/torture -speed   how fast it is, in multiples of a yardstick
//	go run ./cmd/torture -only kill,power
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9/logging"
)

func main() {
	if listen, addr, ok := strings.Cut(os.Getenv(yardstickVariable), " "); ok {
		_, _ = fmt.Fprintln(os.Stderr, "torture:", serveYardstick(listen, addr))
		os.Exit(1)
	}
	logging.Disable() // what clients say of servers that are taken from them
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the program without its process: 0 when every row held, 1 when one did not, 2 for a command that makes no sense.
func run(ctx context.Context, args []string, out, log io.Writer) int {
	flags := flag.NewFlagSet("torture", flag.ContinueOnError)
	flags.SetOutput(log)
	long := flags.Bool("long", false, "as often as docs/reliability.md says")
	speed := flags.Bool("speed", false, "measure instead of breaking things")
	race := flags.Bool("race", false, "build the program with the race detector; a race fails the row")
	only := flags.String("only", "", "names of `rows`, separated by commas")
	seed := flags.Uint64("seed", uint64(time.Now().UnixNano()), "of all randomness")
	if flags.Parse(args) != nil {
		return 2
	}
	all := rows()
	if *speed {
		if *race {
			_, _ = fmt.Fprintln(log, "torture: a program that looks for races is no measure of speed")
			return 2
		}
		all = measures()
	}
	chosen, err := choose(all, *only)
	if err != nil {
		_, _ = fmt.Fprintln(log, "torture:", err)
		return 2
	}
	w, err := newWorkshop(ctx, form{*long, *race, *seed}, log)
	if err != nil {
		_, _ = fmt.Fprintln(log, "torture:", err)
		return 1
	}
	err = errors.Join(table(ctx, w, chosen, out), w.close())
	if err != nil {
		_, _ = fmt.Fprintln(log, "torture:", err)
		return 1
	}
	return 0
}

// choose finds rows by their names; none means all.
func choose(all []row, names string) ([]row, error) {
	if names == "" {
		return all, nil
	}
	var chosen []row
	for name := range strings.SplitSeq(names, ",") {
		found := false
		for _, r := range all {
			if r.name == name {
				chosen, found = append(chosen, r), true
			}
		}
		if !found {
			return nil, fmt.Errorf("no row is named %q", name)
		}
	}
	return chosen, nil
}

// table runs the rows and prints each as soon as it is known. A row that fails does not keep the others from running.
func table(ctx context.Context, w *workshop, chosen []row, out io.Writer) error {
	_, err := fmt.Fprintf(out, "seed %d, %s\n\n| row | fault | figure | held |\n|---|---|---|---|\n", w.seed, w.asked())
	for _, r := range chosen {
		began := time.Now()
		figure, failed := r.run(ctx, w)
		held := "yes"
		if failed != nil {
			held = "NO: " + strings.ReplaceAll(failed.Error(), "\n", "; ")
			failed = fmt.Errorf("row %s failed", r.name)
		}
		_, e := fmt.Fprintf(out, "| %s | %s | %s, in %s | %s |\n", r.name, r.fault, figure, time.Since(began).Round(time.Second), held)
		err = errors.Join(err, e, failed)
	}
	return err
}
