package flows

// This file holds the order in which a message is looked at, and how conversations begin, end and are interrupted.

import (
	"strings"
	"time"

	"frontdesk/ticket"
)

// Next decides what a message leads to. It is pure: everything it knows is in its arguments, none of which it changes.
func Next(r Resident, in Input, w World) Outcome {
	t := &talk{r: &r, in: in, w: &w, book: theBook(), c: r.Conversation}
	if in.Kind == Text || in.Kind == Link {
		t.raw = strings.ToValidUTF8(in.Text.Reveal(), "")
		t.in.Text = ticket.Personal(t.raw) // steps that keep the message whole must not keep what cannot be sent back
		t.flat = fold(t.raw)
	}
	if t.deaf() {
		t.in.File = nil
	}
	t.turn()
	if h, live := t.live(); t.c.Hushed == "" && live && h.Number == r.Conversation.Hushed {
		t.c.Hushed = h.Number
	}
	if in.Kind != Other {
		t.c.At = w.Now
	}
	return Outcome{Conversation: t.c, Replies: t.out, Effects: t.effects, Alarm: t.alarm}
}

// turn looks at the message: events first, then silence, then danger, then the words that work everywhere, then the question that stands.
func (t *talk) turn() {
	switch t.in.Kind {
	case Leave:
		t.left()
		return
	case Revoke:
		t.revoked()
		return
	case Follow, Scan:
		t.came()
		return
	case Menu:
		t.repair()
		t.tapped()
		return
	case Text, Photo, Voice, Video, Place, Link:
	default:
		return
	}
	t.repair()
	paused := t.pause()
	if t.danger() {
		return
	}
	if t.verdictTap() || t.verdictSaid() || t.everywhere() || t.afterAlarm() || t.afterLow() || t.late() {
		return
	}
	if t.askedSince() {
		return
	}
	if paused {
		t.hold()
		return
	}
	outside := t.c.Flow == ""
	t.listen()
	if outside && t.c.Flow == deskFlow { // who picked from the menu has just read it
		t.mindDanger()
	}
}

// textDanger is said once with the first answer to whatever somebody begins with.
const textDanger = "有危险，请马上拨打110。"

// mindDanger adds where to turn in danger, unless it was said.
func (t *talk) mindDanger() {
	for _, s := range t.out {
		if strings.Contains(s, "110") {
			return
		}
	}
	t.say(textDanger)
}

// listen takes the message as an answer to the question that stands.
func (t *talk) listen() {
	if t.amends() {
		return
	}
	if p := t.plan(); t.deaf() && t.c.Ticket != "" && (p.Name == dangerFlow || p.Keep) {
		t.tellDeaf()
	}
	on := t.hear(t.step())
	if t.leaves(on) {
		t.c = Conversation{Aside: t.c.Aside, At: t.c.At}
		t.hint, t.got = "", Answer{}
		t.listen()
		return
	}
	if t.switched(on != "") {
		return
	}
	if on != "" {
		t.move(on)
		return
	}
	if t.c.Misses >= manyMisses && isYes(t.flat) { // yes to the officer who was offered
		t.officer()
		return
	}
	t.miss()
}

// repair makes a conversation fit these tables: they may be newer than it is.
func (t *talk) repair() {
	if a := t.c.Aside; a != nil && t.book.byName[a.Flow] == nil {
		t.c.Aside = nil
	}
	if t.c.Flow == "" {
		return
	}
	p := t.book.byName[t.c.Flow]
	if p == nil {
		if len(t.c.Answers) > 0 {
			t.say("我们刚更新过，您填到一半的那一种换了办法，麻烦您重新选一下。")
		}
		t.c = Conversation{Aside: t.c.Aside}
		return
	}
	if p.steps[t.c.Step] != nil {
		return
	}
	was := t.c
	t.c.Mending, t.c.Step = "", p.Steps[0].ID
	for i := len(was.Trail) - 1; i >= 0; i-- {
		if p.steps[was.Trail[i]] != nil {
			t.c.Step, t.c.Trail = was.Trail[i], was.Trail[:i]
			break
		}
	}
	if t.c.Step == p.Steps[0].ID {
		t.c.Trail = nil
	}
	t.forward()
}

// The times that silence is measured by.
const (
	pauseAfter = 30 * time.Minute
	dropAfter  = 7 * 24 * time.Hour
)

// pause sets a conversation aside that was silent, and says whether this message is the first after it. One that was silent for a week
// is dropped.
func (t *talk) pause() bool {
	if t.c.Aside != nil && t.w.Now.Sub(t.c.Aside.At) > dropAfter {
		t.dropped(t.c.Aside)
		t.c.Aside = nil
		if t.c.Flow == deskFlow && t.c.Step == "resume" {
			t.c = Conversation{}
		}
	}
	if t.c.Flow == "" || t.c.At.IsZero() || t.w.Now.Sub(t.c.At) < pauseAfter {
		return false
	}
	if t.w.Now.Sub(t.c.At) > dropAfter {
		if t.worth() {
			t.dropped(&t.c)
		}
		t.c = Conversation{}
		return false
	}
	p := t.plan()
	if p.Name == progressFlow {
		probe := talk{r: t.r, in: t.in, w: t.w, book: t.book, c: t.c, raw: t.raw, flat: t.flat}
		if on := probe.hear(probe.step()); on != "" && on != onText { // still looking at the list
			return false
		}
	}
	switch {
	case p.Keep:
		c := t.c
		c.Aside = nil
		t.c = Conversation{Flow: deskFlow, Step: "resume", Aside: &c}
		return true
	case p.Side && t.c.Aside != nil:
		a := *t.c.Aside
		a.Aside = nil
		t.c = Conversation{Flow: deskFlow, Step: "resume", Aside: &a}
		return true
	case p.Side:
		t.c = Conversation{}
	}
	return false
}

