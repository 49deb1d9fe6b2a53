package desk

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"frontdesk/ticket"
)

// TestKeysOfTheQueue works the list with one hand: down, up, open, and claim the row that is marked.
func TestKeysOfTheQueue(t *testing.T) {
	rm := newRoom(t)
	busyNight(rm)
	s := newScreen(t, deskWide)
	s.enters(rm, "3301")
	numbers := strings.Split(s.tell(`[...document.querySelectorAll('#rows .row')].map(r => r.dataset.number)`), ",")
	marked := func(n int) {
		t.Helper()
		s.shows(`document.querySelector('.row.picked').dataset.number === '%s' && document.activeElement.closest('.row.picked') &&
			document.querySelectorAll('.row.picked').length === 1`, numbers[n])
	}
	s.press(0, "c")
	s.press(0, "j")
	marked(0)
	s.press(0, "j", "j", "k")
	marked(1)
	s.press(shift, "J")
	marked(1)
	s.press(0, "J") // caps lock
	marked(2)
	s.press(0, "Enter")
	s.at(numbers[2])
	s.press(0, "j")
	s.at(numbers[3])
	s.press(0, "k")
	s.at(numbers[2])
	s.press(0, "u")
	s.shows(`keys.j && document.querySelector('.board')`)
	s.press(0, "j")
	marked(0)
	s.press(0, "c")
	s.shows(`document.querySelector('article[data-ticket="%s"]') &&
		document.querySelector('#state').innerText.includes('我在办')`, numbers[0])
	rm.mu.Lock()
	defer rm.mu.Unlock()
	for n, h := range rm.headers {
		if (h.Assignee == "3301" && n != ticket.Number(numbers[0])) != (h.Title == "楼上502 半夜拖桌子 😡") {
			t.Errorf("%s is held by %q", h.Title.Reveal(), h.Assignee)
		}
	}
}

// TestKeysOfATicket presses every key that a ticket's page answers: each does its own deed, and puts the cursor where one goes on.
func TestKeysOfATicket(t *testing.T) {
	rm := newRoom(t)
	n := rm.open(nil)
	s := newScreen(t, deskWide)
	s.enters(rm, "3301")
	s.reads(rm, n)
	s.press(0, "c")
	s.done("受理好了")
	for _, k := range []struct{ key, what string }{{"a", "ask"}, {"n", "note"}, {"e", "resolve"}, {"r", "reply"}} {
		s.press(0, k.key)
		s.shows(`document.querySelector('#do-%s').checked && document.activeElement.id === 'text' && text.value === ''`, k.what)
		s.press(0, "Escape")
		s.shows(`document.activeElement === document.body`)
	}
	s.press(0, "/")
	s.shows(`document.activeElement.id === 'q' && q.value === ''`)
	s.press(0, "Escape")
	s.press(0, "?")
	s.shows(`document.querySelector('#keys').open`)
	s.press(0, "n", "j")
	s.shows(`document.querySelector('#keys').open && document.querySelector('#do-reply').checked`)
	s.press(0, "Escape")
	s.shows(`!document.querySelector('#keys').open`)

	s.press(0, "n")
	s.types("已电话联系")
	s.press(ctrl, "Enter")
	s.shows(`document.querySelector('.entry.note') && document.querySelector('.entry.note').innerText.includes('已电话联系') && text.value === ''`)
	if got := rm.count(n); got != 3 {
		t.Errorf("%d entries after opening, claim and note", got)
	}
}

// TestKeysThatAreNot types the letters of every key where they are words, or part of what the browser or an input method does: nothing happens.
func TestKeysThatAreNot(t *testing.T) {
	rm := newRoom(t)
	n := rm.open(nil)
	rm.open(nil)
	s := newScreen(t, deskWide)
	s.enters(rm, "3301")
	s.reads(rm, n)
	before := s.tell(`location.href + document.querySelector('article').dataset.version`)
	letters := []string{"j", "k", "c", "r", "a", "n", "e", "u"}
	calm := func(what string) {
		t.Helper()
		s.shows(`!document.querySelector('#keys').open`)
		if after := s.tell(`location.href + document.querySelector('article').dataset.version`); after != before {
			t.Fatalf("%s: the page went from %s to %s", what, before, after)
		}
		if got := rm.count(n); got != 1 {
			t.Fatalf("%s: %d entries", what, got)
		}
	}
	for _, held := range []int64{ctrl, alt, meta} {
		s.press(held, "c", "a", "e") // what the browser itself leaves on the page
		calm(fmt.Sprint("held ", held))
	}
	for _, key := range append(letters, "/", "?", "Escape") {
		s.tell(`(document.querySelector('#q').focus(), document.querySelector('#q').dispatchEvent(new KeyboardEvent('keydown', {key: '%s', isComposing: true, bubbles: true})))`, key)
		s.shows(`document.activeElement.id === 'q'`) // Escape leaves the characters, not the field
		s.tell(`(document.activeElement.blur(), document.body.dispatchEvent(new KeyboardEvent('keydown', {key: '%s', isComposing: true, bubbles: true})))`, key)
		s.tell(`document.body.dispatchEvent(new KeyboardEvent('keydown', {key: '%s', keyCode: 229, bubbles: true}))`, key)
		s.shows(`document.activeElement === document.body`)
	}
	calm("composing")
	s.tell(`document.querySelector('#q').focus()`)
	s.press(0, append(letters, "/", "?")...)
	s.shows(`q.value === 'jkcraneu/?'`)
	calm("in the search field")

	s.tell(`document.activeElement.blur()`)
	s.press(0, "c")
	s.done("受理好了")
	s.press(0, "r")
	s.press(0, append(letters, "/", "?")...)
	s.shows(`text.value === 'jkcraneu/?' && document.querySelector('#do-reply').checked`)
	if got := s.tell(`(text.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', ctrlKey: true, isComposing: true, bubbles: true})),
		document.querySelectorAll('form[data-leaving]').length)`); got != "0" {
		t.Error("half a sentence was sent while its characters were being chosen")
	}
}

// TestTheHelpNamesTheKeys holds the page of keys and the keys against each other.
func TestTheHelpNamesTheKeys(t *testing.T) {
	rm := newRoom(t)
	s := newScreen(t, phoneWide)
	s.enters(rm, "3301")
	s.opens(rm.url + "/desk/help")
	s.shows(`[...document.querySelectorAll('main .keylist kbd')].every(k => k.offsetWidth > 0)`)
	named := strings.Fields(s.tell(`[...document.querySelectorAll('main .keylist kbd')].map(k => k.innerText).join(' ')`))
	answered := strings.Fields(s.tell(`Object.keys(keys).join(' ') + ' Esc Ctrl'`))
	slices.Sort(named)
	slices.Sort(answered)
	if named, answered = slices.Compact(named), slices.Compact(answered); !slices.Equal(named, answered) {
		t.Errorf("the help names %q, the page answers %q", named, answered)
	}
}
