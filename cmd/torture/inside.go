package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"

	"frontdesk/bot"
	"frontdesk/desk"
	"frontdesk/store"
	"frontdesk/ticket"
	"frontdesk/wechatsim"
)

// inside is a front desk whose parts run in this process, one deed at a time, on a clock that can be moved. It is for rows that need to know
// exactly which command comes next; what the real program does is for the others.
type inside struct {
	sim      *wechatsim.Platform
	servers  []*httptest.Server
	client   *redis.Client
	store    *store.Store
	breaks   *brittle // the store as callback, sender and fetcher see it
	callback *bot.Callback
	sender   *bot.Sender
	fetcher  *bot.Fetcher
	console  string          // its address
	wires    *http.Transport // of the browsers that open it
	media    string          // folder of residents' files
	moved    atomic.Int64    // nanoseconds that the clock is ahead
	still    time.Time       // the clock stands here until it is moved; zero: it goes

	early  atomic.Bool // the platform tells what became of a template message before it answers the call that sent it
	mu     sync.Mutex
	events []func() // of the platform, not posted yet
}

// spot is where a front desk keeps its books, and by which clock.
type spot struct {
	addr     string
	db       int
	replicas int       // that confirm each write
	still    time.Time // the clock stands here; zero: it goes
	answers  bool      // the account may only answer: it sends nothing by itself
}

func (d *inside) now() time.Time {
	if !d.still.IsZero() {
		return d.still.Add(d.ahead())
	}
	return time.Now().Add(d.ahead())
}

// ahead is how much time has passed at once.
func (d *inside) ahead() time.Duration { return time.Duration(d.moved.Load()) }

// officer is the one of these rows.
func (d *inside) officer() ticket.Officer {
	return ticket.Officer{ID: "3301", Name: "林元众", Role: ticket.Police, Account: townAccount}
}

// chief leads the room.
func (d *inside) chief() ticket.Officer {
	return ticket.Officer{ID: "1101", Name: "吴建国", Role: ticket.Chief, Account: townAccount}
}

// newInside fits a front desk together.
func newInside(ctx context.Context, w *workshop, at spot) (d *inside, err error) {
	d = &inside{still: at.still}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.close())
		}
	}()
	log := slog.New(slog.DiscardHandler)
	if err := d.open(w, at, log); err != nil {
		return d, err
	}
	kind, account := wechatsim.ServiceVerified, bot.Account{ID: townAccount, AppID: townApp, Secret: townSecret, Token: townToken, AESKey: townKey, Mode: bot.Safe,
		Service: true, Verified: true, Template: "waits"}
	if at.answers {
		kind, account.Service, account.Verified, account.Template = wechatsim.SubscriptionUnverified, false, false, ""
	}
	front := httptest.NewServer(http.HandlerFunc(d.front))
	d.servers = append(d.servers, front)
	d.sim, err = wechatsim.New(wechatsim.Config{
		Accounts: []wechatsim.Account{{
			ID: townAccount, AppID: townApp, Secret: townSecret, Token: townToken, AESKey: townKey, Mode: wechatsim.Safe,
			Kind: kind, CallbackURL: front.URL + "/wechat/" + townAccount,
		}},
		Clock: d.now, Advance: func(by time.Duration) { d.moved.Add(int64(by)) },
		Later:      d.keep,
		RetryEvery: time.Millisecond, Attempts: 100, HTTP: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}},
	})
	if err != nil {
		return d, err
	}
	api := httptest.NewServer(http.HandlerFunc(d.api))
	d.servers = append(d.servers, api)
	d.sim.SetPublicURL(api.URL)
	account.APIBase = api.URL
	if err := d.store.PutAccount(ctx, ticket.Account{ID: townAccount, Name: "长安路警务室", Stations: []ticket.Station{{ID: "s1", Name: "长安路警务室"}}}); err != nil {
		return d, err
	}
	if err := d.store.Refresh(ctx); err != nil {
		return d, err
	}
	d.callback, err = bot.NewCallback(bot.CallbackConfig{
		Accounts: []bot.Account{account}, Residents: d.breaks, Directory: d.breaks, Notices: d.store, Dead: d.store,
		Metrics: bot.NewMetrics(prometheus.NewRegistry()), Clock: d.now, Log: log,
	})
	if err != nil {
		return d, err
	}
	return d, d.hire(w, bot.NewAPI(account, d.store.Cache(townAccount), d.now), log)
}

