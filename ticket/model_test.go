package ticket

import (
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// This file holds a ticket's life against a model that is written as people tell it, without the table: by where a ticket lies.

// life is what the model knows of a ticket.
type life struct {
	status   Status
	entries  int
	assignee string
	urgent   bool
	rating   int
	urged    string // day
	open     bool
}

var (
	inQueue  = []Status{Queued, Reopened}
	inHand   = []Status{Claimed, Waiting, Mediating, Returned}
	away     = []Status{Transferred, Accepted}
	answered = []Status{Resolved, Confirmed, Closed}
	forGood  = []Status{Withdrawn, Merged, Rejected}
)

func (l life) in(places ...[]Status) bool { return slices.Contains(slices.Concat(places...), l.status) }

// accepts says whether people would take the move where the ticket lies.
func (l life) accepts(w What) bool {
	switch w {
	case Claim:
		return l.in(inQueue)
	case Assign:
		return l.in(inQueue, inHand)
	case Release, Ask, Transfer:
		return l.in(inHand)
	case Reply:
		return l.in(inHand, away, answered)
	case Note, Left, Kept, Lost:
		return true
	case Mediate:
		return l.in(inHand) && l.status != Mediating
	case Accept:
		return l.status == Transferred
	case Return:
		return l.in(away)
	case Resolve:
		return l.in(inHand) || l.status == Accepted
	case Say, Withdraw:
		return l.in(inQueue, inHand, away) || l.status == Resolved
	case Urge:
		return l.in(inQueue, inHand, away) && l.status != Waiting
	case Confirm, Expire:
		return l.status == Resolved
	case Reopen:
		return l.in(answered)
	case Rate:
		return l.status == Confirmed || l.status == Closed
	case Reject:
		return l.in(inQueue, inHand) && l.status != Mediating
	case Merge:
		return l.in(inQueue) || l.status == Claimed || l.status == Waiting
	case Raise:
		return l.in(inQueue, inHand, away)
	}
	return false
}

// leads is where each move leads to that leads anywhere by itself.
var leads = map[What]Status{
	Claim: Claimed, Assign: Claimed, Release: Queued, Ask: Waiting, Mediate: Mediating, Transfer: Transferred, Accept: Accepted, Return: Returned,
	Resolve: Resolved, Withdraw: Withdrawn, Confirm: Confirmed, Reopen: Reopened, Expire: Closed, Reject: Rejected, Merge: Merged,
}

// after is the life once the move was made.
func (l life) after(s Step) life {
	l.entries++
	switch s.What {
	case Claim:
		l.assignee = s.By.ID
	case Assign:
		l.assignee = s.To.ID
	case Release:
		l.assignee = ""
	case Reopen:
		l.assignee, l.rating = "", 0
	case Rate:
		l.rating = s.Rating
	case Urge:
		l.urged = Day(s.At)
	case Raise:
		l.urgent = true
	case Say: // the answer that was waited for
		if l.status == Waiting {
			l.status = Claimed
		}
	}
	if to, ok := leads[s.What]; ok {
		l.status = to
	}
	l.open = !l.in(answered, forGood)
	return l
}

// refused says why people would not take the step, nil when they would.
func (l life) refused(s Step) error {
	switch {
	case s.What == Claim && l.assignee != "" && !l.in(inQueue):
		return ErrConflict
	case s.What == Rate && l.rating != 0, s.What == Urge && l.urged == Day(s.At), !l.accepts(s.What):
		return ErrNotAllowed
	}
	return nil
}

// move draws one of the moves, more often than not one that is taken and does not end the life: else few lives would get far.
func (l life) move(rt *rapid.T, moves []What) What {
	on := slices.DeleteFunc(slices.Clone(moves), func(w What) bool { return !l.accepts(w) || slices.Contains(forGood, leads[w]) })
	if len(on) > 0 && rapid.IntRange(0, 5).Draw(rt, "any") > 0 {
		moves = on
	}
	return rapid.SampledFrom(moves).Draw(rt, "what")
}

// rights says as people would whether somebody of the room makes a move on a plain dispute of grid g1 at the station xincheng.
func (l life) rights(o Officer, w What) bool {
	if o.Disabled || o.Role == Auditor || o.Role == Volunteer || o.Station == "elsewhere" || o.Role == GridWorker && o.Grid == "g2" && o.ID != l.assignee {
		return false
	}
	switch w {
	case Claim, Note:
		return true
	case Assign, Reject, Merge:
		return o.Role == Chief || o.Role == Admin
	case Reply, Ask, Resolve, Mediate, Release, Transfer, Accept, Return, Raise:
		return o.ID == l.assignee || o.Role == Chief
	}
	return false
}

// room is one of every role, and some who may not.
func room() []Officer {
	var all []Officer
	for i, r := range []Role{Police, Auxiliary, GridWorker, Mediator, Volunteer, Counter, Chief, Admin, Auditor} {
		all = append(all, Officer{ID: "role" + string(rune('a'+i)), Name: "某" + string(rune('甲'+i)), Role: r, Account: "gh_1", Station: "xincheng"})
	}
	return append(all, Officer{ID: "far", Name: "远处", Role: Chief, Account: "gh_1", Station: "elsewhere"},
		Officer{ID: "gone", Name: "走了", Role: Police, Account: "gh_1", Disabled: true},
		Officer{ID: "other grid", Name: "邻格", Role: GridWorker, Account: "gh_1", Grid: "g2"}, Officer{ID: "guest", Name: "外人", Role: Chief, Account: "gh_2"})
}

// TestModelOfALife makes any moves by anybody in any order: rights, refusals and what is known of the ticket are as the model says, and its
// history tells the same.
func TestModelOfALife(t *testing.T) {
	people, moves := room(), allMoves()
	residents := []What{Say, Urge, Withdraw, Confirm, Reopen, Rate, Left}
	clocks := []What{Expire, Release, Kept, Lost}
	rapid.Check(t, func(rt *rapid.T) {
		h, e, err := Open("482719365", opening(Dispute), TheResident, noon)
		if err != nil {
			rt.Fatal(err)
		}
		l, entries, at := life{status: Queued, entries: 1, open: true}, []Entry{e}, noon
		makes := func(rt *rapid.T, s Step) {
			after, e, err := h.Do(s)
			want := l.refused(s)
			if (err == nil) != (want == nil) || want != nil && !errors.Is(err, want) {
				rt.Fatalf("%s by %s when %+v: %v, people say %v", s.What, s.By.Role, l, err, want)
			}
			if err != nil {
				if after != h {
					rt.Fatalf("%s was refused and changed the ticket", s.What)
				}
				return
			}
			h, l, entries = after, l.after(s), append(entries, e)
		}
		rt.Repeat(map[string]func(*rapid.T){
			"an officer": func(rt *rapid.T) {
				w := l.move(rt, moves)
				who := slices.DeleteFunc(slices.Clone(people), func(o Officer) bool { return o.Account != "gh_1" || !l.rights(o, w) })
				if len(who) == 0 || rapid.IntRange(0, 3).Draw(rt, "anybody") == 0 {
					who = people
				}
				o := rapid.SampledFrom(who).Draw(rt, "who")
				may := o.May(w, h)
				if want := o.Account == "gh_1" && l.rights(o, w); may != want {
					rt.Fatalf("%s %s may %s when %+v: %v", o.Role, o.ID, w, l, may)
				}
				if !may {
					return
				}
				s := filled(w, at)
				s.By = o.By()
				if s.To.Role == Police {
					s.To = rapid.SampledFrom(people).Draw(rt, "to").By()
				}
				makes(rt, s)
			},
			"the resident": func(rt *rapid.T) {
				s := filled(l.move(rt, residents), at)
				s.By = TheResident
				if s.What == Rate {
					s.Rating = rapid.IntRange(1, 5).Draw(rt, "stars")
				}
				makes(rt, s)
			},
			"the clock": func(rt *rapid.T) {
				s := filled(l.move(rt, clocks), at)
				s.By = TheClock
				makes(rt, s)
			},
			"time passes": func(rt *rapid.T) {
				at = at.Add(time.Duration(rapid.IntRange(0, 3000).Draw(rt, "minutes")) * time.Minute)
			},
			"": func(rt *rapid.T) {
				got := life{h.Status, h.Version, h.Assignee, h.Urgent, h.Rating, "", h.Status.Open()}
				if !h.UrgedAt.IsZero() {
					got.urged = Day(h.UrgedAt)
				}
				if got != l || h.ClosedAt.IsZero() != l.open || h.Head != entries[len(entries)-1].Hash {
					rt.Fatalf("the ticket is %+v, closed %s; people say %+v", got, h.ClosedAt, l)
				}
				for _, w := range moves {
					if w != Opened && h.Can(w) != l.accepts(w) {
						rt.Fatalf("%s can be made from %s: %v", w, l.status, h.Can(w))
					}
				}
				if wake, what := h.Wake(); what != "" && (wake.IsZero() || !l.accepts(what)) {
					rt.Fatalf("the clock wants to %s a ticket that is %s", what, l.status)
				}
			},
		})
		back, err := Replay("482719365", entries)
		if err != nil || back.Header != h {
			rt.Fatalf("the history tells %+v, %v", back.Header, err)
		}
	})
}
