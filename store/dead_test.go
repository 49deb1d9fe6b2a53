package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/flows"
	"frontdesk/ticket"
)

// died is a message of wang's that broke the program.
func (st *story) died(identity string) ticket.Dead {
	return ticket.Dead{
		Account: st.account, Where: ticket.AtCallback, Why: ticket.Panicked, Detail: "flows.(*talk).ask", Identity: ticket.Personal(identity),
		Resident: "wang", At: st.clockNow(), Original: "<xml>楼上\xff半夜拖椅子</xml>",
	}.Named()
}

func (st *story) buried(d ticket.Dead) {
	st.t.Helper()
	if answer, err := st.BuryMessage(st.t.Context(), d, "留下了"); err != nil || answer != "留下了" {
		st.t.Fatalf("buried with %q, %v", answer, err)
	}
}

func (st *story) deadOnes() []ticket.Dead {
	st.t.Helper()
	list, err := st.DeadLetters(st.t.Context(), st.account)
	if err != nil {
		st.t.Fatal(err)
	}
	return list
}

func (st *story) replayed(d ticket.Dead) error {
	_, err := st.ReplayMessage(st.t.Context(), d, "wang", d.Identity.Reveal(), d.At, st.opens(st.opening("wang")))
	return err
}

func TestADeadMessageIsKeptWhole(t *testing.T) {
	st := newStory(t)
	d := st.died("m1")
	st.buried(d)
	list := st.deadOnes()
	if len(list) != 1 || list[0].ID != d.ID || list[0].Why != ticket.Panicked || list[0].Original != "" || !list[0].At.Equal(d.At) {
		t.Fatalf("listed as %+v", list)
	}
	whole, err := st.DeadLetter(t.Context(), st.account, d.ID)
	if err != nil || whole.Original.Reveal() != d.Original.Reveal() || whole.Identity.Reveal() != "m1" || whole.Resident != "wang" {
		t.Errorf("shown as %#v with %d bytes, %v", whole, len(whole.Original), err)
	}
	if said := fmt.Sprintf("%v %+v %#v %v", whole, whole, whole, whole.LogValue()); strings.Contains(said, "椅子") || strings.Contains(said, "wang") {
		t.Errorf("it tells what was said: %s", said)
	}
	// The platform posts it again: it hears the same, whether the program breaks on it again or not.
	again := d
	again.Why = ticket.Hung
	if answer, err := st.BuryMessage(t.Context(), again, "又留下了"); err != nil || answer != "留下了" {
		t.Errorf("buried twice with %q, %v", answer, err)
	}
	if answer, err := st.Converse(t.Context(), st.account, "wang", "m1", st.opens(st.opening("wang"))); err != nil || answer != "留下了" {
		t.Errorf("a buried message is answered %q, %v", answer, err)
	}
	if n := len(st.record("wang").Tickets); n != 0 || len(st.deadOnes()) != 1 {
		t.Errorf("%d tickets, %d dead", n, len(st.deadOnes()))
	}
	st.clean()
}

func TestWhatIsInEffectIsNotBuried(t *testing.T) {
	st := newStory(t)
	first, err := st.Converse(t.Context(), st.account, "wang", "m1", st.opens(st.opening("wang")))
	if err != nil {
		t.Fatal(err)
	}
	if answer, err := st.BuryMessage(t.Context(), st.died("m1"), "留下了"); err != nil || answer != first || len(st.deadOnes()) != 0 {
		t.Errorf("answered %q, %v, %d dead", answer, err, len(st.deadOnes()))
	}
}

