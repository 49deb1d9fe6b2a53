package desk

// This file holds the words of the steps that officers take: names, hints, phrases, and what is said when one is done.

import "frontdesk/ticket"

// modes are what the text box can be for, in the order they are offered.
var modes = []mode{
	{
		What: ticket.Reply, Name: "答复", Key: "r", Send: "发给居民", Who: "居民会收到", Hint: "把办理情况告诉居民……",
		Quick: []string{
			"您好，您反映的情况我们收到了，正在核实。",
			"我们今天就上门了解情况，请保持电话畅通。",
			"已经联系了对方，正在协调，有进展马上告诉您。",
			"这件事需要您带身份证到警务室来一趟，24小时都有人。",
			"如果现场有危险，请马上拨打110。",
		},
	},
	{
		What: ticket.Ask, Name: "询问", Key: "a", Send: "问居民", Who: "居民会收到，工单转为待居民答复", Hint: "想问居民什么？一次问一件事……",
		Quick: []string{
			"请问您方便什么时候接电话？",
			"请问具体在哪一幢、哪一层？",
			"能不能补一张现场的照片？",
			"请问对方您认识吗？有没有联系方式？",
		},
	},
	{
		What: ticket.Note, Name: "备注", Key: "n", Send: "记下备注", Who: "只有同事看得到", Hint: "写给同事看的，居民看不到……",
		Quick: []string{
			"已电话联系居民。",
			"已上门，双方都在场。",
			"约了双方到警务室调解。",
			"无人接听，稍后再打。",
		},
	},
	{
		What: ticket.Resolve, Name: "办结", Key: "e", Send: "办结", Who: "居民会收到，并请他确认", Hint: "怎么解决的，跟居民说一声（可以不写）……",
		Quick: []string{
			"双方已经谈妥，以后有事请随时找我们。",
			"您问的事已经答复，还有不清楚的请随时来问。",
			"隐患已经处理好了，谢谢您告诉我们。",
			"您的意见我们记下了，已经安排改进。",
		},
	},
}

// rarer are the steps in the menu that take one tap.
var rarer = []mode{
	{What: ticket.Mediate, Name: "开始调解", Hint: "居民会收到通知"},
	{What: ticket.Raise, Name: "加急", Hint: "排到最前，15 分钟内要处理"},
	{What: ticket.Release, Name: "退回队列", Hint: "让别的同事受理"},
}

// done is what is said after each step.
var done = map[ticket.What]string{
	ticket.Claim:   "受理好了，居民会收到通知。",
	ticket.Reply:   "答复已交出，送到没有，看记录里的标记。",
	ticket.Ask:     "问题已交出，等居民答复。",
	ticket.Note:    "备注记下了，只有同事看得到。",
	ticket.Resolve: "办结了，等居民确认。",
	ticket.Release: "已退回队列。",
	ticket.Mediate: "调解开始了，居民会收到通知。",
	ticket.Assign:  "已指派。",
	ticket.Raise:   "已加急，排到最前面了。",
	ticket.Reject:  "已告诉居民不予受理和原因。",
}

// wordless are the steps whose line in the history says more than their name when they come without words.
var wordless = map[ticket.What]string{
	ticket.Opened:   "登记了这件事",
	ticket.Claim:    "受理",
	ticket.Mediate:  "开始调解",
	ticket.Resolve:  "办结，请居民确认",
	ticket.Raise:    "加急",
	ticket.Urge:     "催办，希望快一点",
	ticket.Withdraw: "撤回了这件事",
	ticket.Confirm:  "确认已经解决",
	ticket.Reopen:   "说还没有解决，要求接着办",
	ticket.Expire:   "7 天没有异议，自动归档",
	ticket.Left:     "取消了关注，暂时联系不上",
}

// ways names the way that a letter went.
var ways = map[ticket.Via]string{
	ticket.ViaAnswer:   "随居民来信带到",
	ticket.ViaService:  "客服消息",
	ticket.ViaTemplate: "模板消息",
	ticket.ViaMailbox:  "居民来信时取走",
}
