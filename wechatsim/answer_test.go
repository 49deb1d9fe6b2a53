package wechatsim

// What the platform takes for an answer, and what it does not.

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

// answerXML is an answer with any fields behind the usual ones.
func answerXML(to, from, created, kind, fields string) string {
	return "<xml><ToUserName>" + cdata(to) + "</ToUserName><FromUserName>" + cdata(from) + "</FromUserName><CreateTime>" + created +
		"</CreateTime><MsgType>" + cdata(kind) + "</MsgType>" + fields + "</xml>"
}

func TestAnswersAreReadStrictly(t *testing.T) {
	t.Parallel()
	article := "<item><Title>a</Title><Description>b</Description><PicUrl></PicUrl><Url>https://example.com/</Url></item>"
	usual := func(kind, fields string) string { return answerXML("oLin", testAccount, "1795489200", kind, fields) }
	for name, c := range map[string]struct {
		inner string
		shown string // "" when it fails
	}{
		"text":                    {usual("text", "<Content>好</Content>"), "好"},
		"2048 bytes":              {usual("text", "<Content>"+strings.Repeat("a", 2048)+"</Content>"), strings.Repeat("a", 2048)},
		"2049 bytes":              {usual("text", "<Content>"+strings.Repeat("a", 2049)+"</Content>"), ""},
		"2049 bytes in Chinese":   {usual("text", "<Content>"+strings.Repeat("警", 683)+"</Content>"), ""},
		"empty text":              {usual("text", "<Content></Content>"), ""},
		"no text":                 {usual("text", ""), ""},
		"blank text":              {usual("text", "<Content> \n</Content>"), ""},
		"for somebody else":       {answerXML("oChen", testAccount, "1795489200", "text", "<Content>好</Content>"), ""},
		"from another account":    {answerXML("oLin", "gh_other", "1795489200", "text", "<Content>好</Content>"), ""},
		"time in milliseconds":    {answerXML("oLin", testAccount, "1795489200000", "text", "<Content>好</Content>"), ""},
		"no time":                 {answerXML("oLin", testAccount, "", "text", "<Content>好</Content>"), ""},
		"unknown type":            {usual("txt", "<Content>好</Content>"), ""},
		"one article":             {usual("news", "<ArticleCount>1</ArticleCount><Articles>"+article+"</Articles>"), "a\nb"},
		"two articles":            {usual("news", "<ArticleCount>2</ArticleCount><Articles>"+article+article+"</Articles>"), ""},
		"articles counted wrong":  {usual("news", "<ArticleCount>2</ArticleCount><Articles>"+article+"</Articles>"), ""},
		"picture never uploaded":  {usual("image", "<Image><MediaId>M_no</MediaId></Image>"), ""},
		"voice never uploaded":    {usual("voice", "<Voice><MediaId>M_no</MediaId></Voice>"), ""},
		"music without a picture": {usual("music", "<Music><ThumbMediaId>M_no</ThumbMediaId></Music>"), ""},
		"something behind":        {usual("text", "<Content>好</Content>") + "x", ""},
		"not XML":                 {"好", ""},
		"encrypted success":       {"success", ""},
		"encrypted nothing":       {"", ""},
		"not UTF-8":               {usual("text", "<Content>\xff</Content>"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rm := newRoom(t, nil)
			rm.say(sealXML(t, c.inner))
			lin := rm.Resident(testAccount, "oLin")
			ex := lin.Text(background(t), "在吗")
			if ex.Answer != c.shown || ex.Failed != (c.shown == "") || ex.Attempts != 1 {
				t.Fatalf("%+v", ex)
			}
			if last := lin.Screen()[1]; ex.Failed && (last.Text != Notice || last.Posts != 1 || last.Why == "") {
				t.Fatalf("screen %+v", lin.Screen())
			}
		})
	}
}

func TestSealedAnswersAreChecked(t *testing.T) {
	t.Parallel()
	good := func(t *testing.T, appID, aesKey string) string {
		key, err := parseKey(aesKey)
		if err != nil {
			t.Fatal(err)
		}
		e, err := seal(key, []byte("0123456789abcdef"), textXML("oLin", "好"), appID)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	sign := func(e string) string { return signature("AAAAA", "1795489200", "n", e) }
	mine := good(t, testAppID, testKey)
	for name, c := range map[string]struct {
		body string
		ok   bool
	}{
		"as it should be":  {sealedXML(mine, sign(mine)), true},
		"other signature":  {sealedXML(mine, sign("x")), false},
		"no signature":     {sealedXML(mine, ""), false},
		"other app id":     {sealedXML(good(t, "wxother", testKey), sign(good(t, "wxother", testKey))), false},
		"other key":        {sealedXML(good(t, testAppID, strings.Repeat("a", 43)), sign(good(t, testAppID, strings.Repeat("a", 43)))), false},
		"cut off":          {sealedXML(mine[:len(mine)-4], sign(mine[:len(mine)-4])), false},
		"success, sealed":  {sealedXML("success", sign("success")), false},
		"no nonce":         {strings.Replace(sealedXML(mine, sign(mine)), "<Nonce>n</Nonce>", "", 1), false},
		"space at its end": {"success ", false},
	} {
		rm := newRoom(t, nil)
		rm.say(c.body)
		if ex := rm.Resident(testAccount, "oLin").Text(background(t), "在吗"); ex.Failed == c.ok || ex.Attempts != 1 {
			t.Errorf("%s: %+v", name, ex)
		}
	}
}

func TestUploadedPictureMayBeAnswered(t *testing.T) {
	t.Parallel()
	rm := newRoom(t, nil)
	id := rm.Platform.keep(testAccount, "image", "image/jpeg", SamplePicture())
	rm.say(sealXML(t, answerXML("oLin", testAccount, "1795489200", "image", "<Image><MediaId>"+cdata(id)+"</MediaId></Image>")))
	lin := rm.Resident(testAccount, "oLin")
	if ex := lin.Text(background(t), "地图"); ex.Failed {
		t.Fatalf("%+v", ex)
	}
	if last := lin.Screen()[1]; last.Kind != "image" || !strings.HasSuffix(last.URL, "/media/"+id) {
		t.Fatalf("%+v", last)
	}
}

func TestHandedOverConversationReachesNobody(t *testing.T) {
	t.Parallel()
	rm := newRoom(t, nil)
	rm.say(sealXML(t, answerXML("oLin", testAccount, "1795489200", "transfer_customer_service", "")))
	lin := rm.Resident(testAccount, "oLin")
	if ex := lin.Text(background(t), "转人工"); ex.Failed || ex.Err != nil {
		t.Fatalf("%+v", ex)
	}
	if ex := lin.Text(background(t), "有人打我"); !errors.Is(ex.Err, ErrHandedOver) || len(rm.received()) != 1 {
		t.Fatalf("%+v", ex)
	}
	lin.Resume()
	if ex := lin.Text(background(t), "有人打我"); ex.Err != nil || len(rm.received()) != 2 {
		t.Fatalf("%+v", ex)
	}
}

func TestRedirectIsNoAnswer(t *testing.T) {
	t.Parallel()
	rm := newRoom(t, nil)
	rm.answer = func(_ int, _ got, w http.ResponseWriter) {
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(http.StatusFound)
		_, _ = io.WriteString(w, "success")
	}
	if ex := rm.Resident(testAccount, "oLin").Text(background(t), "在吗"); !ex.Failed || ex.Attempts != 3 || len(rm.received()) != 3 {
		t.Fatalf("%+v", ex)
	}
}
