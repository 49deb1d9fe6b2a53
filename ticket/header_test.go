package ticket

import (
	"testing"
	"time"
)

func TestUrgentComesFirst(t *testing.T) {
	calm, _ := opened(t, opening(Clue))
	later := opening(Feedback)
	later.Urgent = true
	urgent, _, err := Open("123456789", later, TheResident, noon.Add(1000*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if urgent.Score() >= calm.Score() {
		t.Error("an urgent ticket of next month waits behind a calm one of today")
	}
	if got := urgent.DueAt.Sub(urgent.CreatedAt); got != urgentDue {
		t.Errorf("an urgent ticket is due in %s", got)
	}
}

func TestRaisedTicketsMoveForward(t *testing.T) {
	h, _ := opened(t, opening(Feedback))
	raised, e, err := h.Do(Step{What: Raise, By: TheResident, At: noon.Add(time.Hour)})
	if err != nil || !raised.Urgent || raised.Score() >= h.Score() || !raised.DueAt.Before(h.DueAt) {
		t.Fatalf("raised: %+v, %v", raised.DueAt, err)
	}
	if got := Tally(raised, e); len(got) != 1 || got[0].Name != "urgent.feedback" {
		t.Errorf("counted as %v", got)
	}
}

func TestASilentAssigneeLosesTheTicket(t *testing.T) {
	h, _ := opened(t, opening(Dispute))
	if at, _ := h.Wake(); !at.IsZero() {
		t.Errorf("nobody has it, yet the clock would act at %s", at)
	}
	h, _, _ = h.Do(filled(Claim, noon.Add(time.Hour)))
	at, what := h.Wake()
	if want := noon.Add(25 * time.Hour); what != Release || !at.Equal(want) {
		t.Errorf("%s at %s, want release at %s", what, at, want)
	}
	h, _, _ = h.Do(filled(Reply, noon.Add(2*time.Hour)))
	if at, _ := h.Wake(); !at.Equal(noon.Add(26 * time.Hour)) {
		t.Errorf("a reply does not move the clock: %s", at)
	}
	h, _, _ = h.Do(Step{What: Urge, By: TheResident, At: noon.Add(5 * time.Hour)})
	if at, _ := h.Wake(); !at.Equal(noon.Add(26 * time.Hour)) {
		t.Errorf("the resident's urging moves the clock: %s", at)
	}
	released, _, err := h.Do(Step{What: Release, By: TheClock, At: at})
	if err != nil || released.Assignee != "" || released.Status != Queued {
		t.Errorf("released: %+v, %v", released.Status, err)
	}
}

func TestNobodyObjects(t *testing.T) {
	h, _ := opened(t, opening(Consult))
	h, _, _ = h.Do(filled(Claim, noon))
	h, _, _ = h.Do(filled(Resolve, noon))
	if h.ClosedAt.IsZero() {
		t.Error("a resolved ticket is not closed since any time")
	}
	if at, what := h.Wake(); what != Expire || !at.Equal(noon.Add(Objection)) {
		t.Errorf("%s at %s", what, at)
	}
	reopened, _, err := h.Do(Step{What: Reopen, By: TheResident, At: noon.Add(time.Hour), Text: "没解决"})
	if err != nil || !reopened.ClosedAt.IsZero() || reopened.Assignee != "" || !reopened.DueAt.After(h.DueAt) {
		t.Errorf("reopened: %+v, %v", reopened, err)
	}
}

func TestAnAnswerEndsTheWaiting(t *testing.T) {
	h, _ := opened(t, opening(Consult))
	h, _, _ = h.Do(filled(Claim, noon))
	h, _, _ = h.Do(Step{What: Ask, By: lin.By(), At: noon, Text: "几号楼?"})
	if h.Status != Waiting || h.Asked == "" {
		t.Fatalf("asked: %s", h.Status)
	}
	h, _, err := h.Do(Step{What: Say, By: TheResident, At: noon, Text: "三号楼"})
	if err != nil || h.Status != Claimed || h.Asked != "" {
		t.Errorf("answered: %s, %v", h.Status, err)
	}
}

func TestFilesSettle(t *testing.T) {
	o := opening(Dispute)
	o.Media = []Attachment{{ID: "a", Kind: Photo}, {ID: "b", Kind: Voice}}
	h, first := opened(t, o)
	kept := Attachment{ID: "a", Kind: Photo, State: MediaKept, Digest: "d", Type: "image/jpeg", Size: 3}
	lost := Attachment{ID: "b", Kind: Voice, State: MediaLost, Reason: "已过期"}
	h, second, err := h.Do(Step{What: Kept, By: TheClock, At: noon, Media: []Attachment{kept}})
	if err != nil {
		t.Fatal(err)
	}
	h, third, _ := h.Do(Step{What: Lost, By: TheClock, At: noon, Media: []Attachment{lost}})
	_, fourth, _ := h.Do(Step{What: Say, By: TheResident, At: noon, Media: []Attachment{{ID: "c", Kind: Video}}})
	got, err := Replay(h.Number, []Entry{first, second, third, fourth})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Media) != 3 || got.Media[0] != kept || got.Media[1] != lost || got.Media[2].State != MediaPending {
		t.Errorf("files: %+v", got.Media)
	}
	if o.Media[0].State != "" {
		t.Error("opening a ticket wrote into the caller's slice")
	}
}

func TestTheDayEndsInChina(t *testing.T) {
	if got := Day(time.Date(2026, 3, 5, 16, 0, 0, 0, time.UTC)); got != "2026-03-06" {
		t.Errorf("midnight in China is counted on %s", got)
	}
}
