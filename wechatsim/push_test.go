package wechatsim

// Messages out to the account: forms, signatures, retries, overlap.

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestTextIsAnsweredInEveryMode(t *testing.T) {
	t.Parallel()
	for _, mode := range []Mode{Safe, Compatible, Plaintext} {
		for _, sealed := range []bool{true, false} {
			rm := newRoom(t, modes(mode))
			body := textXML("oLin", "您好，警务室在。]]>")
			if sealed {
				body = sealXML(t, body)
			}
			rm.say(body)
			lin := rm.Resident(testAccount, "oLin")
			ex := lin.Text(background(t), "在吗 <&]]> 😀")
			fits := mode == Compatible || sealed == (mode == Safe)
			if ex.Failed == fits || ex.Attempts != 1 || ex.Status != 200 {
				t.Errorf("%s, sealed %v: %+v", mode, sealed, ex)
			}
			if want := "您好，警务室在。]]>"; fits && ex.Answer != want {
				t.Errorf("%s: she read %q", mode, ex.Answer)
			}
			g := rm.received()[0]
			if !strings.Contains(g.plain, "<Content><![CDATA[在吗 <&]]]]><![CDATA[> 😀]]></Content>") {
				t.Errorf("%s: the room read %s", mode, g.plain)
			}
			checkForm(t, mode, g)
			screen := lin.Screen()
			if last := screen[len(screen)-1]; len(screen) != 2 || fits && last.From != "account" || !fits && last.Text != Notice {
				t.Errorf("%s, sealed %v: screen %+v", mode, sealed, screen)
			}
		}
	}
}

// checkForm says whether a post has the form that its mode has.
func checkForm(t *testing.T, mode Mode, g got) {
	t.Helper()
	q := g.query
	if q.Get("signature") != signature("AAAAA", q.Get("timestamp"), q.Get("nonce")) || q.Get("room") != "1" {
		t.Errorf("%s: query %v", mode, q)
	}
	plain, sealed := strings.Contains(g.body, "<Content>"), strings.Contains(g.body, "<Encrypt>")
	if plain != (mode != Safe) || sealed != (mode != Plaintext) {
		t.Errorf("%s: body %s", mode, g.body)
	}
	if mode == Plaintext {
		if q.Has("encrypt_type") || q.Has("msg_signature") || q.Has("openid") {
			t.Errorf("plaintext: query %v", q)
		}
		return
	}
	_, rest, _ := strings.Cut(g.body, "<Encrypt><![CDATA[")
	encrypt, _, _ := strings.Cut(rest, "]]>")
	if q.Get("openid") != "oLin" || q.Get("encrypt_type") != "aes" ||
		q.Get("msg_signature") != signature("AAAAA", q.Get("timestamp"), q.Get("nonce"), encrypt) {
		t.Errorf("%s: query %v", mode, q)
	}
}

func TestNoAnswerIsAskedAgainAndThenNoticed(t *testing.T) {
	t.Parallel()
	rm := newRoom(t, nil)
	rm.answer = func(_ int, _ got, w http.ResponseWriter) { w.WriteHeader(http.StatusBadGateway) }
	lin := rm.Resident(testAccount, "oLin")
	ex := lin.Text(background(t), "有人吗")
	if ex.Attempts != 3 || !ex.Failed || ex.Answer != "" || ex.Status != http.StatusBadGateway {
		t.Fatalf("exchange %+v", ex)
	}
	if s := lin.Screen(); len(s) != 2 || s[1].Text != Notice || s[1].From != "notice" {
		t.Fatalf("screen %+v", s)
	}
	posts := rm.received()
	if len(posts) != 3 || len(rm.waits) != 2 {
		t.Fatalf("%d posts, pauses %v", len(posts), rm.waits)
	}
	for i := 1; i < 3; i++ {
		if rm.waits[i-1] <= 4*time.Second || rm.waits[i-1] > 5*time.Second {
			t.Errorf("pause of %s", rm.waits[i-1])
		}
		a, b := posts[0], posts[i]
		if a.plain != b.plain {
			t.Errorf("the message changed: %s, %s", a.plain, b.plain)
		}
		for _, q := range []string{"timestamp", "nonce", "signature", "msg_signature"} {
			if a.query.Get(q) == b.query.Get(q) {
				t.Errorf("%s did not change", q)
			}
		}
	}
}

func TestLateAnswerIsNoAnswer(t *testing.T) {
	t.Parallel()
	rm := newRoom(t, func(c *Config) { c.AnswerWithin, c.Attempts = time.Second, 2 })
	release := make(chan struct{})
	var once sync.Once
	free := func() { once.Do(func() { close(release) }) }
	t.Cleanup(free)
	body := sealXML(t, textXML("oLin", "来晚了"))
	rm.answer = func(n int, _ got, w http.ResponseWriter) {
		if n == 1 {
			<-release
		}
		_, _ = w.Write([]byte(body))
	}
	ex := rm.Resident(testAccount, "oLin").Text(background(t), "有人吗")
	if ex.Attempts != 2 || ex.Failed || ex.Answer != "来晚了" {
		t.Fatalf("exchange %+v", ex)
	}
}

func TestNothingToSayShowsNothing(t *testing.T) {
	t.Parallel()
	rm := newRoom(t, nil)
	for _, body := range []string{"", "success"} {
		rm.say(body)
		if ex := rm.Resident(testAccount, "oLin").Text(background(t), "嗯"); ex.Failed || ex.Answer != "" || ex.Attempts != 1 {
			t.Errorf("%q: %+v", body, ex)
		}
	}
	for _, l := range rm.Resident(testAccount, "oLin").Screen() {
		if l.From != "resident" {
			t.Errorf("line %+v", l)
		}
	}
}

