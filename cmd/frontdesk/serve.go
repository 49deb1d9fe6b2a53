package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"frontdesk/bot"
	"frontdesk/flows"
	"frontdesk/store"
	"frontdesk/ticket"
)

// serveCommand is the real thing.
type serveCommand struct {
	AllowVolatile bool `name:"allow-volatile" help:"Accept a Redis that may lose what it confirmed."`
}

// The time that a stop takes. Whoever hangs on for longer than requests have is cut off, so that letters are settled and the last seal is made.
const (
	drainTime   = 10 * time.Second        // in all
	ownTime     = time.Second             // of it for a Redis of our own, which has nothing left to do: one that hangs is killed then, and keeps what it confirmed
	leastTime   = 200 * time.Millisecond  // for the last seal, when all the rest took too long
	requestTime = 4700 * time.Millisecond // for requests under way: a callback has its answer by then
)

// Run serves until the context ends, then drains.
func (c serveCommand) Run(ctx context.Context, cli *commands, env environment) (err error) {
	s, err := readSettings(cli.Config, env.Getenv)
	if err != nil {
		return err
	}
	accounts, err := s.platforms()
	if err != nil {
		return mistake{err}
	}
	if err := flows.Check(); err != nil {
		return fmt.Errorf("the conversations are broken: %w", err)
	}
	if env.Getenv("GOGC") == "" {
		collectAtLeisure()
	}
	log := slog.New(slog.NewJSONHandler(env.Stderr, nil))
	if err := makeData(s.Data); err != nil {
		return err
	}
	client, err := connect(ctx, s, nil, true)
	if err != nil {
		return err
	}
	left := drainTime
	defer func() { err = errors.Join(err, client.release(left)) }()
	if err := audit(ctx, client, c.AllowVolatile, log); err != nil {
		return err
	}
	warnWaste(ctx, client, log)
	h, err := build(plan{
		Client: client.UniversalClient, Replicas: client.replicas, Accounts: accounts, Data: s.folder("media"), Seals: s.folder("seals"), Secure: s.secure(), Exact: !c.AllowVolatile,
		Clock: env.Now, Steady: env.Steady, Log: log,
	})
	if err != nil {
		return err
	}
	if err := h.store.Serving(ctx); err != nil {
		return err
	}
	if err := h.opens(ctx, s.Accounts); err != nil {
		return err
	}
	l, err := net.Listen("tcp", s.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	err = h.serve(ctx, l, client.lost(), func() {
		log.Info("frontdesk serves", "address", l.Addr().String(), "accounts", len(accounts), "own_redis", client.own != nil)
	})
	left = ownTime
	return err
}

// opens writes down what the settings say of the accounts, and warns of a room in which nobody would see a complaint about its chief.
func (h *house) opens(ctx context.Context, accounts []accountSettings) error {
	for _, a := range accounts {
		if err := h.store.PutAccount(ctx, a.domain()); err != nil {
			return err
		}
	}
	if err := h.store.Refresh(ctx); err != nil {
		return err
	}
	for _, a := range accounts {
		if _, officers := h.store.Desk(a.domain().ID); ticket.Unwatched(officers) {
			h.log.Warn("nobody would see a complaint about the chief: add an admin or an auditor with frontdesk officer add", "account", a.domain().ID)
		}
	}
	return nil
}

// platforms checks all accounts; a front desk without one serves nobody.
func (s settings) platforms() ([]bot.Account, error) {
	if len(s.Accounts) == 0 {
		return nil, errors.New("no account: write one into frontdesk.yaml, or set FRONTDESK_WECHAT_ID and its companions")
	}
	var list []bot.Account
	for _, a := range s.Accounts {
		b, err := a.platform()
		if err != nil {
			return nil, err
		}
		list = append(list, b)
	}
	return list, nil
}

// audit refuses a Redis that may lose what it confirmed.
func audit(ctx context.Context, client *connected, allow bool, log *slog.Logger) error {
	err := store.Audit(ctx, client.UniversalClient, client.replicas)
	switch {
	case err == nil:
		return nil
	case allow:
		log.Warn("this redis may lose what it confirmed", "err", err)
		return nil
	case errors.Is(err, store.ErrUnchecked):
		return fmt.Errorf("%w; if you know that it keeps what it confirms, start with --allow-volatile", err)
	}
	return fmt.Errorf("%w; --allow-volatile starts all the same", err)
}

// warnWaste says when a Redis takes more memory than it need. One that hides its settings has been told about already.
func warnWaste(ctx context.Context, client *connected, log *slog.Logger) {
	found, err := store.Wasteful(ctx, client.UniversalClient)
	switch {
	case len(found) > 0:
		log.Warn("this redis takes about twice the memory that it need", "settings", strings.Join(found, "; "))
	case err != nil && !errors.Is(err, store.ErrUnchecked):
		log.Warn("the memory settings of redis were not looked at", "err", err)
	}
}

// serve takes requests until the context ends, what it stands on is lost or only a new start helps, and then drains: it says so at /readyz and waits until nobody
// asks any more, takes no new requests, finishes those under way and the letter at hand, and seals what was written last. It closes the listener.
// The error says what was not done; clients that never end their requests are cut off and are none.
func (h *house) serve(ctx context.Context, l net.Listener, lost <-chan struct{}, ready func()) (err error) {
	server := &http.Server{
		Handler: h.handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10, ErrorLog: slog.NewLogLogger(h.log.Handler(), slog.LevelWarn), ConnState: h.parting.connection,
	}
	working, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	idle := make(chan struct{})
	go func() {
		defer close(idle)
		h.work(working)
	}()
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	ready()
	err = h.until(ctx, failed, lost)
	h.close()
	closed := time.Now()
	most := drainTime
	if lost != nil {
		most -= 2 * ownTime // and one to spare
	}
	draining, cancel := context.WithTimeout(context.WithoutCancel(ctx), most)
	defer cancel()
	if err == nil || errors.Is(err, errWornOut) { // else nobody can be served meanwhile
		h.parting.quiet(draining)
	}
	stopWork()
	err = errors.Join(err, h.finish(draining, server))
	select {
	case <-idle:
	case <-time.After(most - sealTime - time.Since(closed)): // the last seal does not wait for what hangs
	}
	sealing, cancel := context.WithDeadline(context.WithoutCancel(ctx), closed.Add(most+leastTime))
	defer cancel()
	err = errors.Join(err, h.sealLast(sealing))
	select {
	case <-idle:
	case <-draining.Done():
		err = errors.Join(err, errors.New("background work did not stop in time"))
	}
	return err
}

// finish lets requests under way end, and then cuts off those that do not: one client that never sends the rest of its form must not keep the
// process from settling its letters. A connection on which nothing was asked yet is waited for as well when it is new: it may be about to bring a request.
func (h *house) finish(ctx context.Context, server *http.Server) error {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	err := server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		h.log.WarnContext(ctx, "clients that did not end are cut off")
		return server.Close()
	}
	return err
}
