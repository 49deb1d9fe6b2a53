package bot

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"frontdesk/ticket"
	"frontdesk/wechatsim"
)

func TestALetterArrives(t *testing.T) {
	for _, kind := range []wechatsim.Kind{wechatsim.SubscriptionVerified, wechatsim.ServiceVerified, wechatsim.Sandbox} {
		r := newRig(t, kind)
		r.write()
		p := r.letter("邻居的事办好了 <&> \"好\"")
		d := r.once(p)
		if d.Fate != ticket.Delivered || d.Via != ticket.ViaService || d.Tries != 1 || d.Reason != "" || !d.At.Equal(r.clock()) {
			t.Errorf("%s: %+v", kind, d)
		}
		if got := r.read("text"); len(got) != 1 || got[0] != p.Letter.Text.Reveal() {
			t.Errorf("%s: she reads %q", kind, got)
		}
		if n, err := r.sender.Once(t.Context()); n != 0 || err != nil {
			t.Errorf("%s: then %d, %v", kind, n, err)
		}
	}
}

func TestAnswersToTap(t *testing.T) {
	taps := []ticket.Tap{{ID: "confirm:D1", Text: "解决了"}, {ID: "reopen:D1", Text: "没解决"}}
	r := newRig(t, wechatsim.ServiceVerified)
	r.write()
	if d := r.once(r.letter("解决了吗？", taps...)); d.Fate != ticket.Delivered || len(r.read("msgmenu")) != 1 {
		t.Errorf("%+v, she reads %q", d, r.read("msgmenu"))
	}
	screen := r.lin.Screen()
	if c := screen[len(screen)-1].Choices; len(c) != 2 || c[0].ID != "confirm:D1" || c[1].Content != "没解决" {
		t.Errorf("choices %+v", c)
	}
	r.platform.SetFault(wechatsim.Fault{Path: pathCustom, Errcode: 40200, Times: 1})
	if d := r.once(r.letter("解决了吗？", taps...)); d.Fate != ticket.Delivered || len(r.read("text")) != 1 {
		t.Errorf("without taps: %+v", d)
	}
	box := newRig(t, wechatsim.Sandbox)
	box.write()
	if d := box.once(box.letter("解决了吗？", taps...)); d.Fate != ticket.Delivered || len(box.read("text")) != 1 || box.calls(pathCustom) != 1 {
		t.Errorf("sandbox: %+v", d)
	}
}

func TestALongLetterGoesInPieces(t *testing.T) {
	r := newRig(t, wechatsim.SubscriptionVerified)
	r.write()
	long := strings.Repeat("邻居每天晚上十一点以后还在敲墙。", 100)
	p := r.letter(long)
	if d := r.once(p); d.Fate != ticket.Delivered || strings.Join(r.read("text"), "") != long || len(r.read("text")) != 3 {
		t.Errorf("%+v in %d pieces", d, len(r.read("text")))
	}
	tight := r.letter(long)
	tight.Window.MessageLeft = 2
	if d := r.once(tight); d.Fate != ticket.InMailbox || d.Via != ticket.ViaMailbox || d.Reason == "" || d.Tries != 0 || len(r.read("text")) != 3 {
		t.Errorf("no room for three pieces: %+v", d)
	}
}

func TestPiecesThatWentOutAreNotSentAgain(t *testing.T) {
	r := newRig(t, wechatsim.SubscriptionVerified)
	r.write()
	long := strings.Repeat("邻居每天晚上十一点以后还在敲墙。", 100)
	p := r.letter(long)
	var count int
	r.api.client.Transport = tripper(func(next func() error) error {
		if count++; count == 3 { // the token, the first piece, then nothing
			return errors.New("cut")
		}
		return next()
	}, r.api.client.Transport)
	if d := r.once(p); d.Fate != ticket.Sending || len(r.read("text")) != 1 {
		t.Fatalf("%+v", d)
	}
	r.advance(time.Hour)
	if d := r.once(p); d.Fate != ticket.Delivered || strings.Join(r.read("text"), "") != long {
		t.Errorf("%+v, %d pieces", d, len(r.read("text")))
	}
}

