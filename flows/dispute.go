package flows

// This file holds the dispute: a quarrel that somebody of the room is to settle.

import (
	"strings"

	"frontdesk/ticket"
)

const disputeFlow = "dispute"

func dispute() Flow {
	return Flow{
		Name: disputeFlow, Title: "纠纷登记", Words: "what", Files: "evidence", Place: "where", Keep: true,
		Steps: []Step{
			{
				ID: "kind", Label: "纠纷类型", Text: "别着急，我帮您记下来。是哪一类的事？回复数字就行：", Loose: true,
				Choices: []Choice{
					{Value: "neighbour", Label: "邻里", Words: []string{"邻居", "邻里纠纷", "噪音", "楼上", "楼下", "隔壁", "漏水", "噪音邻里"}},
					{Value: "family", Label: "家庭婚姻", Words: []string{"家庭", "婚姻", "家里", "夫妻", "离婚", "老公", "老婆", "赡养", "抚养", "婆媳"}},
					{Value: "wages", Label: "工资劳务", Words: []string{"工资", "欠薪", "劳务", "老板", "工钱", "拖欠工资", "讨薪"}},
					{Value: "debt", Label: "借钱欠债", Words: []string{"借钱", "欠钱", "欠债", "债务", "借款", "还钱", "借条"}},
					{Value: "shop", Label: "买东西和消费", Words: []string{"消费", "买东西", "店家", "商家", "退款", "退货", "退钱", "商店", "理发", "健身房"}},
					{Value: "property", Label: "物业", Words: []string{"物业", "物业费", "停车", "车位", "电梯", "保安"}},
					{Value: "traffic", Label: "交通事故", Words: []string{"交通", "车祸", "追尾", "剐蹭", "撞车", "撞了", "事故"}},
					{Value: "other", Label: "别的纠纷", Words: []string{"其他", "其它", "别的", "都不是"}},
				},
				Rows: to("danger", "neighbour", "family", "wages", "debt", "shop", "property", "traffic", "other"),
			},
			{
				ID: "danger", Text: "先问最要紧的：现在有人正在打人、受伤，或者有危险吗？",
				Choices: []Choice{
					{Value: "yes", Label: "有", Words: []string{"有危险", "是", "是的", "对", "嗯", "有人受伤", "正在打", "在打", "打起来了", "危险", "不安全", "刚才有", "有不过现在走了", "有,不过现在走了", "有但是走了", "有,人走了", "受伤了", "我受伤了", "流血了", "我流血了", "头破了", "我头破了", "我怕他", "怕他", "我怕", "他还在", "他还没走"}},
					{Value: "no", Label: "没有", Words: []string{"没", "无", "不", "不是", "没危险", "没有危险", "安全", "暂时没有", "现在没有", "没事", "还好"}},
				},
				Hear: hearDanger,
				Rows: []Row{{On: "yes", To: "now", Do: disputeAlarm}, {On: "no", To: "notice"}},
			},
			{
				ID: "now", Say: sayWhere, Example: "景宁路3号，2幢门口",
				Place: true, Min: 2, Max: 500, None: true, Hears: []string{"words"}, Hear: hearWhere,
				Rows: []Row{
					{On: onPlace, To: "call", Do: disputeWhere}, {On: onText, To: "call", Do: disputeWhere}, {On: onNone, To: "call"},
					{On: "words", To: "now", Do: disputeWords},
				},
			},
			{
				ID: "call", Say: sayCall, Example: "13800001234", Phone: true, None: true,
				Hears: []string{"words"}, Hear: hearCall,
				Skip: func(t *talk) string {
					if t.answer("contact") != nil {
						return onNone
					}
					return ""
				},
				Rows: []Row{{On: onPhone, To: "notice", Do: disputeCall}, {On: onNone, To: "notice", Do: disputeNoCall}, {On: "words", To: "notice", Do: disputeCallWords}},
			},
			notice("who", "declined", nil),
			declined(),
			{
				ID: "who", Label: "和谁", Text: "是和谁有矛盾？知道多少说多少，不知道就回复“不知道”。", Example: "楼上302的租客，姓陈", Min: 1, Max: 500, None: true,
				Rows: []Row{{On: onText, To: "what"}, {On: onNone, To: "what"}},
			},
			{
				ID: "what", Label: "经过", Text: "发生了什么？什么时候开始的、对方做了什么，慢慢说。", Example: "从上周起，楼上每天半夜两点拖桌子，说了几次都不听。",
				Min: 4, Max: maxWords, Rows: []Row{{On: onText, To: "where"}},
			},
			{
				ID: "where", Label: "地点", Text: "事情发生在哪里？发个位置，或者把地址写给我；说不清就回复“不知道”。", Example: "景宁路3号阳光小区2幢", Place: true, Min: 2, Max: 500, None: true,
				Rows: []Row{{On: onPlace, To: "evidence"}, {On: onText, To: "evidence"}, {On: onNone, To: "evidence"}},
			},
			photos("evidence", "证据", "有照片、语音、视频能说明情况吗？最多9个。", "hope"),
			{
				ID: "hope", Label: "希望怎么解决", Text: "您希望怎么解决？没想好就回复“没有”。", Example: "晚上十点以后不要再吵", Min: 2, Max: 2000, None: true,
				Rows: []Row{{On: onText, To: "contact"}, {On: onNone, To: "contact"}},
			},
			contact("name", "confirm"),
			callName("confirm"),
			confirm(disputeSubmit),
		},
	}
}

