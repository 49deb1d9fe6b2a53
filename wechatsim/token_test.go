package wechatsim

// Access tokens and who may use them.

import (
	"encoding/json"
	"net/url"
	"testing"
	"time"
)

// stable asks for the stable token; extra is more JSON.
func (rm *room) stable(extra string) (string, int, map[string]any) {
	rm.t.Helper()
	f := rm.call("/cgi-bin/stable_token", nil, `{"grant_type":"client_credential","appid":"`+testAppID+`","secret":"secret-of-the-room"`+extra+`}`)
	token, _ := f["access_token"].(string)
	return token, errcode(f), f
}

// use makes a call with a token and gives its code.
func (rm *room) use(token string) int {
	rm.t.Helper()
	return errcode(rm.call("/cgi-bin/getcallbackip", url.Values{"access_token": {token}}, nil))
}

func TestStableTokenStaysUntilItEnds(t *testing.T) {
	t.Parallel()
	rm := newRoom(t, nil)
	first, code, f := rm.stable("")
	if code != 0 || len(first) < 512 || f["expires_in"] != json.Number("7200") {
		t.Fatalf("%d, %d characters, %v s", code, len(first), f["expires_in"])
	}
	rm.pass(time.Hour)
	if again, _, f := rm.stable(""); again != first || f["expires_in"] != json.Number("3600") {
		t.Errorf("another token, or %v s", f["expires_in"])
	}
	rm.pass(56 * time.Minute) // its last five minutes overlap with the next one's
	next, _, _ := rm.stable("")
	if next == first || rm.use(first) != 0 || rm.use(next) != 0 {
		t.Errorf("the same %v, old %d, new %d", next == first, rm.use(first), rm.use(next))
	}
	rm.pass(4 * time.Minute)
	if code := rm.use(first); code != 42001 {
		t.Errorf("expired: %d", code)
	}
	for token, want := range map[string]int{"": 41001, "never-given": 40014} {
		if code := rm.use(token); code != want {
			t.Errorf("token %q: %d", token, code)
		}
	}
}

func TestForcedRefreshIsLimited(t *testing.T) {
	t.Parallel()
	rm := newRoom(t, nil)
	old, _, _ := rm.stable("")
	force := `,"force_refresh":true`
	for i := range 20 {
		fresh, code, _ := rm.stable(force)
		if code != 0 || fresh == old {
			t.Fatalf("refresh %d: %d", i+1, code)
		}
		if code := rm.use(old); code != 40001 {
			t.Fatalf("the token before refresh %d: %d", i+1, code)
		}
		if i == 0 {
			rm.pass(29 * time.Second)
			if _, code, _ := rm.stable(force); code != 45011 {
				t.Fatalf("after 29 s: %d", code)
			}
		}
		old = fresh
		rm.pass(30 * time.Second)
	}
	if _, code, _ := rm.stable(force); code != 45009 {
		t.Errorf("the 21st: %d", code)
	}
	if same, code, _ := rm.stable(""); code != 0 || same != old {
		t.Errorf("without force: %d", code)
	}
	rm.pass(24 * time.Hour)
	if _, code, _ := rm.stable(force); code != 0 {
		t.Errorf("the next day: %d", code)
	}
}

func TestWhoGetsAToken(t *testing.T) {
	t.Parallel()
	rm := newRoom(t, nil)
	ask := func(grant, app, secret string) int {
		return errcode(rm.call("/cgi-bin/stable_token", nil, map[string]string{"grant_type": grant, "appid": app, "secret": secret}))
	}
	for i, c := range []struct {
		grant, app, secret string
		code               int
	}{
		{"client_credential", testAppID, "secret-of-the-room", 0}, {"code", testAppID, "secret-of-the-room", 40002},
		{"client_credential", "", "s", 41002}, {"client_credential", testAppID, "", 41004},
		{"client_credential", "wxnobody", "s", 40013}, {"client_credential", testAppID, "wrong", 40125},
	} {
		if code := ask(c.grant, c.app, c.secret); code != c.code {
			t.Errorf("%d: %d, not %d", i, code, c.code)
		}
	}
	if code := errcode(rm.call("/cgi-bin/stable_token", url.Values{"grant_type": {"client_credential"}}, nil)); code != 43002 {
		t.Errorf("by GET: %d", code)
	}
	if code := errcode(rm.call("/cgi-bin/stable_token", nil, "grant_type=client_credential")); code != 47001 {
		t.Errorf("as a form: %d", code)
	}
}

func TestTokenReplacesTheOneBefore(t *testing.T) {
	t.Parallel()
	rm := newRoom(t, nil)
	get := func() string {
		f := rm.call("/cgi-bin/token", url.Values{"grant_type": {"client_credential"}, "appid": {testAppID}, "secret": {"secret-of-the-room"}}, nil)
		token, _ := f["access_token"].(string)
		return token
	}
	a := get()
	b := get()
	if a == b || rm.use(a) != 0 || rm.use(b) != 0 {
		t.Errorf("same %v, %d, %d", a == b, rm.use(a), rm.use(b))
	}
	rm.pass(overlap)
	if rm.use(a) != 42001 || rm.use(b) != 0 {
		t.Errorf("after the overlap: %d, %d", rm.use(a), rm.use(b))
	}
}

func TestServersNotOnTheListAreTurnedAway(t *testing.T) {
	t.Parallel()
	for list, want := range map[string]int{"": 0, "127.0.0.1": 0, "203.0.113.7": 40164} {
		rm := newRoom(t, func(c *Config) {
			if list != "" {
				c.Accounts[0].IPs = []string{list}
			}
		})
		if _, code, _ := rm.stable(""); code != want {
			t.Errorf("list %q: %d", list, code)
		}
		if want == 0 {
			continue
		}
		rm.Platform.mu.Lock()
		d := rm.accounts[testAccount]
		d.tokens["leaked"] = grant{until: rm.Platform.now().Add(time.Hour)}
		rm.Platform.mu.Unlock()
		if code := rm.use("leaked"); code != 61004 {
			t.Errorf("with a token from elsewhere: %d", code)
		}
	}
}