func TestSilentEventShowsNoNotice(t *testing.T) {
	t.Parallel()
	rm := newRoom(t, nil)
	rm.say("no xml")
	lin := rm.Resident(testAccount, "oLin")
	if ex := lin.Event(background(t), map[string]string{"Event": "LOCATION", "Latitude": "28.1"}); !ex.Failed {
		t.Errorf("exchange %+v", ex)
	}
	if s := lin.Screen(); len(s) != 0 {
		t.Errorf("screen %+v", s)
	}
	if ex := lin.Click(background(t), "MENU"); !ex.Failed {
		t.Errorf("exchange %+v", ex)
	}
	if s := lin.Screen(); len(s) != 1 || s[0].Text != Notice {
		t.Errorf("screen %+v", s)
	}
}

func TestMessagesOfOneResidentOverlap(t *testing.T) {
	t.Parallel()
	rm := newRoom(t, nil)
	both := make(chan struct{})
	rm.answer = func(n int, _ got, _ http.ResponseWriter) {
		if n == 2 {
			close(both)
		}
		<-both // the first is only answered once the second has come
	}
	lin := rm.Resident(testAccount, "oLin")
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			if ex := lin.Text(background(t), "快来"); ex.Failed || ex.Err != nil {
				t.Errorf("exchange %+v", ex)
			}
		})
	}
	all.Wait()
}

func TestEndedContextEndsTheExchange(t *testing.T) {
	t.Parallel()
	rm := newRoom(t, nil)
	ctx, cancel := context.WithCancel(background(t))
	rm.answer = func(_ int, _ got, w http.ResponseWriter) { cancel(); w.WriteHeader(http.StatusInternalServerError) }
	lin := rm.Resident(testAccount, "oLin")
	if ex := lin.Text(ctx, "有人吗"); ex.Err == nil || ex.Attempts > 1 {
		t.Fatalf("exchange %+v", ex)
	}
	if s := lin.Screen(); len(s) != 1 {
		t.Fatalf("screen %+v", s)
	}
}

func TestVerifyWantsTheEcho(t *testing.T) {
	t.Parallel()
	rm := newRoom(t, nil)
	if err := rm.Verify(background(t), testAccount); err != nil {
		t.Fatal(err)
	}
	if err := rm.SetCallback(testAccount, rm.api.URL+"/api/accounts"); err != nil {
		t.Fatal(err)
	}
	if err := rm.Verify(background(t), testAccount); err == nil {
		t.Fatal("a server without an echo was accepted")
	}
}

// TestManyFailuresPauseAnAccount holds that an account whose server fails again and again hears nothing for a minute, not even when it is back;
// other accounts, and a server that fails only now and then, are not paused.
func TestManyFailuresPauseAnAccount(t *testing.T) {
	t.Parallel()
	rm := newRoom(t, func(c *Config) {
		c.PauseAfter, c.Attempts = 3, 1
		c.Accounts = append(c.Accounts, Account{ID: "gh_other", AppID: "wxother", Secret: "s", Token: "AAAAA", AESKey: looseKey, Mode: Plaintext, Kind: ServiceVerified})
	})
	a, err := rm.account(testAccount)
	if err == nil {
		err = rm.SetCallback("gh_other", a.CallbackURL)
	}
	if err != nil {
		t.Fatal(err)
	}
	lin, other := rm.Resident(testAccount, "oLin"), rm.Resident("gh_other", "oWang")
	fails := func(w http.ResponseWriter) { w.WriteHeader(http.StatusBadGateway) }
	down := true
	rm.answer = func(_ int, _ got, w http.ResponseWriter) {
		if down {
			fails(w)
		}
	}
	say := func(who *Resident) Exchange { return who.Text(background(t), "有人吗") }
	say(lin)
	say(lin)
	down = false
	say(lin) // an answer in between: the count begins anew
	down = true
	for range 3 {
		if ex := say(lin); ex.Attempts != 1 || !ex.Failed {
			t.Fatalf("before the pause: %+v", ex)
		}
	}
	down = false
	before := len(rm.received())
	if ex := say(lin); ex.Attempts != 0 || !ex.Failed || ex.Why == "" || len(rm.received()) != before {
		t.Errorf("in the pause: %+v, %d posts", ex, len(rm.received())-before)
	}
	if s := lin.Screen(); s[len(s)-1].Text != Notice {
		t.Errorf("in the pause she reads %q", s[len(s)-1].Text)
	}
	if ex := say(other); ex.Failed || ex.Attempts != 1 {
		t.Errorf("another account: %+v", ex)
	}
	rm.Advance(pauseTime)
	if ex := say(lin); ex.Failed || ex.Attempts != 1 {
		t.Errorf("after the pause: %+v", ex)
	}
}

// TestWithoutALimitNothingPauses holds that who does not ask for pauses has none.
func TestWithoutALimitNothingPauses(t *testing.T) {
	t.Parallel()
	rm := newRoom(t, func(c *Config) { c.Attempts = 1 })
	rm.answer = func(_ int, _ got, w http.ResponseWriter) { w.WriteHeader(http.StatusBadGateway) }
	for range 20 {
		if ex := rm.Resident(testAccount, "oLin").Text(background(t), "有人吗"); ex.Attempts != 1 {
			t.Fatalf("%+v", ex)
		}
	}
}
