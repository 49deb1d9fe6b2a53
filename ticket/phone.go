package ticket

import (
	"strings"
	"unicode"
)

// PhoneIn gives the first telephone number in a text, in digits: a mobile of the mainland, or a landline with or without its area code. It is
// empty when there is none.
func PhoneIn(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r >= 0xff01 && r <= 0xff5e { // full-width forms
			r = r - 0xff01 + '!'
		}
		if unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) || r == '(' || r == ')' || r == '+' {
			continue
		}
		if r >= '0' && r <= '9' {
			b.WriteRune(r)
		} else {
			b.WriteByte(' ')
		}
	}
	for _, d := range strings.Fields(b.String()) {
		d = strings.TrimPrefix(strings.TrimPrefix(d, "0086"), "86")
		switch {
		case len(d) == 11 && d[0] == '1' && d[1] >= '3':
			return d
		case len(d) >= 10 && len(d) <= 12 && d[0] == '0' && d[1] != '0':
			return d
		case (len(d) == 7 || len(d) == 8) && d[0] >= '2' && d[0] <= '8':
			return d
		}
	}
	return ""
}
