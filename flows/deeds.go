package flows

// This file holds what is to be done with a matter, said without having looked at it first: 催办, 补充, 撤回. With several it is asked which.

import (
	"strings"
	"unicode/utf8"

	"frontdesk/ticket"
)

// deedWords are what can be done with a matter, as it is said without having looked at it first.
var deedWords = func() map[string]string {
	m := map[string]string{}
	for on, words := range map[string]string{
		"add":      "补充 补充情况 我要补充 我想补充 我补充一下 补充一下 添加 加照片 补照片 补材料 我想补充一下 再补充一下",
		"urge":     "催办 催 催一催 催一下 催催 帮我催一下 帮我催催 我要催办 我催一下 麻烦催一下 快点 加急 快点处理 能不能快点 能快点 能快一点 能不能快一点 快一点 麻烦快点",
		"withdraw": "撤回 撤销 撤回工单 撤销工单 我要撤回 我想撤回 我要撤销 撤回登记 撤案 我不告了 不告了 撤了 撤诉 撤单 不追究了 我不追究了 不要处理了 取消投诉 撤投诉 撤回投诉",
	} {
		for _, w := range strings.Fields(words) {
			m[w] = on
		}
	}
	return m
}()

// plainDeed is the deed that a whole message names; empty for none.
func (t *talk) plainDeed() string {
	for _, said := range []string{t.whole(), strings.TrimRight(t.whole(), "吧啊呀呢"), strings.TrimRight(t.whole(), particles+"吧")} { // 撤了吧, 撤了, 催一下吧
		if on := deedWords[said]; on != "" {
			return on
		}
	}
	return ""
}

// longestDeed is how many characters may be said with a deed.
const longestDeed = 16

// hearDeed understands a deed that is said at the desk, of the one matter that allows it; with several, or none, the list is shown.
func (t *talk) hearDeed() string {
	on := t.plainDeed()
	if first, more := firstClause(t.raw); on == "" && more && utf8.RuneCountInString(t.flat) <= longestDeed {
		on = deedWords[first]
	}
	if on == "" && utf8.RuneCountInString(t.flat) <= longestDeed && begins(t.flat, []string{"我要撤回", "我想撤回", "撤回上次", "撤回刚才", "撤回那", "我要撤销", "我想撤销"}) {
		on = "withdraw"
	}
	if on == "" || on == "add" && strings.TrimRight(t.whole(), particles) != t.whole() && deedWords[t.whole()] == "" || len(t.r.Tickets) == 0 {
		return ""
	}
	if first, more := firstClause(t.raw); on == "add" && more && deedWords[first] == "add" { // what is added comes with it
		return ""
	}
	what := map[string]ticket.What{"add": ticket.Say, "urge": ticket.Urge, "withdraw": ticket.Withdraw}[on]
	var can []ticket.Header
	for _, h := range t.r.Tickets {
		if h.Can(what) {
			can = append(can, h)
		}
	}
	switch len(can) {
	case 0:
		return progressFlow
	case 1:
		t.c.Ticket = can[0].Number
		return t.allowed(on, can[0])
	}
	t.got.Value = on
	return "matter"
}

// allowed is a deed on a ticket, or that it cannot be done now.
func (t *talk) allowed(on string, h ticket.Header) string {
	if on == "urge" && !h.UrgedAt.IsZero() && ticket.Day(h.UrgedAt) == ticket.Day(t.w.Now) {
		t.got.Value = on
		return "cannot"
	}
	return on
}

// deed is the step under which waits what is to be done with the matter that is asked for.
const deed = "deed"

// keepDeed keeps what is to be done until it is known with which matter.
func keepDeed(t *talk) {
	t.c.keep(Answer{Step: deed, Value: t.got.Value})
	if t.got.Value == "again" {
		keepWords(t)
	}
}

// deedMoves are the moves that a ticket must allow.
var deedMoves = map[string]ticket.What{"add": ticket.Say, "urge": ticket.Urge, "withdraw": ticket.Withdraw}

// leadMatters offers the matters with which it can be done.
func leadMatters(t *talk) []Choice {
	list := t.resolved()
	if what, ok := deedMoves[t.value(deed)]; ok {
		list = nil
		for _, h := range t.r.Tickets {
			if h.Can(what) {
				list = append(list, h)
			}
		}
	}
	var out []Choice
	for i, h := range list {
		if i == listedAtMost {
			break
		}
		out = append(out, Choice{Value: string(h.Number), Label: h.Number.Spoken() + "「" + cutRunes(h.Title.Reveal(), 16) + "」"})
	}
	return out
}

// hearMatter does what was said with the matter that is picked.
func hearMatter(t *talk) string {
	on, chosen := t.choose(t.step())
	if !chosen || on == "no" {
		return ""
	}
	t.c.Ticket = ticket.Number(t.got.Value)
	h, _ := t.ticket(t.c.Ticket)
	return t.allowed(t.value(deed), h)
}
