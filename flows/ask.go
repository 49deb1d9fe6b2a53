package flows

// This file holds how a question is put: its words, its numbered choices, its example, and what is said when an answer does not fit.

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"frontdesk/ticket"
)

// question writes the question of a step as the resident reads it.
func (t *talk) question(s *Step) string {
	var b strings.Builder
	if s.Say != nil {
		b.WriteString(s.Say(t))
	} else {
		b.WriteString(s.Text)
	}
	if s.Summary {
		t.summary(&b)
	}
	for i, c := range t.offered(s) {
		b.WriteByte('\n')
		b.WriteString(strconv.Itoa(i + 1))
		b.WriteByte(' ')
		b.WriteString(c.Label)
	}
	if s.Example != "" {
		b.WriteString("\n（例如：" + s.Example + "\uff09")
	}
	if s.Offer != nil {
		if o := s.Offer(t); o != "" {
			b.WriteByte('\n')
			b.WriteString(o)
		}
	}
	if t.plan().Keep && len(t.c.Trail) == 0 && t.c.Mending == "" && !s.Summary && t.c.Misses == 0 {
		b.WriteString("\n\n" + textAnytime)
	}
	return b.String()
}

// textAnytime is said once, at the first question of a flow.
const textAnytime = "（随时可以回复：上一步、取消、菜单、人工）"

// offered gives the choices that have a number now.
func (t *talk) offered(s *Step) []Choice {
	if s.Summary {
		return nil
	}
	if s.Pick == nil && s.Lead == nil && !slices.ContainsFunc(s.Choices, func(c Choice) bool { return c.If != nil }) {
		return s.Choices
	}
	var out []Choice
	if s.Lead != nil {
		out = s.Lead(t)
	}
	if s.Pick != nil {
		out = append(out, s.Pick(t)...)
	}
	for _, c := range s.Choices {
		if c.If == nil || c.If(t) {
			out = append(out, c)
		}
	}
	return out
}

// The number of answers that do not fit before an officer is offered.
const manyMisses = 3

// miss puts the question again, with a reason and an example; the third time with the offer of an officer.
func (t *talk) miss() {
	s := t.step()
	t.c.Flow, t.c.Step = t.plan().Name, s.ID
	if !t.held {
		t.c.Misses++
	}
	t.visit(t.plan().Name, s.ID, "听不懂")
	reason := t.hint
	if reason == "" {
		reason = t.able(t.reason(s))
	}
	if t.c.Misses >= manyMisses && !t.held && t.plan().Name != officerFlow { // who asks for an officer is not offered one
		reason += "\n要不要请民警直接联系您？要的话回复“人工”。也可以接着答："
	}
	q := t.question(s)
	if s.Plain != "" && (t.c.Misses > 1 || isWhat(t.flat)) {
		plain := *s
		plain.Say, plain.Text = nil, s.Plain
		q = t.question(&plain)
	}
	if s.Summary { // the whole summary again would bury the reason
		q = textSummaryHow
	}
	t.say(reason + "\n\n" + q)
}

// reason says why the answer does not fit and what would.
func (t *talk) reason(s *Step) string {
	n := len(t.offered(s))
	again := t.c.Misses > 1 && !t.held // the same words twice would only annoy
	switch {
	case t.deaf():
		return "我们这个号收不到" + ticket.MediaKind(t.in.Kind).Name() + "，民警也看不到听不到。请把要说的打成字，照片可以发。"
	case s.Summary && again:
		return "还是没听明白，您看着下面的样子回我就行。"
	case s.Summary:
		return "不好意思，我没听明白。"
	case t.in.Kind == Text && !legible(t.raw):
		return "您发的内容我没看懂。" + wanted(s, n)
	case t.in.Kind == Voice:
		return "语音我这里听不了。" + wanted(s, n)
	case t.in.Kind == Photo || t.in.Kind == Video:
		return "这一步还用不上照片和视频。" + wanted(s, n)
	case t.in.Kind == Place && !s.Place:
		return "这一步还用不上位置。" + wanted(s, n)
	case s.Phone && again:
		return "还是不像电话号码。只发数字就行；没有电话、不想留，都可以回复“不用”。"
	case s.Phone && !strings.ContainsFunc(t.raw, unicode.IsDigit):
		return "我没看到电话号码。手机号是11位数字，座机带上区号。"
	case s.Phone:
		return "这个号码好像不对，手机号是11位数字，座机带上区号。"
	case again:
		return "怪我没说清楚。" + wanted(s, n)
	case s.Max > 0 && s.Min > 1 && len([]rune(t.raw)) < s.Min:
		return "字太少了，民警怕看不明白，请多说几个字。"
	}
	return "不好意思，我没听明白。" + wanted(s, n)
}

// wanted says what kind of answer a step takes.
func wanted(s *Step, n int) string {
	switch {
	case n > 0 && s.Max > 0:
		return fmt.Sprintf("请回复数字（1到%d），或者用几个字告诉我。", n)
	case n == 1:
		return "请回复数字1。"
	case n > 1:
		return fmt.Sprintf("请回复数字，1到%d中的一个，比如“1”。", n)
	case s.Phone:
		return "请把电话号码打成数字发给我；不想留就回复“不用”。"
	case s.Files:
		return "请发照片、语音或视频；没有就回复“没有”。"
	case s.Place:
		return "请发位置，或者把地址写给我。"
	}
	return "请用几个字告诉我。"
}
