package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/redis/go-redis/v9"

	"frontdesk/bot"
	"frontdesk/desk"
	"frontdesk/store"
	"frontdesk/ticket"
)

// house is the program put together: what serve and demo have in common.
type house struct {
	store    *store.Store
	handler  http.Handler
	accounts []bot.Account
	senders  []*bot.Sender
	fetchers []*bot.Fetcher
	mayHang  []ready
	dead     *bot.DeadMetrics
	sealed   *prometheus.GaugeVec // by account: when everything was last sealed
	clock    func() time.Time
	exact    bool
	steady   *bot.Clock    // nil: the clock is trusted blindly
	jumped   time.Duration // by which the machine's clock was last seen to have jumped
	log      *slog.Logger
	quit     chan struct{} // ends live updates
	leave    sync.Once
	parting  parting
}

// plan is what a house is built from.
type plan struct {
	Client   redis.UniversalClient
	Replicas int // that confirm each write
	Accounts []bot.Account
	Data     string // media lie below it
	Seals    string // empty: in Redis only
	Secure   bool
	Exact    bool // nothing is taken in while Redis may lose what it confirms
	Demo     bool
	Samples  []desk.Sample
	Hashing  *argon2id.Params
	Clock    func() time.Time
	Steady   *bot.Clock // what Clock is the time of; nil: it is trusted blindly
	Log      *slog.Logger
}

// build fits the parts together. Nothing runs yet.
func build(p plan) (*house, error) {
	s, err := store.New(store.Config{Client: p.Client, Clock: p.Clock, Log: p.Log, Seals: p.Seals, Replicas: p.Replicas})
	if err != nil {
		return nil, err
	}
	h := &house{store: s, accounts: p.Accounts, clock: p.Clock, exact: p.Exact, steady: p.Steady, log: p.Log, quit: make(chan struct{})}
	registry := prometheus.NewRegistry()
	h.dead = bot.NewDeadMetrics(registry)
	h.sealed = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "frontdesk_sealed_timestamp_seconds", Help: "When this program last sealed all that was written; what is not sealed can be changed unnoticed.",
	}, []string{"account"})
	registry.MustRegister(h.sealed)
	callback, err := bot.NewCallback(bot.CallbackConfig{
		Accounts: p.Accounts, Residents: s, Directory: s, Notices: s, Metrics: bot.NewMetrics(registry), Clock: p.Clock, Log: p.Log,
		Dead: s, DeadCount: h.dead, Steady: p.Steady,
	})
	if err != nil {
		return nil, err
	}
	vault, err := bot.NewVault(p.Data)
	if err != nil {
		return nil, err
	}
	h.mayHang = append(h.mayHang, callback)
	sending := bot.NewSendMetrics(registry)
	idle := idlePause(len(p.Accounts))
	for _, a := range p.Accounts {
		api := bot.NewAPI(a, s.Cache(a.ID), p.Clock).Measure(sending)
		sender := bot.NewSender(bot.SenderConfig{
			API: api, Outbox: s, Pause: idle, Called: s.Posted(a.ID), Clock: p.Clock, Log: p.Log, Metrics: sending, Dead: h.dead,
		})
		fetcher := bot.NewFetcher(bot.FetcherConfig{
			API: api, Fetches: s, Pause: idle, Called: s.Expected(a.ID), Vault: vault, Clock: p.Clock, Log: p.Log, Metrics: sending, Dead: h.dead,
		})
		h.senders, h.fetchers, h.mayHang = append(h.senders, sender), append(h.fetchers, fetcher), append(h.mayHang, sender, fetcher)
	}
	console, err := desk.New(desk.Config{
		Tickets: s, Officers: s, Files: vault, Sessions: s.Sessions(), Dead: s,
		Clock: p.Clock, Secure: p.Secure, Log: p.Log, Demo: p.Demo, Samples: p.Samples, Hashing: p.Hashing, Quit: h.quit,
	})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/wechat/", callback)
	mux.Handle("/desk/", console)
	mux.Handle("/desk", console)
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") })
	mux.HandleFunc("GET /readyz", readiness(s, callback))
	h.handler = h.parting.handler(guarded(mux, p.Log))
	return h, nil
}

