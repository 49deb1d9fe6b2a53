package desk

// This file holds the page of one ticket: what it shows and what it offers to this officer.

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"frontdesk/ticket"
)

// ticketPage is the page of a ticket, with the list that the officer came from beside it.
type ticketPage struct {
	frame
	listing
	Search  searchBox
	T       dossier
	Offer   offer
	Trouble string // why the last step was not done; empty: it was, or there was none
}

// dossier is a ticket as its page shows it: here, and only here, the resident's words are revealed.
type dossier struct {
	row
	Anonymous  bool
	Restricted bool
	Gone       bool
	Over       bool // whoever has it has done it
	Quiet      bool // the resident must not be called: somebody would hear
	Rating     string
	Created    moment
	Asked      string
	Fields     []field
	Place      *place
	Media      []file
	History    []line
	Intact     bool
	Partner    string
	Into       string
	IntoLink   string
}

// field is an answer of the resident.
type field struct {
	Key, Label, Text string
	Call             string // telephone number in it, in digits; empty when there is none or it must not be called
	Length           int    // in characters, of an answer that is shown folded; 0 for the others
}

// foldedFrom is from how many characters an answer is folded, so that pictures, place and history stay within reach.
const foldedFrom = 280

// place is where it happened.
type place struct {
	Label       string
	Coordinates string // 27.56012, 119.71634
	Copy        string // label and coordinates in one line
}

func (d *console) ticket(w http.ResponseWriter, r *http.Request, o ticket.Officer) error {
	v, err := d.find(r, o)
	if err != nil {
		return err
	}
	page, err := d.ticketPage(r, o, v, listNamed(r.URL.Query().Get("list")))
	if err != nil {
		return err
	}
	return d.show(w, http.StatusOK, "ticket", page)
}

// find gives the ticket that the path names. What the officer may not see is not found, as what does not exist.
func (d *console) find(r *http.Request, o ticket.Officer) (ticket.View, error) {
	n, err := ticket.ParseNumber(r.PathValue("number"))
	if err != nil {
		return ticket.View{}, fmt.Errorf("ticket: %w", ticket.ErrNotFound)
	}
	v, err := d.Tickets.Find(r.Context(), o, n)
	if err != nil {
		return ticket.View{}, fmt.Errorf("ticket %s: %w", n, err)
	}
	if !o.MaySee(v.Header) {
		return ticket.View{}, fmt.Errorf("ticket %s: %w", n, ticket.ErrNotFound)
	}
	return v, nil
}

func (d *console) ticketPage(r *http.Request, o ticket.Officer, v ticket.View, list ticket.List) (ticketPage, error) {
	ctx := r.Context()
	a, err := d.Officers.Account(ctx, o.Account)
	if err != nil {
		return ticketPage{}, fmt.Errorf("the officer's account: %w", err)
	}
	l, err := d.listing(ctx, o, a, list, "")
	if err != nil {
		return ticketPage{}, err
	}
	for i := range l.Rows {
		l.Rows[i].Current = l.Rows[i].Number == string(v.Number)
	}
	p := ticketPage{listing: l, T: d.dossier(o, a, v, list)}
	if p.Offer, err = d.offer(ctx, o, v.Header); err != nil {
		return ticketPage{}, err
	}
	p.frame = d.signedFrame(r, o, a, p.T.KindName+" "+p.T.Spoken)
	return p, nil
}

func (d *console) dossier(o ticket.Officer, a ticket.Account, v ticket.View, list ticket.List) dossier {
	now := d.Clock()
	t := dossier{
		row: rowOf(d, o, a, v.Header, list, now), Anonymous: v.Anonymous, Restricted: v.Restricted, Gone: v.Gone,
		Rating: stars(v.Rating), Created: momentAt(v.CreatedAt, now), Asked: v.Asked.Reveal(), Fields: fieldsOf(v.Ticket),
		Place: placeOf(v.Place), Partner: v.Partner, Over: !v.Status.Open() || v.Status == ticket.Resolved,
	}
	for i, m := range v.Media {
		t.Media = append(t.Media, d.file(v.Number, i, m))
	}
	t.Quiet = quietly(v.Ticket)
	t.Fields = append(toldLater(v.Ticket), t.Fields...)
	for i, f := range t.Fields {
		if contactKeys[f.Key] && !t.Quiet {
			t.Fields[i].Call = ticket.PhoneIn(f.Text)
		}
	}
	t.History = d.history(v, t.Media)
	whole, err := ticket.Replay(v.Number, v.Entries)
	t.Intact = err == nil && whole.Head == v.Head
	if v.Into != "" {
		t.Into, t.IntoLink = v.Into.Spoken(), d.ticketLink(v.Into, "")
	}
	return t
}

