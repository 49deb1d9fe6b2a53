package store

import (
	"crypto/rand"
	"fmt"
	"testing"
	"time"

	"frontdesk/flows"
	"frontdesk/ticket"
)

// BenchmarkConverse is a message from the decision to the acknowledged commit, with how often it goes to Redis.
func BenchmarkConverse(b *testing.B) {
	rdb := realRedis(b)
	count := &trips{}
	rdb.AddHook(count.hook())
	s, err := New(Config{Client: rdb})
	if err != nil {
		b.Fatal(err)
	}
	account := "gh_" + rand.Text()[:12]
	talk := []string{"纠纷", "1", "2", "1", "楼上502，姓赵", "从上周起每天半夜两点拖桌子，说了三次都不听", "长安路8号3幢", "没有", "晚上十点以后安静就行",
		"13800001234", "陈阿姨", "1", "进度"}
	w := flows.World{Account: ticket.Account{ID: account, Name: "长安路警务室", Stations: []ticket.Station{{ID: "main", Name: "长安路"}}}}
	before := count.n.Load()
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		who, line := ticket.Personal(fmt.Sprint("o", n/len(talk))), talk[n%len(talk)]
		n++
		id := fmt.Sprint("m", n)
		_, err := s.Converse(b.Context(), account, who, id, func(r flows.Resident) (flows.Change, error) {
			w.Now = time.Now()
			if w.Number, err = ticket.NewNumber(rand.Reader); err != nil {
				return flows.Change{}, err
			}
			return flows.Decide(r, flows.Input{ID: id, Kind: flows.Text, At: w.Now, Text: ticket.Personal(line)}, w)
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(count.n.Load()-before)/float64(n), "redis-trips/op")
}
