package store

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/ticket"
)

// TestASessionOutlivesAClockThatJumps keeps sessions whose end was reckoned by a clock that is right, or a day ahead: neither is gone when the clock of
// Redis is put a day ahead then.
func TestASessionOutlivesAClockThatJumps(t *testing.T) {
	st := newStory(t)
	s := st.Sessions()
	for name, end := range map[string]time.Duration{"right": time.Hour, "ahead": -24 * time.Hour} {
		token := st.account + name
		if err := s.CommitCtx(t.Context(), token, []byte("lin"), time.Now().Add(end)); err != nil {
			t.Fatal(err)
		}
		if left := st.rdb.PTTL(t.Context(), sessionKey(token)).Val(); left <= 24*time.Hour {
			t.Errorf("one that is %s is kept for %s", name, left)
		}
		if b, found, err := s.FindCtx(t.Context(), token); string(b) != "lin" || !found || err != nil {
			t.Errorf("one that is %s: %q, %v, %v", name, b, found, err)
		}
		if err := s.DeleteCtx(t.Context(), token); err != nil {
			t.Fatal(err)
		}
		if _, found, err := s.FindCtx(t.Context(), token); found || err != nil {
			t.Errorf("one that is %s is there when it was ended: %v", name, err)
		}
	}
}

// TestSessionsAreConfirmed has no replica where one is asked for: nobody is signed in or out by what a failover undoes, and what changes in a session afterwards waits for
// nobody.
func TestSessionsAreConfirmed(t *testing.T) {
	st := newStory(t)
	careful, err := New(Config{Client: st.rdb, Clock: st.clockNow, Replicas: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, script := range []*redis.Script{beginSessionScript, endSessionScript} { // so that each is run in one go
		if err := script.Load(t.Context(), st.rdb).Err(); err != nil {
			t.Fatal(err)
		}
	}
	s, token := careful.Sessions(), st.account+"confirmed"
	briefly := func(do func(context.Context) error) error { // the wait for replicas ends with the context
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		return do(ctx)
	}
	keep := func(ctx context.Context) error {
		return s.CommitCtx(ctx, token, []byte("lin"), time.Now().Add(time.Hour))
	}
	if err := briefly(keep); !errors.Is(err, ticket.ErrUnavailable) {
		t.Errorf("begun: %v", err)
	}
	if err := keep(t.Context()); err != nil {
		t.Errorf("changed: %v", err)
	}
	if b, found, err := s.FindCtx(t.Context(), token); string(b) != "lin" || !found || err != nil {
		t.Errorf("one that is there: %q, %v, %v", b, found, err)
	}
	for range 2 { // who asks again because it was not confirmed is told the same
		if err := briefly(func(ctx context.Context) error { return s.DeleteCtx(ctx, token) }); !errors.Is(err, ticket.ErrUnavailable) {
			t.Errorf("ended: %v", err)
		}
	}
	if b, found, err := s.FindCtx(t.Context(), token); found || err != nil {
		t.Errorf("one that has ended: %q, %v", b, err)
	}
}

// TestAnEndedSessionStaysSo keeps what a request changed that was under way when the session ended, and ends one that was never there.
func TestAnEndedSessionStaysSo(t *testing.T) {
	st := newStory(t)
	s, token := st.Sessions(), st.account+"ended"
	keep := func(b string) {
		t.Helper()
		if err := s.CommitCtx(t.Context(), token, []byte(b), time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	end := func(token string) {
		t.Helper()
		if err := s.DeleteCtx(t.Context(), token); err != nil {
			t.Fatal(err)
		}
	}
	keep("lin")
	keep("lin, later")
	if b, _, err := s.FindCtx(t.Context(), token); string(b) != "lin, later" || err != nil {
		t.Errorf("what changed is %q, %v", b, err)
	}
	end(token)
	keep("lin, still there")
	if b, found, err := s.FindCtx(t.Context(), token); found || err != nil {
		t.Errorf("it goes on: %q, %v", b, err)
	}
	if left := st.rdb.PTTL(t.Context(), sessionKey(token)).Val(); left < 5*time.Minute || left > 10*time.Minute {
		t.Errorf("that it ended is remembered for %s", left)
	}
	end("nobody's")
	if n := st.rdb.Exists(t.Context(), sessionKey("nobody's")).Val(); n != 0 {
		t.Error("ending what was not there leaves something")
	}
	if strings.Contains(sessionKey(token), token) {
		t.Error("Redis tells the token")
	}
}
