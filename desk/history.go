package desk

// This file holds the history of a ticket as a timeline.

import (
	"fmt"
	"time"

	"frontdesk/ticket"
)

// Sides of the timeline: who is heard in a line.
const (
	sideResident = "resident"
	sideOfficer  = "officer"
	sideNote     = "note"   // written for colleagues only
	sideSystem   = "system" // a step, not a saying
)

// line is one entry of the history.
type line struct {
	Seq    int
	At     moment
	Who    string
	What   string
	Side   string
	Lead   string // the step in words
	Text   string // what was said
	Letter *letter
	Files  []file
	Quiet  bool // says little: shown small
}

// letter is what became of what the resident was told.
type letter struct {
	Text   string // 已送达
	State  string // delivered, waiting, sending, failed
	Detail string // by which way, why not, when again
}

func (d *console) history(v ticket.View, files []file) []line {
	now := d.Clock()
	letters := map[int]ticket.Delivery{}
	for _, l := range v.Deliveries {
		if have, ok := letters[l.Seq]; !ok || worse(l.Fate, have.Fate) {
			letters[l.Seq] = l
		}
	}
	byID := map[string]file{}
	for i, m := range v.Media {
		byID[m.ID] = files[i]
	}
	var out []line
	for _, e := range v.Entries {
		l := lineOf(e, now)
		if e.Seq == 1 && v.Anonymous && e.By.Role == ticket.ByResident {
			l.Who = "匿名居民"
		}
		if sent, ok := letters[e.Seq]; ok {
			l.Letter = letterOf(sent, now)
		}
		if e.What == ticket.Say {
			for _, m := range e.Media {
				l.Files = append(l.Files, byID[m.ID])
			}
		}
		out = append(out, l)
	}
	return out
}

// worse orders the fates of several letters of one entry: the one that needs attention is shown.
func worse(a, b ticket.Fate) bool {
	rank := map[ticket.Fate]int{ticket.Delivered: 0, ticket.Sending: 1, ticket.InMailbox: 2, ticket.Unconfirmed: 3, ticket.Failed: 4}
	return rank[a] > rank[b]
}

func lineOf(e ticket.Entry, now time.Time) line {
	l := line{
		Seq: e.Seq, At: momentAt(e.At, now), Who: e.By.String(), What: string(e.What), Side: sideSystem, Text: e.Text.Reveal(),
		Lead: e.What.Name(),
	}
	if w, ok := wordless[e.What]; ok {
		l.Lead = w
	}
	switch e.What {
	case ticket.Say:
		l.Side, l.Lead = sideResident, ""
	case ticket.Reply, ticket.Resolve:
		l.Side = sideOfficer
	case ticket.Ask:
		l.Side = sideOfficer
	case ticket.Note:
		l.Side = sideNote
	case ticket.Assign:
		l.Lead = "指派给 " + e.To.String()
	case ticket.Transfer:
		l.Lead = "转交 " + e.To.Name
	case ticket.Rate:
		if l.Lead = "评价 " + stars(e.Rating); e.Rating == 0 {
			l.Lead = "又说了一句"
		}
	case ticket.Merge:
		l.Lead = "并入工单 " + e.Into.Spoken()
	case ticket.Release:
		if e.By.Role == ticket.ByClock && e.Text == "" {
			l.Lead = "受理后太久没有动静，退回队列"
		}
	case ticket.Kept, ticket.Lost:
		l.Lead, l.Quiet = filesLead(e), true
	}
	if e.By.Role == ticket.ByResident && l.Text != "" && l.Side == sideSystem {
		l.Side = sideResident
	}
	if l.Side == sideOfficer && l.Text == "" {
		l.Side = sideSystem
	}
	return l
}

func filesLead(e ticket.Entry) string {
	if len(e.Media) == 0 {
		return e.What.Name()
	}
	if e.What == ticket.Lost {
		return fmt.Sprintf("%s没有取到：%s", e.Media[0].Kind.Name(), reasonOr(e.Media[0].Reason, "原因不明"))
	}
	if len(e.Media) == 1 {
		return e.Media[0].Kind.Name() + "已存好"
	}
	return fmt.Sprintf("%d 个附件已存好", len(e.Media))
}

func reasonOr(reason, otherwise string) string {
	if reason == "" {
		return otherwise
	}
	return reason
}

func letterOf(l ticket.Delivery, now time.Time) *letter {
	switch l.Fate {
	case ticket.Delivered:
		return &letter{Text: "已送达", State: "delivered", Detail: join(ways[l.Via], momentAt(l.At, now).Exact)}
	case ticket.InMailbox:
		told := ""
		if l.Told {
			told = "已提醒他有回复"
		}
		return &letter{Text: "待居民下次来信", State: "waiting", Detail: join(told, l.Reason)}
	case ticket.Unconfirmed:
		return &letter{Text: "可能已送达，未确认", State: "failed", Detail: l.Reason}
	case ticket.Failed:
		return &letter{Text: "未送达", State: "failed", Detail: reasonOr(l.Reason, "原因不明")}
	}
	again := ""
	if !l.NextTry.IsZero() && l.NextTry.After(now) && l.Tries > 0 {
		again = l.NextTry.In(ticket.Shanghai).Format("15:04") + " 再试"
	}
	text := "发送中"
	if l.Queued {
		text = "排队等发送"
	}
	return &letter{Text: text, State: "sending", Detail: join(l.Reason, again)}
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + " · " + b
}
