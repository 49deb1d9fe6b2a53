package flows

// This file holds the desk: the menu, what is said outside any flow, and the offer to go on after a pause.

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"frontdesk/ticket"
)

const deskFlow = "desk"

// MenuKeys are the keys of the account's custom menu, with what each shows: the same as the numbered menu, in its order.
func MenuKeys() []ticket.Tap {
	return []ticket.Tap{
		{ID: consultFlow, Text: "我要咨询"}, {ID: disputeFlow, Text: "纠纷求助"}, {ID: feedbackFlow, Text: "提意见"},
		{ID: progressFlow, Text: "我的进度"}, {ID: officerFlow, Text: "找民警"}, {ID: "help", Text: "怎么用"}, {ID: "menu", Text: "菜单"},
	}
}

// matters are the five things that the desk does. They are numbered where shown is true, and understood by their words everywhere.
func matters(shown bool) []Choice {
	list := []Choice{
		{Value: consultFlow, Label: "咨询办事、法律、防骗", Words: []string{"咨询", "我要咨询", "我想咨询", "问问题", "办事", "问事", "想咨询"}},
		{Value: disputeFlow, Label: "有矛盾纠纷，请人来调解", Words: []string{"纠纷", "调解", "我要调解", "登记纠纷", "纠纷登记", "矛盾", "吵架了", "纠纷求助", "我有纠纷"}},
		{Value: feedbackFlow, Label: "提建议、投诉、表扬", Words: []string{"意见", "提意见", "建议", "提建议", "投诉", "我要投诉", "表扬", "反馈", "感谢民警"}},
		{Value: progressFlow, Label: "查我的事办到哪了", Words: []string{"进度", "我的进度", "查进度", "我的工单", "办到哪了", "查询", "我的事"}},
		{Value: officerFlow, Label: "找民警", Words: []string{"人工", "民警", "找警察", "请民警联系", "打电话", "电话"}},
	}
	if !shown {
		for i := range list {
			list[i].If = func(*talk) bool { return false }
		}
	}
	return list
}

// chosenMatter makes the rows that lead into the five flows, with what was said kept and the guessed kind filled in.
func chosenMatter() []Row {
	var rows []Row
	for _, f := range []string{consultFlow, disputeFlow, feedbackFlow, officerFlow} {
		rows = append(rows, Row{On: f, To: f + ":", Do: func(t *talk) { t.fillGuess(f) }})
	}
	return append(rows, Row{On: progressFlow, To: progressFlow + ":"})
}

// deskTable is the table of the desk.
func deskTable() Flow {
	return Flow{
		Name: deskFlow, Title: "值班台",
		Steps: []Step{deskMenu(), deskAbout(), deskMatter(), deskGuess(), deskWhich(), deskForeign(), deskWhose(), deskResume()},
	}
}

// collecting are the rows of a step that keeps whatever comes.
func collecting(id string, told func(*talk)) []Row {
	return []Row{{On: onText, To: "guess", Do: told}, {On: onPlace, To: id, Do: keepPlace}, {On: onFile, To: id, Do: keepFile},
		{On: onDone, To: "which"}, {On: onNone, To: "which"}}
}

// deskMenu is where everybody begins.
func deskMenu() Step {
	collect := []Row{{On: onText, To: "guess", Do: keepWords}, {On: onPlace, To: "which", Do: keepPlace}, {On: onFile, To: "which", Do: keepFile}}
	return Step{
		ID: "menu", Say: func(t *talk) string { return "您好，" + t.room() + "。您想办什么？回复数字就行：" },
		Choices: matters(true), Max: maxWords, Min: 1, Place: true, Files: true,
		Hears: []string{"hello", "thanks", "chat", "foreign", "number", "misread", "solved", "unsolved", "again", "score", "reply", "whose", "about", "matter", "add", "urge", "withdraw", "cannot"}, Hear: hearDesk,
		Offer: func(t *talk) string {
			s := "也可以直接把事情写给我。" + textDanger
			if a := t.c.Aside; a != nil {
				s += "\n" + t.unfinished(a)
			}
			return s
		},
		Rows: append(append(chosenMatter(), collect...),
			Row{On: onDone, To: "menu"}, Row{On: onNone, To: "menu"}, Row{On: "hello", To: "menu"},
			Row{On: "thanks", To: toEnd, Do: thank},
			Row{On: "chat", To: "menu", Do: chat},
			Row{On: "foreign", To: "foreign", Do: keepWords},
			Row{On: "number", To: progressFlow + ":ticket"},
			Row{On: "misread", To: "menu", Do: func(t *talk) {
				t.silent = true
				t.say("您名下没有 " + strings.TrimSpace(t.raw) + " 这个工单号。工单号是9位数字，请再看看有没有打错；回复“进度”可以看您所有的工单。")
			}},
			Row{On: "solved", To: progressFlow + ":rate", Do: solved},
			Row{On: "unsolved", To: progressFlow + ":why", Do: unsolved}, Row{On: "again", To: toEnd, Do: reopen},
			Row{On: "about", To: "about", Do: keepAny}, Row{On: "matter", To: "matter", Do: keepDeed}, Row{On: "add", To: progressFlow + ":add"},
			Row{On: "urge", To: progressFlow + ":ticket", Do: urge}, Row{On: "cannot", To: progressFlow + ":ticket", Do: cannot},
			Row{On: "withdraw", To: progressFlow + ":withdraw"},
			Row{On: "score", To: progressFlow + ":word", Do: scoreAtOnce},
			Row{On: "reply", To: toEnd, Do: answerOfficer},
			Row{On: "whose", To: "whose", Do: keepAny},
		),
	}
}

