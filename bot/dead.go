package bot

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"frontdesk/flows"
	"frontdesk/ticket"
)

// Dead keeps messages that the program could not work.
type Dead interface {
	// BuryMessage keeps one together with the answer under the message's identity, in one atomic step, and gives the answer that counts: that
	// of before, when the message is in effect or buried already. An error says that it may not be kept; then nothing may be promised.
	BuryMessage(ctx context.Context, d ticket.Dead, answer string) (string, error)
	// ReplayMessage commits what decide says as of a time, under an identity, and forgets the dead message, in one atomic step.
	// [ticket.ErrNotFound] when somebody else was first.
	ReplayMessage(ctx context.Context, d ticket.Dead, openid ticket.Personal, identity string, at time.Time,
		decide func(flows.Resident) (flows.Change, error)) (answer string, err error)
}

// DeadMetrics count what died. A nil one counts nothing.
type DeadMetrics struct {
	died    *prometheus.CounterVec
	waiting *prometheus.GaugeVec
}

// NewDeadMetrics registers the metrics of dead letters.
func NewDeadMetrics(reg prometheus.Registerer) *DeadMetrics {
	m := &DeadMetrics{
		died: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "frontdesk_dead_total", Help: "Messages, letters and files that this program could not work, by where and why.",
		}, []string{"where", "why"}),
		waiting: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "frontdesk_dead", Help: "Dead letters that wait for somebody to put them through again or drop them.",
		}, []string{"account"}),
	}
	reg.MustRegister(m.died, m.waiting)
	return m
}

func (m *DeadMetrics) count(where ticket.Where, why ticket.Why) {
	if m != nil {
		m.died.WithLabelValues(string(where), string(why)).Inc()
	}
}

// Waiting says how many dead letters of an account wait.
func (m *DeadMetrics) Waiting(account string, n int64) {
	m.waiting.WithLabelValues(account).Set(float64(n))
}

// fault is why something could not be worked. It says nothing of what that held.
type fault struct {
	why    ticket.Why
	detail string
}

func (f fault) Error() string { return string(f.why) + " " + f.detail }

// faultOf gives the fault in an error, if there is one.
func faultOf(err error) (fault, bool) {
	if err == nil { // nearly always: looking for one would cost every message
		return fault{}, false
	}
	var f fault
	return f, errors.As(err, &f)
}

// broken is the fault of a panic that was just recovered. Only where it broke is told: what a panic says may hold somebody's words.
func broken() fault {
	pc := make([]uintptr, 64)
	frames := runtime.CallersFrames(pc[:runtime.Callers(0, pc)])
	panicking := false
	for {
		f, more := frames.Next()
		panicking = panicking || f.Function == "runtime.gopanic"
		if panicking && !strings.HasPrefix(f.Function, "runtime.") {
			return fault{ticket.Panicked, f.Function[strings.LastIndexByte(f.Function, '/')+1:]}
		}
		if !more {
			return fault{why: ticket.Panicked}
		}
	}
}

// mostStuck is how many letters, or files, of one account may hang before no more are begun.
const mostStuck = 4

// unstuck says whether anything more is begun of an account's letters or files; the error wraps [ticket.ErrUnavailable] when too many hang.
func unstuck(what, account string, stuck *atomic.Int32) error {
	if n := stuck.Load(); n >= mostStuck {
		return fmt.Errorf("%w: %d %s of account %s hang", ticket.ErrUnavailable, n, what, account)
	}
	return nil
}

// watched does something that may break, or never come back: then it is left behind and counted until it does.
func watched[T any](patience time.Duration, stuck *atomic.Int32, do func() T) (T, error) {
	type outcome struct {
		value T
		err   error
	}
	done := make(chan outcome, 1)
	stuck.Add(1)
	go func() {
		var o outcome
		defer func() {
			if recover() != nil {
				o.err = broken()
			}
			stuck.Add(-1)
			done <- o
		}()
		o.value = do()
	}()
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case o := <-done:
		return o.value, o.err
	case <-late.C:
		var none T
		return none, fault{why: ticket.Hung}
	}
}