func TestAClosedWindow(t *testing.T) {
	r := newRig(t, wechatsim.SubscriptionVerified)
	r.write()
	p := r.letter("邻居的事办好了")
	r.advance(48 * time.Hour)
	if d := r.once(p); d.Fate != ticket.InMailbox || d.Via != ticket.ViaMailbox || d.Told || d.Reason == "" || len(r.platform.Calls()) != 0 {
		t.Errorf("after 48 hours: %+v", d)
	}
	tapped := r.letter("邻居的事办好了")
	tapped.Window = ticket.Window{TapUntil: r.clock().Add(time.Minute), TapLeft: 1}
	r.lin.Click(t.Context(), "help")
	if d := r.once(tapped); d.Fate != ticket.Delivered {
		t.Errorf("after a tap: %+v", d)
	}
}

func TestATemplateTellsThatALetterWaits(t *testing.T) {
	r := newRig(t, wechatsim.ServiceVerified)
	p := r.letter("邻居的事办好了")
	p.Window = ticket.Window{}
	d := r.once(p)
	if d.Fate != ticket.InMailbox || !d.Told || d.Tries != 0 || d.Reason == "" || d.Notice == "" {
		t.Errorf("%+v", d)
	}
	if got := r.read("template"); len(got) != 1 || !strings.Contains(got[0], "您的纠纷工单有了答复") || strings.Contains(got[0], "邻居") {
		t.Errorf("she reads %q", got)
	}
	empty := r.letter("邻居的事办好了")
	empty.Window, empty.Letter.Subject = ticket.Window{}, "😀"
	if d := r.once(empty); !d.Told {
		t.Errorf("without a subject: %+v", d)
	}
}

func TestATemplateThatFailsIsTriedAgainAndDroppedTwice(t *testing.T) {
	r := newRig(t, wechatsim.ServiceVerified)
	p := r.letter("邻居的事办好了")
	p.Window = ticket.Window{}
	const path = "/cgi-bin/message/template/send"
	r.platform.SetFault(wechatsim.Fault{Path: path, Truncate: true, Times: 1})
	if d := r.once(p); d.Fate != ticket.Sending || d.Told || len(r.read("template")) != 1 {
		t.Errorf("cut off: %+v", d)
	}
	r.advance(time.Minute)
	if d := r.once(p); d.Fate != ticket.InMailbox || !d.Told || len(r.read("template")) != 1 {
		t.Errorf("again: %+v, she reads %q", d, r.read("template"))
	}
	r.platform.SetFault(wechatsim.Fault{Path: path, Down: true})
	p = r.letter("邻居的事办好了")
	p.Window = ticket.Window{}
	for range mostNotices {
		r.once(p)
		r.advance(time.Hour)
	}
	if d := p.Delivery; d.Fate != ticket.InMailbox || d.Told {
		t.Errorf("never told: %+v", d)
	}
}

func TestAnUnverifiedAccountCallsNobody(t *testing.T) {
	for _, kind := range []wechatsim.Kind{wechatsim.SubscriptionUnverified, wechatsim.ServiceUnverified} {
		r := newRig(t, kind)
		r.write()
		d := r.once(r.letter("邻居的事办好了"))
		if d.Fate != ticket.InMailbox || d.Via != ticket.ViaMailbox || d.Reason == "" {
			t.Errorf("%s: %+v", kind, d)
		}
		if err := r.api.PushMenu(t.Context()); !errors.Is(err, ticket.ErrNotAllowed) {
			t.Errorf("%s: menu: %v", kind, err)
		}
		if _, err := r.api.MakeCode(t.Context(), "s_main", 0); !errors.Is(err, ticket.ErrNotAllowed) {
			t.Errorf("%s: code: %v", kind, err)
		}
		if calls := r.platform.Calls(); len(calls) != 0 {
			t.Errorf("%s: called %+v", kind, calls)
		}
	}
}

func TestWhoLeftIsNotWrittenTo(t *testing.T) {
	r := newRig(t, wechatsim.ServiceVerified)
	p := r.letter("邻居的事办好了")
	p.Followed = false
	if d := r.once(p); d.Fate != ticket.Failed || d.Reason == "" || len(r.platform.Calls()) != 0 {
		t.Errorf("%+v", d)
	}
}

