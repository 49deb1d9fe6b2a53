package desk

// This file holds the page of what the program could not work, for those who look over the room: when it came and why it stays, never what
// it says. It is put through again at the server, by whoever mends the cause.

import (
	"fmt"
	"net/http"

	"frontdesk/ticket"
)

// deadShown is how many the page lists, the oldest first.
const deadShown = 50

// deadNote is the quiet line below a list.
type deadNote struct {
	Shown bool // the officer may see how much there is
	Count int64
	Link  string
}

// deadPage is the page itself.
type deadPage struct {
	frame
	Rows []deadRow
	Rest int // not listed
}

type deadRow struct {
	ID     string
	Where  string
	Why    string
	Told   string // what the officer reads of it elsewhere
	At     moment
	Number string // of its ticket, spoken; empty: none, or not for this officer
	Link   string
}

// deadPlaces and deadReasons are the words for where something died and why.
var (
	deadPlaces = map[ticket.Where]struct{ name, told string }{
		ticket.AtCallback: {"居民发来的消息", ""},
		ticket.AtSender:   {"发给居民的信", "没有发完，工单里显示未送达"},
		ticket.AtFetch:    {"居民发来的文件", "工单里显示没有取到"},
	}
	deadReasons = map[ticket.Why]string{
		ticket.Panicked: "处理时程序出错", ticket.Hung: "处理时程序没有反应", ticket.Undecodable: "内容格式读不懂",
		ticket.Unreadable: "这位居民的存档读不出来", ticket.Refused: "处理结果存不进去",
	}
)

// deadNote counts what the officer may know of.
func (d *console) deadNote(r *http.Request, o ticket.Officer) (deadNote, error) {
	if d.Dead == nil || !o.MaySeeDead() {
		return deadNote{}, nil
	}
	n, err := d.Dead.CountDead(r.Context(), o.Account)
	if err != nil {
		return deadNote{}, fmt.Errorf("count what could not be worked: %w", err)
	}
	return deadNote{Shown: true, Count: n, Link: d.Prefix + "/dead"}, nil
}

func (d *console) dead(w http.ResponseWriter, r *http.Request, o ticket.Officer) error {
	if d.Dead == nil || !o.MaySeeDead() {
		return fmt.Errorf("page: %w", ticket.ErrNotFound)
	}
	ctx := r.Context()
	a, err := d.Officers.Account(ctx, o.Account)
	if err != nil {
		return fmt.Errorf("the officer's account: %w", err)
	}
	list, err := d.Dead.DeadLetters(ctx, o.Account)
	if err != nil {
		return fmt.Errorf("list what could not be worked: %w", err)
	}
	page := deadPage{frame: d.signedFrame(r, o, a, "没能处理的消息"), Rest: max(0, len(list)-deadShown)}
	for _, one := range list[:len(list)-page.Rest] {
		page.Rows = append(page.Rows, d.deadRow(r, o, one))
	}
	return d.show(w, http.StatusOK, "dead", page)
}

// deadRow is one of them. Its ticket is named to those only who may see that ticket; one that cannot be read keeps nobody from this page.
func (d *console) deadRow(r *http.Request, o ticket.Officer, one ticket.Dead) deadRow {
	place := deadPlaces[one.Where]
	row := deadRow{
		ID: one.ID, Where: reasonOr(place.name, string(one.Where)), Why: reasonOr(deadReasons[one.Why], string(one.Why)), Told: place.told,
		At: momentAt(one.At, d.Clock()),
	}
	if one.Ticket == "" {
		return row
	}
	if _, err := d.Tickets.Find(r.Context(), o, one.Ticket); err == nil {
		row.Number, row.Link = one.Ticket.Spoken(), d.ticketLink(one.Ticket, "")
	}
	return row
}
