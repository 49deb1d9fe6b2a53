package wechatsim

// Template messages and subscription notices.

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestValuesOfTemplates(t *testing.T) {
	t.Parallel()
	long := func(word string, n int) string { return strings.Repeat(word, n) }
	for _, c := range []struct {
		name, value string
		fits        bool
	}{
		{"thing1", long("事", 20), true}, {"thing1", long("事", 21), false}, {"thing1", "", false}, {"thing1", "好😀", false}, {"thing1", "好☀", false},
		{"character_string2", long("A", 32), true}, {"character_string2", long("A", 33), false}, {"character_string2", "编号1", false},
		{"phrase3", "已经办好了", true}, {"phrase3", "已经都办好了", false}, {"phrase3", "done", false},
		{"phone_number4", "+86-0578-1234567", true}, {"phone_number4", long("1", 18), false}, {"phone_number4", "警务室", false},
		{"name5", long("王", 10), true}, {"name5", long("王", 11), false},
		{"time6", "2026-11-24 03:12", true}, {"time6", "03\uff1a12", true}, {"time6", "2026年11月24日", true}, {"time6", "昨天", false},
		{"date7", "2026-11-24", true}, {"date7", "2026年11月", true}, {"date7", "03:12", false},
		{"amount8", "¥12.50元", true}, {"amount8", "\uffe512", true}, {"amount8", "十二元", false},
		{"number9", "12.5", true}, {"number9", "12a", false}, {"letter10", "abc", true}, {"letter10", "ab1", false},
		{"first", "您好", false}, {"remark", "谢谢", false}, {"keyword1", "好", false}, {"thing", "好", false},
	} {
		rm := newRoom(t, nil)
		rm.Resident(testAccount, "oLin")
		f := rm.call("/cgi-bin/message/template/send", rm.token(), map[string]any{"touser": "oLin", "template_id": "T",
			"data": map[string]any{c.name: map[string]string{"value": c.value}}})
		if code := errcode(f); (code == 0) != c.fits || code != 0 && code != 47003 {
			t.Errorf("%s %q: %v", c.name, c.value, f)
		}
	}
}

const templateToLin = `{"touser":"oLin","template_id":"T","client_msg_id":"N","data":{"thing1":{"value":"有了新回复"}}}`

func TestTemplatesAreSentOnceAndReported(t *testing.T) {
	t.Parallel()
	rm := newRoom(t, nil)
	lin := rm.Resident(testAccount, "oLin")
	send := func(id string) (json.Number, int) {
		f := rm.call("/cgi-bin/message/template/send", rm.token(), strings.ReplaceAll(templateToLin, `"N"`, `"`+id+`"`))
		msg, _ := f["msgid"].(json.Number)
		return msg, errcode(f)
	}
	first, code := send("a")
	again, _ := send("a")
	other, _ := send("b")
	if code != 0 || first == "" || first != again || first == other || len(lin.Screen()) != 2 {
		t.Errorf("%d, messages %v %v %v, screen %+v", code, first, again, other, lin.Screen())
	}
	rm.pass(10*time.Minute - time.Second)
	if id, _ := send("a"); id != first {
		t.Error("sent twice within 10 min")
	}
	rm.pass(time.Second)
	if id, _ := send("a"); id == first {
		t.Error("not sent again after 10 min")
	}
	lin.Refuse(true)
	send("c")
	rm.later.Wait() // for the events
	posts := rm.received()
	if n := len(posts); n != 4 {
		t.Fatalf("%d events", n)
	}
	statuses := map[string]int{}
	for _, g := range posts {
		for _, s := range []string{"success", "failed:user block"} {
			if strings.Contains(g.plain, "<Event><![CDATA[TEMPLATESENDJOBFINISH]]></Event><MsgID>") &&
				strings.Contains(g.plain, "<Status><![CDATA["+s+"]]></Status>") {
				statuses[s]++
			}
		}
	}
	if statuses["success"] != 3 || statuses["failed:user block"] != 1 || len(lin.Screen()) != 3 {
		t.Errorf("statuses %v, screen %+v", statuses, lin.Screen())
	}
}

