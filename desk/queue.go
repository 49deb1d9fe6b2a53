package desk

// This file holds the page that an officer works from: the lists, and what they have in common with the list beside a ticket.

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"frontdesk/ticket"
)

// tab is one of the lists as it is offered.
type tab struct {
	List    ticket.List
	Name    string
	Link    string
	Count   int
	More    bool // more than Count
	Counted bool
	Current bool
}

// listing is a list with its tabs.
type listing struct {
	List   ticket.List
	Tabs   []tab
	Rows   []row
	More   string // link to the next part; empty: this was the last
	Start  string // link back to the first part; empty: this is it
	Empty  empty
	Urgent int // urgent ones that wait for somebody, in this part of the list
	Late   int
}

// empty is what an empty list says.
type empty struct{ Title, Text string }

// lists are the tabs in their order, with what each says when it is empty.
var lists = []struct {
	List    ticket.List
	Name    string
	Counted bool
	Empty   empty
}{
	{ticket.ListQueue, "待受理", true, empty{"都接住了", "现在没有等待受理的工单。有新的会自己出现在这里。"}},
	{ticket.ListMine, "我的", true, empty{"手上没有工单", "从“待受理”里领一件，就会出现在这里。"}},
	{ticket.ListOpen, "全部在办", true, empty{"没有在办的工单", "大家手上的事都办结了。"}},
	{ticket.ListDone, "已办", false, empty{"还没有办结的工单", "办结之后，可以在这里回头查看。"}},
}

// rowsShown is how many rows a page has.
const rowsShown = 50

// listNamed gives the list of that name, and the queue for a name that there is none of.
func listNamed(name string) ticket.List {
	for _, l := range lists {
		if string(l.List) == name {
			return l.List
		}
	}
	return ticket.ListQueue
}

// listing reads one of the lists and how long the others are.
func (d *console) listing(ctx context.Context, o ticket.Officer, a ticket.Account, list ticket.List, before string) (listing, error) {
	out := listing{List: list}
	for _, l := range lists {
		t := tab{List: l.List, Name: l.Name, Link: d.listLink(l.List, ""), Counted: l.Counted, Current: l.List == list}
		if l.List != list && !l.Counted {
			out.Tabs = append(out.Tabs, t)
			continue
		}
		q := ticket.Query{List: l.List, Limit: 1}
		if l.List == list {
			q.Limit, q.Before, out.Empty = rowsShown, before, l.Empty
		}
		page, err := d.Tickets.Queue(ctx, o, q)
		if err != nil {
			return out, fmt.Errorf("list %s: %w", l.List, err)
		}
		t.Count, t.More = page.Total, page.More
		out.Tabs = append(out.Tabs, t)
		if l.List == list {
			if err := d.fill(&out, o, a, page); err != nil {
				return out, err
			}
			if before != "" {
				out.Start = d.listLink(list, "")
			}
		}
	}
	return out, nil
}

// fill puts the rows of a page into the listing. The store has left out what the officer may not see; what it let through by mistake
// stops here.
func (d *console) fill(out *listing, o ticket.Officer, a ticket.Account, page ticket.Page) error {
	now := d.Clock()
	request, err := d.newRequest()
	if err != nil {
		return err
	}
	for _, h := range page.Rows {
		if !o.MaySee(h) {
			continue
		}
		r := rowOf(d, o, a, h, out.List, now)
		if h.Status.Unclaimed() && o.May(ticket.Claim, h) {
			r.Request = request
		}
		if h.Urgent && h.Status.Unclaimed() {
			out.Urgent++
		}
		if r.Due.State == "late" {
			out.Late++
		}
		out.Rows = append(out.Rows, r)
	}
	if page.Next != "" {
		out.More = d.listLink(out.List, page.Next)
	}
	return nil
}

func (d *console) listLink(l ticket.List, before string) string {
	q := url.Values{}
	if l != ticket.ListQueue {
		q.Set("list", string(l))
	}
	if before != "" {
		q.Set("before", before)
	}
	if len(q) == 0 {
		return d.Prefix + "/"
	}
	return d.Prefix + "/?" + q.Encode()
}

// queuePage is the page of a list.
type queuePage struct {
	frame
	listing
	Search searchBox
	Dead   deadNote
}

// searchBox is the field for a ticket number, with what was wrong with the last one.
type searchBox struct {
	Typed, Trouble string
}

func (d *console) queue(w http.ResponseWriter, r *http.Request, o ticket.Officer) error {
	page, err := d.queuePage(r, o)
	if err != nil {
		return err
	}
	return d.show(w, http.StatusOK, "queue", page)
}

func (d *console) queuePage(r *http.Request, o ticket.Officer) (queuePage, error) {
	ctx := r.Context()
	a, err := d.Officers.Account(ctx, o.Account)
	if err != nil {
		return queuePage{}, fmt.Errorf("the officer's account: %w", err)
	}
	list := listNamed(r.URL.Query().Get("list"))
	l, err := d.listing(ctx, o, a, list, r.URL.Query().Get("before"))
	if err != nil {
		return queuePage{}, err
	}
	page := queuePage{frame: d.signedFrame(r, o, a, ""), listing: l}
	page.Title = titleOf(l)
	if page.Dead, err = d.deadNote(r, o); err != nil {
		return queuePage{}, err
	}
	if r.URL.Query().Get("before") == "" {
		page.Refresh = d.listLink(list, "")
		if page.Refresh == d.Prefix+"/" {
			page.Refresh += "?auto=1"
		} else {
			page.Refresh += "&auto=1"
		}
	}
	return page, nil
}

// signedFrame is the frame of a page for an officer: with the room's name, live updates, and what is said once. What the script asks by
// itself takes nothing from what the next page of the officer has to say.
func (d *console) signedFrame(r *http.Request, o ticket.Officer, a ticket.Account, title string) frame {
	f := d.frame(o, title)
	f.Stream = d.Prefix + "/events"
	f.Place = a.Name
	if s, ok := a.StationOf(o.Station); ok {
		f.Place = s.Name
	}
	if r.Header.Get(quiet) != "" {
		return f
	}
	ctx := r.Context()
	if d.sessions.Exists(ctx, keyFlash) {
		f.Flash = d.sessions.PopString(ctx, keyFlash)
	}
	if d.sessions.Exists(ctx, keySent) {
		f.Sent = d.sessions.PopString(ctx, keySent)
	}
	return f
}

// titleOf begins a window's title with how many wait, so that it is seen from another tab.
func titleOf(l listing) string {
	title := "工单"
	for _, t := range l.Tabs {
		if t.Current {
			title = t.Name
		}
	}
	for _, t := range l.Tabs {
		if t.List == ticket.ListQueue && t.Count > 0 {
			return fmt.Sprintf("(%d) %s", t.Count, title)
		}
	}
	return title
}
