package desk

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"frontdesk/ticket"
)

// troubled sets what goes wrong in the room.
func (rm *room) troubled(lost, deaf bool) {
	rm.mu.Lock()
	defer rm.mu.Unlock()
	rm.lost, rm.deaf, rm.gone = lost, deaf, false
}

// TestWhatMayBeDoneIsNotDoneTwice loses the store's word that a step was taken, and presses again what the page then offers.
func TestWhatMayBeDoneIsNotDoneTwice(t *testing.T) {
	for _, what := range []ticket.What{ticket.Reply, ticket.Ask, ticket.Note, ticket.Resolve, ticket.Reject} {
		rm := newRoom(t)
		n := rm.open(nil)
		chief := rm.browser()
		chief.enters("chief", password)
		chief.acts(n, ticket.Claim, "")
		before := rm.count(n)
		rm.troubled(true, false)
		code, page := chief.acts(n, what, promise)
		if code != http.StatusServiceUnavailable || strings.Contains(page, "没有发出") || !strings.Contains(page, "不确定是否已发出") || !strings.Contains(page, promise+"</textarea>") {
			t.Errorf("%s: %d, the page does not say that it is open", what, code)
		}
		if offered := strings.Contains(page, `value="`+string(what)+`"`); !offered {
			t.Errorf("%s is not offered again", what)
		}
		rm.troubled(false, false)
		form := url.Values{"request": {requestID.FindStringSubmatch(page)[1]}, "what": {string(what)}, "text": {promise}}
		if code, _ := chief.post("/desk/tickets/"+string(n)+"/act", form); code != 200 {
			t.Errorf("%s again: %d", what, code)
		}
		if got := rm.count(n) - before; got != 1 {
			t.Errorf("%s made %d entries", what, got)
		}
	}
}

// TestAnAssignmentIsMadeOnce loses the store's word that a ticket was given to somebody: pressing again what the page offers, and sending the same form again, as
// a browser does that loads the page anew, are the same step.
func TestAnAssignmentIsMadeOnce(t *testing.T) {
	for _, deaf := range []bool{false, true} {
		rm := newRoom(t)
		n := rm.open(nil)
		chief := rm.browser()
		chief.enters("chief", password)
		at := "/desk/tickets/" + string(n)
		_, page := chief.get(at)
		form := url.Values{"request": {requestID.FindStringSubmatch(page)[1]}, "what": {"assign"}, "to": {"3302"}}
		rm.troubled(true, deaf)
		code, page := chief.post(at+"/act", form)
		if code != http.StatusServiceUnavailable || !strings.Contains(page, "不确定刚才这一步") {
			t.Errorf("deaf %v: %d, %s", deaf, code, page)
		}
		if !deaf {
			if !strings.Contains(page, `<option value="3302" selected>`) {
				t.Error("who may have it is not offered again")
			}
			form.Set("request", requestID.FindStringSubmatch(page)[1])
		}
		rm.troubled(false, false)
		if code, page := chief.post(at+"/act", form); code != http.StatusOK || !strings.Contains(page, "已指派给") {
			t.Errorf("deaf %v, again: %d, %s", deaf, code, page)
		}
		if got := rm.count(n); got != 2 {
			t.Errorf("deaf %v: %d entries", deaf, got)
		}
	}
}

// TestGivingUpWhatWasOnlyLentLeadsToTheList lets a grid worker give back a ticket of another grid, which they saw as long as they had it; and not hear
// of it at first.
func TestGivingUpWhatWasOnlyLentLeadsToTheList(t *testing.T) {
	rm := newRoom(t)
	hash := rm.people["3301"].Hash
	rm.people["g5"] = ticket.Officer{ID: "g5", Name: "孙网格", Role: ticket.GridWorker, Station: "main", Grid: "5", Account: roomAccount, Hash: hash}
	n := rm.open(func(o *ticket.Opening) { o.Home.Grid = "7" })
	rm.does(n, ticket.Step{What: ticket.Assign, By: rm.people["chief"].By(), To: rm.people["g5"].By(), At: rm.now})
	d := rm.browser()
	d.enters("g5", password)
	at := "/desk/tickets/" + string(n)
	_, page := d.get(at)
	form := url.Values{"request": {requestID.FindStringSubmatch(page)[1]}, "what": {string(ticket.Release)}}
	rm.troubled(true, false)
	if code, page := d.post(at+"/act", form); code != http.StatusServiceUnavailable || !strings.Contains(page, "再发一次") {
		t.Errorf("nobody heard of it: %d, %s", code, page)
	}
	rm.troubled(false, false)
	if code, page := d.post(at+"/act", form); code != http.StatusOK || !strings.Contains(page, done[ticket.Release]) || !strings.Contains(page, `id="tabs"`) {
		t.Errorf("%d, %s", code, page)
	}
	form.Set("request", strings.Repeat("0", 32))
	if code, _ := d.post(at+"/act", form); code != http.StatusNotFound {
		t.Errorf("another form on what they do not see: %d", code)
	}
}

// TestAStepThatNobodyKnowsOfIsNotCalledUndone loses the store altogether while a step is taken.
func TestAStepThatNobodyKnowsOfIsNotCalledUndone(t *testing.T) {
	rm := newRoom(t)
	n := rm.open(nil)
	d := rm.browser()
	d.enters("3301", password)
	_, page := d.get("/desk/tickets/" + string(n))
	rm.troubled(true, false)
	form := url.Values{"request": {requestID.FindStringSubmatch(page)[1]}, "what": {"claim"}}
	if code, page := d.post("/desk/tickets/"+string(n)+"/act", form); code != http.StatusServiceUnavailable || !strings.Contains(page, "不确定刚才这一步") {
		t.Errorf("%d, %s", code, page)
	}
}

// TestUnsentWordsKeepTheirIdentity sends a reply that is taken while nothing more is heard of the store. The officer comes back to the ticket and sends
// what is still in the box: one entry. The same words
// written anew are another one.
func TestUnsentWordsKeepTheirIdentity(t *testing.T) {
	rm := newRoom(t)
	s := newScreen(t, deskWide)
	n := s.mine(rm)
	s.press(0, "r")
	s.types(promise)
	rm.troubled(true, true)
	s.press(ctrl, "Enter")
	s.shows(`document.body.innerText.includes('不会重复')`)
	if got := rm.count(n); got != 3 {
		t.Fatalf("%d entries before anybody presses again", got)
	}
	rm.troubled(false, false)
	s.reads(rm, n)
	s.shows(`text.value === '%s'`, promise)
	s.press(0, "r")
	s.press(ctrl, "Enter")
	s.done("答复已交出")
	if got := rm.count(n); got != 3 {
		t.Errorf("%d entries after pressing again", got)
	}
	s.reads(rm, n)
	s.press(0, "r")
	s.types(promise)
	s.press(ctrl, "Enter")
	s.done("答复已交出")
	if got := rm.count(n); got != 4 {
		t.Errorf("%d entries after the same words were meant once more", got)
	}
}
