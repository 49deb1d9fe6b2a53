package bot

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"frontdesk/flows"
	"frontdesk/ticket"
	"frontdesk/wechatsim"
)

// grave keeps dead messages as the store does: under the identities that answers are kept under.
type grave struct {
	*memory
	dead    []ticket.Dead
	full    bool
	burying func()       // called before one is kept
	done    flows.Change // by the last replay
}

func (g *grave) BuryMessage(_ context.Context, d ticket.Dead, answer string) (string, error) {
	if g.burying != nil {
		g.burying()
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.full {
		return "", ticket.ErrUnavailable
	}
	if a, ok := g.answers[d.Identity.Reveal()]; ok {
		return a, nil
	}
	g.answers[d.Identity.Reveal()] = answer
	g.dead = append(g.dead, d)
	return answer, nil
}

func (g *grave) ReplayMessage(_ context.Context, d ticket.Dead, openid ticket.Personal, _ string, _ time.Time,
	decide func(flows.Resident) (flows.Change, error)) (string, error) {
	r := g.residents[openid.Reveal()]
	r.Account, r.OpenID = d.Account, openid
	c, err := decide(r)
	if err != nil {
		return "", err
	}
	g.residents[openid.Reveal()] = r.After(c)
	g.dead, g.done = nil, c
	return c.Answer, nil
}

func (g *grave) count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.dead)
}

// poison is a directory that breaks, or hangs, as often as it is told to.
type poison struct {
	*memory
	hang  chan struct{} // nil: it panics
	times atomic.Int64
	begun atomic.Int64
}

func (p *poison) Desk(account string) (ticket.Account, map[string]ticket.Officer) {
	if p.times.Add(-1) < 0 {
		return p.memory.Desk(account)
	}
	p.begun.Add(1)
	if p.hang == nil {
		panic("oLin said 打架")
	}
	<-p.hang
	return p.memory.Desk(account)
}

// stricken is a scene with dead letters, whose next conversations break.
func stricken(t *testing.T, hang chan struct{}, times int64, change func(*CallbackConfig)) (*scene, *grave, *poison) {
	t.Helper()
	g, p := &grave{}, &poison{hang: hang}
	s := newScene(t, Safe, func(c *CallbackConfig) {
		g.memory, p.memory = c.Residents.(*memory), c.Residents.(*memory)
		c.Dead, c.Directory, c.DeadCount = g, p, NewDeadMetrics(prometheus.NewRegistry())
		if change != nil {
			change(c)
		}
	})
	p.times.Store(times)
	return s, g, p
}

func TestAMessageThatBreaksTheConversationIsKept(t *testing.T) {
	registry := prometheus.NewRegistry()
	s, g, p := stricken(t, nil, 1, func(c *CallbackConfig) { c.DeadCount = NewDeadMetrics(registry) })
	text := s.Message("gh_room", "oLin", "MsgType", "text", "Content", "隔壁打架")
	answers, err := s.Same(t.Context(), "gh_room", text, 1)
	if err != nil || !strings.Contains(answers[0].Text, "不用重发") || !strings.HasPrefix(answers[0].Text, "请马上拨打110") || strings.Contains(answers[0].Text, "没记上") {
		t.Fatalf("answered %q, %v", answers[0].Text, err)
	}
	if len(g.dead) != 1 || s.commits != 0 {
		t.Fatalf("%d dead, %d commits", len(g.dead), s.commits)
	}
	d := g.dead[0]
	if d.Why != ticket.Panicked || d.Where != ticket.AtCallback || d.Resident != "oLin" || d.Original.Reveal() != text || !strings.HasPrefix(d.Detail, "bot.") || d.ID == "" {
		t.Errorf("kept as %+v, from %s", d, d.Detail)
	}
	// The platform's own repetition, which works by now, and breaks once more: the same answer, and nothing in effect.
	for _, times := range []int64{0, 1} {
		p.times.Store(times)
		again, err := s.Same(t.Context(), "gh_room", text, 1)
		if err != nil || again[0].Text != answers[0].Text || s.commits != 0 || len(g.dead) != 1 {
			t.Errorf("repeated: %q, %v, %d commits, %d dead", again[0].Text, err, s.commits, len(g.dead))
		}
	}
	if got := s.Resident("gh_room", "oLin").Text(t.Context(), "你好"); got.Failed || strings.Contains(got.Answer, "没能") || s.commits != 1 {
		t.Errorf("the next message is answered %q", got.Answer)
	}
	if log := s.log.String(); strings.Contains(log, "oLin") || strings.Contains(log, "打架") || !strings.Contains(log, d.ID) {
		t.Errorf("the log: %s", log)
	}
	counted, err := registry.Gather()
	if err != nil || len(counted) != 1 || counted[0].GetMetric()[0].GetCounter().GetValue() < 1 {
		t.Errorf("counted %v, %v", counted, err)
	}
}

