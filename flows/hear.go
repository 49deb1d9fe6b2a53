package flows

// This file holds how a message is understood at a step: which event it is, and what is recorded of it.

import (
	"strings"
	"unicode/utf8"

	"frontdesk/ticket"
)

// maxFiles is how many photos, voice messages and videos one matter takes.
const maxFiles = 9

// hear names the event that a message is at a step, with the answer in t.got; empty when it does not fit.
func (t *talk) hear(s *Step) string {
	t.got = Answer{Step: s.ID}
	if t.deaf() {
		t.held = true
		return ""
	}
	if s.Hear != nil {
		if on := s.Hear(t); on != "" {
			return on
		}
	}
	switch t.in.Kind {
	case Photo, Voice, Video:
		return t.hearFile(s)
	case Place:
		return t.hearPlace(s)
	case Text, Link:
		return t.hearText(s)
	}
	return ""
}

// deaf says whether a file came that this account cannot have fetched: without verification the platform hands out photos alone.
func (t *talk) deaf() bool { return (t.in.Kind == Voice || t.in.Kind == Video) && !t.w.CanPush }

// hearText understands words.
func (t *talk) hearText(s *Step) string {
	if !legible(t.raw) {
		return ""
	}
	t.got.Text = ticket.Personal(t.raw)
	if c, ok := t.choose(s); ok {
		return c
	}
	if t.plan().Keep && t.beside(s) {
		return ""
	}
	switch {
	case s.ID == "name" && isBareNumber(t.flat):
		t.hint = "称呼请用字写，别人平时怎么叫您就怎么写。"
		return ""
	case s.Files && t.plan().Name != dangerFlow && isBareNumber(t.flat):
		t.hint = "这一步不用选序号。" + wanted(s, 0)
		return ""
	case s.Files && isNone(t.flat) && t.value(s.ID) == mended: // what was sent before is not wanted
		t.got = Answer{Step: s.ID}
		return onNone
	case s.Files && isDone(t.flat) && !t.plan().Keep:
		return onDone
	case s.Files && isDone(t.flat) && t.hasFiles(s.ID):
		t.got = Answer{Step: s.ID, Files: t.filesAt(s.ID), Text: t.captions(s.ID)}
		return onDone
	case s.Files && isNone(t.flat) && t.plan().Keep && t.value(s.ID) != mended && (t.hasFiles(s.ID) || t.captions(s.ID) != ""):
		t.got = Answer{Step: s.ID, Files: t.filesAt(s.ID), Text: t.captions(s.ID)} // no more than these
		return onDone
	case (s.None || s.Files) && (isNone(t.flat) || s.Files && isDone(t.flat)):
		t.got = Answer{Step: s.ID}
		return onNone
	case s.Phone && s.None && hasNoPhone(t.flat):
		t.got = Answer{Step: s.ID}
		return onNone
	case s.Phone:
		if hasPhone(t.raw) {
			return onPhone
		}
		return ""
	case s.Max > 0:
		if n := utf8.RuneCountInString(strings.TrimSpace(t.raw)); n < s.Min {
			return ""
		}
		if s.Files { // a line about the photos, below those before it
			text := ticket.Personal(t.raw)
			if before := t.captions(s.ID); before != "" {
				text = before + "\n" + text
			}
			t.got = Answer{Step: s.ID, Files: t.filesAt(s.ID), Text: text}
		}
		return onText
	}
	return ""
}

// choose understands a choice: by number, by its words, or from a sentence that holds the words of one choice only.
func (t *talk) choose(s *Step) (string, bool) {
	offered := t.offered(s)
	if n, rest, ok := numeral(t.flat); ok && n >= 1 && n <= len(offered) {
		c := offered[n-1]
		if rest == "" || strings.Contains(fold(c.Label), rest) {
			return t.chosen(s, c), true
		}
	}
	whole := t.whole()
	bare := strings.TrimRight(whole, "吧啊呀哦")
	for _, list := range [][]Choice{offered, s.Choices} {
		for _, c := range list {
			if c.means(whole) || bare != whole && c.means(bare) {
				return t.chosen(s, c), true
			}
		}
	}
	if !s.Loose {
		return "", false
	}
	var only *Choice
	for i := range s.Choices {
		if s.Choices[i].within(t.flat) {
			if only != nil {
				return "", false
			}
			only = &s.Choices[i]
		}
	}
	if only == nil {
		return "", false
	}
	if f := t.plan(); f.Words != "" && t.answer(f.Words) == nil && utf8.RuneCountInString(t.raw) >= 8 {
		t.c.keep(Answer{Step: f.Words, Value: onText, Text: ticket.Personal(t.raw)})
	} else if n := utf8.RuneCountInString(t.flat); n > only.longest() { // "3301号民警" says more than 民警
		t.keepFragment(4)
	}
	return t.chosen(s, *only), true
}

