package bot

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"frontdesk/flows"
	"frontdesk/ticket"
)

// This file lets the callback be posted anything.

// fuzzNow is the time at which everything is posted.
var fuzzNow = time.Date(2026, 11, 24, 3, 10, 0, 0, time.UTC)

// How a post comes: as it is, signed by who knows the token, sealed by who knows the key, sealed and damaged afterwards, or sealed with another key,
// damaged or never sealed, and signed by who knows the token: then the damage has to be found by who opens it.
const (
	postedRaw = iota
	postedSigned
	postedSealed
	postedDamaged
	postedBroken
	waysToPost
)

// mailbag is a callback for each mode, and what it keeps.
type mailbag struct {
	*memory
	grave *grave
	doors map[Mode]*Callback
	seal  *envelope
}

func newMailbag(t testing.TB) *mailbag {
	b := &mailbag{memory: &memory{}, doors: map[Mode]*Callback{}, seal: testEnvelope(t)}
	b.grave = &grave{memory: b.memory}
	for _, mode := range []Mode{Safe, Compatible, Plaintext} {
		cb, err := NewCallback(CallbackConfig{
			Accounts:  []Account{{ID: "gh_room", AppID: testAppID, Token: "AAAAA", AESKey: testKey, PreviousKey: otherKey, Mode: mode}},
			Residents: b.memory, Directory: b.memory, Dead: b.grave, Metrics: NewMetrics(prometheus.NewRegistry()), Log: slog.New(slog.DiscardHandler),
			Clock: func() time.Time { return fuzzNow }, Deadline: time.Hour,
		})
		if err != nil {
			t.Fatal(err)
		}
		b.doors[mode] = cb
	}
	return b
}

