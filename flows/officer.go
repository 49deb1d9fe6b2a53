package flows

// This file holds the request for an officer in person.

import "frontdesk/ticket"

const officerFlow = "officer"

func officer() Flow {
	return Flow{
		Name: officerFlow, Title: "找民警", Words: "words", Files: "", Keep: true,
		Steps: []Step{
			{
				ID: "how", Say: func(*talk) string { return "好的，请民警来帮您。您看怎么方便？" },
				Choices: []Choice{
					{Value: "leave", Label: "留个话，请民警联系我", Words: []string{"留话", "留言", "联系我", "请民警联系我", "是", "好", "好的", "要"}},
					{Value: "phone", Label: "我自己打电话或过去", Words: []string{"电话", "打电话", "过去", "电话多少", "地址"}},
					{Value: "back", Label: "先不用了", Words: []string{"不用", "不用了", "算了", "不要", "不"}},
				},
				Rows: []Row{
					{On: "leave", To: "notice"},
					{On: "phone", To: toAside, Do: func(t *talk) { t.say(t.reachable() + "\n有危险请马上拨打110。") }},
					{On: "back", To: toAside, Do: func(t *talk) {
						if t.c.Aside == nil {
							t.say("好的。" + textMenuShort)
						}
					}},
				},
			},
			notice("words", "refused", nil),
			{
				ID: "refused",
				Say: func(t *talk) string {
					return "没关系，不同意我就不往下记。\n" + t.reachable() + "\n您看："
				},
				Choices: []Choice{
					{Value: "reconsider", Label: "再看看那份说明", Words: []string{"同意", "我同意", "再看看", "重新看"}},
					{Value: "leave", Label: "不用了", Words: []string{"不用", "算了", "谢谢", "没有", "不了"}},
				},
				Rows: []Row{
					{On: "reconsider", To: "notice", Do: func(t *talk) {
						t.c.drop("notice")
						t.c.drop("refused")
					}},
					{On: "leave", To: toEnd, Do: func(t *talk) { t.say("好的，什么都没有留下。遇到急事请拨打110。") }},
				},
			},
			{
				ID: "words", Label: "想说的事", Text: "请用一两句话说说是什么事，民警好有个准备。", Example: "想问问孩子上户口的事", Min: 2, Max: maxWords,
				Skip: func(t *talk) string {
					if t.told() != nil {
						return onNone
					}
					return ""
				},
				None: true,
				Rows: []Row{{On: onText, To: "contact"}, {On: onNone, To: "contact"}},
			},
			{
				ID: "contact", Label: "联系电话", Text: "民警打哪个电话找您？不想留就回复“不用”，答复在这里看。", Example: "13800001234", Phone: true, None: true,
				Rows: []Row{{On: onPhone, To: toEnd, Do: officerSubmit}, {On: onNone, To: toEnd, Do: officerSubmit}},
			},
		},
	}
}

// told gives the flow that was interrupted, when the resident had already told something in it.
func (t *talk) told() *Conversation {
	if a := t.c.Aside; a != nil && t.book.byName[a.Flow] != nil && t.book.byName[a.Flow].Keep {
		for _, x := range a.Answers {
			if x.Text != "" {
				return a
			}
		}
	}
	return nil
}

// officerSubmit leaves the request with the words that were already given, those of an interrupted flow included.
func officerSubmit(t *talk) {
	o := t.opening(ticket.Consult, "请民警联系", "")
	var words ticket.Personal
	if a := t.answer("words"); a != nil {
		words = a.Text
	}
	if a := t.told(); a != nil {
		before := talk{r: t.r, w: t.w, book: t.book, c: *a}
		o.Fields = append(before.fields(), o.Fields...)
		o.Media = before.media()
		if p := before.plan(); p.Words != "" && before.answer(p.Words) != nil {
			words = before.answer(p.Words).Text
		}
		if p := before.plan(); p.Place != "" && before.answer(p.Place) != nil {
			o.Place = before.answer(p.Place).Place
		}
		before.shield(&o)
		t.c.Aside = nil
		t.say("您刚才填的内容也一起转给民警了，不用再说一遍。")
	}
	o.Title = title(o.Topic, words)
	t.open(o)
	t.say(t.receipt("您这个请求", "民警会在24小时内联系您。急事请直接打电话，有危险请拨打110。"))
}