// dropped tells that what was begun more than a week ago is gone.
func (t *talk) dropped(c *Conversation) {
	if p := t.book.byName[c.Flow]; p != nil && p.Keep {
		t.say("您上次的" + p.Title + "停了一个多星期，没有提交，里面的内容已经替您清掉了。需要的话，咱们重新来。")
		return
	}
	t.say("您上次没说完的话，停了一个多星期，已经替您清掉了。")
}

// hold keeps the first message after a pause, if it answers the question that stood, and offers to go on.
func (t *talk) hold() {
	paused := *t.c.Aside
	probe := talk{r: t.r, in: t.in, w: t.w, book: t.book, c: paused, raw: t.raw, flat: t.flat}
	for _, c := range t.step().Choices { // the offer's own words: the resident knows what they want
		if c.means(t.whole()) {
			t.move(c.Value)
			return
		}
	}
	if t.deaf() {
		t.say(t.reason(t.step()))
	}
	if on := probe.hear(probe.step()); on != "" || t.in.File != nil {
		t.c.keep(Answer{Step: kept, Text: ticket.Personal(t.raw), Place: t.in.Place, Files: files(t.in.File)})
	}
	t.ask()
}

// kept is the step under which words wait that were said before it was clear what they answer.
const kept = "kept"

// files makes a list of one file or none.
func files(f *ticket.Attachment) []ticket.Attachment {
	if f == nil {
		return nil
	}
	return []ticket.Attachment{*f}
}

// worth says whether the conversation is worth coming back to. An emergency is on its ticket: what is said later finds it by that.
func (t *talk) worth() bool {
	if t.plan().Name == dangerFlow && t.c.Ticket != "" {
		return false
	}
	return t.plan().Keep || len(t.c.Answers) > 0
}

// aside is what an interruption comes back to: this conversation, or what it had interrupted itself. There is one place for it.
func (t *talk) aside() *Conversation {
	if !t.worth() {
		return t.c.Aside
	}
	c := t.c
	if c.Flow == deskFlow && c.Step == "resume" {
		return c.Aside
	}
	c.Aside, c.At = nil, t.w.Now
	return &c
}

// begin enters a flow, at a step or at its first one, with what was said before as its answers.
func (t *talk) begin(flow, step string) {
	p := t.book.byName[flow]
	was := t.c
	t.c = Conversation{Flow: flow, Step: step, Aside: was.Aside, Started: t.w.Now}
	if !p.Keep {
		t.c.Ticket = was.Ticket
	}
	if step == "" {
		t.c.Step = p.Steps[0].ID
	}
	if p.Keep {
		t.takeOver(p, was)
	}
	if was.Flow == deskFlow && !p.Keep {
		t.c.Answers = was.Answers
	}
	t.forward()
	t.ask()
}

// takeOver makes the answers of a flow from what was said at the desk before it began.
func (t *talk) takeOver(p *plan, was Conversation) {
	for _, a := range was.Answers {
		if p.steps[a.Step] != nil && a.Step != kept { // guessed with the words
			t.c.keep(a)
		}
	}
	k := was.answer(kept)
	if k == nil {
		return
	}
	if p.Words != "" && k.Text != "" {
		t.c.keep(Answer{Step: p.Words, Value: onText, Text: k.Text})
	}
	if p.Files != "" && len(k.Files) > 0 {
		t.c.keep(Answer{Step: p.Files, Files: k.Files})
	}
	if p.Place != "" && k.Place != nil {
		t.c.keep(Answer{Step: p.Place, Value: onPlace, Place: k.Place})
	}
}

// end leaves a flow. What a side flow interrupted goes on by itself; what another flow interrupted is offered.
func (t *talk) end() {
	if t.plan().Side && t.c.Aside != nil {
		t.resume()
		return
	}
	a := t.c.Aside
	t.c = Conversation{}
	if a != nil {
		t.c = Conversation{Flow: deskFlow, Step: "menu", Aside: a}
		t.say(t.unfinished(a))
	}
}

// unfinished reminds of what was set aside.
func (t *talk) unfinished(a *Conversation) string {
	if p := t.book.byName[a.Flow]; p != nil && p.Keep {
		return "您刚才的" + p.Title + "还没填完，回复“继续”接着填。"
	}
	return "您刚才说的话我还留着，回复“继续”接着说。"
}

// resume goes on with what was set aside; with nothing there, at the desk.
func (t *talk) resume() {
	a := t.c.Aside
	if a == nil {
		t.c = Conversation{}
		return
	}
	k := t.c.answer(kept)
	t.c = *a
	t.repair()
	if k == nil {
		t.ask()
		return
	}
	in := t.in // the message that was kept over the pause is the answer to the question that stood
	switch {
	case len(k.Files) > 0:
		f := k.Files[0]
		t.in = Input{ID: in.ID, Kind: InputKind(f.Kind), At: in.At, File: &f}
	case k.Place != nil:
		t.in = Input{ID: in.ID, Kind: Place, At: in.At, Place: k.Place}
	default:
		t.in = Input{ID: in.ID, Kind: Text, At: in.At, Text: k.Text}
	}
	t.raw, t.flat = t.in.Text.Reveal(), fold(t.in.Text.Reveal())
	if on := t.hear(t.step()); on != "" && on != onFile {
		t.say("您刚才发的，我填在这一步了。")
		t.move(on)
		return
	}
	t.listen()
}
