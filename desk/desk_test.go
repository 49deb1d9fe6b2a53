package desk

import (
	"bufio"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"frontdesk/ticket"
)

func TestOneTicketFromClaimToResolve(t *testing.T) {
	rm := newRoom(t)
	n := rm.open(nil)
	lin := rm.browser()
	if code, page := lin.enters("3301", password); code != 200 || !strings.Contains(page, n.Spoken()) {
		t.Fatalf("signed in: %d, without the ticket", code)
	}
	for _, step := range []struct {
		what ticket.What
		text string
		sees string
	}{
		{ticket.Claim, "", "我在办"}, {ticket.Reply, "今晚就来", "今晚就来"}, {ticket.Ask, "几号楼？", "待居民答复"},
		{ticket.Note, "已电话联系", "居民看不到"}, {ticket.Resolve, "谈妥了", "已办结待确认"},
	} {
		if code, page := lin.acts(n, step.what, step.text); code != 200 || !strings.Contains(page, step.sees) {
			t.Errorf("%s: %d, the page does not say %q", step.what, code, step.sees)
		}
	}
	if strings.Contains(rm.log.String(), "今晚") || strings.Contains(rm.log.String(), password) {
		t.Errorf("the log tells: %s", &rm.log)
	}
}

func TestSigningIn(t *testing.T) {
	rm := newRoom(t)
	for _, c := range []struct{ id, password string }{{"3301", "wrong"}, {"nobody", password}, {"0000", password}, {"", ""}, {"3301", strings.Repeat("x", 9999)}} {
		if code, page := rm.browser().enters(c.id, c.password); code == 200 || strings.Contains(page, "退出登录") {
			t.Errorf("%q enters: %d", c.id, code)
		}
	}
	out := rm.browser()
	if _, page := out.get("/desk/"); !strings.Contains(page, `name="password"`) {
		t.Error("the queue is shown to nobody")
	}
	lin := rm.browser()
	lin.enters("3301", password)
	rm.mu.Lock()
	o := rm.people["3301"]
	o.Disabled = true
	rm.people["3301"] = o
	rm.mu.Unlock()
	if _, page := lin.get("/desk/"); !strings.Contains(page, `name="password"`) {
		t.Error("a disabled officer is still in")
	}
}

func TestTryingIsLimited(t *testing.T) {
	rm := newRoom(t)
	for range triesOfPair {
		rm.browser().enters("3302", "wrong")
	}
	if code, _ := rm.browser().enters("3302", password); code != http.StatusTooManyRequests {
		t.Errorf("after %d wrong tries: %d", triesOfPair, code)
	}
	rm.mu.Lock()
	rm.now = rm.now.Add(trySpan + time.Second)
	rm.mu.Unlock()
	if code, _ := rm.browser().enters("3302", password); code != 200 {
		t.Errorf("later: %d", code)
	}
}

func TestASessionEnds(t *testing.T) {
	rm := newRoom(t)
	lin := rm.browser()
	lin.enters("3301", password)
	rm.mu.Lock()
	rm.now = rm.now.Add(maxIdle + time.Minute)
	rm.mu.Unlock()
	if _, page := lin.get("/desk/"); !strings.Contains(page, `name="password"`) {
		t.Error("an idle session goes on")
	}
	lin.enters("3301", password)
	lin.post("/desk/sign-out", nil)
	if _, page := lin.get("/desk/"); !strings.Contains(page, `name="password"`) {
		t.Error("signing out does not end the session")
	}
}

// TestASessionIsReckonedAnew lets an officer work on when the clock of the machine, by which the browser was told how long it stays signed in, goes
// another way than the room's: the browser is told anew.
func TestASessionIsReckonedAnew(t *testing.T) {
	rm := newRoom(t)
	lin := rm.browser()
	lin.enters("3301", password)
	for _, passed := range []time.Duration{7 * time.Hour, 14 * time.Hour, -time.Hour} {
		rm.mu.Lock()
		was := rm.now
		rm.now = rm.now.Add(passed)
		rm.mu.Unlock()
		resp, err := lin.Get(rm.url + "/desk/")
		if err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil {
			t.Fatal(err)
		}
		rm.mu.Lock()
		rm.now = was
		rm.mu.Unlock()
		if passed > maxIdle { // signed out, by the room's clock
			lin.enters("3301", password)
			continue
		}
		want := int((maxSession - passed).Seconds())
		if list := resp.Cookies(); len(list) != 1 || list[0].MaxAge < want-60 || list[0].MaxAge > want+60 {
			t.Errorf("after %v: %v, want %d s", passed, list, want)
		}
	}
}

