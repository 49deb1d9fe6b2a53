package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"frontdesk/store"
	"frontdesk/ticket"
)

// room are the officers: each signs in to the console with a browser, takes tickets that the crowd opened, and answers them. It checks that
// each answer that the console took is in the history once and reaches the resident (I3).
type room struct {
	crowd    *crowd
	browsers []*http.Client

	replied map[ticket.Number]string // what the console confirmed
	last    ticket.Number            // answered
	by      *http.Client             // the browser of who answered it
	quiet   []answered               // once, and open still

	// mixed lets some residents stay silent until their letters, of which one is long, wait in the mailbox; see reader.go.
	mixed bool
	// answering is a room whose account sends nothing by itself: each letter waits in the mailbox.
	answering bool
	read      atomic.Int64 // residents who have emptied theirs

	mu sync.Mutex
	mail

	verdicts errgroup.Group // residents who are asked whether it helped; only in a crowd that does everything
	judged   atomic.Int64   // those who have said so
}

// askedAtOnce is how many residents at a time are to say whether it helped.
const askedAtOnce = 16

// roomSecret is the password of every officer.
const roomSecret = "night-watch-110"

// officerID is what the officer of that number signs in with.
func officerID(i int) string { return strconv.Itoa(3301 + i) }

// newRoom makes the officers and signs them in.
func newRoom(ctx context.Context, c *crowd, officers int) (*room, error) {
	r := &room{crowd: c, replied: map[ticket.Number]string{}}
	r.verdicts.SetLimit(askedAtOnce)
	for i := range officers {
		id := officerID(i)
		if _, err := c.town.frontdesk(ctx, roomSecret+"\n", "officer", "add", id, "--name", "林元众", "--password-stdin"); err != nil {
			return nil, err
		}
		jar, err := cookiejar.New(nil)
		if err != nil {
			return nil, err
		}
		b := &http.Client{Jar: jar, Timeout: 10 * time.Second}
		r.browsers = append(r.browsers, b)
		if err := r.signIn(ctx, b, id); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (r *room) signIn(ctx context.Context, b *http.Client, id string) error {
	form := url.Values{"id": {id}, "password": {roomSecret}, "next": {"/desk/"}}
	if err := r.patiently(ctx, func() error {
		_, err := page(b.PostForm(r.crowd.town.front.URL+"/desk/sign-in", form))
		return err
	}); err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	return nil
}

// work answers tickets until the context ends; the one at hand is finished. When there are no new ones, those that were answered hear more.
func (r *room) work(ctx context.Context) {
	for ctx.Err() == nil {
		if _, ok := r.next(); !ok && len(r.quiet) > 0 {
			if err := r.more(context.WithoutCancel(ctx)); err != nil {
				r.crowd.fail(fmt.Errorf("officer: %w", err))
				return
			}
			continue
		}
		if err := r.answer(ctx, 1); err != nil && ctx.Err() == nil {
			r.crowd.fail(fmt.Errorf("officer: %w", err))
			return
		}
	}
}

// answered is a ticket and the browser of the officer who has it.
type answered struct {
	number ticket.Number
	by     *http.Client
}

// more replies once more to the ticket that has heard nothing for the longest time.
func (r *room) more(ctx context.Context) error {
	a := r.quiet[0]
	r.quiet = r.quiet[1:]
	return r.step(ctx, a.by, a.number, ticket.Reply, "给"+string(a.number)+"号再补一句：请带上房产证")
}

// answer takes so many tickets, as soon as there are so many, and answers each.
func (r *room) answer(ctx context.Context, tickets int) error {
	for range tickets {
		number, ok := r.next()
		for !ok {
			select {
			case <-time.After(10 * time.Millisecond):
			case <-ctx.Done():
				return ctx.Err()
			}
			number, ok = r.next()
		}
		b := r.browsers[len(r.replied)%len(r.browsers)]
		reader := (r.mixed || r.answering) && len(r.replied)%readsEach == 2
		words := "今晚八点来您家，" + string(number) + "号"
		if reader { // only who reads the mailbox is sure to see all of a long one: faults show messages twice, and five are let out
			words += long(number)
		}
		finishing := context.WithoutCancel(ctx)
		if r.answering { // any answer from now on may bring what is written to them
			r.mayRead(r.crowd.known(number).openid)
		}
		if err := errors.Join(r.step(finishing, b, number, ticket.Claim, ""), r.step(finishing, b, number, ticket.Reply, words)); err != nil {
			return err
		}
		r.replied[number], r.last, r.by = words, number, b
		random := rand.New(rand.NewPCG(uint64(len(r.replied)), 7))
		if r.answering {
			r.verdicts.TryGo(func() error { return r.writesAgain(finishing, number, random) }) // others do at the end
			continue
		}
		if reader {
			r.verdicts.TryGo(func() error { return r.reads(finishing, b, number, random) })
			continue
		}
		if !r.crowd.whole {
			r.quiet = append(r.quiet, answered{number, b})
			continue
		}
		r.verdicts.TryGo(func() error { return r.resolve(finishing, b, number, random) }) // others stay open
	}
	return nil
}

// long makes a reply longer than one message.
func long(number ticket.Number) string {
	return "\n" + strings.Repeat("来之前请把房产证、身份证和物业的收据找出来。", 40) + "\n" + string(number) + "号就说到这里"
}

// helped is how the room asks.
const helped = "您看解决了吗"

// resolve says that a ticket is done, once its resident is, and lets the resident say whether it helped.
func (r *room) resolve(ctx context.Context, b *http.Client, number ticket.Number, random *rand.Rand) error {
	if _, err := r.crowd.awaitDone(ctx, number); err != nil {
		return err
	}
	if err := r.step(ctx, b, number, ticket.Resolve, "两家说好了"); err != nil {
		return err
	}
	if err := r.crowd.verdict(ctx, number, helped, random); err != nil {
		return fmt.Errorf("whether it helped: %w", err)
	}
	r.judged.Add(1)
	return nil
}

// next finds a ticket that nobody has taken.
func (r *room) next() (ticket.Number, bool) {
	r.crowd.mu.Lock()
	defer r.crowd.mu.Unlock()
	for number, m := range r.crowd.opened {
		if _, taken := r.replied[number]; !taken && !m.final {
			return number, true
		}
	}
	return "", false
}

var formIdentity = regexp.MustCompile(`name="request" value="([^"]+)"`)

// step sends one form until the console has taken it: a browser that got no page asks its officer to try again, with the same form.
func (r *room) step(ctx context.Context, b *http.Client, number ticket.Number, what ticket.What, words string) error {
	address := r.crowd.town.front.URL + "/desk/tickets/" + string(number)
	var identity string
	err := r.patiently(ctx, func() error {
		text, err := page(b.Get(address))
		if err != nil {
			return err
		}
		m := formIdentity.FindStringSubmatch(text)
		if m == nil {
			return fmt.Errorf("ticket %s offers no form", number)
		}
		identity = m[1]
		return nil
	})
	if err != nil {
		return err
	}
	form := url.Values{"request": {identity}, "what": {string(what)}, "text": {words}}
	if err := r.patiently(ctx, func() error {
		_, err := page(b.PostForm(address+"/act", form))
		return err
	}); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	r.written(number, what, words)
	return nil
}

// patiently does something until it succeeds, for a minute.
func (r *room) patiently(ctx context.Context, do func() error) error {
	ctx, cancel := context.WithTimeout(ctx, stuckAfter)
	defer cancel()
	for {
		err := do()
		if err == nil || r.crowd.broken() != nil { // nothing is waited for then
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("stuck: %w", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// page reads one; a status other than 200 is an error.
func page(resp *http.Response, err error) (string, error) {
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return "", err
	}
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("the console answers %s", resp.Status)
	}
	return string(text), nil
}

// deliverWithin is how long a letter may be under way after a fault: nothing may be stuck for a minute.
const deliverWithin = time.Minute

// leased is how long a letter stays with a sender that died; see lease in package bot.
const leased = 50 * time.Second

// await waits until every letter is on its resident's phone; then until every resident who was asked has said whether it helped. Letters that do not
// come are judged by check: they may be shown as not delivered.
func (r *room) await(ctx context.Context) {
	there := r.coming(ctx)
	if err := r.verdicts.Wait(); err != nil {
		r.crowd.fail(err)
	}
	if there { // they were asked by letters too
		r.coming(ctx)
	}
}

// coming waits until every letter is on its resident's phone, and says so.
func (r *room) coming(ctx context.Context) bool {
	arriving, cancel := context.WithTimeout(ctx, deliverWithin)
	defer cancel()
	return eventually(arriving, func() bool {
		pause(arriving, 80*time.Millisecond) // to look is work
		return r.look() == 0
	}) == nil
}

// catchesUp waits until every letter written so far is on its resident's phone. A letter that waits for a sender's lease to end takes most of a minute, so the
// short form does not ask; there all that came of several faults is judged at the end.
func (r *room) catchesUp(ctx context.Context) error {
	if !r.crowd.town.w.long {
		return nil
	}
	r.mu.Lock()
	due := slices.Clone(r.letters)
	r.mu.Unlock()
	arriving, cancel := context.WithTimeout(ctx, deliverWithin)
	defer cancel()
	if err := eventually(arriving, func() bool {
		pause(arriving, 80*time.Millisecond) // to look is work
		due = slices.DeleteFunc(due, func(l letter) bool { return len(l.on(r.crowd.town)) > 0 })
		return len(due) == 0
	}); err != nil {
		return fmt.Errorf("%d letters are stuck, the first of ticket %s: %w", len(due), due[0].number, err)
	}
	return nil
}

// shown counts how often a reply is on the phone; no long one is.
func (r *room) shown(number ticket.Number) int {
	return r.crowd.shows(r.crowd.known(number).openid, r.replied[number])
}

// check compares the histories with what the console confirmed, and looks what became of each letter.
func (r *room) check(ctx context.Context) error {
	s, err := store.New(store.Config{Client: r.crowd.town.redis.client, Clock: time.Now})
	if err != nil {
		return err
	}
	var wrong []error
	for _, l := range r.letters {
		if l.what != ticket.Reply {
			continue
		}
		v, err := s.Find(ctx, auditor, l.number)
		if err != nil {
			wrong = append(wrong, err)
			continue
		}
		if n := entries(v, l.says); n != 1 {
			wrong = append(wrong, fmt.Errorf("ticket %s holds a reply %d times", l.number, n))
		}
	}
	return errors.Join(first(wrong), r.judge(ctx, s))
}