// chosen records a choice and names its event.
func (t *talk) chosen(s *Step, c Choice) string {
	for i := range s.Choices {
		if s.Choices[i].Value == c.Value {
			return c.Value
		}
	}
	t.got.Value = c.Value
	return onPick
}

// means says whether folded words are this choice. Compiling put its label among its words.
func (c Choice) means(flat string) bool {
	if flat == "" {
		return false
	}
	for _, w := range c.Words {
		if w == flat {
			return true
		}
	}
	return false
}

// longest is how many characters the longest of the choice's words has.
func (c Choice) longest() int {
	n := 0
	for _, w := range c.Words {
		n = max(n, utf8.RuneCountInString(w))
	}
	return n
}

// within says whether a sentence holds one of the choice's words of two characters or more.
func (c Choice) within(flat string) bool {
	for _, w := range c.Words {
		if len(w) >= 6 && strings.Contains(flat, w) {
			return true
		}
	}
	return false
}

// hearPlace understands a shared location. Where a step takes none, the flow's own place step keeps it for later.
func (t *talk) hearPlace(s *Step) string {
	if s.Place {
		t.got.Place = t.in.Place
		return onPlace
	}
	if p := t.plan(); p.Place != "" && t.in.Place != nil {
		t.c.keep(Answer{Step: p.Place, Value: onPlace, Place: t.in.Place})
		t.hint, t.held = "位置收到了，我先记下来。这一步请您这样答：", true
	}
	return ""
}

// hearFile understands a photo, a voice message or a video. A flow keeps what comes at a step that takes none.
func (t *talk) hearFile(s *Step) string {
	if t.in.File == nil {
		return ""
	}
	if s.Files {
		t.got = t.addFile(s.ID)
		return onFile
	}
	p := t.plan()
	if p.Files == "" {
		return ""
	}
	name := t.in.File.Kind.Name()
	if t.fileCount() >= maxFiles {
		t.hint = t.able(textNoMoreFiles)
		return ""
	}
	if h, ok := t.ticket(t.c.Ticket); ok && h.Can(ticket.Say) { // somebody is in danger: it must not wait for its question
		t.sayOn(h.Number, "", files(t.in.File))
		t.held, t.hint = true, name+"转给值班民警了。这一步请您这样答："
		if t.in.Kind == Voice {
			t.hint = "语音转给值班民警了。我自己听不了，这一步请您再用几个字说一下："
		}
		return ""
	}
	a := t.addFile(p.Files)
	t.c.keep(a)
	t.held = true
	switch {
	case t.in.Kind == Voice:
		t.hint = "语音收到了，民警会听。我这里听不了语音，这一步请您再用几个字说一下："
	default:
		t.hint = name + "收到了，我先替您收着。这一步请您这样答："
	}
	return ""
}

const textNoMoreFiles = "一件事最多收9个照片、语音或视频，这一个没能收下。要是它更要紧，登记好以后可以在“进度”里再补。"

// addFile gives the answer at a step with the file that came, if there is room for it.
func (t *talk) addFile(step string) Answer {
	a := Answer{Step: step}
	if old := t.answer(step); old != nil {
		a = *old
		if a.Value == mended { // what is sent now replaces what was sent before
			a.Files, a.Text = nil, ""
		}
		a.Value = ""
	}
	for _, f := range a.Files {
		if f.ID == t.in.File.ID {
			return a
		}
	}
	if len(a.Files) < maxFiles {
		a.Files = append(append([]ticket.Attachment(nil), a.Files...), *t.in.File)
	}
	return a
}

// mended marks the files of a step that is being corrected: kept until a new one comes.
const mended = "mended"

func (t *talk) hasFiles(step string) bool { a := t.answer(step); return a != nil && len(a.Files) > 0 }

func (t *talk) filesAt(step string) []ticket.Attachment {
	if a := t.answer(step); a != nil {
		return a.Files
	}
	return nil
}

func (t *talk) captions(step string) ticket.Personal {
	if a := t.answer(step); a != nil {
		return a.Text
	}
	return ""
}

// fileCount is how many files this conversation holds.
func (t *talk) fileCount() int {
	n := 0
	for _, a := range t.c.Answers {
		n += len(a.Files)
	}
	return n
}
