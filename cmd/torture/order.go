package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
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
		d, err := newInside(ctx, w, r.addr, now)
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
	return fmt.Sprintf("%d histories of %d messages have an order; %d times 50 words at once are all there", histories, messages, crowds),
		errors.Join(first(wrong), both[0].check(ctx), both[1].check(ctx))
}

// vocabulary is what residents send at once: words that mean something at many steps.
var vocabulary = []string{"纠纷", "咨询", "意见", "1", "1", "1", "2", "3", "进度", "取消", "菜单", "上一步", "完成", "没有", "不用", "楼上太吵了，天天晚上闹到两点", "长安路8号3幢"}

// oneOrder sends some messages at once, some of them to both replicas, and looks for their order.
func oneOrder(ctx context.Context, both []*inside, openid string, random *rand.Rand) (int, error) {
	var mu sync.Mutex
	var seen []porcupine.Operation
	began := time.Now()
	hands := 2 + random.IntN(3)
	var all sync.WaitGroup
	for hand := range hands {
		words := make([]string, 2+random.IntN(3))
		for i := range words {
			words[i] = vocabulary[random.IntN(len(vocabulary))]
		}
		which, twice := random.IntN(2), random.IntN(3) == 0
		all.Go(func() {
			for _, w := range words {
				called := time.Since(began).Nanoseconds()
				answer, err := sendTo(ctx, both, which, twice, openid, w)
				if err != nil {
					answer = "failed: " + err.Error()
				}
				answer = plain(answer)
				mu.Lock()
				seen = append(seen, porcupine.Operation{ClientId: hand, Input: w, Call: called, Output: answer, Return: time.Since(began).Nanoseconds()})
				mu.Unlock()
			}
		})
	}
	all.Wait()
	account, officers := both[0].store.Desk(townAccount)
	world := flows.World{Now: both[0].now(), Account: account, Officers: officers, CanPush: true}
	if result := porcupine.CheckOperationsTimeout(conversation(world, openid), seen, time.Minute); result != porcupine.Ok {
		var b strings.Builder
		for _, o := range seen {
			fmt.Fprintf(&b, "; hand %d said %q and heard %.40q", o.ClientId, o.Input, o.Output)
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

// conversation is what one resident's messages do in a world, one after the other: the conversations themselves, without a store.
func conversation(world flows.World, openid string) porcupine.Model {
	return porcupine.Model{
		Init: func() any {
			return flows.Resident{Account: townAccount, OpenID: ticket.Personal(openid)}
		},
		Step: func(state, input, output any) (bool, any) {
			r := state.(flows.Resident)
			w := world
			w.Number = ticket.Number(fmt.Sprintf("10000%04d", len(r.Tickets)))
			in := flows.Input{ID: fmt.Sprint(r.Version), Kind: flows.Text, At: w.Now, Text: ticket.Personal(input.(string))}
			change, err := flows.Decide(r, in, w)
			if err != nil || plain(change.Answer) != output.(string) {
				return false, state
			}
			return true, r.After(change)
		},
		Equal: func(a, b any) bool { return alike(a.(flows.Resident), b.(flows.Resident)) },
	}
}

// alike says whether two residents stand at the same point: what is said next is answered alike. Their words are compared themselves, as they
// hide from whatever writes them down.
func alike(a, b flows.Resident) bool {
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
	for i := range errs {
		if n := entries(v, fmt.Sprintf("第%d句话。", i)); n != 1 {
			errs[i] = errors.Join(errs[i], fmt.Errorf("a word is in the history %d times", n))
		}
	}
	return errors.Join(errs...)
}
