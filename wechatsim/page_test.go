package wechatsim

// The page, in a browser, against a small room that echoes and offers numbers.

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

var (
	contentOf = regexp.MustCompile(`<Content><!\[CDATA\[(.*?)]]></Content>`)
	keyOf     = regexp.MustCompile(`<EventKey><!\[CDATA\[(.*?)]]></EventKey>`)
	senderOf  = regexp.MustCompile(`<FromUserName><!\[CDATA\[(.*?)]]></FromUserName>`)
)

// newPhones is a room whose server echoes, with the platform under a prefix and a clock that runs.
func newPhones(t *testing.T) *room {
	t.Helper()
	rm := newRoom(t, func(c *Config) {
		c.Prefix = "/sim"
		c.Clock = time.Now
		c.Accounts[0].Name = "溪山廊桥警务室"
		c.Accounts = append(c.Accounts, Account{ID: "gh_other", Name: "城南警务室", AppID: "wxother", Secret: "s", Token: "t", Mode: Plaintext,
			Kind: SubscriptionUnverified})
	})
	rm.answer = func(_ int, g got, w http.ResponseWriter) {
		text := ""
		said := contentOf.FindStringSubmatch(g.plain)
		switch {
		case strings.Contains(g.plain, "[subscribe]"):
			text = "您好，这里是溪山廊桥警务室，夜里也有人。\n\n如果有人受伤、正在打架，请马上打 110。\n\n回复数字就行：\n1 咨询办事\n2 邻里纠纷\n3 提意见\n4 查我的事"
		case said != nil && said[1] == "坏":
			w.WriteHeader(http.StatusBadGateway)
			return
		case said != nil:
			text = "收到：" + said[1]
		case strings.Contains(g.plain, "<Event>"):
			if key := keyOf.FindStringSubmatch(g.plain); key == nil || key[1] == "" {
				return
			} else {
				text = "事件：" + key[1]
			}
		case strings.Contains(g.plain, "<PicUrl>"):
			text = "收到照片了，可以接着发，发完回复“好了”。"
		default:
			text = "收到了。"
		}
		_, _ = io.WriteString(w, sealXML(t, textXML(senderOf.FindStringSubmatch(g.plain)[1], text)))
	}
	return rm
}

// on is a selector inside one person's phone.
func on(name, selector string) string {
	return fmt.Sprintf(`.phone[aria-label="%s的手机"] %s`, name, selector)
}

// reads is a condition: the person's chat has the words.
func reads(name, words string) string {
	return fmt.Sprintf("document.querySelector(%q).innerText.includes(%q)", on(name, ".chat"), words)
}

const menuOfRoom = `{"button":[{"name":"找警务室","sub_button":[{"type":"click","name":"咨询办事","key":"CONSULT"},{"type":"click","name":"邻里纠纷","key":"DISPUTE"}]},` +
	`{"type":"click","name":"我的事","key":"MINE"},{"type":"view","name":"反诈课堂","url":"https://example.com/"}]}`

