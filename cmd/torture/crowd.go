package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"frontdesk/ticket"
	"frontdesk/wechatsim"
)

// crowd are residents who talk at once. Each knows what the desk must say next, so a message that took effect twice or not at all is noticed
// at the next answer; and each remembers what is in effect, to be compared with the books at the end.
type crowd struct {
	town    *town
	doubled float64 // share of messages that the platform posts again, before, beside or after the answer
	whole   bool    // residents do everything that they can do, not only tell and add

	answered atomic.Int64 // messages that got their answer
	copied   atomic.Int64 // of them, those that were doubled
	swapped  atomic.Int64 // of them, those that came in another order, or side by side
	posts    atomic.Int64 // callbacks, doubled ones and repeated ones too
	sorry    atomic.Int64 // "please send that again"
	slowest  atomic.Int64 // nanoseconds from a message to its answer
	late     atomic.Int64 // posts that were answered after answerLimit

	back time.Duration // the longest that everybody waited for an answer after a fault

	mu     sync.Mutex
	opened map[ticket.Number]matter
	wrong  []error
}

// matter is what the books must hold of one ticket.
type matter struct {
	openid string
	mark   string   // in the fields, once
	said   []string // added later, one entry each

	photos           int
	urged, withdrawn bool
	finished         bool // the resident has done what they came for
	final            bool // they came to take it back

	judged    bool // the resident has said whether it helped
	confirmed bool
	stars     int
	reopened  string // with these words
}

// answerLimit is when the platform has stopped listening.
const answerLimit = 5 * time.Second

// stuckAfter is how long a message may stay without its answer.
const stuckAfter = time.Minute

// line is one message of a talk and what the answer must hold.
type line struct{ say, hear string }

// dispute is a whole matter; mark makes it this one. It ends with the number.
func dispute(mark string) []line {
	return []line{
		{"纠纷", "哪一类"}, {"1", "危险"}, {"2", ""}, {"1", ""}, {"楼上的" + mark, "发生"}, {"每天半夜拖桌子，说了三次都不听", "哪里"},
		{"长安路8号3幢", "照片"}, {"没有", "希望"}, {"晚上十点以后安静就行", "电话"}, {"13800001234", ""}, {"陈阿姨", "核对"}, {"1", "工单号是"},
	}
}

// addition is a word added to the newest matter.
func addition(words string) []line {
	return []line{{"进度", "最近的在前面"}, {"1", "补充情况"}, {"1", ""}, {words, "补充好了"}, {"完成", ""}}
}

var spoken = regexp.MustCompile(`工单号是 (\d{3}) (\d{3}) (\d{3})`)

// again is how the desk says that it could not keep a message.
const again = "再发一遍"

func newCrowd(t *town, doubled float64) *crowd {
	return &crowd{town: t, doubled: doubled, opened: map[ticket.Number]matter{}}
}

// talk lets that many residents at a time tell matters until it is enough, or the context ends. Who has begun finishes.
func (c *crowd) talk(ctx context.Context, residents int, random *rand.Rand, enough func() bool) {
	var all sync.WaitGroup
	for i := range residents {
		r := rand.New(rand.NewPCG(random.Uint64(), random.Uint64()))
		all.Go(func() {
			for n := 0; ctx.Err() == nil && !enough(); n++ {
				who := fmt.Sprintf("o%d-%d-%d", r.IntN(1_000_000), i, n)
				if err := c.visit(ctx, who, r); err != nil {
					if ctx.Err() == nil {
						c.fail(fmt.Errorf("%s: %w", who, err))
					}
					return
				}
			}
		})
	}
	all.Wait()
}

// visit is what one resident has to say: a matter, and what comes after it.
func (c *crowd) visit(ctx context.Context, who string, r *rand.Rand) error {
	e := adds
	if c.whole {
		e = errands[r.IntN(len(errands))]
	}
	_, err := c.does(ctx, who, e, r)
	return err
}

// does lets one resident do what they came for, and gives the number of their matter.
func (c *crowd) does(ctx context.Context, who string, e errand, r *rand.Rand) (ticket.Number, error) {
	answer, err := c.follow(ctx, who, e.told(who+"号"), r)
	if err != nil {
		return "", err
	}
	m := spoken.FindStringSubmatch(answer)
	if m == nil {
		return "", fmt.Errorf("no number in %q", answer)
	}
	number := ticket.Number(m[1] + m[2] + m[3])
	c.mu.Lock()
	_, twice := c.opened[number]
	c.opened[number] = matter{openid: who, mark: who + "号", final: e.final}
	c.mu.Unlock()
	if twice {
		return "", fmt.Errorf("number %s was given twice", number)
	}
	if _, err = c.follow(ctx, who, e.more(who), r); err != nil {
		return "", err
	}
	c.change(number, func(m *matter) {
		e.becomes(m, who)
		m.finished = true
	})
	return number, nil
}

// disorder says how many of the messages that were answered had been doubled, or had come in another order than they were written in.
func (c *crowd) disorder() string {
	all := max(c.answered.Load(), 1)
	return fmt.Sprintf("%d messages answered, %d %% of them doubled, %d %% in another order", c.answered.Load(), c.copied.Load()*100/all, c.swapped.Load()*100/all)
}

