package flows

// This file holds what is said at a question that is not its answer and yet worth something: a greeting, a telephone, a name, "what do you
// mean", or that it is another matter altogether.

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"frontdesk/ticket"
)

// beside takes such words in and sets what is said before the question is put again. They count as no miss, unless the question was not
// understood.
func (t *talk) beside(s *Step) bool {
	if isWhat(t.flat) {
		t.hint = "我说得再明白些。" + wanted(s, len(t.offered(s)))
		return true
	}
	switch {
	case isGreeting(t.flat):
		t.hint = "我在呢，咱们接着来。"
	case !s.Phone && t.spare("contact", s) && isOnlyPhone(t.raw):
		t.c.keep(Answer{Step: "contact", Value: onPhone, Text: ticket.Personal(t.raw)})
		t.hint = "电话记下了。这一步请您这样答："
	case t.spare("name", s) && isIntroduction(t.flat):
		t.c.keep(Answer{Step: "name", Value: onText, Text: ticket.Personal(t.raw)})
		t.hint = "称呼记下了。这一步请您这样答："
	case s.Phone && t.addsToStory():
		t.hint = "这句话我也记下了，民警看得到。"
	case s.Max > 0 && !s.Files && isSent(t.flat):
		t.hint = "好的，前面的都收好了。这一步还差您一句话："
	case s.Max > 0 && !s.Files && isYes(t.flat): // "确认" is no address
		t.hint = "好的。" + wanted(s, 0)
	case s.Max > 0 && !s.Files && isThanks(t.flat):
		t.hint = "不客气。" + wanted(s, 0)
	case s.Max > 0 && !s.Files && deedWords[t.whole()] != "" && deedWords[t.whole()] != "add" && (s.ID == "name" || len(t.r.Tickets) > 0):
		t.hint = "咱们先把这件登记好；要催、要撤以前的事，登记好以后回复“进度”。\n这一步请您这样答："
	case t.spare("anonymous", s) && isAnonymous(t.flat):
		t.c.keep(Answer{Step: "anonymous", Value: "yes"})
		t.hint = "好的，给您匿名。这一步请您这样答："
	case s.ID == "name" && isOnlyPhone(t.raw):
		t.hint = "这是电话号码。称呼请用字写，别人平时怎么叫您就怎么写；不想说就回复“不用”。"
	case s.ID == "name" && !isNone(t.flat) && !isName(t.flat):
		if t.addsToStory() {
			t.hint = "这句话我也记下了，民警看得到。"
			break
		}
		t.hint = "称呼请写得短些，别人平时怎么叫您就怎么写；不想说就回复“不用”。"
	case s.Max == 0 && !s.Phone && !s.Summary && t.keepFragment(6):
		if t.hint == "" {
			t.hint = wanted(s, len(t.offered(s)))
		}
		t.hint = "这句我先记下了。" + t.hint
		return true // it counts as a miss: the question stands
	default:
		return false
	}
	t.held = true
	return true
}

// addsToStory puts words that came where a telephone was asked for behind what was told before: they are not thrown away.
func (t *talk) addsToStory() bool {
	for _, w := range []string{"号码", "电话", "手机"} { // about the telephone, not about the matter
		if strings.Contains(t.flat, w) {
			return false
		}
	}
	a := t.answer(t.plan().Words)
	if a == nil || a.Value != onText || utf8.RuneCountInString(t.flat) < 6 || strings.ContainsFunc(t.raw, unicode.IsDigit) || isNone(t.flat) || isDone(t.flat) {
		return false
	}
	more := *a
	more.Text += "\n" + t.in.Text
	t.c.keep(more)
	return true
}

// keepFragment puts words of the matter that were said before it was asked for with what will be told: they need not be said again, and the
// question for the whole story still comes.
func (t *talk) keepFragment(atLeast int) bool {
	p := t.plan()
	for _, w := range []string{"懂", "明白", "意思", "怎么填", "怎么回", "哪个", "选"} { // about the question, not about the matter
		if strings.Contains(t.flat, w) && utf8.RuneCountInString(t.flat) < 12 {
			return false
		}
	}
	if p.Words == "" || utf8.RuneCountInString(t.flat) < atLeast || isNone(t.flat) || isDone(t.flat) || isYes(t.flat) || isThanks(t.flat) || isSigh(t.flat) ||
		isBareNo(t.flat) || isBareNumber(t.flat) || matterNames[t.whole()] != "" || p.Name != guess(t.flat).flow && guess(t.flat).score >= sureGuess {
		return false
	}
	told := Answer{Step: p.Words}
	if a := t.answer(p.Words); a != nil {
		told = *a
		told.Text += "\n"
	}
	told.Text += t.in.Text
	t.c.keep(told)
	return true
}

// spare says whether the flow asks for this later, at another step than the one that stands, and has no answer yet.
func (t *talk) spare(step string, now *Step) bool {
	s := t.plan().steps[step]
	return s != nil && s.ID != now.ID && t.answer(step) == nil && (s.Skip == nil || s.Skip(t) == "")
}

// isAnonymous says whether a whole message only asks not to be named.
func isAnonymous(flat string) bool {
	switch strings.TrimRight(joined(flat), particles) {
	case "匿名", "我要匿名", "要匿名", "匿名投诉", "匿名举报", "不要写我名字", "别写我名字", "不要说我名字", "别说是我说的", "不要说是我说的":
		return true
	}
	return false
}

