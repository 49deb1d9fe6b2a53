package wechatsim

// One message and its attempts, until an answer is shown or the platform gives up.

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// send opens the window that the message opens, posts it with retries, and shows what comes of it.
func (r *Resident) send(ctx context.Context, message string) Exchange {
	h := readHeader(message)
	r.p.mu.Lock()
	r.windows = openWindow(r.windows, triggerOf(h), r.p.now())
	r.wait(h, 1)
	r.p.mu.Unlock()
	if begun, ok := ctx.Value(begunKey{}).(func()); ok {
		begun()
	}

	ex := Exchange{Sent: message}
	started := time.Now()
	answer := r.deliver(ctx, message, &ex)
	ex.Took = time.Since(started)
	r.p.mu.Lock()
	defer r.p.mu.Unlock()
	r.wait(h, -1)
	switch {
	case ex.Err != nil:
	case errors.Is(answer.Wrong, errTransferred):
		r.handedOver = true
		r.show(Line{From: "notice", Kind: "event", Text: "会话已转接人工客服"})
	case ex.Failed && !h.silent():
		r.show(Line{From: "notice", Kind: "notice", Text: Notice, Posts: ex.Attempts, Why: ex.Why})
	case answer.Kind != "" && !h.silent():
		ex.Answer = answer.Text
		r.show(Line{From: "account", Kind: answer.Kind, Text: answer.Text, URL: answer.URL})
	}
	return ex
}

// begunKey is where a context holds the func() that wants to know when a message is on the screen and about to be posted.
type begunKey struct{}

// wait counts the messages whose answers the resident would see; the caller holds the lock.
func (r *Resident) wait(h header, more int) {
	if !h.silent() {
		r.pending += more
		r.touch()
	}
}

// pauseTime is how long the platform posts nothing to an account whose server failed too often.
const pauseTime = time.Minute

// deliver posts a message, unless the account is paused: then the resident reads the notice and the account never hears of it.
func (r *Resident) deliver(ctx context.Context, message string, ex *Exchange) Answer {
	r.p.mu.Lock()
	d := r.p.accounts[r.account]
	paused := r.p.now().Before(d.paused)
	r.p.mu.Unlock()
	if paused {
		ex.Failed, ex.Why = true, "the platform posts nothing to this account for a minute: too many messages failed"
		return Answer{}
	}
	answer := r.attempt(ctx, message, ex)
	r.p.mu.Lock()
	defer r.p.mu.Unlock()
	switch {
	case ex.Err != nil:
	case answer.Status == http.StatusOK: // right or wrong: somebody is there
		d.failures = 0
	default:
		d.failures++
		if r.p.cfg.PauseAfter > 0 && d.failures >= r.p.cfg.PauseAfter {
			d.failures, d.paused = 0, r.p.now().Add(pauseTime)
		}
	}
	return answer
}

// attempt posts until there is an answer, right or wrong, or the attempts are used up.
func (r *Resident) attempt(ctx context.Context, message string, ex *Exchange) Answer {
	for {
		began := time.Now()
		got, err := r.p.Deliver(ctx, Delivery{Account: r.account, OpenID: r.openid, XML: message})
		if ctx.Err() != nil {
			ex.Err = ctx.Err()
			return got
		}
		ex.Attempts++
		ex.Status = got.Status
		ex.Answers = append(ex.Answers, got.Body)
		if err == nil && got.Status == http.StatusOK {
			ex.Failed = got.Wrong != nil && !errors.Is(got.Wrong, errTransferred)
			ex.Why = reason(got.Wrong)
			return got
		}
		if err == nil {
			err = got.Wrong
		}
		ex.Why = reason(err)
		if ex.Attempts >= r.p.cfg.Attempts {
			ex.Failed = true
			return Answer{}
		}
		if pause := r.p.cfg.RetryEvery - time.Since(began); pause > 0 {
			select {
			case <-r.p.cfg.After(pause):
			case <-ctx.Done():
				ex.Err = ctx.Err()
				return Answer{}
			}
		}
	}
}

func reason(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
