package flows

// This file holds what happens on words of danger: 110 first, an urgent ticket at once, then where the resident is.

import (
	"time"

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
	trapped:  "请马上拨打110！说清楚您在哪里；不方便说话，可以发短信到12110。",
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

// danger looks for words of danger and deals with them; true when the message needs nothing more.
func (t *talk) danger() bool {
	if t.in.Kind != Text && t.in.Kind != Link || t.flat == "" {
		return false
	}
	level, kind := assess(t.flat)
	if level == now && t.in.Kind == Link {
		level = doubtful // something forwarded: news more often than need
	}
	if level == noPeril {
		return false
	}
	if p := t.plan(); p.Name == disputeFlow && t.step().ID == "danger" && kind != selfHarm {
		if on := t.hear(t.step()); on != "" || level < now { // the very question that stands
			return on == "" && t.unclear(kind)
		}
		t.got = Answer{Step: "danger", Text: ticket.Personal(t.raw)}
		t.move("yes")
		return true
	}
	t.alarm = true
	h, live := t.live()
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

// unclear says 110 and puts the question that stands again.
func (t *talk) unclear(kind hazardKind) bool {
	t.alarm = true
	t.say(softOf(kind))
	t.ask()
	return true
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
		t.say(firstWords[kind])
	} else {
		t.say(softOf(kind))
	}
	if s := t.step(); t.plan().Keep && t.c.Ticket == h.Number && s.Max > 0 && !s.Files {
		return false // the flow passes every answer on to that ticket by itself
	}
	t.sayOn(h.Number, ticket.Personal(t.raw), nil)
	t.say("这句话也转给值班民警了，记在紧急工单 " + h.Number.Spoken() + " 里。")
	t.visit(dangerFlow, "again", "危险的话")
	switch {
	case t.plan().Name == dangerFlow:
		t.ask()
	case t.plan().Keep:
		t.ask()
	default:
		t.c = Conversation{Flow: dangerFlow, Step: "more", Ticket: h.Number, Aside: t.c.Aside}
	}
	return true
}

// sound opens the urgent ticket. What the resident was busy with waits; when the words answer its question they are kept there too.
func (t *talk) sound(kind hazardKind) {
	complaint := t.plan().Name == feedbackFlow && t.value("kind") == "complaint"
	aside, effects := t.taken(false)
	t.say(firstWords[kind])
	o := ticket.Opening{
		Account: t.w.Account.ID, Resident: t.r.OpenID, Kind: ticket.Clue, Urgent: true, Home: t.home(),
		Topic: "紧急·" + string(kind), Title: title("紧急·"+string(kind), ticket.Personal(t.raw)),
	}
	for i, part := range runePieces(t.raw, ticket.MaxText) {
		f := ticket.Field{Key: "words", Label: "居民原话", Value: ticket.Personal(part)}
		if i > 0 {
			f.Label = "居民原话（续）"
		}
		o.Fields = append(o.Fields, f)
	}
	if complaint { // whoever is named in the words must not see this one either
		o.Complaint, o.Home.Officer = ticket.Personal(t.raw), ""
	}
	t.effects = append(t.effects, effects...)
	t.do(OpenTicket{o})
	t.say("我已经把您的话报给值班民警，紧急工单 " + t.w.Number.Spoken() + "。")
	t.c = Conversation{Flow: dangerFlow, Step: "where", Ticket: t.w.Number, Aside: aside, Started: t.w.Now}
	t.visit(dangerFlow, "begin", "危险的话")
	t.ask()
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

// danger's own table.
func dangerTable() Flow {
	return Flow{
		Name: dangerFlow, Title: "紧急求助", Side: true,
		Steps: []Step{
			{
				ID: "where", Entry: true, Text: "您现在在哪里？发个位置，或者写下小区、楼号、门牌，民警好去找您。", Example: "景宁路3号阳光小区2幢301",
				Place: true, Max: maxWords, Min: 1, Files: true, Hears: []string{"safe"}, Hear: hearSafe,
				Rows: []Row{
					{On: onPlace, To: "more", Do: tellPlace}, {On: onText, To: "more", Do: tellWords}, {On: onFile, To: "where", Do: tellFile},
					{On: onDone, To: "more"}, {On: onNone, To: "more"}, {On: "safe", To: toAside, Do: tellSafe},
				},
			},
			{
				ID: "more", Text: "已经转给值班民警。电话请保持畅通。\n还有情况直接发到这里，文字、照片、位置都行；已经平安了，请回复“安全了”。",
				Place: true, Max: maxWords, Min: 1, Files: true, Hears: []string{"safe"}, Hear: hearSafe,
				Rows: []Row{
					{On: onPlace, To: "more", Do: tellPlace}, {On: onText, To: "more", Do: tellWords}, {On: onFile, To: "more", Do: tellFile},
					{On: onDone, To: "more"}, {On: onNone, To: "more"}, {On: "safe", To: toAside, Do: tellSafe},
				},
			},
			{
				ID: "safe", Entry: true, Text: "您现在安全吗？", Max: maxWords, Min: 1,
				Choices: []Choice{
					{Value: "yes", Label: "安全，不是正在发生", Words: []string{"安全", "是", "是的", "安全的", "现在安全", "没事", "我没事", "没有危险", "没危险", "好", "嗯", "还好", "不是正在发生", "已经过去了"}},
					{Value: "no", Label: "不安全，需要马上有人来", Words: []string{"不安全", "不", "不是", "有危险", "危险", "不好", "害怕", "没有", "快来", "需要"}},
				},
				Rows: []Row{{On: "yes", To: toAside, Do: calm}, {On: "no", To: "where", Do: unsafe}, {On: onText, To: "where", Do: unsafe}},
			},
		},
	}
}

// hearSafe understands that the danger is over.
func hearSafe(t *talk) string {
	switch joined(t.flat) {
	case "安全了", "没事了", "已经安全", "已经安全了", "平安", "平安了", "没危险了", "警察来了", "民警来了", "民警到了", "警察到了", "找到了", "已经找到了", "解决了":
		return "safe"
	}
	return ""
}

// tellPlace passes the resident's place on, and raises the alarm again for whoever looks at the board.
func tellPlace(t *talk) {
	t.tellUrgent(ticket.Personal("【现在的位置】"+placeName(t.got.Place)+degrees(t.got.Place)), nil)
}

func tellWords(t *talk) { t.tellUrgent(t.got.Text, nil) }

func tellFile(t *talk) { t.tellUrgent("", files(t.in.File)) }

func tellSafe(t *talk) {
	t.tellUrgent("【居民说已经安全】"+ticket.Personal(t.raw), nil)
	t.say("那就好，我告诉民警了。再有事，马上拨打110，或者写到这里。")
}

// tellUrgent adds to the urgent ticket, as long as it can be added to.
func (t *talk) tellUrgent(text ticket.Personal, media []ticket.Attachment) {
	h, ok := t.ticket(t.c.Ticket)
	if !ok || !h.Can(ticket.Say) {
		t.say("这件紧急工单已经结束了。现在还有危险，请马上拨打110。")
		return
	}
	t.sayOn(h.Number, text, media)
	if !h.Urgent && h.Can(ticket.Raise) {
		t.act(h.Number, ticket.Step{What: ticket.Raise})
	}
}

// calm goes back to what the resident was busy with; the same words do not raise the question twice in one conversation.
func calm(t *talk) {
	t.say("好，那我放心些。要是情况有变，马上拨打110。")
	if a := t.c.Aside; a != nil && t.book.byName[a.Flow].Keep {
		c := *a
		c.keep(Answer{Step: "safe", Value: "yes"})
		t.c.Aside = &c
	}
	t.c.Answers = nil
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
	t.alarm = true
	t.say(firstWords[kind])
	aside := t.c.Aside
	o := ticket.Opening{
		Account: t.w.Account.ID, Resident: t.r.OpenID, Kind: ticket.Clue, Urgent: true, Home: t.home(), Topic: "紧急·" + string(kind),
		Title: title("紧急·"+string(kind), ticket.Personal(words)), Fields: []ticket.Field{{Key: "words", Label: "居民原话", Value: ticket.Personal(words)}},
	}
	if aside != nil && aside.Flow == feedbackFlow {
		o.Complaint, o.Home.Officer = ticket.Personal(words), ""
	}
	t.do(OpenTicket{o})
	t.c.Ticket, t.c.Answers = t.w.Number, nil
	t.say("我已经把您的话报给值班民警，紧急工单 " + t.w.Number.Spoken() + "。")
}
