package store

import (
	"bytes"
	"encoding/hex"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"frontdesk/ticket"
)

// TestEveryFieldIsPacked fails when a domain type gets a field that the schema does not know.
func TestEveryFieldIsPacked(t *testing.T) {
	for typ, names := range schema {
		for i := range typ.NumField() {
			if f := typ.Field(i); !slices.Contains(names, f.Name) {
				t.Errorf("%s has %s, which is not packed: add it at the end of its schema", typ, f.Name)
			}
		}
	}
}

// anything fills a value of a packed type at random.
func anything(rt *rapid.T, v reflect.Value) {
	if v.Type() == timeType {
		if rapid.Bool().Draw(rt, "a time") {
			v.Set(reflect.ValueOf(time.UnixMilli(rapid.Int64Range(-1e12, 4e12).Draw(rt, "time")).UTC()))
		}
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for _, place := range placesOf[v.Type()] {
			anything(rt, v.FieldByIndex(place))
		}
	case reflect.String:
		v.SetString(rapid.OneOf(rapid.SampledFrom(knownWords), rapid.String(), rapid.SampledFrom([]string{"楼上半夜拖椅子，说了也不听。", "\xff\xfe断\xe6", "龘靐齉", "林元众"})).Draw(rt, "text"))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(rt, "flag"))
	case reflect.Int, reflect.Int64:
		v.SetInt(rapid.Int64().Draw(rt, "number"))
	case reflect.Float64:
		v.SetFloat(rapid.Float64Range(-180, 180).Draw(rt, "degrees"))
	case reflect.Pointer:
		if rapid.Bool().Draw(rt, "there") {
			v.Set(reflect.New(v.Type().Elem()))
			anything(rt, v.Elem())
		}
	case reflect.Slice:
		if n := rapid.IntRange(0, 3).Draw(rt, "how many"); n > 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			for i := range n {
				anything(rt, v.Index(i))
			}
		}
	}
}

func TestWhateverIsPackedComesBack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var d dossier
		anything(rt, reflect.ValueOf(&d.header).Elem())
		n := ticket.Number("482719365")
		d.header.Number, d.header.Head = n, hex.EncodeToString(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(rt, "head"))
		d.entries = make([]ticket.Entry, rapid.IntRange(1, 4).Draw(rt, "entries"))
		for i := range d.entries {
			e := &d.entries[i]
			anything(rt, reflect.ValueOf(e).Elem())
			e.Seq, e.Prev, e.Hash = i+1, "", hex.EncodeToString([]byte{byte(i)})
		}
		d.entries[0].What = ticket.Opened
		if d.entries[0].Opening == nil {
			d.entries[0].Opening = &ticket.Opening{}
		}
		d.deliveries = make([]ticket.Delivery, rapid.IntRange(0, 3).Draw(rt, "letters"))
		for i := range d.deliveries {
			anything(rt, reflect.ValueOf(&d.deliveries[i]).Elem())
			d.deliveries[i].Letter, d.deliveries[i].Ticket = letterOf(n, d.deliveries[i].Seq), n
		}
		b, err := pack(d)
		if err != nil {
			rt.Fatal(err)
		}
		got, err := unpack(n, b)
		if err != nil {
			rt.Fatal(err)
		}
		if len(d.deliveries) == 0 {
			d.deliveries = nil
		}
		if diff := cmp.Diff(d, got, cmp.AllowUnexported(dossier{}), cmp.Transformer("words", ticket.Personal.Reveal)); diff != "" {
			rt.Fatal(diff)
		}
		if h, err := unpackHeader(n, b); err != nil || h != d.header {
			rt.Fatalf("the header alone: %v", err)
		}
	})
}

