package flows

// This file holds what happens on words of danger: 110 first, then an urgent ticket at once or one question. What follows is in emergency.go.

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"frontdesk/ticket"
)

const dangerFlow = "danger"

// alarmLife is how long further words of danger are added to the urgent ticket that is there, instead of opening another.
const alarmLife = time.Hour

// firstWords is what is said before anything else, by kind of danger.
var firstWords = map[hazardKind]string{
	violence: "请马上拨打110！先躲到安全的地方，锁好门，别跟对方硬碰。",
	selfHarm: "请马上拨打110，或者全国心理援助热线12356，都是24小时有人接。\n您愿意说出来，已经很不容易。先别一个人扛着，离开高处、放下手里的东西，让身边的人陪陪您。",
	fire:     "请马上拨打110和119！先离开，别碰电器开关，别用明火，走楼梯不坐电梯。",
	medical:  "请马上拨打110和120！别随意搬动病人，听接线员的指导。",
	missing:  "请马上拨打110！说清楚人长什么样、穿什么衣服、在哪里不见的，不用等24小时。",
	trapped:  "请马上拨打110！说清楚您在哪里；困在电梯里的，按紧急呼叫钮，别扒门；不方便说话，可以发短信到12110。",
	swindle:  "请马上拨打110或反诈专线96110！钱先别转，电话先挂掉，验证码谁也别给。",
}

// softWords is what is said when danger is in doubt.
var softWords = map[hazardKind]string{
	selfHarm: "请马上拨打110，或者全国心理援助热线12356，要是心里难受得撑不住，24小时都有人接。\n您说的我都看到了，不是小事，也不丢人。",
	fire:     "如果现在有火情或漏气，请马上拨打110和119，人先出来。",
	medical:  "如果现在有人受伤或不舒服，请马上拨打110和120。",
	missing:  "如果现在有人走失，请马上拨打110，不用等24小时。",
	swindle:  "如果对方正让您转钱，请马上拨打110或96110，钱先别转。",
}

const softFirst = "如果现在有人受伤或者有危险，请马上拨打110。"

// danger looks for words of danger and deals with them before any step hears; true when the message needs nothing more.
func (t *talk) danger() bool {
	if t.in.Kind != Text && t.in.Kind != Link {
		return false
	}
	level, kind := assess(t.flat)
	if strings.Contains(t.raw, "🆘") { // folding leaves pictures out
		level, kind = now, violence
	}
	if level == now && t.in.Kind == Link {
		level = doubtful // something forwarded: news more often than need
	}
	if level == noPeril || level == doubtful && t.plan().Name == progressFlow && (t.step().ID == "rate" || t.step().ID == "word") {
		return false
	}
	h, live := t.live()
	switch p, s := t.plan(), t.step(); {
	case p.Name == disputeFlow && s.ID == "danger" && kind != selfHarm:
		return t.answersDanger(level, kind)
	case p.Name == dangerFlow && s.ID == "safe":
		if _, chosen := t.choose(s); chosen || level < now {
			return false
		}
		t.move(onText)
		return true
	case p.Name == dangerFlow && live && h.Number == t.c.Ticket: // its steps pass everything on
		t.alarm = true
		switch {
		case level < now:
		case kind == t.kind():
			t.say("危险还在的话，" + t.callNow() + "。")
		default:
			t.say(t.firstWords(kind))
		}
		return false
	}
	t.alarm = true
	switch {
	case live:
		return t.more(h, level, kind)
	case level == now:
		t.sound(kind)
	case t.c.answer("safe") != nil || t.plan().Name == dangerFlow:
		t.say(softOf(kind))
		return false
	default:
		t.doubt(kind)
	}
	return true
}

// answersDanger takes words of danger as the answer to the dispute's question whether there is any. What is unclear is asked about once more.
func (t *talk) answersDanger(level peril, kind hazardKind) bool {
	if level < now {
		if t.hear(t.step()) != "" {
			return false // one of its answers after all
		}
		if t.c.Misses == 0 {
			t.c.Misses++
			t.alarm = true
			t.say(softOf(kind))
			t.ask()
			return true
		}
	}
	t.got = Answer{Step: "danger", Text: ticket.Personal(t.raw)}
	t.move("yes")
	return true
}

// firstWords is what is said first to these words: 110 before all, and then what helps in this kind of danger.
func (t *talk) firstWords(kind hazardKind) string { return firstWordsTo(kind, t.flat, t.muted()) }

func firstWordsTo(kind hazardKind, flat string, muted bool) string {
	if !strings.ContainsFunc(flat, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
		return textEnglish + firstWords[kind]
	}
	switch {
	case muted || cannotSpeak(flat):
		return textMuted
	case kind == selfHarm && ofOthers(flat):
		return textOthers
	case kind == medical && holds(flat, waters):
		return textWater
	}
	return firstWords[kind]
}