// disputeTopics are the kinds as a ticket names them.
var disputeTopics = map[string]string{
	"neighbour": "邻里纠纷", "family": "家庭纠纷", "wages": "工资纠纷", "debt": "债务纠纷", "shop": "消费纠纷", "property": "物业纠纷",
	"traffic": "交通纠纷", "other": "其他纠纷",
}

// hearDanger understands yes at the head of a sentence, and no only when the whole message denies. Words of danger were looked for before.
func hearDanger(t *talk) string {
	switch {
	case strings.HasPrefix(t.flat, "现在没") && holds(t.flat, strings.Fields("回来就 还会 又要 要来 今晚 待会 等会 晚上")): // 现在没有，他晚上回来就打
		return "yes"
	case denies(t.flat):
		return "no"
	case strings.HasPrefix(t.flat, "怕他") || strings.HasPrefix(t.flat, "我怕他") || strings.HasPrefix(t.flat, "有人") || strings.HasPrefix(t.flat, "正在") || strings.HasSuffix(t.flat, "在打"):
		return "yes"
	}
	if t.in.Kind == Text && legible(t.raw) {
		t.hint = softFirst + "这一步请回复1或2，说“有”“没有”也行。"
	}
	return ""
}

// disputeAlarm opens an urgent ticket at once; the answers that follow are passed on to it one by one.
func disputeAlarm(t *talk) {
	t.alarm = true
	level, kind := assess(t.flat)
	if level != noPeril {
		t.say(t.firstWords(kind) + "\n我同时把您的情况报给值班民警了。")
	} else {
		t.say("请马上拨打110！先离开危险的地方，保护好自己。\n我同时把您的情况报给值班民警了。")
	}
	if h, ok := t.live(); ok {
		t.c.Ticket = h.Number
		return
	}
	o := t.opening(ticket.Dispute, disputeTopics[t.value("kind")], "现场有危险")
	o.Urgent = true
	if a := t.answer("what"); a != nil { // said before the flow began: not on the path yet
		for _, part := range runePieces(a.Text.Reveal(), ticket.MaxText) {
			o.Fields = append(o.Fields, ticket.Field{Key: "what", Label: "经过", Value: ticket.Personal(part)})
		}
	}
	if a := t.answer("what"); level != noPeril && (a == nil || !strings.Contains(a.Text.Reveal(), t.raw)) {
		o.Fields = append(o.Fields, ticket.Field{Key: "words", Label: "居民原话", Value: ticket.Personal(t.raw)})
	}
	quiet := cannotSpeak(t.flat)
	if quiet {
		o.Fields = append([]ticket.Field{{Key: "quiet", Label: "注意", Value: textQuiet}}, o.Fields...)
	}
	t.open(o)
	t.c.Ticket = t.w.Number
	if quiet {
		t.c.Hushed = t.w.Number
		t.say(textNoCalls)
	}
}

