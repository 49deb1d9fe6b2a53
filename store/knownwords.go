package store

// knownWords are strings that packed tickets name by their place in this list. It is only added to, at its end.
var knownWords = []string{
	// the commonest: one byte
	"", "officer", "resident", "delivered", "service", "claim", "note", "reply", "ask", "say", "resolve", "confirm", "rate", "expire", "mediate",
	"open", "consult", "dispute", "feedback", "confirmed", "closed", "没有", "kind", "who", "what", "where", "hope", "contact", "name", "纠纷类型", "和谁", "经过",
	"地点", "证据", "evidence", "希望怎么解决", "联系电话", "称呼", "topic", "question", "text", "内容",
	// moves
	"assign", "release", "transfer", "accept", "return", "urge", "withdraw", "reopen", "reject", "merge", "raise", "left", "kept", "lost",
	// roles
	"auxiliary", "gridworker", "mediator", "volunteer", "counter", "chief", "admin", "auditor", "clock",
	// kinds
	"hazard", "clue", "assist",
	// states
	"queued", "claimed", "waiting", "mediating", "transferred", "accepted", "returned", "resolved", "reopened", "withdrawn", "merged", "rejected",
	// letters
	"sending", "mailbox", "failed", "answer", "template",
	// files
	"photo", "voice", "video", "pending", "image/jpeg", "image/png", "audio/amr", "video/mp4",
	// keys and labels of fields, and answers by number
	"about", "anonymous", "words", "咨询什么", "问题", "类型", "关于", "是否匿名", "是哪一位", "照片", "居民原话",
	"邻里", "家庭婚姻", "工资劳务", "借钱欠债", "买东西和消费", "物业", "交通事故", "别的纠纷", "邻里纠纷", "家庭纠纷", "工资纠纷", "债务纠纷", "消费纠纷", "物业纠纷",
	"交通纠纷", "其他纠纷", "户口", "身份证", "居住证", "出入境", "车辆和驾照", "法律问题", "防骗反诈", "别的事", "提建议", "投诉", "表扬感谢", "民警或辅警", "办事窗口",
	"巡逻和治安", "社区环境", "这个公众号", "不知道", "不用", "匿名", "不匿名", "main",
}

// wellKnown is the place of each.
var wellKnown = func() map[string]int {
	m := make(map[string]int, len(knownWords))
	for i, w := range knownWords {
		m[w] = i
	}
	return m
}()
