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
	"strconv"
	"strings"
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
	doubled int                      // letters that a phone shows twice

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

// work answers tickets until the context ends; the one at hand is finished.
func (r *room) work(ctx context.Context) {
	for ctx.Err() == nil {
		if err := r.answer(ctx, 1); err != nil && ctx.Err() == nil {
			r.crowd.fail(fmt.Errorf("officer: %w", err))
			return
		}
	}
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
		words := "今晚八点来您家，" + string(number) + "号"
		finishing := context.WithoutCancel(ctx)
		if err := errors.Join(r.step(finishing, b, number, ticket.Claim, ""), r.step(finishing, b, number, ticket.Reply, words)); err != nil {
			return err
		}
		r.replied[number], r.last, r.by = words, number, b
		if r.crowd.whole {
			random := rand.New(rand.NewPCG(uint64(len(r.replied)), 7))
			r.verdicts.TryGo(func() error { return r.resolve(finishing, b, number, random) }) // others stay open
		}
	}
	return nil
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

// deliverWithin is how long a reply may be under way when a sender died with it in hand: its lease must run out first, and nothing may be stuck
// for a minute.
const deliverWithin = time.Minute

// await waits until every reply is on its resident's phone and says how many are; then until every resident who was asked has said whether it
// helped.
func (r *room) await(ctx context.Context) (arrived int, err error) {
	arriving, cancel := context.WithTimeout(ctx, deliverWithin)
	defer cancel()
	all := func() bool {
		pause(arriving, 80*time.Millisecond) // to look is work
		arrived = r.arrived()
		return arrived == len(r.replied)
	}
	if eventually(arriving, all) != nil {
		err = fmt.Errorf("%d of %d replies did not arrive within %s", len(r.replied)-arrived, len(r.replied), deliverWithin)
	}
	if err := r.verdicts.Wait(); err != nil {
		r.crowd.fail(err)
	}
	return r.arrived(), err
}

// arrived counts the replies that are on their phones, and the letters that are there twice.
func (r *room) arrived() int {
	arrived := 0
	r.doubled = 0
	for number := range r.replied {
		n, taken := r.shown(number), r.taken(number)
		for _, times := range []int{n, taken} {
			if times > 1 {
				r.doubled++
			}
		}
		if n > 0 {
			arrived++
		}
	}
	return arrived
}

// shown counts how often a reply is on the phone.
func (r *room) shown(number ticket.Number) int {
	return r.crowd.shows(r.crowd.known(number).openid, r.replied[number])
}

// taken counts how often the phone shows who has taken the ticket on: a letter like the reply, which nobody waits for.
func (r *room) taken(number ticket.Number) (n int) {
	for _, l := range r.crowd.town.sim.Resident(townAccount, r.crowd.known(number).openid).Screen() {
		if l.From == "account" && strings.Contains(l.Text, number.Spoken()) && strings.Contains(l.Text, "已经受理，会尽快处理") {
			n++
		}
	}
	return n
}

// check compares the histories with what the console confirmed. A crash may double one reply, not more.
func (r *room) check(ctx context.Context, crashes int) error {
	s, err := store.New(store.Config{Client: r.crowd.town.redis.client, Clock: time.Now})
	if err != nil {
		return err
	}
	var wrong []error
	for number, words := range r.replied {
		v, err := s.Find(ctx, ticket.Officer{ID: "torture", Role: ticket.Auditor, Account: townAccount}, number)
		if err != nil {
			wrong = append(wrong, err)
			continue
		}
		if n := entries(v, words); n != 1 {
			wrong = append(wrong, fmt.Errorf("ticket %s holds a reply %d times", number, n))
		}
		if n := max(r.shown(number), r.taken(number)); n > 2 {
			wrong = append(wrong, fmt.Errorf("a letter about %s was shown %d times", number, n))
		}
	}
	if r.doubled > crashes {
		wrong = append(wrong, fmt.Errorf("%d letters were shown twice after %d crashes", r.doubled, crashes))
	}
	return first(wrong)
}