func TestAStopGivesTheRestBack(t *testing.T) {
	r := newRig(t, wechatsim.SubscriptionVerified)
	r.write()
	p := r.letter("邻居的事办好了")
	ctx, stop := context.WithCancel(t.Context())
	r.post.taken = stop
	if n, err := r.sender.Once(ctx); n != 0 || err != nil || r.post.settled != 1 || p.Delivery.Fate != ticket.Sending || len(r.platform.Calls()) != 0 {
		t.Errorf("%d, %v: %+v", n, err, p.Delivery)
	}
	r.sender.Run(ctx) // returns
	r.post.taken = func() { r.advance(beginTime) }
	if n, err := r.sender.Once(t.Context()); n != 0 || err != nil || r.post.settled != 3 || len(r.platform.Calls()) != 0 {
		t.Errorf("with a short lease: %d, %v, settled %d", n, err, r.post.settled)
	}
	r.post.taken = nil
	if d := r.once(p); d.Fate != ticket.Delivered {
		t.Errorf("later: %+v", d)
	}
}

// TestASenderThatSleptGivesBack puts the machine to sleep between the taking of letters and their sending: what has run says nothing of it.
func TestASenderThatSleptGivesBack(t *testing.T) {
	r := newRig(t, wechatsim.SubscriptionVerified)
	r.write()
	p, slept := r.letter("邻居的事办好了"), time.Duration(0)
	r.sender.Wall = func() time.Time { return r.clock().Add(slept) }
	r.post.taken = func() { slept = 10 * time.Minute }
	if n, err := r.sender.Once(t.Context()); n != 0 || err != nil || r.post.settled != 1 || len(r.platform.Calls()) != 0 {
		t.Errorf("%d, %v, settled %d", n, err, r.post.settled)
	}
	if d := r.once(p); d.Fate != ticket.Delivered { // asleep no longer
		t.Errorf("later: %+v", d)
	}
}

// TestAStopBeginsNoFurtherPiece asks the program to end while the first piece of a letter is on its way: the next one is left to whoever comes
// after it, and nothing is counted as a try.
func TestAStopBeginsNoFurtherPiece(t *testing.T) {
	r := newRig(t, wechatsim.SubscriptionVerified)
	r.write()
	p := r.letter(strings.Repeat("今晚八点上门，请您在家等。", 80))
	stopping, stop := context.WithCancel(t.Context())
	usual := r.api.client.Transport
	r.api.client.Transport = roundTrip(func(q *http.Request) (*http.Response, error) {
		resp, err := usual.RoundTrip(q)
		if strings.HasSuffix(q.URL.Path, pathCustom) {
			stop()
		}
		return resp, err
	})
	if _, err := r.sender.Once(stopping); err != nil {
		t.Fatal(err)
	}
	if d := p.Delivery; d.Fate != ticket.Sending || d.Sent != 1 || d.Tries != 0 || d.NextTry.After(r.clock()) || len(r.read("text")) != 1 {
		t.Errorf("%+v, she read %d pieces", d, len(r.read("text")))
	}
	r.api.client.Transport = usual
	if d := r.once(p); d.Fate != ticket.Delivered || len(r.read("text")) != 2 {
		t.Errorf("afterwards: %+v, she read %d pieces", d, len(r.read("text")))
	}
}

// TestAStopCutsACallThatHangs asks the program to end while the platform does not answer: the call is given up long before its time, so that the letter
// can still be put down.
func TestAStopCutsACallThatHangs(t *testing.T) {
	r := newRig(t, wechatsim.SubscriptionVerified)
	r.write()
	p := r.letter("邻居的事办好了")
	stopping, stop := context.WithCancel(t.Context())
	began, usual := time.Now(), r.api.client.Transport
	r.api.client.Transport = roundTrip(func(q *http.Request) (*http.Response, error) {
		if !strings.HasSuffix(q.URL.Path, pathCustom) {
			return usual.RoundTrip(q)
		}
		stop()
		<-q.Context().Done()
		return nil, q.Context().Err()
	})
	if _, err := r.sender.Once(stopping); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took >= min(sendTime, callTime) || r.post.settled != 1 || p.Delivery.Fate != ticket.Sending {
		t.Errorf("after %s, settled %d times: %+v", took, r.post.settled, p.Delivery)
	}
}

