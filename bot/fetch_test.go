package bot

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"frontdesk/ticket"
	"frontdesk/wechatsim"
)

// sent gives the attachment of a message that the resident sent.
func (r *rig) sent(kind ticket.MediaKind, x wechatsim.Exchange) ticket.Attachment {
	r.Helper()
	if x.Err != nil {
		r.Fatal(x.Err)
	}
	part := func(name string) string {
		m := regexp.MustCompile(`<` + name + `>(?:<!\[CDATA\[)?([^<\]]*)`).FindStringSubmatch(x.Sent)
		if m == nil {
			return ""
		}
		return m[1]
	}
	return ticket.Attachment{ID: part("MediaId"), Kind: kind, URL: part("PicUrl")}
}

func (r *rig) fetch(p *pending) ticket.Attachment {
	r.Helper()
	if _, err := r.fetcher.Once(r.Context()); err != nil {
		r.Fatal(err)
	}
	return p.File
}

func TestFilesAreKept(t *testing.T) {
	for _, kind := range []wechatsim.Kind{wechatsim.SubscriptionUnverified, wechatsim.SubscriptionVerified, wechatsim.ServiceVerified} {
		r := newRig(t, kind)
		ctx := t.Context()
		photo := r.files.add(r.sent(ticket.Photo, r.lin.Image(ctx, wechatsim.SamplePicture())))
		voice := r.files.add(r.sent(ticket.Voice, r.lin.Voice(ctx, wechatsim.SampleVoice())))
		video := r.files.add(r.sent(ticket.Video, r.lin.Video(ctx, wechatsim.SampleVideo())))
		r.fetch(photo)
		for _, want := range []struct {
			got  ticket.Attachment
			data []byte
			mime string
		}{{photo.File, wechatsim.SamplePicture(), "image/"}, {voice.File, wechatsim.SampleVoice(), "audio/amr"}, {video.File, wechatsim.SampleVideo(), "video/mp4"}} {
			if kind == wechatsim.SubscriptionUnverified && want.got.Kind != ticket.Photo {
				if want.got.State != ticket.MediaLost || !strings.Contains(want.got.Reason, want.got.Kind.Name()) {
					t.Errorf("%s: %+v", kind, want.got)
				}
				continue
			}
			if want.got.State != ticket.MediaKept || want.got.Size != int64(len(want.data)) || !strings.HasPrefix(want.got.Type, want.mime) {
				t.Errorf("%s: %+v", kind, want.got)
				continue
			}
			f, err := r.vault.Open(want.got.Digest)
			if err != nil {
				t.Fatal(err)
			}
			data, err := io.ReadAll(f)
			if !bytes.Equal(data, want.data) || err != nil || f.Close() != nil {
				t.Errorf("%s: %d bytes of %d, %v", kind, len(data), len(want.data), err)
			}
		}
		if kind == wechatsim.SubscriptionUnverified && len(r.platform.Calls()) != 0 {
			t.Errorf("called %+v", r.platform.Calls())
		}
	}
}

func TestAPhotoWithoutAnAddressComesByItsID(t *testing.T) {
	r := newRig(t, wechatsim.SubscriptionVerified)
	a := r.sent(ticket.Photo, r.lin.Image(t.Context(), wechatsim.SamplePicture()))
	a.URL = "https://evil.example/x.jpg"
	if got := r.fetch(r.files.add(a)); got.State != ticket.MediaKept || r.calls(pathMedia) != 1 {
		t.Errorf("%+v", got)
	}
}

