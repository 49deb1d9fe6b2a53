package flows

// This file holds corrections that say at once what is right: "改3：天天打麻将", "地点错了，是长安路5号", "不是老王，是老李", and, while the
// questions are still being asked, "说错了，是李四".

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"frontdesk/ticket"
)

var (
	// lineThen is a line by its number, and what it should say.
	lineThen = regexp.MustCompile(`^第?\s*([0-9０-９一二三四五六七八九十]{1,2})\s*[条项个]?[\s，,：:、.。]*(?:应该改成|应该改为|应该是|改成|改为|换成|写成|成|为|是)?[\s，,：:]*(.+)$`)
	// lineThenPlainly is the same said so that it cannot be an answer to something else.
	lineThenPlainly = regexp.MustCompile(`^(?:我要|我想|请|帮我)?(?:修改|更正|改)第?\s*[0-9０-９一二三四五六七八九十]{1,2}\s*[条项]?(?:[\s，,：:、]+|改成|改为|成|为)\S`)
	// wrongThen is what stands between the name of a line and what it should say.
	wrongThen = regexp.MustCompile(`^(?:写|填|说|弄|打)?(?:错了|不对|有误|错)?[\s，,：:、。]*(?:应该改成|应该改为|应该是|改成|改为|换成|写成|是)[\s，,：:]*(.+)$`)
	// notButIs takes back a word and gives another.
	notButIs = regexp.MustCompile(`^(?:不是|不叫|不姓)\s*([^，,。；;\s]{1,20})[\s，,。；;]+(?:是|叫|姓|应该是|而是)\s*([^，,。；;\s]{1,60})[。！!]?$`)
	// mistake begins the correction of what was said last.
	mistake = regexp.MustCompile(`^(?:不好意思|对不起)?[\s，,]*(?:我)?(?:刚才|刚刚|上面|前面)?(?:说错了|写错了|打错了|填错了|说错|写错|打错|填错)[\s，,：:。]+(?:应该是|应该写|改成|是|叫)?\s*(.+)$`)
	// notBut is a correction inside one: 不是楼上是楼下.
	notBut = regexp.MustCompile(`^不是([^，,。；;\s]{1,20}?)[\s，,]*(?:而是|是)([^，,。；;\s]{1,60})$`)
)

// amendsAtOnce hears at the confirmation a correction that says what is right, or one more sentence, and says whether it was one.
func (t *talk) amendsAtOnce() bool {
	raw := strings.TrimSpace(t.raw)
	if m := notButIs.FindStringSubmatch(raw); m != nil {
		return t.replaceIn(m[1], m[2])
	}
	if begins(t.flat, addLeads) && t.addsAtTheEnd() {
		return true
	}
	if unPhoned[t.whole()] && t.answer("contact") != nil {
		t.c.keep(Answer{Step: "contact", Value: onNone})
		t.c.Misses = 0
		t.say("好的，电话不留了。")
		t.ask()
		return true
	}
	if rest, ok := amendment(t.flat); ok && len(numbers(rest, len(t.labelled()))) > 0 { // lines, and not yet what they should say
		return false
	}
	i, value := t.lineWith(raw)
	if i < 0 || !legible(value) || len(numbers(fold(value), maxTrail)) > 0 && !t.labelled()[i].Phone {
		return false
	}
	return t.setLine(i, value)
}

// lineLeads may stand before the name of a line.
var lineLeads = append(strings.Fields("请把 把 请 帮我"), amendLeads...)

// lineWith finds the line that a correction names, and what it should say; -1 for none.
func (t *talk) lineWith(raw string) (int, string) {
	lines := t.labelled()
	said := raw
	for _, lead := range lineLeads {
		said = strings.TrimSpace(strings.TrimPrefix(said, lead))
	}
	if m := lineThen.FindStringSubmatch(said); m != nil && (said != raw || strings.HasPrefix(raw, "第")) {
		if glued := m[1] + m[2]; strings.Contains(said, glued) && strings.ContainsAny(m[2][:1], "0123456789") { // 改10 is no 0 for line 1
			return -1, ""
		}
		if n, rest, ok := numeral(fold(m[1])); ok && rest == "" && n <= len(lines) && m[2] != "" && !strings.Contains(fold(lines[n-1].Label), fold(m[2])) &&
			!holds(fold(m[2]), []string{"错", "不对"}) {
			return n - 1, m[2]
		}
		return -1, ""
	}
	for i, l := range lines {
		name := fold(l.Label)
		if name == "地点" && strings.HasPrefix(said, "地址") {
			said = "地点" + strings.TrimPrefix(said, "地址")
		}
		for _, name := range []string{name, string([]rune(name)[max(0, utf8.RuneCountInString(name)-2):])} { // "电话" for 联系电话
			if rest, ok := strings.CutPrefix(said, name); ok {
				if m := wrongThen.FindStringSubmatch(rest); m != nil {
					return i, m[1]
				}
			}
		}
	}
	return -1, ""
}

