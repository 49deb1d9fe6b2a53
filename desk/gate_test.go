package desk

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

// tried is what became of a try: in, wrong, or wait.
func tried(t *testing.T, rm *room, g *gate, id, word, address string) string {
	t.Helper()
	var wait tooOften
	switch _, err := g.enter(t.Context(), rm, id, word, address); {
	case err == nil:
		return "in"
	case errors.As(err, &wait):
		return "wait"
	default:
		return "wrong"
	}
}

func newTestGate(t *testing.T) (*room, *gate) {
	t.Helper()
	rm := newRoom(t)
	g, err := newGate(func() time.Time { return rm.now }, cheap)
	if err != nil {
		t.Fatal(err)
	}
	return rm, g
}

// A badge number hangs on the wall: whoever tries it elsewhere must not lock its owner out.
func TestSomebodyElseLocksNobodyOut(t *testing.T) {
	rm, g := newTestGate(t)
	for range triesOfPair {
		if got := tried(t, rm, g, "3302", "wrong", "192.0.2.1"); got != "wrong" {
			t.Fatal(got)
		}
	}
	if got := tried(t, rm, g, "3302", password, "192.0.2.1"); got != "wait" {
		t.Errorf("the address that tried: %s", got)
	}
	if got := tried(t, rm, g, "3302", password, "198.51.100.7"); got != "in" {
		t.Errorf("the officer, from her own desk: %s", got)
	}
}

func TestManyAddressesAreStoppedTogether(t *testing.T) {
	rm, g := newTestGate(t)
	for i := range triesOfName {
		if got := tried(t, rm, g, "3302", "wrong", fmt.Sprint("192.0.2.", i)); got != "wrong" {
			t.Fatal(i, got)
		}
	}
	if got := tried(t, rm, g, "3302", password, "198.51.100.7"); got != "wait" {
		t.Errorf("after %d wrong tries from as many addresses: %s", triesOfName, got)
	}
}

// An address that gets in under its own name is not forgiven what it tried on others.
func TestGettingInForgivesOnlyOnesOwnTries(t *testing.T) {
	rm, g := newTestGate(t)
	for i := range triesOfOrigin - 1 {
		tried(t, rm, g, fmt.Sprint("nobody", i), "wrong", "192.0.2.1")
	}
	if got := tried(t, rm, g, "3301", password, "192.0.2.1"); got != "in" {
		t.Fatal(got)
	}
	if got := tried(t, rm, g, "nobody", "wrong", "192.0.2.1"); got != "wrong" {
		t.Fatal(got)
	}
	if got := tried(t, rm, g, "3301", password, "192.0.2.1"); got != "wait" {
		t.Errorf("an address after %d wrong tries: %s", triesOfOrigin, got)
	}
	for range triesOfPair - 1 {
		tried(t, rm, g, "3302", "wrong", "198.51.100.7")
	}
	for range 3 {
		if got := tried(t, rm, g, "3302", password, "198.51.100.7"); got != "in" {
			t.Fatalf("somebody who remembered in time: %s", got)
		}
	}
}

// Somebody with very many addresses makes neither every try slow nor the memory full.
func TestTalliesAreBounded(t *testing.T) {
	rm, g := newTestGate(t)
	fill := func(n int, since time.Time) {
		for i := range n {
			g.tries[fmt.Sprint(since.UnixNano(), "|", i)] = tally{n: 1, since: since}
		}
	}
	fill(fewTallies+1, rm.now.Add(-trySpan))
	tried(t, rm, g, "3302", "wrong", "192.0.2.1")
	if n := len(g.tries); n != 3 {
		t.Fatalf("%d tallies after those that are over were removed", n)
	}
	fill(fewTallies+1, rm.now.Add(-trySpan))
	tried(t, rm, g, "3302", "wrong", "192.0.2.1")
	if n := len(g.tries); n != fewTallies+4 {
		t.Errorf("they were looked at again at once: %d tallies", n)
	}
	rm.now = rm.now.Add(sweepEvery)
	tried(t, rm, g, "3302", "wrong", "192.0.2.1")
	if n := len(g.tries); n != 3 {
		t.Errorf("%d tallies a minute later", n)
	}
	for i := range 10 {
		fill(mostTallies/10, rm.now.Add(-5*time.Minute+time.Duration(i)*time.Second))
	}
	tried(t, rm, g, "3302", "wrong", "192.0.2.1")
	if n := len(g.tries); n > mostTallies/2 || g.tries["n:3302"].n != 4 {
		t.Errorf("%d tallies at the bound, %d tries on the name", n, g.tries["n:3302"].n)
	}
}
