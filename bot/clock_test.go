package bot

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"frontdesk/wechatsim"
)

// watchmaker has a machine's clock that jumps, and time that just runs.
type watchmaker struct {
	*Clock
	truth time.Time     // the world's
	wrong time.Duration // by which the machine's clock is off
	ran   time.Duration
}

func newWatchmaker() *watchmaker {
	w := &watchmaker{truth: time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC)}
	w.Clock = NewClock(func() (time.Time, time.Duration) { return w.truth.Add(w.wrong), w.ran })
	return w
}

// pass lets time pass for everybody, looked at every second minute.
func (w *watchmaker) pass(d time.Duration) {
	for d > 0 {
		step := min(d, 2*time.Minute)
		w.truth, w.ran, d = w.truth.Add(step), w.ran+step, d-step
		w.Now()
	}
}

func (w *watchmaker) right(t *testing.T, when string) {
	t.Helper()
	if off := w.Now().Sub(w.truth); off.Abs() > evenly {
		t.Errorf("%s it is off by %v", when, off)
	}
}

func (w *watchmaker) isSure(t *testing.T, want bool, when string) {
	t.Helper()
	if got, _ := w.Sure(); got != want {
		t.Errorf("%s it is sure: %v", when, got)
	}
}

func TestAJumpThereAndBackIsNotFollowed(t *testing.T) {
	for _, jump := range []time.Duration{10 * time.Minute, -10 * time.Minute, 24 * time.Hour, -24 * time.Hour} {
		w := newWatchmaker()
		w.isSure(t, false, "before the platform was heard")
		w.Hear(w.truth)
		w.isSure(t, true, "after the platform was heard")
		w.wrong = jump
		w.right(t, jump.String()+" after the jump")
		w.isSure(t, false, jump.String()+" after the jump")
		w.pass(30 * time.Hour) // a night and a day on which nobody writes
		w.right(t, jump.String()+" long after the jump")
		w.isSure(t, false, jump.String()+" long after the jump")
		w.wrong = 0
		w.right(t, jump.String()+" after the jump back")
		w.isSure(t, true, jump.String()+" after the jump back")
	}
}

func TestThePlatformSettlesAJump(t *testing.T) {
	for _, jump := range []time.Duration{10 * time.Minute, -10 * time.Minute, 24 * time.Hour, -24 * time.Hour, 3 * time.Minute, -3 * time.Minute} {
		// It was wrong to jump, and the platform says so again and again: for as long as it takes.
		w := newWatchmaker()
		w.Hear(w.truth)
		w.wrong = jump
		for range 10 {
			w.pass(longWhile / 2)
			w.Hear(w.truth)
			w.right(t, jump.String()+" refuted")
		}
		w.isSure(t, false, jump.String()+" refuted")
		// It was right to jump: the machine slept, or its clock was put right.
		w = newWatchmaker()
		w.Hear(w.truth)
		w.truth = w.truth.Add(jump)
		if off := w.Now().Sub(w.truth); off.Abs() < evenly {
			t.Errorf("%v is followed at once", jump)
		}
		w.Hear(w.truth.Add(-2 * time.Second))
		w.right(t, jump.String()+" confirmed")
		w.isSure(t, true, jump.String()+" confirmed")
	}
}

// A machine that starts with a wrong clock and is put right before anybody writes is followed, and nothing final is done by it until then.
func TestALongWhileSettlesAJumpOfAnUnconfirmedClock(t *testing.T) {
	w := newWatchmaker()
	w.truth = w.truth.Add(24 * time.Hour)
	w.pass(longWhile - 10*time.Minute)
	w.truth = w.truth.Add(time.Hour) // another jump: the wait begins anew
	w.pass(longWhile - 10*time.Minute)
	if off := w.Now().Sub(w.truth); off.Abs() < evenly {
		t.Error("it is followed too early")
	}
	w.pass(12 * time.Minute)
	w.right(t, "after a long while")
	w.pass(24 * time.Hour)
	w.isSure(t, false, "while nobody writes")
	w.Hear(w.truth)
	w.isSure(t, true, "after the platform was heard")
}

