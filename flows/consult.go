package flows

// This file holds the consultation: what residents want to know.

import "frontdesk/ticket"

const consultFlow = "consult"

func consult() Flow {
	return Flow{
		Name: consultFlow, Title: "咨询", Words: "question", Files: "photos", Keep: true,
		Steps: []Step{
			{
				ID: "topic", Label: "咨询什么", Text: "您想问哪方面的事？回复数字就行：", Loose: true,
				Choices: []Choice{
					{Value: "household", Label: "户口", Words: []string{"户籍", "户口本", "落户", "迁户口", "上户口", "分户", "户口迁移"}},
					{Value: "idcard", Label: "身份证", Words: []string{"办身份证", "补身份证", "临时身份证", "身份证丢了"}},
					{Value: "residence", Label: "居住证", Words: []string{"暂住证", "居住登记", "流动人口"}},
					{Value: "exit", Label: "出入境", Words: []string{"护照", "港澳通行证", "通行证", "签注", "出国", "台湾通行证"}},
					{Value: "vehicle", Label: "车辆和驾照", Words: []string{"驾照", "驾驶证", "行驶证", "车辆", "车牌", "违章", "罚单", "电动车上牌", "年检", "扣分"}},
					{Value: "law", Label: "法律问题", Words: []string{"法律", "打官司", "起诉", "合同", "律师", "报案", "立案"}},
					{Value: "fraud", Label: "防骗反诈", Words: []string{"诈骗", "反诈", "骗子", "被骗", "刷单", "可疑电话", "可疑短信", "防骗"}},
					{Value: "other", Label: "别的事", Words: []string{"其他", "其它", "别的", "都不是"}},
				},
				Rows: to("notice", "household", "idcard", "residence", "exit", "vehicle", "law", "fraud", "other"),
			},
			notice("question", "declined", nil),
			declined(),
			{
				ID: "question", Label: "问题", Text: "请把想问的写下来，越具体越好。", Example: "户口在外地，身份证丢了，能在这里补吗？", Min: 2, Max: maxWords,
				Rows: []Row{{On: onText, To: "photos"}},
			},
			photos("photos", "照片", "有照片要给民警看吗？比如证件、单子、短信截图，最多9个。", "contact"),
			contact("name", "confirm"),
			callName("confirm"),
			confirm(func(t *talk) {
				t.open(t.opening(ticket.Consult, t.label("topic"), t.answer("question").Text))
				t.say(t.receipt("您这次咨询", "民警会在24小时内答复。"))
			}),
		},
	}
}

// maxWords is how many characters one answer takes: far more than the platform lets through in one message.
const maxWords = 20000

// to makes the rows of choices that all lead to one place.
func to(step string, events ...string) []Row {
	rows := make([]Row, len(events))
	for i, on := range events {
		rows[i] = Row{On: on, To: step}
	}
	return rows
}

// declined is where a resident goes on who does not agree to the privacy notice.
func declined() Step {
	return Step{
		ID: "declined",
		Say: func(t *talk) string {
			return "没关系，不同意我就不往下记，刚才填的也不留。\n" + t.reachable() + "\n要是想不留姓名电话地提意见，也可以匿名提。\n您看："
		},
		Choices: []Choice{
			{Value: "anonymously", Label: "匿名提意见", Words: []string{"匿名", "匿名提"}},
			{Value: "reconsider", Label: "再看看那份说明", Words: []string{"同意", "我同意", "再看看", "重新看"}},
			{Value: "leave", Label: "不用了", Words: []string{"不用", "算了", "谢谢", "没有", "不了"}},
		},
		Rows: []Row{
			{On: "anonymously", To: feedbackFlow + ":", Do: func(t *talk) {
				t.c.Answers = nil
				t.c.keep(Answer{Step: "notice", Value: "decline"})
				t.c.keep(Answer{Step: "anonymous", Value: "yes"})
			}},
			{On: "reconsider", To: "notice", Do: func(t *talk) {
				t.c.drop("notice")
				t.c.drop("declined")
			}},
			{On: "leave", To: toEnd, Do: func(t *talk) { t.say("好的，什么都没有留下。遇到急事请拨打110。") }},
		},
	}
}
