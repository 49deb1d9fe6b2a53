package desk

// This file holds times as people say them, always in China's time and always against the injected clock.

import (
	"fmt"
	"time"

	"frontdesk/ticket"
)

// moment is a point in time as a page shows it.
type moment struct {
	ISO   string // for the time element
	Exact string // 11月24日 02:44, with the year when it is not this one
	Ago   string // 3 分钟前
}

// momentAt writes a time as somebody reads it now; nothing for the zero time.
func momentAt(t, now time.Time) moment {
	if t.IsZero() {
		return moment{}
	}
	t, now = t.In(ticket.Shanghai), now.In(ticket.Shanghai)
	layout := "1月2日 15:04"
	if t.Year() != now.Year() {
		layout = "2006年1月2日 15:04"
	}
	return moment{ISO: t.Format(time.RFC3339), Exact: t.Format(layout), Ago: ago(t, now)}
}

// ago says how long something is past: 刚刚, 5 分钟前, 昨天 21:04, 3 天前, 11月2日.
func ago(t, now time.Time) string {
	gone := now.Sub(t)
	days := calendarDays(t, now)
	switch {
	case gone < time.Minute:
		return "刚刚"
	case gone < time.Hour:
		return fmt.Sprintf("%d 分钟前", int(gone.Minutes()))
	case days == 0 || gone < 6*time.Hour:
		return fmt.Sprintf("%d 小时前", int(gone.Hours()))
	case days == 1:
		return "昨天 " + t.Format("15:04")
	case days < 30:
		return fmt.Sprintf("%d 天前", days)
	case t.Year() == now.Year():
		return t.Format("1月2日")
	}
	return t.Format("2006年1月2日")
}

// calendarDays is how many midnights in China lie between two points in time.
func calendarDays(from, to time.Time) int {
	a := time.Date(from.Year(), from.Month(), from.Day(), 0, 0, 0, 0, ticket.Shanghai)
	b := time.Date(to.Year(), to.Month(), to.Day(), 0, 0, 0, 0, ticket.Shanghai)
	return int(b.Sub(a).Hours()/24 + 0.5)
}

// span says how long something lasts, in its one or two largest units: 40 秒, 25 分钟, 1 小时 20 分, 2 天 3 小时.
func span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "不到 1 分钟"
	case d < time.Hour:
		return fmt.Sprintf("%d 分钟", int(d.Minutes()))
	case d < 3*time.Hour && int(d.Minutes())%60 != 0:
		return fmt.Sprintf("%d 小时 %d 分", int(d.Hours()), int(d.Minutes())%60)
	case d < 24*time.Hour:
		return fmt.Sprintf("%d 小时", int(d.Hours()))
	case d < 3*24*time.Hour && int(d.Hours())%24 != 0:
		return fmt.Sprintf("%d 天 %d 小时", int(d.Hours())/24, int(d.Hours())%24)
	}
	return fmt.Sprintf("%d 天", int(d.Hours())/24)
}

// waited says how long somebody has been waiting: 等了 20 分钟, 等了不到 1 分钟.
func waited(d time.Duration) string {
	if d < time.Minute {
		return "等了" + span(d)
	}
	return "等了 " + span(d)
}

// due says how much time is left for a ticket.
type due struct {
	Text  string // 还剩 2 小时, 已超时 20 分钟; empty once nothing is left to do
	State string // late, soon, fine
	At    moment
}

// soon is when a deadline begins to be shown as close.
const soon = 2 * time.Hour

func dueOf(h ticket.Header, now time.Time) due {
	if !h.Status.Open() {
		return due{At: momentAt(h.DueAt, now)}
	}
	left := h.DueAt.Sub(now)
	d := due{Text: "还剩 " + span(left), State: "fine", At: momentAt(h.DueAt, now)}
	switch {
	case left < 0:
		d.Text, d.State = "已超时 "+span(-left), "late"
	case left < soon:
		d.State = "soon"
	}
	return d
}