// post posts one, with nothing kept before.
func (b *mailbag) post(t testing.TB, mode Mode, how int, query, body string) *httptest.ResponseRecorder {
	b.residents, b.answers, b.commits, b.grave.dead = map[string]flows.Resident{}, map[string]string{}, 0, nil
	const nonce = "n"
	stamp := fmt.Sprint(fuzzNow.Unix())
	signature := b.seal.sign(stamp, nonce)
	q := url.Values{"timestamp": {stamp}, "nonce": {nonce}, "signature": {string(signature[:])}}
	if how == postedSealed || how == postedDamaged || how == postedBroken {
		sealed, err := b.seal.seal(bytes.NewReader(make([]byte, 16)), 0, []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		if how == postedBroken {
			sealed = broke(sealed, query, body)
		}
		over := b.seal.sign(stamp, nonce, sealed)
		q.Set("encrypt_type", "aes")
		q.Set("msg_signature", string(over[:]))
		if how == postedDamaged { // in a place that the query tells
			at := len(query) % len(sealed)
			sealed = sealed[:at] + map[bool]string{true: "B", false: "A"}[sealed[at] == 'A'] + sealed[at+1:]
		}
		body = "<xml><ToUserName>gh_room</ToUserName><Encrypt><![CDATA[" + sealed + "]]></Encrypt></xml>"
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/wechat/gh_room", bytes.NewReader([]byte(body)))
	r.URL.RawQuery = q.Encode()
	if how == postedRaw {
		r.URL.RawQuery = query
	}
	w := httptest.NewRecorder()
	b.doors[mode].ServeHTTP(w, r)
	return w
}

// broke is what comes in the place of a sealed message, in a way that the query tells: its end, a piece without whole blocks, other bytes, or none.
func broke(sealed, query, body string) string {
	plain, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil {
		return sealed
	}
	switch len(query) % 4 {
	case 0:
		return sealed[:len(sealed)/8*4]
	case 1:
		return base64.StdEncoding.EncodeToString(plain[:len(plain)-1-len(body)%16])
	case 2:
		return base64.StdEncoding.EncodeToString([]byte(body))
	}
	return strings.NewReplacer("<", "", "]", "").Replace(body)
}

// FuzzCallback holds that a post of anything breaks nothing, is never answered with a fault of ours, and leaves nothing behind unless the
// platform sent it.
func FuzzCallback(f *testing.F) {
	b := newMailbag(f)
	modes := []Mode{Safe, Compatible, Plaintext}
	for i, doc := range slices.Concat(slices.Sorted(maps.Values(fuzzMessages())), []string{"", "<xml>", "<xml></xml>", "\x00\xff"}) {
		for how := range waysToPost {
			f.Add(byte(i), byte(how), "timestamp=1&nonce=n&signature=00&encrypt_type=aes&msg_signature=", doc)
		}
	}
	f.Fuzz(func(t *testing.T, mode, way byte, query, body string) {
		m, how := modes[int(mode)%len(modes)], int(way)%waysToPost
		w := b.post(t, m, how, query, body)
		for _, d := range b.grave.dead {
			if d.Why != ticket.Undecodable || how != postedSealed { // what breaks the program is buried, and nobody vouches for what is not sealed
				t.Errorf("%s, %d: died of %s in %s", m, how, d.Why, d.Detail)
			}
		}
		stored := b.commits + len(b.grave.dead) + len(b.residents) + len(b.answers)
		switch {
		case w.Code != http.StatusOK && (w.Code < 400 || w.Code > 499):
			t.Errorf("%s, %d: status %d", m, how, w.Code)
		case w.Code != http.StatusOK && stored > 0:
			t.Errorf("%s, %d: turned away with %d and kept all the same", m, how, w.Code)
		case w.Code == http.StatusOK && (how == postedRaw || how == postedDamaged || how == postedBroken || how == postedSigned && m == Safe || how == postedSealed && m == Plaintext):
			t.Errorf("%s, %d: let in", m, how)
		case w.Code == http.StatusOK:
			b.readable(t, how, w.Body.Bytes())
		}
	})
}

// readable checks an answer as the platform reads it.
func (b *mailbag) readable(t *testing.T, how int, answer []byte) {
	t.Helper()
	if string(answer) == success {
		return
	}
	var doc struct{ Encrypt, Content, MsgType string }
	if err := xml.Unmarshal(answer, &doc); err != nil {
		t.Fatalf("answered %q: %v", answer, err)
	}
	if how == postedSealed {
		opened, key, err := b.seal.open(doc.Encrypt)
		if err != nil || key != 0 {
			t.Fatalf("answered %q: %v", answer, err)
		}
		if err := xml.Unmarshal([]byte(opened), &doc); err != nil {
			t.Fatalf("answered %q: %v", opened, err)
		}
	}
	if doc.MsgType != "text" || doc.Content == "" || len(doc.Content) > maxAnswer {
		t.Errorf("answered with %d bytes of %s", len(doc.Content), doc.MsgType)
	}
}

// fuzzMessages is one of each kind that wechat.md knows.
func fuzzMessages() map[string]string {
	head := fmt.Sprintf("<xml><ToUserName>gh_room</ToUserName><FromUserName>oLin</FromUserName><CreateTime>%d</CreateTime>", fuzzNow.Unix())
	return map[string]string{
		"text":   head + "<MsgType>text</MsgType><Content><![CDATA[楼上漏水]]></Content><MsgId>9007199254740993</MsgId></xml>",
		"tap":    head + "<MsgType>text</MsgType><Content>1</Content><bizmsgmenuid>0</bizmsgmenuid><MsgId>2</MsgId></xml>",
		"image":  head + "<MsgType>image</MsgType><PicUrl>http://127.0.0.1/p</PicUrl><MediaId>m</MediaId><MsgId>3</MsgId></xml>",
		"voice":  head + "<MsgType>voice</MsgType><MediaId>m</MediaId><Format>amr</Format><MsgId>4</MsgId></xml>",
		"place":  head + "<MsgType>location</MsgType><Location_X>30.2</Location_X><Location_Y>120.1</Location_Y><Label>长安路</Label><MsgId>5</MsgId></xml>",
		"link":   head + "<MsgType>link</MsgType><Title>中奖</Title><Description>&lt;领取&gt;</Description><Url>http://x</Url><MsgId>6</MsgId></xml>",
		"follow": head + "<MsgType>event</MsgType><Event>subscribe</Event><EventKey>qrscene_s_main</EventKey></xml>",
		"leave":  head + "<MsgType>event</MsgType><Event>unsubscribe</Event></xml>",
		"job":    head + "<MsgType>event</MsgType><Event>TEMPLATESENDJOBFINISH</Event><MsgID>7</MsgID><Status>success</Status></xml>",
		"popup": head + "<MsgType>event</MsgType><Event>subscribe_msg_popup_event</Event><SubscribeMsgPopupEvent><List><TemplateId>t</TemplateId>" +
			"<SubscribeStatusString>accept</SubscribeStatusString></List></SubscribeMsgPopupEvent></xml>",
	}
}

// TestWhatIsPostedRightIsKept holds that the fuzzing looks at doors that open: each kind is let in where its way of posting may be.
func TestWhatIsPostedRightIsKept(t *testing.T) {
	b := newMailbag(t)
	for kind, doc := range fuzzMessages() {
		for mode, ways := range map[Mode][]int{Safe: {postedSealed}, Compatible: {postedSigned, postedSealed}, Plaintext: {postedSigned}} {
			for _, how := range ways {
				if w := b.post(t, mode, how, "", doc); w.Code != http.StatusOK {
					t.Errorf("%s in %s: status %d", kind, mode, w.Code)
				}
				if kind == "text" && (b.commits != 1 || b.residents["oLin"].OpenID != ticket.Personal("oLin")) {
					t.Errorf("%s in %s: %d kept", kind, mode, b.commits)
				}
			}
		}
	}
}