// deskAbout asks whether words belong to a matter that stands.
func deskAbout() Step {
	return Step{
		ID: "about", Say: sayAbout, Lead: leadAbout, Pick: pickStanding, Max: maxWords, Min: 1, Place: true, Files: true,
		Choices: []Choice{
			{Value: "solved", Label: "已经解决了", Words: []string{"解决了", "好了", "已经好了"}, If: func(t *talk) bool { return len(t.resolved()) == 1 && t.troubled() }}, // else see leadAbout
			{Value: "no", Label: "不是，是另一件事", Words: []string{"不是", "不", "都不是", "另一件事", "不对", "别的事", "不是的", "另外一件事", "新的", "新的事", "不用", "不用了"}},
		},
		Hears: []string{"again", "other", "thanks"}, Hear: hearAbout, Offer: offerGuess,
		Rows: []Row{{On: onPick, To: progressFlow + ":add", Do: addKept}, {On: "again", To: toEnd, Do: reopenKept}, {On: "solved", To: progressFlow + ":rate", Do: solved},
			{On: "no", To: "which"}, {On: "other", To: "guess"}, {On: "thanks", To: "about", Do: chat},
			{On: onText, To: "about", Do: keepWords}, {On: onPlace, To: "about", Do: keepPlace}, {On: onFile, To: "about", Do: keepFile},
			{On: onDone, To: "about"}, {On: onNone, To: "about"}},
	}
}

// deskMatter asks with which matter something is to be done.
func deskMatter() Step {
	return Step{
		ID: "matter", Text: "您说的是哪一件？", Lead: leadMatters, Choices: []Choice{{Value: "no", Label: "都不是", Words: []string{"不是", "不", "别的事", "看完了", "没有", "不用了"}}},
		Hears: []string{"solved", "unsolved", "again", "add", "urge", "withdraw", "cannot"}, Hear: hearMatter,
		Rows: []Row{{On: "solved", To: progressFlow + ":rate", Do: solved}, {On: "unsolved", To: progressFlow + ":why", Do: unsolved}, {On: "again", To: toEnd, Do: reopenKept},
			{On: "add", To: progressFlow + ":add"}, {On: "urge", To: progressFlow + ":ticket", Do: urge}, {On: "withdraw", To: progressFlow + ":withdraw"},
			{On: "cannot", To: progressFlow + ":ticket", Do: cannot}, {On: "no", To: "menu"}},
	}
}

// deskGuess asks whether the likeliest flow is meant.
func deskGuess() Step {
	return Step{
		ID: "guess", Say: sayGuess, Lead: leadGuess, Choices: append([]Choice{
			{Value: "no", Label: "不是，换一件", Words: []string{"不是", "不对", "不", "换一个", "换", "都不是", "不是的"}},
			{Value: "about", Label: "补充到登记过的事里", Words: []string{"补充", "补充进去"}, If: func(t *talk) bool { return len(t.stands()) > 0 }},
		}, matters(false)...),
		Max: maxWords, Min: 1, Place: true, Files: true, Offer: offerGuess, Hears: []string{"chat", "many"}, Hear: hearGuess,
		Rows: append(append(chosenMatter(), collecting("guess", tellOn)...), Row{On: "no", To: "which"}, Row{On: "about", To: "about"},
			Row{On: "chat", To: "guess", Do: chat}, Row{On: "many", To: "which", Do: offerOfficer}),
	}
}