func TestWhatCannotBeKeptIsAskedForAgain(t *testing.T) {
	s, g, _ := stricken(t, nil, 1, nil)
	g.full = true
	if got := s.Resident("gh_room", "oLin").Text(t.Context(), "打架"); !strings.Contains(got.Answer, "没记上") {
		t.Errorf("answered %q", got.Answer)
	}
	g.full, s.fail = false, ticket.ErrUnavailable // the store was away, and is back for the dead
	if got := s.Resident("gh_room", "oLin").Text(t.Context(), "打架"); !strings.Contains(got.Answer, "没记上") || len(g.dead) != 0 {
		t.Errorf("answered %q, %d dead", got.Answer, len(g.dead))
	}
	g.full = true
	a, err := s.Deliver(t.Context(), wechatsim.Delivery{Account: "gh_room", XML: "<xml><ToUserName>gh_room"})
	if err != nil || a.Status != http.StatusServiceUnavailable {
		t.Errorf("what cannot be read is answered %d, %v", a.Status, err)
	}
}

func TestWhatCannotBeReadIsKept(t *testing.T) {
	s, g, _ := stricken(t, nil, 0, nil)
	stamped := s.Message("gh_room", "oLin", "MsgType", "text", "Content", "打架")
	for name, doc := range map[string]string{
		"torn":     "<xml><ToUserName>gh_room",
		"no time":  strings.NewReplacer("<CreateTime>", "<When>", "</CreateTime>", "</When>").Replace(stamped),
		"not ours": strings.NewReplacer("<CreateTime>", "<When>", "</CreateTime>", "</When>", "gh_room", "gh_other").Replace(stamped),
	} {
		g.dead = nil
		for range 3 { // as the platform would
			a, err := s.Deliver(t.Context(), wechatsim.Delivery{Account: "gh_room", OpenID: "oLin", XML: doc})
			if err != nil || a.Status != http.StatusOK || (a.Text != "") != (name == "no time") {
				t.Errorf("%s: answered %d %q, %v", name, a.Status, a.Text, err)
			}
		}
		if len(g.dead) != 1 || g.dead[0].Why != ticket.Undecodable || g.dead[0].Original.Reveal() != doc {
			t.Errorf("%s: dead are %+v", name, g.dead)
		}
	}
	// Nobody vouches for what comes without encryption.
	g.dead = nil
	a, err := s.Deliver(t.Context(), wechatsim.Delivery{Account: "gh_room", XML: "<xml>", Form: wechatsim.Plain})
	if err != nil || a.Status != http.StatusForbidden || len(g.dead) != 0 {
		t.Errorf("plaintext: %d, %v, %d dead", a.Status, err, len(g.dead))
	}
	s, g, _ = stricken(t, nil, 0, func(c *CallbackConfig) { c.Accounts[0].Mode = Compatible })
	a, err = s.Deliver(t.Context(), wechatsim.Delivery{Account: "gh_room", XML: "<xml>", Form: wechatsim.Plain})
	if err != nil || a.Status != http.StatusBadRequest || len(g.dead) != 0 {
		t.Errorf("plaintext where it is taken: %d, %v, %d dead", a.Status, err, len(g.dead))
	}
}

func TestARecordThatCannotBeReadKeepsTheMessage(t *testing.T) {
	s, g, _ := stricken(t, nil, 0, nil)
	s.fail = errors.Join(ticket.ErrInvalid, errors.New("a stored *flows.Resident cannot be read"))
	if got := s.Resident("gh_room", "oLin").Text(t.Context(), "打架"); !strings.Contains(got.Answer, "不用重发") {
		t.Errorf("answered %q", got.Answer)
	}
	if len(g.dead) != 1 || g.dead[0].Why != ticket.Unreadable || !strings.Contains(g.dead[0].Detail, "cannot be read") {
		t.Errorf("dead are %+v", g.dead)
	}
}

