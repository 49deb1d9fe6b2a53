package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync/atomic"
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
	st.rdb.Del(t.Context(), servingKey)
	if err := st.replica(st.rdb).Serving(t.Context()); !errors.Is(err, ticket.ErrConflict) || st.rdb.Exists(t.Context(), servingKey).Val() > 0 {
		t.Errorf("who comes serves, or says so, beside a restore that may see nobody: %v", err)
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
	one, err := st.takeTurn(t.Context(), "one")
	if err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := st.takeTurn(short, "two"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("two restores work at once: %v", err)
	}
	if err := one.mine(); err != nil {
		t.Errorf("it has the turn and may not work: %v", err)
	}
	if left := st.rdb.PTTL(t.Context(), restorerKey).Val(); left <= 0 || left > ServingTime {
		t.Errorf("one that dies keeps others away for %s", left)
	}
	st.rdb.Del(t.Context(), restorerKey) // it was stopped for so long
	two, err := st.takeTurn(t.Context(), "one")
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
		turn, err := o.takeTurn(t.Context(), "one")
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

// TestARestoreLosesItsTurnLate lets it lose the turn when nothing is left to write but its file of seals, or to take away but its mark: a front desk
// may keep seals of its own by then, and the mark be that of another restore. So neither is touched.
func TestARestoreLosesItsTurnLate(t *testing.T) {
	st, media := activeTown(t)
	st.sealed()
	file, _ := st.taken(media)
	kept := func(o *story) bool {
		name, err := o.sealsFile(st.account)
		if err != nil {
			t.Fatal(err)
		}
		_, err = os.Stat(name)
		return err == nil
	}
	marked := func(o *story) bool { return o.rdb.Get(t.Context(), restoringKey).Val() != "" }
	// last does the last part, the writing or the end, and says how often it spoke to Redis. The turn is lost after so many times, 0: never.
	last := func(ending bool, late int64) (*story, int64, error) {
		o := st.elsewhere()
		r := o.begun(file)
		do := func() error { return r.write(t.Context(), reads(file)) }
		if ending {
			if err := do(); err != nil {
				t.Fatal(err)
			}
			do = func() error { _, err := r.finish(t.Context()); return err }
		}
		var spoken atomic.Int64
		o.rdb.AddHook(around(func(cmds []redis.Cmder, send func([]redis.Cmder) error) error {
			err := send(cmds)
			if spoken.Add(1) == late {
				r.turn.lost.Store(true)
			}
			return err
		}))
		err := do()
		return o, spoken.Load(), err
	}
	for _, ending := range []bool{false, true} {
		o, n, err := last(ending, 0)
		if err != nil || !kept(o) || marked(o) == ending {
			t.Fatalf("in peace: %v", err)
		}
		if ending { // the last one takes the mark away
			n--
		}
		o, _, err = last(ending, n)
		if !errors.Is(err, ticket.ErrConflict) || kept(o) != ending || !marked(o) {
			t.Errorf("at its end %v: %v; seals %v, mark %v", ending, err, kept(o), marked(o))
		}
	}
}

// begun is a restore that has begun and has written nothing yet. Nobody says any more that it works: it has the turn for as long as a test needs.
func (st *story) begun(file []byte) *restore {
	st.t.Helper()
	look := newExaminer()
	if err := readArchive(bytes.NewReader(file), look.see); err != nil {
		st.t.Fatal(err)
	}
	turn, err := st.takeTurn(st.t.Context(), look.report.ID)
	if err != nil {
		st.t.Fatal(err)
	}
	turn.end()
	turn.all.Wait()
	st.t.Cleanup(func() { turn.leave(context.Background()) })
	if err := removeScript.Load(st.t.Context(), st.rdb).Err(); err != nil { // so that it is run in one go
		st.t.Fatal(err)
	}
	r := &restore{Store: st.Store, look: look, kept: map[string]*keptFile{}, pressed: map[string]int64{}, turn: turn}
	if err := r.begin(st.t.Context()); err != nil {
		st.t.Fatal(err)
	}
	return r
}

// TestWhoLooksForLongGoesOnLooking lets a restore look for longer than its mark lasts: it says again that it looks, as it says that it works.
func TestWhoLooksForLongGoesOnLooking(t *testing.T) {
	st := newStory(t)
	defer st.rdb.Del(t.Context(), restoringKey, restorerKey)
	turn, err := st.takeTurn(t.Context(), "one")
	if err != nil {
		t.Fatal(err)
	}
	defer turn.leave(t.Context())
	left := func() time.Duration { return st.rdb.PTTL(t.Context(), restoringKey).Val() }
	if _, err := st.claim(t.Context(), "one"); err != nil {
		t.Fatal(err)
	}
	st.rdb.PExpire(t.Context(), restoringKey, time.Second)
	if turn.say(t.Context()); left() <= time.Second {
		t.Errorf("the mark of who looks is over in %s", left())
	}
	if err := st.overwrites(t.Context(), "one"); err != nil {
		t.Fatal(err)
	}
	if turn.say(t.Context()); left() >= 0 {
		t.Errorf("the mark of who writes is over in %s", left())
	}
	st.rdb.Set(t.Context(), restoringKey, lookingAt+"two", time.Second)
	if turn.say(t.Context()); left() > time.Second {
		t.Error("the mark of another one is said again")
	}
}

// TestAMarkThatIsGone takes the mark of a restore that writes away: it writes no more, for a front desk may serve by now.
func TestAMarkThatIsGone(t *testing.T) {
	st := newStory(t)
	defer st.rdb.Del(t.Context(), restoringKey, restorerKey)
	for _, mark := range []string{"one", "", lookingAt + "one"} {
		turn, err := st.takeTurn(t.Context(), "one")
		if err != nil {
			t.Fatal(err)
		}
		turn.wrote.Store(true)
		if st.rdb.Del(t.Context(), restoringKey); mark != "" {
			st.rdb.Set(t.Context(), restoringKey, mark, 0)
		}
		if turn.say(t.Context()); (turn.mine() == nil) != (mark == "one") {
			t.Errorf("the mark is %q, and it goes on: %v", mark, turn.mine())
		}
		turn.leave(t.Context())
	}
}

// TestAMarkThatComesLate has a restore claim what another one writes by now: its word was long under way.
func TestAMarkThatComesLate(t *testing.T) {
	st := newStory(t)
	defer st.rdb.Del(t.Context(), restoringKey)
	st.rdb.Set(t.Context(), restoringKey, "two", 0)
	if _, err := st.claim(t.Context(), "one"); !errors.Is(err, ticket.ErrConflict) || st.rdb.Get(t.Context(), restoringKey).Val() != "two" {
		t.Errorf("%v; the mark is %q", err, st.rdb.Get(t.Context(), restoringKey).Val())
	}
}

// TestAFrontDeskThatWasForgotten empties Redis under one that goes on serving, as whoever restores may do: it is heard all the same. Where it is not, it
// learns of the restore itself, and takes in nothing from then on.
func TestAFrontDeskThatWasForgotten(t *testing.T) {
	st := newStory(t)
	st.ticketOf("wang")
	file, _ := st.taken("")
	o := st.elsewhere()
	forgotten := st.replica(o.rdb)
	if err := forgotten.Serving(t.Context()); err != nil {
		t.Fatal(err)
	}
	o.rdb.FlushAll(t.Context())
	looked := 0
	o.silence = 100 * time.Millisecond
	o.rdb.AddHook(around(func(cmds []redis.Cmder, send func([]redis.Cmder) error) error {
		err := send(cmds)
		if concerns(cmds, "pttl", servingKey) {
			switch looked++; looked {
			case 2: // the restore has just seen that nobody serves
				if err := forgotten.Serving(t.Context()); err != nil {
					t.Errorf("beside one that looks: %v", err)
				}
			case 20: // it is stopped at last
				o.rdb.Del(t.Context(), servingKey)
			}
		}
		return err
	}))
	if _, _, err := o.Restore(t.Context(), reads(file), RestorePlan{}); err != nil || looked <= 20 {
		t.Errorf("restored beside a front desk, after %d looks: %v", looked, err)
	}
	if err := o.rdb.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	forgotten.served.Store(&now)
	o.rdb.AddHook(before(writeScript, func() { // when the restore has heard nothing for long enough
		if err := forgotten.Serving(t.Context()); err != nil {
			t.Errorf("beside one that still looks: %v", err)
		}
	}))
	if _, _, err := o.Restore(t.Context(), reads(file), RestorePlan{}); !errors.Is(err, errServed) || o.rdb.Exists(t.Context(), restoringKey).Val() > 0 {
		t.Errorf("it writes beside a front desk: %v", err)
	}
	o.rdb.Set(t.Context(), restoringKey, "one", 0)
	o.rdb.Del(t.Context(), servingKey)
	if err := forgotten.Serving(t.Context()); !errors.Is(err, ticket.ErrConflict) || !forgotten.away() {
		t.Errorf("beside one that writes: %v, away %v", err, forgotten.away())
	}
	if n := o.rdb.Exists(t.Context(), servingKey).Val(); n != 0 {
		t.Error("who is refused says that it serves: the restore waits for it")
	}
}

// TestTheClockOfRedisGoesBack puts it back by a day after somebody said that they serve: they are not waited for so long.
func TestTheClockOfRedisGoesBack(t *testing.T) {
	st := newStory(t)
	defer st.rdb.Del(t.Context(), servingKey)
	st.rdb.Set(t.Context(), servingKey, "1", 24*time.Hour)
	if there, err := st.lasts(t.Context(), servingKey); !there || err != nil || st.rdb.PTTL(t.Context(), servingKey).Val() > ServingTime {
		t.Errorf("it lasts %s: %v, %v", st.rdb.PTTL(t.Context(), servingKey).Val(), there, err)
	}
	defer st.rdb.Del(t.Context(), restorerKey)
	st.rdb.Set(t.Context(), restorerKey, "another", 24*time.Hour)
	short, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err := st.takeTurn(short, "one")
	if left := st.rdb.PTTL(t.Context(), restorerKey).Val(); !errors.Is(err, context.DeadlineExceeded) || left > ServingTime {
		t.Errorf("the turn of another restore lasts %s: %v", left, err)
	}
}

// TestMarksAreConfirmed marks a restore where a replica has to confirm and none is there: a failover may undo the mark, so it does not count, whatever it
// says.
func TestMarksAreConfirmed(t *testing.T) {
	st := newStory(t)
	defer st.rdb.Del(t.Context(), restoringKey)
	careful, err := New(Config{Client: st.rdb, Clock: st.clockNow, Replicas: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []*redis.Script{claimScript, writeScript, removeScript} { // so that each is run in one go
		if err := s.Load(t.Context(), st.rdb).Err(); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name   string
		before string // the mark
		mark   func(context.Context) error
		after  string
	}{
		{"that one looks", "", func(ctx context.Context) error { _, err := careful.claim(ctx, "one"); return err }, lookingAt + "one"},
		{"that one writes", lookingAt + "one", func(ctx context.Context) error { return careful.overwrites(ctx, "one") }, "one"},
		{"that one has ended", "one", func(ctx context.Context) error { return careful.unmark(ctx, "one") }, ""},
	} {
		st.rdb.Set(t.Context(), restoringKey, c.before, 0)
		if c.before == "" {
			st.rdb.Del(t.Context(), restoringKey)
		}
		short, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		if err := c.mark(short); !errors.Is(err, ticket.ErrUnavailable) || st.rdb.Get(t.Context(), restoringKey).Val() != c.after {
			t.Errorf("%s: %v, and the mark is %q", c.name, err, st.rdb.Get(t.Context(), restoringKey).Val())
		}
		cancel()
	}
}

// TestWhoCannotSayThatItServes has Redis refuse what a front desk says: for want of memory it goes on, for no memory comes back while none is freed; of
// anything else it is away in a while, for nobody can see that it is there.
func TestWhoCannotSayThatItServes(t *testing.T) {
	st := newStory(t)
	defer st.rdb.Del(t.Context(), servingKey, restoringKey)
	refusal := ""
	st.rdb.AddHook(around(func(cmds []redis.Cmder, send func([]redis.Cmder) error) error {
		if refusal != "" && concerns(cmds, "set", servingKey) {
			return said(refusal)
		}
		return send(cmds)
	}))
	for _, c := range []struct {
		refusal string
		there   bool
	}{{"", true}, {"OOM command not allowed when used memory > 'maxmemory'.", true}, {"READONLY You can't write against a read only replica.", false}} {
		long := time.Now().Add(-2 * ServingTime)
		st.served.Store(&long)
		refusal = c.refusal
		if err := st.Serving(t.Context()); (err == nil) != (c.refusal == "") || errors.Is(err, ticket.ErrConflict) || st.away() == c.there {
			t.Errorf("%q: %v, it is away: %v", c.refusal, err, st.away())
		}
	}
}

// said is an error as Redis says it.
type said string

func (e said) Error() string { return string(e) }

// RedisError marks it as one.
func (e said) RedisError() {}

// TestWhoWasStoppedWhileItWaited stops a front desk between two tries of a commit that Redis had refused: it looks for a restore before it tries again.
func TestWhoWasStoppedWhileItWaited(t *testing.T) {
	st := newStory(t)
	defer st.rdb.Del(t.Context(), servingKey, restoringKey)
	r := &refusing{st: st.Store}
	st.rdb.AddHook(r.hook())
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

func (r *refusing) hook() around {
	return func(cmds []redis.Cmder, send func([]redis.Cmder) error) error {
		if cmds[0].Name() != "evalsha" {
			return send(cmds)
		}
		if r.tries++; r.tries > 1 {
			return send(cmds)
		}
		if r.restores {
			r.st.rdb.Set(context.Background(), restoringKey, "one", 0)
		}
		long := time.Now().Add(-2 * ServingTime)
		r.st.served.Store(&long)
		return &net.OpError{Op: "dial", Net: "tcp", Err: errCut}
	}
}
