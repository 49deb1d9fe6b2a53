package topology

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/flows"
	"frontdesk/store"
	"frontdesk/ticket"
)

// answerTime is what a callback leaves the store, as in package bot: an answer is out by 4.5 s.
const answerTime = 4200 * time.Millisecond

// tries is how often the platform posts one message.
const tries = 3

// Result is what became of messages.
type Result struct {
	Rounds      int            // faults that were lived through
	Confirmed   int            // messages and officers' notes that were answered
	Unconfirmed int            // those that were not, however often they were repeated: nothing was promised
	Lost        int            // confirmed and not in any history
	Doubled     int            // in histories more than once
	Late        int            // answers after the time that the platform leaves
	Slowest     time.Duration  // answer
	Refusals    map[string]int // what Redis said to those that were not confirmed at once, by its first word
	Redirected  map[string]int // what the nodes of a Cluster said of slots, by its first word, also where it was followed unseen
	Letters     int            // of officers
	Twice       int            // of them, those that were shown more than once
	Unsent      int            // of them, those that were never shown, or not written down as delivered in the end
	Unfair      int            // of them, those that were shown again although it was confirmed that they had been
	Differences []string       // found by fsck, with the seals outside Redis
}

// String is the figure.
func (r Result) String() string {
	text := fmt.Sprintf("%d rounds, %d confirmed, %d lost, %d doubled, %d not confirmed, %d late, slowest %s; %d letters, %d twice, %d not sent; fsck finds %d",
		r.Rounds, r.Confirmed, r.Lost, r.Doubled, r.Unconfirmed, r.Late, r.Slowest.Round(time.Millisecond), r.Letters, r.Twice, r.Unsent, len(r.Differences))
	if r.Redirected != nil {
		text += fmt.Sprintf(", answered MOVED %d, ASK %d, TRYAGAIN %d, CROSSSLOT %d times",
			r.Redirected["MOVED"], r.Redirected["ASK"], r.Redirected["TRYAGAIN"], r.Redirected["CROSSSLOT"])
	}
	return text
}

// Err says which promise was broken.
func (r Result) Err() error {
	var err error
	if r.Lost > 0 || r.Doubled > 0 || r.Late > 0 || len(r.Differences) > 0 {
		err = errors.New(r.String())
	}
	if r.Unsent > 0 || r.Unfair > 0 {
		err = errors.Join(err, fmt.Errorf("%d letters were not sent, %d were shown again although it was confirmed that they had been", r.Unsent, r.Unfair))
	}
	for i, d := range r.Differences {
		if i == 5 {
			break
		}
		err = errors.Join(err, fmt.Errorf("fsck: %s", d))
	}
	if n := r.Refusals["MOVED"]; n > 0 {
		err = errors.Join(err, fmt.Errorf("%d messages were given up although a node had told where their slot is", n))
	}
	if n := max(r.Refusals["CROSSSLOT"], r.Redirected["CROSSSLOT"]); n > 0 {
		err = errors.Join(err, fmt.Errorf("%d commands crossed slots", n))
	}
	return err
}

// crowd is residents who talk, and what they were told.
type crowd struct {
	accounts []string
	stores   []*store.Store // replicas of the front desk

	mu      sync.Mutex
	result  Result
	marks   map[string]bool // words that one message carries and no other, and whether it was confirmed
	letters map[string]shown
}

func newCrowd(accounts []string, stores ...*store.Store) *crowd {
	return &crowd{accounts: accounts, stores: stores, marks: make(map[string]bool), letters: make(map[string]shown), result: Result{Refusals: make(map[string]int)}}
}

// newStores makes replicas of the front desk that keep no seals outside Redis.
func newStores(replicas int, clients ...redis.UniversalClient) ([]*store.Store, error) {
	return sealers("", replicas, clients...)
}