// quietly says whether the resident said that they must not be called, at first or later.
func quietly(t ticket.Ticket) bool {
	for _, f := range t.Fields {
		if strings.HasPrefix(f.Value.Reveal(), ticket.QuietMark) {
			return true
		}
	}
	for _, e := range t.Entries {
		if e.By.Role == ticket.ByResident && strings.HasPrefix(e.Text.Reveal(), ticket.QuietMark) {
			return true
		}
	}
	return false
}

// toldLater are where somebody in danger is and how to reach them, as they told it last in the course of the talk: whoever is on the way must
// not have to look for it among everything else that was said.
func toldLater(t ticket.Ticket) []field {
	var out []field
	for _, mark := range []struct{ mark, key, label string }{{ticket.WhereMark, "now", "现在的位置"}, {ticket.PhoneMark, "contact", "联系电话"}} {
		if t.Anonymous && contactKeys[mark.key] {
			continue
		}
		for i := len(t.Entries) - 1; i >= 0; i-- {
			e := t.Entries[i]
			if phone := ticket.PhoneIn(e.Text.Reveal()); t.Urgent && mark.key == "contact" && e.By.Role == ticket.ByResident && phone != "" && !strings.HasPrefix(e.Text.Reveal(), mark.mark) {
				out = append(out, field{Key: mark.key, Label: mark.label, Text: phone}) // written among other words, perhaps to correct the one before
				break
			}
			if text, ok := strings.CutPrefix(e.Text.Reveal(), mark.mark); ok && e.By.Role == ticket.ByResident {
				if e.Place != nil && e.Place.Label != "" { // its coordinates stand beside it
					text = e.Place.Label.Reveal()
				}
				out = append(out, field{Key: mark.key, Label: mark.label, Text: text})
				break
			}
		}
	}
	return out
}

// contactKeys are the answers that say who the resident is. Flows keep none for an anonymous ticket; if one came through, it stops here.
var contactKeys = map[string]bool{"contact": true, "name": true, "phone": true}

// fieldsOf joins the parts of a long answer again.
func fieldsOf(t ticket.Ticket) []field {
	var out []field
	last := ""
	for _, f := range t.Fields {
		if t.Anonymous && contactKeys[f.Key] {
			continue
		}
		if f.Key == last {
			out[len(out)-1].Text += f.Value.Reveal()
			continue
		}
		out, last = append(out, field{Key: f.Key, Label: f.Label, Text: f.Value.Reveal()}), f.Key
	}
	for i, f := range out {
		if n := utf8.RuneCountInString(f.Text); n >= foldedFrom {
			out[i].Length = n
		}
	}
	return out
}

func placeOf(p *ticket.Place) *place {
	if p == nil {
		return nil
	}
	at := fmt.Sprintf("%.6f, %.6f", p.Lat, p.Lng)
	return &place{Label: p.Label.Reveal(), Coordinates: at, Copy: strings.TrimSpace(p.Label.Reveal() + " (" + at + ")")}
}

// stars shows a rating; empty when there is none.
func stars(n int) string {
	if n < 1 || n > 5 {
		return ""
	}
	return strings.Repeat("★", n) + strings.Repeat("☆", 5-n)
}

// offer is what the officer may do now. The page shows nothing else.
type offer struct {
	Request string
	Claim   bool
	Modes   []mode
	Mode    ticket.What // the one that is chosen
	Text    string      // words of a step that was not done
	More    []mode      // one tap each
	Assign  []who       // to whom
	To      string      // whom of them an assignment named that may have been made
	Reject  bool
	Reason  string // words of a rejection that was not done
	Holder  string // somebody else who has it; empty: nobody, or this officer
}