// deskWhich asks which of the five it is.
func deskWhich() Step {
	return Step{
		ID: "which", Say: sayWhich, Choices: matters(true), Max: maxWords, Min: 1, Place: true, Files: true,
		Hears: []string{"chat"}, Hear: func(t *talk) string {
			if _, chosen := t.choose(t.step()); chosen {
				return ""
			}
			return hearChat(t)
		},
		Offer: offerWhich,
		Rows:  append(append(chosenMatter(), collecting("which", keepWords)...), Row{On: "chat", To: "which", Do: chat}),
	}
}

// deskForeign speaks to who cannot write Chinese.
func deskForeign() Step {
	return Step{
		ID: "foreign", Say: sayForeign, Max: maxWords, Min: 1,
		Choices: []Choice{
			{Value: "yes", Label: "Yes, please 好的", Words: []string{"yes", "yesplease", "ok", "please", "好", "好的", "要", "是", "是的", "嗯"}},
			{Value: "no", Label: "No, I will write in Chinese 不用，我用中文说", Words: []string{"no", "nothanks", "不用", "不要", "不", "不用了"}},
		},
		Offer: func(*talk) string { return "In danger call 110 at once. " + textDanger },
		Hears: []string{"chinese"}, Hear: func(t *talk) string {
			if _, chosen := t.choose(t.step()); !chosen && strings.ContainsFunc(t.raw, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
				return "chinese"
			}
			return ""
		},
		Rows: []Row{{On: "yes", To: officerFlow + ":"}, {On: "no", To: "which"}, {On: "chinese", To: "guess", Do: keepWords},
			{On: onText, To: "foreign", Do: keepWords}},
	}
}

// deskWhose asks whether words answer an officer.
func deskWhose() Step {
	return Step{
		ID: "whose", Text: "您这句话，是回答民警的问题吗？", Pick: pickWaiting, Max: maxWords, Min: 1,
		Choices: []Choice{{Value: "no", Label: "不是，是另一件事", Words: []string{"不是", "不", "都不是", "另一件事", "不对"}}},
		Hears:   []string{"back", "picked", "digit"}, Hear: hearWhose,
		Rows: []Row{{On: onPick, To: toEnd, Do: answerPicked}, {On: "picked", To: toAside, Do: answerPicked}, {On: "no", To: "guess"}, {On: "digit", To: "menu", Do: dropKept}, {On: "back", To: toAside}, {On: onText, To: "whose", Do: keepWords}},
	}
}

// deskResume offers to go on after a pause.
func deskResume() Step {
	return Step{
		ID: "resume", Entry: true,
		Say: func(t *talk) string {
			what := "刚才的事"
			if a := t.c.Aside; a != nil {
				if p := t.book.byName[a.Flow]; p != nil && p.Keep {
					what = p.Title
				}
			}
			s := "您回来了。上次的" + what + "还没填完，前面说的都留着。"
			if t.answer(kept) != nil {
				s += "您刚发的我也先收着。"
			}
			return s + "接着来吗？"
		},
		Offer: func(*talk) string { return "不想办了，回复“取消”。" },
		Choices: []Choice{
			{Value: "go", Label: "继续", Words: []string{"接着填", "接着来", "接着", "是", "好", "好的", "要", "嗯", "继续填"}},
			{Value: "afresh", Label: "重新开始", Words: []string{"重来", "重新来", "重新填", "从头来"}},
		},
		Rows: []Row{{On: "go", To: toAside}, {On: "afresh", To: toAside, Do: func(t *talk) {
			if a := t.c.Aside; a != nil {
				p := t.book.byName[a.Flow]
				t.c.Aside = &Conversation{Flow: a.Flow, Step: p.Steps[0].ID, Ticket: a.Ticket, Started: t.w.Now}
			}
			t.c.Answers = nil
		}}},
	}
}

// thank answers thanks. Where a matter waits for the verdict, thanks may be one, and may not: it is asked for.
func thank(t *talk) {
	lead := "好的。"
	if strings.Contains(t.flat, "谢") || strings.Contains(t.flat, "辛苦") {
		lead = "不客气，应该的。"
	}
	if list := t.resolved(); len(list) > 0 {
		t.say(lead + "「" + cutRunes(list[0].Title.Reveal(), 16) + "」要是解决了，请回复“解决了”；还没解决，回复“没解决”。")
		return
	}
	t.say(lead + textMenuShort)
}

// onlyThanks says whether every clause of a text thanks or closes.
func onlyThanks(raw string) bool {
	list := clauses(fold(raw))
	for _, c := range list {
		if !isThanks(c) && !(strings.Contains(c, "谢") && utf8.RuneCountInString(c) <= 8) {
			return false
		}
	}
	return len(list) > 0
}

