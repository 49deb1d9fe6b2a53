package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"frontdesk/bot"
	"frontdesk/desk"
	"frontdesk/store"
	"frontdesk/ticket"
	"frontdesk/wechatsim"
)

// demoCommand shows everything on one page.
type demoCommand struct {
	Listen string `default:"127.0.0.1:8080" help:"Address to listen on."`
	Empty  bool   `help:"Begin without sample tickets."`
}

//go:embed demo
var demoFiles embed.FS

// The demo's two accounts: one that may push messages, one that may not, as many police rooms have.
const (
	demoService      = "gh_changanlu"
	demoSubscription = "gh_hepinglu"
	demoPassword     = "buDaYang-110"
	demoKey          = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
)

// demoOfficers are the people of the demo.
var demoOfficers = []ticket.Officer{
	{ID: "3301", Name: "林元众", Role: ticket.Police, Account: demoService, Station: "main"},
	{ID: "3302", Name: "周敏", Role: ticket.Police, Account: demoService, Station: "main"},
	{ID: "w01", Name: "何桂香", Role: ticket.GridWorker, Account: demoService, Station: "main", Grid: "g1"},
	{ID: "m01", Name: "陈德明", Role: ticket.Mediator, Account: demoService, Station: "main"},
	{ID: "chief", Name: "吴建国", Role: ticket.Chief, Account: demoService},
	{ID: "admin", Name: "许文静", Role: ticket.Admin, Account: demoService}, // who sees a complaint about the chief
	{ID: "5501", Name: "郑晓燕", Role: ticket.Police, Account: demoSubscription, Station: "main"},
	{ID: "chief2", Name: "沈立", Role: ticket.Chief, Account: demoSubscription},
	{ID: "admin2", Name: "方宁", Role: ticket.Admin, Account: demoSubscription},
}

// Run shows the demo until the context ends.
func (c demoCommand) Run(ctx context.Context, env environment) (err error) {
	log := slog.New(slog.NewTextHandler(env.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	memory := miniredis.NewMiniRedis()
	if err := memory.Start(); err != nil {
		return fmt.Errorf("start the demo's memory: %w", err)
	}
	defer memory.Close()
	client := redis.NewClient(store.Options(memory.Addr(), ""))
	defer func() { err = errors.Join(err, client.Close()) }()
	data, err := os.MkdirTemp("", "frontdesk-demo")
	if err != nil {
		return fmt.Errorf("make a folder for the demo: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(data)) }()

	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	base := "http://" + l.Addr().String()
	sim, err := demoPlatform(base)
	if err != nil {
		return err
	}
	defer sim.Close()
	defer context.AfterFunc(ctx, sim.Close)() // open phones would hold the draining up
	h, err := demoHouse(client, base, data, env, log)
	if err != nil {
		return err
	}
	if err := demoPeople(ctx, h.store); err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/sim/", sim.Handler())
	mux.Handle("GET /demo/", demoPages())
	mux.Handle("GET /{$}", landing())
	mux.Handle("/", h.handler)
	h.handler = mux

	passing, stop := context.WithCancel(ctx)
	defer stop()
	go passTime(passing, memory)
	return h.serve(ctx, l, nil, func() {
		tellDemo(env.Stdout, base)
		if !c.Empty {
			go demoStories(passing, sim, h.store, log)
		}
	})
}

// passTime lets lifetimes pass in the demo's memory, which does not do it by itself.
func passTime(ctx context.Context, memory *miniredis.Miniredis) {
	beat := time.NewTicker(time.Second)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
			memory.FastForward(time.Second)
		}
	}
}

func demoPlatform(base string) (*wechatsim.Platform, error) {
	account := func(id, name, app string, kind wechatsim.Kind) wechatsim.Account {
		return wechatsim.Account{
			ID: id, Name: name, AppID: app, Secret: "demo", Token: "demoToken", AESKey: demoKey, Mode: wechatsim.Safe, Kind: kind,
			CallbackURL: base + "/wechat/" + id,
		}
	}
	return wechatsim.New(wechatsim.Config{
		Prefix: "/sim", PublicURL: base + "/sim",
		Accounts: []wechatsim.Account{
			account(demoService, "长安路警务室", "wxdemo0000000001", wechatsim.ServiceVerified),
			account(demoSubscription, "和平路警务室", "wxdemo0000000002", wechatsim.SubscriptionUnverified),
		},
	})
}

func demoHouse(client *redis.Client, base, data string, env environment, log *slog.Logger) (*house, error) {
	account := func(id, app string, verified bool) bot.Account {
		return bot.Account{
			ID: id, AppID: app, Secret: "demo", Token: "demoToken", AESKey: demoKey, Mode: bot.Safe, Service: verified, Verified: verified,
			APIBase: base + "/sim",
		}
	}
	var samples []desk.Sample
	for _, o := range demoOfficers {
		samples = append(samples, desk.Sample{ID: o.ID, Password: demoPassword, Title: o.Title()})
	}
	return build(plan{
		Client: client, Data: data, Demo: true, Samples: samples, Hashing: &argon2id.Params{Memory: 8 << 10, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32},
		Clock: env.Now, Log: log,
		Accounts: []bot.Account{account(demoService, "wxdemo0000000001", true), account(demoSubscription, "wxdemo0000000002", false)},
	})
}

// demoPeople writes down the accounts and the officers.
func demoPeople(ctx context.Context, s *store.Store) error {
	for id, name := range map[string]string{demoService: "长安路警务室", demoSubscription: "和平路警务室"} {
		if err := s.PutAccount(ctx, sampleAccount(id, name)); err != nil {
			return err
		}
	}
	hash, err := argon2id.CreateHash(demoPassword, &argon2id.Params{Memory: 8 << 10, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	if err != nil {
		return fmt.Errorf("hash the demo's password: %w", err)
	}
	for _, o := range demoOfficers {
		o.Hash = hash
		if err := s.AddOfficer(ctx, o); err != nil {
			return err
		}
	}
	return s.Refresh(ctx)
}

// tellDemo prints where to look.
func tellDemo(w io.Writer, base string) {
	_, _ = fmt.Fprintf(w, `不打烊 demo: everything runs in memory, nothing is kept.

  one page   %s/        phone and console side by side
  phone      %s/sim/
  console    %s/desk/   officer 3301 (or 3302, w01, m01, chief), password %s

Stop with Ctrl-C.
`, base, base, base, demoPassword) // a closed terminal is no reason to stop
}

// demoPages serves the landing page's style and script.
func demoPages() http.Handler { return http.FileServerFS(demoFiles) }

// landing serves the page that shows phone and console together.
func landing() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; frame-src 'self'; img-src 'self'; base-uri 'none'")
		w.Header().Set("Cache-Control", "no-store")
		http.ServeFileFS(w, r, demoFiles, "demo/page.html")
	})
}
