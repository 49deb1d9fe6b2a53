package flows

// This file holds the correction of answers at the confirmation: which lines are meant, one after the other, and what is said while one is
// corrected.

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"frontdesk/ticket"
)

// amendLeads begin a wish to correct, the longer ones first.
var amendLeads = []string{"我还想修改", "我还要修改", "我想修改", "我要修改", "我还想改", "我还要改", "我想改", "我要改", "还要改", "还想改", "再改", "也改", "修改", "更正", "改一下", "改下", "改正", "改改", "改"}

// amendment gives what follows the wish to correct something; false when a folded text is none. Lines that are named as lines are wish enough.
func amendment(flat string) (rest string, ok bool) {
	for _, lead := range amendLeads {
		if rest, ok := strings.CutPrefix(flat, lead); ok {
			if bare := strings.ReplaceAll(rest, "改", ""); len(numbers(bare, maxTrail)) > 0 { // 改1,改2
				rest = bare
			}
			return rest, true
		}
	}
	return flat, strings.Contains(flat, "条") && len(numbers(flat, maxTrail)) > 0 // 第二条和第三条
}

// numbers reads numbers of lines that make up a whole text: "3", "3和4", "第三条、第四条", "34" where there are no 34 lines. Nothing but numbers
// from 1 to most is understood, each once.
func numbers(s string, most int) []int {
	if most <= 9 && len(s) > 1 && strings.Trim(s, "0123456789") == "" { // the white space between them was folded away
		s = strings.Join(strings.Split(s, ""), ",")
	}
	var list []int
	for s != "" {
		n, rest, ok := numeral(s)
		if !ok || n < 1 || n > most {
			return nil
		}
		seen := false
		for _, m := range list {
			seen = seen || m == n
		}
		if !seen {
			list = append(list, n)
		}
		if rest != "" && rest == strings.TrimLeft(rest, "和跟与还有以及,、") && !strings.ContainsAny(s, ",、;.") && !strings.Contains(s, "第") {
			return nil
		}
		s = strings.TrimLeftFunc(strings.TrimLeft(rest, "和跟与还有以及"), unicode.IsPunct)
	}
	return list
}

// mendList is the step under which the lines wait that are to be corrected next, by their steps.
const mendList = "mends"

// mendLater remembers what else is to be corrected of the lines that were named together.
func (t *talk) mendLater(rest string) {
	lines := t.labelled()
	var later []string
	for i, n := range numbers(rest, len(lines)) {
		if i > 0 {
			later = append(later, lines[n-1].ID)
		}
	}
	t.c.drop(mendList)
	if len(later) > 0 {
		t.c.keep(Answer{Step: mendList, Value: strings.Join(later, " ")})
	}
}

// mendNext goes on to the next line that was named for correction, once the one before is done.
func (t *talk) mendNext() {
	list := strings.Fields(t.value(mendList))
	if len(list) == 0 {
		return
	}
	t.c.drop(mendList)
	if len(list) > 1 {
		t.c.keep(Answer{Step: mendList, Value: strings.Join(list[1:], " ")})
	}
	for i, s := range t.labelled() {
		if s.ID == list[0] {
			t.mendLine(i, s)
			return
		}
	}
	t.mendNext() // it is not asked on this path any more
}

// amends hears what is said about correcting while something is asked: another line while one is corrected, a line before there is anything to
// correct. What leads to the right answer is taken off it: "改成13800001234". It says whether the message is dealt with.
func (t *talk) amends() bool {
	if t.in.Kind != Text || !t.plan().Keep {
		return false
	}
	if t.step().Summary {
		return t.amendsAtOnce()
	}
	if t.c.Mending == "" && t.amendsLast() {
		return true
	}
	rest, ok := amendment(t.flat)
	whole := ok && lineThenPlainly.MatchString(strings.TrimSpace(t.raw))
	if whole && t.c.Mending != "" {
		t.c.Mending, t.c.Step = "", "confirm"
		if t.amendsAtOnce() {
			return true
		}
	}
	if t.c.Mending == "" {
		if !ok || len(numbers(rest, maxTrail)) == 0 && !whole {
			return false
		}
		t.hint, t.held = "先把这几句说完，最后会让您一条一条核对，那时候再改。要改前一个回答，回复“上一步”。\n这一步请您这样答：", true
		t.miss()
		return true
	}
	if list := numbers(rest, len(t.labelled())); ok && len(list) > 0 && !t.means(t.step()) {
		t.c.Mending, t.c.Step = "", "confirm"
		t.mendLater(rest)
		i := list[0] - 1
		t.mendLine(i, t.labelled()[i])
		t.ask()
		return true
	}
	t.unwrap()
	return false
}