// room is how the desk names itself.
func (t *talk) room() string {
	if t.w.Account.Name == "" {
		return "这里是警务室"
	}
	return "这里是" + t.w.Account.Name
}

// hearWhose understands a yes where only one question can be meant, and a no to who was asked in the middle of something else: it goes on with
// what they said.
func hearWhose(t *talk) string {
	on, chosen := t.choose(t.step())
	if list := t.waiting(); len(list) == 1 && isYes(t.flat) {
		t.got.Value = string(list[0].Number)
		on, chosen = onPick, true
	}
	if !chosen {
		return ""
	}
	k := t.keptSoFar()
	switch {
	case on == onPick && t.c.Aside != nil:
		return "picked"
	case on == "no" && t.c.Aside != nil:
		return "back"
	case on == "no" && isBareNumber(fold(k.Text.Reveal())): // it was meant for the menu
		return "digit"
	}
	return on
}

// dropKept forgets what was kept.
func dropKept(t *talk) { t.c.Answers = nil }

// waiting gives the tickets of which the officer's question has reached the resident and is not answered.
func (t *talk) waiting() []ticket.Header {
	var out []ticket.Header
	for _, h := range t.r.Tickets {
		if h.Status == ticket.Waiting && h.Asked != "" && !t.unread(h.Number) {
			out = append(out, h)
		}
	}
	return out
}

// unread says whether a letter about the ticket still lies in the mailbox: nobody answers what they have not read.
func (t *talk) unread(n ticket.Number) bool {
	for _, l := range t.r.Mailbox {
		if l.Ticket == n {
			return true
		}
	}
	return false
}

// pickWaiting offers the questions that wait for an answer.
func pickWaiting(t *talk) []Choice {
	var out []Choice
	for _, h := range t.waiting() {
		out = append(out, Choice{Value: string(h.Number), Label: "是，回答「" + cutRunes(h.Title.Reveal(), 16) + "」里问的：" + cutRunes(h.Asked.Reveal(), 30)})
	}
	return out
}

// answerOfficer passes the message on as the answer to an officer's question.
func answerOfficer(t *talk) {
	h, ok := t.ticket(ticket.Number(t.got.Value))
	if !ok {
		return
	}
	t.sayAt(h.Number, t.got.Text+placeWords(t.in.Place), files(t.in.File), t.in.Place)
	t.say("已经把您的话转给" + t.handler(h) + "了（工单 " + h.Number.Spoken() + "）。\n要是您说的是另一件事，请回复“菜单”。")
	t.talks = h.Number
}

// answerPicked passes on what was kept as the answer to the question that was picked.
func answerPicked(t *talk) {
	h, ok := t.ticket(ticket.Number(t.got.Value))
	k := t.answer(kept)
	if !ok || k == nil || !h.Can(ticket.Say) {
		return
	}
	t.sayAt(h.Number, k.Text+placeWords(k.Place), k.Files, k.Place)
	t.say("好的，已经转给" + t.handler(h) + "了（工单 " + h.Number.Spoken() + "）。")
	t.c.Answers, t.talks = nil, h.Number
}

// keepWords keeps a text until it is clear what it belongs to; several are put together.
func keepWords(t *talk) {
	a := t.keptSoFar()
	if a.Text != "" && utf8.RuneCountInString(t.flat) < 2 { // "对", "啊": adds nothing to what was told
		return
	}
	if a.Text != "" {
		a.Text += "\n"
	}
	if len(a.Text) < maxKept {
		a.Text += t.in.Text
	}
	t.c.keep(a)
}

// maxKept bounds what is kept outside any flow, in bytes.
const maxKept = 60000

func keepPlace(t *talk) {
	a := t.keptSoFar()
	a.Place = t.in.Place
	t.c.keep(a)
}

func keepFile(t *talk) {
	a := t.keptSoFar()
	if t.in.File != nil && len(a.Files) < maxFiles {
		a.Files = append(append([]ticket.Attachment(nil), a.Files...), *t.in.File)
	}
	t.c.keep(a)
}

// keepAny keeps whatever the message is.
func keepAny(t *talk) {
	switch {
	case t.in.File != nil:
		keepFile(t)
	case t.in.Place != nil:
		keepPlace(t)
	default:
		keepWords(t)
	}
}

func (t *talk) keptSoFar() Answer {
	if a := t.answer(kept); a != nil {
		return *a
	}
	return Answer{Step: kept}
}
