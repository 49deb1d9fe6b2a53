package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9/logging"
	"go.uber.org/goleak"

	"frontdesk/flows"
	"frontdesk/ticket"
)

// TestMain lets the test binary be the yardstick.
func TestMain(m *testing.M) {
	if listen, addr, ok := strings.Cut(os.Getenv(yardstickVariable), " "); ok {
		_, _ = fmt.Fprintln(os.Stderr, serveYardstick(listen, addr))
		os.Exit(1)
	}
	logging.Disable() // what clients say of servers that are taken from them
	goleak.VerifyTestMain(m)
}

// racing are the rows in which the program looks for races when this test does: those in which it does most at once. With the others it would take five minutes
// longer, too many for a gate of twenty; see make races.
var racing = map[string]bool{"kill": true, "platform": true, "stop": true, "clock": true, "poison": true}

// sequential is the row that plays thousands of stories inside this program, one after the other. The race detector, which has found nothing there yet,
// makes it take six minutes instead of two: it runs in a program of its own, and with the detector in make races.
const sequential = "cut"

// TestShortForm runs every row in its short form. A row that holds says so in the table.
func TestShortForm(t *testing.T) {
	for _, race := range []bool{true, false} {
		var some []row
		for _, r := range rows() {
			if racing[r.name] == race && r.name != sequential {
				some = append(some, r)
			}
		}
		hold(t, form{seed: 1, race: race && raceDetector}, func(*workshop) ([]row, error) { return some, nil })
	}
	hold(t, form{seed: 1}, func(w *workshop) ([]row, error) { return elsewhere(t.Context(), w, sequential) })
}

