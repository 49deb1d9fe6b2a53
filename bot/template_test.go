package bot

import (
	"errors"
	"strings"
	"testing"
	"time"

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
		"thing1=subject,", "phrase3='六个汉字太长'", "Thing1=subject", "thing1=''",
	} {
		if _, err := ParseFields(text); !errors.Is(err, ticket.ErrInvalid) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
