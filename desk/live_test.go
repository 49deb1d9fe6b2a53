package desk

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"frontdesk/ticket"
)

func urgently(o *ticket.Opening) { o.Urgent, o.Title = true, "有人翻墙进了小区" }

// moves puts the mouse on a point of the page.
func (s *screen) moves(x, y float64) {
	s.t.Helper()
	if _, err := chromedp.Call(s.ctx, input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: input.DispatchMouseEventTypeMouseMoved, X: x, Y: y}); err != nil {
		s.t.Fatal(err)
	}
}

// TestANewTicketAppears shows an urgent ticket on an open list by itself, on top, said aloud, and the officer's place in the list is kept.
func TestANewTicketAppears(t *testing.T) {
	rm := newRoom(t)
	busyNight(rm)
	s := newScreen(t, deskWide)
	s.enters(rm, "3301")
	s.press(0, "j", "j", "j")
	held := s.tell(`document.querySelector('.row.picked').dataset.number`)
	n := rm.arrives(urgently)
	s.shows(`document.querySelector('#rows .row[data-number="%s"].fresh') && document.querySelector('#say').innerText.includes('紧急')`, n)
	s.shows(`document.activeElement.closest('.row').dataset.number === '%s' && document.querySelector('.row.picked').dataset.number === '%s'`, held, held)
	s.shows(`document.title.startsWith('(14)') && document.querySelector('#say').ariaLive === 'polite'`)
}

// TestRowsKeepStill lets tickets arrive while somebody reads further down, and while a hand is on the list: the rows under their eyes and
// under the hand stay where they are, and a tap that came a moment too late does nothing.
func TestRowsKeepStill(t *testing.T) {
	rm := newRoom(t)
	busyNight(rm)
	s := newScreen(t, phoneWide)
	s.enters(rm, "3301")
	s.tell(`scrollTo(0, 500)`)
	const first = `[...document.querySelectorAll('#rows .row')].find(r => r.getBoundingClientRect().top >= 60)`
	number := s.tell(first + `.dataset.number`)
	top := s.tell(`Math.round(%s.getBoundingClientRect().top)`, first)
	n := rm.arrives(urgently)
	s.shows(`document.querySelector('.row[data-number="%s"]')`, n)
	if now := s.tell(`Math.round(document.querySelector('.row[data-number="%s"]').getBoundingClientRect().top)`, number); now != top {
		t.Errorf("the row that one reads went from %s to %s", top, now)
	}

	s.tell(`scrollTo(0, 0)`)
	s.tell(`hand = Infinity`) // it rests there for the whole of the test
	before := s.tell(`order()`)
	n = rm.arrives(urgently)
	s.shows(`document.title.startsWith('(15)')`)
	if now := s.tell(`order()`); now != before {
		t.Errorf("the rows moved under a hand")
	}
	s.tell(`(hand = -handTime, shifted = 0, later())`)
	s.shows(`document.querySelector('.row[data-number="%s"]') && shifted > 0`, n)

	s.tell(`shifted = Infinity`) // just now
	claim := `.row[data-number="` + string(n) + `"] button`
	s.do(chromedp.Click(chromedp.CSS(claim)))
	s.shows(`document.querySelector('#say').innerText.includes('再点一次')`)
	if rm.count(n) != 1 {
		t.Error("a tap that came too late took a ticket")
	}
	s.tell(`shifted = -lateTime`)
	s.do(chromedp.Click(chromedp.CSS(claim)))
	s.at(string(n))
}

// TestAMovingHand notices a mouse that moves over the list, and only there.
func TestAMovingHand(t *testing.T) {
	rm := newRoom(t)
	busyNight(rm)
	s := newScreen(t, deskWide)
	s.enters(rm, "3301")
	s.moves(700, 30)
	s.shows(`hand < 0`)
	s.moves(700, 400)
	s.shows(`hand > 0`)
}

