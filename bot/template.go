package bot

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"frontdesk/ticket"
)

// This file keeps what a template message says within the platform's limits.

const (
	longestThing = 20 // characters of a value of the kind thing
	longestID    = 32 // bytes of a client_msg_id
)

// Field is a field of the account's template, by the name that the platform gave it: its letters say of which kind its value is, such as
// thing1, time2, character_string3, phrase4, name5.
type Field struct {
	Name string
	Says string // "subject", "time", or words of its own in single quotes
}

// usualFields are those of a template that was drawn up as the guide says.
var usualFields = []Field{{"thing1", "subject"}, {"time2", "time"}}

var fieldName = regexp.MustCompile(`^([a-z_]+?)[0-9]{0,3}$`)

// longestValue is how many characters a value of each kind may have; see wechat.md.
var longestValue = map[string]int{"thing": longestThing, "phrase": 5, "name": 10, "const": longestThing}

// ParseFields reads fields as an operator writes them: thing1=subject,time2=time,thing3='清波警务室'. Empty text gives none, which stands for the usual ones. Errors
// wrap [ticket.ErrInvalid] and name the field.
func ParseFields(text string) ([]Field, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	var list []Field
	seen := make(map[string]bool)
	for part := range strings.SplitSeq(text, ",") {
		name, says, _ := strings.Cut(strings.TrimSpace(part), "=")
		f := Field{strings.TrimSpace(name), strings.TrimSpace(says)}
		kind, ok := f.kind()
		timely := kind == "time" || kind == "date"
		switch {
		case !ok || seen[f.Name]:
			return nil, fmt.Errorf("%w: the template has no field %q, or has it twice", ticket.ErrInvalid, f.Name)
		case f.Says != "subject" && f.Says != "time" && f.words() == "":
			return nil, fmt.Errorf("%w: the field %s says subject, time or words in single quotes", ticket.ErrInvalid, f.Name)
		case utf8.RuneCountInString(f.words()) > longestValue[kind]:
			return nil, fmt.Errorf("%w: the words of the field %s are too long", ticket.ErrInvalid, f.Name)
		case f.words() != "" && short(f.words(), longestValue[kind]) != f.words():
			return nil, fmt.Errorf("%w: the words of the field %s are blank, or hold signs that the platform refuses", ticket.ErrInvalid, f.Name)
		case timely != (f.Says == "time"):
			return nil, fmt.Errorf("%w: a field of the kind time or date says time, and no other does: %s", ticket.ErrInvalid, f.Name)
		}
		seen[f.Name] = true
		list = append(list, f)
	}
	return list, nil
}

// kind is what kind of value the field takes; false for one that cannot carry words.
func (f Field) kind() (string, bool) {
	m := fieldName.FindStringSubmatch(f.Name)
	if m == nil {
		return "", false
	}
	_, words := longestValue[m[1]]
	return m[1], words || m[1] == "time" || m[1] == "date"
}

// fields are those of the account's template.
func (a Account) fields() []Field {
	if len(a.Fields) == 0 {
		return usualFields
	}
	return a.Fields
}

// words are the field's own, without their quotes; none when it says something else.
func (f Field) words() string {
	if len(f.Says) < 3 || f.Says[0] != '\'' || f.Says[len(f.Says)-1] != '\'' {
		return ""
	}
	return f.Says[1 : len(f.Says)-1]
}

// value is what the field says about a letter.
func (f Field) value(subject string, now time.Time) string {
	kind, _ := f.kind()
	switch {
	case f.Says == "time":
		return now.In(ticket.Shanghai).Format("2006年1月2日 15:04")
	case f.words() != "":
		return f.words()
	case kind == "phrase":
		return "有新答复" // five characters are too few for what it is about
	}
	return short(subject, longestValue[kind])
}

// short makes a value in words: neither empty, nor too long, nor with emoji, which the platform refuses.
func short(s string, longest int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.So, r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r) {
			return -1
		}
		return r
	}, s)
	r := []rune(strings.TrimSpace(s))
	switch {
	case len(r) == 0:
		return "警务室给您留了话"
	case len(r) > longest:
		return string(r[:longest-1]) + "…"
	}
	return string(r)
}

// shortID makes a client_msg_id of a letter's id; the same letter always has the same.
func shortID(id string) string {
	if len(id) <= longestID {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:longestID/2])
}