// sealers makes replicas of the front desk, each with a folder of its own for its seals below dir.
func sealers(dir string, replicas int, clients ...redis.UniversalClient) ([]*store.Store, error) {
	var list []*store.Store
	for i, c := range clients {
		config := store.Config{Client: c, Replicas: replicas}
		if dir != "" {
			config.Seals = filepath.Join(dir, strconv.Itoa(i))
		}
		s, err := store.New(config)
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

// talk lets so many residents of each account, and an officer, talk until the context ends. What is under way then is finished.
func (c *crowd) talk(ctx context.Context, residents int) {
	var all sync.WaitGroup
	for a, account := range c.accounts {
		for i := range residents {
			all.Go(func() { c.resident(ctx, account, fmt.Sprint("resident", i), a+i) })
		}
		all.Go(func() { c.work(ctx, account, c.stores[a%len(c.stores)]) })
	}
	all.Wait()
}

// resident says one thing after the other. Each thing is posted as the platform does: to one replica, and when that has no good answer, to the
// next, under the same identity.
func (c *crowd) resident(ctx context.Context, account, openid string, turn int) {
	for ctx.Err() == nil {
		word := "m" + strings.ToLower(rand.Text())
		c.post(ctx, word, turn, true, func(ctx context.Context, s *store.Store) error {
			_, err := s.Converse(ctx, account, ticket.Personal(openid), word, says(account, openid, word))
			return err
		})
		turn++
	}
}

// post does something until it is confirmed, as often as the platform would, and writes down what was promised.
func (c *crowd) post(ctx context.Context, word string, turn int, marked bool, do func(context.Context, *store.Store) error) {
	for try := range tries {
		began := time.Now()
		within, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerTime)
		err := do(within, c.stores[(turn+try)%len(c.stores)])
		cancel()
		if c.note(err, time.Since(began)); err == nil {
			c.promise(word, marked, true)
			return
		}
	}
	c.promise(word, marked, false)
}

// promise writes down what became of a message in the eyes of whoever sent it.
func (c *crowd) promise(word string, marked, confirmed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if marked {
		c.marks[word] = confirmed
	}
	if confirmed {
		c.result.Confirmed++
	} else {
		c.result.Unconfirmed++
	}
}

// lateBy is what the machine may be late by, beyond the time that was left.
const lateBy = 300 * time.Millisecond

// note writes down how one post went.
func (c *crowd) note(err error, took time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.result.Slowest = max(c.result.Slowest, took)
	if took > answerTime+lateBy {
		c.result.Late++
	}
	if err != nil {
		c.result.Refusals[reason(err)]++
	}
}

// reason names a failure in a word or two, for the table.
func reason(err error) string {
	text := err.Error()
	if _, said, ok := strings.Cut(text, "redis says "); ok {
		return said
	}
	for _, known := range []string{"too few replicas", "deadline", "no connection"} {
		if strings.Contains(text, known) {
			return known
		}
	}
	return text
}

// says is a message that opens a ticket, or adds to the newest one.
func says(account, openid, word string) func(flows.Resident) (flows.Change, error) {
	return func(r flows.Resident) (flows.Change, error) {
		now := time.Now()
		c := flows.Change{Followed: true, Opens: flows.OpensMessage, Answer: word}
		for _, l := range r.Mailbox {
			c.Taken = append(c.Taken, l.ID)
		}
		if len(r.Tickets) > 0 {
			h, e, err := r.Tickets[0].Do(ticket.Step{What: ticket.Say, By: ticket.TheResident, At: now, Text: ticket.Personal(word)})
			c.Tickets = []flows.TicketChange{{Before: r.Tickets[0].Version, After: h, Entries: []ticket.Entry{e}}}
			return c, err
		}
		number, err := ticket.NewNumber(rand.Reader)
		if err != nil {
			return c, err
		}
		h, e, err := ticket.Open(number, ticket.Opening{
			Account: account, Resident: ticket.Personal(openid), Kind: ticket.Dispute, Home: ticket.Home{Station: "main"}, Title: "楼上半夜拖椅子",
			Fields: []ticket.Field{{Key: "what", Label: "经过", Value: ticket.Personal(word)}},
		}, ticket.TheResident, now)
		c.Tickets = []flows.TicketChange{{After: h, Entries: []ticket.Entry{e}}}
		return c, err
	}
}

// roomOf is an account for the crowd.
func roomOf(id string) ticket.Account {
	return ticket.Account{ID: id, Name: "长安路警务室", Stations: []ticket.Station{{ID: "main", Name: "长安路"}}}
}

// chief may do everything in an account.
func chief(account string) ticket.Officer {
	return ticket.Officer{ID: "chief", Name: "吴建国", Role: ticket.Chief, Account: account}
}

// work is the officer, the sender, the sealer and the clock of an account.
func (c *crowd) work(ctx context.Context, account string, s *store.Store) {
	for turn := 0; pause(ctx, 50*time.Millisecond) == nil; turn++ {
		within, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerTime)
		page, err := s.Queue(within, chief(account), ticket.Query{List: ticket.ListOpen, Limit: 50})
		c.failed(err)
		c.failed(s.Seal(within, account, time.Now()))
		_, err = s.Wake(within, account, time.Now())
		c.failed(err)
		c.failed(c.send(within, account, s))
		cancel()
		if len(page.Rows) == 0 {
			continue
		}
		h, word := page.Rows[turn%len(page.Rows)], "n"+strings.ToLower(rand.Text())
		step := ticket.Step{What: ticket.Claim}
		if h.Assignee != "" {
			step = ticket.Step{What: ticket.Reply, Text: ticket.Personal(word)}
		}
		c.post(ctx, word, turn, step.What == ticket.Reply, func(ctx context.Context, s *store.Store) error {
			_, err := s.Act(ctx, chief(account), h.Number, word, step)
			return err
		})
	}
}

