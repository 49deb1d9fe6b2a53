package flows

// This file holds what residents are told about what people of the room did to their tickets.

import (
	"fmt"
	"strings"

	"frontdesk/ticket"
)

// LetterFor writes what the resident is told about an entry that somebody of the room made, given the header after it; false when it is
// not for them. Notes, assignments, returns to the queue and the fetching of files are the room's own business.
func LetterFor(h ticket.Header, e ticket.Entry) (ticket.Letter, bool) {
	if e.By.Role == ticket.ByResident {
		return ticket.Letter{}, false
	}
	who, words := signature(h, e.By), strings.TrimSpace(e.Text.Reveal())
	said := func(lead string) string {
		if words == "" {
			return lead
		}
		return lead + "\n" + words
	}
	var subject, text string
	var taps []ticket.Tap
	switch e.What {
	case ticket.Claim:
		subject, text = "已有人受理", who+"已经受理，会尽快处理。您有补充的，直接在这里写。"
	case ticket.Reply:
		subject, text = "有了答复", who+"回复您：\n"+words
	case ticket.Ask:
		subject, text = "有一个问题请您回答", who+"想问您：\n"+words+"\n\n请直接在这里回复，我们会马上转过去。"
	case ticket.Mediate:
		subject, text = "开始调解", said(who+"已经开始调解。具体时间和地点，会提前跟您商量。")
	case ticket.Transfer:
		subject, text = "已转交协作单位", said("这件事归"+e.To.Name+"管，已经转过去了。您不用再跑一趟，我们会一直跟到有结果。")
	case ticket.Accept:
		subject, text = "协作单位已接收", said(partner(h)+"已经接手办理。有了结果，我们马上告诉您。")
	case ticket.Return:
		subject, text = "协作单位有了回音", said("协作单位把这件事转回来了，由我们接着办。")
	case ticket.Resolve:
		subject = "已办结，请您确认"
		text = said(who+"已经办好了。") + "\n\n您看解决了吗？\n解决了，请回复“解决了”；\n还没解决，请回复“没解决”，我们接着办。\n7天内没有回复，这件事就先归档。"
		taps = []ticket.Tap{{ID: tapConfirm + string(h.Number), Text: "解决了"}, {ID: tapReopen + string(h.Number), Text: "没解决"}}
	case ticket.Reject:
		subject, text = "未能受理", "很抱歉，这件事我们这里没法受理。原因是：\n"+words+"\n\n您要是不明白，或者情况有变，请回复“人工”找民警。"
	case ticket.Merge:
		subject, text = "已合并办理", said("这件事和工单 "+e.Into.Spoken()+" 是同一回事，已经合在一起办理。")
	default:
		return ticket.Letter{}, false
	}
	return ticket.Letter{
		ID: fmt.Sprintf("%s:%d", h.Number, e.Seq), Account: h.Account, Resident: h.Resident, Ticket: h.Number, Seq: e.Seq,
		Subject: subjectOf(h) + subject, Text: ticket.Personal(about(h) + "\n" + text), Taps: taps, At: e.At,
	}, true
}

// The ids of the answers that a letter offers to tap; the ticket's number follows.
const (
	tapConfirm = "confirm:"
	tapReopen  = "reopen:"
)

// signature is how a resident is told who did something. Who looks into a complaint is not named: people of one room know each other.
func signature(h ticket.Header, by ticket.Actor) string {
	if h.Complaint != "" || h.Restricted {
		return "警务室负责人"
	}
	if by.Name == "" {
		return "警务室"
	}
	return by.String()
}

func partner(h ticket.Header) string {
	if h.Partner == "" {
		return "协作单位"
	}
	return h.Partner
}

// about says which ticket a letter is about. A complaint's title is left out: somebody may look over the resident's shoulder.
func about(h ticket.Header) string {
	if h.Complaint != "" || h.Restricted {
		return "关于您反映的事（工单 " + h.Number.Spoken() + "\uff09\uff1a"
	}
	return "关于您的" + h.Kind.Name() + "「" + h.Title.Reveal() + "」（工单 " + h.Number.Spoken() + "\uff09\uff1a"
}

// subjectOf begins a subject: a template message shows it to whoever sees the phone, so it gives nothing away.
func subjectOf(h ticket.Header) string {
	if h.Complaint != "" || h.Restricted {
		return "您反映的事"
	}
	return "您的" + h.Kind.Name() + "工单"
}
