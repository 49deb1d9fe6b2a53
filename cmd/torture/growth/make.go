package growth

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"frontdesk/flows"
	"frontdesk/store"
	"frontdesk/ticket"
)

// Town makes the tickets of an account: always the same ones, of realistic size. A ticket that is over has twelve entries, without media.
type Town struct {
	Account  string
	Tickets  int
	Stations int
	Now      time.Time // nothing happens after it
	Years    int       // over which the tickets are spread
	Open     float64   // share of tickets that are not over
}

// OfficersOf is how many officers a station has.
const OfficersOf = 6

// StationID names a station of the account.
func StationID(i int) string { return fmt.Sprintf("s%02d", i) }

// Officer is one of a station's.
func (t Town) Officer(station, i int) ticket.Officer {
	surnames, given := []rune("林周吴郑陈王冯褚卫蒋沈韩杨朱秦"), []string{"元众", "敏", "建国", "晓东", "志强", "海燕"}
	return ticket.Officer{
		ID: fmt.Sprintf("%04d", 3300+station*10+i), Name: string(surnames[(station+i*3)%len(surnames)]) + given[i%len(given)],
		Role: ticket.Police, Account: t.Account, Station: StationID(station),
	}
}

// OpenID is that of a resident, as long and as random as the platform's are.
func OpenID(i int) string {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
	r := rand.New(rand.NewPCG(uint64(i), 7))
	b := []byte("o6_bmj")
	for len(b) < 28 {
		b = append(b, digits[r.IntN(64)])
	}
	return string(b)
}

// number is the i-th of a sequence without repetition, with its check digit.
func number(i int) (ticket.Number, error) {
	n := uint64(i) * 61_803_399 % 90_000_000
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], n)
	return ticket.NewNumber(strings.NewReader(string(b[:])))
}

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// opening is what the conversation would have made of what a resident tells.
func (t Town) opening(r *rand.Rand, i int, station int, who ticket.Personal) ticket.Opening {
	m := pick(r, matters)
	words := pick(r, m.words)
	if strings.Contains(words, "%s") {
		words = fmt.Sprintf(words, pick(r, parties))
	}
	o := ticket.Opening{
		Account: t.Account, Resident: who, Kind: ticket.Kind(m.kind), Home: ticket.Home{Station: StationID(station)}, Topic: m.topic,
		Title: ticket.Personal(string([]rune(m.topic + "·" + words)[:29]) + "…"),
	}
	add := func(key, label, value string) {
		o.Fields = append(o.Fields, ticket.Field{Key: key, Label: label, Value: ticket.Personal(value)})
	}
	switch o.Kind {
	case ticket.Dispute:
		add("kind", "纠纷类型", m.label)
		add("who", "和谁", pick(r, parties))
		add("what", "经过", words)
		add("where", "地点", pick(r, places))
		add("evidence", "证据", "没有")
		add("hope", "希望怎么解决", pick(r, hopes))
	case ticket.Consult:
		add("topic", "咨询什么", m.label)
		add("question", "问题", words)
	default:
		add("kind", "类型", m.label)
		add("where", "地点", pick(r, places))
		add("text", "内容", words)
		if o.Kind == ticket.Feedback && r.IntN(8) == 0 {
			o.Restricted, o.Complaint = true, ticket.Personal(words)
		}
	}
	if r.IntN(4) > 0 {
		add("contact", "联系电话", fmt.Sprintf("1%d%09d", 3+r.IntN(6), r.IntN(1e9)))
	}
	add("name", "称呼", pick(r, names))
	if r.IntN(3) == 0 {
		o.Place = &ticket.Place{Lat: 30 + float64(r.IntN(1e6))/1e6, Lng: 120 + float64(r.IntN(1e6))/1e6, Label: ticket.Personal(pick(r, places))}
	}
	return o
}

// life is what happens to a ticket: twelve entries from the opening to the rating.
func (t Town) life(r *rand.Rand, by ticket.Actor, kind ticket.Kind) []ticket.Step {
	middle := ticket.Step{What: ticket.Note, By: by, Text: ticket.Personal(pick(r, notes))}
	if kind == ticket.Dispute {
		middle = ticket.Step{What: ticket.Mediate, By: by, Text: ticket.Personal(pick(r, talks))}
	}
	return []ticket.Step{
		{What: ticket.Claim, By: by},
		{What: ticket.Note, By: by, Text: ticket.Personal(pick(r, notes))},
		{What: ticket.Reply, By: by, Text: ticket.Personal(pick(r, replies))},
		{What: ticket.Ask, By: by, Text: ticket.Personal(pick(r, asks))},
		{What: ticket.Say, By: ticket.TheResident, Text: ticket.Personal(pick(r, answers))},
		middle,
		{What: ticket.Reply, By: by, Text: ticket.Personal(pick(r, replies))},
		{What: ticket.Say, By: ticket.TheResident, Text: ticket.Personal(pick(r, answers))},
		{What: ticket.Resolve, By: by, Text: ticket.Personal(pick(r, ends))},
		{What: ticket.Confirm, By: ticket.TheResident},
		{What: ticket.Rate, By: ticket.TheResident, Rating: 3 + r.IntN(3), Text: ticket.Personal(pick(r, thanks))},
	}
}

