package bot

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"
)

// TestABodyThatDoesNotComeIsNotWaitedFor sends half of a body and nothing more: the answer is there all the same, and another message on a
// connection that was used before is taken in long after the deadline of the first.
func TestABodyThatDoesNotComeIsNotWaitedFor(t *testing.T) {
	s := newScene(t, Safe, func(c *CallbackConfig) { c.Deadline = 300 * time.Millisecond })
	one := &http.Client{Transport: &http.Transport{MaxConnsPerHost: 1}}
	t.Cleanup(one.CloseIdleConnections)
	post := func(change func(*http.Request)) (int, error) {
		t.Helper()
		r, err := s.Request("gh_room", s.Message("gh_room", "oLin", "MsgType", "text", "Content", "打架"))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		r = r.WithContext(ctx)
		change(r)
		resp, err := one.Do(r)
		if err != nil {
			return 0, err
		}
		_, err = io.Copy(io.Discard, resp.Body)
		return resp.StatusCode, errors.Join(err, resp.Body.Close())
	}
	whole := func(*http.Request) {}
	if code, err := post(whole); code != http.StatusOK || err != nil {
		t.Fatalf("%d, %v", code, err)
	}
	<-time.After(400 * time.Millisecond) // the connection's deadline is over by now
	if code, err := post(whole); code != http.StatusOK || err != nil {
		t.Errorf("on the same connection: %d, %v", code, err)
	}
	rest, end := io.Pipe()
	never := time.AfterFunc(5*time.Second, func() { _ = end.CloseWithError(context.DeadlineExceeded) })
	defer never.Stop()
	code, err := post(func(r *http.Request) {
		r.Body = io.NopCloser(io.MultiReader(io.LimitReader(r.Body, r.ContentLength/2), rest))
	})
	_ = end.Close()
	if code != http.StatusRequestTimeout || err != nil {
		t.Errorf("half a body is answered %d, %v", code, err)
	}
	if s.commits != 2 {
		t.Errorf("%d commits", s.commits)
	}
}
