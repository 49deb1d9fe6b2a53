package wechatsim

// A resident with a phone: what she sees and how she waits for it.

import (
	"context"
	"errors"
	"slices"
	"time"
)

// ErrNotFollowing is in an Exchange when a resident who left writes all the same: the platform does not let her.
var ErrNotFollowing = errors.New("wechatsim: the resident does not follow the account")

// ErrHandedOver is in an Exchange once the account has handed the conversation to the platform's customer service: messages no longer reach it.
var ErrHandedOver = errors.New("wechatsim: the conversation was handed to customer service")

// ErrExpiredCode is in an Exchange when the scanned code is no longer valid.
var ErrExpiredCode = errors.New("wechatsim: the code has expired")

// Line is one thing on a resident's screen.
type Line struct {
	At      time.Time `json:"at"`
	From    string    `json:"from"` // resident, account or notice
	Kind    string    `json:"kind"` // text, image, voice, video, place, link, news, msgmenu, template, notice, event …
	Text    string    `json:"text"`
	URL     string    `json:"url,omitempty"`
	Choices []Choice  `json:"choices,omitempty"` // of a msgmenu, to tap
	Machine bool      `json:"machine,omitempty"` // labelled as written by a machine
	Thumb   string    `json:"thumb,omitempty"`   // picture of a video
	Posts   int       `json:"posts,omitempty"`   // of a failure notice: how often the message was posted
	Why     string    `json:"why,omitempty"`     // of a failure notice: what was wrong; no resident reads it
}

// Choice is one answer of a msgmenu.
type Choice struct {
	ID      string `json:"id"`
	Content string `json:"content"`
}

// Exchange is one message of a resident and what became of it.
type Exchange struct {
	Attempts int           `json:"attempts"`
	Answer   string        `json:"answer"` // text the resident saw; "" when none
	Failed   bool          `json:"failed"` // no answer, or a wrong one: the resident sees Notice, except for events that show nothing
	Took     time.Duration `json:"took"`
	Status   int           `json:"status"`         // HTTP status of the last attempt; 0 when there was none
	Why      string        `json:"why,omitempty"`  // what the platform found wrong
	Answers  [][]byte      `json:"-"`              // body of each attempt as it came
	Err      error         `json:"-"`              // the message was never posted, or ctx ended first
	Sent     string        `json:"sent,omitempty"` // the message's XML, to be posted again or compared
}

// Resident is one follower of one account.
type Resident struct {
	p       *Platform
	account string
	openid  string

	// Guarded by the platform's lock.
	follows    bool
	left       bool // has unfollowed since
	since      time.Time
	scene      string // followed through this code
	refuses    bool
	handedOver bool
	windows    []window
	consents   map[string]int // by template; negative: for good
	lines      []Line
	pending    int           // messages that wait for their answer
	changed    chan struct{} // closed and replaced when the screen changes
}

// Resident finds a resident of an account or makes one who follows it. It panics when the platform has no such account: that is a mistake in
// the test. Use [Platform.Accounts] to see which there are.
func (p *Platform) Resident(account, openid string) *Resident {
	p.mu.Lock()
	defer p.mu.Unlock()
	r, err := p.resident(account, openid)
	if err != nil {
		panic(err)
	}
	return r
}

// resident is Resident for those who hold the lock.
func (p *Platform) resident(account, openid string) (*Resident, error) {
	d := p.accounts[account]
	if d == nil {
		return nil, errNoAccount(account)
	}
	r := d.residents[openid]
	if r == nil {
		r = &Resident{p: p, account: account, openid: openid, follows: true, since: p.now(),
			consents: map[string]int{}, changed: make(chan struct{})}
		d.residents[openid] = r
		d.order = append(d.order, openid)
	}
	return r, nil
}

// Accounts lists the accounts by id, sorted.
func (p *Platform) Accounts() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var ids []string
	for id := range p.accounts {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// OpenID is how the account knows the resident.
func (r *Resident) OpenID() string { return r.openid }

// Follows says whether the resident follows the account.
func (r *Resident) Follows() bool {
	r.p.mu.Lock()
	defer r.p.mu.Unlock()
	return r.follows
}

// Refuse makes the resident refuse messages that she did not ask for, or accept them again.
func (r *Resident) Refuse(on bool) {
	r.p.mu.Lock()
	defer r.p.mu.Unlock()
	r.refuses = on
}

// Resume ends a conversation with customer service, so that messages reach the account again.
func (r *Resident) Resume() {
	r.p.mu.Lock()
	defer r.p.mu.Unlock()
	r.handedOver = false
}

// Screen is everything the resident has seen, oldest first.
func (r *Resident) Screen() []Line {
	r.p.mu.Lock()
	defer r.p.mu.Unlock()
	return slices.Clone(r.lines)
}

// Await returns once seen says yes to the screen, which it looks at now and after every change; or with ctx's error.
func (r *Resident) Await(ctx context.Context, seen func([]Line) bool) error {
	for {
		lines, changed := r.watch()
		if seen(lines) {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// watch gives the screen and a channel that is closed at its next change.
func (r *Resident) watch() ([]Line, <-chan struct{}) {
	r.p.mu.Lock()
	defer r.p.mu.Unlock()
	return slices.Clone(r.lines), r.changed
}

// show puts a line on the screen; the caller holds the lock.
func (r *Resident) show(l Line) {
	l.At = r.p.now()
	r.lines = append(r.lines, l)
	r.touch()
}

// touch tells those who watch; the caller holds the lock.
func (r *Resident) touch() {
	close(r.changed)
	r.changed = make(chan struct{})
}
