package wechatsim

// The platform itself: what it knows, how it is made, its clock and its end.

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Notice is what a resident reads when the account gave no answer, or a wrong one.
const Notice = "该公众号提供的服务出现故障，请稍后再试"

// Config says how the platform behaves. The zero value of each field but Accounts gives what the real platform does.
type Config struct {
	Accounts     []Account
	People       []string                               // names of those with a phone on the page of every account; nil: three of ours
	Clock        func() time.Time                       // stamps the callbacks; time.Now
	AnswerWithin time.Duration                          // how long an answer may take, in real time; 5 s
	RetryEvery   time.Duration                          // from the beginning of one attempt to the next; 5 s
	Attempts     int                                    // posts of one message in all; 3
	PauseAfter   int                                    // messages that failed one after the other, after which nothing is posted for a minute; 0: never
	Prefix       string                                 // path under which Handler is mounted, such as "/sim"
	PublicURL    string                                 // how the world reaches Handler, prefix included; the API base of the accounts
	After        func(d time.Duration) <-chan time.Time // the pause between attempts runs on it; time.After
	Advance      func(d time.Duration)                  // moves a clock that everybody shares; see the package's words on time
	HTTP         *http.Client                           // posts the callbacks; redirects are never followed
	Later        func(post func())                      // is given each event that follows an API call, to post it when it likes, but not at once; nil: beside the call's answer
}

// Platform is one simulated platform. All its methods may be called from several goroutines.
type Platform struct {
	cfg    Config
	client *http.Client
	mux    http.Handler
	ctx    context.Context
	stop   context.CancelFunc
	later  sync.WaitGroup // events that follow an API call, and acts of the page

	mu        sync.Mutex
	public    string
	ahead     time.Duration // how much older than the clock says the platform's memory is
	accounts  map[string]*desk
	lastMsg   int64
	media     map[string]*medium
	faults    []*Fault
	calls     []Call
	callCount map[string]int
}

// desk is an account with all that the platform holds for it.
type desk struct {
	Account
	residents map[string]*Resident
	order     []string
	tokens    map[string]grant // by value; those replaced stay, with a zero expiry
	token     string           // the newest from /cgi-bin/token
	stable    string           // the newest from /cgi-bin/stable_token
	forced    []time.Time      // forced refreshes
	plain     []time.Time      // tokens from /cgi-bin/token
	people    []Person         // have a phone on the page
	menu      []byte           // as it was created; nil: none
	codes     map[string]code  // by ticket
	permanent int
	sent      map[string]sentNotice // template messages by openid and client_msg_id
	day       string                // the templates are of this day
	templates int
	failures  int       // messages without an answer, one after the other
	paused    time.Time // nothing is posted until then
}

// New makes a platform for the given accounts, or says which of them the real backend would have refused.
func New(cfg Config) (*Platform, error) {
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.AnswerWithin == 0 {
		cfg.AnswerWithin = 5 * time.Second
	}
	if cfg.RetryEvery == 0 {
		cfg.RetryEvery = 5 * time.Second
	}
	if cfg.Attempts == 0 {
		cfg.Attempts = 3
	}
	if cfg.After == nil {
		cfg.After = time.After
	}
	if cfg.Attempts < 0 || cfg.PauseAfter < 0 || cfg.AnswerWithin < 0 || cfg.RetryEvery < 0 {
		return nil, errors.New("wechatsim: attempts and durations are not negative")
	}
	cfg.Prefix = strings.TrimSuffix(cfg.Prefix, "/")
	p := &Platform{
		cfg: cfg, public: strings.TrimSuffix(cfg.PublicURL, "/"),
		accounts: map[string]*desk{}, media: map[string]*medium{}, callCount: map[string]int{},
		lastMsg: 24_512_345_678_901_200,
	}
	for _, a := range cfg.Accounts {
		if err := a.check(); err != nil {
			return nil, err
		}
		if p.accounts[a.ID] != nil {
			return nil, fmt.Errorf("wechatsim: account %q twice", a.ID)
		}
		p.accounts[a.ID] = &desk{Account: a, residents: map[string]*Resident{}, tokens: map[string]grant{},
			codes: map[string]code{}, sent: map[string]sentNotice{}}
	}
	if cfg.People == nil {
		cfg.People = []string{"林阿婆", "陈师傅", "小周"}
	}
	for id := range p.accounts {
		for _, name := range cfg.People {
			if _, err := p.AddPerson(id, name); err != nil {
				return nil, err
			}
		}
	}
	client := &http.Client{Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: 64, IdleConnTimeout: time.Minute}}
	if cfg.HTTP != nil {
		*client = *cfg.HTTP
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	p.client = client
	p.ctx, p.stop = context.WithCancel(context.Background())
	p.mux = http.StripPrefix(cfg.Prefix, p.routes())
	return p, nil
}