// mode is something to do: what the text box is for, or a button.
type mode struct {
	What   ticket.What
	Name   string
	Key    string
	Send   string // what the button says
	Hint   string // what the empty box says
	Who    string // who reads it
	Chosen bool
	Quick  []string
}

// Any says whether there is something in the menu of rarer steps.
func (o offer) Any() bool { return len(o.More) > 0 || len(o.Assign) > 0 || o.Reject }

// offer works out what to offer: what the role allows and the ticket's state too.
func (d *console) offer(ctx context.Context, o ticket.Officer, h ticket.Header) (offer, error) {
	request, err := d.newRequest()
	if err != nil {
		return offer{}, err
	}
	can := func(w ticket.What) bool { return o.May(w, h) && h.Can(w) }
	out := offer{Request: request, Claim: can(ticket.Claim), Reject: can(ticket.Reject)}
	if h.Assignee != o.ID && h.Status.Open() {
		out.Holder = h.AssigneeName
	}
	for _, m := range modes {
		if can(m.What) {
			out.Modes = append(out.Modes, m)
		}
	}
	out.choose("")
	for _, m := range rarer {
		if can(m.What) && (m.What != ticket.Raise || !h.Urgent) {
			out.More = append(out.More, m)
		}
	}
	if can(ticket.Assign) {
		if out.Assign, err = d.candidates(ctx, o, h); err != nil {
			return offer{}, err
		}
	}
	return out, nil
}

// choose sets what the text box is for; the first of the modes when the wanted one is not offered.
func (o *offer) choose(want ticket.What) {
	pick := 0
	for i := range o.Modes {
		if o.Modes[i].Chosen = false; o.Modes[i].What == want {
			pick = i
		}
	}
	if len(o.Modes) > 0 {
		o.Modes[pick].Chosen, o.Mode = true, o.Modes[pick].What
	}
}

// keep offers a step of the text box once more although the ticket does not need it as it is now: it may have been taken, and doing it again
// then only says so.
func (o *offer) keep(want ticket.What) {
	has := func(m mode) bool { return m.What == want }
	if i := slices.IndexFunc(modes, has); i >= 0 && !slices.ContainsFunc(o.Modes, has) {
		o.Modes = append(o.Modes, modes[i])
	}
	o.Reject = o.Reject || want == ticket.Reject
}

// keepTo offers somebody once more to whom the ticket may have been given already. One without a name could not be looked up, and nothing was done.
func (o *offer) keepTo(to ticket.Actor) {
	if o.To = to.ID; to.Name != "" && !slices.ContainsFunc(o.Assign, func(w who) bool { return w.ID == to.ID }) {
		o.Assign = append(o.Assign, who{ID: to.ID, Name: to.Name, Role: to.Role.Name()})
	}
}

// goOn puts a form that was not done back under the officer's hands, with the identity that it had.
func (o *offer) goOn(q request) {
	if q.identified() {
		o.Request = q.ID
	}
	if q.Step.What == ticket.Reject {
		o.Reason = q.Step.Text.Reveal()
		return
	}
	o.Text = q.Step.Text.Reveal()
	o.choose(q.Step.What)
}

// candidates are those a ticket can be given to: they may see it, they work, and they do not have it already.
func (d *console) candidates(ctx context.Context, o ticket.Officer, h ticket.Header) ([]who, error) {
	all, err := d.Officers.Officers(ctx, o.Account)
	if err != nil {
		return nil, fmt.Errorf("officers of the account: %w", err)
	}
	var out []who
	for _, c := range all {
		if c.ID != h.Assignee && mayHave(c, h) {
			out = append(out, who{ID: c.ID, Name: c.Name, Role: c.Role.Name()})
		}
	}
	return out, nil
}

// mayHave says whether somebody could work a ticket that is given to them.
func mayHave(o ticket.Officer, h ticket.Header) bool {
	h.Assignee = o.ID
	return o.MaySee(h) && o.May(ticket.Reply, h)
}
