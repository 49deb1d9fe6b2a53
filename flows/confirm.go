package flows

// This file holds the confirmation: the numbered summary, and the ticket that is made of the answers. Corrections are in amend.go.

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"frontdesk/ticket"
)

// confirm is the last step of a flow that opens a ticket.
func confirm(submit func(*talk)) Step {
	return Step{
		ID: "confirm", Text: "请您核对一下：", Summary: true, Hears: []string{"submit", "fix"}, Hear: hearSummary,
		Offer: func(*talk) string { return "\n" + textSummaryHow },
		Rows:  []Row{{On: "submit", To: toEnd, Do: submit}, {On: "fix", To: "confirm", Do: (*talk).mend}},
	}
}

const textSummaryHow = "没问题，回复“1”提交；\n哪条要改，回复“改”加序号，比如“改2”；\n不登记了，回复“取消”。"

// labelled gives the steps whose answers the confirmation shows, in order.
func (t *talk) labelled() []*Step {
	var out []*Step
	for _, s := range t.path() {
		if s.Label != "" && t.answer(s.ID) != nil {
			out = append(out, s)
		}
	}
	return out
}

// summary writes the numbered answers. Long ones are shown by their beginning; the ticket has them whole.
func (t *talk) summary(b *strings.Builder) {
	for i, s := range t.labelled() {
		fmt.Fprintf(b, "\n%d %s：%s", i+1, s.Label, cutRunes(s.shown(t.answer(s.ID)), 60))
	}
}

// shown is an answer as people read it.
func (s *Step) shown(a *Answer) string {
	for _, c := range s.Choices {
		if c.Value == a.Value {
			return c.Label
		}
	}
	var parts []string
	if n := counted(a.Files); n != "" {
		parts = append(parts, n)
	}
	if a.Place != nil {
		parts = append(parts, placeName(a.Place))
	}
	if text := strings.TrimSpace(a.Text.Reveal()); text != "" && a.Value != onNone {
		parts = append(parts, text)
	}
	if len(parts) == 0 && s.Files {
		return "没有"
	}
	if len(parts) == 0 {
		return "没填"
	}
	return strings.Join(parts, "\uff0c")
}

// counted says how many files of which kind there are: "3张照片、1段语音".
func counted(files []ticket.Attachment) string {
	var parts []string
	for _, k := range []struct {
		kind ticket.MediaKind
		unit string
	}{{ticket.Photo, "张"}, {ticket.Voice, "段"}, {ticket.Video, "段"}} {
		n := 0
		for _, f := range files {
			if f.Kind == k.kind {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, strconv.Itoa(n)+k.unit+k.kind.Name())
		}
	}
	return strings.Join(parts, "、")
}

// placeName is a shared place in words.
func placeName(p *ticket.Place) string {
	if l := strings.TrimSpace(p.Label.Reveal()); l != "" {
		return l
	}
	return fmt.Sprintf("地图位置（北纬%.5f，东经%.5f）", p.Lat, p.Lng)
}

// hearSummary understands what is said at the confirmation.
func hearSummary(t *talk) string {
	if t.in.Kind != Text {
		return ""
	}
	word := t.flat
	if rest, ok := amendment(word); ok {
		if i := t.whichLine(rest); i >= 0 {
			t.got.Value = strconv.Itoa(i)
			t.mendLater(rest)
			return "fix"
		}
		t.hint = "要改哪一条？请回复“改”加上前面的序号，比如“改2”。"
		return ""
	}
	if i := t.wrongLine(word); i >= 0 {
		t.got.Value, t.got.Text = strconv.Itoa(i), ticket.Personal(t.raw)
		return "fix"
	}
	if n, rest, ok := numeral(word); ok && rest == "" {
		switch {
		case n == 1:
			return "submit"
		case n <= len(t.labelled()):
			t.got.Value = strconv.Itoa(n - 1)
			return "fix"
		}
		return ""
	}
	if deedWords[joined(word)] == "withdraw" {
		t.hint = "还没提交呢，不用撤。不登记了，回复“取消”。"
		return ""
	}
	switch strings.TrimRight(joined(word), "了吧的啊") {
	case "没问题谢谢", "好的没错", "没错", "好没错", "可以提交", "没问题提交", "提交", "确认提交", "没问题", "登记", "正确", "都对", "无误", "核对无误":
		return "submit"
	}
	if bare := strings.TrimRight(joined(word), "了吧的啊"); isYes(word) || strings.HasSuffix(bare, "提交") && !strings.ContainsAny(bare, "不别先没取") || bare == "没错" {
		return "submit"
	}
	return ""
}