// TestAResidentIsToldOfALetterOnce puts a letter into the mailbox of which a template message has told already.
func TestAResidentIsToldOfALetterOnce(t *testing.T) {
	r := newRig(t, wechatsim.ServiceVerified)
	p := r.letter("邻居的事办好了")
	p.Delivery.Told, p.Window = true, ticket.Window{}
	if d := r.once(p); d.Fate != ticket.InMailbox || !d.Told || len(r.read("template")) != 0 {
		t.Errorf("%+v, she reads %q", d, r.read("template"))
	}
}

// TestALeaseLastsLongerThanItsLetters adds up what a letter may take that was begun last.
func TestALeaseLastsLongerThanItsLetters(t *testing.T) {
	if hangTime <= sendTime {
		t.Errorf("a letter that may take %v is said to hang after %v", sendTime, hangTime)
	}
	if longest := beginTime + hangTime + settleTime; lease < longest+10*time.Second {
		t.Errorf("a letter may take %v, and its lease is %v", longest, lease)
	}
	if fetchPatience <= fetchTime {
		t.Errorf("a file that may take %v is said to hang after %v", fetchTime, fetchPatience)
	}
	if longest := fetchPatience + keepTime; hold < longest+10*time.Second {
		t.Errorf("a file may take %v, and its lease is %v", longest, hold)
	}
}

func TestALostLeaseIsNobodysFault(t *testing.T) {
	r := newRig(t, wechatsim.SubscriptionVerified)
	r.write()
	r.letter("邻居的事办好了")
	r.post.err = ticket.ErrConflict
	if n, err := r.sender.Once(t.Context()); n != 0 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	r.post.err = ticket.ErrUnavailable
	if _, err := r.sender.Once(t.Context()); !errors.Is(err, ticket.ErrUnavailable) {
		t.Errorf("%v", err)
	}
}

// TestAStoreThatHiccupsMakesNoDuplicate has the store fail after a letter went out.
func TestAStoreThatHiccupsMakesNoDuplicate(t *testing.T) {
	r := newRig(t, wechatsim.SubscriptionVerified)
	r.write()
	p := r.letter("邻居的事办好了")
	r.post.err = ticket.ErrUnavailable
	if _, err := r.sender.Once(t.Context()); !errors.Is(err, ticket.ErrUnavailable) || len(r.read("text")) != 1 {
		t.Fatalf("%v, she reads %q", err, r.read("text"))
	}
	r.post.err = nil
	if d := r.once(p); d.Fate != ticket.Delivered || len(r.read("text")) != 1 {
		t.Errorf("%+v, she reads %q", d, r.read("text"))
	}
}

// TestALetterIsShownTwiceAtMost has the platform take a letter, and lose its answer, whatever comes after that.
func TestALetterIsShownTwiceAtMost(t *testing.T) {
	r := newRig(t, wechatsim.SubscriptionVerified)
	r.write()
	cut := wechatsim.Fault{Path: pathCustom, Truncate: true, Times: 1}
	r.platform.SetFault(cut)
	p := r.letter("邻居的事办好了")
	if d := r.once(p); d.Fate != ticket.Sending || d.Unclear != 1 {
		t.Fatalf("once: %+v", d)
	}
	if rest := p.Delivery.NextTry.Sub(p.Delivery.At); rest < time.Minute { // the first answer may still be on its way
		t.Errorf("a letter that may be out comes again after %s", rest)
	}
	r.advance(time.Hour)
	r.platform.SetFault(wechatsim.Fault{Path: pathCustom, Errcode: -1, Times: 1})
	if d := r.once(p); d.Fate != ticket.Sending || d.Unclear != 1 {
		t.Fatalf("then a clear no: %+v", d)
	}
	r.advance(time.Hour)
	r.platform.SetFault(cut)
	if d := r.once(p); d.Fate != ticket.Unconfirmed || d.Reason != unconfirmed || len(r.read("text")) != 2 {
		t.Errorf("twice: %+v, she reads %q", d, r.read("text"))
	}
	again := r.letter("还有一封")
	r.platform.SetFault(cut)
	r.once(again)
	r.advance(time.Hour)
	r.platform.SetFault(wechatsim.Fault{Path: pathCustom, Errcode: 45015, Times: 1})
	if d := r.once(again); d.Fate != ticket.InMailbox || len(r.read("text")) != 3 {
		t.Errorf("the mailbox may show it for the second time: %+v, she reads %q", d, r.read("text"))
	}
}

