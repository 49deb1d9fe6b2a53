package ticket

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var noon = time.Date(2026, 3, 5, 4, 0, 0, 0, time.UTC)

func opening(kind Kind) Opening {
	return Opening{Account: "gh_1", Resident: "o1", Kind: kind, Home: Home{Station: "xincheng", Grid: "g1"}, Title: "楼上半夜装修"}
}

func opened(t testing.TB, o Opening) (Header, Entry) {
	t.Helper()
	h, e, err := Open("482719365", o, TheResident, noon)
	if err != nil {
		t.Fatal(err)
	}
	return h, e
}

var lin = Officer{ID: "0577001", Name: "林元众", Role: Police, Account: "gh_1", Station: "xincheng"}

// filled makes a step that lacks nothing, so that only the lifecycle can refuse it.
func filled(w What, at time.Time) Step {
	s := Step{What: w, By: lin.By(), At: at, Text: "好的"}
	switch w {
	case Assign:
		s.To = Actor{Role: Police, ID: "0577002", Name: "王芳"}
	case Transfer:
		s.To = Actor{Name: "司法所"}
	case Rate:
		s.Rating = 5
	case Kept, Lost:
		s.Media = []Attachment{{ID: "m1", Kind: Photo, State: MediaKept}}
	case Merge:
		s.Into = "123456789"
	}
	return s
}

func TestTheTableHasNoTwoAnswers(t *testing.T) {
	seen := map[string]bool{}
	for _, row := range lifecycle {
		if whatNames[row.What] == "" {
			t.Errorf("%s has no name", row.What)
		}
		for _, from := range row.From {
			if key := fmt.Sprint(row.What, from); seen[key] {
				t.Errorf("%s from %s stands twice", row.What, from)
			} else {
				seen[key] = true
			}
		}
	}
	if len(whatNames) != len(allMoves()) {
		t.Errorf("%d names for %d moves", len(whatNames), len(allMoves()))
	}
	if len(statusNames) != len(everywhere) {
		t.Errorf("%d names for %d states", len(statusNames), len(everywhere))
	}
}

func allMoves() []What {
	var out []What
	seen := map[What]bool{}
	for _, row := range lifecycle {
		if !seen[row.What] {
			seen[row.What] = true
			out = append(out, row.What)
		}
	}
	return out
}

// TestTheLastPlaceCounts tells a place at first and another one later: the ticket has the later one, and the chain holds both.
func TestTheLastPlaceCounts(t *testing.T) {
	o := opening(Dispute)
	o.Place = &Place{Lat: 30, Lng: 120}
	h, first := opened(t, o)
	after, said, err := h.Do(Step{What: Say, By: TheResident, At: h.UpdatedAt, Place: &Place{Lat: 31, Lng: 121, Label: "长安路8号"}})
	if err != nil {
		t.Fatal(err)
	}
	whole, err := Replay(h.Number, []Entry{first, said})
	if err != nil || whole.Head != after.Head || whole.Place.Label != "长安路8号" {
		t.Errorf("%v, %v", whole.Place, err)
	}
	said.Place = &Place{Lat: 31, Lng: 120, Label: "长安路8号"}
	if _, err := Replay(h.Number, []Entry{first, said}); !errors.Is(err, ErrInvalid) {
		t.Errorf("a place that was changed is not noticed: %v", err)
	}
	for _, s := range []Step{{What: Say, Text: "在这里", Place: &Place{Lat: 91}}, {What: Urge, Place: &Place{}}} {
		s.By, s.At = TheResident, h.UpdatedAt
		if _, _, err := h.Do(s); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s takes a place: %v", s.What, err)
		}
	}
}

// Every move from every state does what the table says and nothing else; the table is read here as people would.
func TestEveryMoveFromEveryState(t *testing.T) {
	want := map[Status]map[What]Status{}
	for _, row := range lifecycle {
		for _, from := range row.From {
			if want[from] == nil {
				want[from] = map[What]Status{}
			}
			want[from][row.What] = row.To
		}
	}
	for _, from := range everywhere {
		for _, w := range allMoves() {
			h, _ := opened(t, opening(Dispute))
			h.Status = from
			to, allowed := want[from][w]
			if to == stay {
				to = from
			}
			after, _, err := h.Do(filled(w, noon.Add(24*time.Hour)))
			if allowed && (err != nil || after.Status != to) {
				t.Errorf("%s from %s: %s, %v; want %s", w, from, after.Status, err, to)
			}
			if !allowed && !errors.Is(err, ErrNotAllowed) {
				t.Errorf("%s from %s is let through: %v", w, from, err)
			}
			if h.Can(w) != allowed {
				t.Errorf("Can(%s) from %s is %v", w, from, h.Can(w))
			}
		}
	}
}

func TestTheSecondToClaimIsToldWhoDid(t *testing.T) {
	h, _ := opened(t, opening(Dispute))
	h, _, err := h.Do(filled(Claim, noon))
	if err != nil || h.Assignee != lin.ID || h.Status != Claimed {
		t.Fatalf("claimed: %+v, %v", h.Status, err)
	}
	_, _, err = h.Do(Step{What: Claim, By: Actor{Role: Police, ID: "2", Name: "王芳"}, At: noon})
	var taken Taken
	if !errors.As(err, &taken) || taken.By != "林元众" || !errors.Is(err, ErrConflict) {
		t.Errorf("the second got %v", err)
	}
}

