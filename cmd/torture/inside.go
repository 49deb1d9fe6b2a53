package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"

	"frontdesk/bot"
	"frontdesk/store"
	"frontdesk/ticket"
	"frontdesk/wechatsim"
)

// inside is a front desk whose parts run in this process, one deed at a time, on a clock that can be moved. It is for rows that need to know
// exactly which command comes next; what the real program does is for the others.
type inside struct {
	sim     *wechatsim.Platform
	servers []*httptest.Server
	client  *redis.Client
	store   *store.Store
	sender  *bot.Sender
	fetcher *bot.Fetcher
	moved   atomic.Int64 // nanoseconds that the clock is ahead
	still   time.Time    // the clock stands here until it is moved; zero: it goes
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

// newInside fits a front desk together on the Redis at an address. Its clock stands still at a time, or goes when that is zero.
func newInside(ctx context.Context, w *workshop, addr string, still time.Time) (d *inside, err error) {
	d = &inside{still: still}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.close())
		}
	}()
	log := slog.New(slog.DiscardHandler)
	if err := d.open(w, addr, log); err != nil {
		return d, err
	}
	var callback http.Handler
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { callback.ServeHTTP(w, r) }))
	d.servers = append(d.servers, front)
	d.sim, err = wechatsim.New(wechatsim.Config{
		Accounts: []wechatsim.Account{{
			ID: townAccount, AppID: townApp, Secret: townSecret, Token: townToken, AESKey: townKey, Mode: wechatsim.Safe,
			Kind: wechatsim.ServiceVerified, CallbackURL: front.URL + "/wechat/" + townAccount,
		}},
		Clock: d.now, Advance: func(by time.Duration) { d.moved.Add(int64(by)) },
		RetryEvery: time.Millisecond, Attempts: 100, HTTP: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}},
	})
	if err != nil {
		return d, err
	}
	api := httptest.NewServer(d.sim.Handler())
	d.servers = append(d.servers, api)
	d.sim.SetPublicURL(api.URL)
	account := bot.Account{ID: townAccount, AppID: townApp, Secret: townSecret, Token: townToken, AESKey: townKey, Mode: bot.Safe,
		Service: true, Verified: true,
		APIBase: api.URL}
	if err := d.store.PutAccount(ctx, ticket.Account{ID: townAccount, Name: "长安路警务室", Stations: []ticket.Station{{ID: "s1", Name: "长安路警务室"}}}); err != nil {
		return d, err
	}
	if err := d.store.Refresh(ctx); err != nil {
		return d, err
	}
	callback, err = bot.NewCallback(bot.CallbackConfig{
		Accounts: []bot.Account{account}, Residents: d.store, Directory: d.store, Notices: d.store, Metrics: bot.NewMetrics(prometheus.NewRegistry()), Clock: d.now, Log: log,
	})
	if err != nil {
		return d, err
	}
	folder, err := w.folder("media")
	if err != nil {
		return d, err
	}
	vault, err := bot.NewVault(folder)
	if err != nil {
		return d, err
	}
	wechat := bot.NewAPI(account, d.store.Cache(townAccount), d.now)
	d.sender = bot.NewSender(bot.SenderConfig{API: wechat, Outbox: d.store, Clock: d.now, Log: log})
	d.fetcher = bot.NewFetcher(bot.FetcherConfig{API: wechat, Fetches: d.store, Vault: vault, Clock: d.now, Log: log})
	return d, nil
}

// open opens the books, with a folder of its own for the seals.
func (d *inside) open(w *workshop, addr string, log *slog.Logger) error {
	options := store.Options(addr, redisSecret)
	options.MinIdleConns, options.PoolSize = 0, 4 // no command but those of the deed at hand
	d.client = redis.NewClient(options)
	seals, err := w.folder("seals")
	if err != nil {
		return err
	}
	d.store, err = store.New(store.Config{Client: d.client, Clock: d.now, Ahead: d.ahead, Log: log, Seals: seals})
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