// fields makes the labelled answers into the fields of a ticket. A text that is longer than an entry holds goes on in further fields.
func (t *talk) fields() []ticket.Field {
	var out []ticket.Field
	for _, s := range t.labelled() {
		for i, part := range runePieces(s.shown(t.answer(s.ID)), ticket.MaxText) {
			f := ticket.Field{Key: s.ID, Label: s.Label, Value: ticket.Personal(part)}
			if i > 0 {
				f.Key, f.Label = s.ID+strconv.Itoa(i+1), s.Label+"（续"+strconv.Itoa(i)+"\uff09"
			}
			out = append(out, f)
		}
	}
	return out
}

// runePieces cuts a text into parts of at most n characters. Nothing is lost but a part that is nothing but white space: an entry of a
// ticket has to say something. There is always at least one part.
func runePieces(s string, n int) []string {
	if utf8.RuneCountInString(s) <= n {
		return []string{s}
	}
	var out []string
	for r := []rune(s); len(r) > 0; {
		cut := min(n, len(r))
		if part := string(r[:cut]); strings.TrimSpace(part) != "" {
			out = append(out, part)
		}
		r = r[cut:]
	}
	if len(out) == 0 {
		return []string{""}
	}
	return out
}

// media gives the files of all answers on the path, the first nine.
func (t *talk) media() []ticket.Attachment {
	var out []ticket.Attachment
	for _, s := range t.path() {
		if a := t.answer(s.ID); a != nil {
			out = append(out, a.Files...)
		}
	}
	if len(out) > maxFiles {
		out = out[:maxFiles]
	}
	return out
}

// label is the choice at a step as it is shown.
func (t *talk) label(step string) string {
	s := t.plan().steps[step]
	if a := t.answer(step); s != nil && a != nil {
		return s.shown(a)
	}
	return ""
}

// opening begins a ticket from the answers of the flow that stands.
func (t *talk) opening(kind ticket.Kind, topic string, words ticket.Personal) ticket.Opening {
	o := ticket.Opening{
		Account: t.w.Account.ID, Resident: t.r.OpenID, Kind: kind, Home: t.home(), Topic: topic,
		Title: title(topic, words), Fields: t.fields(), Media: t.media(),
	}
	if p := t.plan(); p.Place != "" {
		if a := t.answer(p.Place); a != nil {
			o.Place = a.Place
		}
	}
	return o
}

// home is where this resident's tickets go.
func (t *talk) home() ticket.Home {
	return t.w.Account.Settle(t.r.Home, t.w.officer)
}

// officer finds an officer by id.
func (w *World) officer(id string) (ticket.Officer, bool) {
	o, ok := w.Officers[id]
	return o, ok
}

// title is a ticket in one line, for lists: the topic and the beginning of the words, at most thirty characters.
func title(topic string, words ticket.Personal) ticket.Personal {
	s := strings.TrimSpace(words.Reveal())
	if i := strings.IndexAny(s, "。！？\n"); i >= 18 { // six characters: a shorter beginning says nothing
		s = s[:i]
	}
	if s == "" {
		return ticket.Personal(topic)
	}
	if strings.Contains(s, topic) {
		return ticket.Personal(cutRunes(s, 30))
	}
	return ticket.Personal(cutRunes(topic+"·"+s, 30))
}

// tell passes an answer on at once to the urgent ticket that this flow opened: whoever is on duty need not wait for the rest.
func (t *talk) tell(s *Step) {
	if t.c.Ticket == "" || s.Label == "" {
		return
	}
	h, ok := t.ticket(t.c.Ticket)
	if !ok || !h.Can(ticket.Say) {
		return
	}
	a := t.answer(s.ID)
	if a.Value == onNone {
		return
	}
	text := "【" + s.Label + "】" + s.shown(a)
	t.sayAt(h.Number, ticket.Personal(text+degrees(a.Place)), a.Files, a.Place)
}

// sayOn adds words and files of the resident's to a ticket; a long text takes several entries.
func (t *talk) sayOn(n ticket.Number, text ticket.Personal, files []ticket.Attachment) {
	t.sayAt(n, text, files, nil)
}

// sayAt adds a place as well.
func (t *talk) sayAt(n ticket.Number, text ticket.Personal, files []ticket.Attachment, place *ticket.Place) {
	guard := t.guard(n, text) // of the whole: a cut may fall between a name and what they did
	for i, part := range runePieces(text.Reveal(), ticket.MaxText) {
		s := ticket.Step{What: ticket.Say, Text: ticket.Personal(part), Guard: guard}
		if i == 0 {
			s.Media, s.Place = files, place
		}
		t.act(n, s)
	}
}

// ticket finds one of the resident's tickets.
func (t *talk) ticket(n ticket.Number) (ticket.Header, bool) {
	for _, h := range t.r.Tickets {
		if h.Number == n {
			return h, true
		}
	}
	return ticket.Header{}, false
}