func TestWhatIsNotWhatItSaysIsLost(t *testing.T) {
	r := newRig(t, wechatsim.SubscriptionVerified)
	ctx := t.Context()
	page := []byte("<html><script>alert(1)</script></html>")
	for name, x := range map[string]struct {
		kind ticket.MediaKind
		from wechatsim.Exchange
		why  string
	}{
		"a page as a photo":    {ticket.Photo, r.lin.Image(ctx, page), "内容不是照片"},
		"a picture as a voice": {ticket.Voice, r.lin.Voice(ctx, wechatsim.SamplePicture()), "内容不是语音"},
		"a program as a video": {ticket.Video, r.lin.Video(ctx, []byte("\x7fELF\x02\x01\x01")), "内容不是视频"},
		"an SVG as a photo":    {ticket.Photo, r.lin.Image(ctx, []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>`)), "内容不是照片"},
		"an empty file":        {ticket.Photo, r.lin.Image(ctx, nil), "空文件"},
		"too large a photo":    {ticket.Photo, r.lin.Image(ctx, append(wechatsim.SamplePicture(), make([]byte, 10<<20)...)), "10 MB"},
		"too large a voice":    {ticket.Voice, r.lin.Voice(ctx, append(wechatsim.SampleVoice(), make([]byte, 2<<20)...)), "2 MB"},
	} {
		got := r.fetch(r.files.add(r.sent(x.kind, x.from)))
		if got.State != ticket.MediaLost || !strings.Contains(got.Reason, x.why) || got.Digest != "" {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if entries, err := os.ReadDir(r.vault.dir); len(entries) != 0 || err != nil {
		t.Errorf("kept %v, %v", entries, err)
	}
}

func TestFetchingGoesOnUntilThePlatformForgets(t *testing.T) {
	r := newRig(t, wechatsim.SubscriptionVerified)
	p := r.files.add(r.sent(ticket.Voice, r.lin.Voice(t.Context(), wechatsim.SampleVoice())))
	r.platform.SetFault(wechatsim.Fault{Path: pathMedia, Errcode: -1})
	for p.File.State == ticket.MediaPending {
		r.fetch(p)
		if p.File.State == ticket.MediaPending && !p.next.After(r.clock()) {
			t.Fatal("again at once")
		}
		r.advance(p.next.Sub(r.clock()))
		if r.clock().Sub(p.At) > ticket.MediaLife {
			t.Fatal("still tried when it is gone")
		}
	}
	if p.File.State != ticket.MediaLost || !strings.Contains(p.File.Reason, "三天") || p.Tries < 20 {
		t.Errorf("after %d tries: %+v", p.Tries, p.File)
	}
	r.platform.SetFault(wechatsim.Fault{Path: pathMedia, RejectToken: true, Times: 1})
	if got := r.fetch(r.files.add(r.sent(ticket.Voice, r.lin.Voice(t.Context(), wechatsim.SampleVoice())))); got.State != ticket.MediaKept {
		t.Errorf("with a new token: %+v", got)
	}
	if got := r.fetch(r.files.add(ticket.Attachment{ID: "M_unknown", Kind: ticket.Voice})); got.State != ticket.MediaLost || r.calls(pathMedia) == 0 {
		t.Errorf("an id that nobody knows: %+v", got)
	}
}

func TestAStopLeavesFilesPending(t *testing.T) {
	r := newRig(t, wechatsim.SubscriptionVerified)
	p := r.files.add(r.sent(ticket.Voice, r.lin.Voice(t.Context(), wechatsim.SampleVoice())))
	ctx, stop := context.WithCancel(t.Context())
	stop()
	r.fetcher.Run(ctx) // returns
	if p.File.State != ticket.MediaPending || p.Tries != 1 {
		t.Errorf("%d tries, %+v", p.Tries, p.File)
	}
}

func TestOnlyThePlatformsAddresses(t *testing.T) {
	r := newRig(t, wechatsim.SubscriptionVerified)
	r.api.base = defaultBase
	for address, want := range map[string]string{
		"http://mmbiz.qpic.cn/mmbiz_jpg/a/0?x=1": "https://mmbiz.qpic.cn/mmbiz_jpg/a/0?x=1",
		"http://MMBIZ.qpic.cn:80/a":              "https://mmbiz.qpic.cn/a",
		"https://api.weixin.qq.com/v":            "https://api.weixin.qq.com/v",
		"":                                       "", "ftp://mmbiz.qpic.cn/a": "", "file:///etc/passwd": "", "http://127.0.0.1/": "", "http://qpic.cn.evil.example/": "",
		"http://evilqpic.cn/": "", "http://a@mmbiz.qpic.cn/": "", "http://mmbiz.qpic.cn:6379/": "", "http://[::1]/": "", "//mmbiz.qpic.cn/a": "",
		r.platform.PublicURL() + "/media/x": "",
	} {
		if got, ok := r.fetcher.trusted(address); got != want || ok != (want != "") {
			t.Errorf("%s: %q", address, got)
		}
	}
}

// TestNoWayIntoTheInnerNetwork lets a trusted name lead to addresses that are not the world's.
func TestNoWayIntoTheInnerNetwork(t *testing.T) {
	inner := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the inner network was reached") }))
	defer inner.Close()
	r := newRig(t, wechatsim.SubscriptionVerified)
	if _, err := r.fetcher.read(t.Context(), r.fetcher.plain, strings.Replace(inner.URL, "127.0.0.1", "localhost", 1), 1); err == nil {
		t.Error("no error")
	}
	for _, ip := range []string{"127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.1.1", "0.0.0.0", "224.0.0.1", "::1", "fe80::1",
		"fd00::1", "::", "::ffff:10.0.0.1"} {
		if outside(netip.MustParseAddr(ip).Unmap()) {
			t.Errorf("%s is taken for the world", ip)
		}
	}
	if !outside(netip.MustParseAddr("203.205.254.1")) {
		t.Error("the world is closed")
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	r := newRig(t, wechatsim.SubscriptionUnverified)
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a redirect was followed") }))
	defer elsewhere.Close()
	front := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusFound))
	defer front.Close()
	r.api.base = front.URL
	got := r.fetch(r.files.add(ticket.Attachment{ID: "M1", Kind: ticket.Photo, URL: front.URL + "/media/M1"}))
	if got.State != ticket.MediaPending {
		t.Errorf("%+v", got)
	}
}

func TestTheVault(t *testing.T) {
	dir := t.TempDir()
	v, err := NewVault(filepath.Join(dir, "media"))
	if err != nil {
		t.Fatal(err)
	}
	digest, err := v.keep([]byte("hello"))
	if err != nil || digest != "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824" {
		t.Fatal(digest, err)
	}
	if again, err := v.keep([]byte("hello")); again != digest || err != nil {
		t.Error(again, err)
	}
	place := filepath.Join(dir, "media", "2c", digest)
	info, err := os.Stat(place)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if left, err := os.ReadDir(filepath.Dir(place)); len(left) != 1 || err != nil {
		t.Errorf("left behind: %v, %v", left, err)
	}
	for _, bad := range []string{"", "../../etc/passwd", strings.Repeat("0", 64), strings.ToUpper(digest), digest + "/", digest[:63], digest + "\n"} {
		if _, err := v.Open(bad); !errors.Is(err, ticket.ErrNotFound) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