const (
	textEnglish = "Call 110 (police) now, 119 for fire, 120 for an ambulance. If you cannot speak, text 12110.\n"
	textMuted   = "先别出声，手机调成静音。发短信到12110报警，写上地址和出了什么事；一能说话，马上拨打110。"
	textWater   = "请马上拨打110、119和120！别自己下水，也别手拉手去拉；找绳子、竹竿、救生圈、空桶扔给落水的人，大声喊人帮忙。"
	textOthers  = "请马上拨打110！在楼顶、窗边、水边的，同时拨打119。\n先稳住人：离得近就陪着说话，别刺激、别围观、别一个人硬拉。" +
		"全国心理援助热线12356，24小时有人接。"
)

// waters tell that somebody is in the water.
var waters = strings.Fields("溺水 落水 淹 掉水里 水里 河里 江里 湖里 井里 池里 塘里 水库 掉进河 掉进水 掉到水 掉到河 掉进江 掉进湖 掉进池 掉进井 粪池 drowning fellinto")

// ofOthers says whether words of suicide are about somebody else.
func ofOthers(flat string) bool {
	return holds(flat, strings.Fields("有人 有个 他 她 老公 老婆 丈夫 孩子 儿子 女儿 妈 爸 同学 朋友 邻居 楼上 对面 人要 女的 男的 老人")) &&
		!holds(flat, strings.Fields("我想 我不想 我要 我真 我活 我也 我撑 我快 我就 我准备 我打算 我好想 让我死"))
}

// FirstWords gives what is said at once to a text that alarms, before anything is stored or whatever is broken; empty for every other.
func FirstWords(in Input) string {
	if in.Kind != Text {
		return ""
	}
	flat := fold(strings.ToValidUTF8(in.Text.Reveal(), ""))
	switch level, kind := assess(flat); level {
	case now:
		return firstWordsTo(kind, flat, false)
	case doubtful:
		return softOf(kind)
	}
	return ""
}

func softOf(kind hazardKind) string {
	if s, ok := softWords[kind]; ok {
		return s
	}
	return softFirst
}

// live gives the urgent ticket that the resident opened within the last hour.
func (t *talk) live() (ticket.Header, bool) {
	for _, h := range t.r.Tickets {
		if h.Urgent && h.Status.Open() && t.w.Now.Sub(h.CreatedAt) < alarmLife && h.Can(ticket.Say) {
			return h, true
		}
	}
	return ticket.Header{}, false
}

// more adds words of danger to the urgent ticket that is there already.
func (t *talk) more(h ticket.Header, level peril, kind hazardKind) bool {
	if level == now {
		t.say(t.firstWords(kind))
	} else {
		t.say(softOf(kind))
	}
	if s := t.step(); t.plan().Keep && t.c.Ticket == h.Number && s.Max > 0 && !s.Files && utf8.RuneCountInString(strings.TrimSpace(t.raw)) >= s.Min {
		return false // the flow passes every answer on to that ticket by itself
	}
	t.sayOn(h.Number, ticket.Personal(t.raw), nil)
	t.say("这句话也转给值班民警了，记在紧急工单 " + h.Number.Spoken() + " 里。")
	t.visit(dangerFlow, "again", "危险的话")
	if t.plan().Keep {
		t.ask()
		return true
	}
	t.c = Conversation{Flow: dangerFlow, Step: "more", Ticket: h.Number, Aside: t.c.Aside}
	return true
}

// sound opens the urgent ticket. What the resident was busy with waits; when the words answer its question they are kept there too.
func (t *talk) sound(kind hazardKind) {
	complaint := t.plan().Name == feedbackFlow && t.value("kind") == "complaint"
	aside, effects := t.taken(false)
	t.effects = append(t.effects, effects...)
	t.urgent(kind, t.raw, complaint)
	t.c.Aside = aside
	t.visit(dangerFlow, "begin", "危险的话")
	t.ask()
}

// urgent says 110, opens the urgent ticket with these words, and stands at the first thing that is not known yet.
func (t *talk) urgent(kind hazardKind, words string, complaint bool) {
	flat := fold(words)
	muted := cannotSpeak(flat)
	topic := "紧急·" + string(kind)
	o := ticket.Opening{
		Account: t.w.Account.ID, Resident: t.r.OpenID, Kind: ticket.Clue, Urgent: true, Home: t.home(), Topic: topic,
	}
	lead := topic
	if muted {
		lead += "·不能打电话"
		o.Fields = append(o.Fields, ticket.Field{Key: "quiet", Label: "注意", Value: textQuiet})
	}
	o.Title = title(lead, ticket.Personal(words))
	for i, part := range runePieces(words, ticket.MaxText) {
		f := ticket.Field{Key: "words", Label: "居民原话", Value: ticket.Personal(part)}
		if i > 0 {
			f.Label = "居民原话（续）"
		}
		o.Fields = append(o.Fields, f)
	}
	if complaint { // whoever is named in the words must not see this one either
		o.Complaint, o.Home.Officer = ticket.Personal(words), ""
	}
	t.alarm = true
	t.say(firstWordsTo(kind, flat, muted))
	t.open(o)
	if t.above {
		t.say("紧急工单 " + t.w.Number.Spoken() + " 替您留着，可是这里没有合适的人能看，请一定打110。")
	} else {
		t.say("我已经把您的话报给值班民警，紧急工单 " + t.w.Number.Spoken() + "。")
	}
	if muted {
		t.say(textNoCalls)
	}
	t.c = Conversation{Flow: dangerFlow, Step: "where", Ticket: t.w.Number, Started: t.w.Now}
	if kind != selfHarm || !ofOthers(flat) { // who calls for somebody else is not comforted
		t.c.keep(Answer{Step: "kind", Value: string(kind)})
	}
	t.learn(ticket.Personal(words))
	t.forward()
}

