package bot

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"frontdesk/ticket"
)

func TestFieldsOfATemplate(t *testing.T) {
	at := time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC)
	for text, want := range map[string]string{
		"": "thing1 您的工单有了答复 time2 2026年11月24日 10:00",
		" thing4=subject, date5=time,thing6='清波警务室' ": "thing4 您的工单有了答复 date5 2026年11月24日 10:00 thing6 清波警务室",
		"phrase3=subject": "phrase3 有新答复",
	} {
		fields, err := ParseFields(text)
		var got []string
		for _, f := range (Account{Fields: fields}).fields() {
			got = append(got, f.Name, f.value("您的工单有了答复", at))
		}
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	for _, text := range []string{
		"thing1", "thing1=", "thing1=subjet", "thing1=time", "time2=subject", "time2='今天'", "thing1=subject,thing1=time", "amount3=subject",
		"thing1=subject,", "phrase3='六个汉字太长'", "Thing1=subject", "thing1=''", "thing1='😀'", "thing1=' '", "thing1='a\xff'",
	} {
		if _, err := ParseFields(text); !errors.Is(err, ticket.ErrInvalid) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// FuzzFields lets an operator write anything for fields and a letter be about anything: what is read is read again the same, and no value
// is one that the platform refuses.
func FuzzFields(f *testing.F) {
	for _, text := range []string{"", "thing1=subject,time2=time", " thing4=subject, date5=time,thing6='清波警务室' ", "phrase3=subject", "name5='林元众'",
		"const7='a,b'", "thing1=''", "time=time", "phrase3='五个汉字吗'", "thing1='😀'", "thing1=' '", "thing=\xff"} {
		f.Add(text, "您的工单有了答复")
		f.Add(text, "\u200b\x00😀"+text)
	}
	at := time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text, subject string) {
		fields, err := ParseFields(text)
		if err != nil {
			if !errors.Is(err, ticket.ErrInvalid) || len(fields) > 0 {
				t.Errorf("%q: %v with %d fields", text, err, len(fields))
			}
			return
		}
		var again []string
		for _, field := range fields {
			again = append(again, field.Name+"="+field.Says)
		}
		if back, err := ParseFields(strings.Join(again, ",")); err != nil || !slices.Equal(back, fields) {
			t.Errorf("%q is read as %q and then as %q, %v", text, fields, back, err)
		}
		names := map[string]bool{}
		for _, field := range (Account{Fields: fields}).fields() {
			value, kind := field.value(subject, at), strings.TrimRight(field.Name, "0123456789")
			longest := map[string]int{"thing": 20, "phrase": 5, "name": 10, "const": 20, "time": 20, "date": 20}[kind]
			if n := utf8.RuneCountInString(value); n == 0 || n > longest || strings.TrimSpace(value) == "" || names[field.Name] {
				t.Errorf("%q about %q: %s is %q", text, subject, field.Name, value)
			}
			if !utf8.ValidString(value) || strings.ContainsFunc(value, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.So, r) }) {
				t.Errorf("%q about %q: %s is %q, which the platform refuses", text, subject, field.Name, value)
			}
			names[field.Name] = true
		}
	})
}
