package flows

// This file holds how danger is found: what is looked for in every text before anything else, and what makes an alarm false or doubtful.
// The words themselves are in dangerwords.go.
//
// The rule is: a word of danger in the present is an alarm; the same word in the past, as a question of law or in something forwarded is a
// doubt, and a doubt is settled with one question; a word that is only part of a harmless one, or is denied, is nothing.

import (
	"regexp"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// peril is how sure a text is about danger.
type peril int

const (
	noPeril peril = iota
	doubtful
	now
)

// hazardKind is what kind of danger it is.
type hazardKind string

const (
	violence hazardKind = "人身危险"
	selfHarm hazardKind = "轻生"
	fire     hazardKind = "火情燃气"
	medical  hazardKind = "急病受伤"
	missing  hazardKind = "人员走失"
	trapped  hazardKind = "被困被拘"
	swindle  hazardKind = "正在被骗"
)

// lexicon finds words by their first character.
type lexicon map[rune][]lexeme

type lexeme struct {
	word  string
	kind  hazardKind
	peril peril
}

// add puts words in under their first character.
func (l lexicon) add(words []string, kind hazardKind, p peril) {
	for _, w := range words {
		r, _ := utf8.DecodeRuneInString(w)
		l[r] = append(l[r], lexeme{w, kind, p})
	}
}

// compose gives every word that the parts make, each part with each of the next; "-" stands for nothing.
func compose(parts []string) []string {
	words := []string{""}
	for _, part := range parts {
		var longer []string
		for _, w := range words {
			for _, p := range strings.Fields(part) {
				longer = append(longer, w+strings.TrimPrefix(p, "-"))
			}
		}
		words = longer
	}
	return words
}

// dangers is built from the lists of words and never changed.
var dangers = func() lexicon {
	l := lexicon{}
	l.add(harmless, "", noPeril)
	for _, c := range composed {
		l.add(compose(c.parts), c.kind, now)
	}
	for _, d := range append(dangerWords, dangerEnglish...) {
		l.add(strings.Fields(d.now), d.kind, now)
		l.add(strings.Fields(d.doubt), d.kind, doubtful)
	}
	for r := range l {
		sort.SliceStable(l[r], func(i, j int) bool { return len(l[r][i].word) > len(l[r][j].word) })
	}
	return l
}()

// assess looks for danger in a folded text.
func assess(flat string) (peril, hazardKind) {
	flat = plainly(flat)
	worst, kind := cries[joined(flat)], violence
	for i, r := range flat {
		if p, k := signalAt(flat, i, r); p > worst {
			if p == now && clouded(flat) {
				p = doubtful
			}
			if p > worst {
				worst, kind = p, k
			}
		}
		x, ok := lexemeAt(dangers[r], flat, i)
		if !ok || covered(flat, i, x) {
			continue
		}
		p := x.peril
		if denied(flat[:i]) && !contains(undeniable, x.word) {
			if x.kind != selfHarm {
				continue
			}
			p = doubtful
		}
		if p == now && clouded(flat) {
			p = doubtful
		}
		if p > worst {
			worst, kind = p, x.kind
		}
	}
	switch {
	case kind == missing && holds(flat, foundAgain):
		return noPeril, ""
	case worst == noPeril && astray(flat):
		return doubtful, missing
	case worst == noPeril:
		return noPeril, ""
	case worst == doubtful && kind != selfHarm && over(flat):
		return noPeril, ""
	case worst == doubtful && kind != selfHarm && holds(flat, nowWords) && !holds(flat, moot) && !holds(flat, pastWords) && strongDoubt(flat):
		worst = now
	}
	return worst, kind
}

// astray says whether a text tells that somebody who cannot look after themselves has not come home: 孩子放学没回家, 早上出门到现在没回来.
func astray(flat string) bool {
	return holds(flat, dependants) && holds(flat, notBack) && holds(flat, since) && !holds(flat, moot)
}

// foundAgain say that whoever was lost is back.
var foundAgain = strings.Fields("找回来了 找到了 已经回来 已经找到 自己回来了 回家了")

// nextTimes tell of what may come: 以后他再打人我再报警.
var nextTimes = regexp.MustCompile(`(以后|下次|下回|将来)[^,]{0,4}(再|又)`)

func endsInAny(s string, words []string) bool {
	s = strings.TrimRight(s, "啊呀呢吗的")
	for _, w := range words {
		if strings.HasSuffix(s, w) {
			return true
		}
	}
	return false
}

// over says whether a text ends by saying that nothing is the matter now, and does not take that back.
func over(flat string) bool {
	list := clauses(flat)
	return len(list) > 0 && contains(settled, list[len(list)-1]) && !holds(flat, turns)
}

// denies says whether a whole message is a denial: every clause of it denies or plays down, the first one denies, nothing takes it back,
// and there is no word of danger in it.
func denies(flat string) bool {
	if level, _ := assess(flat); level != noPeril || holds(flat, turns) {
		return false
	}
	if over(flat) {
		return true
	}
	list := clauses(flat)
	for i, c := range list {
		if i == 0 && !begins(c, noWords) || !begins(c, mild) {
			return false
		}
	}
	return len(list) > 0
}

// noWords begin an answer that says no.
var noWords = strings.Fields("没 现在没 目前没 暂时没 都没 还没 人没事 不危险 不是 不用 无 no")

// clauses cuts a folded text at its punctuation.
func clauses(flat string) []string {
	return strings.FieldsFunc(flat, func(r rune) bool { return unicode.IsPunct(r) && r != '\'' })
}

func begins(s string, words []string) bool {
	for _, w := range words {
		if strings.HasPrefix(s, w) {
			return true
		}
	}
	return false
}

// lexemeAt gives the longest word that begins at that place.
func lexemeAt(list []lexeme, s string, at int) (lexeme, bool) {
	for _, x := range list {
		if strings.HasPrefix(s[at:], x.word) {
			return x, x.peril != noPeril
		}
	}
	return lexeme{}, false
}

// covered says whether the word at that place lies inside a longer one that began before it: a harmless one, or one that means less or
// more than the shorter word by itself.
func covered(s string, at int, inner lexeme) bool {
	start := at
	for range 8 {
		_, n := utf8.DecodeLastRuneInString(s[:start])
		if n == 0 {
			return false
		}
		start -= n
		r, _ := utf8.DecodeRuneInString(s[start:])
		for _, x := range dangers[r] {
			reach := at - start
			if x.peril != noPeril {
				reach += len(inner.word) - 1
			}
			if len(x.word) > reach && strings.HasPrefix(s[start:], x.word) {
				return true
			}
		}
	}
	return false
}

// denied says whether the clause before a word ends by denying it, with at most one small word between.
func denied(before string) bool {
	if i := strings.LastIndexFunc(before, func(r rune) bool { return unicode.IsPunct(r) }); i >= 0 {
		_, n := utf8.DecodeRuneInString(before[i:])
		before = before[i+n:]
	}
	for _, question := range []string{"会不会", "是不是", "有没有"} { // not a denial
		before = strings.TrimSuffix(before, question)
	}
	for _, small := range []string{"", "人", "再", "被", "发生", "真的", "他", "她", "谁", "想", "要"} {
		cut, ok := strings.CutSuffix(before, small)
		if !ok {
			continue
		}
		for _, d := range denials {
			if strings.HasSuffix(cut, d) {
				return true
			}
		}
	}
	return strings.HasSuffix(before, "不") || strings.HasSuffix(before, "不想") || strings.HasSuffix(before, "不敢")
}

// clouded says whether a text tells of the past or asks in general, and nothing in it says that it is happening.
func clouded(flat string) bool {
	if holds(flat, moot) {
		return true
	}
	return holds(flat, pastWords) && !holds(flat, nowWords) || asksInGeneral(flat) || nextTimes.MatchString(flat) && !holds(flat, nowWords) ||
		holds(flat, habits) && endsInAny(flat, questions) && !holds(flat, nowWords) && !holds(flat, []string{"打我", "揍我", "掐我", "砍我"}) // 邻居天天打架怎么办
}

// asksInGeneral says whether a whole text asks what becomes of an offence, and names nobody it happens to: "打架怎么办", "打人会坐牢吗".
func asksInGeneral(flat string) bool {
	flat = strings.TrimRight(flat, "啊呀呢吗的")
	for _, lead := range []string{"和人", "跟人", "跟别人", "与人", "被人", "孩子", "小孩", "学生", "未成年", "未成年人", "在学校"} {
		flat = strings.TrimPrefix(flat, lead)
	}
	for _, deed := range offences {
		if asked, ok := strings.CutPrefix(flat, deed); ok && contains(questions, asked) {
			return true
		}
	}
	return false
}

// strongDoubt holds for the words of habit that become an alarm when they are happening right now.
func strongDoubt(flat string) bool {
	return holds(flat, []string{"打老婆", "打孩子", "打老人", "家暴", "动手", "殴打", "抢我", "打了我", "冒烟", "流血", "骚扰我"})
}

func holds(s string, words []string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}
