package wechatsim

// The account's menu and its codes: their limits.

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestMenusAreMeasured(t *testing.T) {
	t.Parallel()
	entry := func(name, key string) string { return `{"type":"click","name":"` + name + `","key":"` + key + `"}` }
	times := func(s string, n int) string { return strings.TrimSuffix(strings.Repeat(s+",", n), ",") }
	above := func(subs string) string { return `{"name":"菜单","sub_button":[` + subs + `]}` }
	good := entry("我的事", "K")
	rm := newRoom(t, nil)
	token := rm.token()
	for name, c := range map[string]struct {
		buttons string
		code    int
	}{
		"one": {good, 0}, "three": {times(good, 3), 0}, "four": {times(good, 4), 40016}, "none": {"", 40016},
		"five below": {above(times(good, 5)), 0}, "six below": {above(times(good, 6)), 40023}, "two below": {above(above(good)), 40022},
		"name of 4": {entry("一二三四", "K"), 0}, "name of 5": {entry("一二三四五", "K"), 40018}, "no name": {entry("", "K"), 40018},
		"name of 8 letters": {entry("abcdefgh", "K"), 0}, "name of 9 letters": {entry("abcdefghi", "K"), 40018},
		"escaped name":    {entry(`\u6211\u7684`, "K"), 40018},
		"name of 8 below": {above(entry("一二三四五六七八", "K")), 0}, "name of 9 below": {above(entry("一二三四五六七八九", "K")), 40025},
		"key of 128": {entry("我", strings.Repeat("k", 128)), 0}, "key of 129": {entry("我", strings.Repeat("k", 129)), 40019},
		"key of 129 in Chinese": {entry("我", strings.Repeat("警", 43)), 40019}, "no key": {entry("我", ""), 40019},
		"no key below": {above(entry("我", "")), 40026}, "unknown type": {`{"type":"tap","name":"我","key":"K"}`, 40017},
		"page": {`{"type":"view","name":"我","url":"https://example.com/"}`, 0}, "page nowhere": {`{"type":"view","name":"我","url":"x"}`, 40020},
	} {
		if code := errcode(rm.call("/cgi-bin/menu/create", token, `{"button":[`+c.buttons+`]}`)); code != c.code {
			t.Errorf("%s: %d, not %d", name, code, c.code)
		}
	}
}

func TestMenuIsGivenBackAndTakenAway(t *testing.T) {
	t.Parallel()
	rm := newRoom(t, nil)
	token := rm.token()
	if code := errcode(rm.call("/cgi-bin/menu/get", token, nil)); code != 46003 {
		t.Errorf("before: %d", code)
	}
	rm.call("/cgi-bin/menu/create", token, menuOfRoom)
	if m := rm.Menu(testAccount); len(m) != 3 || m[0].Sub[1].Key != "DISPUTE" {
		t.Errorf("menu %+v", m)
	}
	if f := rm.call("/cgi-bin/menu/get", token, nil); f["menu"] == nil {
		t.Errorf("%v", f)
	}
	if code := errcode(rm.call("/cgi-bin/menu/delete", token, nil)); code != 0 || len(rm.Menu(testAccount)) != 0 {
		t.Errorf("taken away: %d", code)
	}
}

func TestCodesAreMeasured(t *testing.T) {
	t.Parallel()
	rm := newRoom(t, nil)
	token := rm.token()
	ask := func(action, scene string, seconds int) map[string]any {
		return rm.call("/cgi-bin/qrcode/create", token, fmt.Sprintf(`{"action_name":"%s","expire_seconds":%d,"action_info":{"scene":{%s}}}`, action, seconds, scene))
	}
	words := func(n int) string { return `"scene_str":"` + strings.Repeat("景", n) + `"` }
	for name, c := range map[string]struct {
		f    map[string]any
		code int
	}{
		"30 days":         {ask("QR_STR_SCENE", words(1), 2592000), 0},
		"longer":          {ask("QR_STR_SCENE", words(1), 2592001), 40053},
		"no time at all":  {ask("QR_STR_SCENE", words(1), 0), 40053},
		"64 characters":   {ask("QR_LIMIT_STR_SCENE", words(64), 0), 0},
		"65 characters":   {ask("QR_LIMIT_STR_SCENE", words(65), 0), 40053},
		"none":            {ask("QR_LIMIT_STR_SCENE", words(0), 0), 40053},
		"number":          {ask("QR_SCENE", `"scene_id":123`, 60), 0},
		"number 0":        {ask("QR_SCENE", `"scene_id":0`, 60), 40053},
		"number for ever": {ask("QR_LIMIT_SCENE", `"scene_id":100000`, 0), 0},
		"number too high": {ask("QR_LIMIT_SCENE", `"scene_id":100001`, 0), 40053},
		"words missing":   {ask("QR_STR_SCENE", `"scene_id":1`, 60), 40053},
		"unknown action":  {ask("QR", words(1), 60), 40052},
	} {
		if code := errcode(c.f); code != c.code || (c.f["ticket"] == nil) != (code != 0) {
			t.Errorf("%s: %v", name, c.f)
		}
	}
	rm.Platform.mu.Lock()
	rm.accounts[testAccount].permanent = maxPermanent
	rm.Platform.mu.Unlock()
	if f := ask("QR_LIMIT_STR_SCENE", words(1), 0); errcode(f) != 45029 {
		t.Errorf("one too many: %v", f)
	}
}

func TestScannedCodeCarriesItsTicketUntilItEnds(t *testing.T) {
	t.Parallel()
	rm := newRoom(t, nil)
	f := rm.call("/cgi-bin/qrcode/create", rm.token(), `{"action_name":"QR_STR_SCENE","expire_seconds":60,"action_info":{"scene":{"scene_str":"gate"}}}`)
	lin := rm.Resident(testAccount, "oLin")
	lin.Scan(background(t), "gate")
	if ticket, _ := f["ticket"].(string); ticket == "" || !strings.Contains(rm.all(), "<Ticket><![CDATA["+ticket+"]]>") {
		t.Errorf("%v; the room received %s", f, rm.all())
	}
	rm.pass(time.Minute)
	if ex := lin.Scan(background(t), "gate"); !errors.Is(ex.Err, ErrExpiredCode) {
		t.Errorf("after its end: %+v", ex)
	}
}

func TestWhatAnAccountLearnsOfAUser(t *testing.T) {
	t.Parallel()
	rm := newRoom(t, nil)
	ask := func(openid string) map[string]any {
		q := rm.token()
		q.Set("openid", openid)
		return rm.call("/cgi-bin/user/info", q, nil)
	}
	lin := rm.Resident(testAccount, "oLin")
	lin.Follow(background(t), "gate")
	if f := ask("oLin"); fmt.Sprint(f["subscribe"]) != "1" || f["qr_scene_str"] != "gate" || f["nickname"] != nil {
		t.Errorf("%v", f)
	}
	lin.Unfollow(background(t))
	if f := ask("oLin"); fmt.Sprint(f["subscribe"]) != "0" || len(f) != 2 {
		t.Errorf("who left: %v", f)
	}
	if code := errcode(ask("oNobody")); code != 40003 {
		t.Errorf("nobody: %d", code)
	}
	if code := errcode(rm.call("/cgi-bin/user/info", url.Values{"openid": {"oLin"}}, nil)); code != 41001 {
		t.Errorf("without a token: %d", code)
	}
}