func TestWhatIsNotTheirs(t *testing.T) {
	rm := newRoom(t)
	complaint := rm.open(func(o *ticket.Opening) {
		o.Kind, o.Restricted, o.Complaint, o.Title = ticket.Feedback, true, "周敏态度不好", "投诉"
		o.Media = []ticket.Attachment{{ID: "p", Kind: ticket.Photo}}
	})
	other := rm.open(func(o *ticket.Opening) { o.Home.Station = "other" })
	lin, chief := rm.browser(), rm.browser()
	lin.enters("3301", password)
	chief.enters("chief", password)
	for _, n := range []ticket.Number{complaint, other} {
		for _, path := range []string{"", "/media/0"} {
			if code, _ := lin.get("/desk/tickets/" + string(n) + path); code != http.StatusNotFound {
				t.Errorf("%s%s: %d", n, path, code)
			}
		}
		form := url.Values{"request": {"0123456789abcdef"}, "what": {"claim"}}
		if code, _ := lin.post("/desk/tickets/"+string(n)+"/act", form); code != http.StatusNotFound {
			t.Errorf("claiming %s: %d", n, code)
		}
		if code, _ := chief.get("/desk/tickets/" + string(n)); code != 200 {
			t.Errorf("the chief and %s: %d", n, code)
		}
	}
	if _, page := lin.get("/desk/?list=open"); strings.Contains(page, complaint.Spoken()) || strings.Contains(page, other.Spoken()) {
		t.Error("the list shows what is not theirs")
	}
	if code, page := lin.get("/desk/search?q=" + string(complaint)); code == 200 && strings.Contains(page, "投诉") {
		t.Error("the search finds what is not theirs")
	}
}

// TestWhoIsAccusedIsShownNothing takes a ticket that its assignee works on and lets the resident accuse them.
func TestWhoIsAccusedIsShownNothing(t *testing.T) {
	rm := newRoom(t)
	n := rm.open(func(o *ticket.Opening) { o.Media = []ticket.Attachment{{ID: "p", Kind: ticket.Photo}} })
	zhou, lin, chief := rm.browser(), rm.browser(), rm.browser()
	zhou.enters("3302", password)
	lin.enters("3301", password)
	chief.enters("chief", password)
	zhou.acts(n, ticket.Claim, "")
	resp, err := zhou.Get(rm.url + "/desk/events")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	rm.says(n, ticket.Step{What: ticket.Say, Text: "民警周敏收了他的钱", Guard: ticket.GuardNamed})
	for _, path := range []string{"/tickets/" + string(n), "/tickets/" + string(n) + "/media/0"} {
		if code, _ := zhou.get("/desk" + path); code != http.StatusNotFound {
			t.Errorf("%s: %d", path, code)
		}
	}
	for _, list := range []string{"mine", "queue", "open", "done"} {
		if _, page := zhou.get("/desk/?list=" + list); strings.Contains(page, n.Spoken()) {
			t.Errorf("the list %s shows it", list)
		}
	}
	if code, page := zhou.get("/desk/search?q=" + string(n)); code != http.StatusNotFound || strings.Contains(page, "楼上半夜拖桌子") {
		t.Errorf("the search: %d", code)
	}
	if code, _ := lin.get("/desk/tickets/" + string(n)); code != 200 {
		t.Errorf("a colleague: %d", code)
	}
	_, page := chief.get("/desk/tickets/" + string(n))
	if !strings.Contains(page, `value="3301"`) || strings.Contains(page, `value="3302"`) {
		t.Error("it can be given to who is accused, or to nobody")
	}
	other := rm.open(nil)
	chief.acts(n, ticket.Note, "核实中")
	chief.acts(other, ticket.Note, "备注")
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		if strings.Contains(lines.Text(), string(n)) {
			t.Fatal("the stream tells who is accused")
		}
		if strings.Contains(lines.Text(), string(other)) {
			return
		}
	}
	t.Error("the stream fell silent")
}

func TestWhoMustNotBeCalledIsMarked(t *testing.T) {
	rm := newRoom(t)
	n := rm.open(nil)
	lin := rm.browser()
	lin.enters("3301", password)
	if _, page := lin.get("/desk/tickets/" + string(n)); strings.Contains(page, "不能打电话") {
		t.Error("everybody is marked")
	}
	rm.says(n, ticket.Step{What: ticket.Say, Text: ticket.QuietMark + "居民怕被听见"})
	if _, page := lin.get("/desk/tickets/" + string(n)); !strings.Contains(page, `<span class="chip red">不能打电话</span>`) {
		t.Error("the page does not say that nobody may call")
	}
}