// hire makes those who work what was taken in: sender, fetcher and the console of the officers.
func (d *inside) hire(w *workshop, wechat *bot.API, log *slog.Logger) error {
	folder, err := w.folder("media")
	if err != nil {
		return err
	}
	vault, err := bot.NewVault(folder)
	if err != nil {
		return err
	}
	d.media = folder
	d.sender = bot.NewSender(bot.SenderConfig{API: wechat, Outbox: d.breaks, Clock: d.now, Log: log})
	d.fetcher = bot.NewFetcher(bot.FetcherConfig{API: wechat, Fetches: d.breaks, Vault: vault, Clock: d.now, Log: log})
	console, err := desk.New(desk.Config{
		Tickets: d.store, Officers: d.store, Files: vault, Sessions: d.store.Sessions(), Dead: d.store, Clock: d.now, Log: log, Hashing: cheap,
	})
	if err != nil {
		return err
	}
	server := httptest.NewUnstartedServer(console)
	server.Config.ErrorLog = slog.NewLogLogger(log.Handler(), slog.LevelError) // of sessions that could not be kept
	server.Start()
	d.servers, d.console, d.wires = append(d.servers, server), server.URL, &http.Transport{}
	return nil
}

// cheap is how passwords are hashed here: nobody guesses them.
var cheap = &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 16}

// front takes what the platform posts. While the process dies, what it answers does not leave.
func (d *inside) front(w http.ResponseWriter, r *http.Request) {
	if d.breaks.dies.Load() {
		d.callback.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler) // the connection is closed without a word
	}
	d.callback.ServeHTTP(w, r)
}

// api answers the calls of the front desk.
func (d *inside) api(w http.ResponseWriter, r *http.Request) {
	if !d.early.Load() {
		d.sim.Handler().ServeHTTP(w, r)
		return
	}
	answer := httptest.NewRecorder()
	d.sim.Handler().ServeHTTP(answer, r)
	d.tell()
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes()) // a sender that hung up asks again
}

// keep holds an event of the platform back, so that it comes at a moment that is the same each time.
func (d *inside) keep(post func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.events = append(d.events, post)
}

// tell posts the events that were held back, each until it is taken.
func (d *inside) tell() {
	d.mu.Lock()
	events := d.events
	d.events = nil
	d.mu.Unlock()
	for _, post := range events {
		post()
	}
}

// open opens the books, with a folder of its own for the seals.
func (d *inside) open(w *workshop, at spot, log *slog.Logger) error {
	options := store.Options(at.addr, redisSecret)
	options.DB, options.MinIdleConns, options.PoolSize = at.db, 0, 4 // no command but those of the deed at hand
	d.client = redis.NewClient(options)
	seals, err := w.folder("seals")
	if err != nil {
		return err
	}
	d.store, err = store.New(store.Config{Client: d.client, Replicas: at.replicas, Clock: d.now, Ahead: d.ahead, Log: log, Seals: seals})
	d.breaks = &brittle{Store: d.store}
	return err
}

// check seals what is there and lets fsck compare it with that, in Redis and outside, and recount.
func (d *inside) check(ctx context.Context) error {
	if err := d.store.Seal(ctx, townAccount, d.now()); err != nil {
		return fmt.Errorf("seal: %w", err)
	}
	differences, err := d.store.Fsck(ctx, townAccount)
	if err != nil {
		return fmt.Errorf("fsck: %w", err)
	}
	var wrong []error
	for _, line := range differences {
		wrong = append(wrong, errors.New("fsck: "+line))
	}
	return first(wrong)
}

func (d *inside) close() error {
	if d.sim != nil {
		d.sim.Close()
	}
	if d.wires != nil {
		d.wires.CloseIdleConnections()
	}
	for _, s := range d.servers {
		s.CloseClientConnections()
		s.Close()
	}
	if d.client == nil {
		return nil
	}
	if err := d.client.Close(); err != nil {
		return fmt.Errorf("close the client: %w", err)
	}
	return nil
}
