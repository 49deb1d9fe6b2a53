package flows

// This file holds "my matters": what became of a resident's tickets, and what they can do about them.

import (
	"strings"
	"unicode/utf8"

	"frontdesk/ticket"
)

const progressFlow = "progress"

// listedAtMost is how many tickets are offered by number; older ones are found by their own number.
const listedAtMost = 8

// progressTable is the table of "my matters".
func progressTable() Flow {
	return Flow{
		Name: progressFlow, Title: "我的进度", Side: true,
		Steps: []Step{
			{
				ID: "list", Say: sayTickets, Pick: pickTickets, Hear: hearNumber,
				Choices: []Choice{{Value: "leave", Label: "看完了", Words: []string{"好", "好的", "知道了", "没有了", "谢谢", "不看了", "不用了"}}},
				Rows:    []Row{{On: onPick, To: "ticket", Do: openTicket}, {On: "leave", To: toEnd, Do: bye}},
			},
			{
				ID: "ticket", Say: sayTicket, Choices: actions(), Max: maxWords, Min: 2, Files: true,
				Hears: []string{"cannot", "asked", "again"}, Hear: hearAction,
				Rows: []Row{
					{On: "solved", To: "rate", Do: solved}, {On: "unsolved", To: "why", Do: unsolved}, {On: "rate", To: "rate"},
					{On: "add", To: "add"}, {On: "urge", To: "ticket", Do: urge}, {On: "withdraw", To: "withdraw"},
					{On: "others", To: "list"}, {On: "leave", To: toEnd, Do: bye},
					{On: "cannot", To: "ticket", Do: cannot}, {On: "asked", To: "ticket", Do: answerHere}, {On: "again", To: toEnd, Do: reopen},
					{On: onText, To: "sure", Do: keepAny}, {On: onFile, To: "add", Do: addMore}, {On: onDone, To: toEnd, Do: bye}, {On: onNone, To: toEnd, Do: bye},
				},
			},
			{
				ID: "sure", Text: "要把这句话补充到工单里，给民警看吗？", Choices: []Choice{
					{Value: "yes", Label: "补充进去", Words: []string{"补充", "是", "是的", "要", "好", "好的", "嗯", "可以", "对"}},
					{Value: "no", Label: "不用", Words: []string{"不", "不用了", "不是", "不要", "看完了"}},
				},
				Hears: []string{"solved", "unsolved", "again", "urge", "withdraw", "more"}, Hear: hearSure,
				Rows: []Row{{On: "yes", To: "add", Do: addKept}, {On: "no", To: "ticket", Do: func(t *talk) { t.c.Answers = nil }}, {On: "more", To: "sure", Do: keepMore},
					{On: "solved", To: "rate", Do: solved}, {On: "unsolved", To: "why", Do: unsolved}, {On: "again", To: toEnd, Do: reopen},
					{On: "urge", To: "ticket", Do: urge}, {On: "withdraw", To: "withdraw"}},
			},
			{
				ID: "add", Say: func(t *talk) string {
					return t.able("请把要补充的发来，文字、照片、语音、视频都行；发完回复“完成”。")
				}, Max: maxWords, Min: 1, Files: true, Place: true,
				Hears: []string{"solved", "unsolved", "again", "nothing"}, Hear: hearAdd,
				Rows: []Row{{On: "nothing", To: "add", Do: func(t *talk) {
					t.silent = true
					t.say("还有就接着发；没有了回复“完成”。")
				}}, {On: "solved", To: "rate", Do: solved}, {On: "unsolved", To: "why", Do: unsolved}, {On: "again", To: toEnd, Do: reopen},
					{On: onText, To: "add", Do: addMore}, {On: onFile, To: "add", Do: addMore}, {On: onPlace, To: "add", Do: addMore},
					{On: onDone, To: "ticket"}, {On: onNone, To: "ticket"}},
			},
			{
				ID: "withdraw", Text: "撤回以后，这件事民警就不再办了。您确定要撤回吗？", Choices: []Choice{
					{Value: "yes", Label: "确定撤回", Words: []string{"确定", "撤回", "是", "是的", "对", "好", "要"}},
					{Value: "no", Label: "先不撤", Words: []string{"不撤", "不", "不了", "不要", "算了", "不撤回", "再想想", "没有", "没", "不是"}},
				},
				Rows: []Row{{On: "yes", To: toEnd, Do: withdraw}, {On: "no", To: "ticket"}},
			},
			{
				ID: "why", Text: "还有哪里没解决？写给我，一起转给民警；不想说就回复“不用”。", Example: "说好的维修，到今天也没人来",
				Max: maxWords, Min: 1, None: true, Files: true, Place: true,
				Rows: []Row{{On: onText, To: toEnd, Do: whyUnsolved}, {On: onFile, To: "add", Do: addMore}, {On: onPlace, To: "add", Do: addMore},
					{On: onDone, To: toEnd, Do: noReason}, {On: onNone, To: toEnd, Do: noReason}},
			},
			{
				ID: "rate", Text: "请您打个分，1分最低，5分最高，后面可以加一句话；不想评就回复“不用”。", Example: "5分，来得很快", None: true,
				Hears: []string{"score", "scored", "unsolved", "again"}, Hear: hearRating,
				Rows: []Row{{On: "unsolved", To: "why", Do: unsolved}, {On: "again", To: toEnd, Do: reopen}, {On: "score", To: "word", Do: keepScore}, {On: "scored", To: toEnd, Do: rate}, {On: onNone, To: toEnd, Do: func(t *talk) { t.say("好的，谢谢您。" + textMenuShort) }}},
			},
			{
				ID: "word", Text: "谢谢！还想说一句吗？不想说就回复“不用”。", Max: 2000, Min: 1, None: true,
				Hears: []string{"unsolved", "again"}, Hear: func(t *talk) string { return t.notAfterAll() },
				Rows: []Row{{On: "unsolved", To: "why", Do: unsolved}, {On: "again", To: toEnd, Do: reopen}, {On: onText, To: toEnd, Do: rateWord}, {On: onNone, To: toEnd, Do: rateWord}},
			},
		},
	}
}