// doubt says 110 and asks one question before anybody is alarmed.
func (t *talk) doubt(kind hazardKind) {
	aside, effects := t.taken(true)
	t.effects = append(t.effects, effects...)
	t.say(softOf(kind))
	t.c = Conversation{Flow: dangerFlow, Step: "safe", Aside: aside, Started: t.w.Now}
	t.c.keep(Answer{Step: kept, Value: string(kind), Text: ticket.Personal(t.raw)})
	t.visit(dangerFlow, "begin", "拿不准的话")
	t.ask()
}

// taken works the message as if nothing were wrong, to find what the resident comes back to afterwards, and with what effects. At the
// desk that is only wanted when the danger was in doubt. A message that would open a ticket, or does not fit, leaves things as they are.
func (t *talk) taken(desk bool) (*Conversation, []Effect) {
	p, s := t.plan(), t.step()
	takes := s.Max > 0 && !s.Summary
	if !takes || p.Name == dangerFlow || p.Name == deskFlow && !desk || s.ID == "resume" {
		return t.aside(), nil
	}
	sub := talk{r: t.r, in: t.in, w: t.w, book: t.book, c: t.c, raw: t.raw, flat: t.flat}
	on := sub.hear(s)
	if on == "" {
		return t.aside(), nil
	}
	sub.move(on)
	for _, e := range sub.effects {
		if _, ok := e.(OpenTicket); ok {
			return t.aside(), nil
		}
	}
	return sub.aside(), sub.effects
}

// calm goes back to what the resident was busy with; the same words do not raise the question twice in one conversation.
func calm(t *talk) {
	if k := t.answer(kept); k != nil && hazardKind(k.Value) == selfHarm {
		t.say("好，我在这里。心里难受随时写给我；想找人说说，打12356，24小时有人接；想让民警来看看您，回复“人工”。")
		if p := t.asidePlan(); p == nil || !p.Keep { // who said that life is hard is not asked next which form it is
			t.c.Aside, t.silent = &Conversation{Answers: []Answer{{Step: low, Value: "yes"}}}, true
		}
	} else {
		t.say("好，那我放心些。要是情况有变，马上拨打110。")
	}
	if p := t.asidePlan(); p != nil && p.Keep {
		c := *t.c.Aside
		c.keep(Answer{Step: "safe", Value: "yes"})
		t.c.Aside = &c
	}
	t.c.Answers = nil
}

// asidePlan is the flow that was set aside; nil for none.
func (t *talk) asidePlan() *plan {
	if t.c.Aside == nil {
		return nil
	}
	return t.book.byName[t.c.Aside.Flow]
}

// low is the answer that stays at the desk after somebody said that life is hard and that nothing is about to happen.
const low = "low"

// means of ending it: who was low a moment ago and speaks of them is in danger.
var means = strings.Fields("药 瓶 绳 刀 楼顶 天台 窗 桥 河 跳 死 割 遗书 再见 永别 解脱")

// afterLow stays with somebody who said that life is hard, for as long as they go on about it: no form is offered to them.
func (t *talk) afterLow() bool {
	if t.c.answer(low) == nil || t.plan().Name != deskFlow || t.step().ID != "menu" || t.in.Kind != Text || !legible(t.raw) {
		return false
	}
	if t.w.Now.Sub(t.c.At) > alarmLife {
		t.c.Answers = nil
		return false
	}
	if holds(t.flat, means) {
		t.c.Answers = nil
		t.sound(selfHarm)
		return true
	}
	if _, chosen := t.choose(t.step()); chosen || isThanks(t.flat) {
		t.c.Answers = nil
		return false
	}
	t.say("我听着呢，您慢慢说。难受的时候打12356，24小时有人陪您说话；想让民警来看看您，回复“人工”。要登记别的事，回复“菜单”。")
	t.visit(dangerFlow, "low", "接着说")
	return true
}

// unsafe opens the urgent ticket after all, with the words that were in doubt and those that came now.
func unsafe(t *talk) {
	kind, words := violence, t.raw
	if k := t.answer(kept); k != nil {
		kind, words = hazardKind(k.Value), k.Text.Reveal()
		if on, _ := t.choose(t.step()); on == "" { // not one of the two answers: words of their own
			words += "\n" + t.raw
		}
	}
	if level, sure := assess(t.flat); level == now {
		kind = sure
	}
	aside := t.c.Aside
	t.urgent(kind, words, aside != nil && aside.Flow == feedbackFlow)
	t.c.Aside = aside
}
