package flows

// This file holds the urgent ticket's own conversation: where the resident is, how to reach them, and whatever else they send.

import (
	"regexp"
	"strconv"
	"strings"

	"frontdesk/ticket"
)

// dangerTable is the table of an emergency. Every word goes to the urgent ticket, whatever was asked.
func dangerTable() Flow {
	return Flow{
		Name: dangerFlow, Title: "紧急求助", Side: true,
		Steps: []Step{
			{
				ID: "where", Entry: true, Say: sayWhere, Example: "景宁路3号阳光小区2幢301",
				Place: true, Max: maxWords, Min: 1, Files: true, Hears: []string{"safe", "words"}, Hear: hearWhere,
				Rows: []Row{
					{On: onPlace, To: "phone", Do: tellPlace}, {On: onText, To: "phone", Do: tellWords}, {On: "words", To: "where", Do: tellMore},
					{On: onFile, To: "where", Do: tellFile}, {On: onDone, To: "phone"}, {On: onNone, To: "phone"}, {On: "safe", To: toAside, Do: tellSafe},
				},
			},
			{
				ID: "phone", Say: sayPhone, Phone: true, Place: true, Files: true, Hears: []string{"safe", "address", "words"}, Hear: hearReach,
				Rows: []Row{
					{On: "address", To: "phone", Do: tellAddress},
					{On: onPhone, To: "more", Do: tellPhone}, {On: "words", To: "more", Do: tellWords}, {On: onPlace, To: "phone", Do: tellPlace},
					{On: onFile, To: "phone", Do: tellFile}, {On: onDone, To: "more"}, {On: onNone, To: "more"}, {On: "safe", To: toAside, Do: tellSafe},
				},
			},
			{
				ID: "more", Say: sayMore,
				Place: true, Max: maxWords, Min: 1, Files: true, Hears: []string{"safe"}, Hear: hearSafe,
				Rows: []Row{
					{On: onPlace, To: "more", Do: tellPlace}, {On: onText, To: "more", Do: tellMore}, {On: onFile, To: "more", Do: tellFile},
					{On: onDone, To: "more"}, {On: onNone, To: "more"}, {On: "safe", To: toAside, Do: tellSafe},
				},
			},
			{
				ID: "safe", Entry: true, Say: saySafe, Max: maxWords, Min: 1, Hear: hearCalm,
				Choices: []Choice{
					{Value: "no", Label: "有，需要马上有人来", Words: []string{"有", "有人", "有的", "有危险", "是", "是的", "对", "不安全", "危险", "害怕", "快来", "需要", "要", "不好"}},
					{Value: "yes", Label: "没有，不是正在发生", Words: []string{"没有", "没", "无", "不", "不是", "没有危险", "没危险", "不危险", "安全", "安全的", "现在安全", "没事", "我没事", "还好", "好", "好的", "不是正在发生", "已经过去了"}},
				},
				Hears: []string{"what"},
				Rows: []Row{
					{On: "yes", To: toAside, Do: calm}, {On: "no", To: "where", Do: unsafe}, {On: onText, To: "where", Do: unsafe}, {On: "what", To: "safe", Do: sayAgain},
				},
			},
		},
	}
}

// saySafe asks whether it is happening now. Who speaks of not wanting to live is asked after themselves.
func saySafe(t *talk) string {
	if k := t.answer(kept); k != nil && hazardKind(k.Value) == selfHarm {
		return "我想先问一句：您现在有没有想伤害自己，或者身边有人有危险？"
	}
	return "现在有人有危险吗？"
}

// The number of times that the resident is asked where they are, before the conversation goes on without knowing.
const askedWhere = 3

// sayWhere asks where the resident is, each time in another way and with the reason.
func sayWhere(t *talk) string {
	switch t.tally("where?") {
	case 0:
		if t.kind() == selfHarm {
			return "我想请人过来陪陪您。您现在在哪里？发个位置，或者写下小区、楼号、门牌。"
		}
		return "您现在在哪里？发个位置，或者写下小区、楼号、门牌，民警好去找您。\n（要是发错了，或者已经没事，回复“安全了”。）"
	case 1:
		return "还差最要紧的一样：您在哪里？不知道地方，民警没法去找您。点“+”发位置最快，打字就写路名、小区、楼号。"
	}
	return "说不清门牌也行：旁边的店、路口、车站、学校，随便写一样。实在说不清，回复“不知道”。"
}

