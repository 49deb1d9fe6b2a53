package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"frontdesk/ticket"
	"frontdesk/wechatsim"
)

// poisons are words on which the program of this row panics or hangs, each with the reason that the dead letter must tell.
var poisons = map[string]ticket.Why{"程序一看就崩": ticket.Panicked, "程序一看就卡住": ticket.Hung}

// poisoned builds a front desk that breaks on those words.
func (w *workshop) poisoned(ctx context.Context) (string, error) {
	program := filepath.Join(w.dir, "frontdesk-poisoned")
	const decide = "	account, officers := cb.Directory.Desk(d.ID)\n	number, err :="
	return program, w.build(ctx, program, append([]edit{
		{"bot/callback.go", decide, `	switch words := in.Text.Reveal(); {
	case strings.Contains(words, "崩"):
		panic(words)
	case strings.Contains(words, "卡"):
		select {}
	}
` + decide},
	}, w.weaken...)...)
}

// poisonRow lets residents write what the program panics on, what it hangs on, and what it cannot read, while others talk. Each is kept as a
// dead letter with its reason, and nobody else notices. Then the program is mended, and the dead letters are put through: who wrote them goes
// on where they stood.
func poisonRow(ctx context.Context, w *workshop) (figure string, err error) {
	program, err := w.poisoned(ctx)
	if err != nil {
		return "no program", err
	}
	mended, err := w.program(ctx)
	if err != nil {
		return "no program", err
	}
	t, err := newTown(ctx, w, plan{replicas: 2, program: program})
	if err != nil {
		return "no town", err
	}
	defer func() { err = errors.Join(err, t.close()) }()
	p := poisoning{town: t, crowd: newCrowd(t, 0.2), random: w.random("poison"), times: w.size(3, 20)}
	room, err := newRoom(ctx, p.crowd, 2)
	if err != nil {
		return "no officers", err
	}
	talking, stop := context.WithCancel(ctx)
	defer stop()
	var beside sync.WaitGroup
	beside.Go(func() {
		p.crowd.talk(ctx, 4, w.random("neighbours"), func() bool { return talking.Err() != nil })
	})
	beside.Go(func() { room.work(talking) })
	if err := p.write(ctx); err != nil { // there is nothing to put through, then
		stop()
		beside.Wait()
		return "some were never answered", err
	}
	wrong := errors.Join(p.torn(ctx), p.told(ctx, map[ticket.Why]int{ticket.Panicked: p.times, ticket.Hung: p.times, ticket.Undecodable: p.times}))
	for _, r := range t.replicas { // the mended program, one replica after the other
		_, disorder := r.ends() // although some of its messages hang
		r.path = mended
		wrong = errors.Join(wrong, disorder, r.kill(), r.up(ctx))
	}
	if n := p.crowd.sorry.Load(); n > 0 {
		wrong = errors.Join(wrong, fmt.Errorf("%d neighbours were asked to send it again", n))
	}
	wrong = errors.Join(wrong, p.replay(ctx), p.told(ctx, map[ticket.Why]int{ticket.Undecodable: p.times}), p.finish(ctx))
	stop()
	beside.Wait()
	room.await(ctx)
	wrong = errors.Join(wrong, room.check(ctx), p.crowd.checkAtEnd(ctx))
	figure = fmt.Sprintf("%d panics, %d hangs, %d undecodable: all kept with their reason, %d put through and %d tickets finished; neighbours meanwhile: %d messages answered, %d asked to be sent again; %s",
		p.times, p.times, p.times, p.through, p.finished, p.crowd.answered.Load(), p.crowd.sorry.Load(), &room.mail)
	return figure, wrong
}

// poisoning is a town whose program breaks on some words.
type poisoning struct {
	*town
	crowd  *crowd
	random *rand.Rand
	times  int // of each poison

	victims           []victim
	through, finished int // dead letters put through, and tickets of those who wrote them
}

// victim is who wrote a poison instead of saying what happened.
type victim struct{ openid, words string }

// happened is the line of a dispute that tells what happened.
const happened = 5

// writtenWithin is how long residents may take to write what breaks the program: each has an answer in five seconds, even to that.
const writtenWithin = 30 * time.Second

// write lets residents tell a matter up to the line that breaks the program, all at once.
func (p *poisoning) write(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, writtenWithin)
	defer cancel()
	var all sync.WaitGroup
	errs := make([]error, p.times*len(poisons))
	for words := range poisons {
		for range p.times {
			i := len(p.victims)
			v := victim{fmt.Sprint("v", i), words}
			r := rand.New(rand.NewPCG(p.random.Uint64(), 1))
			all.Go(func() {
				_, err := p.crowd.follow(ctx, v.openid, dispute(v.openid + "号")[:happened], r)
				if err == nil {
					_, err = p.crowd.follow(ctx, v.openid, []line{{"每天半夜拖桌子，" + v.words, "不用重发"}}, r)
				}
				errs[i] = err
			})
			p.victims = append(p.victims, v)
		}
	}
	all.Wait()
	return errors.Join(errs...)
}

// torn lets the platform post what is no message.
func (p *poisoning) torn(ctx context.Context) error {
	for i := range p.times {
		a, err := p.sim.Deliver(ctx, wechatsim.Delivery{Account: townAccount, XML: fmt.Sprintf("<xml><ToUserName>%s<%d", townAccount, i)})
		if err != nil || a.Status != http.StatusOK {
			return fmt.Errorf("what cannot be read is answered %d: %w", a.Status, err)
		}
	}
	return nil
}

// told compares the list of dead letters with what died, by reason.
func (p *poisoning) told(ctx context.Context, want map[ticket.Why]int) error {
	text, err := p.frontdesk(ctx, "", "dead", "list", "--json")
	if err != nil {
		return err
	}
	var list []struct{ Why ticket.Why }
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return fmt.Errorf("read the dead letters: %w", err)
	}
	got := map[ticket.Why]int{}
	for _, d := range list {
		got[d.Why]++
	}
	if !maps.Equal(got, want) {
		return fmt.Errorf("dead letters are %v, not %v", got, want)
	}
	return nil
}

// replay puts all dead letters through, twice: the second time nothing is left that can be.
func (p *poisoning) replay(ctx context.Context) error {
	for range 2 {
		text, err := p.frontdesk(ctx, "", "dead", "replay", "--all")
		var exit *exec.ExitError
		if !errors.As(err, &exit) { // what cannot be read cannot be put through either
			return fmt.Errorf("replayed what cannot be read: %w: %s", err, text)
		}
		p.through += strings.Count(text, "is through")
	}
	if p.through != len(p.victims) {
		return fmt.Errorf("%d of %d dead letters went through", p.through, len(p.victims))
	}
	return nil
}

// finish lets those who wrote a poison tell the rest of their matter, and leaves it to the crowd's check whether it is there once.
func (p *poisoning) finish(ctx context.Context) error {
	var wrong []error
	for _, v := range p.victims {
		answer, err := p.crowd.follow(ctx, v.openid, dispute(v.openid + "号")[happened+1:], p.random)
		m := spoken.FindStringSubmatch(answer)
		if err != nil || m == nil {
			wrong = append(wrong, fmt.Errorf("%s, whose message was dead, heard %q: %w", v.openid, answer, err))
			continue
		}
		p.crowd.mu.Lock()
		p.crowd.opened[ticket.Number(m[1]+m[2]+m[3])] = matter{openid: v.openid, mark: v.words}
		p.crowd.mu.Unlock()
		p.finished++
	}
	return first(wrong)
}