// TestAnotherReplicaGoesOnBehindThePieces has one sender stop in the middle of a long letter, and another take it up.
func TestAnotherReplicaGoesOnBehindThePieces(t *testing.T) {
	r := newRig(t, wechatsim.SubscriptionVerified)
	r.write()
	long := strings.Repeat("邻居每天晚上十一点以后还在敲墙。", 100)
	stop := func(p *ticket.Parcel, fault wechatsim.Fault) {
		t.Helper()
		var count int
		next := r.api.client.Transport
		r.api.client.Transport = tripper(func(do func() error) error {
			if count++; count == 2 { // the first piece, then trouble
				r.platform.SetFault(fault)
			}
			return do()
		}, next)
		if d := r.once(p); d.Fate != ticket.Sending || d.Sent != 1 {
			t.Fatalf("%+v", d)
		}
		r.api.client.Transport = next
		r.sender = NewSender(r.sender.SenderConfig)
		r.advance(time.Hour)
	}
	if d := r.once(r.letter("邻居的事")); d.Fate != ticket.Delivered || d.Sent != 1 { // the token is there now
		t.Fatalf("%+v", d)
	}
	before := len(r.read("text"))
	p := r.letter(long)
	stop(p, wechatsim.Fault{Path: pathCustom, Status: 502, Times: 1})
	if d := r.once(p); d.Fate != ticket.Delivered || d.Sent != 3 || strings.Join(r.read("text")[before:], "") != long {
		t.Errorf("%+v, %d pieces", d, len(r.read("text")))
	}
	r.write()
	before = len(r.read("text"))
	p = r.letter(long)
	stop(p, wechatsim.Fault{Path: pathCustom, Status: 502, Times: 1})
	p.Window = ticket.Window{}
	if d := r.once(p); d.Fate != ticket.InMailbox || restMark+strings.TrimPrefix(long, r.read("text")[before]) != r.post.last.Text.Reveal() {
		t.Errorf("%+v, in the mailbox lie %d bytes", d, len(r.post.last.Text))
	}
}

// TestAPieceThatIsNotClear has the platform lose its answer to a piece twice: those behind it go out, and the officer is told.
func TestAPieceThatIsNotClear(t *testing.T) {
	r := newRig(t, wechatsim.SubscriptionVerified)
	r.write()
	p := r.letter(strings.Repeat("邻居每天晚上十一点以后还在敲墙。", 100))
	r.platform.SetFault(wechatsim.Fault{Path: pathCustom, Truncate: true, Times: 2})
	r.once(p)
	r.advance(time.Hour)
	if d := r.once(p); d.Fate != ticket.Sending || d.Sent != 1 || !d.Unsure {
		t.Fatalf("%+v", d)
	}
	r.advance(time.Hour)
	if d := r.once(p); d.Fate != ticket.Unconfirmed || d.Reason != unsure || len(r.read("text")) != 4 {
		t.Errorf("%+v, she reads %d", d, len(r.read("text")))
	}
}

// TestEachPieceIsTriedTwice has the platform lose its answer to the first piece once and, after that one arrived, to the second once: neither is skipped.
func TestEachPieceIsTriedTwice(t *testing.T) {
	r := newRig(t, wechatsim.SubscriptionVerified)
	r.write()
	p, lost := r.letter(strings.Repeat("邻居每天晚上十一点以后还在敲墙。", 100)), wechatsim.Fault{Path: pathCustom, Truncate: true, Times: 1}
	r.platform.SetFault(lost)
	r.once(p)
	r.advance(time.Hour)
	usual, count := r.api.client.Transport, 0
	r.api.client.Transport = tripper(func(next func() error) error {
		if count++; count == 2 {
			r.platform.SetFault(lost)
		}
		return next()
	}, usual)
	if d := r.once(p); d.Fate != ticket.Sending || d.Sent != 1 || d.Unclear != 1 || d.Unsure {
		t.Fatalf("%+v", d)
	}
	r.api.client.Transport = usual
	r.advance(time.Hour)
	if d := r.once(p); d.Fate != ticket.Delivered || d.Sent != 3 || len(r.read("text")) != 5 {
		t.Errorf("%+v, she reads %d", d, len(r.read("text")))
	}
}

