package bot

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"frontdesk/ticket"
	"frontdesk/wechatsim"
)

// classes sorts every code that wechat.md names, and those beside them that we know, by what is done about it. Whoever adds a code to the page
// or to the program adds it here.
var classes = map[verdict][]int{
	again:    {-1, 40164, 61004, 48004, 40013, 40125, 41002, 41004}, // busy, or for the operator to put right
	slower:   {45011},                                               // the minute's quota
	pause:    {45009},                                               // the day's quota
	newToken: {40001, 40014, 42001},                                 // refresh once, retry once
	wait:     {45015, 45047, 48001, 48002, 43101},                   // until the resident writes
	giveUp:   {45002, 40003, 50005, 47003},                          // and tell the officer
	plainly:  {40200},                                               // without answers to tap
}

func TestEveryCodeHasItsClass(t *testing.T) {
	sorted := 0
	for class, codes := range classes {
		for _, code := range codes {
			sorted++
			v, reason := judge(fmt.Errorf("call: %w", apiError{code}))
			if _, known := errcodes[code]; !known || v != class || reason == "" {
				t.Errorf("%d: class %d instead of %d, %q", code, v, class, reason)
			}
		}
	}
	if sorted != len(errcodes) {
		t.Errorf("%d codes have a class, the program knows %d", sorted, len(errcodes))
	}
}

// TestAnUnknownCodeIsTriedForAWhile holds what becomes of a code that nobody described: it is tried again, it is named to the officer, and it
// ends in the mailbox and not in nothing.
func TestAnUnknownCodeIsTriedForAWhile(t *testing.T) {
	for _, code := range []int{40037, 47001, 61003, 99999, -5} {
		v, reason := judge(apiError{code})
		if v != again || !strings.Contains(reason, strconv.Itoa(code)) {
			t.Errorf("%d: class %d, %q", code, v, reason)
		}
	}
	r := newRig(t, wechatsim.SubscriptionVerified)
	r.write()
	r.platform.SetFault(wechatsim.Fault{Path: pathCustom, Errcode: 61003})
	p := r.letter("邻居的事办好了")
	for range mostTries {
		r.once(p)
		r.advance(longWait)
	}
	if d := p.Delivery; d.Fate != ticket.InMailbox || d.Tries != mostTries || !strings.Contains(d.Reason, "61003") {
		t.Errorf("in the end: %+v", d)
	}
}

// TestTheMinuteIsShorterThanTheDay holds that a limit by the minute costs a minute, and that the whole account keeps it.
func TestTheMinuteIsShorterThanTheDay(t *testing.T) {
	for code, rest := range map[int]time.Duration{45011: minuteRest, 45009: quotaRest} {
		r := newRig(t, wechatsim.SubscriptionVerified)
		r.write()
		r.platform.SetFault(wechatsim.Fault{Path: pathCustom, Errcode: code, Times: 1})
		first, second := r.letter("邻居的事办好了"), r.letter("还有一封")
		r.once(first)
		for _, p := range []*ticket.Parcel{first, second} {
			if d := p.Delivery; d.Fate != ticket.Sending || d.Tries != 0 || !d.NextTry.Equal(r.clock().Add(rest)) {
				t.Errorf("%d: %+v at %v", code, d, r.clock())
			}
		}
		r.advance(rest)
		r.once(first)
		if first.Delivery.Fate != ticket.Delivered || second.Delivery.Fate != ticket.Delivered || r.calls(pathCustom) != 3 {
			t.Errorf("%d, a rest later: %+v, %+v", code, first.Delivery, second.Delivery)
		}
	}
}

// TestEveryCodeOfATemplate refuses the message that tells that a letter waits, with each code: the letter itself is never lost by it, and only
// what may pass by itself is tried again.
func TestEveryCodeOfATemplate(t *testing.T) {
	for class, codes := range classes {
		for _, code := range codes {
			r := newRig(t, wechatsim.ServiceVerified)
			r.platform.SetFault(wechatsim.Fault{Path: "/cgi-bin/message/template/send", Errcode: code, Times: 1})
			d := r.once(r.letter("邻居的事办好了"))
			fate, told := ticket.InMailbox, false
			switch class {
			case again:
				fate = ticket.Sending
			case newToken:
				told = true
			}
			if d.Fate != fate || d.Told != told || d.Reason == "" {
				t.Errorf("%d: %+v", code, d)
			}
		}
	}
}
