package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
)

// TestMain lets the test binary be the yardstick.
func TestMain(m *testing.M) {
	if listen, addr, ok := strings.Cut(os.Getenv(yardstickVariable), " "); ok {
		_, _ = fmt.Fprintln(os.Stderr, serveYardstick(listen, addr))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// TestShortForm runs every row in its short form. A row that holds says so in the table.
func TestShortForm(t *testing.T) {
	w, err := newWorkshop(t.Context(), false, 1, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.close(); err != nil {
			t.Error(err)
		}
	})
	for _, r := range append(rows(), measures()...) {
		t.Run(r.name, func(t *testing.T) {
			var out bytes.Buffer
			if err := table(t.Context(), w, []row{r}, &out); err != nil {
				t.Error(out.String())
			}
			t.Log(out.String())
		})
	}
}

// guards are what keeps a promise, and a row that must fail when it is switched off.
var guards = []struct {
	name string
	row  string
	off  edit
}{
	{"a message is known again by its identity", "kill",
		edit{"store/commit.lua", "if seen then", "if false then"}},
	{"a record is changed only by who knows its version", "kill",
		edit{"store/commit.lua", "(redis.call('HGET', key, field) or '') ~= want", "false"}},
	{"a worker whose lease is over is refused", "stop",
		edit{"store/settle.lua", "if redis.call('HGET', KEYS[2], lease) ~= ARGV[2] then return 0 end", ""}},
	{"entries are covered by the seals outside redis", "backup",
		edit{"store/fsck.go", `r.covered(one, "kept seal")`, ""}},
	{"who stands in front is told before the door closes", "stop",
		edit{"cmd/frontdesk/serve.go", "h.quiet(draining)", ""}},
	{"a redis that syncs once a second is refused", "power",
		edit{"store/audit.go", `{"appendfsync", "always", "else the last second is lost when the power fails"},`, ""}},
}

// TestGuardsAreNeeded switches the guards off one at a time: a suite that still holds then would see nothing.
func TestGuardsAreNeeded(t *testing.T) {
	for _, g := range guards {
		t.Run(g.name, func(t *testing.T) {
			w, err := newWorkshop(t.Context(), false, 1, io.Discard, g.off)
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := w.close(); err != nil {
					t.Error(err)
				}
			}()
			chosen, err := choose(rows(), g.row)
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			if err := table(context.WithoutCancel(t.Context()), w, chosen, &out); err == nil || !strings.Contains(out.String(), "NO: ") {
				t.Errorf("row %s holds without it: %s", g.row, out.String())
			}
			t.Log(out.String())
		})
	}
}
