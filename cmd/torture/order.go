package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"

	"frontdesk/flows"
	"frontdesk/ticket"
	"frontdesk/wechatsim"
)

// orderRow lets one resident send many messages at once to two replicas, each of which remembers the resident as it last saw them. Whatever
// was answered must be what one conversation would have answered to the messages in some order (porcupine finds one or shows that there is
// none); and fifty words added at the same moment must all be in the history, once.
func orderRow(ctx context.Context, w *workshop) (figure string, err error) {
	dir, err := w.folder("redis")
	if err != nil {
		return "no folder", err
	}
	r, err := startRedis(ctx, dir, map[string]string{"appendfsync": "no"}) // no power is cut here
	if err != nil {
		return "no redis", err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	// The answers depend on how long ago the question was asked, so the clock stands still: the model does not know who decided when.
	now := time.Now().Truncate(time.Second)
	var both []*inside
	for range 2 {
		d, err := newInside(ctx, w, spot{addr: r.addr, still: now})
		if err != nil {
			return "no front desk", err
		}
		defer func() { _ = d.close() }() // only its Redis can fail, which is checked above
		both = append(both, d)
	}
	random := w.random("order")
	histories, messages := w.size(100, 1000), 0
	var wrong []error
	for n := range histories {
		sent, err := oneOrder(ctx, both, fmt.Sprintf("oorder%d", n), random)
		messages += sent
		if err != nil {
			wrong = append(wrong, fmt.Errorf("history %d: %w", n, err))
		}
	}
	crowds := w.size(3, 50)
	for n := range crowds {
		if err := fiftyAtOnce(ctx, both, fmt.Sprintf("ofifty%d", n), random); err != nil {
			wrong = append(wrong, err)
		}
	}
	broken := errors.Join(first(wrong), both[0].check(ctx), both[1].check(ctx))
	return fmt.Sprintf("%d histories of %d messages%s; %d times 50 words at once%s", histories, messages, unless(broken, " have an order"), crowds,
		unless(broken, " are all there, one after the other")), broken
}

// vocabulary is what residents send at once: words that mean something at many steps.
var vocabulary = []string{"纠纷", "咨询", "意见", "1", "1", "1", "2", "3", "进度", "取消", "菜单", "上一步", "完成", "没有", "不用", "楼上太吵了，天天晚上闹到两点", "长安路8号3幢",
	"补充", "催办", "撤回", "确定"}

// said is what a resident said, and when.
type said struct {
	words string
	at    time.Time
}

// theBooks stands in a history for a look at what the books hold of the resident.
const theBooks = "[登记]"

// oneOrder sends some messages at once, some of them to both replicas, and looks for their order. Every other resident has a matter already. The last
// message, and a look at the books, tell what the others have left behind.
func oneOrder(ctx context.Context, both []*inside, openid string, random *rand.Rand) (int, error) {
	var mu sync.Mutex
	var seen []porcupine.Operation
	began := time.Now()
	hands := 2 + random.IntN(3)
	say := func(hand, which int, twice bool, w string) {
		called := time.Since(began).Nanoseconds()
		answer, err := sendTo(ctx, both, which, twice, openid, w)
		if err != nil {
			answer = "failed: " + err.Error()
		}
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, porcupine.Operation{ClientId: hand, Input: said{w, both[0].now()}, Call: called, Output: plain(answer), Return: time.Since(began).Nanoseconds()})
	}
	if random.IntN(2) == 0 {
		for i, l := range append(dispute("某户"), addition("")[:2]...) {
			say(0, i%2, false, l.say)
		}
		for _, d := range both { // which of two matters of one moment is the newer one, their numbers would tell
			d.moved.Add(int64(time.Minute))
		}
	}
	var all sync.WaitGroup
	for hand := range hands {
		words := make([]string, 2+random.IntN(3))
		for i := range words {
			words[i] = vocabulary[random.IntN(len(vocabulary))]
		}
		which, twice := random.IntN(2), random.IntN(3) == 0
		all.Go(func() {
			for _, w := range words {
				say(hand, which, twice, w)
			}
		})
	}
	all.Wait()
	say(0, 0, false, "上一步")
	called := time.Since(began).Nanoseconds()
	books, err := both[0].inBooks(ctx, openid)
	if err != nil {
		return len(seen), err
	}
	seen = append(seen, porcupine.Operation{Input: said{words: theBooks}, Call: called, Output: books, Return: time.Since(began).Nanoseconds()})
	account, officers := both[0].store.Desk(townAccount)
	world := flows.World{Account: account, Officers: officers, CanPush: true}
	if result := porcupine.CheckOperationsTimeout(conversation(world, openid), seen, time.Minute); result != porcupine.Ok {
		var b strings.Builder
		for _, o := range seen {
			fmt.Fprintf(&b, "; hand %d said %q and heard %.40q", o.ClientId, o.Input.(said).words, o.Output)
		}
		return len(seen), fmt.Errorf("no order (%s)%s", result, b.String())
	}
	return len(seen), nil
}

