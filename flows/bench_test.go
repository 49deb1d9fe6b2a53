package flows

import (
	"fmt"
	"testing"
	"time"

	"frontdesk/ticket"
)

// This file measures what deciding costs, without a store.

// benchTalk is a quarrel from the first word to the number, then a word added to it.
var benchTalk = []string{
	"纠纷", "1", "2", "1", "楼上502，姓赵", "从上周起每天半夜两点拖桌子，说了三次都不听", "长安路8号3幢", "没有", "晚上十点以后安静就行", "13800001234", "陈阿姨", "1",
	"进度", "1", "1", "昨晚又拖了一次", "完成",
}

// BenchmarkDecide is one message of a whole conversation: everything between reading the resident and writing the change.
func BenchmarkDecide(b *testing.B) {
	w := World{Account: ticket.Account{ID: "gh_bench", Name: "长安路警务室", Stations: []ticket.Station{{ID: "main", Name: "长安路"}}}}
	now := time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC)
	var r Resident
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		if n%len(benchTalk) == 0 {
			r = Resident{Account: "gh_bench", OpenID: ticket.Personal(fmt.Sprint("o", n))}
		}
		w.Now = now.Add(time.Duration(n) * time.Second)
		w.Number = ticket.Number(fmt.Sprintf("%09d", n%1_000_000_000))
		c, err := Decide(r, Input{ID: fmt.Sprint("m", n), Kind: Text, At: w.Now, Text: ticket.Personal(benchTalk[n%len(benchTalk)])}, w)
		if err != nil {
			b.Fatal(err)
		}
		r = r.After(c)
		n++
	}
}