func TestAReplayWorksOnce(t *testing.T) {
	st := newStory(t)
	d := st.died("m1")
	st.buried(d)
	st.pass(48 * time.Hour)
	var done atomic.Int32
	var wg sync.WaitGroup
	for range 8 { // eight operators at once
		other := st.replica(st.rdb)
		wg.Go(func() {
			_, err := other.ReplayMessage(t.Context(), d, "wang", "m1", d.At, st.opens(st.opening("wang")))
			switch {
			case err == nil:
				done.Add(1)
			case !errors.Is(err, ticket.ErrNotFound):
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := st.record("wang").Tickets; done.Load() != 1 || len(got) != 1 || len(st.deadOnes()) != 0 {
		t.Fatalf("%d replays opened %d tickets, %d dead", done.Load(), len(got), len(st.deadOnes()))
	}
	// As of when it came: the reply window is the platform's, not ours.
	if until := st.rdb.HGet(t.Context(), keysOf(st.account).resident("wang"), "mu").Val(); until != fmt.Sprint(d.At.Add(messageWindow).UnixMilli()) {
		t.Errorf("the window is open until %s", until)
	}
	if err := st.replayed(d); !errors.Is(err, ticket.ErrNotFound) {
		t.Errorf("replayed again: %v", err)
	}
	st.clean()
}

// A crash at any moment of a replay leaves the message dead or in effect: never neither, never both.
func TestACrashWhileReplaying(t *testing.T) {
	for _, executed := range []bool{false, true} {
		for at := 1; ; at++ {
			st := newStory(t)
			d := st.died("m1")
			st.buried(d)
			cut := &cutter{at: at, executed: executed}
			rdb := realRedis(t)
			rdb.AddHook(cut.hook())
			other := st.replica(rdb)
			cut.on = true
			_, err := other.ReplayMessage(t.Context(), d, "wang", "m1", d.At, st.opens(st.opening("wang")))
			if len(st.deadOnes())+len(st.record("wang").Tickets) != 1 {
				t.Fatalf("cut at %d, executed %v: %d dead, %d tickets", at, executed, len(st.deadOnes()), len(st.record("wang").Tickets))
			}
			if err := st.replayed(d); err != nil && !errors.Is(err, ticket.ErrNotFound) {
				t.Fatal(err)
			}
			if n := len(st.record("wang").Tickets); n != 1 || len(st.deadOnes()) != 0 {
				t.Fatalf("cut at %d, executed %v: %d tickets after another replay", at, executed, n)
			}
			st.clean()
			if err == nil && cut.n.Load() < int64(at) {
				break
			}
		}
	}
}

// cutter loses the connection at the nth exchange, before Redis hears of it or after it did what it was told.
type cutter struct {
	on       bool
	at       int
	executed bool
	n        atomic.Int64
}

var errCut = errors.New("the connection is gone")

func (c *cutter) hook() around {
	return func(cmds []redis.Cmder, send func([]redis.Cmder) error) error {
		if !c.on || c.n.Add(1) != int64(c.at) {
			return send(cmds)
		}
		if c.executed {
			if err := send(cmds); err != nil {
				return err
			}
		}
		return errCut
	}
}

// What could not be read when it came may turn out to be a message that is in effect: then only the dead letter goes.
func TestAReplayOfWhatIsInEffect(t *testing.T) {
	st := newStory(t)
	d := st.died("#sum")
	d.Resident, d.Why = "", ticket.Undecodable
	st.buried(d)
	st.converse("wang", st.opens(st.opening("wang"))) // m1
	_, err := st.ReplayMessage(t.Context(), d, "wang", "m1", d.At, st.opens(st.opening("wang")))
	if n := len(st.record("wang").Tickets); err != nil || n != 1 || len(st.deadOnes()) != 0 {
		t.Errorf("%d tickets, %d dead, %v", n, len(st.deadOnes()), err)
	}
}

func TestARefusedReplayStaysDead(t *testing.T) {
	st := newStory(t)
	d := st.died("m1")
	st.buried(d)
	broken := errors.New("still broken")
	_, err := st.ReplayMessage(t.Context(), d, "wang", "m1", d.At, func(flows.Resident) (flows.Change, error) { return flows.Change{}, broken })
	if !errors.Is(err, broken) || len(st.deadOnes()) != 1 {
		t.Errorf("%v, %d dead", err, len(st.deadOnes()))
	}
}

func TestDroppedDeadLetters(t *testing.T) {
	st := newStory(t)
	d := st.died("m1")
	st.buried(d)
	if err := st.DropDead(t.Context(), st.account, d.ID); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"drop":   st.DropDead(t.Context(), st.account, d.ID),
		"replay": st.replayed(d),
		"show":   func() error { _, err := st.DeadLetter(t.Context(), st.account, d.ID); return err }(),
	} {
		if !errors.Is(err, ticket.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := st.rdb.Exists(t.Context(), keysOf(st.account).deadOne(d.ID)).Val(); n != 0 {
		t.Error("its words are still there")
	}
}

func TestDeadLettersAreBounded(t *testing.T) {
	st := newStory(t)
	ctx, k := t.Context(), keysOf(st.account)
	large := st.died("large")
	large.Original = ticket.Personal(strings.Repeat("x", mostBytes+1))
	if _, err := st.BuryMessage(ctx, large, "留下了"); !errors.Is(err, ticket.ErrUnavailable) {
		t.Errorf("a large one: %v", err)
	}
	unread := st.died("unread")
	unread.Why, unread.Original = ticket.Undecodable, ticket.Personal(strings.Repeat("读", mostBytes))
	st.buried(unread)
	if got := st.rdb.HGet(ctx, k.deadOne(unread.ID), deadOriginal).Val(); len(got) == 0 || len(got) > mostBytes || strings.Trim(got, "读") != "" {
		t.Errorf("of one that nobody can read %d bytes are kept", len(got))
	}
	d := st.died("m1")
	st.buried(d)
	if life := st.rdb.TTL(ctx, k.deadOne(d.ID)).Val(); life <= 0 || life > deadLife {
		t.Errorf("it is kept for %v", life)
	}
	for i := range mostDead { // long forgotten by Redis, still listed
		st.rdb.ZAdd(ctx, k.dead(), redis.Z{Score: 1, Member: fmt.Sprint("gone", i)})
	}
	if n := len(st.deadOnes()); n != 2 {
		t.Errorf("%d are listed", n)
	}
	st.buried(st.died("m2"))
	if n, err := st.CountDead(ctx, st.account); n != 3 || err != nil {
		t.Errorf("%d are counted, %v", n, err)
	}
	for i := range mostDead - 3 {
		st.rdb.ZAdd(ctx, k.dead(), redis.Z{Score: 1, Member: fmt.Sprint(i)})
		st.rdb.HSet(ctx, k.deadOne(fmt.Sprint(i)), deadHere, "1")
	}
	if _, err := st.BuryMessage(ctx, st.died("m3"), "留下了"); !errors.Is(err, ticket.ErrUnavailable) {
		t.Errorf("one too many: %v", err)
	}
	if answer, err := st.Converse(ctx, st.account, "wang", "m3", st.says(ticket.Step{})); err != nil || answer != "好的" {
		t.Errorf("what was not kept is answered %q, %v", answer, err)
	}
}

// A message that never comes back leaves its turn when its time is over: another one of the same resident goes on.
func TestATurnIsNotHeldForEver(t *testing.T) {
	turns := newTurns()
	hanging, end := context.WithCancel(t.Context())
	if _, err := turns.wait(hanging, "wang"); err != nil {
		t.Fatal(err)
	}
	end()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	done, err := turns.wait(ctx, "wang")
	if err != nil {
		t.Fatal(err)
	}
	done()
	done() // once more is no harm to whoever sits there next
	if done, err = turns.wait(ctx, "wang"); err != nil {
		t.Fatal(err)
	}
	done()
}

// TestALetterThatBreaksAgainStaysListed has a dead letter be replayed and break once more while another front desk strikes off what Redis has
// forgotten: it must not lie there with nobody listing it.
func TestALetterThatBreaksAgainStaysListed(t *testing.T) {
	st := newStory(t)
	st.letterTo("wang")
	if _, err := st.BuryParcel(t.Context(), st.parcels()["wang"], ticket.Panicked, "x"); err != nil {
		t.Fatal(err)
	}
	k := keysOf(st.account)
	ids := st.rdb.ZRange(t.Context(), k.dead(), 0, -1).Val()
	st.rdb.ZAdd(t.Context(), k.dead(), redis.Z{Score: 1, Member: "forgotten"})
	if n, err := st.livingDead(t.Context(), k); err != nil || n != 1 {
		t.Errorf("%d are left, %v", n, err)
	}
	if left := st.rdb.ZRange(t.Context(), k.dead(), 0, -1).Val(); !slices.Equal(left, ids) {
		t.Errorf("listed are %q, not %q", left, ids)
	}
}
