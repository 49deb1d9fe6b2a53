package flows

// This file holds what a resident says outside any flow about a matter that they have told before: it is added to, hurried, taken back or
// not settled. Nobody should have to look for its number first.

import (
	"strings"
	"time"
	"unicode"

	"frontdesk/ticket"
)

// standingFor is how long after it last moved a matter is what somebody goes on about who begins to write.
const standingFor = 30 * 24 * time.Hour

// stands gives the tickets that words may be added to, the latest first.
func (t *talk) stands() []ticket.Header {
	var out []ticket.Header
	for _, h := range t.r.Tickets {
		if h.Can(ticket.Say) && t.w.Now.Sub(h.UpdatedAt) < standingFor {
			out = append(out, h)
		}
	}
	return out
}

// goesOn says whether a text that begins at the desk goes on about a matter that stands, rather than beginning another. What speaks clearly for
// something else does not.
func (t *talk) goesOn(g hunch) bool {
	standing := t.stands()
	switch {
	case len(standing) == 0:
		return false
	case begins(t.flat, newLeads):
		return false
	case g.score >= sureGuess && string(standing[0].Kind) != g.flow && g.flow != progressFlow && g.flow != officerFlow && g.flow != disputeFlow:
		return false
	case holds(t.flat, continues) || begins(t.flat, addLeads):
		return g.flow != feedbackFlow || g.score < sureGuess
	case g.flow == disputeFlow || g.flow == consultFlow && g.kind != "":
		for _, h := range standing {
			if string(h.Kind) == g.flow && (g.score < sureGuess || t.sameTopic(h, g)) {
				return true
			}
		}
		return false
	}
	return g.score == 0
}

// sameTopic says whether a hunch is about what a ticket is about.
func (t *talk) sameTopic(h ticket.Header, g hunch) bool {
	if g.flow == disputeFlow {
		return g.kind == "" || disputeTopics[g.kind] == h.Topic
	}
	for _, c := range t.book.byName[g.flow].Steps[0].Choices {
		if c.Value == g.kind {
			return c.Label == h.Topic
		}
	}
	return false
}

var (
	// addLeads begin what is added to something told before.
	addLeads = strings.Fields("补充 再补充 还要补充 还要加 还要说 我再补充 我补充 还有 另外 加一句 再加一句 再说一句 再说一下 对了 忘了说 刚才忘 刚忘 上次说 上次报 上次登记 上次那 那件事 那事 之前说 之前报 之前登记 前几天说 我说的那")
	// newLeads begin something else
	newLeads = strings.Fields("还有一件事 还有件事 还有一个事 还有个事 还有一个问题 还有个问题 另外一件事 另一件事 另外我想 另外想 另外我要 还想问 我还想问 还想咨询 我想咨询 我想问 我要咨询 我要投诉 我要办 我想办 换个事 再问一个")
	// continues tell that something is not over.
	continues = strings.Fields("又吵 又来 又开始 又闹 又打 又骂 又漏 又在 还在吵 还是吵 还在闹 还是没 还是不 还是老样子 照样 依旧 没人来 没来过 根本没 没人管 没人理 没解决 没处理 没动静 没有动静")
)

// pickStanding offers the matters that words may belong to.
func pickStanding(t *talk) []Choice {
	var out []Choice
	for i, h := range t.stands() {
		if i == mostStanding {
			break
		}
		label := "是，补充到「" + cutRunes(h.Title.Reveal(), 16) + "」里"
		if h.Status == ticket.Resolved {
			label = "是，「" + cutRunes(h.Title.Reveal(), 16) + "」还没解决，请接着办"
		}
		out = append(out, Choice{Value: string(h.Number), Label: label})
	}
	return out
}

// mostStanding is how many matters are offered; older ones are found under 进度.
const mostStanding = 3

// sayAbout asks what words belong to, and shows that they are kept.
func sayAbout(t *talk) string {
	k := t.keptSoFar()
	what := "您发的"
	if lines := strings.Split(k.Text.Reveal(), "\n"); k.Text != "" {
		what = "您说的“" + cutRunes(lines[len(lines)-1], 24) + "”"
	} else if have := listed(k); have != "" {
		what = "您发的" + have
	}
	return what + "，我记下了。是说以前登记的这件事吗？"
}

// hearAbout understands a yes where only one matter can be meant. A matter that is said to be done is taken up again.
func hearAbout(t *talk) string {
	if t.in.Kind != Text {
		return ""
	}
	list := pickStanding(t)
	on, chosen := t.choose(t.step())
	if len(list) == 1 && (!chosen && isYes(t.flat) || isDone(t.flat)) { // 完成: all was sent
		t.got.Value, on, chosen = list[0].Value, onPick, true
	}
	if done := t.resolved(); !chosen && len(done) == 1 && verdictIn(t.raw, t.flat) == "solved" {
		t.c.Ticket = done[0].Number
		t.c.Answers = nil
		return "solved"
	}
	if chosen && on == "no" && guess(fold(t.keptSoFar().Text.Reveal())).score > 0 {
		return "other"
	}
	if !chosen || on != onPick {
		return ""
	}
	t.c.Ticket = ticket.Number(t.got.Value)
	if h, ok := t.ticket(t.c.Ticket); ok && h.Status == ticket.Resolved {
		return "again"
	}
	return onPick
}