// means says whether the message is one of a step's choices.
func (t *talk) means(s *Step) bool {
	_, chosen := t.choose(s)
	return chosen
}

// unwrap takes off an answer what only leads to it.
func (t *talk) unwrap() {
	said := strings.TrimSpace(t.raw)
	for _, lead := range []string{"我要改成", "我想改成", "请改成", "帮我改成", "改成", "改为", "换成", "应该是", "应该写", "正确的是"} {
		rest, ok := strings.CutPrefix(said, lead)
		rest = strings.TrimLeftFunc(rest, func(r rune) bool { return unicode.IsPunct(r) || unicode.IsSpace(r) })
		if ok && utf8.RuneCountInString(rest) > 1 && legible(rest) {
			t.raw, t.flat, t.in.Text = rest, fold(rest), ticket.Personal(rest)
			return
		}
	}
}

// wrongLine finds the line of which a resident says that it is wrong: "第4条电话写错了", "电话不对", or another number than the one that stands
// there. -1 for none.
func (t *talk) wrongLine(word string) int {
	lines := t.labelled()
	if hasPhone(t.raw) {
		for i, l := range lines {
			if l.Phone {
				return i
			}
		}
	}
	wrong := false
	for _, w := range []string{"错", "不对", "不是", "改"} {
		wrong = wrong || strings.Contains(word, w)
	}
	if !wrong {
		return -1
	}
	if n, rest, ok := numeral(word); ok && n >= 1 && n <= len(lines) && rest != "" {
		return n - 1
	}
	found := -1
	for i, l := range lines {
		name := fold(l.Label)
		if strings.Contains(word, name) || len(name) > 6 && strings.Contains(word, name[len(name)-6:]) { // "电话" for 联系电话
			if found >= 0 {
				return -1
			}
			found = i
		}
	}
	return found
}

// whichLine finds the line of the summary that is meant, by number or by its label; -1 for none.
func (t *talk) whichLine(s string) int {
	lines := t.labelled()
	if list := numbers(s, len(lines)); len(list) > 0 {
		return list[0] - 1
	}
	if n, rest, ok := numeral(s); ok && n >= 1 && n <= len(lines) && strings.Contains(fold(lines[n-1].Label), rest) {
		return n - 1
	}
	for i, l := range lines {
		if s != "" && (strings.Contains(fold(l.Label), s) || strings.Contains(s, fold(l.Label))) {
			return i
		}
	}
	return -1
}

// mend goes to the one answer that is to be corrected; the others stay.
func (t *talk) mend() {
	i, err := strconv.Atoi(t.got.Value)
	lines := t.labelled()
	if err != nil || i >= len(lines) {
		return
	}
	s := lines[i]
	if said := t.got.Text.Reveal(); s.Phone && hasPhone(said) { // the right number came along
		t.c.keep(Answer{Step: s.ID, Value: onPhone, Text: ticket.Personal(ticket.PhoneIn(said))})
		t.say("电话改好了。")
		return
	}
	t.mendLine(i, s)
}

// mendLine asks for one line anew.
func (t *talk) mendLine(i int, s *Step) {
	t.c.Mending, t.c.Step = s.ID, s.ID
	a := *t.answer(s.ID)
	was := s.shown(&a)
	if s.Files {
		a.Value = mended
		t.c.keep(a)
	}
	t.say("好，改第" + strconv.Itoa(i+1) + "条。原来是：" + cutRunes(was, 40) + "\n（不改了，回复“上一步”）")
}

// unmend leaves a correction without changing anything.
func (t *talk) unmend() {
	if a := t.answer(t.c.Mending); a != nil && a.Value == mended {
		whole := *a
		whole.Value = onDone
		if len(whole.Files) == 0 {
			whole.Value = onNone
		}
		t.c.keep(whole)
	}
	t.c.Mending, t.c.Step = "", "confirm"
	t.c.drop(mendList)
	t.say("好的，不改了。")
	t.ask()
}
