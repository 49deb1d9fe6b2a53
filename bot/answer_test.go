package bot

import (
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"frontdesk/flows"
	"frontdesk/ticket"
	"frontdesk/wechatsim"
)

// saying is a store that answers one thing to everybody.
type saying string

func (s saying) Converse(context.Context, string, ticket.Personal, string, func(flows.Resident) (flows.Change, error)) (string, error) {
	return string(s), nil
}

func (s saying) Carries(string, ticket.Personal, string) bool { return false }

func (s saying) Answered(context.Context, string, ticket.Personal, string) error { return nil }

// carrying is one whose every answer carries letters.
type carrying struct {
	saying
	told *int
}

func (c carrying) Carries(string, ticket.Personal, string) bool { return true }

func (c carrying) Answered(context.Context, string, ticket.Personal, string) error {
	*c.told++
	return nil
}

// TestAnAnswerThatCannotBeSealedIsNotToldOf has nothing to seal an answer with: what leaves in its place carries none of its letters.
func TestAnAnswerThatCannotBeSealedIsNotToldOf(t *testing.T) {
	for random, want := range map[io.Reader]int{rand.Reader: 1, iotest.ErrReader(io.ErrUnexpectedEOF): 0} {
		told := 0
		s := newScene(t, Safe, func(c *CallbackConfig) { c.Residents, c.Random = carrying{"明天上午来一趟", &told}, random })
		r, err := s.Request("gh_room", s.Message("gh_room", "oLin", "MsgType", "text", "Content", "你好"))
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		s.cb.ServeHTTP(w, r)
		if w.Code != http.StatusOK || told != want {
			t.Errorf("answered %d %q, told of %d times", w.Code, w.Body, told)
		}
	}
}

func TestOnlyWhatThePlatformTakesLeaves(t *testing.T) {
	for answer, want := range map[string]string{
		"a\x01b\xff\ufffec]]>":    "abc]]>",
		"":                        "",
		" \n\x02":                 "",
		strings.Repeat("长", 1000): strings.Repeat("长", 682),
	} {
		s := newScene(t, Safe, func(c *CallbackConfig) { c.Residents = saying(answer) })
		got := s.Resident("gh_room", "oLin").Text(t.Context(), "1")
		if got.Failed || got.Answer != want {
			t.Errorf("%.20q arrives as %.20q, %s", answer, got.Answer, got.Why)
		}
		if want == "" && string(got.Answers[0]) != success {
			t.Errorf("%q leaves as %q", answer, got.Answers[0])
		}
	}
}

func TestACompatibleAccountTakesEither(t *testing.T) {
	s := newScene(t, Compatible, nil)
	for _, form := range []wechatsim.Form{wechatsim.Plain, wechatsim.Encrypted, wechatsim.Both} {
		a, err := s.Deliver(t.Context(), wechatsim.Delivery{Account: "gh_room", Form: form,
			XML: s.Message("gh_room", "oLin", "MsgType", "text", "Content", "1")})
		if err != nil || a.Wrong != nil || a.Text == "" {
			t.Errorf("%s: %q, %v, %v", form, a.Text, a.Wrong, err)
		}
		if sealed := strings.Contains(string(a.Body), "<Encrypt>"); sealed == (form == wechatsim.Plain) {
			t.Errorf("%s: the answer is sealed: %v", form, sealed)
		}
	}
}

func TestEachSignatureCounts(t *testing.T) {
	s := newScene(t, Safe, nil)
	text := s.Message("gh_room", "oLin", "MsgType", "text", "Content", "1")
	for name, d := range map[string]wechatsim.Delivery{
		"of the address": {Signature: strings.Repeat("0", 40)},
		"of the body":    {MsgSignature: strings.Repeat("0", 40)},
	} {
		d.Account, d.XML = "gh_room", text
		if a, err := s.Deliver(t.Context(), d); err != nil || a.Status != http.StatusForbidden || s.commits != 0 {
			t.Errorf("%s: status %d, %d stored, %v", name, a.Status, s.commits, err)
		}
	}
}

// A body that does not say how long it is must be found out while it is read.
func TestABodyOfUnknownLengthIsBounded(t *testing.T) {
	s := newScene(t, Safe, nil)
	r, err := s.Request("gh_room", s.Message("gh_room", "oLin", "MsgType", "text", "Content", strings.Repeat("1", maxBody)))
	if err != nil {
		t.Fatal(err)
	}
	r.ContentLength = -1
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	got, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = got.Body.Close()
	if got.StatusCode != http.StatusRequestEntityTooLarge || s.commits != 0 {
		t.Errorf("status %d, %d stored", got.StatusCode, s.commits)
	}
}