// chatter is what one resident does on her phone.
func chatter(rm *room, tb *tab, photo string) {
	lin := "林阿婆"
	tb.click(on(lin, ".welcome .follow"))
	tb.until(reads(lin, "夜里也有人"))
	tb.write(on(lin, "textarea"), "楼上半夜剁骨头，我睡不着")
	tb.write(on(lin, "textarea"), "说了几次都不听")
	tb.until(reads(lin, "收到：说了几次都不听") + " && " + reads(lin, "收到：楼上半夜"))
	tb.until(fmt.Sprintf("document.querySelector(%q).value === ''", on(lin, "textarea")))
	tb.click(on(lin, ".smile"))
	tb.click(on(lin, ".emoji button:nth-child(3)"))
	tb.shoot("emoji")
	tb.click(on(lin, ".send"))
	tb.until(reads(lin, "收到：😊"))
	tb.click(on(lin, ".plus"))
	tb.shoot("tools")
	tb.click(on(lin, ".tool[data-act=image]"))
	tb.until(fmt.Sprintf("document.querySelector(%q).naturalWidth === 480", on(lin, ".photo")))
	tb.run(chromedp.SetUploadFiles(chromedp.CSS(on(lin, "input[type=file]")), []string{photo}))
	tb.until(fmt.Sprintf("[...document.querySelectorAll(%q)].some((i) => i.naturalWidth === 1600 && i.naturalHeight === 800)", on(lin, ".photo")))
	tb.click(on(lin, ".plus"))
	tb.click(on(lin, ".tool[data-sheet=place]"))
	tb.shoot("places")
	tb.click(on(lin, ".sheet .item:nth-of-type(3)"))
	tb.until(reads(lin, "翠湖小区3幢2单元"))
	for _, act := range []string{"voice", "video"} {
		tb.click(on(lin, ".plus"))
		tb.click(on(lin, fmt.Sprintf(".tool[data-act=%s]", act)))
	}
	tb.until(fmt.Sprintf("document.querySelector(%q) && document.querySelector(%q)", on(lin, ".voice"), on(lin, ".film img")))
	tb.click(on(lin, ".plus"))
	tb.click(on(lin, ".tool[data-sheet=scan]"))
	tb.run(chromedp.SendKeys(chromedp.CSS(on(lin, ".sheet input")), "officer-wang\r"))
	tb.until(reads(lin, "事件：officer-wang"))
	tb.until(fmt.Sprintf("document.querySelector(%q).scrollHeight - document.querySelector(%[1]q).scrollTop - document.querySelector(%[1]q).clientHeight < 4", on(lin, ".chat")))
	tb.shoot("chat")
}

func TestPhonesAtEverySize(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name          string
		width, height int64
		scheme        string
		shown         int
	}{{"wide", 1440, 900, "light", 3}, {"middle", 900, 900, "dark", 2}, {"narrow", 390, 780, "light", 1}, {"narrow-dark", 390, 780, "dark", 1}} {
		t.Run(c.name, func(t *testing.T) {
			rm := newPhones(t)
			tb := newTab(t, c.width, c.height, c.scheme)
			tb.run(chromedp.Navigate(rm.api.URL + "/sim"))
			tb.until(fmt.Sprintf("document.querySelectorAll('.phone.shown').length === %d && location.pathname === '/sim/'", c.shown))
			tb.shoot("welcome")
			chatter(rm, tb, bigPicture(t))
			if c.shown < 3 {
				tb.click(`.tabs button:nth-child(2)`)
			}
			meddle(rm, tb)
			tb.until("document.documentElement.scrollWidth <= innerWidth")
		})
	}
}

// meddle is what the second resident sees: a menu, taps, a failure, leaving, the clock.
func meddle(rm *room, tb *tab) {
	chen := "陈师傅"
	openid := openIDOf(testAccount, chen)
	tb.click(on(chen, ".welcome .follow"))
	tb.until(reads(chen, "夜里也有人") + " && !" + reads(chen, "剁骨头"))
	if f := rm.call("/cgi-bin/menu/create", rm.token(), menuOfRoom); errcode(f) != 0 {
		rm.t.Fatalf("menu: %v", f)
	}
	tb.click(on(chen, ".menu > div:nth-child(1) > button"))
	tb.shoot("menu")
	tb.click(on(chen, ".pop button:nth-child(2)"))
	tb.until(reads(chen, "事件：DISPUTE"))
	tb.write(on(chen, "textarea"), "坏")
	tb.until(reads(chen, Notice))
	f := rm.call("/cgi-bin/message/custom/send", rm.token(), `{"touser":"`+openid+`","msgtype":"msgmenu","aimsgcontext":{"is_ai_msg":1},"msgmenu":`+
		`{"head_content":"您的事办好了吗？","list":[{"id":"11","content":"办好了"},{"id":"12","content":"还没有"}],"tail_content":""}}`)
	if errcode(f) != 0 {
		rm.t.Fatalf("msgmenu: %v", f)
	}
	tb.click(on(chen, ".choices button:nth-child(2)"))
	tb.until(reads(chen, "收到：还没有"))
	f = rm.call("/cgi-bin/message/template/send", rm.token(), `{"touser":"`+openid+`","template_id":"T","url":"https://example.com/",`+
		`"data":{"thing1":{"value":"工资纠纷有了新回复"},"time2":{"value":"2026-11-24 03:12"}}}`)
	if errcode(f) != 0 {
		rm.t.Fatalf("template: %v", f)
	}
	tb.until(reads(chen, "工资纠纷有了新回复"))
	tb.shoot("taps")
	tb.script(`(() => { const s = document.querySelector("#ahead"); s.value = "48h"; s.dispatchEvent(new Event("change")); })()`)
	tb.until(`document.querySelector(".toast").innerText.includes("48 小时")`)
	if code := rm.custom(openid, "还在吗"); code != 45015 {
		rm.t.Errorf("after 48 h: %d", code)
	}
	tb.click(on(chen, ".plus"))
	tb.click(on(chen, ".tool[data-act=unfollow]"))
	tb.until(reads(chen, "你已取消关注") + fmt.Sprintf(" && document.querySelector(%q).offsetParent", on(chen, ".gone .follow")))
	tb.shoot("left")
	tb.click(on(chen, ".gone .follow"))
	tb.until(reads(chen, "你已关注该公众号"))
}