// reopenKept takes a matter up again with the words that were kept as the reason.
func reopenKept(t *talk) {
	k := t.keptSoFar()
	t.c.Answers = nil
	t.got.Text = k.Text
	reopen(t)
	if h, ok := t.ticket(t.c.Ticket); ok && h.Can(ticket.Reopen) && (len(k.Files) > 0 || k.Place != nil) {
		t.sayAt(h.Number, placeWords(k.Place), k.Files, k.Place)
	}
}

// deedWords are what can be done with a matter, as it is said without having looked at it first.
var deedWords = func() map[string]string {
	m := map[string]string{}
	for on, words := range map[string]string{
		"add":      "补充 补充情况 我要补充 我想补充 我补充一下 补充一下 添加 加照片 补照片 补材料 我想补充一下 再补充一下",
		"urge":     "催办 催 催一催 催一下 催催 帮我催一下 帮我催催 我要催办 我催一下 麻烦催一下 快点 加急 快点处理 能不能快点",
		"withdraw": "撤回 撤销 撤回工单 撤销工单 我要撤回 我想撤回 我要撤销 撤回登记 撤案 我不告了",
	} {
		for _, w := range strings.Fields(words) {
			m[w] = on
		}
	}
	return m
}()

// hearDeed understands a deed that is said at the desk, of the one matter that allows it; with several, or none, the list is shown.
func (t *talk) hearDeed() string {
	on := deedWords[strings.TrimRight(joined(t.flat), particles)]
	if on == "" || len(t.r.Tickets) == 0 {
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

// talkTime is how long somebody who answered an officer is taken to go on talking to them.
const talkTime = 15 * time.Minute

// talking gives the ticket about which the resident just answered an officer, when what they say now may belong to that.
func (t *talk) talking(g hunch) (ticket.Number, bool) {
	h, ok := t.ticket(t.c.Ticket)
	if t.c.Flow != "" || !ok || !h.Can(ticket.Say) || t.w.Now.Sub(t.c.At) > talkTime || begins(t.flat, newLeads) {
		return "", false
	}
	return h.Number, g.score < sureGuess || string(h.Kind) == g.flow && t.sameTopic(h, g)
}

// answersNow says whether words that say nothing by themselves answer a question of an officer's: 可以, 在, or a thumb.
func (t *talk) answersNow() bool {
	if t.in.Kind != Text || strings.TrimSpace(t.raw) == "" || isBareNumber(t.flat) {
		return false
	}
	if !legible(t.raw) {
		return strings.ContainsAny(t.raw, "👌👍✌🆗☝🙆") || strings.Contains(t.raw, "[OK]") || strings.Contains(t.raw, "[强]")
	}
	word := strings.TrimRight(joined(t.flat), particles)
	if isYes(t.flat) { // 好的,谢谢
		return true
	}
	switch word {
	case "你好", "您好", "hello", "hi", "哈喽", "喂", "再见", "拜拜", "晚安", "谢谢", "多谢", "感谢", "开始", "不客气":
		return false
	}
	if strings.Contains(t.flat, "谢") || strings.Contains(t.flat, "辛苦") || strings.Contains(word, "你好") || strings.Contains(word, "您好") {
		return false
	}
	return isThanks(t.flat) || isGreeting(t.flat) || isYes(t.flat) || isBareNo(t.flat) || len([]rune(word)) < 2 && !isSigh(t.flat)
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

// verdictIn reads a verdict in a whole message, with the reason for it: "again" is a no that says why.
func verdictIn(raw, flat string) string {
	if on := verdictOf(flat); on != "" {
		return on
	}
	first, more := firstClause(raw)
	switch on := verdictOf(first); { // "没解决，昨晚又吵"
	case on == "unsolved" && more:
		return "again"
	case on == "solved" && more && (strings.Contains(flat, "谢") || strings.Contains(flat, "辛苦")) && !holds(flat, strings.Fields("但 不过 可是 又 还 没")):
		return on
	}
	return ""
}

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

// askedSince passes what is said over to an officer's question that came after the question which stands here was put: who answers may mean
// either, and is asked.
func (t *talk) askedSince() bool {
	p, s := t.plan(), t.step()
	if t.c.Flow == "" || p.Name == dangerFlow || p.Side || t.c.Ticket != "" && p.Keep || t.c.At.IsZero() || p.Name == deskFlow && (s.ID == "menu" || s.ID == "whose" || s.ID == "resume") {
		return false
	}
	since := false
	for _, h := range t.waiting() {
		since = since || !h.UpdatedAt.Before(t.c.At)
	}
	if !since {
		return false
	}
	if t.in.Kind == Text {
		if _, chosen := t.choose(s); chosen || !legible(t.raw) || isBareNumber(t.flat) && p.Name == deskFlow {
			return false
		}
	}
	t.c = Conversation{Flow: deskFlow, Step: "menu", Aside: t.aside(), At: t.c.At}
	t.move("whose")
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