// TestALetterIsShownTwiceAtMostWhateverFails has the platform take a letter without a clear answer, and the store fail after each try.
func TestALetterIsShownTwiceAtMostWhateverFails(t *testing.T) {
	r := newRig(t, wechatsim.SubscriptionVerified)
	r.write()
	r.platform.SetFault(wechatsim.Fault{Path: pathCustom, Truncate: true})
	p := r.letter("邻居的事办好了")
	r.post.err = ticket.ErrUnavailable
	for range 4 {
		if _, err := r.sender.Once(t.Context()); err == nil {
			t.Fatal("the store was there after all")
		}
		r.advance(time.Hour)
	}
	r.post.err = nil
	if d := r.once(p); d.Fate != ticket.Unconfirmed || len(r.read("text")) != 2 {
		t.Errorf("%+v, she reads %q", d, r.read("text"))
	}
}

// TestALetterIsShownTwiceAtMostWhoeverDies has each sender die after the platform took the letter, before that was written down.
func TestALetterIsShownTwiceAtMostWhoeverDies(t *testing.T) {
	r := newRig(t, wechatsim.SubscriptionVerified)
	r.write()
	p := r.letter("邻居的事办好了")
	r.post.err = ticket.ErrUnavailable
	for range 2 {
		if _, err := r.sender.Once(t.Context()); err == nil {
			t.Fatal("the store was there after all")
		}
		r.sender = NewSender(r.sender.SenderConfig)
		r.advance(time.Hour)
	}
	r.post.err, p.Window = nil, ticket.Window{} // nor does the mailbox show it
	if d := r.once(p); d.Fate != ticket.Unconfirmed || d.Reason != unconfirmed || len(r.read("text")) != 2 {
		t.Errorf("%+v, she reads %q", d, r.read("text"))
	}
}

// TestWhoLostTheLeaseCallsNobody has a sender learn that a letter is somebody else's by now, and another that the store is away.
func TestWhoLostTheLeaseCallsNobody(t *testing.T) {
	r := newRig(t, wechatsim.SubscriptionVerified)
	r.write()
	p := r.letter("邻居的事办好了")
	r.post.unbegun = ticket.ErrConflict
	if n, err := r.sender.Once(t.Context()); n != 0 || err != nil || r.post.settled > 0 {
		t.Errorf("%d, %v, settled %d times", n, err, r.post.settled)
	}
	r.post.unbegun, r.post.err = ticket.ErrUnavailable, ticket.ErrUnavailable
	for range 3 { // what is written by oneself is no try of others
		r.post.unheard = !r.post.unheard
		if _, err := r.sender.Once(t.Context()); !errors.Is(err, ticket.ErrUnavailable) {
			t.Error(err)
		}
		r.advance(time.Minute)
	}
	r.post.err = nil
	if d := r.once(p); d.Fate != ticket.Sending || d.Unclear != 0 || d.Begun != "" || d.Tries != 0 || !d.NextTry.Equal(r.clock().Add(firstWait)) {
		t.Errorf("not put down: %+v", d)
	}
	if got := r.calls(pathCustom); got > 0 {
		t.Errorf("called %d times", got)
	}
	r.advance(time.Minute)
	r.post.unbegun = nil
	if d := r.once(p); d.Fate != ticket.Delivered || len(r.read("text")) != 1 {
		t.Errorf("%+v, she reads %q", d, r.read("text"))
	}
}

// TestAClearNoIsNoTryToBeAfraidOf has the platform refuse a letter, and the store fail after each try: it was not shown and goes out in the end.
func TestAClearNoIsNoTryToBeAfraidOf(t *testing.T) {
	r := newRig(t, wechatsim.SubscriptionVerified)
	r.write()
	p := r.letter("邻居的事办好了")
	r.post.err = ticket.ErrUnavailable
	r.platform.SetFault(wechatsim.Fault{Path: pathCustom, Errcode: -1, Times: 3})
	for range 3 {
		if _, err := r.sender.Once(t.Context()); err == nil {
			t.Fatal("the store was there after all")
		}
		r.advance(time.Hour)
	}
	r.post.err = nil
	if d := r.once(p); d.Fate != ticket.Delivered || len(r.read("text")) != 1 {
		t.Errorf("%+v, she reads %q", d, r.read("text"))
	}
}

