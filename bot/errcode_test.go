package bot

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"frontdesk/ticket"
	"frontdesk/wechatsim"
)

// TestEveryErrorCode sends a letter against each code that a customer-service message can meet.
func TestEveryErrorCode(t *testing.T) {
	for _, row := range []struct {
		code   int
		fate   ticket.Fate
		reason string // a part of what the officer reads
	}{
		{-1, ticket.Sending, "繁忙"},
		{45015, ticket.InMailbox, "48小时"},
		{45047, ticket.InMailbox, "条数"},
		{45002, ticket.Failed, "太长"},
		{40003, ticket.Failed, "不认识"},
		{40164, ticket.Sending, "白名单"},
		{61004, ticket.Sending, "白名单"},
		{45009, ticket.Sending, "额度"},
		{45011, ticket.Sending, "太快"},
		{48001, ticket.InMailbox, "没有主动发消息的权限"},
		{48002, ticket.InMailbox, "关掉"},
		{48004, ticket.Sending, "封禁"},
		{50005, ticket.Failed, "取消了关注"},
		{40001, ticket.Delivered, ""},
		{40014, ticket.Delivered, ""},
		{42001, ticket.Delivered, ""},
		{40200, ticket.Sending, "可点选"},
		{47003, ticket.Failed, "模板"},
		{99999, ticket.Sending, "99999"},
	} {
		r := newRig(t, wechatsim.SubscriptionVerified)
		r.write()
		r.platform.SetFault(wechatsim.Fault{Path: pathCustom, Errcode: row.code, Times: 1})
		d := r.once(r.letter("邻居的事办好了"))
		if d.Fate != row.fate || !strings.Contains(d.Reason, row.reason) || row.reason == "" && d.Reason != "" {
			t.Errorf("%d: %+v", row.code, d)
		}
		if later := d.NextTry.After(r.clock()); later != (d.Fate == ticket.Sending) {
			t.Errorf("%d: next try %v at %v", row.code, d.NextTry, r.clock())
		}
		if _, known := errcodes[row.code]; known != (row.code != 99999) {
			t.Errorf("%d: known %v", row.code, known)
		}
	}
}

func TestTryingEnds(t *testing.T) {
	for _, row := range []struct {
		fault wechatsim.Fault
		tries int
		last  string
		seen  int
	}{
		{wechatsim.Fault{Errcode: -1}, mostTries, "繁忙", 0},
		{wechatsim.Fault{Errcode: 99999}, mostTries, "99999", 0},
		{wechatsim.Fault{Errcode: 40164}, mostTries, "白名单", 0},
		{wechatsim.Fault{Status: 503}, mostTries, "连不上", 0},
		{wechatsim.Fault{Status: 429}, mostTries, "连不上", 0},
		{wechatsim.Fault{Status: 502}, mostUnclear, "没有明确答复", 0},
		{wechatsim.Fault{Status: 504}, mostUnclear, "没有明确答复", 0},
		{wechatsim.Fault{Down: true}, mostUnclear, "没有明确答复", 0},
		{wechatsim.Fault{Truncate: true}, mostUnclear, "没有明确答复", mostUnclear},
	} {
		r := newRig(t, wechatsim.SubscriptionVerified)
		r.write()
		row.fault.Path = pathCustom
		r.platform.SetFault(row.fault)
		p := r.letter("邻居的事办好了")
		var took time.Duration
		for n := 1; n < row.tries; n++ {
			d := r.once(p)
			if d.Fate != ticket.Sending || d.Tries != n {
				t.Fatalf("%+v, try %d: %+v", row.fault, n, d)
			}
			wait := d.NextTry.Sub(r.clock())
			r.advance(wait - time.Millisecond)
			r.once(p)
			if p.Delivery.Tries != n {
				t.Errorf("%+v: tried before its time", row.fault)
			}
			r.advance(time.Millisecond)
			took += wait
		}
		d := r.once(p)
		fate := ticket.InMailbox
		if row.tries == mostUnclear {
			fate = ticket.Unconfirmed
		}
		if d.Fate != fate || d.Tries != row.tries || !strings.Contains(d.Reason, row.last) {
			t.Errorf("%+v, in the end: %+v", row.fault, d)
		}
		if took > 90*time.Minute || len(r.read("text")) != row.seen {
			t.Errorf("%+v: took %v, she saw it %d times", row.fault, took, len(r.read("text")))
		}
	}
}