// sayPhone asks for a telephone number, and promises silence to who must not be heard.
func sayPhone(t *talk) string {
	if t.muted() {
		return "已经转给值班民警。方便的话，把手机号打给我：只写在工单里，注明不能打电话。不方便就回复“不用”。"
	}
	return "已经转给值班民警。打哪个电话找您？把号码发给我；不方便接电话，就回复“不能接”。"
}

// sayMore says that somebody reads along, each time in other words.
func sayMore(t *talk) string {
	n := t.tally("told")
	if n == 0 {
		line := "已经转给值班民警。"
		switch {
		case t.muted():
			line += "手机请一直调成静音。"
		case t.answer("phone") != nil:
			line += "电话请保持畅通。"
		}
		return line + "\n还有情况直接发到这里，文字、照片、位置都行；已经平安了，请回复“安全了”。"
	}
	return [...]string{
		"这句也转给民警了。换了地方、情况变了，马上写给我。",
		"收到，民警那边看得到。平安了，请回复“安全了”。",
		"我还在，您接着说。危险没过去的话，" + t.callNow() + "。",
	}[n%3]
}

// callNow is how the resident reaches 110 now.
func (t *talk) callNow() string {
	if t.muted() {
		return "马上发短信到12110，写上地址；能说话了再打110"
	}
	return "马上再打110"
}

// tally is how often something happened in this emergency.
func (t *talk) tally(what string) int {
	n, _ := strconv.Atoi(t.value(what)) // nothing yet is none
	return n
}

// toldMore counts what came after everything was asked, so that the answers vary.
func (t *talk) toldMore() {
	if t.c.Step == "more" {
		t.countUp("told")
	}
}

func (t *talk) countUp(what string) {
	t.c.keep(Answer{Step: what, Value: strconv.Itoa(t.tally(what) + 1)})
}

// kind is what kind of danger this emergency began with.
func (t *talk) kind() hazardKind { return hazardKind(t.value("kind")) }

// muted says whether the resident said that they must not be heard, in the emergency that stands or was left within the hour.
func (t *talk) muted() bool {
	if t.plan().Name == dangerFlow && t.answer("quiet") != nil {
		return true
	}
	h, live := t.live()
	return live && (h.Number == t.c.Hushed || h.Number == t.r.Conversation.Hushed)
}

// quietWords tell that somebody cannot speak or must not be called.
var quietWords = strings.Fields("不能出声 不敢出声 没法出声 不方便出声 不敢说话 不方便说话 不敢打电话 不能打电话 没法打电话 打不了电话 不方便打电话 不敢打110 没法打110 " +
	"不能接 不敢接 不敢接电话 不方便接 没法接 怕他听见 怕他听到 怕被听 怕他们听 会被听见 会被听到 会听见 会听到 别打电话 不要打电话 别打给我 不要打给我 别给我打电话 不要给我打电话 躲在厕所 躲在卫生间 躲在衣柜 躲在床 躲在柜 " +
	"i'mhiding imhiding can'ttalk canttalk cannottalk can'tspeak cantspeak don'tcall dontcall donotcall")

func cannotSpeak(flat string) bool {
	if holds(flat, quietWords) {
		return true
	}
	// a stroke takes speech away too
	_, kind := assess(flat)
	return holds(flat, []string{"不能说话", "没法说话"}) && kind != medical &&
		!holds(flat, strings.Fields("老人 孩子 小孩 宝宝 妈 爸 奶奶 爷爷 外公 外婆 病人 中风 摔 烫 伤 老伴 噎 晕 昏"))
}

// textQuiet stands on the ticket of somebody who must not be heard.
const textQuiet = ticket.QuietMark + "居民怕被听见：不要打电话，只发文字。"

const textNoCalls = "工单上写明了“不能打电话”。手机调成静音，您只管打字。"

// learn takes from words what the next questions would ask. It says whether they tell for the first time that the resident cannot speak.
func (t *talk) learn(words ticket.Personal) (hushed bool) {
	flat := fold(words.Reveal())
	if cannotSpeak(flat) && t.answer("quiet") == nil {
		t.c.keep(Answer{Step: "quiet", Value: "yes"})
		t.c.Hushed = t.c.Ticket
		hushed = true
	}
	if hasPhone(words.Reveal()) {
		t.c.keep(Answer{Step: "phone", Value: onPhone})
	}
	if placeLike(flat) {
		t.c.keep(Answer{Step: "where", Value: onText})
	}
	return hushed
}