// Handler serves the API calls, the media, the driver and the phone, all below Config.Prefix.
func (p *Platform) Handler() http.Handler { return p.mux }

// Close ends what still runs in the background, the open streams and the acts of the page, and waits for the events that follow API calls.
// Call it before the server that carries Handler is shut down, or that would wait for the streams.
func (p *Platform) Close() {
	p.mu.Lock() // tell starts nothing behind our back
	p.stop()
	p.mu.Unlock()
	p.later.Wait()
	p.client.CloseIdleConnections()
}

// background runs what Close waits for; false once the platform is closed.
func (p *Platform) background(run func()) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ctx.Err() != nil {
		return false
	}
	p.later.Go(run)
	return true
}

// SetPublicURL says how the world reaches Handler, once that is known.
func (p *Platform) SetPublicURL(address string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.public = strings.TrimSuffix(address, "/")
}

// PublicURL is the API base of the accounts.
func (p *Platform) PublicURL() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.public
}

// SetCallback says where an account takes its messages, once that is known.
func (p *Platform) SetCallback(account, address string) error {
	if err := checkCallback(address); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	d := p.accounts[account]
	if d == nil {
		return errNoAccount(account)
	}
	d.CallbackURL = address
	return nil
}

// SetMode changes how an account's messages are secured, as an administrator does in the backend.
func (p *Platform) SetMode(account string, mode Mode) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	d := p.accounts[account]
	if d == nil {
		return errNoAccount(account)
	}
	changed := d.Account
	changed.Mode = mode
	if err := changed.check(); err != nil {
		return err
	}
	d.Account = changed
	return nil
}

// SetAESKey changes the key that an account's messages are encrypted with.
func (p *Platform) SetAESKey(account, key string) error {
	if _, err := parseKey(key); err != nil {
		return fmt.Errorf("wechatsim: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	d := p.accounts[account]
	if d == nil {
		return errNoAccount(account)
	}
	d.AESKey = key
	return nil
}

// Now is the time by which the platform measures windows, tokens and media: the clock and all that was advanced.
func (p *Platform) Now() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now()
}

// now is Now for those who hold the lock.
func (p *Platform) now() time.Time { return p.cfg.Clock().Add(p.ahead) }

// Advance makes everything the platform remembers older by d, or moves the shared clock when Config.Advance is set.
func (p *Platform) Advance(d time.Duration) {
	if p.cfg.Advance != nil {
		p.cfg.Advance(d)
		d = 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ahead += d
	for _, a := range p.accounts {
		for _, r := range a.residents {
			r.touch()
		}
	}
}

// account gives a copy of an account's settings.
func (p *Platform) account(id string) (Account, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	d := p.accounts[id]
	if d == nil {
		return Account{}, errNoAccount(id)
	}
	return d.Account, nil
}

func errNoAccount(id string) error { return fmt.Errorf("wechatsim: no account %q", id) }

// randomHex gives n random bytes as text.
func randomHex(n int) string {
	raw := make([]byte, n)
	rand.Read(raw) // never fails
	return hex.EncodeToString(raw)
}
