package wechatsim

// The driver: acts by HTTP, screens, faults, the clock and what the page's answers carry.

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// ask makes a request of the driver: its status and body.
func (rm *room) ask(method, path, body string, header ...string) (int, string) {
	rm.t.Helper()
	req, err := http.NewRequestWithContext(rm.t.Context(), method, rm.PublicURL()+path, strings.NewReader(body))
	if err != nil {
		rm.t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := rm.api.Client().Transport.RoundTrip(req)
	if err != nil {
		rm.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		rm.t.Fatal(err)
	}
	return resp.StatusCode, string(data)
}

func TestDriverDoesWhatResidentsDo(t *testing.T) {
	t.Parallel()
	rm := newRoom(t, func(c *Config) { c.Prefix = "/sim" })
	rm.say(sealXML(t, textXML("oLin", "在")))
	path := "/api/residents/" + testAccount + "/oLin/"
	for act, body := range map[string]string{"text": `{"text":"在吗"}`, "follow": `{"scene":"gate"}`, "scan": `{"scene":"gate"}`,
		"tap": `{"id":"1","content":"好"}`, "image": "", "voice": "", "video": "", "shortvideo": "", "click": `{"key":"K"}`,
		"place": `{"latitude":27.5,"longitude":119.6,"label":"廊桥"}`, "link": `{"title":"a","url":"http://c/"}`} {
		status, out := rm.ask(http.MethodPost, path+act, body)
		var ex Exchange
		if err := json.Unmarshal([]byte(out), &ex); err != nil || status != 200 || ex.Attempts != 1 || ex.Answer != "在" {
			t.Errorf("%s: %d %s", act, status, out)
		}
	}
	for _, c := range []struct {
		path, body string
		status     int
	}{
		{path + "fly", "", 404}, {path + "text", "{", 400}, {"/api/residents/gh_none/oLin/text", "{}", 404},
		{path + "image", `{"data":"` + strings.Repeat("AAAA", 10<<20/3+1) + `"}`, 413},
		{path + "unfollow", "", 200}, {path + "text", `{"text":"在吗"}`, 409},
	} {
		if status, out := rm.ask(http.MethodPost, c.path, c.body); status != c.status {
			t.Errorf("%s: %d %.200s", c.path, status, out)
		}
	}
}

func TestScreenIsAwaited(t *testing.T) {
	t.Parallel()
	rm := newRoom(t, nil)
	rm.say(sealXML(t, textXML("oLin", "警务室在")))
	path := "/api/residents/" + testAccount + "/oLin/"
	rm.ask(http.MethodPost, path+"text?wait=no", `{"text":"在吗"}`)
	if status, out := rm.ask(http.MethodGet, path+"screen?contains=警务室在", ""); status != 200 || !strings.Contains(out, `"from":"account"`) {
		t.Errorf("%d %s", status, out)
	}
	if status, _ := rm.ask(http.MethodGet, path+"screen?contains=never&within=1ms", ""); status != 408 {
		t.Errorf("never: %d", status)
	}
	if status, _ := rm.ask(http.MethodGet, path+"screen?within=soon", ""); status != 400 {
		t.Errorf("soon: %d", status)
	}
}

func TestActThatDoesNotWait(t *testing.T) {
	t.Parallel()
	rm := newRoom(t, nil)
	answer := make(chan struct{})
	rm.answer = func(int, got, http.ResponseWriter) { <-answer }
	path := "/api/residents/" + testAccount + "/oLin/text?wait=no"
	for _, text := range []string{"一", "二", "三"} {
		if status, out := rm.ask(http.MethodPost, path, `{"text":"`+text+`"}`); status != http.StatusAccepted {
			t.Errorf("%s: %d %s", text, status, out)
		}
	}
	lin := rm.Resident(testAccount, "oLin")
	v, _ := lin.view()
	if v.Pending != 3 || len(v.Lines) != 3 || v.Lines[0].Text != "一" || v.Lines[2].Text != "三" {
		t.Errorf("%+v", v)
	}
	close(answer)
	rm.later.Wait()
	if v, _ := lin.view(); v.Pending != 0 {
		t.Errorf("%d still wait", v.Pending)
	}
	rm.ask(http.MethodPost, strings.Replace(path, "text", "unfollow", 1), "")
	if status, _ := rm.ask(http.MethodPost, path, `{"text":"四"}`); status != http.StatusConflict {
		t.Errorf("who left wrote: %d", status)
	}
	rm.Close()
	if status, _ := rm.ask(http.MethodPost, path, `{"text":"五"}`); status != http.StatusServiceUnavailable {
		t.Errorf("after Close: %d", status)
	}
}

func TestStreamTellsEveryChangeAndEndsWithThePlatform(t *testing.T) {
	t.Parallel()
	rm := newRoom(t, nil)
	req, err := http.NewRequestWithContext(background(t), http.MethodGet, rm.PublicURL()+"/api/residents/"+testAccount+"/events?who=oLin&who=oChen", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	until := func(words ...string) {
		t.Helper()
		for lines.Scan() {
			all := true
			for _, w := range words {
				all = all && strings.Contains(lines.Text(), w)
			}
			if all {
				return
			}
		}
		t.Fatalf("the stream never had %v: %v", words, lines.Err())
	}
	until("oLin")
	rm.Resident(testAccount, "oChen").Text(background(t), "在吗")
	until("oChen", "在吗")
	rm.Advance(48 * time.Hour)
	until("2026-11-26T")
	rm.Close()
	for lines.Scan() { // to its end
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	if status, _ := rm.ask(http.MethodGet, "/api/residents/gh_none/events", ""); status != 404 {
		t.Errorf("no account: %d", status)
	}
}

func TestClockIsMovedForEverybodyWhenItIsShared(t *testing.T) {
	t.Parallel()
	var rm *room
	rm = newRoom(t, func(c *Config) { c.Advance = func(d time.Duration) { rm.pass(d) } })
	if status, out := rm.ask(http.MethodPost, "/clock?advance=1h", ""); status != 200 || !strings.Contains(out, "2026-11-24T04:00:00Z") {
		t.Errorf("%d %s", status, out)
	}
	if now := rm.now(); now.Hour() != 4 {
		t.Errorf("the shared clock says %s", now)
	}
	for _, bad := range []string{"-1h", "soon", ""} {
		if status, _ := rm.ask(http.MethodPost, "/clock?advance="+bad, ""); status != 400 {
			t.Errorf("%q: %d", bad, status)
		}
	}
}

func TestFaultsGoWrongAsAsked(t *testing.T) {
	t.Parallel()
	rm := newRoom(t, nil)
	token := rm.token()
	rm.Resident(testAccount, "oLin").Text(background(t), "在吗")
	send := func() (int, string) {
		return rm.ask(http.MethodPost, "/cgi-bin/message/custom/send?"+token.Encode(), `{"touser":"oLin","msgtype":"text","text":{"content":"a"}}`)
	}
	fault := func(f string) {
		if status, out := rm.ask(http.MethodPost, "/faults", f); status != 200 {
			t.Fatalf("%s: %d %s", f, status, out)
		}
	}
	for f, want := range map[string]string{
		`{"path":"/cgi-bin/message","errcode":-1,"times":1}`:                 `"errcode":-1`,
		`{"path":"/cgi-bin/message","quota_out":true,"times":1}`:             `"errcode":45009`,
		`{"path":"/cgi-bin/message","slow":"1ms","errcode":45011,"times":1}`: `"errcode":45011`,
	} {
		fault(f)
		if status, out := send(); status != 200 || !strings.Contains(out, want) {
			t.Errorf("%s: %d %s", f, status, out)
		}
	}
	fault(`{"path":"/cgi-bin/message","status":502,"times":1}`)
	if status, _ := send(); status != 502 {
		t.Errorf("status %d", status)
	}
	fault(`{"path":"/cgi-bin/message","truncate":true,"times":1}`)
	if _, out := send(); json.Valid([]byte(out)) || out == "" {
		t.Errorf("truncated: %q", out)
	}
	fault(`{"path":"/cgi-bin/message","down":true}`)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, rm.PublicURL()+"/cgi-bin/message/custom/send?"+token.Encode(), http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := http.DefaultClient.Do(req); err == nil {
		_ = resp.Body.Close()
		t.Errorf("down, and yet it answered %s", resp.Status)
	}
	if status, out := rm.ask(http.MethodDelete, "/faults", ""); status != 200 || out != "[]" {
		t.Errorf("%d %s", status, out)
	}
	if _, out := send(); !strings.Contains(out, `"errcode":0`) {
		t.Errorf("afterwards: %s", out)
	}
	if s := rm.Resident(testAccount, "oLin").Screen(); len(s) != 3 { // her own, the truncated one and the last
		t.Errorf("screen %+v", s)
	}
	fault(`{"path":"/cgi-bin/message","reject_token":true,"times":1}`)
	if _, out := send(); !strings.Contains(out, `"errcode":40001`) {
		t.Errorf("rejected: %s", out)
	}
	if _, out := send(); !strings.Contains(out, `"errcode":40001`) {
		t.Errorf("still rejected: %s", out)
	}
	if status, out := rm.ask(http.MethodGet, "/log", ""); status != 200 || strings.Contains(out, "secret-of-the-room") ||
		!strings.Contains(out, `"/cgi-bin/message/custom/send":9`) {
		t.Errorf("log: %d %s", status, out)
	}
	if status, _ := rm.ask(http.MethodPost, "/faults", `{"sloow":"1s"}`); status != 400 {
		t.Errorf("a misspelt fault was taken: %d", status)
	}
}

func TestPageIsGuarded(t *testing.T) {
	t.Parallel()
	rm := newRoom(t, func(c *Config) { c.Prefix = "/sim" })
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, rm.api.URL+"/sim", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil || resp.Request.URL.Path != "/sim/" {
		t.Fatalf("%v, at %s", err, resp.Request.URL)
	}
	policy := resp.Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'self'") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy %q", policy)
	}
	for _, bad := range []string{"style=", "onclick", "<style", `src="/`, `href="/`, "//cdn"} {
		if strings.Contains(string(page), bad) {
			t.Errorf("the page has %s", bad)
		}
	}
	path := "/api/residents/" + testAccount + "/oLin/text"
	if status, _ := rm.ask(http.MethodPost, path, `{"text":"a"}`, "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"); status != 403 {
		t.Errorf("another site wrote in her name: %d", status)
	}
	if len(rm.received()) != 0 {
		t.Error("it reached the room")
	}
}
