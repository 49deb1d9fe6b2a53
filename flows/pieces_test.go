package flows

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"frontdesk/ticket"
)

func TestPiecesSaySomething(t *testing.T) {
	for _, c := range []struct {
		text string
		n    int
		want []string
	}{
		{"", 3, []string{""}},
		{"abc", 3, []string{"abc"}},
		{"abc\n", 3, []string{"abc"}},
		{"abcdef", 3, []string{"abc", "def"}},
		{"abcdefg", 3, []string{"abc", "def", "g"}},
		{"abc   \n\n\ndef", 3, []string{"abc", "def"}},
		{"吵吵吵 ", 3, []string{"吵吵吵"}},
		{"      ", 3, []string{""}},
	} {
		if got := runePieces(c.text, c.n); fmt.Sprintf("%q", got) != fmt.Sprintf("%q", c.want) {
			t.Errorf("%q in pieces of %d: %q, want %q", c.text, c.n, got, c.want)
		}
	}
}

// TestATextAsLongAsEntriesAreIsTaken sends texts around the length of an entry to every step of the danger flow: one of exactly that length
// once ended in a piece that said nothing, which no ticket takes.
func TestATextAsLongAsEntriesAreIsTaken(t *testing.T) {
	for _, step := range []string{"where", "more"} {
		for _, runes := range []int{ticket.MaxText - 1, ticket.MaxText, ticket.MaxText + 1, 2 * ticket.MaxText} {
			for _, tail := range []string{"", "\n", "  \n"} {
				r, w := alarmed(t)
				r.Conversation.Step = step
				in := Input{ID: "2", Kind: Text, At: w.Now, Text: ticket.Personal(strings.Repeat("吵", runes) + tail)}
				c, err := Decide(r, in, w)
				if err != nil {
					t.Fatalf("%d characters at %q: %v", runes, step, err)
				}
				said := 0
				for _, tc := range c.Tickets {
					for _, e := range tc.Entries {
						if e.What == ticket.Say {
							said += strings.Count(e.Text.Reveal(), "吵")
						}
					}
				}
				if said != runes {
					t.Errorf("%d characters at %q: %d are on the ticket", runes, step, said)
				}
			}
		}
	}
}

// alarmed is a resident who has just raised the alarm, a minute later.
func alarmed(t *testing.T) (Resident, World) {
	t.Helper()
	w := theWorld()
	w.Number = "123456789"
	r := Resident{Account: "gh_lamp", OpenID: "o", Followed: true}
	c, err := Decide(r, Input{ID: "1", Kind: Text, At: w.Now, Text: "救命"}, w)
	if err != nil || len(c.Tickets) != 1 || !c.Tickets[0].After.Urgent {
		t.Fatalf("no alarm: %v", err)
	}
	w.Now = w.Now.Add(time.Minute)
	return r.After(c), w
}