// TestWhereToGoStandsAtTheTop opens the ticket of somebody in danger, who told step by step where they are and how to reach them.
func TestWhereToGoStandsAtTheTop(t *testing.T) {
	rm := newRoom(t)
	n := rm.open(nil)
	lin := rm.browser()
	lin.enters("3301", password)
	if _, page := lin.get("/desk/tickets/" + string(n)); strings.Contains(page, "现在的位置") || strings.Contains(page, `id="spot"`) {
		t.Error("a place stands there that nobody told")
	}
	rm.says(n, ticket.Step{What: ticket.Say, Text: ticket.WhereMark + "老街8号"})
	rm.says(n, ticket.Step{What: ticket.Say, Text: ticket.WhereMark + "长安路8号", Place: &ticket.Place{Lat: 30.2489, Lng: 120.1683, Label: "长安路8号"}})
	rm.says(n, ticket.Step{What: ticket.Say, Text: ticket.PhoneMark + "我的电话 138 0000 1234"})
	_, page := lin.get("/desk/tickets/" + string(n))
	for _, want := range []string{`<dt>现在的位置</dt><dd>长安路8号</dd>`, `<dt>联系电话</dt>`, `href="tel:13800001234"`, `id="spot">30.248900, 120.168300<`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not hold %s", want)
		}
	}
	urgent := rm.open(func(o *ticket.Opening) { o.Urgent = true })
	rm.says(urgent, ticket.Step{What: ticket.Say, Text: ticket.PhoneMark + "13800001234"})
	rm.says(urgent, ticket.Step{What: ticket.Say, Text: "刚才写错了，电话是13900005678"})
	if _, page = lin.get("/desk/tickets/" + string(urgent)); !strings.Contains(page, `href="tel:13900005678"`) || strings.Contains(page, "tel:13800001234") {
		t.Error("a number that was corrected is still the one to call")
	}
	rm.says(n, ticket.Step{What: ticket.Say, Text: ticket.QuietMark + "居民怕被听见"})
	if _, page = lin.get("/desk/tickets/" + string(n)); strings.Contains(page, "tel:") {
		t.Error("the page offers to call who must not be called")
	}
}

func TestADoubleClickIsOneEntry(t *testing.T) {
	rm := newRoom(t)
	n := rm.open(nil)
	lin := rm.browser()
	lin.enters("3301", password)
	lin.acts(n, ticket.Claim, "")
	_, page := lin.get("/desk/tickets/" + string(n))
	form := url.Values{"request": {requestID.FindStringSubmatch(page)[1]}, "what": {"reply"}, "text": {"今晚就来"}}
	for range 3 {
		if code, _ := lin.post("/desk/tickets/"+string(n)+"/act", form); code != 200 {
			t.Errorf("replying: %d", code)
		}
	}
	if got := len(rm.entries[n]); got != 3 {
		t.Errorf("a triple click made %d entries", got-2)
	}
}

func TestTheLoserIsToldAndKeepsTheWords(t *testing.T) {
	rm := newRoom(t)
	n := rm.open(nil)
	lin, zhou := rm.browser(), rm.browser()
	lin.enters("3301", password)
	zhou.enters("3302", password)
	_, page := zhou.get("/desk/tickets/" + string(n))
	id := requestID.FindStringSubmatch(page)[1]
	lin.acts(n, ticket.Claim, "")
	code, page := zhou.post("/desk/tickets/"+string(n)+"/act", url.Values{"request": {id}, "what": {"claim"}})
	if code != http.StatusConflict || !strings.Contains(page, "林元众") {
		t.Errorf("the loser is told %d", code)
	}
	code, page = zhou.post("/desk/tickets/"+string(n)+"/act", url.Values{"request": {id}, "what": {"reply"}, "text": {"我写了很久的话"}})
	if code == 200 || !strings.Contains(page, "我写了很久的话") {
		t.Errorf("words are lost: %d", code)
	}
}

func TestOtherSitesMayNotAct(t *testing.T) {
	rm := newRoom(t)
	n := rm.open(nil)
	lin := rm.browser()
	lin.enters("3301", password)
	req, err := http.NewRequest("POST", rm.url+"/desk/tickets/"+string(n)+"/act", strings.NewReader("what=claim&request=0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	resp, err := lin.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if code, _ := read(t, resp); code != http.StatusForbidden || rm.headers[n].Assignee != "" {
		t.Errorf("another site acts: %d", code)
	}
	resp, err = lin.Get(rm.url + "/desk/")
	if err != nil {
		t.Fatal(err)
	}
	read(t, resp)
	if csp := resp.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
		t.Errorf("the policy is %q", csp)
	}
}

func TestWordsStayWords(t *testing.T) {
	rm := newRoom(t)
	n := rm.open(func(o *ticket.Opening) {
		o.Title = `<script>alert(1)</script>`
		o.Fields = []ticket.Field{{Key: "x", Label: "经过", Value: `"><img src=x onerror=alert(1)>`}}
	})
	lin := rm.browser()
	lin.enters("3301", password)
	if _, page := lin.get("/desk/tickets/" + string(n)); strings.Contains(page, "<script>alert") || strings.Contains(page, "<img src=x") {
		t.Error("a resident's words run in the officer's browser")
	}
}

func TestChangesArrive(t *testing.T) {
	rm := newRoom(t)
	n := rm.open(nil)
	hidden := rm.open(func(o *ticket.Opening) { o.Home.Station = "other" })
	lin, chief := rm.browser(), rm.browser()
	lin.enters("3301", password)
	chief.enters("chief", password)
	resp, err := lin.Get(rm.url + "/desk/events")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	chief.acts(hidden, ticket.Note, "备注")
	chief.acts(n, ticket.Note, "备注")
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		if strings.Contains(lines.Text(), string(hidden)) {
			t.Fatal("the stream tells of a ticket of another station")
		}
		if strings.Contains(lines.Text(), fmt.Sprintf(`"number":"%s","version":2`, n)) {
			return
		}
	}
	t.Error("the change never came")
}