func TestPeopleAndAccountsOnThePage(t *testing.T) {
	t.Parallel()
	rm := newPhones(t)
	tb := newTab(t, 390, 780, "light")
	tb.run(chromedp.Navigate(rm.api.URL + "/sim/?who=" + "小周"))
	tb.until(`document.querySelector(".phone.shown .me").innerText === "小周"`)
	tb.click(".tabs .add")
	tb.shoot("add")
	tb.run(chromedp.SendKeys(chromedp.CSS("#person input"), "王大爷\r"))
	tb.until(`document.querySelector(".phone.shown .me").innerText === "王大爷"`)
	if people := rm.People(testAccount); len(people) != 4 || people[3].Name != "王大爷" || len(people[3].OpenID) != 28 {
		t.Errorf("people %+v", people)
	}
	tb.click(on("王大爷", ".welcome .follow"))
	tb.until(reads("王大爷", "夜里也有人"))
	tb.script(`(() => { const s = document.querySelector("#accounts"); s.value = "gh_other"; s.dispatchEvent(new Event("change")); })()`)
	tb.until(`document.querySelectorAll(".phone").length === 3 && document.querySelector(".phone.shown .name").innerText === "城南警务室"`)
	tb.until(fmt.Sprintf("document.querySelector(%q).innerText.includes('订阅号')", on("林阿婆", ".kind")))
}

func TestPageInAFrameWithoutAStream(t *testing.T) {
	t.Parallel()
	rm := newPhones(t)
	front := http.NewServeMux()
	front.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, `<!doctype html><link rel="icon" href="data:,"><iframe src="sim/" width="420" height="760"></iframe>`)
	})
	front.HandleFunc("/favicon.ico", func(http.ResponseWriter, *http.Request) {})
	front.HandleFunc("GET /sim/api/residents/{account}/events", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	front.Handle("/sim/", rm.Handler())
	front.Handle("/sim", rm.Handler())
	url := serve(t, front)
	tb := newTab(t, 1000, 820, "light")
	inside := "document.querySelector('iframe').contentDocument"
	tb.run(chromedp.Navigate(url + "/"))
	tb.until(inside + ".querySelectorAll('.phone.shown').length === 1")
	tb.script(inside + `.querySelector(".phone.shown .welcome .follow").click()`)
	tb.until(inside + `.querySelector(".phone.shown .chat").innerText.includes("夜里也有人")`)
	tb.shoot("frame")
}

// bigPicture is a file that a phone would shrink.
func bigPicture(t *testing.T) string {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewGray(image.Rect(0, 0, 2400, 1200))); err != nil {
		t.Fatal(err)
	}
	at := filepath.Join(t.TempDir(), "wall.png")
	if err := os.WriteFile(at, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return at
}