func TestAClockThatBeginsWrong(t *testing.T) {
	w := newWatchmaker()
	w.wrong = 24 * time.Hour
	w.Clock = NewClock(w.read)
	w.isSure(t, false, "at first")
	for range 10 {
		w.pass(10 * time.Minute)
		w.Hear(w.truth)
		w.isSure(t, false, "while the platform disagrees")
	}
	w.pass(24 * time.Hour)
	w.isSure(t, false, "while nobody writes")
	w.wrong = 0
	w.Hear(w.truth)
	w.right(t, "put right")
	w.isSure(t, true, "put right")
}

// TestAnOldMessageSettlesNoJump has the machine's clock put back wrongly, and somebody post anew what the platform signed long ago: it is nearer to the
// wrong time, and near to neither.
func TestAnOldMessageSettlesNoJump(t *testing.T) {
	w := newWatchmaker()
	w.Hear(w.truth)
	w.wrong = -10 * time.Minute
	w.isSure(t, false, "before anybody asked for the time")
	w.Hear(w.truth.Add(-24 * time.Hour))
	w.right(t, "after the old message")
	w.isSure(t, false, "after the old message")
}

func TestSmallStepsAreFollowed(t *testing.T) {
	w := newWatchmaker()
	for range 20 {
		w.wrong += 30 * time.Second
		if off := w.Now().Sub(w.truth.Add(w.wrong)); off != 0 {
			t.Fatalf("%v behind the machine's clock", off)
		}
	}
}

// Messages go on while the machine's clock is wrong, and when it is right after having been wrong.
func TestMessagesOutliveAJump(t *testing.T) {
	for _, jump := range []time.Duration{10 * time.Minute, -10 * time.Minute, 24 * time.Hour, -24 * time.Hour} {
		began := time.Now()
		var wrong atomic.Int64
		clock := NewClock(func() (time.Time, time.Duration) {
			ran := time.Since(began)
			return began.Add(ran + time.Duration(wrong.Load())), ran
		})
		s := newScene(t, Safe, func(c *CallbackConfig) { c.Steady, c.Clock = clock, clock.Now })
		says := func(when string) {
			t.Helper()
			if got := s.Resident("gh_room", "oLin").Text(t.Context(), "你好"); got.Failed || got.Answer == "" {
				t.Errorf("%v, %s: %s", jump, when, got.Why)
			}
		}
		says("before")
		wrong.Store(int64(jump))
		says("after the jump")
		stale := time.Now().Add(jump).Unix() // fresh by the machine's clock alone, and forged: it moves nothing
		a, err := s.Deliver(t.Context(), wechatsim.Delivery{Account: "gh_room", Timestamp: stale, Token: "BBBBB",
			XML: s.Message("gh_room", "oLin", "MsgType", "text", "Content", "1")})
		if err != nil || a.Status != 403 {
			t.Errorf("forged: %d, %v", a.Status, err)
		}
		says("after a forged one")
		wrong.Store(0)
		says("after the jump back")
		if strings.Contains(s.log.String(), "stale") {
			t.Errorf("%v: %s", jump, s.log)
		}
	}
}

// A clock that was wrong from the beginning refuses what is signed, and is believed as soon as it is put right.
func TestMessagesComeAgainWhenTheClockIsPutRight(t *testing.T) {
	for _, off := range []time.Duration{10 * time.Minute, -24 * time.Hour} {
		began := time.Now()
		var wrong atomic.Int64
		wrong.Store(int64(off))
		clock := NewClock(func() (time.Time, time.Duration) {
			ran := time.Since(began)
			return began.Add(ran + time.Duration(wrong.Load())), ran
		})
		s := newScene(t, Safe, func(c *CallbackConfig) { c.Steady, c.Clock = clock, clock.Now })
		lin := s.Resident("gh_room", "oLin")
		if got := lin.Text(t.Context(), "你好"); !got.Failed {
			t.Errorf("%v off: answered", off)
		}
		wrong.Store(0)
		if got := lin.Text(t.Context(), "你好"); got.Failed {
			t.Errorf("%v off, put right: %s", off, got.Why)
		}
	}
}