// actions are what a resident can do with a ticket. Numbers go to what can be done now; the words of the others are answered kindly.
func actions() []Choice {
	can := func(w ticket.What) func(*talk) bool {
		return func(t *talk) bool { h, ok := t.ticket(t.c.Ticket); return ok && h.Can(w) }
	}
	return []Choice{
		{Value: "solved", Label: "解决了", Words: []string{"满意", "已解决", "确认", "好了"}, If: can(ticket.Confirm)},
		{Value: "unsolved", Label: "没解决，请接着办", Words: []string{"没解决", "不满意", "没有解决", "重新办", "还没解决"}, If: can(ticket.Reopen)},
		{Value: "rate", Label: "评价", Words: []string{"打分", "评分"}, If: func(t *talk) bool {
			h, ok := t.ticket(t.c.Ticket)
			return ok && h.Can(ticket.Rate) && h.Rating == 0
		}},
		{Value: "add", Label: "补充情况", Words: []string{"补充", "添加", "加照片", "补照片", "补材料"}, If: can(ticket.Say)},
		{Value: "urge", Label: "催一催", Words: []string{"催办", "催", "催一下", "快点", "加急"}, If: can(ticket.Urge)},
		{Value: "withdraw", Label: "撤回", Words: []string{"撤销", "不办了", "撤回工单", "撤了", "撤了吧", "撤诉", "撤单", "撤案", "不告了", "我不告了", "不追究了", "我不追究了"}, If: func(t *talk) bool {
			h, ok := t.ticket(t.c.Ticket)
			return ok && h.Can(ticket.Withdraw) && h.Status != ticket.Resolved
		}},
		{Value: "others", Label: "看别的工单", Words: []string{"别的", "其他", "列表"}, If: func(t *talk) bool { return len(t.r.Tickets) > 1 }},
		{Value: "leave", Label: "看完了", Words: []string{"好", "好的", "知道了", "谢谢", "不看了"}},
	}
}