// failed counts what the background work was refused with; it comes again by itself.
func (c *crowd) failed(err error) {
	if err == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.result.Refusals[reason(err)]++
}

// check reads the books and counts what was promised and is not there, and what is there more than once. kept are front desks with the seals of those
// who talked; none: those kept none.
func (c *crowd) check(ctx context.Context, s *store.Store, kept ...*store.Store) (Result, error) {
	found := make(map[string]int)
	if err := c.sendRest(ctx, s); err != nil {
		return c.result, err
	}
	for i, account := range c.accounts {
		if err := eachTicket(ctx, s, account, func(v ticket.View) {
			c.judge(v)
			marks(v, found)
		}); err != nil {
			return c.result, fmt.Errorf("read the books of %s: %w", account, err)
		}
		books := s
		if len(kept) > 0 {
			books = kept[i%len(kept)] // who worked for it
			if err := books.Seal(ctx, account, time.Now()); err != nil {
				return c.result, fmt.Errorf("seal %s: %w", account, err)
			}
		}
		differences, err := books.Fsck(ctx, account)
		if err != nil {
			return c.result, fmt.Errorf("fsck %s: %w", account, err)
		}
		c.result.Differences = append(c.result.Differences, differences...)
	}
	for _, word := range slices.Sorted(maps.Keys(c.marks)) {
		switch n := found[word]; {
		case n == 0 && c.marks[word]:
			c.result.Lost++
		case n > 1:
			c.result.Doubled++
		}
	}
	return c.result, nil
}

// marksOf counts every word of every history of an account.
func marksOf(ctx context.Context, s *store.Store, account string, found map[string]int) error {
	return eachTicket(ctx, s, account, func(v ticket.View) { marks(v, found) })
}

// marks counts every word of a history.
func marks(v ticket.View, found map[string]int) {
	for _, e := range v.Entries {
		found[e.Text.Reveal()]++
		if e.Opening != nil {
			found[e.Opening.Fields[0].Value.Reveal()]++
		}
	}
}

// eachTicket reads every ticket of an account.
func eachTicket(ctx context.Context, s *store.Store, account string, do func(ticket.View)) error {
	operator := ticket.Officer{ID: "auditor", Role: ticket.Auditor, Account: account}
	for _, list := range []ticket.List{ticket.ListOpen, ticket.ListDone} {
		q := ticket.Query{List: list, Limit: 200}
		for {
			page, err := s.Queue(ctx, operator, q)
			if err != nil {
				return err
			}
			for _, h := range page.Rows {
				v, err := s.Find(ctx, operator, h.Number)
				if err != nil {
					return err
				}
				do(v)
			}
			if page.Next == "" {
				break
			}
			q.Before = page.Next
		}
	}
	return nil
}
