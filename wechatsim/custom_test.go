package wechatsim

// Customer-service messages: windows, counts and forms.

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestWindowsOfCustomMessages(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		do     func(context.Context, *Resident) Exchange
		number int
		within time.Duration
	}{
		"message": {func(ctx context.Context, r *Resident) Exchange { return r.Text(ctx, "在吗") }, 5, 48 * time.Hour},
		"picture": {func(ctx context.Context, r *Resident) Exchange { return r.Image(ctx, SamplePicture()) }, 5, 48 * time.Hour},
		"menu":    {func(ctx context.Context, r *Resident) Exchange { return r.Click(ctx, "K") }, 3, time.Minute},
		"follow":  {func(ctx context.Context, r *Resident) Exchange { return r.Follow(ctx, "") }, 3, time.Minute},
		"scan":    {func(ctx context.Context, r *Resident) Exchange { return r.Scan(ctx, "gate") }, 3, time.Minute},
		"scancode": {func(ctx context.Context, r *Resident) Exchange {
			return r.Event(ctx, map[string]string{"Event": "scancode_push"})
		}, 3, time.Minute},
		"waitmsg": {func(ctx context.Context, r *Resident) Exchange {
			return r.Event(ctx, map[string]string{"Event": "scancode_waitmsg"})
		}, 3, time.Minute},
		"page": {func(ctx context.Context, r *Resident) Exchange { return r.View(ctx, "http://c/") }, 0, 0},
		"LOCATION": {func(ctx context.Context, r *Resident) Exchange {
			return r.Event(ctx, map[string]string{"Event": "LOCATION"})
		}, 0, 0},
		"nothing":   {func(context.Context, *Resident) Exchange { return Exchange{} }, 0, 0},
		"unfollow":  {func(ctx context.Context, r *Resident) Exchange { return r.Unfollow(ctx) }, 0, 0},
		"agreement": {func(ctx context.Context, r *Resident) Exchange { return r.Consent(ctx, false, "T") }, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rm := newRoom(t, nil)
			lin := rm.Resident(testAccount, "oLin")
			c.do(background(t), lin)
			if c.number == 0 {
				if code := rm.custom("oLin", "a"); code != 45015 {
					t.Fatalf("without a window: %d", code)
				}
				return
			}
			for i := range c.number {
				if code := rm.custom("oLin", "a"); code != 0 {
					t.Fatalf("message %d: %d", i+1, code)
				}
			}
			if code := rm.custom("oLin", "a"); code != 45047 {
				t.Fatalf("one too many: %d", code)
			}
			c.do(background(t), lin) // opens it afresh
			rm.pass(c.within - time.Second)
			if code := rm.custom("oLin", "a"); code != 0 {
				t.Fatalf("just before its end: %d", code)
			}
			rm.pass(time.Second)
			if code := rm.custom("oLin", "a"); code != 45015 {
				t.Fatalf("at its end: %d", code)
			}
		})
	}
}

func TestWindowsStandSideBySide(t *testing.T) {
	t.Parallel()
	rm := newRoom(t, nil)
	lin := rm.Resident(testAccount, "oLin")
	lin.Text(background(t), "在吗")
	lin.Click(background(t), "K")
	for i := range 8 { // the three of the tap are used up first
		if i == 3 {
			rm.Advance(time.Minute)
		}
		if code := rm.custom("oLin", "a"); code != 0 {
			t.Fatalf("message %d: %d", i+1, code)
		}
	}
	if code := rm.custom("oLin", "a"); code != 45047 {
		t.Fatalf("the ninth: %d", code)
	}
	rm.Advance(48 * time.Hour)
	if code := rm.custom("oLin", "a"); code != 45015 {
		t.Fatalf("after 48 h: %d", code)
	}
}

func TestWhoCannotBeReached(t *testing.T) {
	t.Parallel()
	rm := newRoom(t, nil)
	lin, chen := rm.Resident(testAccount, "oLin"), rm.Resident(testAccount, "oChen")
	lin.Text(background(t), "在吗")
	chen.Text(background(t), "在吗")
	chen.Refuse(true)
	if code := rm.custom("oChen", "a"); code != 48002 {
		t.Errorf("who refuses: %d", code)
	}
	lin.Unfollow(background(t))
	if code := rm.custom("oLin", "a"); code != 50005 {
		t.Errorf("who left: %d", code)
	}
	rm.Advance(48 * time.Hour)
	if code := rm.custom("oLin", "a"); code != 45015 {
		t.Errorf("who left long ago: %d", code)
	}
	if code := rm.custom("oNobody", "a"); code != 40003 {
		t.Errorf("nobody: %d", code)
	}
}