// hearWhere understands a place among words. Other words are passed on and the question stays, for as long as it makes sense.
func hearWhere(t *talk) string {
	if on := hearSafe(t); on != "" || t.in.Kind != Text && t.in.Kind != Link {
		return on
	}
	if !legible(t.raw) || isNone(t.flat) || isDone(t.flat) || placeLike(t.flat) || t.tally("where?")+1 >= askedWhere {
		return ""
	}
	t.got.Text = ticket.Personal(t.raw)
	return "words"
}

// hearReach understands a telephone number; other words are passed on and not asked about again.
func hearReach(t *talk) string {
	if on := hearSafe(t); on != "" || t.in.Kind != Text && t.in.Kind != Link {
		return on
	}
	if !legible(t.raw) || hasPhone(t.raw) || isNone(t.flat) || isDone(t.flat) {
		return ""
	}
	t.got.Text = ticket.Personal(t.raw)
	if t.tally("address") < mostAddresses && (placeLike(t.flat) || roomOnly.MatchString(t.flat)) { // 阳光小区, then 3幢, then 502
		return "address"
	}
	return "words"
}

// mostAddresses is how many parts of an address come one by one.
const mostAddresses = 3

// roomOnly is the rest of an address that was sent in parts.
var roomOnly = regexp.MustCompile(`^(?:\d{1,4}|[a-z]\d{0,3}|[一二三四五六七八九十]{1,3})(?:号|幢|栋|座|楼|单元|室|层|门)?$`)

// tellAddress passes on one more part of where the resident is; the telephone is still asked for.
func tellAddress(t *talk) {
	t.countUp("address")
	t.tellUrgent(ticket.WhereMark+t.got.Text, nil)
	t.say("地址记下了。")
}

// sayAgain says in other words what was asked.
func sayAgain(t *talk) {
	t.say("我是想问：这会儿有没有人正在挨打、受伤，或者有危险？有就回复1，没有就回复2。")
	t.silent = true
}

// hearSafe understands that the danger is over, also when it is said twice: "好了，没事了".
func hearSafe(t *talk) string {
	over := false
	for _, c := range clauses(t.flat) {
		if wrongly.MatchString(c) {
			over = true
			continue
		}
		for c != "" { // 警察来了没事了谢谢
			rest, safe := cutLongest(c, overWords)
			over = over || safe
			if !safe {
				rest, _ = cutLongest(c, thanksWords)
			}
			if rest == c {
				return ""
			}
			c = rest
		}
	}
	if !over {
		return ""
	}
	return "safe"
}

// wrongly is a message that nobody meant to send: 孩子拿手机乱发的.
var wrongly = regexp.MustCompile(`^(?:是)?(?:我家)?(?:孩子|小孩|娃|宝宝|我|老人)?[^,]{0,4}(?:乱发|乱按|误发|误触|误按|手滑|玩手机发)(?:的|了)?$`)

// cutLongest takes the longest of the words away with which a text begins.
func cutLongest(s string, words []string) (rest string, found bool) {
	rest = s
	for _, w := range words {
		if cut, ok := strings.CutPrefix(s, w); ok && len(cut) < len(rest) {
			rest, found = cut, true
		}
	}
	return rest, found
}

var (
	overWords = strings.Fields("安全了 没事了 我没事了 现在没事了 已经安全 已经安全了 我安全了 现在安全了 平安 平安了 没危险了 没有危险了 警察来了 民警来了 警察已经来了 民警已经来了 " +
		"民警到了 警察到了 救护车来了 消防来了 找到了 已经找到了 孩子找到了 人找到了 解决了 都没事了 没事 误会了 误会 是误会 发错了 按错了 点错了 发错 按错 搞错了 弄错了 开玩笑的 开玩笑 虚惊一场 孩子乱发的 孩子乱按的 小孩乱发的 不用来了 别来了 不用过来了 送医院了 已经送医院了 人送医院了 脱险了 已经没事了 救上来了 救出来了 火灭了 火已经灭了 i'msafe imsafe iamsafe safenow")
	thanksWords = strings.Fields("啊 呀 哦 的 了 不好意思 对不起 抱歉 我 是 好了 好 嗯 谢谢 谢谢你 谢谢你们 谢谢您 谢谢民警 谢谢警察 多谢 辛苦了 您好 你好")
)

