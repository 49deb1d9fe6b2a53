package desk

// This file holds what every page has around it, and the rows of a list.

import (
	"time"

	"frontdesk/ticket"
)

// frame is what the layout needs of every page.
type frame struct {
	Prefix  string
	Static  string // path of the static files, with their version
	Title   string
	Officer who
	Refresh string // address that a browser without the script asks again every minute; empty: not at all
	Stream  string // address of the live updates; empty: none
	Self    string // address of what a page shows that answers a form or a search; empty: its own
	Place   string // name of the room
	Flash   string // what is said once
	Sent    string // number of the ticket whose draft has been sent
}

// who is the officer as pages show them.
type who struct {
	ID, Name, Role string
}

func (d *console) frame(o ticket.Officer, title string) frame {
	f := frame{Prefix: d.Prefix, Static: d.Prefix + "/static/" + staticVersion(), Title: title}
	if o.ID != "" {
		f.Officer = who{ID: o.ID, Name: o.Name, Role: o.Role.Name()}
	}
	return f
}

// row is a ticket in a list. It shows the title and none of the resident's other words.
type row struct {
	Number, Spoken string
	Link           string
	Kind, KindName string
	Topic          string
	Title          string
	Status         string
	StatusName     string
	Urgent         bool
	Urged          bool
	Yours          bool   // came by the officer's own QR code and waits
	Where          string // grid or station
	Since          moment
	Waiting        string // 等了 20 分钟
	Due            due
	Assignee       string
	Mine           bool
	Current        bool
	Closed         moment
	Version        int
	Request        string // for the claim that the row offers; empty: it offers none
}

// rowOf makes the row of a ticket that is listed in that list.
func rowOf(d *console, o ticket.Officer, a ticket.Account, h ticket.Header, list ticket.List, now time.Time) row {
	r := row{
		Number: string(h.Number), Spoken: h.Number.Spoken(), Link: d.ticketLink(h.Number, list),
		Kind: string(h.Kind), KindName: h.Kind.Name(), Topic: h.Topic, Title: h.Title.Reveal(),
		Status: string(h.Status), StatusName: h.Status.Name(), Urgent: h.Urgent, Urged: !h.UrgedAt.IsZero() && h.Status.Open(), Yours: h.Addressed == o.ID && h.Status.Unclaimed(),
		Where: whereOf(a, h), Since: momentAt(h.CreatedAt, now), Due: dueOf(h, now),
		Assignee: h.AssigneeName, Mine: h.Assignee != "" && h.Assignee == o.ID, Closed: momentAt(h.ClosedAt, now), Version: h.Version,
	}
	if h.Status.Unclaimed() {
		r.Waiting = waited(now.Sub(h.CreatedAt))
	}
	return r
}

func (d *console) ticketLink(n ticket.Number, list ticket.List) string {
	link := d.Prefix + "/tickets/" + string(n)
	if list != "" && list != ticket.ListQueue {
		link += "?list=" + string(list)
	}
	return link
}

// whereOf names the grid of a ticket, or else its station.
func whereOf(a ticket.Account, h ticket.Header) string {
	s, ok := a.StationOf(h.Station)
	if !ok {
		return ""
	}
	for _, g := range s.Grids {
		if g.ID == h.Grid {
			return g.Name
		}
	}
	return s.Name
}
