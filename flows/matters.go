package flows

// This file holds how a ticket is shown to its resident, and how a verdict and a rating are understood.

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"frontdesk/ticket"
)

// sayTickets heads the list of tickets.
func sayTickets(t *talk) string {
	n := len(t.r.Tickets)
	s := fmt.Sprintf("您登记过%d件事，最近的在前面。回复序号看详情：", n)
	if n > listedAtMost {
		s += fmt.Sprintf("\n（先列出%d件，更早的请直接回复工单号）", listedAtMost)
	}
	return s
}

// pickTickets offers the latest tickets.
func pickTickets(t *talk) []Choice {
	list := t.r.Tickets
	if len(list) > listedAtMost {
		list = list[:listedAtMost]
	}
	out := make([]Choice, len(list))
	for i, h := range list {
		out[i] = Choice{Value: string(h.Number), Label: fmt.Sprintf("%s %s\n   %s · %s", h.Kind.Name(), h.Number.Spoken(), h.Title.Reveal(), t.standing(h))}
	}
	return out
}

// sayTicket shows one ticket.
func sayTicket(t *talk) string {
	h, ok := t.ticket(t.c.Ticket)
	if !ok {
		return "这件工单找不到了。"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n%s\n登记：%s\n进展：%s（%s）", h.Kind.Name(), h.Number.Spoken(), h.Title.Reveal(),
		day(h.CreatedAt), t.standing(h), day(h.UpdatedAt))
	if h.Status == ticket.Waiting && h.Asked != "" {
		b.WriteString("\n" + t.handler(h) + "想问您：\n" + h.Asked.Reveal() + "\n直接在这里回答就行。")
	}
	if h.Rating > 0 {
		fmt.Fprintf(&b, "\n您的评价：%d分", h.Rating)
	}
	b.WriteString("\n\n您可以：")
	return b.String()
}

// standing says where a ticket stands, in words of the resident's.
func (t *talk) standing(h ticket.Header) string {
	switch h.Status {
	case ticket.Queued:
		return "等民警受理"
	case ticket.Claimed:
		return t.handler(h) + "正在办"
	case ticket.Waiting:
		return "等您回答民警的问题"
	case ticket.Mediating:
		return "正在调解"
	case ticket.Transferred:
		return "已转给" + partner(h)
	case ticket.Accepted:
		return partner(h) + "正在办"
	case ticket.Returned:
		return "协作单位转回来了，由我们接着办"
	case ticket.Resolved:
		return "办好了，等您确认"
	case ticket.Confirmed:
		return "已经办结"
	case ticket.Closed:
		return "已经归档"
	case ticket.Reopened:
		return "重新受理，等民警接手"
	case ticket.Withdrawn:
		return "您已撤回"
	case ticket.Merged:
		return "已并入工单 " + h.Into.Spoken()
	case ticket.Rejected:
		return "没能受理"
	}
	return h.Status.Name()
}

// handler is who works on a ticket, as the resident may know it: of a complaint nobody is named.
func (t *talk) handler(h ticket.Header) string {
	switch {
	case t.hidden: // these words just became a complaint: whoever has the ticket may be the one meant
		return "负责人"
	case h.Complaint != "" || h.Restricted || h.AssigneeName == "":
		return "民警"
	}
	if o, ok := t.w.officer(h.Assignee); ok {
		return o.Title()
	}
	return h.AssigneeName
}

// verdictTap understands a tapped verdict: it says which ticket it is about.
func (t *talk) verdictTap() bool {
	on, number := "", ticket.Number("")
	if n, ok := strings.CutPrefix(t.in.Tap, tapConfirm); ok {
		on, number = "solved", ticket.Number(n)
	} else if n, ok := strings.CutPrefix(t.in.Tap, tapReopen); ok {
		on, number = "unsolved", ticket.Number(n)
	}
	if on == "" {
		return false
	}
	h, ok := t.ticket(number)
	if !ok {
		return false
	}
	t.c = Conversation{Flow: deskFlow, Step: "menu", Ticket: number, Aside: t.aside()}
	if h.Status != ticket.Resolved {
		t.say("工单 " + number.Spoken() + " 现在是“" + h.Status.Name() + "”，不用再确认了。")
		t.end()
		return true
	}
	t.move(on)
	return true
}

// scoreOf are words for a score.
var scoreOf = func() map[string]int {
	m := map[string]int{}
	for n, words := range []string{
		1: "很不满意 非常不满意 很差 太差 太差了 差评 一点不满意",
		2: "不满意 不好 差 不太满意",
		3: "一般 一般般 还行 还可以 马马虎虎 凑合",
		4: "满意 好 还不错 挺好 挺好的 不错 好评",
		5: "非常满意 很满意 很好 非常好 太好了 特别好 一个赞 点赞 赞 点个赞 五个赞 满分",
	} {
		for _, w := range strings.Fields(words) {
			m[w] = n
		}
	}
	return m
}()

