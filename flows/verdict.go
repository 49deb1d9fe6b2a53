package flows

// This file holds how a verdict on a matter is heard, wherever it is said and with whatever reason.

import (
	"regexp"
	"strings"
	"unicode"

	"frontdesk/ticket"
)

// resolved gives the tickets whose resolution the resident has read and not judged, the latest first.
func (t *talk) resolved() []ticket.Header {
	var out []ticket.Header
	for _, h := range t.r.Tickets {
		if h.Status == ticket.Resolved && !t.unread(h.Number) {
			out = append(out, h)
		}
	}
	return out
}

// firstClause is the beginning of a text up to its first punctuation or white space, folded, and whether words follow.
func firstClause(raw string) (first string, more bool) {
	said := strings.TrimSpace(raw)
	i := strings.IndexFunc(said, func(r rune) bool { return unicode.IsPunct(r) || unicode.IsSpace(r) })
	if i < 0 {
		return fold(said), false
	}
	return fold(said[:i]), legible(said[i:])
}

// relapse tells that what was told of goes on: 又吵了, 还是漏.
var relapse = regexp.MustCompile(`^(现在|今天|昨晚|刚才|楼上|隔壁|他们?|她|邻居|对方)*(又|还是|还在|仍然|照样)(吵|闹|漏|响|骂|堵|叫|拖|跳|砸|占)[^,]{0,6}$`)

// verdictIn reads a verdict in a whole message, with the reason for it: "again" is a no that says why.
func verdictIn(raw, flat string) string {
	if on := verdictOf(flat); on != "" {
		return on
	}
	first, more := firstClause(raw)
	if relapse.MatchString(flat) {
		return "again"
	}
	if quiet.MatchString(first) && !holds(flat, strings.Fields("但 不过 可是 还是 又")) {
		return "solved"
	}
	if more && (isBareNo(first) || isNone(first)) { // "没有了，谢谢", "没，已经好了"
		rest := strings.TrimPrefix(strings.TrimPrefix(flat, first), ",")
		if i := strings.IndexFunc(rest, unicode.IsPunct); i == 0 {
			rest = rest[len(string([]rune(rest)[:1])):]
		}
		switch {
		case verdictOf(rest) == "solved":
			return "solved"
		case onlyThanks(rest) || strings.HasSuffix(strings.TrimRight(first, particles), "没有") && strings.HasSuffix(first, "了"):
			return ""
		}
	}
	switch on := verdictOf(first); { // "没解决，昨晚又吵"
	case on == "unsolved" && more:
		return "again"
	case on == "solved" && more && (strings.Contains(flat, "谢") || strings.Contains(flat, "辛苦")) && !holds(flat, strings.Fields("但 不过 可是 又 还 没")):
		return on
	}
	return ""
}

// quiet tells that what was told of has stopped: 没有再吵了.
var quiet = regexp.MustCompile(`^(现在|最近|后来|这几天|这两天|昨晚|他|她|楼上|他们|邻居)*(没有?再|不再|不)(吵|闹|漏|响|骂|堵|叫|拖)[^,]{0,3}$`)

// plainVerdict says whether a verdict can be nothing else, wherever it is said: it uses the letter's own words.
func plainVerdict(flat string) bool {
	return strings.Contains(flat, "解决") || strings.Contains(flat, "满意")
}

// verdictSaid hears a plain verdict on the matter that was resolved last, whatever else the resident was doing: the letter asked for these words.
func (t *talk) verdictSaid() bool {
	p, s := t.plan(), t.step()
	switch {
	case t.in.Kind != Text || t.c.Flow == "" || !plainVerdict(t.flat), p.Name == dangerFlow,
		p.Name == deskFlow && s.ID == "menu", p.Name == progressFlow && s.ID != "list": // there it is heard anyway
		return false
	}
	was := t.c
	on := t.verdict()
	number := t.c.Ticket
	t.c = was
	if on == "" {
		return false
	}
	t.c = Conversation{Flow: deskFlow, Step: "menu", Ticket: number, Aside: t.aside(), At: was.At}
	if p.Name == deskFlow && (s.ID == "about" || s.ID == "guess" || s.ID == "which" || s.ID == "matter") { // it was about this
		t.c.Aside = was.Aside
	}
	t.move(on)
	return true
}

// judging is the verdict that is heard at a step about one ticket, when its resolution waits for one.
func (t *talk) judging() string {
	h, ok := t.ticket(t.c.Ticket)
	if !ok || h.Status != ticket.Resolved || t.in.Kind != Text {
		return ""
	}
	on := verdictIn(t.raw, t.flat)
	if on == "again" {
		t.got.Text = ticket.Personal(t.raw)
	}
	return on
}

// verdict understands "it is settled" and "it is not" as said about a ticket whose resolution the resident has read.
func (t *talk) verdict() string {
	on := verdictIn(t.raw, t.flat)
	judged := t.resolved()
	if len(judged) == 0 && on != "solved" && plainVerdict(t.flat) { // it was settled, and is not any more
		for _, h := range t.stands() {
			if h.Can(ticket.Reopen) {
				judged = append(judged, h)
			}
		}
	}
	if on == "" || len(judged) == 0 {
		return ""
	}
	if len(t.waiting()) > 0 && !plainVerdict(t.flat) { // "可以" may be the answer to what was asked about another matter
		return ""
	}
	if on == "again" {
		t.got.Text = ticket.Personal(t.raw)
	}
	if len(judged) > 1 {
		t.got.Value = on
		return "matter"
	}
	t.c.Ticket = judged[0].Number
	return on
}

// verdictOf reads a verdict; a number before it is not one.
func verdictOf(flat string) string {
	switch joined(flat) { // "没有了" has nothing more to say
	case "没有", "没", "没有啊", "没啊", "没有呀", "没呢":
		return "unsolved"
	case "好", "好的", "好啊", "好呀", "好吧", "好的好的": // heard, not judged
		return ""
	}
	word := strings.TrimRight(joined(flat), "了的啊呀吧")
	for _, lead := range []string{"问题", "事情", "这事", "这件事", "那件事", "这个事", "现在", "今天", "算是", "基本上", "基本", "差不多", "都", "已经", "已", "全"} {
		word = strings.TrimPrefix(word, lead)
	}
	switch word {
	case "解决", "已解决", "已经解决", "满意", "很满意", "非常满意", "处理好", "办好", "都好", "没问题", "好", "确认", "解决好", "可以", "满意谢谢", "解决了谢谢":
		return "solved"
	case "没解决", "没有解决", "还没解决", "还没有解决", "不满意", "没处理好", "未解决", "没办好", "不行", "还没好", "没好", "根本没解决",
		"还没", "还没有", "没呢", "没用", "没有用", "一点没用", "一点用没有", "不管用", "没效果", "没变化", "老样子", "还是老样子", "很不满意", "非常不满意", "没处理", "没有处理",
		"没人来", "没人来过", "根本没人来", "根本没人来过", "民警没来", "没有人来", "并没有", "没解决好", "没有解决好", "解决个屁", "解决个鬼", "放屁", "哪里解决了", "哪里解决", "哪解决", "解决什么":
		return "unsolved"
	}
	return ""
}