// TestDamageIsAnErrorAndNoPanic cuts and flips packed tickets.
func TestDamageIsAnErrorAndNoPanic(t *testing.T) {
	h, e, err := ticket.Open("482719365", ticket.Opening{Account: "gh_1", Resident: "o1", Kind: ticket.Dispute, Home: ticket.Home{Station: "main"}, Title: "楼上半夜拖椅子"},
		ticket.TheResident, time.Date(2026, 3, 2, 9, 0, 0, 0, ticket.Shanghai))
	if err != nil {
		t.Fatal(err)
	}
	b, err := pack(dossier{header: h, entries: []ticket.Entry{e}, deliveries: []ticket.Delivery{{Letter: "482719365:1", Ticket: "482719365", Seq: 1, Fate: ticket.Failed, Reason: "居民取消了关注"}}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range b {
		if _, err := unpack(h.Number, b[:i]); !errors.Is(err, ticket.ErrInvalid) {
			t.Errorf("cut at %d: %v", i, err)
		}
		for bit := range 8 {
			harmed := bytes.Clone(b)
			harmed[i] ^= 1 << bit
			if _, err := unpack(h.Number, harmed); err != nil && !errors.Is(err, ticket.ErrInvalid) {
				t.Errorf("byte %d: %v", i, err)
			}
		}
	}
	if _, err := unpack(h.Number, append(b, 0)); !errors.Is(err, ticket.ErrInvalid) {
		t.Errorf("something behind it: %v", err)
	}
}

// old is a ticket as this form packed it on the day it was made. It must be readable for ever.
const old = "01a6014780dabb83c2680001072eff300c543401a503d10269020749ab015e0752216d070000000000403e400000000000085e4027010b0680028902" +
	"f1a4a1a61faeca9ce7c29f03743408b4dde34a6353c7b643ee534ac4dfd9cf9ac080cb2a3a0c1b0c80a29511fff3ee06000a0507fff3ee0600070414" +
	"17100f80bab70302163f0f80bab703021f3f0780bab70301221780bab70301250a17813ffcabf101061efff3ee060a0d025b2dd5e257c395eb15e2e5" +
	"82a4542ed78395e2984b65530c7add42ae51a916aa014a1f953f3de5ef4a2185442de5586645f68a2c0d465edb349009e66c92a21d3442fa884c65b6" +
	"59514e145e09162e89712d32f6354a75d1b25599f75d2010"

func TestWhatWasPackedLongAgoIsRead(t *testing.T) {
	n := ticket.Number("482719365")
	at := time.Date(2026, 11, 25, 9, 0, 0, 0, ticket.Shanghai)
	h, first, err := ticket.Open(n, ticket.Opening{
		Account: "gh_1", Resident: "o6_bmjrPTlm6_2sgVt7hMZOPfL2M", Kind: ticket.Dispute, Home: ticket.Home{Station: "main"}, Topic: "邻里纠纷", Title: "邻里纠纷·楼上半夜拖椅子",
		Fields: []ticket.Field{{Key: "what", Label: "经过", Value: "从上周起天天半夜拖桌子，说了也不听。龘"}, {Key: "contact", Label: "联系电话", Value: "13800001234"}},
		Place:  &ticket.Place{Lat: 30.25, Lng: 120.125, Label: "景宁路3号"}, Media: []ticket.Attachment{{ID: "m1", Kind: ticket.Photo}},
	}, ticket.TheResident, at)
	if err != nil {
		t.Fatal(err)
	}
	entries := []ticket.Entry{first}
	lin := ticket.Actor{Role: ticket.Police, ID: "3301", Name: "林元众"}
	for i, s := range []ticket.Step{
		{What: ticket.Claim, By: lin}, {What: ticket.Reply, By: lin, Text: "今晚八点上门。"}, {What: ticket.Resolve, By: lin, Text: "双方都同意了。"},
		{What: ticket.Confirm, By: ticket.TheResident}, {What: ticket.Rate, By: ticket.TheResident, Rating: 5},
	} {
		s.At = at.Add(time.Duration(i+1) * time.Hour)
		var e ticket.Entry
		if h, e, err = h.Do(s); err != nil {
			t.Fatal(err)
		}
		entries = append(entries, e)
	}
	d := dossier{header: h, entries: entries, deliveries: []ticket.Delivery{{Letter: letterOf(n, 3), Ticket: n, Seq: 3, Fate: ticket.Delivered, Via: ticket.ViaService, Tries: 1, At: at}}}
	b, err := pack(d)
	if err != nil {
		t.Fatal(err)
	}
	if hex.EncodeToString(b) != old {
		t.Errorf("this form packs otherwise than it did: make another form. It gives %x", b)
	}
	long, err := hex.DecodeString(old)
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := stored{packed: string(long)}.replay(n)
	if err != nil || got.Header != h || !reflect.DeepEqual(got.Entries, entries) {
		t.Errorf("it reads as %+v, %v", got.Header, err)
	}
}