// TestATryOfWhoHasItNowCounts has one sender lose its lease before it began, and then two others die in their tries.
func TestATryOfWhoHasItNowCounts(t *testing.T) {
	r := newRig(t, wechatsim.SubscriptionVerified)
	r.write()
	p := r.letter("邻居的事办好了")
	r.post.unbegun = ticket.ErrConflict
	if _, err := r.sender.Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.post.unbegun, r.post.err = nil, ticket.ErrUnavailable
	for range 2 {
		if _, err := NewSender(r.sender.SenderConfig).Once(t.Context()); err == nil {
			t.Fatal("the store was there after all")
		}
		r.advance(time.Hour)
	}
	r.post.err = nil
	if d := r.once(p); d.Fate != ticket.Unconfirmed || len(r.read("text")) != 2 {
		t.Errorf("%+v, she reads %q", d, r.read("text"))
	}
}

// TestOnlyOnesOwnTryIsTakenBack has one sender fail in a way that leaves no try behind, and then both of two lose the platform's answer.
func TestOnlyOnesOwnTryIsTakenBack(t *testing.T) {
	for name, fails := range map[string]func(*rig){
		"a beginning that is not written": func(r *rig) { r.post.unbegun, r.post.err = ticket.ErrUnavailable, ticket.ErrUnavailable },
		"a settlement that is, and not heard of": func(r *rig) {
			r.post.err, r.post.unheard = ticket.ErrUnavailable, true
			r.platform.SetFault(wechatsim.Fault{Path: pathCustom, Errcode: -1, Times: 1})
		},
	} {
		r := newRig(t, wechatsim.SubscriptionVerified)
		r.write()
		p, other := r.letter("邻居的事办好了"), NewSender(r.sender.SenderConfig)
		fails(r)
		if _, err := other.Once(t.Context()); err == nil {
			t.Fatal("the store was there after all")
		}
		r.post.unbegun, r.post.err, r.post.unheard = nil, nil, false
		for _, s := range []*Sender{r.sender, other} {
			r.advance(time.Hour)
			r.platform.SetFault(wechatsim.Fault{Path: pathCustom, Truncate: true, Times: 1})
			if _, err := s.Once(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if p.Delivery.Fate != ticket.Unconfirmed || len(r.read("text")) != 2 {
			t.Errorf("%s: %+v, she reads %q", name, p.Delivery, r.read("text"))
		}
	}
}

// TestAPieceStaysUnclear has the platform lose its answer to a piece twice, and the store fail to keep that the next one is due: the officer is told.
func TestAPieceStaysUnclear(t *testing.T) {
	r := newRig(t, wechatsim.SubscriptionVerified)
	r.write()
	p := r.letter(strings.Repeat("邻居每天晚上十一点以后还在敲墙。", 100))
	r.platform.SetFault(wechatsim.Fault{Path: pathCustom, Truncate: true, Times: 2})
	r.once(p)
	r.advance(time.Hour)
	r.post.err = ticket.ErrUnavailable
	if _, err := r.sender.Once(t.Context()); err == nil {
		t.Fatal("the store was there after all")
	}
	r.post.err = nil
	r.advance(time.Hour)
	if d := r.once(p); d.Fate != ticket.Unconfirmed || d.Reason != unsure || len(r.read("text")) != 4 {
		t.Errorf("%+v, she reads %d", d, len(r.read("text")))
	}
}

// TestATryThatBreaksAndIsNotBuriedCounts has the program break right after the platform took the letter, and the store fail to keep it as dead.
func TestATryThatBreaksAndIsNotBuriedCounts(t *testing.T) {
	r := newRig(t, wechatsim.SubscriptionVerified)
	r.write()
	if d := r.once(r.letter("先来一封")); d.Fate != ticket.Delivered { // the token is there now
		t.Fatalf("%+v", d)
	}
	r.api.client.Timeout = 0 // a panic inside a client leaves the clock of its timeout behind
	r.api.client.Transport = tripper(func(next func() error) error {
		_ = next()
		panic("it broke")
	}, r.api.client.Transport)
	p := r.letter("邻居的事办好了")
	r.post.unburied = ticket.ErrUnavailable
	for range 3 {
		if _, err := r.sender.Once(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.advance(time.Hour)
	}
	if p.Delivery.Fate != ticket.Unconfirmed || len(r.read("text")) != 3 {
		t.Errorf("%+v, she reads %q", p.Delivery, r.read("text"))
	}
}

// TestATryThatRedisForgotCounts has the platform lose its answers, and a failover undo what was written of the first try.
func TestATryThatRedisForgotCounts(t *testing.T) {
	r := newRig(t, wechatsim.SubscriptionVerified)
	r.write()
	p := r.letter("邻居的事办好了")
	before := p.Delivery
	r.platform.SetFault(wechatsim.Fault{Path: pathCustom, Truncate: true})
	r.post.err = ticket.ErrUnavailable
	if _, err := r.sender.Once(t.Context()); err == nil {
		t.Fatal("the store was there after all")
	}
	p.Delivery, r.post.err = before, nil
	r.advance(time.Hour)
	if d := r.once(p); d.Fate != ticket.Unconfirmed || len(r.read("text")) != 2 {
		t.Errorf("%+v, she reads %q", d, r.read("text"))
	}
}

// TestATryOfTheDeadCountsOnce has a sender die in its try, and two others give the letter back before it is sent again.
func TestATryOfTheDeadCountsOnce(t *testing.T) {
	r := newRig(t, wechatsim.SubscriptionVerified)
	r.write()
	p := r.letter("邻居的事办好了")
	r.post.err = ticket.ErrUnavailable
	if _, err := NewSender(r.sender.SenderConfig).Once(t.Context()); err == nil {
		t.Fatal("the store was there after all")
	}
	r.post.err = nil
	for range 2 {
		ctx, stop := context.WithCancel(t.Context())
		r.post.taken = stop
		if _, err := NewSender(r.sender.SenderConfig).Once(ctx); err != nil || p.Delivery.Unclear != 1 || p.Delivery.Begun != "" {
			t.Errorf("%v, given back as %+v", err, p.Delivery)
		}
	}
	r.post.taken = nil
	if d := r.once(p); d.Fate != ticket.Delivered || len(r.read("text")) != 2 {
		t.Errorf("%+v, she reads %q", d, r.read("text"))
	}
}

// TestTriesOfTwoSendersAdd has the platform lose its answer to one sender, and another one die in its try.
func TestTriesOfTwoSendersAdd(t *testing.T) {
	r := newRig(t, wechatsim.SubscriptionVerified)
	r.write()
	p := r.letter("邻居的事办好了")
	r.platform.SetFault(wechatsim.Fault{Path: pathCustom, Truncate: true, Times: 1})
	if d := r.once(p); d.Fate != ticket.Sending || d.Unclear != 1 {
		t.Fatalf("%+v", d)
	}
	r.advance(time.Hour)
	r.post.err = ticket.ErrUnavailable
	if _, err := NewSender(r.sender.SenderConfig).Once(t.Context()); err == nil {
		t.Fatal("the store was there after all")
	}
	r.post.err = nil
	r.advance(time.Hour)
	if d := r.once(p); d.Fate != ticket.Unconfirmed || len(r.read("text")) != 2 {
		t.Errorf("%+v, she reads %q", d, r.read("text"))
	}
}

// TestALetterUnderAnOldIdIsSent sends a reply that could not be written down, as a failover does that undoes it, and then another reply with its id.
func TestALetterUnderAnOldIdIsSent(t *testing.T) {
	r := newRig(t, wechatsim.ServiceVerified)
	r.write()
	r.letter("今晚八点来")
	r.post.err = ticket.ErrUnavailable
	if _, err := r.sender.Once(r.Context()); err == nil {
		t.Fatal("the store was there after all")
	}
	r.post.err, r.post.parcels = nil, nil
	r.advance(time.Minute)
	d := r.once(r.letter("改成明天上午，请带身份证"))
	if got := r.read("text"); d.Fate != ticket.Delivered || len(got) != 2 {
		t.Errorf("%s, and the resident reads %q", d.Fate, got)
	}
}