// A leaving that breaks must not be repeated for ever, and nobody is there to read an answer.
func TestALeavingThatBreaks(t *testing.T) {
	s, g, _ := stricken(t, nil, 1, nil)
	if got := s.Resident("gh_room", "oLin").Unfollow(t.Context()); got.Failed || len(g.dead) != 1 {
		t.Errorf("%s, %d dead", got.Why, len(g.dead))
	}
}

func TestAMessageThatHangsIsKept(t *testing.T) {
	hang := make(chan struct{})
	s, g, _ := stricken(t, hang, 1, func(c *CallbackConfig) { c.Deadline = 600 * time.Millisecond })
	got := s.Resident("gh_room", "oLin").Text(t.Context(), "打架")
	if got.Failed || !strings.Contains(got.Answer, "不用重发") {
		t.Fatalf("answered %q, %s", got.Answer, got.Why)
	}
	if len(g.dead) != 1 || g.dead[0].Why != ticket.Hung {
		t.Fatalf("dead are %+v", g.dead)
	}
	for _, who := range []string{"oLin", "oChen"} { // theirs and the neighbour's next
		if got := s.Resident("gh_room", who).Text(t.Context(), "你好"); got.Failed || got.Answer == "" || strings.Contains(got.Answer, "没能") {
			t.Errorf("%s is answered %q", who, got.Answer)
		}
	}
	before := s.commits
	close(hang) // what comes back by itself has no effect any more
	for s.cb.seats.hung() > 0 {
		<-time.After(time.Millisecond)
	}
	if s.commits != before || len(g.dead) != 1 {
		t.Errorf("%d commits after it came back, %d before", s.commits, before)
	}
}

// TestAMessageThatHungIsAnsweredOnce has a message come back while it is being kept: whoever keeps it answers, and nobody says that it was not.
func TestAMessageThatHungIsAnsweredOnce(t *testing.T) {
	s, g, p := stricken(t, nil, 0, func(c *CallbackConfig) { c.Accounts[0].Mode = Compatible })
	synctest.Test(t, func(t *testing.T) {
		p.hang = make(chan struct{})
		p.times.Store(1)
		g.burying = func() {
			close(p.hang)
			synctest.Wait() // until it is back and waits for its answer
		}
		w := httptest.NewRecorder()
		s.hand(t.Context(), t, w, "1")
		if said := w.Body.String(); strings.Count(said, "</xml>") != 1 || !strings.Contains(said, "不用重发") || strings.Contains(said, "没记上") {
			t.Errorf("answered %q", said)
		}
	})
	if len(g.dead) != 1 || s.commits != 0 || s.cb.seats.all != (taken{}) {
		t.Errorf("%d dead, %d commits, seats %+v", len(g.dead), s.commits, s.cb.seats.all)
	}
}

// One resident whose every message hangs takes so many seats and no more: the next ones are kept without being begun, and nobody else waits.
func TestMessagesThatHangAreBounded(t *testing.T) {
	hang := make(chan struct{})
	s, g, p := stricken(t, hang, mostSeatsOne, func(c *CallbackConfig) { c.Deadline = 300 * time.Millisecond })
	var wg sync.WaitGroup
	for range 3 * mostSeatsOne {
		wg.Go(func() { s.Resident("gh_room", "oLin").Text(t.Context(), "打架") })
	}
	wg.Wait()
	s.Resident("gh_room", "oLin").Text(t.Context(), "打架")
	if n := p.begun.Load(); n != mostSeatsOne || s.commits != 0 {
		t.Errorf("%d hang and %d more were begun", n, s.commits)
	}
	last := g.dead[len(g.dead)-1]
	if last.Why != ticket.Hung || !strings.Contains(last.Detail, "not begun") {
		t.Errorf("the last one died of %s %s", last.Why, last.Detail)
	}
	if got := s.Resident("gh_room", "oChen").Text(t.Context(), "你好"); got.Failed || got.Answer == "" || strings.Contains(got.Answer, "没能") {
		t.Errorf("the neighbour is answered %q", got.Answer)
	}
	if err := s.cb.Ready(); err != nil {
		t.Error(err)
	}
	close(hang)
	for s.cb.seats.hung() > 0 {
		<-time.After(time.Millisecond)
	}
	if len(s.cb.seats.of) != 0 || s.cb.seats.all != (taken{}) {
		t.Errorf("seats still taken: %+v", s.cb.seats.all)
	}
}