// disputeWhere tells those on duty where the resident is now; it is also where it happens, unless they correct it.
func disputeWhere(t *talk) {
	here := t.got
	text := ticket.WhereMark + (&Step{}).shown(&here)
	if h, ok := t.ticket(t.c.Ticket); ok && h.Can(ticket.Say) {
		t.sayAt(h.Number, ticket.Personal(text+degrees(here.Place)), nil, here.Place)
	}
	here.Step = "where"
	if t.answer("where") == nil {
		t.c.keep(here)
	}
	t.say("收到，已经转给值班民警。后面几个问题，您方便就答，不方便先顾安全。")
}

// disputeWords passes on what is no place, while the resident is asked where they are.
func disputeWords(t *talk) {
	t.countUp("where?")
	if cannotSpeak(t.flat) {
		t.c.Hushed = t.c.Ticket
		t.tellUrgent(textQuiet+"\n"+t.got.Text, nil)
		t.say(textNoCalls)
		return
	}
	t.tellUrgent(t.got.Text, nil)
	t.say("这句转给民警了。")
}

// sayCall asks for a telephone number, which is not called where the resident must not be heard.
func sayCall(t *talk) string {
	if t.muted() {
		return "方便的话，把手机号打给我：只写在工单里，注明不能打电话。不方便就回复“不用”。"
	}
	return "民警打哪个电话找您？把号码打给我；不方便接电话，就回复“不用”。"
}

// hearCall understands what is no number: in danger nobody is asked for one twice.
func hearCall(t *talk) string {
	if t.in.Kind != Text && t.in.Kind != Link || !legible(t.raw) || hasPhone(t.raw) || isNone(t.flat) {
		return ""
	}
	t.got.Text = ticket.Personal(t.raw)
	return "words"
}

// disputeCall tells those on duty how to reach the resident, who is not asked again at the end.
func disputeCall(t *talk) {
	here := t.got
	t.tellUrgent(ticket.PhoneMark+here.Text, nil)
	here.Step = "contact"
	t.c.keep(here)
	if t.muted() {
		t.say("记下了，工单上注明了不能打电话。")
		return
	}
	t.say("记下了，电话请保持畅通。")
}

func disputeNoCall(t *talk) { t.c.keep(Answer{Step: "contact", Value: onNone}) }

func disputeCallWords(t *talk) {
	if cannotSpeak(t.flat) {
		t.c.Hushed = t.c.Ticket
		t.tellUrgent(textQuiet+"\n"+t.got.Text, nil)
		t.say(textNoCalls)
		return
	}
	t.tellUrgent(t.got.Text, nil)
	t.say("这句转给民警了。")
}

// disputeSubmit opens the ticket, unless the urgent one has everything already.
func disputeSubmit(t *talk) {
	if h, ok := t.ticket(t.c.Ticket); ok && h.Status.Open() {
		t.say("都记在紧急工单 " + h.Number.Spoken() + " 里了，值班民警已经看得到。\n要是又有危险，请马上拨打110。想看办到哪了，随时回复“进度”。")
		return
	}
	o := t.opening(ticket.Dispute, disputeTopics[t.value("kind")], t.answer("what").Text)
	t.open(o)
	t.say(t.receipt("您这件纠纷", "民警会在48小时内处理。在那之前请不要和对方起冲突；要是有危险，马上拨打110。"))
}