// isName says whether a folded text may be what somebody is called: short, and no sentence.
func isName(flat string) bool {
	return utf8.RuneCountInString(flat) <= 12 && !strings.ContainsFunc(flat, func(r rune) bool { return unicode.IsPunct(r) && r != '·' && r != '.' }) && !isBareNo(flat) &&
		!isWhat(flat) && !holds(flat, []string{"错了", "不对", "没问题", "我还", "他还", "她还", "还有", "补充"})
}

// isWhat says whether a whole message asks what was meant.
func isWhat(flat string) bool {
	switch strings.TrimRight(joined(flat), particles) {
	case "什么意思", "啥意思", "这是什么意思", "什么", "不懂", "看不懂", "没看懂", "不明白", "没明白", "听不懂", "我不懂", "我看不懂", "怎么填", "怎么回", "怎么答":
		return true
	}
	return false
}

// isSent says whether a whole message only tells that everything was sent. At a question for words "好" and "可以" are left alone.
func isSent(flat string) bool {
	switch strings.TrimRight(joined(flat), "了啦的啊呀吧") {
	case "完成", "发完", "传完", "已发完", "都发完", "就这些", "提交", "下一步":
		return true
	}
	return false
}

// isOnlyPhone says whether a message is a telephone number with nothing told beside it.
func isOnlyPhone(raw string) bool {
	if !hasPhone(raw) {
		return false
	}
	words := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return r
		}
		return -1
	}, fold(raw))
	switch words {
	case "", "电话", "我的电话", "我电话", "手机", "手机号", "我的手机", "我的手机号", "电话是", "我的电话是", "我电话是", "联系电话", "打我电话":
		return true
	}
	return false
}

// isIntroduction says whether a message only gives the resident's own name: "我姓王", "我叫李小梅".
func isIntroduction(flat string) bool {
	for _, p := range []string{"我姓", "我叫", "免贵姓", "本人姓"} {
		if name, ok := strings.CutPrefix(flat, p); ok {
			n := utf8.RuneCountInString(name)
			return n >= 1 && n <= 4 && !strings.ContainsFunc(name, func(r rune) bool { return !unicode.Is(unicode.Han, r) })
		}
	}
	return false
}

// hasNoPhone says whether a message tells that there is no telephone.
func hasNoPhone(flat string) bool {
	return strings.Contains(flat, "没") && utf8.RuneCountInString(flat) <= 14 &&
		(strings.Contains(flat, "手机") || strings.Contains(flat, "电话") || strings.Contains(flat, "号码"))
}

// amends are what a resident begins with who takes back the matter that was chosen.
var amends = []string{"不对", "不是", "错了", "选错了", "弄错了", "搞错了", "我选错了", "我弄错了"}

// wishes stand before the name of a matter.
var wishes = []string{"我是要", "我是想", "我想", "我要", "应该是", "改成", "换成", "是", "登记", "办"}

// otherMatter names the flow that a message asks for by its name, and whether it takes back the one that stands.
func otherMatter(flat string) (flow string, amended bool) {
	word := joined(flat)
	for _, p := range amends {
		if rest, ok := strings.CutPrefix(word, p); ok && rest != "" {
			word, amended = strings.TrimLeft(rest, "了啊的"), true
			break
		}
	}
	if flow := matterNames[word]; flow != "" {
		return flow, amended
	}
	for _, p := range wishes {
		word = strings.TrimPrefix(word, p)
	}
	return matterNames[word], amended
}

// matterNames are the flows by every name that residents give them.
var matterNames = func() map[string]string {
	m := map[string]string{}
	for _, c := range matters(true) {
		m[joined(fold(c.Label))] = c.Value
		for _, w := range c.Words {
			m[w] = c.Value
		}
	}
	return m
}()

// switched follows a resident who wants another matter than the one that stands: said outright at any question, or, at a question that only
// takes choices, by words that plainly speak of another one. What is urgent is not left in this way.
func (t *talk) switched(fits bool) bool {
	p := t.plan()
	if t.in.Kind != Text || !p.Keep || t.c.Ticket != "" || t.c.Mending != "" {
		return false
	}
	flow, amended := otherMatter(t.flat)
	open := t.step().Max > 0 || t.step().Phone
	switch {
	case flow == p.Name || flow == progressFlow || flow != "" && !amended && (fits || open):
		return false
	case flow == officerFlow:
		t.officer()
		return true
	case flow != "":
		t.change(flow)
		return true
	case fits || open || t.step().Summary:
		return false
	}
	if h := guess(t.flat); h.flow != p.Name && h.score >= sureGuess {
		t.c = Conversation{Flow: deskFlow, Step: "guess", Aside: t.aside()}
		t.c.keep(Answer{Step: kept, Text: t.in.Text})
		t.ask()
		return true
	}
	return false
}

// change goes over to another matter with what was told so far.
func (t *talk) change(flow string) {
	k := Answer{Step: kept}
	var words []string
	for _, a := range t.c.Answers {
		if text := a.Text.Reveal(); text != "" && a.Step != "contact" && a.Step != "name" {
			words = append(words, strings.TrimSpace(text))
		}
		k.Files = append(k.Files, a.Files...)
		if a.Place != nil {
			k.Place = a.Place
		}
	}
	k.Text = ticket.Personal(strings.Join(words, "\n"))
	t.say("好的，换成" + t.book.byName[flow].Title + "。")
	t.c = Conversation{Flow: deskFlow, Step: "menu", Aside: t.c.Aside}
	if k.Text != "" || len(k.Files) > 0 || k.Place != nil {
		t.c.keep(k)
		t.fillGuess(flow)
	}
	t.begin(flow, "")
}