func TestNothingListens(t *testing.T) {
	r := newRig(t, wechatsim.SubscriptionVerified)
	if _, err := r.api.tokens.get(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	r.api.base = "http://127.0.0.1:1"
	if d := r.once(r.letter("邻居的事办好了")); d.Fate != ticket.Sending || !strings.Contains(d.Reason, "连不上") {
		t.Errorf("%+v", d)
	}
}

func TestQuotaPausesTheAccount(t *testing.T) {
	r := newRig(t, wechatsim.SubscriptionVerified)
	r.write()
	r.platform.SetFault(wechatsim.Fault{Path: pathCustom, QuotaOut: true})
	first, second := r.letter("邻居的事办好了"), r.letter("还有一封")
	r.once(first)
	for _, p := range []*ticket.Parcel{first, second} {
		if d := p.Delivery; d.Fate != ticket.Sending || d.Tries != 0 || !strings.Contains(d.Reason, "额度") || !d.NextTry.Equal(r.clock().Add(quotaRest)) {
			t.Errorf("%+v", d)
		}
	}
	if n := r.calls(pathCustom); n != 1 {
		t.Errorf("%d calls, one tells", n)
	}
	r.platform.SetFault(wechatsim.Fault{})
	r.advance(quotaRest)
	r.once(first)
	if first.Delivery.Fate != ticket.Delivered || second.Delivery.Fate != ticket.Delivered || second.Delivery.Reason != "" {
		t.Errorf("afterwards: %+v, %+v", first.Delivery, second.Delivery)
	}
}

// TestTheQuotaOfTemplatesPausesTheAccount has the platform refuse to tell of a letter for the day: it is not asked to tell of the next one.
func TestTheQuotaOfTemplatesPausesTheAccount(t *testing.T) {
	r := newRig(t, wechatsim.ServiceVerified)
	const path = "/cgi-bin/message/template/send"
	r.platform.SetFault(wechatsim.Fault{Path: path, QuotaOut: true})
	first, second := r.letter("邻居的事办好了"), r.letter("还有一封")
	first.Window, second.Window = ticket.Window{}, ticket.Window{}
	r.once(first)
	if d := second.Delivery; first.Delivery.Fate != ticket.InMailbox || d.Fate != ticket.Sending || !d.NextTry.Equal(r.clock().Add(quotaRest)) || r.calls(path) != 1 {
		t.Errorf("%d calls: %+v, %+v", r.calls(path), first.Delivery, d)
	}
}

// TestAPauseOfAClockThatRanAheadIsOver pauses an account by a clock that is a day ahead, and puts that right: the next letter goes out.
func TestAPauseOfAClockThatRanAheadIsOver(t *testing.T) {
	r := newRig(t, wechatsim.SubscriptionVerified)
	r.write()
	r.sender.pause(r.clock().Add(24*time.Hour), pause, "额度用完了。")
	if d := r.once(r.letter("邻居的事办好了")); d.Fate != ticket.Delivered {
		t.Errorf("%+v", d)
	}
}

// TestARestingAccountTellsOfNoLetter has a letter that hung come back, and pause the account, while another one is refused: nothing tells of that one.
func TestARestingAccountTellsOfNoLetter(t *testing.T) {
	r := newRig(t, wechatsim.ServiceVerified)
	r.write()
	r.platform.SetFault(wechatsim.Fault{Path: pathCustom, Errcode: 45015, Times: 1})
	r.api.client.Transport = tripper(func(next func() error) error {
		r.sender.pause(r.clock(), pause, "额度用完了。")
		return next()
	}, r.api.client.Transport)
	if d := r.once(r.letter("邻居的事办好了")); d.Fate != ticket.InMailbox || d.Told || len(r.read("template")) != 0 {
		t.Errorf("%+v, she reads %q", d, r.read("template"))
	}
}

// TestAnAnswerWithoutACodeIsNone holds that HTTP 200 alone delivers nothing.
func TestAnAnswerWithoutACodeIsNone(t *testing.T) {
	for _, reply := range []string{`{}`, `null`, `{"errmsg":"ok"}`, `[]`, ``, `<html>ok</html>`, `{"errcode":"0"}`, `{"errcode":0`} {
		if err := readReply("/x", []byte(reply), nil); err == nil {
			t.Errorf("%s is taken for a yes", reply)
		}
	}
	if err := readReply("/x", []byte(`{"errcode":0,"errmsg":"ok"}`), nil); err != nil {
		t.Error(err)
	}
}

func TestCallsAreCounted(t *testing.T) {
	r := newRig(t, wechatsim.SubscriptionVerified)
	r.write()
	r.platform.SetFault(wechatsim.Fault{Path: pathCustom, Errcode: 45015, Times: 1})
	r.once(r.letter("邻居的事办好了"))
	r.once(r.letter("还有一封"))
	got := counted(t, r.registry)
	for name, n := range map[string]float64{
		"frontdesk_api_calls_total answer=ok call=stable_token":           1,
		"frontdesk_api_calls_total answer=45015 call=message/custom/send": 1,
		"frontdesk_api_calls_total answer=ok call=message/custom/send":    1,
		"frontdesk_letters_total fate=mailbox via=mailbox":                1,
		"frontdesk_letters_total fate=delivered via=service":              1,
	} {
		if got[name] != n {
			t.Errorf("%s is %v of %v", name, got[name], got)
		}
	}
}

func counted(t *testing.T, reg *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, l := range m.GetLabel() {
				name += " " + l.GetName() + "=" + l.GetValue()
			}
			got[name] = m.GetCounter().GetValue()
		}
	}
	return got
}

// TestEveryReasonIsForPeople holds that each code has words that end as a sentence does.
func TestEveryReasonIsForPeople(t *testing.T) {
	for code, row := range errcodes {
		if !strings.HasSuffix(row.reason, "。") || strings.ContainsAny(row.reason, ",;:!?") {
			t.Errorf("%d: %q", code, row.reason)
		}
	}
}
