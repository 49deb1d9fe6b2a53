package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"frontdesk/store"
	"frontdesk/ticket"
	"frontdesk/wechatsim"
)

// jumps are how far the clock is put wrong.
var jumps = []time.Duration{10 * time.Minute, -10 * time.Minute, 24 * time.Hour, -24 * time.Hour}

// clockRow puts the clock of the machine wrong, for two replicas and for Redis, and right again, while residents talk and officers answer. The
// platform's clock stays right. Nobody may notice: talks go on where they stood, what the platform repeats is known again, tickets that would
// be given back after a day stay where they are, and histories tell the right time.
func clockRow(ctx context.Context, w *workshop) (figure string, err error) {
	clock, env, err := newRedisClock(ctx, w)
	if err != nil {
		return "no clock", err
	}
	dir, err := w.folder("redis")
	if err != nil {
		return "no redis", err
	}
	r, err := startRedis(ctx, dir, nil, env...)
	if err != nil {
		return "no redis", err
	}
	t, err := newTown(ctx, w, plan{replicas: 2, redis: r, clock: true})
	if err != nil {
		return "no town", err
	}
	defer func() { err = errors.Join(err, t.close()) }()
	t.redisClock = clock
	crowd := newCrowd(t, 0.3)
	room, err := newRoom(ctx, crowd, 2)
	if err != nil {
		return "no officers", err
	}
	j := jumping{town: t, room: room, began: time.Now()}
	talking, stop := context.WithCancel(ctx)
	defer stop()
	var beside sync.WaitGroup
	beside.Go(func() {
		crowd.talk(ctx, 4, w.random("clock"), func() bool { return talking.Err() != nil })
	})
	wrong := []error{j.claim(ctx, w.size(10, 100))}
	for range w.size(1, 5) {
		for _, by := range jumps {
			if err := j.once(ctx, by, w.size(5, 20)); err != nil {
				wrong = append(wrong, fmt.Errorf("%+d min: %w", int(by.Minutes()), err))
			}
		}
	}
	stop()
	beside.Wait()
	room.await(ctx)
	broken := errors.Join(first(wrong), j.check(ctx), room.check(ctx), crowd.checkAtEnd(ctx))
	figure = fmt.Sprintf("%d jumps of ±10 min and ±1 day and back: %d messages answered, %d asked to be sent again; %d of %d repeated after a jump known again; %d of %d claimed tickets given back by the clock, %d times in histories wrong; %s",
		j.times, crowd.answered.Load(), crowd.sorry.Load(), j.known, j.repeated, j.taken, len(j.claimed), j.mistimed, &room.mail)
	return figure, broken
}

// jumping is a town whose clock is put wrong.
type jumping struct {
	*town
	room    *room
	began   time.Time
	claimed []ticket.Number // by an officer who does nothing about them

	times           int
	repeated, known int // messages that the platform repeated after a jump, and those that got the same answer
	taken           int // of claimed: what the clock did something about
	mistimed        int // entries of a time that never was
}

// claim takes so many tickets of the crowd and leaves them.
func (j *jumping) claim(ctx context.Context, n int) error {
	for len(j.claimed) < n {
		number, ok := j.room.next()
		if !ok {
			if pause(ctx, 10*time.Millisecond); ctx.Err() != nil {
				return ctx.Err()
			}
			continue
		}
		if err := j.room.step(ctx, j.room.browsers[0], number, ticket.Claim, ""); err != nil {
			return err
		}
		j.room.replied[number] = "" // nobody else takes it
		j.claimed = append(j.claimed, number)
	}
	for _, number := range j.claimed {
		delete(j.room.replied, number)
	}
	return nil
}

// once puts the clock wrong for a while, and right again. After each jump the platform repeats what was answered before it.
func (j *jumping) once(ctx context.Context, by time.Duration, messages int) error {
	var sent, heard []string
	for i := range messages {
		who := fmt.Sprintf("c%d-%d", j.times, i)
		m := j.sim.Message(townAccount, who, "MsgType", "text", "Content", "纠纷")
		x := j.sim.Resident(townAccount, who).Raw(ctx, m)
		if x.Err != nil || x.Failed {
			return fmt.Errorf("said something before the jump: %s: %w", x.Why, x.Err)
		}
		sent, heard = append(sent, m), append(heard, x.Answer)
	}
	j.times++
	wrong := j.jump(by)
	wrong = errors.Join(wrong, j.repeat(ctx, sent, heard), j.stay(), j.answerOne(ctx))
	if j.w.long || by.Abs() > time.Hour {
		pause(ctx, 6*time.Second) // what the clock drives looks at it every five
	}
	wrong = errors.Join(wrong, j.jump(0), j.repeat(ctx, sent, heard), j.stay(), j.answerOne(ctx))
	return wrong
}

// answerOne lets an officer answer a ticket that nobody has claimed. There is one soon, or residents do not get through.
func (j *jumping) answerOne(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	for _, number := range j.claimed {
		j.room.replied[number] = ""
	}
	defer func() {
		for _, number := range j.claimed {
			delete(j.room.replied, number)
		}
	}()
	return j.room.answer(ctx, 1)
}

// repeat posts messages again and compares the answers.
func (j *jumping) repeat(ctx context.Context, sent, heard []string) error {
	var wrong error
	for i, m := range sent {
		a, err := j.sim.Deliver(ctx, wechatsim.Delivery{Account: townAccount, XML: m})
		j.repeated++
		switch {
		case err != nil:
			wrong = errors.Join(wrong, err)
		case a.Status != http.StatusOK || !strings.Contains(a.Text, heard[i]):
			wrong = fmt.Errorf("a message was repeated and answered %d %q", a.Status, a.Text)
		default:
			j.known++
		}
	}
	return wrong
}

// stay looks whether the officers are signed in still: no jump ends their sessions.
func (j *jumping) stay() error {
	for i, b := range j.room.browsers {
		text, err := page(b.Get(j.front.URL + "/desk/"))
		switch {
		case err != nil:
			return err
		case strings.Contains(text, `name="password"`):
			return fmt.Errorf("officer %s is signed out", officerID(i))
		}
	}
	return nil
}

// check looks for what the clock did about tickets, and for times that never were.
func (j *jumping) check(ctx context.Context) error {
	s, err := store.New(store.Config{Client: j.redis.client})
	if err != nil {
		return err
	}
	claimed := map[ticket.Number]bool{}
	for _, number := range j.claimed {
		claimed[number] = true
	}
	for number := range j.room.crowd.opened {
		v, err := s.Find(ctx, auditor, number)
		if err != nil {
			return err
		}
		for _, e := range v.Entries {
			if e.By == ticket.TheClock && claimed[number] {
				j.taken++
			}
			if e.At.Before(j.began.Add(-time.Minute)) || e.At.After(time.Now().Add(time.Minute)) {
				j.mistimed++
			}
		}
	}
	if j.taken > 0 || j.mistimed > 0 || j.known < j.repeated {
		return fmt.Errorf("%d claimed tickets were given back, %d entries tell a wrong time, %d of %d repeated messages were not known", j.taken, j.mistimed,
			j.repeated-j.known, j.repeated)
	}
	return nil
}