// hearCalm understands a denial as the answer that nobody is in danger.
func hearCalm(t *talk) string {
	switch {
	case denies(t.flat), contains(pastAnswers, strings.TrimRight(t.flat, "了的啊")):
		return "yes"
	case isWhat(t.flat):
		return "what"
	}
	return ""
}

// pastAnswers say that it was not just now.
var pastAnswers = strings.Fields("过去 已经过去 早过去 是昨天的事 昨天的事 是以前的事 以前的事 是上周的事 上周的事 是前几天的事 前几天的事 很久以前 早就没事")

// tellPlace passes the resident's place on, and raises the alarm again for whoever looks at the board.
func tellPlace(t *talk) {
	t.c.keep(Answer{Step: "where", Value: onPlace})
	t.toldMore()
	t.tellUrgentAt(ticket.Personal(ticket.WhereMark+placeName(t.got.Place)+degrees(t.got.Place)), nil, t.got.Place)
}

// tellWords passes words on, with a mark when they say that the resident cannot speak.
func tellWords(t *talk) {
	hushed := t.learn(t.got.Text)
	text := t.got.Text
	if t.c.Step == "where" && placeLike(t.flat) {
		text = ticket.WhereMark + text
	}
	if hushed {
		text = textQuiet + "\n" + text
		t.say(textNoCalls)
	}
	t.toldMore()
	t.tellUrgent(text, nil)
}

// tellMore passes words on, and answers what they ask. Where the resident is still has to be asked then.
func tellMore(t *talk) {
	if t.c.Step == "where" {
		t.countUp("where?")
	}
	tellWords(t)
	switch {
	case holds(t.flat, strings.Fields("什么时候来 什么时候到 多久 到哪 怎么还没来 怎么还不来 来了吗 你们到了没 到了没 到了吗 走了吗 走了没 还没到 没人来 没人管 快点 快来 还来吗 有人来吗")):
		t.say("我又转给值班民警了。等不及、或者危险还在，" + t.callNow() + "，会派最近的人。")
	case holds(t.flat, strings.Fields("又回来 又来了 回来了 在敲门 又敲门 又开始 上来了 进来了")):
		t.say("这句马上转给民警了。别开门，离门远一点，" + t.callNow() + "！")
	case holds(t.flat, strings.Fields("走了 跑了 离开了 出去了")):
		t.say("人走了也先锁好门，别追出去，这句我转给民警了。确实平安了，请回复“安全了”。")
	case t.c.Step == "where":
		t.say("这句转给民警了。")
	default:
		return
	}
	t.silent = t.c.Step == "more"
}

// tellPhone passes the resident's number on.
func tellPhone(t *talk) {
	lead := ticket.Personal(ticket.PhoneMark)
	if t.muted() || cannotSpeak(t.flat) {
		lead += "（不能打电话）"
	}
	t.learn(t.got.Text)
	t.toldMore()
	t.tellUrgent(lead+t.got.Text, nil)
}

// tellFile passes a photo, a voice message or a video on, and says so: whoever sent it cannot see what became of it.
func tellFile(t *talk) {
	if t.c.Step == "where" {
		t.countUp("where?")
	}
	t.toldMore()
	t.tellUrgent("", files(t.in.File))
	if t.in.Kind == Voice {
		t.say("语音转给值班民警了。我自己听不了，能打字的话再打几个字。")
	} else {
		t.say(t.in.File.Kind.Name() + "转给值班民警了。")
	}
	t.silent = t.c.Step == "more"
}

// tellDeaf tells those on duty that the resident sent what this account cannot receive.
func (t *talk) tellDeaf() {
	if t.c.Step == "where" {
		t.countUp("where?")
	}
	t.tellUrgent(ticket.Personal("【居民发来一段"+ticket.MediaKind(t.in.Kind).Name()+"，这个公众号收不到，已请居民打字】"), nil)
}

func tellSafe(t *talk) {
	t.tellUrgent("【居民说已经安全】"+ticket.Personal(t.raw), nil)
	t.say("那就好，我告诉民警了。再有事，马上拨打110，或者写到这里。")
}

// tellUrgent adds to the urgent ticket, as long as it can be added to.
func (t *talk) tellUrgent(text ticket.Personal, media []ticket.Attachment) {
	t.tellUrgentAt(text, media, nil)
}

