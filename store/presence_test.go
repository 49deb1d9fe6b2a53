package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/flows"
	"frontdesk/ticket"
)

// TestWhoWasAwayLooksForARestore stops a front desk for so long that a restore may have begun: while one has, nothing is taken in, taken up or sealed;
// when none has, it goes on at once. A machine that slept knows by its second clock.
func TestWhoWasAwayLooksForARestore(t *testing.T) {
	st := newStory(t)
	defer st.rdb.Del(t.Context(), servingKey, restoringKey)
	n := 0
	work := map[string]func() error{
		"a message": func() error {
			n++
			_, err := st.Converse(t.Context(), st.account, "wang", string(rune('a'+n)), func(r flows.Resident) (flows.Change, error) {
				return flows.Change{Followed: true, Answer: "您好"}, nil
			})
			return err
		},
		"a letter": func() error { _, err := st.TakeParcels(t.Context(), st.account, 1, time.Minute); return err },
		"a file":   func() error { _, err := st.TakeFetches(t.Context(), st.account, 1, time.Minute); return err },
		"a seal":   func() error { return st.Seal(t.Context(), st.account, st.clockNow()) },
	}
	for name, long := range map[string]time.Time{"stopped": time.Now().Add(-2 * ServingTime), "asleep": time.Now().Round(0).Add(-2 * ServingTime)} {
		for what, do := range work {
			st.rdb.Set(t.Context(), restoringKey, "one", 0)
			st.served.Store(&long)
			if err := do(); !errors.Is(err, ticket.ErrUnavailable) {
				t.Errorf("%s, %s beside a restore: %v", name, what, err)
			}
			st.rdb.Del(t.Context(), restoringKey)
			st.served.Store(&long)
			if err := do(); err != nil {
				t.Errorf("%s, %s beside none: %v", name, what, err)
			}
		}
	}
}

// TestWhoLooksKeepsNobodyFromServing lets a restore look for room beside a front desk that serves: that goes on, and one that comes waits.
func TestWhoLooksKeepsNobodyFromServing(t *testing.T) {
	st := newStory(t)
	defer st.rdb.Del(t.Context(), servingKey, restoringKey)
	if err := st.Serving(t.Context()); err != nil {
		t.Fatal(err)
	}
	if resumed, err := st.claim(t.Context(), "one"); resumed || err != nil {
		t.Fatal(resumed, err)
	}
	if err := st.Serving(t.Context()); err != nil {
		t.Errorf("who serves is kept from it: %v", err)
	}
	if err := st.replica(st.rdb).Serving(t.Context()); !errors.Is(err, ticket.ErrConflict) {
		t.Errorf("who comes serves beside a restore that may see nobody: %v", err)
	}
	if left := st.rdb.TTL(t.Context(), restoringKey).Val(); left <= 0 || left > lookingTime {
		t.Errorf("the mark of who looks stays for %s", left)
	}
	if err := st.overwrites(t.Context(), "one"); err != nil {
		t.Fatal(err)
	}
	if err := st.Serving(t.Context()); !errors.Is(err, ticket.ErrConflict) {
		t.Errorf("it is served beside a restore that writes: %v", err)
	}
	if err := st.unmark(t.Context(), lookingAt+"one"); err != nil {
		t.Fatal(err)
	}
	if resumed, err := st.claim(t.Context(), "one"); !resumed || err != nil {
		t.Errorf("the mark of who writes is gone: %v", err)
	}
	st.rdb.Del(t.Context(), restoringKey)
	for _, mark := range []string{"", lookingAt + "two", "two"} {
		if st.rdb.Del(t.Context(), restoringKey); mark != "" {
			st.rdb.Set(t.Context(), restoringKey, mark, 0)
		}
		if err := st.overwrites(t.Context(), "one"); !errors.Is(err, ticket.ErrConflict) {
			t.Errorf("who looked begins at the mark %q: %v", mark, err)
		}
	}
}

// TestOneRestoreAtATime lets a restore wait for another one that is at work, and take the turn of one that is not any more.
func TestOneRestoreAtATime(t *testing.T) {
	st := newStory(t)
	defer st.rdb.Del(t.Context(), restorerKey)
	one, err := st.takeTurn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := st.takeTurn(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("two restores work at once: %v", err)
	}
	if err := one.mine(); err != nil {
		t.Errorf("it has the turn and may not work: %v", err)
	}
	if left := st.rdb.PTTL(t.Context(), restorerKey).Val(); left <= 0 || left > ServingTime {
		t.Errorf("one that dies keeps others away for %s", left)
	}
	st.rdb.Del(t.Context(), restorerKey) // it was stopped for so long
	two, err := st.takeTurn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	one.leave(t.Context())
	if st.rdb.Get(t.Context(), restorerKey).Val() != two.run {
		t.Error("one that lost its turn gives away that of another")
	}
	two.leave(t.Context())
	if st.rdb.Exists(t.Context(), restorerKey).Val() != 0 {
		t.Error("one that ended keeps the turn")
	}
}

