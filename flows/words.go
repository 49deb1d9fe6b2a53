package flows

// This file holds how a resident's words are read: folded for matching, numerals, telephones. What is stored is always the original.

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"frontdesk/ticket"
)

// fold makes a text comparable: half-width, lower case, simplified characters, no white space, no punctuation or pictures at its ends.
func fold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		if r = foldRune(r); r > 0 {
			b.WriteRune(r)
		}
	}
	return strings.TrimFunc(b.String(), func(r rune) bool { return unicode.IsPunct(r) || unicode.IsSymbol(r) })
}

// joined takes the punctuation and the thanks at the end out of a short folded text, for comparing a whole message: "没有,谢谢" says what
// "没有" says. Of a long one nothing is compared whole.
func joined(flat string) string {
	if len(flat) > longestPhrase {
		return flat
	}
	whole := strings.Map(func(r rune) rune {
		if unicode.IsPunct(r) {
			return -1
		}
		return r
	}, flat)
	for _, thanks := range []string{"谢谢您", "谢谢你", "谢谢啦", "谢谢了", "谢谢", "多谢", "麻烦您了", "麻烦你了"} {
		if said, ok := strings.CutSuffix(whole, thanks); ok && said != "" {
			return said
		}
	}
	return whole
}

// longestPhrase is how many bytes the longest phrase may have that is understood as a whole.
const longestPhrase = 60

// foldRune folds one character; 0 means that it is left out.
func foldRune(r rune) rune {
	switch {
	case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
		return r
	case r >= 'A' && r <= 'Z':
		return r + 'a' - 'A'
	case r > 0x7f && r < 0x2460:
		if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) || unicode.IsSpace(r) || r == utf8.RuneError {
			return 0
		}
		return r
	case r >= 0x2460 && r <= 0x2468: // ① to ⑨
		return r - 0x2460 + '1'
	case r == 0x3000:
		return 0
	case r >= 0x4e00 && r <= 0x9fff:
		return ticket.Simplify(r)
	case r >= 0xff01 && r <= 0xff5e: // full-width forms
		return foldRune(r - 0xff01 + '!')
	case r >= 0xfe00 && r <= 0xfe0f || r == utf8.RuneError || unicode.IsSpace(r):
		return 0
	}
	return r
}

// legible says whether a text holds anything that can be read: a letter, a character or a digit, not only pictures and punctuation. The
// platform's own note about a message that it cannot show is nothing to read.
func legible(s string) bool {
	if strings.Contains(s, "不支持的消息类型") {
		return false
	}
	for len(s) > 0 {
		if s[0] == '[' { // stickers come as [微笑]
			if end := strings.IndexByte(s, ']'); end > 0 && utf8.RuneCountInString(s[1:end]) <= 4 {
				s = s[end+1:]
				continue
			}
		}
		r, n := utf8.DecodeRuneInString(s)
		if r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsNumber(r)) {
			return true
		}
		s = s[n:]
	}
	return false
}

// isYes says whether a whole message means yes.
func isYes(flat string) bool {
	switch strings.TrimRight(joined(flat), "的啊呀呢吧哦了嘛") {
	case "是", "对", "好", "嗯", "恩", "行", "可以", "要", "需要", "是这样", "没错", "对对", "好好", "是是", "嗯嗯", "ok", "yes", "y", "确定", "确认", "同意":
		return true
	}
	return false
}

// isNone says whether a whole message means that there is nothing to say here.
func isNone(flat string) bool {
	switch strings.TrimRight(joined(flat), "了的啊呀吧哦") {
	case "没啥", "没什么", "没有什么", "不晓得", "说不上来", "记不清", "记不清楚", "说不清", "说不清楚", "没有", "无", "没", "不用", "不需要", "不要", "跳过", "不知道", "不清楚", "不方便", "不想留", "不留", "不说", "略", "暂无", "暂时没有", "不想说",
		"不用说", "none", "no":
		return true
	}
	return false
}

// isDone says whether a whole message means that everything was sent.
func isDone(flat string) bool {
	switch strings.TrimRight(joined(flat), "了啦的啊呀吧") {
	case "完成", "发完", "好", "完", "就这些", "就这", "传完", "结束", "可以", "下一步", "已发完", "都发完", "ok", "提交", "都对提交", "好了没有", "没有别的", "没别的",
		"都在这", "都在这里", "齐", "看完", "说完", "补充完", "就这么多", "没别的了", "没其他的":
		return true
	}
	return false
}

var hanDigits = map[rune]int{
	'一': 1, '二': 2, '两': 2, '三': 3, '四': 4, '五': 5, '六': 6, '七': 7, '八': 8, '九': 9, '壹': 1, '贰': 2, '叁': 3, '肆': 4, '伍': 5,
}

// numeral reads a number that stands at the head of a folded text, in digits or in Chinese, and gives what follows it.
func numeral(flat string) (n int, rest string, ok bool) {
	for _, p := range []string{"我选择", "我选", "选择", "选项", "选", "序号", "第", "答案", "答", "回复"} {
		if strings.HasPrefix(flat, p) {
			flat = flat[len(p):]
			break
		}
	}
	i := 0
	for i < len(flat) && i < 4 && flat[i] >= '0' && flat[i] <= '9' {
		n = n*10 + int(flat[i]-'0')
		i++
	}
	if i == 0 {
		n, i = hanNumeral(flat)
	}
	if i == 0 || i < len(flat) && flat[i] >= '0' && flat[i] <= '9' {
		return 0, flat, false
	}
	rest = flat[i:]
	for _, p := range []string{"个", "项", "号", "条", "种", "件"} {
		if strings.HasPrefix(rest, p) {
			rest = rest[len(p):]
			break
		}
	}
	return n, strings.TrimLeftFunc(rest, unicode.IsPunct), true
}

// hanNumeral reads 一 to 十九 at the head of a text and gives how many bytes it took; 0 for none.
func hanNumeral(flat string) (n, size int) {
	r, w := utf8.DecodeRuneInString(flat)
	if d, ok := hanDigits[r]; ok {
		return d, w
	}
	if r != '十' {
		return 0, 0
	}
	if r2, w2 := utf8.DecodeRuneInString(flat[w:]); hanDigits[r2] > 0 {
		return 10 + hanDigits[r2], w + w2
	}
	return 10, w
}

// hasPhone says whether a text holds a telephone number.
func hasPhone(s string) bool { return ticket.PhoneIn(s) != "" }

// cutRunes gives the first n characters of a text, on one line, with an ellipsis when something was left out.
func cutRunes(s string, n int) string {
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}
