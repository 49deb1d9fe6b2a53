package ticket

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Step is what somebody wants to do to a ticket, before it is known whether it is allowed.
type Step struct {
	What   What
	By     Actor
	At     time.Time
	Text   Personal
	To     Actor        // assign: the officer; transfer: the partner, by Name
	Rating int          // rate; 0 with words adds these to a rating that was given
	Media  []Attachment // say, kept, lost
	Into   Number       // merge
	Guard  Guard        // the resident's words accuse somebody of the room
	Place  *Place       // say
}

// MaxText is how many runes an entry holds. A resident's longer text is kept in several entries, an officer's is refused.
const MaxText = 5000

// Do makes the next entry and gives the header that follows from it. Nothing is stored: the caller commits both or neither.
//
// Errors wrap [ErrInvalid] for a step that lacks what it needs, [ErrNotAllowed] for one that the ticket's state forbids, and [ErrConflict]
// (as a [Taken]) when somebody else holds the ticket that is to be claimed.
func (h Header) Do(s Step) (Header, Entry, error) {
	if s.What == Claim && !h.Status.Unclaimed() && h.Assignee != "" {
		return h, Entry{}, Taken{By: h.AssigneeName}
	}
	if err := h.check(s); err != nil {
		return h, Entry{}, err
	}
	if s.What == Say {
		s.Media = coming(s.Media)
	}
	e := Entry{
		Seq: h.Version + 1, At: stamp(s.At), By: s.By, What: s.What, Text: s.Text, To: s.To, Rating: s.Rating,
		Media: unaddressed(s.Media), Into: s.Into, Guard: s.Guard, Place: s.Place, Prev: h.Head,
	}
	if e.At.Before(h.UpdatedAt) { // a clock that jumped back must not turn history round
		e.At = h.UpdatedAt
	}
	e.Hash = e.digest(h.Number)
	after, err := h.Apply(e)
	if err != nil {
		return h, Entry{}, err
	}
	return after, e, nil
}

// check refuses a step that lacks what it needs.
func (h Header) check(s Step) error {
	words := strings.TrimSpace(s.Text.Reveal()) != ""
	switch {
	case utf8.RuneCountInString(s.Text.Reveal()) > MaxText:
		return fmt.Errorf("%w: longer than %d characters", ErrInvalid, MaxText)
	case (s.What == Reply || s.What == Ask || s.What == Note || s.What == Reject) && !words:
		return fmt.Errorf("%w: %s needs words", ErrInvalid, s.What)
	case s.Place != nil && (s.What != Say || !s.Place.real()):
		return fmt.Errorf("%w: no such place", ErrInvalid)
	case s.What == Say && !words && len(s.Media) == 0 && s.Place == nil:
		return fmt.Errorf("%w: nothing was said", ErrInvalid)
	case (s.What == Kept || s.What == Lost) && len(s.Media) == 0:
		return fmt.Errorf("%w: no file named", ErrInvalid)
	case s.What == Assign && s.To.ID == "", s.What == Transfer && s.To.Name == "":
		return fmt.Errorf("%w: to whom?", ErrInvalid)
	case s.What == Claim && s.By.ID == "":
		return fmt.Errorf("%w: by whom?", ErrInvalid)
	case s.What == Merge && (s.Into == "" || s.Into == h.Number):
		return fmt.Errorf("%w: into which ticket?", ErrInvalid)
	case s.What == Rate && s.Rating == 0 && words && h.Rating != 0:
	case s.What == Rate && (s.Rating < 1 || s.Rating > 5):
		return fmt.Errorf("%w: a rating is one to five", ErrInvalid)
	case s.What == Rate && h.Rating != 0:
		return fmt.Errorf("%w: already rated", ErrNotAllowed)
	case s.What == Urge && !h.UrgedAt.IsZero() && Day(h.UrgedAt) == Day(s.At):
		return fmt.Errorf("%w: already urged today", ErrNotAllowed)
	}
	return nil
}

// Apply is the fold: the header after an entry. It is the only place where an entry changes a header. The error wraps [ErrNotAllowed]
// when the lifecycle has no such move and [ErrInvalid] when the entry does not follow the head.
func (h Header) Apply(e Entry) (Header, error) {
	if e.Seq != h.Version+1 || e.Prev != h.Head {
		return h, fmt.Errorf("%w: entry %d does not follow entry %d", ErrInvalid, e.Seq, h.Version)
	}
	to, err := move(h.Status, e.What)
	if err != nil {
		return h, err
	}
	from := h.Status
	h.Status, h.Version, h.Head, h.UpdatedAt = to, e.Seq, e.Hash, e.At
	if o := e.Opening; o != nil {
		h = h.open(*o, e.At)
	}
	h = h.fold(e)
	switch {
	case !h.Status.Open() && (from.Open() || from == ""):
		h.ClosedAt = e.At
	case h.Status.Open() && !from.Open():
		h.ClosedAt = time.Time{}
	}
	return h, nil
}

// open takes over what the opening says.
func (h Header) open(o Opening, at time.Time) Header {
	h.Account, h.Resident, h.Kind, h.Topic, h.Title = o.Account, o.Resident, o.Kind, o.Topic, o.Title
	h.Urgent, h.Anonymous, h.Restricted, h.Complaint = o.Urgent, o.Anonymous, o.Restricted, o.Complaint
	h.Station, h.Grid, h.Addressed = o.Home.Station, o.Home.Grid, o.Home.Officer
	h.CreatedAt, h.DueAt = at, Due(o.Kind, o.Urgent, at)
	return h
}

// fold is what each move changes beside the state.
func (h Header) fold(e Entry) Header {
	switch e.What {
	case Claim:
		h.Assignee, h.AssigneeName = e.By.ID, e.By.Name
	case Assign:
		h.Assignee, h.AssigneeName = e.To.ID, e.To.Name
	case Release:
		h.Assignee, h.AssigneeName, h.Asked = "", "", ""
	case Ask:
		h.Asked = e.Text
	case Say:
		h.Asked = ""
	case Transfer:
		h.Partner = e.To.Name
	case Return:
		h.Partner = ""
	case Resolve:
		h.Asked = ""
	case Urge:
		h.UrgedAt = e.At
	case Reopen:
		h.Assignee, h.AssigneeName, h.Rating = "", "", 0
		h.DueAt = Due(h.Kind, h.Urgent, e.At)
	case Rate:
		if e.Rating != 0 {
			h.Rating = e.Rating
		}
	case Raise:
		h.Urgent = true
		if d := Due(h.Kind, true, e.At); d.Before(h.DueAt) {
			h.DueAt = d
		}
	case Left:
		h.Gone = true
	case Merge:
		h.Into = e.Into
	}
	if e.By.Role == ByResident && e.What != Opened {
		h = h.guarded(e)
	}
	if h.Assignee != "" && (e.By.ID == h.Assignee || e.What == Assign) {
		h.ActedAt = e.At
	}
	return h
}

// guarded is the header with a resident's further words: all those on a complaint are looked through for names, and others from the first
// accusation on.
func (h Header) guarded(e Entry) Header {
	switch {
	case e.Guard.holder() != "":
		h.Complaint += "\n" + e.Text + Personal("\n"+e.Guard.holder())
	case h.Complaint != "" && (e.What == Say || e.Guard != GuardNone):
		h.Complaint += "\n" + e.Text
	case e.Guard != GuardNone:
		h.Complaint = e.Text
	}
	h.Restricted = h.Restricted || e.Guard == GuardOverseers
	return h
}