// Ticket makes the i-th ticket, of that resident. An open one is young and stands somewhere before the end.
func (t Town) Ticket(i int, who ticket.Personal) (store.Past, error) {
	r := rand.New(rand.NewPCG(uint64(i), 20261125))
	open := r.Float64() < t.Open
	span := time.Duration(t.Years) * 365 * 24 * time.Hour
	at := t.Now.Add(-span).Add(time.Duration(float64(span-10*24*time.Hour) * float64(i) / float64(t.Tickets)))
	if open { // young: nobody has been silent for so long that the clock would act
		at = t.Now.Add(-time.Duration(3600+r.IntN(18*3600)) * time.Second)
	}
	at = at.Add(time.Duration(r.IntN(3_600_000)) * time.Millisecond)
	station := r.IntN(t.Stations)
	n, err := number(i)
	if err != nil {
		return store.Past{}, err
	}
	o := t.opening(r, i, station, who)
	h, e, err := ticket.Open(n, o, ticket.TheResident, at)
	if err != nil {
		return store.Past{}, err
	}
	p := store.Past{Entries: []ticket.Entry{e}}
	steps := t.life(r, t.Officer(station, r.IntN(OfficersOf)).By(), o.Kind)
	if open {
		steps = steps[:r.IntN(5)]
		if r.IntN(2) == 0 {
			steps = nil
		}
	}
	for _, s := range steps {
		at = at.Add(time.Duration(60+r.IntN(6*3600)) * time.Second / 10).Add(time.Duration(r.IntN(1000)) * time.Millisecond)
		s.At = at
		after, e, err := h.Do(s)
		if err != nil {
			return store.Past{}, fmt.Errorf("%s: %w", s.What, err)
		}
		h = after
		p.Entries = append(p.Entries, e)
		if l, ok := flows.LetterFor(h, e); ok {
			p.Deliveries = append(p.Deliveries, ticket.Delivery{
				Letter: l.ID, Ticket: n, Seq: e.Seq, Fate: ticket.Delivered, Via: ticket.ViaService, Tries: 1, At: at.Add(time.Duration(300+r.IntN(900)) * time.Millisecond),
			})
		}
	}
	p.Header = h
	if !open && len(p.Entries) != 12 {
		return p, errors.New("a ticket that is over has twelve entries")
	}
	return p, nil
}

// Residents makes the people of the tickets: one to five tickets each, in a row. It gives them with the number of their first ticket and of the one
// behind their last.
func (t Town) Residents(yield func(r flows.Resident, from, to int) bool) {
	r := rand.New(rand.NewPCG(1, uint64(t.Tickets)))
	for i, from := 0, 0; from < t.Tickets; i++ {
		to := min(from+1+[]int{0, 0, 0, 0, 1, 1, 1, 2, 2, 4}[r.IntN(10)]+r.IntN(2)*r.IntN(2), from+5, t.Tickets)
		who := flows.Resident{Account: t.Account, OpenID: ticket.Personal(OpenID(i)), Version: int64(9 + 17*(to-from)), Followed: true}
		at := t.Now.Add(-time.Duration(r.IntN(365*24)) * time.Hour).Truncate(time.Second).UTC()
		who.Conversation = flows.Conversation{Flow: "progress", Step: "list", At: at, Started: at.Add(-time.Minute)}
		who.Consent = flows.Consent{Version: "2026-11", At: at.Add(-time.Hour)}
		who.Home = ticket.Home{Station: StationID(i % t.Stations)}
		if !yield(who, from, to) {
			return
		}
		from = to
	}
}

// Words is how many bytes people wrote into a ticket, in UTF-8.
func Words(p store.Past) int {
	n := 0
	for _, e := range p.Entries {
		n += len(e.Text)
		if o := e.Opening; o != nil {
			for _, f := range o.Fields {
				n += len(f.Value)
			}
		}
	}
	return n
}