// hearAction understands an action; one that the ticket does not allow now is answered, not carried out.
func hearAction(t *talk) string {
	h, ok := t.ticket(t.c.Ticket)
	if !ok {
		return ""
	}
	if t.in.Kind == Text {
		on, chosen := t.choose(t.step())
		if !chosen {
			if verdict := t.judging(); verdict != "" {
				return verdict
			}
			if h.Status == ticket.Waiting && h.Asked != "" && (legible(t.raw) || t.answersNow()) {
				return "asked"
			}
			if !h.Can(ticket.Say) && len([]rune(t.raw)) >= 2 && !isDone(t.flat) && !isNone(t.flat) {
				t.got.Value = "add"
				return "cannot"
			}
			return ""
		}
		if on == "leave" && h.Status == ticket.Waiting && h.Asked != "" && isYes(t.flat) { // "今晚七点可以吗？" – "好"
			return "asked"
		}
		allowed := true
		for _, c := range t.step().Choices {
			if c.Value == on && c.If != nil {
				allowed = c.If(t)
			}
		}
		if !allowed || on == "urge" && !h.UrgedAt.IsZero() && ticket.Day(h.UrgedAt) == ticket.Day(t.w.Now) {
			t.got.Value = on
			return "cannot"
		}
		return on
	}
	if t.in.File != nil && !h.Can(ticket.Say) {
		t.got.Value = "add"
		return "cannot"
	}
	return ""
}

// cannot explains kindly why an action is not possible now.
func cannot(t *talk) {
	h, _ := t.ticket(t.c.Ticket)
	t.silent = true
	over := "这件事现在是“" + h.Status.Name() + "”，"
	switch t.got.Value {
	case "urge":
		switch {
		case h.Can(ticket.Urge):
			t.say("今天已经替您催过一次了，民警看得到。明天还没动静，可以再催。" + t.phoneWords() + textDanger)
		case h.Status == ticket.Waiting:
			t.say("民警正等您回答他的问题呢：\n" + h.Asked.Reveal() + "\n您直接在这里回答就行。")
		default:
			t.say(over + "不用催了。" + again(h))
		}
	case "withdraw":
		t.say(over + "不用撤回了。")
	case "solved":
		t.say(over + "等民警办好了，会来问您。")
	case "unsolved":
		if !h.Can(ticket.Say) {
			t.say(over + again(h))
			return
		}
		t.say(over + "还没到确认的时候。您有话要说，回复“补充”。")
	case "rate":
		if h.Rating > 0 {
			t.say("您已经评过了，谢谢。")
			return
		}
		t.say(over + "办好以后才能评。")
	case "add":
		t.say(over + "不能再补充了。" + again(h))
	case "others":
		t.say("您只登记过这一件。")
	}
}

// again says how a matter that is over can be taken up again.
func again(h ticket.Header) string {
	if h.Can(ticket.Reopen) {
		return "要是还没解决，回复“没解决”；是另一件事，回复“菜单”。"
	}
	return "要是还有事，回复“菜单”重新登记。"
}

// hearNumber understands the number of a ticket.
func hearNumber(t *talk) string {
	if t.in.Kind != Text {
		return ""
	}
	digits := 0
	for _, r := range t.flat {
		if r >= '0' && r <= '9' {
			digits++
		}
	}
	if digits < 7 {
		if _, chosen := t.choose(t.step()); !chosen && digits == 0 && len(t.r.Tickets) == 1 && utf8.RuneCountInString(t.flat) > 2 { // "什么时候来人": there is only one it can be about
			t.got.Value = string(t.r.Tickets[0].Number)
			return onPick
		}
		return ""
	}
	n, err := ticket.ParseNumber(t.raw)
	if err != nil {
		t.hint = "这个工单号不对，工单号是9位数字，请再看看有没有打错。"
		return ""
	}
	if _, ok := t.ticket(n); !ok {
		t.hint = "您名下没有这个工单号，请再看看有没有打错。"
		return ""
	}
	t.got.Value = string(n)
	return onPick
}

