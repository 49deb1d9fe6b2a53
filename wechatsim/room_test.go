package wechatsim

// A police room for the tests: an account whose callback answers what the test wants.

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

const testAccount = "gh_room"

// got is one post as the room received it.
type got struct {
	query url.Values
	body  string
	plain string // decrypted, or the body itself
}

// room is a platform and the account's server, which notes every post and answers with the test's function.
type room struct {
	*Platform
	t     *testing.T
	api   *httptest.Server
	mu    sync.Mutex
	posts []got
	clock time.Time
	waits []time.Duration
	// answer is called for each post; the default says nothing.
	answer func(n int, g got, w http.ResponseWriter)
}

func newRoom(t *testing.T, change func(*Config)) *room {
	t.Helper()
	rm := &room{t: t, clock: time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC), answer: func(int, got, http.ResponseWriter) {}}
	cfg := Config{
		Accounts: []Account{{ID: testAccount, AppID: testAppID, Secret: "secret-of-the-room", Token: "AAAAA", AESKey: looseKey,
			Mode: Safe, Kind: ServiceVerified}},
		Clock: rm.now,
		After: func(d time.Duration) <-chan time.Time { // no test waits
			rm.mu.Lock()
			rm.waits = append(rm.waits, d)
			rm.clock = rm.clock.Add(d)
			rm.mu.Unlock()
			c := make(chan time.Time, 1)
			c <- rm.now()
			return c
		},
	}
	if change != nil {
		change(&cfg)
	}
	p, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	rm.Platform = p
	desk := httptest.NewServer(http.HandlerFunc(rm.callback))
	rm.api = httptest.NewServer(p.Handler())
	t.Cleanup(func() { p.Close(); desk.Close(); rm.api.Close() })
	p.SetPublicURL(rm.api.URL + cfg.Prefix)
	if err := p.SetCallback(testAccount, desk.URL+"/wechat/"+testAccount+"?room=1"); err != nil {
		t.Fatal(err)
	}
	return rm
}

func (rm *room) now() time.Time {
	rm.mu.Lock()
	defer rm.mu.Unlock()
	return rm.clock
}

func (rm *room) pass(d time.Duration) {
	rm.mu.Lock()
	defer rm.mu.Unlock()
	rm.clock = rm.clock.Add(d)
}

func (rm *room) received() []got {
	rm.mu.Lock()
	defer rm.mu.Unlock()
	return append([]got(nil), rm.posts...)
}

func (rm *room) callback(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		_, _ = io.WriteString(w, r.URL.Query().Get("echostr"))
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		rm.t.Error(err)
	}
	g := got{query: r.URL.Query(), body: string(body), plain: string(body)}
	if g.query.Get("encrypt_type") == "aes" {
		var e sealedAnswer
		if err := xml.Unmarshal(body, &e); err == nil && e.Encrypt != nil {
			key, err := parseKey(testKey)
			if err != nil {
				rm.t.Error(err)
			}
			if text, _, err := open(key, *e.Encrypt); err == nil {
				g.plain = text
			}
		}
	}
	rm.mu.Lock()
	rm.posts = append(rm.posts, g)
	n := len(rm.posts)
	rm.mu.Unlock()
	rm.answer(n, g, w)
}

// textXML is an answer in the clear.
func textXML(to, text string) string {
	return "<xml><ToUserName>" + cdata(to) + "</ToUserName><FromUserName>" + cdata(testAccount) + "</FromUserName>" +
		"<CreateTime>1795489200</CreateTime><MsgType><![CDATA[text]]></MsgType><Content>" + cdata(text) + "</Content></xml>"
}

// sealXML is an answer in safe mode.
func sealXML(t *testing.T, inner string) string {
	t.Helper()
	key, err := parseKey(testKey)
	if err != nil {
		t.Fatal(err)
	}
	e, err := seal(key, []byte("0123456789abcdef"), inner, testAppID)
	if err != nil {
		t.Fatal(err)
	}
	return sealedXML(e, signature("AAAAA", "1795489200", "n", e))
}

func sealedXML(encrypt, sig string) string {
	return fmt.Sprintf("<xml><Encrypt>%s</Encrypt><MsgSignature>%s</MsgSignature><TimeStamp>1795489200</TimeStamp><Nonce>n</Nonce></xml>",
		cdata(encrypt), sig)
}

// say makes the room answer every post with a body.
func (rm *room) say(body string) {
	rm.answer = func(_ int, _ got, w http.ResponseWriter) { _, _ = io.WriteString(w, body) }
}

// call makes an API call and gives its fields; body nil is a GET.
func (rm *room) call(path string, query url.Values, body any) map[string]any {
	rm.t.Helper()
	method, content := http.MethodGet, ""
	switch b := body.(type) {
	case nil:
	case string:
		method, content = http.MethodPost, b
	default:
		method, content = http.MethodPost, string(encodeJSON(b))
	}
	req, err := http.NewRequestWithContext(rm.t.Context(), method, rm.PublicURL()+path+"?"+query.Encode(), strings.NewReader(content))
	if err != nil {
		rm.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		rm.t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		rm.t.Fatalf("%s answered with status %d", path, resp.StatusCode)
	}
	var fields map[string]any
	d := json.NewDecoder(resp.Body)
	d.UseNumber() // message ids are larger than a float holds
	if err := d.Decode(&fields); err != nil {
		rm.t.Fatalf("%s: %v", path, err)
	}
	return fields
}

// token gets the room's stable token.
func (rm *room) token() url.Values {
	rm.t.Helper()
	f := rm.call("/cgi-bin/stable_token", nil, map[string]any{"grant_type": "client_credential", "appid": testAppID, "secret": "secret-of-the-room"})
	token, ok := f["access_token"].(string)
	if !ok {
		rm.t.Fatalf("no token: %v", f)
	}
	return url.Values{"access_token": {token}}
}

// code is the errcode of an answer, 0 when it has none.
func errcode(f map[string]any) int {
	code, ok := f["errcode"].(json.Number)
	if !ok {
		return 0
	}
	n, err := strconv.Atoi(code.String())
	if err != nil {
		return -2
	}
	return n
}

func (rm *room) custom(to, text string) int {
	rm.t.Helper()
	return errcode(rm.call("/cgi-bin/message/custom/send", rm.token(), map[string]any{"touser": to, "msgtype": "text", "text": map[string]string{"content": text}}))
}

func kinds(k Kind) func(*Config) { return func(c *Config) { c.Accounts[0].Kind = k } }

func modes(m Mode) func(*Config) { return func(c *Config) { c.Accounts[0].Mode = m } }

func background(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// serve runs a handler until the test ends.
func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// all is everything that the room has received, in one text.
func (rm *room) all() string {
	var b strings.Builder
	for _, g := range rm.received() {
		b.WriteString(g.plain)
	}
	return b.String()
}
