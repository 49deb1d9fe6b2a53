package ticket

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

const secret = "楼上张三半夜装修 13800138000"

// Whatever way a value is printed, logged or marshalled without thinking, its words stay inside.
func TestWordsStayInside(t *testing.T) {
	h, e, err := Open("482719365", Opening{
		Account: "gh_1", Resident: secret, Kind: Dispute, Home: Home{Station: "main"}, Title: secret, Complaint: secret,
		Fields: []Field{{"what", "经过", secret}}, Place: &Place{1, 2, secret},
	}, TheResident, time.Unix(1, 0))
	if err != nil {
		t.Fatal(err)
	}
	letter := Letter{ID: "1", Resident: secret, Text: secret}
	p := Personal(secret)
	var out bytes.Buffer
	for _, v := range []any{p, &p, []Personal{p}, map[string]Personal{"a": p}, h, e, *e.Opening, letter} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(b)
		for _, log := range []*slog.Logger{slog.New(slog.NewTextHandler(&out, nil)), slog.New(slog.NewJSONHandler(&out, nil))} {
			log.Info("x", "v", v)
		}
	}
	hex := fmt.Sprintf("%x", secret)
	for _, part := range []string{"张三", "1380013", "装修", hex[:20]} {
		if strings.Contains(out.String(), part) {
			t.Errorf("%q came out", part)
		}
	}
	if p.Reveal() != secret {
		t.Error("asked for its words, it gave others")
	}
	if fmt.Sprint(Personal("")) != "" {
		t.Error("nothing said is shown as something")
	}
}
