package bot

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"frontdesk/flows"
	"frontdesk/ticket"
	"frontdesk/wechatsim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	testKey   = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFH" // its last character holds stray bits
	otherKey  = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
	testAppID = "wx1234567890abcdef"
)

// memory keeps residents as the store does: one effect for each identity.
type memory struct {
	mu        sync.Mutex
	residents map[string]flows.Resident
	answers   map[string]string
	commits   int
	hang      chan struct{}
	fail      error
	left      []string      // messages whose answers went out
	leftBy    time.Time     // until when the last of them could be written down
	leaving   chan struct{} // what writing this down waits for
}

func (m *memory) Converse(_ context.Context, account string, openid ticket.Personal, identity string,
	decide func(flows.Resident) (flows.Change, error)) (string, error) {
	if m.hang != nil {
		<-m.hang
	}
	if m.fail != nil {
		return "", m.fail
	}
	for {
		r := m.resident(account, openid)
		c, err := decide(r) // nobody else waits for it
		if err != nil {
			return "", err
		}
		if answer, ok := m.commit(r, c, identity); ok {
			return answer, nil
		}
	}
}

func (m *memory) Carries(string, ticket.Personal, string) bool { return true }

func (m *memory) Answered(ctx context.Context, _ string, _ ticket.Personal, identity string) error {
	m.mu.Lock()
	if ctx.Err() == nil { // else the store would not come to it
		m.left = append(m.left, identity)
		m.leftBy, _ = ctx.Deadline()
	}
	m.mu.Unlock()
	if m.leaving != nil {
		<-m.leaving
	}
	return nil
}

func (m *memory) resident(account string, openid ticket.Personal) flows.Resident {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r, ok := m.residents[openid.Reveal()]; ok {
		return r
	}
	return flows.Resident{Account: account, OpenID: openid}
}

// commit keeps a change, unless its message was answered before; false when the resident has moved since.
func (m *memory) commit(r flows.Resident, c flows.Change, identity string) (string, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	openid := r.OpenID.Reveal()
	if a, ok := m.answers[identity]; ok {
		return a, true
	}
	if m.residents[openid].Version != r.Version {
		return "", false
	}
	m.commits++
	m.residents[openid], m.answers[identity] = r.After(c), c.Answer
	return c.Answer, true
}

// Desk knows one account.
func (m *memory) Desk(account string) (ticket.Account, map[string]ticket.Officer) {
	return ticket.Account{ID: account, Name: "长安路警务室", Hotline: "0571-1234", Stations: []ticket.Station{{ID: "main", Name: "长安路"}}}, nil
}

// scene is a callback behind a simulated platform.
type scene struct {
	*wechatsim.Platform
	*memory
	cb  *Callback
	log *bytes.Buffer
	url string
}

