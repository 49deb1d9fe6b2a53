package flows

// This file holds what a resident says outside any flow about a matter that they have told before: it is added to, or it begins again. Nobody
// should have to look for its number first.

import (
	"strings"
	"time"
	"unicode/utf8"

	"frontdesk/ticket"
)

// standingFor is how long after it last moved a matter is what somebody goes on about who begins to write.
const standingFor = 30 * 24 * time.Hour

// reopenFor is how long after a matter was confirmed what somebody tells may be that it begins again.
const reopenFor = 7 * 24 * time.Hour

// stands gives the tickets that words may be added to, the latest first.
func (t *talk) stands() []ticket.Header {
	var out []ticket.Header
	for _, h := range t.r.Tickets {
		age := t.w.Now.Sub(h.UpdatedAt)
		if h.Can(ticket.Say) && age < standingFor || h.Can(ticket.Reopen) && h.Status != ticket.Resolved && age < reopenFor {
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
	case g.kind == "complaint" && standing[0].Kind == ticket.Dispute && begins(t.flat, others) && !holds(t.flat, strings.Fields("民警 警察 辅警 所长 投诉")):
		return true // the other side's excuses
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
	// others are who a quarrel is with
	others = strings.Fields("他 她 对方 老板 楼上 楼下 邻居 物业 房东")
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
		if h.Can(ticket.Reopen) {
			label = "「" + cutRunes(h.Title.Reveal(), 16) + "」还没解决，请接着办"
		}
		out = append(out, Choice{Value: string(h.Number), Label: label})
	}
	return out
}

// troubled says whether the words that are kept tell that something goes on.
func (t *talk) troubled() bool {
	return strings.ContainsAny(t.keptSoFar().Text.Reveal(), "又还没不")
}

// leadAbout offers first that a matter is settled, where one waits for that to be said and nothing sounds like trouble.
func leadAbout(t *talk) []Choice {
	if len(t.resolved()) != 1 || t.troubled() {
		return nil
	}
	return []Choice{{Value: "solved", Label: "已经解决了"}}
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
	first, more := firstClause(t.raw)
	affirms := isYes(t.flat) || holds(t.whole(), []string{"就是这", "是这件", "补充进去", "就这件", "是那件"}) || isYes(first) && more
	if h, ok := t.ticket(ticket.Number(onlyValue(list))); ok && !h.Can(ticket.Reopen) && (!chosen && affirms || isDone(t.flat)) { // 完成: all was sent
		if more && isYes(first) {
			keepWords(t)
		}
		t.got.Value, on, chosen = list[0].Value, onPick, true
	}
	if done := t.resolved(); len(done) == 1 && (chosen && on == "solved" || !chosen && verdictIn(t.raw, t.flat) == "solved" && !isYes(t.flat)) {
		t.c.Ticket = done[0].Number
		t.c.Answers = nil
		return "solved"
	}
	if !chosen && isThanks(t.flat) && !isYes(t.flat) {
		return "thanks"
	}
	if chosen && on == "no" && guess(fold(t.keptSoFar().Text.Reveal())).score > 0 {
		return "other"
	}
	if !chosen || on != onPick {
		return ""
	}
	t.c.Ticket = ticket.Number(t.got.Value)
	if h, ok := t.ticket(t.c.Ticket); ok && h.Can(ticket.Reopen) {
		return "again"
	}
	return onPick
}

// onlyValue is the value of the only choice; empty when there are more or none.
func onlyValue(list []Choice) string {
	if len(list) != 1 {
		return ""
	}
	return list[0].Value
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

// leaves says whether somebody who is asked for words about a matter, or for a score, plainly begins something else: then nobody holds them there.
func (t *talk) leaves(on string) bool {
	if t.plan().Name != progressFlow || t.in.Kind != Text {
		return false
	}
	word := t.whole()
	deed := deedWords[word] == "urge" || deedWords[word] == "withdraw"
	begun := begins(t.flat, newLeads) || matterNames[word] != ""
	h, _ := t.ticket(t.c.Ticket)
	g := guess(t.flat)
	asks := g.score >= sureGuess && g.flow == consultFlow && g.kind != "" && h.Kind != ticket.Consult
	switch t.step().ID {
	case "add":
		return deed || begun || asks
	case "why":
		return deed || begun || asks || g.score >= sureGuess && g.flow == disputeFlow && h.Kind != ticket.Dispute
	case "word":
		return deed || begun
	case "rate": // the second time even without knowing what
		return on == "" && utf8.RuneCountInString(t.flat) >= 4 && (g.score >= sureGuess || t.c.Misses > 0)
	}
	return false
}