// counts are what a number counts that is no score: 1次就解决了, 5个人来的.
var counts = regexp.MustCompile(`^(?:次|个|人|天|年|月|点|楼|号|幢|小时|分钟|块|元|万|千|百|位|件|家|条|路|趟|遍|回|辆)`)

// hearScore understands a rating: a number from one to five, alone or with words after it. A thank-you is an answer too.
func hearScore(t *talk) string {
	if t.in.Kind != Text {
		return ""
	}
	n, rest, ok := numeral(t.flat)
	if isScore(t.flat) {
		n, rest, ok = numeral(scored(t.flat))
	}
	ok = ok && n >= 1 && n <= 5 && !counts.MatchString(rest)
	if word := scoreOf[t.whole()]; word > 0 || !ok { // 一般 begins with a one
		if word == 0 {
			if isThanks(t.flat) && t.plan().Name == progressFlow {
				return onNone
			}
			t.hint = "请回复1到5中的一个数字，5分最高。"
			return ""
		}
		n, rest = word, ""
	}
	for _, p := range []string{"分", "星", "颗星"} {
		rest = strings.TrimPrefix(rest, p)
	}
	t.got.Value = string(rune('0' + n))
	if !legible(rest) {
		return "score"
	}
	t.got.Text = ticket.Personal(t.raw)
	return "scored"
}

// rateable gives the one ticket that waits for its resident's score or verdict; false when there is none, or more than one to be meant.
func (t *talk) rateable() (ticket.Header, bool) {
	var found []ticket.Header
	for _, h := range t.r.Tickets {
		if (h.Can(ticket.Rate) && h.Rating == 0 || h.Status == ticket.Resolved) && !t.unread(h.Number) {
			found = append(found, h)
		}
	}
	if len(found) != 1 {
		return ticket.Header{}, false
	}
	return found[0], true
}

// scoreOutright understands a score that nobody asked for: of a matter that waits for the verdict, three or more says that it is settled, less
// that it is not.
func (t *talk) scoreOutright() string {
	h, ok := t.rateable()
	if !ok || !isScore(t.flat) || hearScore(t) == "" {
		return ""
	}
	t.c.Ticket = h.Number
	if h.Status == ticket.Resolved && t.got.Value < "3" {
		return "unsolved"
	}
	return "score"
}

// scoreAtOnce keeps a score that nobody asked for, and the verdict that lies in it.
func scoreAtOnce(t *talk) {
	if h, ok := t.ticket(t.c.Ticket); ok && h.Can(ticket.Confirm) {
		t.act(h.Number, ticket.Step{What: ticket.Confirm})
	}
	keepScore(t)
}

// keepScore writes a rating down before its word has come: who says no more has said enough.
func keepScore(t *talk) {
	h, ok := t.ticket(t.c.Ticket)
	score := t.got.Value
	if !ok || len(score) != 1 || h.Rating != 0 {
		t.say(textMoved)
		return
	}
	t.c.keep(Answer{Step: "rate", Value: score})
	t.act(h.Number, ticket.Step{What: ticket.Rate, Rating: int(score[0] - '0')})
}

// rateWord adds a word to the rating that was given.
func rateWord(t *talk) {
	score := t.value("rate")
	h, ok := t.ticket(t.c.Ticket)
	if !ok || score == "" {
		t.say(textMoved)
		return
	}
	if t.got.Text != "" {
		t.act(h.Number, ticket.Step{What: ticket.Rate, Text: atMost(t.got.Text, ticket.MaxText)})
	}
	t.thankFor(score)
}

// atMost is the beginning of a text.
func atMost(text ticket.Personal, runes int) ticket.Personal {
	if utf8.RuneCountInString(text.Reveal()) > runes {
		return ticket.Personal([]rune(text.Reveal())[:runes])
	}
	return text
}

// rate writes a rating down that came with its word.
func rate(t *talk) {
	score := t.got.Value
	h, ok := t.ticket(t.c.Ticket)
	if !ok || len(score) != 1 || !h.Can(ticket.Rate) || h.Rating != 0 {
		t.say(textMoved)
		return
	}
	t.act(h.Number, ticket.Step{What: ticket.Rate, Rating: int(score[0] - '0'), Text: atMost(t.got.Text, ticket.MaxText)})
	t.thankFor(score)
}

// thankFor thanks for a rating.
func (t *talk) thankFor(score string) {
	if score >= "4" {
		t.say("谢谢您的" + score + "分，我们接着努力。")
		return
	}
	t.say("谢谢您的" + score + "分，不足的地方我们会改。")
}

// day is a time as people say it.
func day(at time.Time) string { return at.In(ticket.Shanghai).Format("1月2日 15:04") }