// When everything hangs, messages are kept, and whoever looks is told that only a new start helps.
func TestWhenAllSeatsHang(t *testing.T) {
	s, g, p := stricken(t, nil, 0, nil)
	for i := range mostSeats {
		a := &attempt{seats: &s.cb.seats, who: string(rune('a' + i/mostSeatsOne))}
		if err := s.cb.seats.take(t.Context(), a.who); err != nil {
			t.Fatal(err)
		}
		a.state.Store(deciding)
		a.giveUp()
	}
	if err := s.cb.Ready(); !errors.Is(err, ticket.ErrUnavailable) {
		t.Errorf("it is ready: %v", err)
	}
	if got := s.Resident("gh_room", "oLin").Text(t.Context(), "你好"); !strings.Contains(got.Answer, "不用重发") || len(g.dead) != 1 || p.begun.Load() != 0 {
		t.Errorf("answered %q, %d dead", got.Answer, len(g.dead))
	}
}

// The connection on which a message hangs is closed: the next one must not be posted behind it.
func TestNobodyWaitsBehindWhatHangs(t *testing.T) {
	hang := make(chan struct{})
	s, _, _ := stricken(t, hang, 1, func(c *CallbackConfig) { c.Deadline = 300 * time.Millisecond })
	one := &http.Client{Transport: &http.Transport{MaxConnsPerHost: 1}, Timeout: 10 * time.Second} // as a front server keeps them
	t.Cleanup(one.CloseIdleConnections)
	t.Cleanup(func() { close(hang) })
	for i := range 2 {
		r, err := s.Request("gh_room", s.Message("gh_room", "oLin", "MsgType", "text", "Content", "你好"))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := one.Do(r)
		if err != nil {
			t.Fatalf("message %d: %v", i+1, err)
		}
		if _, err := io.Copy(io.Discard, resp.Body); err != nil { // read whole, or the connection is not used again
			t.Error(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("message %d: %s", i+1, resp.Status)
		}
	}
}

func TestADeadMessageIsReplayed(t *testing.T) {
	for _, sends := range []bool{true, false} {
		s, g, p := stricken(t, nil, 0, func(c *CallbackConfig) { c.Accounts[0].Verified = sends })
		lin := s.Resident("gh_room", "oLin")
		lin.Text(t.Context(), "纠纷")
		p.times.Store(1)
		lin.Text(t.Context(), "1")
		stood := s.residents["oLin"].Conversation
		dead := g.dead[0]
		p.times.Store(2)
		if err := s.cb.Replay(t.Context(), dead, false); !errors.As(err, new(fault)) || len(g.dead) != 1 {
			t.Errorf("it breaks again: %v, %d dead", err, len(g.dead))
		}
		p.times.Store(0)
		if err := s.cb.Replay(t.Context(), dead, false); err != nil || len(g.dead) != 0 {
			t.Fatal(err)
		}
		r := s.residents["oLin"]
		if r.Conversation.Flow != stood.Flow || r.Conversation.Step == stood.Step || !r.Conversation.At.Equal(dead.At) {
			t.Errorf("they stand at %s %s as of %v", r.Conversation.Flow, r.Conversation.Step, r.Conversation.At)
		}
		if waits := len(r.Mailbox); (waits == 1) != !sends {
			t.Errorf("sends %v: %d letters in the mailbox", sends, waits)
		}
	}
}

// TestAReplayLeavesTheLettersThatWait puts a message through again while a letter waits for its resident: the letter stays for the answer to a message
// that they send themselves.
func TestAReplayLeavesTheLettersThatWait(t *testing.T) {
	s, g, _ := stricken(t, nil, 1, nil)
	s.Resident("gh_room", "oLin").Text(t.Context(), "你好")
	s.residents["oLin"] = flows.Resident{Mailbox: []ticket.Letter{{ID: "D1:1", Account: "gh_room", Resident: "oLin", Text: "请明天上午来一趟"}}}
	if err := s.cb.Replay(t.Context(), g.dead[0], false); err != nil {
		t.Fatal(err)
	}
	waits := s.residents["oLin"].Mailbox
	if len(waits) != 2 || waits[0].ID != "D1:1" || strings.Contains(waits[1].Text.Reveal(), "明天") {
		t.Errorf("in the mailbox lie %d letters", len(waits))
	}
}

func TestAReplayThatComesTooLate(t *testing.T) {
	s, g, p := stricken(t, nil, 0, nil)
	lin := s.Resident("gh_room", "oLin")
	lin.Text(t.Context(), "纠纷")
	p.times.Store(1)
	lin.Text(t.Context(), "1")
	p.times.Store(0)
	dead := g.dead[0]
	lin.Text(t.Context(), "2")
	if err := s.cb.Replay(t.Context(), dead, false); !errors.Is(err, ticket.ErrConflict) || len(g.dead) != 1 {
		t.Errorf("replayed into another conversation: %v", err)
	}
	if err := s.cb.Replay(t.Context(), dead, true); err != nil || len(g.dead) != 0 || g.done.Opens != "" || !g.done.Conversation.At.After(dead.At) {
		t.Errorf("%v, and it opens the window as %q, as of %v", err, g.done.Opens, g.done.Conversation.At)
	}
	for name, d := range map[string]ticket.Dead{
		"torn":            {Account: "gh_room", Where: ticket.AtCallback, Original: "<xml>"},
		"not for us":      {Account: "gh_room", Where: ticket.AtCallback, Original: ticket.Personal(strings.ReplaceAll(dead.Original.Reveal(), "gh_room", "gh_other"))},
		"another account": {Account: "gh_other", Where: ticket.AtCallback, Original: dead.Original},
		"a letter":        {Account: "gh_room", Where: ticket.AtSender, Original: dead.Original},
	} {
		if err := s.cb.Replay(t.Context(), d, true); !errors.Is(err, ticket.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What somebody wrote before they left, or ended what they were asked, is not put where they no longer stand.
func TestAReplayBringsNobodyBack(t *testing.T) {
	for name, row := range map[string]struct {
		since      func(*wechatsim.Resident)
		soon, late error
	}{
		"left":          {func(r *wechatsim.Resident) { r.Unfollow(t.Context()) }, ticket.ErrNotAllowed, ticket.ErrNotAllowed},
		"ended it":      {func(r *wechatsim.Resident) { r.Text(t.Context(), "取消") }, ticket.ErrConflict, nil},
		"left and back": {func(r *wechatsim.Resident) { r.Unfollow(t.Context()); r.Follow(t.Context(), "") }, ticket.ErrConflict, nil},
	} {
		s, g, p := stricken(t, nil, 0, nil)
		lin := s.Resident("gh_room", "oLin")
		lin.Text(t.Context(), "纠纷")
		p.times.Store(1)
		lin.Text(t.Context(), "1")
		p.times.Store(0)
		row.since(lin)
		stood := s.residents["oLin"]
		if err := s.cb.Replay(t.Context(), g.dead[0], false); !errors.Is(err, row.soon) || s.residents["oLin"].Version != stood.Version {
			t.Errorf("%s: %v", name, err)
		}
		if err := s.cb.Replay(t.Context(), g.dead[0], true); !errors.Is(err, row.late) || s.residents["oLin"].Followed != (row.late == nil) {
			t.Errorf("%s, late: %v", name, err)
		}
	}
	s, g, p := stricken(t, nil, 1, nil)
	s.Resident("gh_room", "oOld").Text(t.Context(), "你好")
	p.times.Store(0)
	s.residents["oOld"] = flows.Resident{Version: 1} // left, and it is not known when
	if err := s.cb.Replay(t.Context(), g.dead[0], true); !errors.Is(err, ticket.ErrNotAllowed) {
		t.Errorf("of an older record: %v", err)
	}
	g.dead = nil
	p.times.Store(1)
	s.Resident("gh_room", "oNew").Text(t.Context(), "你好") // a stranger's first one
	if err := s.cb.Replay(t.Context(), g.dead[0], false); err != nil || !s.residents["oNew"].Followed {
		t.Errorf("a stranger: %v", err)
	}
}

// A replay that hangs ends with its deadline, and what comes of it later has no effect.
func TestAReplayThatHangs(t *testing.T) {
	hang := make(chan struct{})
	s, g, p := stricken(t, hang, 1, func(c *CallbackConfig) { c.Deadline = 200 * time.Millisecond })
	s.Resident("gh_room", "oLin").Text(t.Context(), "打架")
	p.times.Store(1)
	err := s.cb.Replay(t.Context(), g.dead[0], false)
	if f, _ := faultOf(err); f.why != ticket.Hung || g.count() != 1 {
		t.Errorf("%v, %d dead", err, g.count())
	}
	close(hang)
	for s.cb.seats.hung() > 0 {
		<-time.After(time.Millisecond)
	}
	if g.count() != 1 || s.commits != 0 {
		t.Errorf("%d dead, %d commits", g.count(), s.commits)
	}
}
