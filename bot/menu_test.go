package bot

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"frontdesk/flows"
	"frontdesk/ticket"
	"frontdesk/wechatsim"
)

func TestTheMenuIsPushed(t *testing.T) {
	for _, kind := range []wechatsim.Kind{wechatsim.SubscriptionVerified, wechatsim.ServiceVerified, wechatsim.Sandbox} {
		r := newRig(t, kind)
		if err := r.api.PushMenu(t.Context()); err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		var keys []string
		for _, b := range r.platform.Menu("gh_room") {
			for _, s := range append(b.Sub, b) {
				if s.Key != "" {
					keys = append(keys, s.Key)
				}
			}
		}
		for _, k := range flows.MenuKeys() {
			if !slices.Contains(keys, k.ID) {
				t.Errorf("%s: %s is missing from %v", kind, k.ID, keys)
			}
		}
	}
}

func TestCodesAreMade(t *testing.T) {
	r := newRig(t, wechatsim.ServiceVerified)
	for _, holds := range []time.Duration{0, time.Hour, longestCode} {
		address, err := r.api.MakeCode(t.Context(), "o_chen", holds)
		u, bad := url.Parse(address)
		if err != nil || bad != nil || u.Path != "/cgi-bin/showqrcode" || u.Query().Get("ticket") == "" || !strings.HasPrefix(address, r.platform.PublicURL()) {
			t.Errorf("%v: %s, %v", holds, address, err)
		}
	}
	got := r.lin.Scan(t.Context(), "o_chen")
	if got.Err != nil || !strings.Contains(got.Sent, "o_chen") {
		t.Errorf("scanned: %+v", got)
	}
	for _, x := range []struct {
		scene string
		holds time.Duration
	}{{"", 0}, {strings.Repeat("x", 65), 0}, {"o_chen", -1}, {"o_chen", longestCode + time.Second}, {"o_chen", time.Millisecond}} {
		if _, err := r.api.MakeCode(t.Context(), x.scene, x.holds); !errors.Is(err, ticket.ErrInvalid) {
			t.Errorf("%q for %v: %v", x.scene, x.holds, err)
		}
	}
	sub := newRig(t, wechatsim.SubscriptionVerified)
	if _, err := sub.api.MakeCode(t.Context(), "o_chen", 0); !errors.Is(err, ticket.ErrNotAllowed) || len(sub.platform.Calls()) != 0 {
		t.Errorf("a subscription account: %v", err)
	}
}

func TestWhatATemplateMaySay(t *testing.T) {
	for subject, want := range map[string]string{
		"您的纠纷工单有了答复": "您的纠纷工单有了答复", "": "警务室给您留了话", "😀\u200d\ufe0f☀\n": "警务室给您留了话", " 好 ": "好",
		strings.Repeat("长", 20): strings.Repeat("长", 20), strings.Repeat("长", 21): strings.Repeat("长", 19) + "…",
	} {
		if got := short(subject, longestThing); got != want || utf8.RuneCountInString(got) > longestThing {
			t.Errorf("%q gives %q", subject, got)
		}
	}
	long := strings.Repeat("x", 40)
	if shortID("D1:2") != "D1:2" || len(shortID(long)) > longestID || shortID(long) == shortID(long+"y") {
		t.Errorf("%q", shortID(long))
	}
}