// TestTheStreamComesBack restarts the server under an open page, with a doorman in front that refuses for a while: the page says so,
// comes back by itself, shows what it missed and says so.
func TestTheStreamComesBack(t *testing.T) {
	rm := newRoom(t)
	busyNight(rm)
	s := newScreen(t, deskWide)
	s.enters(rm, "3301")
	rm.shut()
	s.shows(`!document.querySelector('#cut').hidden`)
	n := rm.open(urgently)
	var refusals atomic.Int32
	rm.reopen(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/events") && refusals.Add(1) == 1 {
			http.Error(w, "not yet", http.StatusServiceUnavailable)
			return
		}
		rm.console.ServeHTTP(w, r)
	}))
	s.shows(`document.querySelector('#cut').hidden && document.querySelector('.row[data-number="%s"]')`, n)
	s.shows(`document.querySelector('#say').innerText.includes('紧急')`)
	other := rm.arrives(urgently)
	s.shows(`document.querySelector('.row[data-number="%s"]')`, other)
	if refusals.Load() < 2 {
		t.Error("the doorman was never asked")
	}
}

// TestBack goes back from a ticket to its list, as it is now, and never sends a form again.
func TestBack(t *testing.T) {
	rm := newRoom(t)
	busyNight(rm)
	s := newScreen(t, phoneWide)
	s.enters(rm, "3301")
	number := s.tell(`order()[0]`)
	s.do(chromedp.Click(chromedp.CSS(`.row .title`)))
	s.at(number)
	s.do(chromedp.Click(chromedp.CSS(`#dock [data-claim] button`)))
	s.done("受理好了")
	s.tell(`history.back()`)
	s.at(number)
	s.tell(`history.back()`)
	s.shows(`keys.j && document.querySelector('.board') && !order().includes('%s')`, number)
	if got := rm.count(ticket.Number(number)); got != 2 {
		t.Errorf("%d entries after one claim", got)
	}
}

// TestNothingShifts loads the two pages of the day and lets them renew themselves: nothing moves that was on the screen, and a page with
// fourteen tickets and one with a whole history stay light.
func TestNothingShifts(t *testing.T) {
	const most = 64 << 10 // bytes of HTML; they were 15 kB and 30 kB on 25 November 2026
	rm := newRoom(t)
	n := busyNight(rm)
	s := newScreen(t, phoneWide)
	s.enters(rm, "3301")
	for _, path := range []string{"/desk/", "/desk/tickets/" + string(n)} {
		s.opens(rm.url + path)
		s.shows(`keys.j && document.readyState === 'complete'`)
		s.tell(`(window.old = document.querySelector('#rows'), window.shift = 0, new PerformanceObserver((list) => { for (const e of list.getEntries()) shift += e.value })
			.observe({type: 'layout-shift', buffered: true}), refresh().then(() => requestAnimationFrame(() => requestAnimationFrame(() => { window.settled = true }))))`)
		s.shows(`window.settled && !window.old.isConnected`)
		if shift := s.tell(`window.shift`); shift != "0" {
			t.Errorf("%s: what is on the screen shifts by %s", path, shift)
		}
		if got := s.tell(`performance.getEntriesByType('navigation')[0].decodedBodySize <= %d`, most); got != "true" {
			t.Errorf("%s is heavier than %d bytes", path, most)
		}
	}
}

// TestAPageComesWhole holds the second half of a page back, as a bad line does: nothing is painted that the rest would push aside.
func TestAPageComesWhole(t *testing.T) {
	rm := newRoom(t)
	n := busyNight(rm)
	s := newScreen(t, phoneWide)
	s.enters(rm, "3301")
	rm.shut()
	rest := make(chan struct{})
	rm.reopen(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/desk/tickets/"+string(n) {
			rm.console.ServeHTTP(w, r)
			return
		}
		whole := httptest.NewRecorder()
		rm.console.ServeHTTP(whole, r)
		page := whole.Body.Bytes()
		half := bytes.Index(page, []byte(`class="talk"`))
		_, _ = w.Write(page[:half])
		w.(http.Flusher).Flush()
		select {
		case <-rest:
		case <-r.Context().Done():
		}
		_, _ = w.Write(page[half:])
	}))
	s.tell(`location.assign('/desk/tickets/%s')`, n)
	s.shows(`document.querySelector('.facts')`)
	s.tell(`(async () => { for (let i = 0; i < 60; i++) await fetch(document.querySelector('link[rel=icon]').href, {cache: 'no-store'}); window.looked = true })()`) // time enough to paint
	s.shows(`window.looked`)
	painted := s.tell(`performance.getEntriesByType('paint').length`)
	close(rest)
	s.at(string(n))
	if painted != "0" {
		t.Errorf("half a page was painted")
	}
	s.shows(`performance.getEntriesByType('paint').length`)
}