// setLine puts an answer in the place of another as if it had been asked for anew.
func (t *talk) setLine(i int, value string) bool {
	s := t.labelled()[i]
	raw, flat, text := t.raw, t.flat, t.in.Text
	t.c.Mending, t.c.Step = s.ID, s.ID
	t.raw, t.flat, t.in.Text = value, fold(value), ticket.Personal(value)
	on := t.hear(s)
	if on == "" || s.Files { // it does not fit: the line is asked for
		t.raw, t.flat, t.in.Text, t.hint, t.held = raw, flat, text, "", false
		t.c.Mending, t.c.Step = "", "confirm"
		t.mendLine(i, s)
		t.ask()
		return true
	}
	t.say("第" + strconv.Itoa(i+1) + "条改好了。")
	t.move(on)
	return true
}

// replaceIn puts one word for another in the one answer that holds it.
func (t *talk) replaceIn(old, right string) bool {
	var changed []string
	for i, s := range t.labelled() {
		a := *t.answer(s.ID)
		if (a.Value == onText || a.Value == onPhone) && strings.Contains(a.Text.Reveal(), old) {
			a.Text = ticket.Personal(strings.ReplaceAll(a.Text.Reveal(), old, right))
			t.c.keep(a)
			changed = append(changed, strconv.Itoa(i+1))
		}
	}
	if len(changed) == 0 {
		return false
	}
	t.c.Misses = 0
	t.say("第" + strings.Join(changed, "、") + "条改好了。")
	t.ask()
	return true
}

// addsAtTheEnd puts a sentence that came to mind at the confirmation behind what was told.
func (t *talk) addsAtTheEnd() bool {
	a := t.answer(t.plan().Words)
	if a == nil || a.Value != onText || utf8.RuneCountInString(t.flat) < 6 {
		return false
	}
	more := *a
	more.Text += "\n" + t.in.Text
	t.c.keep(more)
	t.c.Misses = 0
	t.say("这句加进去了。")
	t.ask()
	return true
}

// amendsLast hears the correction of the answer before the question that stands, with what is right.
func (t *talk) amendsLast() bool {
	if t.c.Ticket != "" {
		return false
	}
	if s, value := t.namedWrong(); s != nil {
		if s.Phone && !hasPhone(value) || len(s.Choices) > 0 || s.ID == t.step().ID {
			return false
		}
		now := Answer{Step: s.ID, Value: onText, Text: ticket.Personal(value)}
		if s.Phone {
			now.Value, now.Text = onPhone, ticket.Personal(ticket.PhoneIn(value))
		}
		t.c.keep(now)
		t.amended(s, value)
		return true
	}
	m := mistake.FindStringSubmatch(strings.TrimSpace(t.raw))
	if m == nil || !legible(m[1]) || len(t.c.Trail) == 0 {
		return false
	}
	if swap := notBut.FindStringSubmatch(strings.TrimRightFunc(m[1], unicode.IsPunct)); swap != nil {
		return t.replaceIn(swap[1], swap[2])
	}
	right := strings.TrimRightFunc(m[1], unicode.IsPunct)
	if flow, _ := otherMatter(fold(right)); flow != "" {
		return false
	}
	last := t.plan().steps[t.c.Trail[len(t.c.Trail)-1]]
	if last == nil || last.Label == "" || last.Files || last.ID == t.plan().Words { // a story is not put right by a few words
		return false
	}
	a := t.answer(last.ID)
	if a == nil || a.Value != onText && a.Value != onPhone && a.Value != onNone || last.Phone && !hasPhone(right) || utf8.RuneCountInString(right) < last.Min {
		return false
	}
	now := Answer{Step: last.ID, Value: onText, Text: ticket.Personal(right)}
	if last.Phone {
		now.Value = onPhone
	}
	t.c.keep(now)
	t.amended(last, right)
	return true
}

// unPhoned are ways to take the telephone back.
var unPhoned = set("电话不留 电话不留了 不留电话 不留电话了 电话删掉 电话去掉 把电话删掉 把电话去掉 不要写电话")

// wrongOf say outright that something was wrong.
var wrongOf = strings.Fields("错了 不对 有误")

// namedWrong finds the line that is said to be wrong, and what it should say: 电话错了，是139…. Most messages say no such thing, so the words are
// looked for first.
func (t *talk) namedWrong() (*Step, string) {
	if !holds(t.raw, wrongOf) {
		return nil, ""
	}
	i, value := t.lineWith(strings.TrimSpace(t.raw))
	if i < 0 || t.labelled()[i].Files {
		return nil, ""
	}
	return t.labelled()[i], value
}

// amended says what was put right and puts the question again that stands.
func (t *talk) amended(s *Step, right string) {
	t.hint, t.held = "好的，“"+s.Label+"”改成“"+cutRunes(right, 24)+"”了。这一步请您这样答：", true
	t.miss()
}