// TestWhoLostTheTurnWritesNothing lets a restore wake when another one may have ended, and a front desk serve what that brought back.
func TestWhoLostTheTurnWritesNothing(t *testing.T) {
	st, media := activeTown(t)
	file, _ := st.taken(media)
	for name, lose := range map[string]func(*restorer){
		"it was told": func(r *restorer) { r.lost.Store(true) },
		"it was stopped": func(r *restorer) {
			long := time.Now().Add(-ServingTime)
			r.said.Store(&long)
		},
	} {
		o := st.elsewhere()
		look := newExaminer()
		if err := readArchive(bytes.NewReader(file), look.see); err != nil {
			t.Fatal(err)
		}
		turn, err := o.takeTurn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		turn.leave(t.Context()) // nobody says any more that it works
		lose(turn)
		r := &restore{Store: o.Store, plan: RestorePlan{Media: t.TempDir()}, look: look, kept: map[string]*keptFile{}, pressed: map[string]int64{}, turn: turn}
		before := o.rdb.DBSize(t.Context()).Val()
		if err := r.write(t.Context(), reads(file)); !errors.Is(err, ticket.ErrConflict) {
			t.Errorf("%s: it ends with %v", name, err)
		}
		r.ctx = t.Context()
		for kind, write := range map[string]func() error{
			"officers": func() error { return r.people(bundle{kind: recOfficer, records: []record{{Name: "x"}}}) },
			"seals": func() error {
				return r.seals(bundle{kind: recSeal, account: st.account, records: []record{{Value: []byte("{}")}}})
			},
			"tickets": func() error { return r.tickets(t.Context(), bundle{kind: recTicket, account: st.account}) },
			"photos":  func() error { return r.media(record{Name: strings.Repeat("a", 64)}, strings.NewReader("")) },
			"its end": func() error { _, err := r.finish(t.Context()); return err },
		} {
			if err := write(); kind != "tickets" && !errors.Is(err, ticket.ErrConflict) {
				t.Errorf("%s: %s: %v", name, kind, err)
			}
		}
		if n := o.rdb.DBSize(t.Context()).Val(); n != before {
			t.Errorf("%s: it writes %d keys", name, n-before)
		}
	}
}

// TestWhoWasStoppedWhileItWaited stops a front desk between two tries of a commit that Redis had refused: it looks for a restore before it tries again.
func TestWhoWasStoppedWhileItWaited(t *testing.T) {
	st := newStory(t)
	defer st.rdb.Del(t.Context(), servingKey, restoringKey)
	r := &refusing{st: st.Store}
	st.rdb.AddHook(r)
	for _, restores := range []bool{true, false} {
		if err := st.Serving(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.tries, r.restores = 0, restores
		_, err := st.Converse(t.Context(), st.account, "wang", fmt.Sprint("hello", restores), func(flows.Resident) (flows.Change, error) {
			return flows.Change{Followed: true, Answer: "您好"}, nil
		})
		if restores != errors.Is(err, ticket.ErrUnavailable) || restores != (r.tries == 1) {
			t.Errorf("a restore %v: %d tries, %v", restores, r.tries, err)
		}
		st.rdb.Del(t.Context(), restoringKey)
	}
}

// refusing refuses the first script, lets a long time pass, and a restore begin or not.
type refusing struct {
	st       *Store
	restores bool
	tries    int
}

func (r *refusing) DialHook(next redis.DialHook) redis.DialHook { return next }

func (r *refusing) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (r *refusing) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if cmd.Name() != "evalsha" {
			return next(ctx, cmd)
		}
		if r.tries++; r.tries > 1 {
			return next(ctx, cmd)
		}
		if r.restores {
			r.st.rdb.Set(ctx, restoringKey, "one", 0)
		}
		long := time.Now().Add(-2 * ServingTime)
		r.st.served.Store(&long)
		err := &net.OpError{Op: "dial", Net: "tcp", Err: errCut}
		cmd.SetErr(err)
		return err
	}
}