func TestTemplatesThatAreRefused(t *testing.T) {
	t.Parallel()
	rm := newRoom(t, nil)
	lin := rm.Resident(testAccount, "oLin")
	send := func(body string) int { return errcode(rm.call("/cgi-bin/message/template/send", rm.token(), body)) }
	for body, want := range map[string]int{
		"": 44002, "{": 47001,
		strings.Replace(templateToLin, `"T"`, `""`, 1):                                40037,
		strings.Replace(templateToLin, "oLin", "oNobody", 1):                          40003,
		strings.Replace(templateToLin, `}}}`, `,"color":"#173177"}}}`, 1):             47003,
		strings.Replace(templateToLin, `{"thing1":{"value":"有了新回复"}}`, "{}", 1):       47003,
		strings.Replace(templateToLin, `"N"`, `"`+strings.Repeat("n", 33)+`"`, 1):     40097,
		strings.Replace(templateToLin, `"有了新回复"`, `"`+strings.Repeat("长", 21)+`"`, 1): 47003,
	} {
		if code := send(body); code != want {
			t.Errorf("%s: %d, not %d", body, code, want)
		}
	}
	lin.Unfollow(background(t))
	if code := send(templateToLin); code != 50005 {
		t.Errorf("who left: %d", code)
	}
}

func TestTemplatesOfOneDay(t *testing.T) {
	t.Parallel()
	rm := newRoom(t, nil)
	rm.Resident(testAccount, "oLin")
	send := func(id string) int {
		return errcode(rm.call("/cgi-bin/message/template/send", rm.token(), strings.Replace(templateToLin, `"N"`, `"`+id+`"`, 1)))
	}
	if code := send("a"); code != 0 {
		t.Fatal(code)
	}
	rm.Platform.mu.Lock()
	rm.accounts[testAccount].templates = templatesADay
	rm.Platform.mu.Unlock()
	if code := send("b"); code != 45009 {
		t.Errorf("one too many: %d", code)
	}
	rm.pass(24 * time.Hour)
	if code := send("c"); code != 0 {
		t.Errorf("the next day: %d", code)
	}
}

func TestNoticesTakeOneConsentEach(t *testing.T) {
	t.Parallel()
	rm := newRoom(t, nil)
	lin := rm.Resident(testAccount, "oLin")
	send := func() int {
		return errcode(rm.call("/cgi-bin/message/subscribe/bizsend", rm.token(), `{"touser":"oLin","template_id":"T","data":{"thing1":{"value":"好"}}}`))
	}
	if code := send(); code != 43101 {
		t.Errorf("without consent: %d", code)
	}
	lin.Consent(background(t), false, "T")
	if a, b := send(), send(); a != 0 || b != 43101 {
		t.Errorf("one consent: %d, then %d", a, b)
	}
	lin.Consent(background(t), true, "T")
	for range 3 {
		if code := send(); code != 0 {
			t.Errorf("consent for good: %d", code)
		}
	}
	lin.Dissent(background(t), "T")
	if code := send(); code != 43101 {
		t.Errorf("taken back: %d", code)
	}
	rm.later.Wait()
	if n := strings.Count(rm.all(), "subscribe_msg_sent_event"); n != 4 {
		t.Errorf("%d events", n)
	}
}

// TestEventsCanBeHeldBack gives what becomes of a template message to whoever wants to post it at a moment of their own.
func TestEventsCanBeHeldBack(t *testing.T) {
	t.Parallel()
	var held []func()
	rm := newRoom(t, func(c *Config) { c.Later = func(post func()) { held = append(held, post) } })
	rm.Resident(testAccount, "oLin")
	if code := errcode(rm.call("/cgi-bin/message/template/send", rm.token(), templateToLin)); code != 0 || len(held) != 1 {
		t.Errorf("errcode %d, %d events held back", code, len(held))
	}
}