// tellUrgentAt adds a place as well.
func (t *talk) tellUrgentAt(text ticket.Personal, media []ticket.Attachment, place *ticket.Place) {
	h, ok := t.ticket(t.c.Ticket)
	if !ok || !h.Can(ticket.Say) {
		t.say("这件紧急工单已经结束了。现在还有危险，请马上拨打110。")
		return
	}
	t.sayAt(h.Number, text, media, place)
	if !h.Urgent && h.Can(ticket.Raise) {
		t.act(h.Number, ticket.Step{What: ticket.Raise})
	}
}

// alarmed gives the urgent ticket of an emergency that stands, or that was left within the hour for nothing else.
func (t *talk) alarmed() (ticket.Header, bool) {
	if h, ok := t.ticket(t.c.Ticket); ok && h.Can(ticket.Say) && (t.plan().Name == dangerFlow || t.plan().Keep) {
		return h, true
	}
	if p := t.plan(); p.Keep || p.Name == deskFlow && t.c.Answers != nil {
		return ticket.Header{}, false
	}
	return t.live()
}

// officerNow answers who asks for an officer in an emergency: one has the ticket already.
func (t *talk) officerNow(h ticket.Header) {
	if p := t.plan(); !p.Keep && p.Name != dangerFlow {
		t.c = Conversation{Flow: dangerFlow, Step: "more", Ticket: h.Number, Aside: t.c.Aside}
		t.visit(dangerFlow, "again", "人工")
	}
	line := "值班民警手里已经有您的紧急工单 " + h.Number.Spoken() + "，我又说了一遍，请他们联系您。"
	if t.muted() {
		t.sayOn(h.Number, textQuiet+"\n【居民请民警马上联系】"+ticket.Personal(t.raw), nil)
		t.say(line + "\n" + textNoCalls + "\n等不及的话，" + t.callNow() + "。")
	} else {
		t.sayOn(h.Number, "【居民请民警马上联系】"+ticket.Personal(t.raw), nil)
		line += "要马上有人来，请拨打110。"
		if p := t.phone(); p != "" {
			line += "\n也可以打警务室电话 " + p + "。"
		}
		t.say(line)
	}
	t.silent = t.plan().Name == dangerFlow && t.c.Step == "more"
	t.ask()
}

// afterAlarm passes on what is said at the desk within the hour of an alarm, whatever way its conversation was left: it goes to the urgent
// ticket, unless it plainly is another matter.
func (t *talk) afterAlarm() bool {
	h, live := t.live()
	s := t.step()
	if live && t.in.Kind == Text && t.plan().Name != dangerFlow && hearSafe(t) != "" {
		if _, chosen := t.choose(s); !chosen && (t.plan().Name != deskFlow || s.ID != "menu") { // no answer to what is asked here
			t.sayOn(h.Number, "【居民说已经安全】"+ticket.Personal(t.raw), nil)
			t.say("那就好，我告诉民警了。再有事，马上拨打110，或者写到这里。")
			t.visit(dangerFlow, "again", "安全了")
			t.ask()
			return true
		}
	}
	if !live || t.plan().Name != deskFlow || s.ID != "menu" || t.c.Answers != nil {
		return false
	}
	probe := talk{r: t.r, in: t.in, w: t.w, book: t.book, c: t.c, raw: t.raw, flat: t.flat}
	switch on := probe.hear(s); {
	case hearSafe(t) != "" && t.in.Kind == Text:
	case on == onPlace, on == onFile, on == "about" && t.in.Kind != Text:
	case on != onText && on != "about" && guess(t.flat).flow != progressFlow: // "你们什么时候来" is for who is on duty
		return false
	default:
		if g := guess(t.flat); (g.flow == consultFlow || g.flow == disputeFlow) && g.score >= sureGuess {
			return false
		}
	}
	aside := t.c.Aside
	t.c = Conversation{Flow: dangerFlow, Step: "more", Ticket: h.Number, Aside: aside}
	t.visit(dangerFlow, "again", "接着说")
	on := t.hear(t.step())
	if on == "" {
		return false
	}
	t.move(on)
	if on != "safe" {
		t.say("（记在紧急工单 " + h.Number.Spoken() + " 里。要是另一件事，请回复“菜单”。\uff09")
	}
	return true
}
