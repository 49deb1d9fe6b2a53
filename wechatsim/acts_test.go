package wechatsim

// What the account receives for everything that a resident does.

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestActsArePostedAsThePlatformPostsThem(t *testing.T) {
	t.Parallel()
	event := func(name, key string) string {
		return "<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[" + name + "]]></Event><EventKey><![CDATA[" + key + "]]></EventKey>"
	}
	for name, c := range map[string]struct {
		do   func(context.Context, *Resident) Exchange
		want string // a pattern
	}{
		"text":       {func(ctx context.Context, r *Resident) Exchange { return r.Text(ctx, "你好") }, `<MsgType><!\[CDATA\[text]]></MsgType><Content><!\[CDATA\[你好]]></Content><MsgId>`},
		"tap":        {func(ctx context.Context, r *Resident) Exchange { return r.Tap(ctx, "101", "好") }, `<Content><!\[CDATA\[好]]></Content><bizmsgmenuid><!\[CDATA\[101]]></bizmsgmenuid>`},
		"image":      {func(ctx context.Context, r *Resident) Exchange { return r.Image(ctx, SamplePicture()) }, `<PicUrl><!\[CDATA\[http://[^\]]+/media/(M_\w+)]]></PicUrl><MediaId><!\[CDATA\[M_\w+]]></MediaId>`},
		"voice":      {func(ctx context.Context, r *Resident) Exchange { return r.Voice(ctx, SampleVoice()) }, `<MediaId>.*<Format><!\[CDATA\[amr]]></Format><MediaId16K>`},
		"video":      {func(ctx context.Context, r *Resident) Exchange { return r.Video(ctx, SampleVideo()) }, `<!\[CDATA\[video]]></MsgType><MediaId>.*<ThumbMediaId>`},
		"shortvideo": {func(ctx context.Context, r *Resident) Exchange { return r.ShortVideo(ctx, SampleVideo()) }, `<!\[CDATA\[shortvideo]]></MsgType><MediaId>.*<ThumbMediaId>`},
		"place":      {func(ctx context.Context, r *Resident) Exchange { return r.Place(ctx, 27.5, 119.6, "廊桥") }, `<Location_X>27.500000</Location_X><Location_Y>119.600000</Location_Y><Scale>15</Scale><Label><!\[CDATA\[廊桥]]></Label>`},
		"link":       {func(ctx context.Context, r *Resident) Exchange { return r.Link(ctx, "a", "b", "http://c/") }, `<Title><!\[CDATA\[a]]></Title><Description><!\[CDATA\[b]]></Description><Url><!\[CDATA\[http://c/]]></Url>`},
		"follow":     {func(ctx context.Context, r *Resident) Exchange { return r.Follow(ctx, "") }, regexp.QuoteMeta(event("subscribe", "")) + `</xml>`},
		"follow by":  {func(ctx context.Context, r *Resident) Exchange { return r.Follow(ctx, "gate") }, regexp.QuoteMeta(event("subscribe", "qrscene_gate")) + `<Ticket>`},
		"scan":       {func(ctx context.Context, r *Resident) Exchange { return r.Scan(ctx, "gate") }, regexp.QuoteMeta(event("SCAN", "gate")) + `<Ticket>`},
		"unfollow":   {func(ctx context.Context, r *Resident) Exchange { return r.Unfollow(ctx) }, regexp.QuoteMeta(event("unsubscribe", ""))},
		"click":      {func(ctx context.Context, r *Resident) Exchange { return r.Click(ctx, "K") }, regexp.QuoteMeta(event("CLICK", "K"))},
		"view":       {func(ctx context.Context, r *Resident) Exchange { return r.View(ctx, "http://c/") }, regexp.QuoteMeta(event("VIEW", "http://c/"))},
		"consent": {func(ctx context.Context, r *Resident) Exchange { return r.Consent(ctx, false, "T1", "T2") },
			`<SubscribeMsgPopupEvent><List><TemplateId><!\[CDATA\[T1]]>.*accept.*</List><List><TemplateId><!\[CDATA\[T2]]>`},
		"dissent": {func(ctx context.Context, r *Resident) Exchange { return r.Dissent(ctx, "T1") }, `<SubscribeMsgChangeEvent><List>.*reject`},
	} {
		rm := newRoom(t, nil)
		if ex := c.do(background(t), rm.Resident(testAccount, "oLin")); ex.Failed || ex.Err != nil {
			t.Errorf("%s: %+v", name, ex)
			continue
		}
		g := rm.received()[0].plain
		if !regexp.MustCompile(c.want).MatchString(g) || strings.Contains(g, "Recognition") {
			t.Errorf("%s: %s", name, g)
		}
		head := "<xml><ToUserName><![CDATA[gh_room]]></ToUserName><FromUserName><![CDATA[oLin]]></FromUserName><CreateTime>1795489200</CreateTime>"
		if !strings.HasPrefix(g, head) {
			t.Errorf("%s: its head is %s", name, g)
		}
		if id := regexp.MustCompile(`<MsgId>(\d+)</MsgId>`).FindStringSubmatch(g); (id == nil) != strings.Contains(g, "[event]") {
			t.Errorf("%s: identity %v in %s", name, id, g)
		} else if id != nil {
			if n, err := strconv.ParseInt(id[1], 10, 64); err != nil || n <= 1<<53 {
				t.Errorf("%s: identity %d", name, n)
			}
		}
	}
}