const (
	shortestIdle = time.Second / 2      // between two looks of an idle sender or fetcher, and at most twice as long
	eachIdle     = 4 * time.Millisecond // more for each account: a thousand accounts look 170 times a second for letters, and as often for files
)

// idlePause is how long idle workers of so many accounts rest. What this process makes for them wakes them at once; the rest comes from other
// processes, or is something that was put off.
func idlePause(accounts int) time.Duration {
	return max(shortestIdle, time.Duration(accounts)*eachIdle)
}

// readiness says whether messages should come here.
func readiness(s *store.Store, callback *bot.Callback) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
		defer cancel()
		switch {
		case s.Ready(ctx) != nil:
			http.Error(w, "redis does not answer, or may lose what it confirms", http.StatusServiceUnavailable)
		case callback.Ready() != nil:
			http.Error(w, "too many messages hang: start me anew", http.StatusServiceUnavailable)
		default:
			_, _ = io.WriteString(w, "ready\n")
		}
	}
}

// guarded turns a panic of a handler into one failed request.
func guarded(next http.Handler, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if p := recover(); p != nil && p != http.ErrAbortHandler {
				log.ErrorContext(r.Context(), "a request broke", "path", r.URL.Path, "panic", fmt.Sprintf("%T", p))
				w.WriteHeader(http.StatusInternalServerError)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// work runs everything that the clock drives until the context ends, and waits until the last of it has stopped.
func (h *house) work(ctx context.Context) {
	var all sync.WaitGroup
	for _, s := range h.senders {
		all.Go(func() { s.Run(ctx) })
	}
	for _, f := range h.fetchers {
		all.Go(func() { f.Run(ctx) })
	}
	all.Go(func() { h.every(ctx, 5*time.Second, "clock", h.watchClock) })
	for _, a := range h.accounts {
		all.Go(func() {
			h.every(ctx, 5*time.Second, "wake", func(ctx context.Context) error { return h.wake(ctx, a.ID) })
		})
		all.Go(func() {
			h.every(ctx, 15*time.Second, "dead", func(ctx context.Context) error {
				n, err := h.store.CountDead(ctx, a.ID)
				if err == nil {
					h.dead.Waiting(a.ID, n)
				}
				return err
			})
		})
		all.Go(func() {
			h.every(ctx, time.Minute, "fold", func(ctx context.Context) error {
				for {
					n, err := h.store.Fold(ctx, a.ID, h.clock())
					if n == 0 || err != nil || ctx.Err() != nil {
						return err
					}
				}
			})
		})
		all.Go(func() {
			h.every(ctx, time.Minute, "seal", func(ctx context.Context) error { return h.seal(ctx, a.ID) })
		})
	}
	if h.exact {
		all.Go(func() { h.every(ctx, recheckTime, "settings of redis", h.store.Recheck) })
	}
	all.Go(func() { h.every(ctx, 5*time.Second, "refresh", h.store.Refresh) })
	all.Go(func() { h.every(ctx, store.Beat, "say that we serve", h.store.Serving) })
	all.Wait()
}

// recheckTime is how often it is looked whether Redis still keeps what it confirms.
const recheckTime = 10 * time.Second

// wake does what the clock has to do about tickets, as long as the clock is sure: what it closes stays closed.
func (h *house) wake(ctx context.Context, account string) error {
	if h.steady != nil {
		if sure, _ := h.steady.Sure(); !sure {
			return nil
		}
	}
	_, err := h.store.Wake(ctx, account, h.clock())
	return err
}

// watchClock tells the operator when the machine's clock jumps, and when it comes back.
func (h *house) watchClock(ctx context.Context) error {
	if h.steady == nil {
		return nil
	}
	if _, by := h.steady.Sure(); by.Truncate(time.Minute) != h.jumped {
		h.jumped = by.Truncate(time.Minute)
		h.log.WarnContext(ctx, "the machine's clock jumped or came back; the room goes by the time that has run", "ahead", h.jumped.String())
	}
	return nil
}

// every does something again and again. What fails is tried again at the next turn.
func (h *house) every(ctx context.Context, pause time.Duration, what string, do func(context.Context) error) {
	wait := time.NewTimer(rand.N(pause)) // a thousand accounts, and the replicas, do not all look at the same moment
	defer wait.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-wait.C:
			wait.Reset(pause)
		}
		turn, cancel := context.WithTimeout(ctx, 30*time.Second)
		if err := unbroken(turn, do); err != nil && ctx.Err() == nil {
			h.log.ErrorContext(ctx, "background work failed", "what", what, "err", err)
		}
		cancel()
	}
}