// openTicket looks at the ticket that was picked.
func openTicket(t *talk) { t.c.Ticket = ticket.Number(t.got.Value) }

// bye says something when there is nothing to go back to.
func bye(t *talk) {
	if t.c.Aside == nil {
		t.say("好的。" + textMenuShort)
	}
}

// urge asks those who work on it to hurry.
func urge(t *talk) {
	t.silent = true
	t.act(t.c.Ticket, ticket.Step{What: ticket.Urge})
	if h, ok := t.ticket(t.c.Ticket); ok && t.unseen(h) {
		t.say(textNobody)
		return
	}
	t.say("已经替您催了，民警马上能看到。" + t.later())
}

// withdraw takes a ticket back.
func withdraw(t *talk) {
	if h, ok := t.ticket(t.c.Ticket); !ok || !h.Can(ticket.Withdraw) {
		t.say(textMoved)
		return
	}
	t.act(t.c.Ticket, ticket.Step{What: ticket.Withdraw})
	t.say("工单 " + t.c.Ticket.Spoken() + " 已经撤回。以后需要，随时再来登记。")
}

// solved confirms that a matter is settled.
func solved(t *talk) {
	h, ok := t.ticket(t.c.Ticket)
	if !ok || !h.Can(ticket.Confirm) {
		t.say(textMoved)
		return
	}
	t.act(h.Number, ticket.Step{What: ticket.Confirm})
	t.say("太好了，谢谢您告诉我们。")
}

// reopen sends a matter back to the queue, with the reason.
func reopen(t *talk) {
	h, ok := t.ticket(t.c.Ticket)
	if !ok || !h.Can(ticket.Reopen) {
		t.say(textMoved)
		return
	}
	parts := runePieces(t.got.Text.Reveal(), ticket.MaxText)
	t.act(h.Number, ticket.Step{What: ticket.Reopen, Text: ticket.Personal(parts[0])})
	for _, p := range parts[1:] {
		t.act(h.Number, ticket.Step{What: ticket.Say, Text: ticket.Personal(p)})
	}
	t.say("记下了，工单 " + h.Number.Spoken() + " 已经重新受理，民警会接着办。" + t.later())
}

// unsolved sends a matter back to the queue at once: whoever says no more has said enough.
func unsolved(t *talk) {
	h, ok := t.ticket(t.c.Ticket)
	if !ok || !h.Can(ticket.Reopen) {
		t.silent = true
		t.say(textMoved)
		return
	}
	t.c.keep(Answer{Step: held, Value: h.AssigneeName})
	t.act(h.Number, ticket.Step{What: ticket.Reopen})
	t.say("对不起，没能让您满意。工单 " + h.Number.Spoken() + " 已经重新受理，民警会接着办。")
}

// hearRating understands a score, and that the matter is not settled after all.
func hearRating(t *talk) string {
	if h, ok := t.ticket(t.c.Ticket); ok && t.in.Kind == Text && h.Can(ticket.Reopen) {
		on := verdictIn(t.raw, t.flat)
		if first, _ := firstClause(t.raw); on == "" && isBareNo(first) && holds(t.flat, []string{"没解决", "没有解决", "未解决"}) {
			on = "again"
		}
		if on == "unsolved" && plainVerdict(t.flat) && !strings.Contains(t.flat, "满意") || on == "again" && (plainVerdict(t.flat) || relapse.MatchString(t.flat)) {
			t.got.Text = ticket.Personal(t.raw)
			return on
		}
	}
	return hearScore(t)
}

func noReason(t *talk) { t.say("好的。" + t.later()) }

// notAfterAll is a verdict that comes when the score was given: 还是吵.
func (t *talk) notAfterAll() string {
	h, ok := t.ticket(t.c.Ticket)
	if !ok || !h.Can(ticket.Reopen) || t.in.Kind != Text {
		return ""
	}
	switch on := verdictIn(t.raw, t.flat); {
	case on == "again":
		t.got.Text = ticket.Personal(t.raw)
		return on
	case on == "unsolved" && plainVerdict(t.flat):
		return on
	}
	return ""
}

