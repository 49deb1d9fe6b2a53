package bot

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"frontdesk/ticket"
)

// unheard is a platform that hung up: nothing can be written to it.
type unheard struct{ *httptest.ResponseRecorder }

func (unheard) Write([]byte) (int, error) { return 0, errors.New("the connection is closed") }

// unflushed takes the answer and loses it on the way out.
type unflushed struct{ *httptest.ResponseRecorder }

func (unflushed) FlushError() error { return errors.New("the connection is closed") }

// hand hands the callback what oLin wrote, without a connection.
func (s *scene) hand(ctx context.Context, t *testing.T, w http.ResponseWriter, id string) {
	t.Helper()
	e, err := newEnvelope(s.cb.Accounts[0])
	if err != nil {
		t.Fatal(err)
	}
	stamp := strconv.FormatInt(time.Now().Unix(), 10)
	signature := e.sign(stamp, "n")
	q := url.Values{"signature": {string(signature[:])}, "timestamp": {stamp}, "nonce": {"n"}}
	doc := "<xml><ToUserName>gh_room</ToUserName><FromUserName>oLin</FromUserName><CreateTime>" + stamp +
		"</CreateTime><MsgType>text</MsgType><Content>你好</Content><MsgId>" + id + "</MsgId></xml>"
	s.cb.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodPost, "/wechat/gh_room?"+q.Encode(), strings.NewReader(doc)))
}

func TestOnlyAnAnswerThatLeftIsToldOf(t *testing.T) {
	s := newScene(t, Plaintext, nil)
	s.leaving = make(chan struct{})
	got := s.Resident("gh_room", "oLin").Text(t.Context(), "你好")
	if got.Failed || got.Answer == "" {
		close(s.leaving)
		t.Fatalf("the answer waits until it is written down that it left: %q, %s", got.Answer, got.Why)
	}
	s.leaving <- struct{}{}
	close(s.leaving)
	post := func(w http.ResponseWriter, id string) { s.hand(t.Context(), t, w, id) }
	told := func() int {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.left)
	}
	before := told()
	post(unheard{httptest.NewRecorder()}, "1")
	post(unflushed{httptest.NewRecorder()}, "2")
	if n := told() - before; n != 0 {
		t.Errorf("%d answers that did not leave are told of", n)
	}
	ok := httptest.NewRecorder()
	post(ok, "2") // the platform posts it again
	if n := told() - before; n != 1 || !strings.Contains(ok.Body.String(), "Content") {
		t.Errorf("%d answers are told of, she reads %q", n, ok.Body)
	}
	s.fail = ticket.ErrUnavailable
	post(httptest.NewRecorder(), "3")
	if n := told() - before; n != 1 {
		t.Errorf("who is asked to write again is told of as answered")
	}
}

// hungUp is a platform that closes the connection as soon as it has read its answer.
type hungUp struct {
	*httptest.ResponseRecorder
	hang context.CancelFunc
}

func (h hungUp) FlushError() error {
	h.hang()
	return nil
}

// TestAnAnswerThatLeftIsToldOfAfterThePlatformHungUp has the connection closed behind an answer: it is written down all the same, and not for ever tried.
func TestAnAnswerThatLeftIsToldOfAfterThePlatformHungUp(t *testing.T) {
	s := newScene(t, Plaintext, nil)
	ctx, hang := context.WithCancel(t.Context())
	defer hang()
	s.hand(ctx, t, hungUp{httptest.NewRecorder(), hang}, "1")
	if len(s.left) != 1 || s.leftBy.IsZero() || time.Until(s.leftBy) > leftTime {
		t.Errorf("%q are told of, by %v", s.left, s.leftBy)
	}
}