// sendTo posts a message to one of the replicas, or to both at once: then both must say the same.
func sendTo(ctx context.Context, both []*inside, which int, twice bool, openid, words string) (string, error) {
	message := both[0].sim.Message(townAccount, openid, "MsgType", "text", "Content", words) // one platform gives the identities
	post := func(d *inside) (string, error) {
		a, err := d.sim.Deliver(ctx, wechatsim.Delivery{Account: townAccount, XML: message})
		if err == nil && a.Wrong != nil {
			err = a.Wrong
		}
		return a.Text, err
	}
	if !twice {
		return post(both[which])
	}
	var other string
	var failed error
	var beside sync.WaitGroup
	beside.Go(func() { other, failed = post(both[1-which]) })
	answer, err := post(both[which])
	beside.Wait()
	if err := errors.Join(err, failed); err != nil {
		return "", err
	}
	if answer != other {
		return "", fmt.Errorf("one message was answered %q and %q", answer, other)
	}
	return answer, nil
}

// plain leaves out what differs between two runs: numbers and times.
func plain(answer string) string { return told.ReplaceAllString(answer, "N") }

// inBooks is what the books hold of a resident.
func (d *inside) inBooks(ctx context.Context, openid string) (string, error) {
	numbers, err := d.client.ZRange(ctx, "frontdesk:{"+townAccount+"}:resident:"+openid+":tickets", 0, -1).Result()
	if err != nil {
		return "", err
	}
	b := books{}
	for _, n := range numbers {
		v, err := d.store.Find(ctx, auditor, ticket.Number(n))
		if err != nil {
			return "", err
		}
		b[v.Number] = written(v.Entries)
	}
	return b.String(), nil
}

// books are the entries of a resident's tickets. What they are compared by depends on no number.
type books map[ticket.Number][]string

// with are the books after a change.
func (b books) with(c flows.Change) books {
	next := maps.Clone(b)
	for _, t := range c.Tickets {
		next[t.After.Number] = slices.Concat(b[t.After.Number], written(t.Entries))
	}
	return next
}

func (b books) String() string {
	var all []string
	for _, entries := range b {
		all = append(all, strings.Join(entries, ", "))
	}
	slices.Sort(all)
	return strings.Join(all, "; ")
}

// written is what entries say.
func written(entries []ticket.Entry) (all []string) {
	for _, e := range entries {
		all = append(all, plain(fmt.Sprintf("%s %q", e.What, e.Text.Reveal())))
	}
	return all
}

// talked is how far one resident has come.
type talked struct {
	flows.Resident
	books
}

// conversation is what one resident's messages do in a world, one after the other: the conversations themselves, without a store.
func conversation(world flows.World, openid string) porcupine.Model {
	return porcupine.Model{
		Init: func() any {
			return talked{flows.Resident{Account: townAccount, OpenID: ticket.Personal(openid)}, books{}}
		},
		Step: func(state, input, output any) (bool, any) {
			s := state.(talked)
			heard := input.(said)
			if heard.words == theBooks {
				return s.books.String() == output, state
			}
			r, w := s.Resident, world
			w.Now = heard.at
			w.Number = ticket.Number(fmt.Sprintf("10000%04d", len(r.Tickets)))
			in := flows.Input{ID: fmt.Sprint(r.Version), Kind: flows.Text, At: w.Now, Text: ticket.Personal(heard.words)}
			change, err := flows.Decide(r, in, w)
			if err != nil || plain(change.Answer) != output.(string) {
				return false, state
			}
			return true, talked{r.After(change), s.with(change)}
		},
		Equal: func(a, b any) bool { return alike(a.(talked), b.(talked)) },
	}
}

// alike says whether two residents stand at the same point: what is said next is answered alike. Their words are compared themselves, as they
// hide from whatever writes them down.
func alike(a, b talked) bool {
	a.Version, b.Version = 0, 0
	return reflect.DeepEqual(a, b)
}

// fiftyAtOnce adds fifty words to a matter at the same moment, each at a replica of its own choice and a third of them at both.
func fiftyAtOnce(ctx context.Context, both []*inside, openid string, random *rand.Rand) error {
	var number ticket.Number
	talk := append(dispute("某户"), addition("")[:3]...)
	for i, l := range talk {
		answer, err := sendTo(ctx, both, i%2, false, openid, l.say)
		if err != nil {
			return err
		}
		if m := anyNumber.FindString(answer); m != "" && number == "" {
			number = ticket.Number(strings.ReplaceAll(m, " ", ""))
		}
	}
	errs := make([]error, 50)
	var all sync.WaitGroup
	for i := range errs {
		which, twice := random.IntN(2), random.IntN(3) == 0
		all.Go(func() {
			answer, err := sendTo(ctx, both, which, twice, openid, fmt.Sprintf("第%d句话。", i))
			if err == nil && !strings.Contains(answer, "补充好了") {
				err = fmt.Errorf("heard %q", answer)
			}
			errs[i] = err
		})
	}
	all.Wait()
	v, err := both[0].store.Find(ctx, auditor, number)
	if err != nil {
		return err
	}
	for i, e := range v.Entries { // each has its own place, and none was in between
		if e.Seq != i+1 || len(v.Entries) != v.Version || v.Version < len(errs) {
			return fmt.Errorf("entry %d of %d, version %d, is number %d", i+1, len(v.Entries), v.Version, e.Seq)
		}
	}
	for i := range errs {
		if n := entries(v, fmt.Sprintf("第%d句话。", i)); n != 1 {
			errs[i] = errors.Join(errs[i], fmt.Errorf("a word is in the history %d times", n))
		}
	}
	return errors.Join(errs...)
}