func newScene(t *testing.T, mode Mode, change func(*CallbackConfig)) *scene {
	t.Helper()
	s := &scene{memory: &memory{residents: map[string]flows.Resident{}, answers: map[string]string{}}, log: &bytes.Buffer{}}
	c := CallbackConfig{
		Accounts:  []Account{{ID: "gh_room", AppID: testAppID, Token: "AAAAA", AESKey: testKey, PreviousKey: otherKey, Mode: mode}},
		Residents: s.memory, Directory: s.memory, Metrics: NewMetrics(prometheus.NewRegistry()), Log: slog.New(slog.NewTextHandler(s.log, nil)),
	}
	if change != nil {
		change(&c)
	}
	cb, err := NewCallback(c)
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(cb)
	s.cb, s.url = cb, web.URL+"/wechat/gh_room"
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	s.Platform, err = wechatsim.New(wechatsim.Config{
		HTTP: client, RetryEvery: time.Nanosecond,
		Accounts: []wechatsim.Account{{
			ID: "gh_room", AppID: testAppID, Secret: "secret", Token: "AAAAA", AESKey: testKey, Mode: wechatsim.Mode(mode),
			Kind: wechatsim.ServiceVerified, CallbackURL: s.url,
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Close()
		web.Close()
	})
	return s
}

func TestAResidentIsAnswered(t *testing.T) {
	for _, mode := range []Mode{Safe, Compatible, Plaintext} {
		s := newScene(t, mode, nil)
		if err := s.Verify(t.Context(), "gh_room"); err != nil {
			t.Errorf("%s: %v", mode, err)
		}
		lin := s.Resident("gh_room", "oLin")
		if got := lin.Follow(t.Context(), "qrscene_s_main"); got.Failed || !strings.Contains(got.Answer, "110") {
			t.Errorf("%s: welcome %q, %s", mode, got.Answer, got.Why)
		}
		for _, say := range []string{"你好", "1", "]]>&amp;<b>", "😀"} {
			if got := lin.Text(t.Context(), say); got.Failed || got.Answer == "" {
				t.Errorf("%s: %q is answered %q, %s", mode, say, got.Answer, got.Why)
			}
		}
		if got := lin.Event(t.Context(), map[string]string{"Event": "something_new"}); got.Failed || string(got.Answers[0]) != success {
			t.Errorf("%s: an unknown event: %q", mode, got.Answers)
		}
		if got := lin.Unfollow(t.Context()); got.Failed {
			t.Errorf("%s: leaving: %s", mode, got.Why)
		}
		if strings.Contains(s.log.String(), "oLin") || strings.Contains(s.log.String(), "amp") {
			t.Errorf("%s: the log tells who wrote or what: %s", mode, s.log)
		}
	}
}

func TestRetriesAreOneMessage(t *testing.T) {
	s := newScene(t, Safe, nil)
	answers, err := s.Same(t.Context(), "gh_room", s.Message("gh_room", "oLin", "MsgType", "text", "Content", "你好"), 5)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range answers {
		if a.Wrong != nil || a.Text != answers[0].Text {
			t.Errorf("answers %q and %q, %v", a.Text, answers[0].Text, a.Wrong)
		}
	}
	if s.commits != 1 {
		t.Errorf("one message had %d effects", s.commits)
	}
}

func TestTurnedAway(t *testing.T) {
	s := newScene(t, Safe, nil)
	text := s.Message("gh_room", "oLin", "MsgType", "text", "Content", "你好")
	old := time.Now().Add(-6 * time.Minute).Unix()
	for name, d := range map[string]wechatsim.Delivery{
		"forged signature":     {XML: text, Token: "BBBBB"},
		"forged msg_signature": {XML: text, MsgSignature: strings.Repeat("0", 40)},
		"stale":                {XML: text, Timestamp: old},
		"from the future":      {XML: text, Timestamp: time.Now().Add(6 * time.Minute).Unix()},
		"plaintext":            {XML: text, Form: wechatsim.Plain},
		"plaintext, said so":   {XML: text, Form: wechatsim.Plain, Query: map[string]string{"encrypt_type": "raw"}},
		"plaintext as aes":     {XML: text, Body: []byte(text), Query: map[string]string{"encrypt_type": "aes"}},
		"another app":          {XML: text, AppID: "wx0000000000000000"},
		"another key":          {XML: text, AESKey: "9876543210abcdefghijklmnopqrstuvwxyzABCDEFG"},
		"another account":      {XML: strings.ReplaceAll(text, "gh_room", "gh_elsewhere")},
		"ten megabytes":        {XML: text, Body: bytes.Repeat([]byte("a"), 10<<20)},
		"no XML":               {XML: "<xml><ToUserName>gh_room"},
		"nothing":              {XML: text, Body: []byte{}},
	} {
		d.Account, d.OpenID = "gh_room", "oLin"
		a, err := s.Deliver(t.Context(), d)
		if err == nil && (a.Status < 400 || a.Status > 499) {
			t.Errorf("%s: status %d, %q", name, a.Status, a.Body)
		}
		if s.commits != 0 {
			t.Fatalf("%s: something was stored", name)
		}
	}
}

// TestAnEchoNeedsASignatureThatHolds checks the address as the platform does, and as somebody does who does not know the token, or heard the platform check.
func TestAnEchoNeedsASignatureThatHolds(t *testing.T) {
	s := newScene(t, Safe, nil)
	e, err := newEnvelope(s.cb.Accounts[0])
	if err != nil {
		t.Fatal(err)
	}
	stamp := func(ago time.Duration) string { return strconv.FormatInt(time.Now().Add(-ago).Unix(), 10) }
	for name, c := range map[string]struct {
		signed, said string
		code         int
	}{
		"the platform": {stamp(0), stamp(0), http.StatusOK}, "forged": {stamp(time.Minute), stamp(0), http.StatusForbidden},
		"heard before": {stamp(6 * time.Minute), stamp(6 * time.Minute), http.StatusForbidden}, "no time": {"now", "now", http.StatusForbidden},
	} {
		signature := e.sign(c.signed, "n")
		q := url.Values{"signature": {string(signature[:])}, "timestamp": {c.said}, "nonce": {"n"}, "echostr": {"12345"}}
		w := httptest.NewRecorder()
		s.cb.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/wechat/gh_room?"+q.Encode(), nil))
		if echoed := w.Body.String() == "12345"; w.Code != c.code || echoed != (c.code == http.StatusOK) {
			t.Errorf("%s: %d, %q", name, w.Code, w.Body)
		}
	}
}

func TestThePreviousKeyStillOpens(t *testing.T) {
	s := newScene(t, Safe, nil)
	if err := s.SetAESKey("gh_room", otherKey); err != nil {
		t.Fatal(err)
	}
	if got := s.Resident("gh_room", "oLin").Text(t.Context(), "你好"); got.Failed || got.Answer == "" {
		t.Errorf("answered %q, %s", got.Answer, got.Why)
	}
}

func TestAnHonestAnswerInTime(t *testing.T) {
	s := newScene(t, Safe, func(c *CallbackConfig) { c.Deadline = 30 * time.Millisecond })
	s.hang = make(chan struct{})
	got := s.Resident("gh_room", "oLin").Text(t.Context(), "有人打架")
	close(s.hang)
	if got.Failed || !strings.Contains(got.Answer, "没记上") || !strings.Contains(got.Answer, "110") || !strings.Contains(got.Answer, "0571-1234") {
		t.Errorf("answered %q, %s", got.Answer, got.Why)
	}
	s = newScene(t, Safe, nil)
	if s.cb.Deadline > 4500*time.Millisecond {
		t.Errorf("an answer may take %v, and the platform gives up after 5 s", s.cb.Deadline)
	}
	s.fail = ticket.ErrUnavailable
	if got := s.Resident("gh_room", "oLin").Text(t.Context(), "有人打架"); !strings.Contains(got.Answer, "没记上") {
		t.Errorf("answered %q", got.Answer)
	}
	for words, first := range map[string]string{
		"我要杀人": "请马上拨打110", "我不想活了": "请马上拨打110", "他威胁我": "如果现在有人受伤", "help me he is hitting me": "Call 110", "户口怎么迁": "对不起",
	} {
		if got := s.Resident("gh_room", "oLin").Text(t.Context(), words); !strings.HasPrefix(got.Answer, first) || !strings.Contains(got.Answer, "没记上") {
			t.Errorf("%s, when nothing can be stored, is answered %q", words, got.Answer)
		}
	}
	if got := s.Resident("gh_room", "oLin").Unfollow(t.Context()); !got.Failed || got.Attempts != 3 {
		t.Errorf("leaving was acknowledged though it was not kept, after %d attempts", got.Attempts)
	}
}

func TestABrokenConversationBreaksNothingElse(t *testing.T) {
	s := newScene(t, Safe, func(c *CallbackConfig) { c.Directory = brokenDirectory{} })
	if got := s.Resident("gh_room", "oLin").Text(t.Context(), "你好"); got.Failed || !strings.Contains(got.Answer, "110") {
		t.Errorf("answered %q, %s", got.Answer, got.Why)
	}
}

// unknown is a directory that does not know the account yet.
type unknown struct{}

func (unknown) Desk(string) (ticket.Account, map[string]ticket.Officer) { return ticket.Account{}, nil }

// TestATicketIsOfTheAccountItCameTo opens a ticket while the directory does not know the account yet: it is this account's, or nobody would see it.
func TestATicketIsOfTheAccountItCameTo(t *testing.T) {
	s := newScene(t, Safe, func(c *CallbackConfig) { c.Directory = unknown{} })
	lin := s.Resident("gh_room", "oLin")
	for _, words := range []string{"纠纷", "1", "2", "1", "楼上502", "每天半夜两点拖桌子", "长安路8号", "没有", "没有", "不用", "1"} {
		lin.Text(t.Context(), words)
	}
	if list := s.residents["oLin"].Tickets; len(list) != 1 || list[0].Account != "gh_room" {
		t.Errorf("%d tickets: %+v", len(list), list)
	}
}

type brokenDirectory struct{}

func (brokenDirectory) Desk(string) (ticket.Account, map[string]ticket.Officer) {
	panic("no directory")
}

// TestOnlyTheDoorsOfAccounts asks for what is no account's address, and in ways that the platform never does.
func TestOnlyTheDoorsOfAccounts(t *testing.T) {
	s := newScene(t, Safe, func(*CallbackConfig) {})
	for _, c := range []struct {
		method, path string
		want         int
	}{
		{http.MethodGet, "/wechat/", http.StatusNotFound}, {http.MethodPost, "/wechat/gh_other", http.StatusNotFound},
		{http.MethodPost, "/wechat/gh_room/more", http.StatusNotFound}, {http.MethodPost, "/gh_room", http.StatusNotFound},
		{http.MethodPut, "/wechat/gh_room", http.StatusMethodNotAllowed}, {http.MethodDelete, "/wechat/gh_room", http.StatusMethodNotAllowed},
	} {
		w := httptest.NewRecorder()
		s.cb.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), c.method, c.path, nil))
		if w.Code != c.want {
			t.Errorf("%s %s: %d, want %d", c.method, c.path, w.Code, c.want)
		}
	}
}