// count is how many tickets there are.
func (c *crowd) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.opened)
}

// known is what the books must hold of a ticket now.
func (c *crowd) known(number ticket.Number) matter {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.opened[number]
}

// change writes down what was confirmed of a ticket.
func (c *crowd) change(number ticket.Number, do func(*matter)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	m := c.opened[number]
	do(&m)
	c.opened[number] = m
}

// follow sends the lines of a talk one after the other and returns the last answer.
func (c *crowd) follow(ctx context.Context, who string, talk []line, r *rand.Rand) (string, error) {
	var answer string
	for _, l := range talk {
		if words, ok := strings.CutPrefix(l.say, atOnce); ok {
			if err := c.sayAtOnce(ctx, who, strings.Split(words, "\n"), r); err != nil {
				return "", err
			}
			continue
		}
		var err error
		if answer, err = c.say(ctx, who, l.say, r); err != nil {
			return "", err
		}
		if !strings.Contains(answer, l.hear) {
			return "", fmt.Errorf("said %q and heard %q, without %q", l.say, answer, l.hear)
		}
	}
	return answer, nil
}

// say sends one message until it has its answer. Some are doubled: the same post once more at the same time, or a little later.
func (c *crowd) say(ctx context.Context, who, words string, r *rand.Rand) (string, error) {
	message := c.town.sim.Message(townAccount, who, "MsgType", "text", "Content", words)
	if words == aPhoto {
		message = c.town.sim.Resident(townAccount, who).ImageMessage(photoOf(who))
	}
	return c.deliver(ctx, who, words, message, r)
}

// deliver sends a message until it has its answer.
func (c *crowd) deliver(ctx context.Context, who, words, message string, r *rand.Rand) (string, error) {
	var beside sync.WaitGroup
	ctx, cancel := context.WithTimeout(ctx, stuckAfter)
	defer cancel()
	var copied []string
	doubled := r.Float64() < c.doubled
	if doubled {
		pause := time.Duration(r.IntN(3)) * 5 * time.Millisecond
		copies := 1 + r.IntN(2)
		beside.Go(func() { copied = c.double(ctx, message, copies, pause) })
	}
	answer, err := c.insist(ctx, who, words, message)
	beside.Wait()
	if doubled && err == nil {
		c.copied.Add(1)
	}
	for _, other := range copied {
		if err == nil && other != answer {
			err = fmt.Errorf("said %q and heard %q, and to the same post again %q", words, answer, other)
		}
	}
	return answer, err
}

// insist posts one message until it has its answer.
func (c *crowd) insist(ctx context.Context, who, words, message string) (string, error) {
	began := time.Now()
	for {
		x := c.town.sim.Resident(townAccount, who).Raw(ctx, message)
		c.posts.Add(int64(max(x.Attempts, 1)))
		switch {
		case errors.Is(x.Err, context.DeadlineExceeded):
			return "", fmt.Errorf("stuck: no answer to %q in %s; last: %s", words, stuckAfter, x.Why)
		case x.Err != nil:
			return "", x.Err
		case x.Failed:
			return "", fmt.Errorf("the platform does not understand the answer to %q: %s", words, x.Why)
		case strings.Contains(x.Answer, again): // nothing was promised: the resident sends it again, the platform knows it as the same
			c.sorry.Add(1)
			select {
			case <-ctx.Done():
			case <-time.After(20 * time.Millisecond):
			}
			continue
		}
		c.answered.Add(1)
		for took := int64(time.Since(began)); ; {
			if was := c.slowest.Load(); took <= was || c.slowest.CompareAndSwap(was, took) {
				break
			}
		}
		return x.Answer, nil
	}
}

// double posts the message some more times and returns what was said to that: the same as to the message, or nothing at all. Each answer must
// come in time.
func (c *crowd) double(ctx context.Context, message string, copies int, pause time.Duration) (heard []string) {
	for range copies {
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return heard
		}
		c.posts.Add(1)
		a, err := c.town.sim.Deliver(ctx, wechatsim.Delivery{Account: townAccount, XML: message})
		if err == nil && a.Took > answerLimit {
			c.late.Add(1)
		}
		if err == nil && a.Status == http.StatusOK && a.Text != "" && !strings.Contains(a.Text, again) {
			heard = append(heard, a.Text)
		}
	}
	return heard
}

// backWithin is when residents must be answered again after Redis can work again.
const backWithin = time.Minute

// answersAgain waits until somebody has an answer, and notes how long that took.
func (c *crowd) answersAgain(ctx context.Context) error {
	began, before := time.Now(), c.answered.Load()
	for c.answered.Load() == before {
		if pause(ctx, 10*time.Millisecond); ctx.Err() != nil || time.Since(began) > backWithin {
			return fmt.Errorf("nobody was answered within %s", backWithin)
		}
	}
	c.back = max(c.back, time.Since(began))
	return nil
}

// broken is what residents have found wrong so far.
func (c *crowd) broken() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return first(c.wrong)
}

func (c *crowd) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wrong = append(c.wrong, err)
}
