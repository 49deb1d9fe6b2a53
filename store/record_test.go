package store

import (
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"frontdesk/flows"
	"frontdesk/ticket"
)

// anyText draws words of every sort: what JSON escapes, and what is not quite UTF-8.
var anyText = rapid.OneOf(rapid.Just(""), rapid.String(), rapid.StringMatching("[\"\\\\<>&\u0000-\u001f\u2028长🆘]{1,9}"), rapid.Just("\xff\xfe长"))

func anyTime(t *rapid.T, label string) time.Time {
	if rapid.Bool().Draw(t, label+" is known") {
		return time.UnixMicro(rapid.Int64Range(0, 4e15).Draw(t, label)).UTC()
	}
	return time.Time{}
}

// anyConversation draws one with every member there or not there, empty lists too.
func anyConversation(t *rapid.T, asides int) flows.Conversation {
	text := func(label string) string { return anyText.Draw(t, label) }
	c := flows.Conversation{
		Flow: text("flow"), Step: text("step"), Misses: rapid.IntRange(-1, 3).Draw(t, "misses"), Mending: text("mending"), Ticket: ticket.Number(text("ticket")),
		Trail: rapid.SliceOfN(anyText, 0, 3).Draw(t, "trail"), At: anyTime(t, "at"), Started: anyTime(t, "started"), Hushed: ticket.Number(text("hushed")),
	}
	if rapid.Bool().Draw(t, "no trail") {
		c.Trail = nil
	}
	for range rapid.IntRange(-1, 3).Draw(t, "answers") {
		a := flows.Answer{Step: text("of"), Value: text("value"), Text: ticket.Personal(text("text"))}
		if rapid.Bool().Draw(t, "placed") {
			a.Place = &ticket.Place{Lat: rapid.Float64Range(-90, 90).Draw(t, "lat"), Label: ticket.Personal(text("label"))}
		}
		if rapid.Bool().Draw(t, "filed") {
			a.Files = []ticket.Attachment{{ID: text("id"), Kind: ticket.Photo}}
		}
		c.Answers = append(c.Answers, a)
	}
	if asides > 0 && rapid.Bool().Draw(t, "interrupted") {
		aside := anyConversation(t, asides-1)
		c.Aside = &aside
	}
	return c
}

// TestAResidentIsWrittenAsEverythingElse holds the record that is written by hand against what the codec makes of the same resident.
func TestAResidentIsWrittenAsEverythingElse(t *testing.T) {
	for of, drawn := range map[reflect.Type]int{reflect.TypeFor[flows.Conversation](): 11, reflect.TypeFor[flows.Answer](): 5, reflect.TypeFor[residentRecord](): 4} {
		if n := of.NumField(); n != drawn {
			t.Errorf("%s has %d members: draw and write the new ones too", of, n)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		r := flows.Resident{Followed: rapid.Bool().Draw(t, "followed")}
		if rapid.Bool().Draw(t, "talking") {
			r.Conversation = anyConversation(t, 2)
		}
		if rapid.Bool().Draw(t, "agreed") {
			r.Consent = flows.Consent{Version: anyText.Draw(t, "version"), At: anyTime(t, "agreed at")}
		}
		if rapid.Bool().Draw(t, "at home") {
			r.Home = ticket.Home{Station: anyText.Draw(t, "station"), Officer: anyText.Draw(t, "officer")}
		}
		got, err := encodeResident(r)
		if err != nil {
			t.Fatal(err)
		}
		want, err := encode(residentRecord{r.Conversation, r.Consent, r.Home, r.Followed})
		if err != nil || string(got) != string(want) {
			t.Errorf("written\n%s\nnot\n%s, %v", got, want, err)
		}
	})
}