func TestStepsThatLackSomething(t *testing.T) {
	h, _ := opened(t, opening(Dispute))
	h, _, _ = h.Do(filled(Claim, noon))
	closed := h
	closed.Status = Confirmed
	long := make([]rune, MaxText+1)
	for i := range long {
		long[i] = '字'
	}
	for name, s := range map[string]Step{
		"reply without words": {What: Reply, Text: " \n"}, "ask without words": {What: Ask}, "note without words": {What: Note},
		"too long": {What: Note, Text: Personal(string(long))}, "nothing said": {What: Say}, "assign to nobody": {What: Assign},
		"transfer to nobody": {What: Transfer}, "reject without a reason": {What: Reject}, "merge into itself": {What: Merge, Into: h.Number},
		"kept nothing": {What: Kept},
	} {
		s.By, s.At = lin.By(), noon
		if _, _, err := h.Do(s); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, rating := range []int{-1, 0, 6} {
		if _, _, err := closed.Do(Step{What: Rate, Rating: rating, At: noon}); !errors.Is(err, ErrInvalid) {
			t.Errorf("rated %d: %v", rating, err)
		}
	}
	rated, _, err := closed.Do(Step{What: Rate, Rating: 4, By: TheResident, At: noon})
	if err != nil || rated.Rating != 4 {
		t.Fatalf("rated: %d, %v", rated.Rating, err)
	}
	if _, _, err := rated.Do(Step{What: Rate, Rating: 5, By: TheResident, At: noon}); !errors.Is(err, ErrNotAllowed) {
		t.Errorf("rated twice: %v", err)
	}
}

func TestUrgedOnceACalendarDay(t *testing.T) {
	h, _ := opened(t, opening(Consult))
	at := time.Date(2026, 3, 5, 23, 59, 0, 0, Shanghai)
	h, _, err := h.Do(Step{What: Urge, By: TheResident, At: at})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := h.Do(Step{What: Urge, By: TheResident, At: at.Add(30 * time.Second)}); !errors.Is(err, ErrNotAllowed) {
		t.Errorf("urged twice in a day: %v", err)
	}
	if _, _, err := h.Do(Step{What: Urge, By: TheResident, At: at.Add(2 * time.Minute)}); err != nil {
		t.Errorf("urged on the next day: %v", err)
	}
}

func TestOpeningsThatCannotBe(t *testing.T) {
	for name, spoil := range map[string]func(*Opening){
		"no account": func(o *Opening) { o.Account = "" }, "no resident": func(o *Opening) { o.Resident = "" },
		"no kind": func(o *Opening) { o.Kind = "party" }, "no station": func(o *Opening) { o.Home.Station = "" },
		"no title": func(o *Opening) { o.Title = "" }, "no such place": func(o *Opening) { o.Place = &Place{Lat: 91} },
	} {
		o := opening(Dispute)
		spoil(&o)
		if _, _, err := Open("482719365", o, TheResident, noon); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Any sequence of steps that was let through replays to the same header, and any edit of any entry is noticed.
func TestHistoryIsTheTruth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h, e, err := Open("482719365", opening(Dispute), TheResident, noon)
		if err != nil {
			t.Fatal(err)
		}
		entries, at := []Entry{e}, noon
		moves := allMoves()
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			at = at.Add(time.Duration(rapid.IntRange(-10, 3000).Draw(t, "minutes")) * time.Minute)
			after, e, err := h.Do(filled(rapid.SampledFrom(moves).Draw(t, "move"), at))
			if err != nil {
				continue
			}
			if e.At.Before(h.UpdatedAt) {
				t.Fatalf("history runs backwards: %s before %s", e.At, h.UpdatedAt)
			}
			h, entries = after, append(entries, e)
		}
		got, err := Replay("482719365", entries)
		if err != nil {
			t.Fatal(err)
		}
		if got.Header != h {
			t.Fatalf("replayed %+v\nwant     %+v", got.Header, h)
		}
		short := append([]Entry(nil), entries...)
		for i := range short {
			short[i].Prev, short[i].Hash = "", short[i].Hash[:rapid.IntRange(leastHash, ShortHash).Draw(t, "kept of the hash")]
		}
		if again, err := Replay("482719365", short); err != nil || again.Header != h || again.Entries[len(short)-1].Hash != h.Head {
			t.Fatalf("without its hashes it is %+v, %v", again.Header, err)
		}
		short[len(short)-1].Hash = ""
		if _, err := Replay("482719365", short); !errors.Is(err, ErrInvalid) {
			t.Fatalf("an entry without any hash passes: %v", err)
		}
		i := rapid.IntRange(0, len(entries)-1).Draw(t, "edited")
		edited := append([]Entry(nil), entries...)
		edited[i].Text += "改"
		if _, err := Replay("482719365", edited); !errors.Is(err, ErrInvalid) {
			t.Fatalf("an edited entry %d passes: %v", i+1, err)
		}
		if i < len(entries)-1 {
			cut := append(append([]Entry(nil), entries[:i]...), entries[i+1:]...)
			if _, err := Replay("482719365", cut); err == nil {
				t.Fatalf("a cut entry %d passes", i+1)
			}
		}
		if _, err := Replay("123456789", entries); err == nil {
			t.Fatal("the history of one ticket passes for another's")
		}
	})
}

func TestReplayOfNothing(t *testing.T) {
	if _, err := Replay("482719365", nil); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v", err)
	}
}
