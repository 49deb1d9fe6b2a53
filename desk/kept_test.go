package desk

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"frontdesk/ticket"
)

// promise is what somebody does not want to write twice.
const promise = "您好，昨晚我们和对方当面谈过，约定十点以后不再拖动家具。"

// mine opens a ticket, takes it and shows it.
func (s *screen) mine(rm *room) ticket.Number {
	s.t.Helper()
	n := rm.open(nil)
	s.enters(rm, "3301")
	s.reads(rm, n)
	s.press(0, "c")
	s.done("受理好了")
	return n
}

// TestWordsOutliveTheSession writes a long note while the session ends: after signing in again it is there, still a note, and can be sent.
func TestWordsOutliveTheSession(t *testing.T) {
	rm := newRoom(t)
	s := newScreen(t, deskWide)
	n := s.mine(rm)
	s.press(0, "n")
	s.types(promise)
	rm.mu.Lock()
	rm.now = rm.now.Add(maxIdle + time.Minute)
	rm.mu.Unlock()
	s.press(ctrl, "Enter")
	s.signsIn("3301")
	s.at(string(n))
	s.shows(`document.querySelector('#do-note').checked && text.value === '%s'`, promise)
	s.press(0, "n")
	s.press(ctrl, "Enter")
	s.done("备注记下了")
	s.shows(`text.value === '' && !Object.keys(localStorage).some(key => key.includes('%s'))`, n)
}

// TestWordsOutliveTheServer sends a reply into nothing; the words are there when the server is.
func TestWordsOutliveTheServer(t *testing.T) {
	rm := newRoom(t)
	s := newScreen(t, phoneWide)
	n := s.mine(rm)
	s.press(0, "r")
	s.types(promise)
	rm.shut()
	s.do(chromedp.Evaluate[chromedp.Void](`document.querySelector('form.compose').requestSubmit()`))
	s.shows(`location.protocol === 'chrome-error:' || document.body.innerText.includes('ERR_')`)
	rm.reopen(rm.console)
	s.reads(rm, n)
	s.shows(`document.querySelector('#do-reply').checked && text.value === '%s'`, promise)
	if got := rm.count(n); got != 2 {
		t.Errorf("%d entries", got)
	}
}

// TestWordsOutliveARefusal answers a ticket that the chief has given to somebody else meanwhile. The page says so, keeps the words, and
// goes on renewing itself although it answers a form.
func TestWordsOutliveARefusal(t *testing.T) {
	rm := newRoom(t)
	s := newScreen(t, deskWide)
	n := s.mine(rm)
	s.press(0, "r")
	s.types(promise)
	chief, zhou := ticket.Actor{Role: ticket.Chief, ID: "chief", Name: "吴建国"}, ticket.Actor{Role: ticket.Police, ID: "3302", Name: "周敏"}
	rm.does(n, ticket.Step{What: ticket.Assign, By: chief, To: zhou, At: rm.now})
	s.press(ctrl, "Enter")
	s.shows(`keys.j && document.querySelector('[role=alert]').innerText.includes('没有发出') && document.querySelector('#dock textarea').value === '%s'`, promise)
	other := rm.arrives(urgently)
	s.shows(`document.querySelector('#rows .row[data-number="%s"]')`, other)
}

// TestReasonsAreKept leaves a ticket with half a reason for rejecting it and comes back to it.
func TestReasonsAreKept(t *testing.T) {
	rm := newRoom(t)
	n := rm.open(nil)
	s := newScreen(t, deskWide)
	s.enters(rm, "chief")
	s.reads(rm, n)
	s.tell(`(document.querySelector('#more').open = true, document.querySelector('#reason').focus())`)
	s.types("这件事归法院管")
	s.opens(rm.url + "/desk/")
	s.reads(rm, n)
	s.shows(`document.querySelector('#reason').value === '这件事归法院管'`)
}