// hearSure understands what else may be said when one sentence waits to be added: another one, a verdict, a wish.
func hearSure(t *talk) string {
	if _, chosen := t.choose(t.step()); chosen || t.in.Kind != Text || !legible(t.raw) {
		return ""
	}
	if isDone(t.flat) {
		return "yes"
	}
	if on := t.judging(); on != "" {
		return on
	}
	h, _ := t.ticket(t.c.Ticket)
	switch on := t.plainDeed(); {
	case on == "urge" && h.Can(ticket.Urge) && (h.UrgedAt.IsZero() || ticket.Day(h.UrgedAt) != ticket.Day(t.w.Now)),
		on == "withdraw" && h.Can(ticket.Withdraw):
		return on
	case on != "" || utf8.RuneCountInString(strings.TrimSpace(t.raw)) < 2:
		return ""
	}
	return "more"
}

// keepMore puts one more sentence behind the one that waits.
func keepMore(t *talk) {
	if a := t.c.answer(kept); a != nil {
		more := *a
		more.Text += "\n" + ticket.Personal(t.raw)
		t.c.keep(more)
	}
	t.say("这句也记下了。")
}

// hearAdd understands a verdict, and words that add nothing.
func hearAdd(t *talk) string {
	switch on := t.judging(); {
	case on != "":
		return on
	case t.in.Kind == Text && (isThanks(t.flat) && strings.Contains(t.flat, "谢") || deedWords[t.whole()] == "add"):
		return "nothing"
	}
	return ""
}

// whyUnsolved adds the reason.
func whyUnsolved(t *talk) {
	h, ok := t.ticket(t.c.Ticket)
	if !ok || !h.Can(ticket.Say) {
		t.say(textMoved)
		return
	}
	t.sayOn(h.Number, t.got.Text, nil)
	t.say("记下了，一起转给民警了。" + t.later())
}

// addMore adds words, files or a place to the ticket that is open.
func addMore(t *talk) {
	t.silent = true
	h, ok := t.ticket(t.c.Ticket)
	if !ok || !h.Can(ticket.Say) {
		t.say(textMoved)
		return
	}
	text := ticket.Personal("")
	if t.in.Kind == Text || t.in.Kind == Link {
		text = t.in.Text
	}
	t.sayAt(h.Number, text+placeWords(t.in.Place), files(t.in.File), t.in.Place)
	switch {
	case t.in.Kind == Voice:
		t.say("语音收到了，民警会听。还有就接着发；没有了回复“完成”。")
	case t.in.File != nil:
		t.say("收到，已经补充进去。还有就接着发；没有了回复“完成”。")
	default:
		t.say(t.added(h))
	}
}

// added confirms what was added, and promises eyes only where there are any.
func (t *talk) added(h ticket.Header) string {
	if t.above || t.hidden || t.unseen(h) {
		return "补充好了。还有就接着发；没有了回复“完成”。"
	}
	return "补充好了，民警看得到。还有就接着发；没有了回复“完成”。"
}

// addKept adds the words that were asked about.
func addKept(t *talk) {
	k := t.answer(kept)
	t.c.Answers = nil
	h, ok := t.ticket(t.c.Ticket)
	if k == nil || !ok || !h.Can(ticket.Say) {
		t.say(textMoved)
		return
	}
	t.silent = true
	t.sayAt(h.Number, k.Text+placeWords(k.Place), k.Files, k.Place)
	t.say(t.added(h))
}

// answerHere answers the officer's question from the ticket's own page.
func answerHere(t *talk) {
	t.silent = true
	h, _ := t.ticket(t.c.Ticket)
	t.sayOn(h.Number, ticket.Personal(t.raw), nil)
	t.say("已经把您的回答转给" + t.handler(h) + "了。还有别的事，回复“菜单”。")
}