func TestFormsOfCustomMessages(t *testing.T) {
	t.Parallel()
	text := func(words string) string {
		return `{"touser":"oLin","msgtype":"text","text":{"content":"` + words + `"}}`
	}
	article := `{"title":"a","description":"b","url":"https://example.com/"}`
	menu := `{"touser":"oLin","msgtype":"msgmenu","msgmenu":{"head_content":"好了吗","list":[{"id":"1","content":"好了"}],"tail_content":""}}`
	for name, c := range map[string]struct {
		body  string
		code  int
		shown string
	}{
		"text":             {text("您好"), 0, "您好"},
		"2048 bytes":       {text(strings.Repeat("a", 2048)), 0, strings.Repeat("a", 2048)},
		"2049 bytes":       {text(strings.Repeat("a", 2049)), 45002, ""},
		"empty":            {text(""), 44004, ""},
		"no body":          {"", 44002, ""},
		"escaped":          {text(`\u60a8`), 0, `\u60a8`},
		"capitals":         {`{"ToUser":"oLin","msgtype":"text","text":{"content":"a"}}`, 47001, ""},
		"not JSON":         {"{", 47001, ""},
		"two values":       {text("a") + text("a"), 47001, ""},
		"unknown type":     {`{"touser":"oLin","msgtype":"markdown"}`, 40008, ""},
		"one article":      {`{"touser":"oLin","msgtype":"news","news":{"articles":[` + article + `]}}`, 0, "a\nb"},
		"two articles":     {`{"touser":"oLin","msgtype":"news","news":{"articles":[` + article + "," + article + `]}}`, 45008, ""},
		"unknown picture":  {`{"touser":"oLin","msgtype":"image","image":{"media_id":"M_no"}}`, 40007, ""},
		"menu":             {menu, 0, "好了吗"},
		"menu of nothing":  {`{"touser":"oLin","msgtype":"msgmenu","msgmenu":{"head_content":"a","list":[]}}`, 44004, ""},
		"machine":          {strings.Replace(text("a"), "{", `{"aimsgcontext":{"is_ai_msg":1},`, 1), 0, "a"},
		"machine, misused": {strings.Replace(text("a"), "{", `{"aimsgcontext":{"is_ai_msg":2},`, 1), 40097, ""},
	} {
		rm := newRoom(t, nil)
		lin := rm.Resident(testAccount, "oLin")
		lin.Text(background(t), "在吗")
		if code := errcode(rm.call("/cgi-bin/message/custom/send", rm.token(), c.body)); code != c.code {
			t.Errorf("%s: %d", name, code)
			continue
		}
		s := lin.Screen()
		if last := s[len(s)-1]; c.code == 0 && (last.Text != c.shown || last.From != "account" || last.Machine != (name == "machine")) ||
			c.code != 0 && len(s) != 1 {
			t.Errorf("%s: screen %+v", name, s)
		}
	}
	rm := newRoom(t, kinds(Sandbox))
	rm.Resident(testAccount, "oLin").Text(background(t), "在吗")
	if code := errcode(rm.call("/cgi-bin/message/custom/send", rm.token(), menu)); code != 40200 {
		t.Errorf("msgmenu on a sandbox account: %d", code)
	}
}

func TestKindsOfAccountMayDoWhatTheyMay(t *testing.T) {
	t.Parallel()
	calls := []struct {
		path, body string // no body: GET
		who        string // which of the five kinds may, in the order below
	}{
		{"/cgi-bin/menu/create", "{}", "-+-++"},
		{"/cgi-bin/menu/get", "", "-+-++"},
		{"/cgi-bin/menu/delete", "", "-+-++"},
		{"/cgi-bin/message/custom/send", "{}", "-+-++"},
		{"/cgi-bin/message/custom/typing", "{}", "-+-++"},
		{"/cgi-bin/user/info", "", "-+-++"},
		{"/cgi-bin/media/upload", "{}", "-+-++"},
		{"/cgi-bin/media/get", "", "-+-++"},
		{"/cgi-bin/message/template/send", "{}", "---++"},
		{"/cgi-bin/message/subscribe/bizsend", "{}", "---++"},
		{"/cgi-bin/qrcode/create", "{}", "---++"},
		{"/cgi-bin/getcallbackip", "", "+++++"},
	}
	for i, kind := range []Kind{SubscriptionUnverified, SubscriptionVerified, ServiceUnverified, ServiceVerified, Sandbox} {
		rm := newRoom(t, kinds(kind))
		token := rm.token()
		for _, c := range calls {
			var body any
			if c.body != "" {
				body = c.body
			}
			code := errcode(rm.call(c.path, token, body))
			if (code != 48001) != (c.who[i] == '+') {
				t.Errorf("%s, %s: %d", kind, c.path, code)
			}
		}
		rm.say(sealXML(t, textXML("oLin", "在")))
		if ex := rm.Resident(testAccount, "oLin").Text(background(t), "在吗"); ex.Answer != "在" {
			t.Errorf("%s cannot answer: %+v", kind, ex)
		}
	}
}

func TestTypingTakesNothing(t *testing.T) {
	t.Parallel()
	rm := newRoom(t, nil)
	typing := func() int {
		return errcode(rm.call("/cgi-bin/message/custom/typing", rm.token(), `{"touser":"oLin","command":"Typing"}`))
	}
	lin := rm.Resident(testAccount, "oLin")
	if code := typing(); code != 45015 {
		t.Errorf("without a window: %d", code)
	}
	lin.Text(background(t), "在吗")
	for range 6 {
		if code := typing(); code != 0 {
			t.Errorf("%d", code)
		}
	}
	for i := range 5 {
		if code := rm.custom("oLin", fmt.Sprint(i)); code != 0 {
			t.Errorf("message %d: %d", i, code)
		}
	}
}
