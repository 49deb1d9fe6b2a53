package flows

// This file holds feedback: suggestions, complaints and praise.

import (
	"strings"

	"frontdesk/ticket"
)

const feedbackFlow = "feedback"

func feedback() Flow {
	return Flow{
		Name: feedbackFlow, Title: "意见", Words: "text", Files: "photos", Keep: true,
		Steps: []Step{
			{
				ID: "kind", Label: "类型", Text: "您想说的是哪一种？回复数字就行：", Loose: true,
				Choices: []Choice{
					{Value: "suggestion", Label: "提建议", Words: []string{"建议", "意见"}},
					{Value: "complaint", Label: "投诉", Words: []string{"我要投诉", "举报", "不满"}},
					{Value: "praise", Label: "表扬感谢", Words: []string{"表扬", "感谢", "点赞", "夸奖", "锦旗"}},
				},
				Rows: to("about", "suggestion", "complaint", "praise"),
			},
			{
				ID: "about", Label: "关于", Text: "是关于哪方面的？", Loose: true,
				Choices: []Choice{
					{Value: "officer", Label: "民警或辅警", Words: []string{"民警", "辅警", "警察", "警官", "态度"}},
					{Value: "counter", Label: "办事窗口", Words: []string{"窗口", "办证", "户籍窗口", "办事"}},
					{Value: "patrol", Label: "巡逻和治安", Words: []string{"巡逻", "治安", "出警", "小偷"}},
					{Value: "community", Label: "社区环境", Words: []string{"社区", "小区", "环境", "路灯", "停车"}},
					{Value: "desk", Label: "这个公众号", Words: []string{"公众号", "微信", "机器人"}},
					{Value: "other", Label: "别的事", Words: []string{"其他", "其它", "别的", "都不是"}},
				},
				Rows: to("notice", "officer", "counter", "patrol", "community", "desk", "other"),
			},
			notice("who", "who", func(t *talk) {
				t.c.keep(Answer{Step: "anonymous", Value: "yes"})
				t.say("没关系。那就按匿名登记，不记您的姓名和电话；答复还是在这里看，只有您能看到。")
			}),
			{
				ID: "who", Label: "是哪一位", Min: 1, Max: 200, None: true, Example: "姓林的民警，警号0577开头",
				Text: "先跟您说清楚：这条投诉，被投诉的人看不到，只有负责人能看。\n您要反映的是哪一位？姓名、警号都行，不知道就回复“不知道”。",
				Skip: func(t *talk) string {
					if t.value("kind") == "complaint" && t.value("about") == "officer" {
						return ""
					}
					return onNone
				},
				Rows: []Row{{On: onText, To: "text"}, {On: onNone, To: "text"}},
			},
			{
				ID: "text", Label: "内容", Say: sayFeedback, Min: 2, Max: maxWords,
				Rows: []Row{{On: onText, To: "photos"}},
			},
			photos("photos", "照片", "有照片或视频要一起交吗？最多9个。", "anonymous"),
			{
				ID: "anonymous", Label: "是否匿名", Text: "要匿名吗？匿名就不记您的姓名和电话，办的人看不到是谁提的；答复还是在这里看。",
				Choices: []Choice{
					{Value: "yes", Label: "匿名", Words: []string{"要", "是", "要匿名", "是的", "对", "好", "嗯"}},
					{Value: "no", Label: "不匿名", Words: []string{"不要", "不用", "实名", "不", "没有", "没关系", "不需要", "不是"}},
				},
				Rows: []Row{{On: "yes", To: "contact"}, {On: "no", To: "contact"}},
			},
			contact("name", "confirm"),
			callName("confirm"),
			confirm(feedbackSubmit),
		},
	}
}

// sayFeedback asks for the words, with an example of their kind.
func sayFeedback(t *talk) string {
	switch t.value("kind") {
	case "complaint":
		return "请您把经过写下来：什么时候、在哪里、怎么回事。\n（例如：昨天上午在窗口，等了两个钟头没有人理）"
	case "praise":
		return "太好了，请把您想说的写下来，我们转给他。\n（例如：昨晚巡逻的小伙子把我妈送回了家）"
	}
	return "请把您的建议写下来。\n（例如：夜里巡逻车能不能多到小学后门转转？）"
}

// feedbackSubmit opens the ticket.
func feedbackSubmit(t *talk) {
	o := t.opening(ticket.Feedback, t.label("kind"), t.answer("text").Text)
	what := "您这条意见"
	when := "我们会认真看，5天内给您答复。"
	t.shield(&o)
	o = t.open(o)
	if o.Complaint != "" {
		what = "您这条投诉"
		if t.value("kind") != "complaint" {
			what = "您这条意见"
		}
		if o.Restricted {
			when = "这条只有负责人能看，说到的人看不到。\n5天内给您答复。"
		}
	}
	if o.Anonymous {
		when += "\n已按匿名登记。"
	}
	t.say(t.receipt(what, when))
}

// shield guards a ticket that comes out of this flow: all words of a complaint go along to find the names in it, one about an officer or
// the counter is restricted, and none is addressed to the officer whose code was scanned.
func (t *talk) shield(o *ticket.Opening) {
	if t.plan().Name != feedbackFlow {
		return
	}
	o.Anonymous = t.value("anonymous") == "yes"
	about := t.value("about") == "officer" || t.value("about") == "counter"
	switch kind := t.value("kind"); {
	case kind == "complaint":
	case kind == "praise", !about, ticket.Guarding(t.allWords().Reveal(), false, t.w.Officers) == ticket.GuardNone && !ticket.Speaks(t.allWords().Reveal(), t.w.Officers):
		return
	}
	o.Complaint, o.Home.Officer = t.allWords(), ""
	if o.Complaint == "" {
		o.Complaint = "投诉"
	}
	o.Restricted = about
}

// allWords joins everything the resident wrote in this flow.
func (t *talk) allWords() ticket.Personal {
	var parts []string
	for _, s := range t.path() {
		if a := t.answer(s.ID); a != nil && a.Text != "" {
			parts = append(parts, a.Text.Reveal())
		}
	}
	return ticket.Personal(strings.Join(parts, "\n"))
}