// unbroken turns a panic into an error, so that it costs a turn and not the process.
func unbroken(ctx context.Context, do func(context.Context) error) (err error) {
	defer func() {
		if recover() != nil {
			err = fmt.Errorf("it broke: %s", debug.Stack())
		}
	}()
	return do(ctx)
}

// close ends live updates, so that a server that drains does not wait for open pages.
func (h *house) close() { h.leave.Do(func() { close(h.quit) }) }

// connected is a Redis and how to let go of it.
type connected struct {
	redis.UniversalClient
	own      *store.Server // nil: somebody else's
	replicas int           // that confirm each write
}

// connect opens the Redis of the settings: a given one, or one of our own in the data folder. A command that is not the server joins the
// one that the server runs.
func connect(ctx context.Context, s settings, log io.Writer, server bool) (*connected, error) {
	if s.RedisURL != "" {
		client, err := store.Open(s.RedisURL)
		if err != nil {
			return nil, mistake{err}
		}
		return &connected{UniversalClient: client, replicas: s.Replicas}, nil
	}
	dir := s.folder("redis")
	starting, cancel := context.WithTimeout(ctx, 10*time.Minute) // it loads its file: some seconds for each million of tickets
	defer cancel()
	own, err := store.Launch(starting, store.Local{Dir: dir, Log: log})
	if errors.Is(err, ticket.ErrConflict) && !server {
		options, err := store.Attach(dir)
		if err != nil {
			return nil, err
		}
		return &connected{UniversalClient: redis.NewClient(options)}, nil
	}
	if err != nil {
		return nil, err
	}
	return &connected{UniversalClient: redis.NewClient(own.Options()), own: own}, nil
}

// lost is closed when a Redis of our own is gone; it is nil when it is not ours to watch.
func (c *connected) lost() <-chan struct{} {
	if c.own == nil {
		return nil
	}
	return c.own.Done()
}

// release closes the client and stops a Redis of our own, which may take so long to end.
func (c *connected) release(within time.Duration) error {
	err := c.Close()
	if c.own == nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	return errors.Join(err, c.own.Stop(ctx))
}

// withStore runs a command on the store of the settings.
func withStore(ctx context.Context, cli *commands, env environment, do func(*store.Store) error) (err error) {
	s, err := readSettings(cli.Config, env.Getenv)
	if err != nil {
		return err
	}
	client, err := connect(ctx, s, io.Discard, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.release(drainTime)) }()
	st, err := store.New(store.Config{Client: client.UniversalClient, Clock: env.Now, Seals: s.folder("seals"), Replicas: client.replicas})
	if err != nil {
		return err
	}
	if err := st.Whole(ctx); err != nil {
		return err
	}
	for _, a := range s.Accounts { // a first officer can be made before the server ever ran; what a server wrote down is not for other settings to change
		if err := st.NewAccount(ctx, a.domain()); err != nil {
			return err
		}
	}
	return do(st)
}