// TestARaceIsSeen shows what a race of the program looks like to a row: the detector writes it into the log and lets the program go on.
func TestARaceIsSeen(t *testing.T) {
	p := process{name: "frontdesk-0", dir: t.TempDir()}
	for text, raced := range map[string]bool{"ready\n": false, "ready\n==================\nWARNING: DATA RACE\nWrite at 0x00c0\n": true} {
		if err := os.WriteFile(filepath.Join(p.dir, p.name+".log"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := p.raced(); (err != nil) != raced {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestMeasuring shows that what measures the speed works.
func TestMeasuring(t *testing.T) {
	hold(t, form{seed: 1}, func(*workshop) ([]row, error) { return measures(), nil })
}

// hold runs rows, each of which must hold.
func hold(t *testing.T, f form, some func(*workshop) ([]row, error)) {
	t.Helper()
	w, err := newWorkshop(t.Context(), f, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.close(); err != nil {
			t.Error(err)
		}
	})
	all, err := some(w)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		t.Run(r.name, func(t *testing.T) {
			var out bytes.Buffer
			if err := table(t.Context(), w, []row{r}, &out); err != nil {
				t.Error(out.String())
			}
			t.Log(out.String())
		})
	}
}

// followed is how a front desk finds a slot that moved, and unfollowed what is left without.
const (
	followed = `		if told = s.movedTo(ctx, reply.Err()); told != nil && !sent { // two that send to each other are waited out
			continue
		}
		if !refused(reply.Err()) || time.Until(until) < pause || !rest(ctx, pause) || errors.Is(s.present(ctx), errRestoring) { // it may have been stopped
			return reply
		}
		if cluster, ok := s.rdb.(*redis.ClusterClient); ok {
			cluster.ReloadState(ctx)
		}
`
	unfollowed = `		if told = nil; !refused(reply.Err()) || sent || time.Until(until) < pause || !rest(ctx, pause) {
			return reply
		}
`
)

// guards are what keeps a promise, and a row that must fail when it is switched off.
var guards = []struct {
	name string
	row  string
	off  edit
	says string // what the row says of it: it must not fail of something else
	self bool   // the row runs the store in its own process: this program is built without the guard
	// always is for what the gate has time for: the five that hold up the promises, and those that are seen soonest.
	always bool
	// tries is how often the row may hold by chance first, such as when two failovers lose nothing although nobody had to confirm; 0: never.
	tries int
}{
	{name: "a message is known again by its identity", always: true, says: `to the same post again|without `, row: "kill", off: edit{"store/commit.lua", "if seen then", "if false then"}},
	{name: "a record is changed only by who knows its version", always: true, says: `without "危险"`, row: "kill", off: edit{"store/commit.lua", "(redis.call('HGET', key, field) or '') ~= want", "false"}},
	{name: "a worker whose lease is over is refused", always: true, says: `a worker that had slept`, row: "stop", off: edit{"store/settle.lua", "if redis.call('HGET', KEYS[2], lease) ~= ARGV[2] then return 0 end", ""}},
	{name: "entries are covered by the seals outside redis", says: `no seal misses`, row: "backup", off: edit{"store/fsckkept.go", `r.covered(one, "kept seal")`, ""}},
	{name: "everything is sealed", says: `look at the seals`, row: "stop", off: edit{"store/seal.go", "if len(open) == 0 {", "if len(open) >= 0 {"}},
	{name: "an answer is out in time", says: `stuck: no answer to "每天半夜拖桌子，程序一看就卡住"`, row: "poison", off: edit{"bot/callback.go", "late := time.AfterFunc(cb.patience(began), func() {", "late := time.AfterFunc(time.Hour, func() {"}},
	{name: "the letter in hand is put down", always: true, says: `was not put down`, row: "stop", off: edit{"cmd/frontdesk/house.go", "all.Go(func() { s.Run(ctx) })", "go s.Run(ctx)"}, tries: 3},
	{name: "a try is written down before it begins", says: `two senders died with a letter`, row: "stop", off: edit{"bot/sendprogress.go", "return begun, s.Outbox.BeginParcel(ctx, p, d)", "return begun, nil"}},
	{name: "one of two replicas asks for the token", always: true, says: `asked for it 2 times`, row: "platform", off: edit{"store/swap.lua", "if is and is ~= ARGV[1] then return 0 end", ""}},
	{name: "an error inside an answer of 200 is one", always: true, says: `letters did not arrive`, row: "platform", off: edit{"bot/api.go", "*said.Code != 0:", "*said.Code < -1_000_000:"}},
	{name: "who stands in front is told before the door closes", always: true, says: `posts were dropped`, row: "stop", off: edit{"cmd/frontdesk/serve.go", "h.parting.quiet(draining)", ""}},
	{name: "who stands in front has been told before the door closes", says: `posts were dropped`, row: "stop", off: edit{"cmd/frontdesk/parting.go", "len(p.eyes) == 0 && ", ""}},
	{name: "a redis that syncs once a second is refused", always: true, says: `does not refuse`, row: "power", off: edit{"store/audit.go", `{"appendfsync", "always", "else the last second is lost when the power fails"},`, ""}},
	{name: "intake stops before memory is full", says: `before intake stopped|intake goes on although memory runs short`, row: "redis", off: edit{"store/memory.go", "return most > 0 && used >= most/100*mostMemory", "return most < 0 && used < 0"}},
	{name: "a clock that jumps is not followed", says: `answered 403`, row: "clock", off: edit{"bot/clock.go", "case off.Abs() <= evenly:", "case true:"}},
	{name: "replicas confirm what is written", always: true, says: `[1-9][0-9]* lost`, row: "sentinel", off: edit{"store/confirm.go", "case count < s.replicas:", "case false:"}, self: true, tries: 3},
	{name: "a seal outside redis covers what replicas have", says: `kept seal [0-9]+: entry`, row: "sentinel", off: edit{"store/seal.go", "s.run(ctx, unsealedScript, ", "unsealedScript.Run(ctx, s.rdb, "}, self: true, tries: 2},
	{name: "a message whose answer was lost is known again", says: `executed, reply lost: `, row: "cut", off: edit{"store/commit.lua", "if seen then", "if false then"}, self: true},
	{name: "a conversation is changed only by who knows its version", says: `history [0-9]+: `, row: "order", off: edit{"store/commit.lua", "(redis.call('HGET', key, field) or '') ~= want", "false"}, self: true},
	{name: "a photo without room is not kept", says: `of [0-9]+ photos were kept without room`, row: "full", off: edit{"bot/vault.go", "err = errors.Join(err, f.Sync(), f.Close())", "err = errors.Join(f.Close())"}},
	{name: "the map of a cluster is read anew", says: `given up although a node had told`, row: "cluster", off: edit{"store/confirm.go", followed, unfollowed}, self: true},
}

// unbuilt are the figures of a row that had no town to play in: it fails, and says nothing about a guard.
var unbuilt = regexp.MustCompile(`\| (no|not) [a-z ]+(,| \|)|executable file not found`)

// every has TestGuardsAreNeeded switch every guard off; see make guards.
var every = flag.Bool("every-guard", false, "switch every guard off, and not only those for which the gate has time")

// TestGuardsAreNeeded switches the guards off one at a time: a suite that still holds then would see nothing.
func TestGuardsAreNeeded(t *testing.T) {
	for _, g := range guards {
		if !g.always && !*every {
			continue
		}
		t.Run(g.name, func(t *testing.T) {
			t.Parallel() // mostly waiting, for what does not come, and what is looked for is no matter of time
			weaken := []edit{g.off}
			if g.self {
				weaken = nil
			}
			w, err := newWorkshop(t.Context(), form{seed: 1}, io.Discard, weaken...)
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
			if g.self {
				chosen, err = elsewhere(t.Context(), w, g.row, g.off)
				if err != nil {
					t.Fatal(err)
				}
			}
			var out bytes.Buffer
			play := func() error {
				out.Reset()
				err := table(context.WithoutCancel(t.Context()), w, chosen, &out)
				if g.self && strings.Count(out.String(), "NO: ") < 2 { // its own one and this one's: it broke down before it knew, and that shows nothing
					return nil
				}
				return err
			}
			err = play()
			for n := 1; err == nil && n < g.tries; n++ {
				err = play()
			}
			if err == nil || !strings.Contains(out.String(), "NO: ") {
				t.Errorf("row %s holds without it: %s", g.row, out.String())
			}
			if !regexp.MustCompile(g.says).MatchString(out.String()) {
				t.Errorf("row %s fails of something else: %s", g.row, out.String())
			}
			if unbuilt.MatchString(out.String()) {
				t.Errorf("row %s was not played: %s", g.row, out.String())
			}
			t.Log(out.String())
		})
	}
}

// elsewhere is a row as this program runs it when it was built with edits, or with none, and without the race detector. It holds when that program says so.
func elsewhere(ctx context.Context, w *workshop, name string, edits ...edit) ([]row, error) {
	program := filepath.Join(w.dir, "torture")
	if err := w.compile(ctx, "./cmd/torture", program, edits); err != nil {
		return nil, err
	}
	return []row{{name, "in a program of its own", func(ctx context.Context, w *workshop) (string, error) {
		cmd := exec.CommandContext(ctx, program, "-only", name, "-seed", "1")
		cmd.Dir = w.root
		var said bytes.Buffer
		cmd.Stderr = &said
		text, err := cmd.Output()
		if err != nil {
			err = fmt.Errorf("%w: %s", err, said.String())
		}
		return string(text), err
	}}}, nil
}

// TestTwoOrdersDiffer says two things in either order: the words differ and nothing else, and what the desk says later tells which it was.
func TestTwoOrdersDiffer(t *testing.T) {
	world := flows.World{Now: time.Date(2026, 11, 26, 3, 0, 0, 0, time.UTC), CanPush: true}
	model := conversation(world, "oorder")
	said := func(words ...string) any {
		r := model.Init().(talked)
		for _, w := range words {
			change, err := flows.Decide(r.Resident, flows.Input{Kind: flows.Text, At: world.Now, Text: ticket.Personal(w)}, world)
			if err != nil {
				t.Fatal(err)
			}
			r = talked{r.After(change), r.with(change)}
		}
		return r
	}
	if model.Equal(said("楼上太吵了", "水管坏了吧"), said("水管坏了吧", "楼上太吵了")) {
		t.Error("two orders are taken for one")
	}
	if !model.Equal(said("咨询", "户口"), said("咨询", "户口")) {
		t.Error("one order is taken for two")
	}
}