func TestWhoLeftCannotWriteAndFollowsByACode(t *testing.T) {
	t.Parallel()
	rm := newRoom(t, nil)
	ctx := background(t)
	lin := rm.Resident(testAccount, "oLin")
	lin.Unfollow(ctx)
	if ex := lin.Text(ctx, "在吗"); !errors.Is(ex.Err, ErrNotFollowing) {
		t.Errorf("%+v", ex)
	}
	if ex := lin.Unfollow(ctx); !errors.Is(ex.Err, ErrNotFollowing) {
		t.Errorf("%+v", ex)
	}
	lin.Scan(ctx, "officer-wang")
	posts := rm.received()
	if len(posts) != 2 || !strings.Contains(posts[1].plain, "qrscene_officer-wang") || !lin.Follows() {
		t.Errorf("%d posts, follows %v", len(posts), lin.Follows())
	}
}

func TestPeopleFollowOnlyOnceTheySaySo(t *testing.T) {
	t.Parallel()
	rm := newRoom(t, func(c *Config) { c.People = []string{"林阿婆"} })
	people := rm.People(testAccount)
	if len(people) != 1 || len(people[0].OpenID) != 28 || people[0].OpenID[0] != 'o' {
		t.Fatalf("%+v", people)
	}
	lin := rm.Resident(testAccount, people[0].OpenID)
	if ex := lin.Text(background(t), "在吗"); !errors.Is(ex.Err, ErrNotFollowing) {
		t.Errorf("%+v", ex)
	}
	if code := rm.custom(people[0].OpenID, "您好"); code != 45015 {
		t.Errorf("a stranger was written to: %d", code)
	}
	for _, bad := range []string{"", "林阿婆", "一二三四五六七八九", "\xff"} {
		if _, err := rm.AddPerson(testAccount, bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
	if _, err := rm.AddPerson("gh_none", "王大爷"); err == nil {
		t.Error("an account that is not there took a person")
	}
	for i := range maxPeople {
		if _, err := rm.AddPerson(testAccount, "第"+strconv.Itoa(i)); (err == nil) != (i < maxPeople-1) {
			t.Errorf("person %d: %v", i, err)
		}
	}
}

func TestSameMessageMeetsItself(t *testing.T) {
	t.Parallel()
	rm := newRoom(t, nil)
	message := rm.Message(testAccount, "oLin", "MsgType", "text", "Content", "一样")
	answers, err := rm.Same(background(t), testAccount, message, 3)
	if err != nil || len(answers) != 3 {
		t.Fatalf("%v %v", answers, err)
	}
	nonces := map[string]bool{}
	for _, g := range rm.received() {
		nonces[g.query.Get("nonce")] = true
		if g.plain != message {
			t.Errorf("%s", g.plain)
		}
	}
	if len(nonces) != 3 {
		t.Errorf("nonces %v", nonces)
	}
}

func TestCloseEndsWhatStillWaits(t *testing.T) {
	t.Parallel()
	rm := newRoom(t, func(c *Config) {
		c.AnswerWithin = time.Minute
		c.After = func(time.Duration) <-chan time.Time { return make(chan time.Time) } // the pause never ends
	})
	rm.answer = func(_ int, _ got, w http.ResponseWriter) { w.WriteHeader(http.StatusBadGateway) }
	lin := rm.Resident(testAccount, "oLin")
	if !rm.background(func() { lin.Text(rm.ctx, "在吗") }) {
		t.Fatal("closed already")
	}
	if err := lin.Await(background(t), func(l []Line) bool { return len(l) == 1 }); err != nil {
		t.Fatal(err)
	}
	rm.Close()
	if rm.background(func() {}) {
		t.Error("something began after Close")
	}
}
