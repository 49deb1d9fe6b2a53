package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"frontdesk/bot"
	"frontdesk/store"
	"frontdesk/ticket"
)

// This file holds the commands that are a few lines each.

type menuCommand struct {
	Push menuPush `cmd:"" help:"Give the account its menu. Followers see it within a day, or when they follow anew."`
}

type menuPush struct {
	Account string `help:"The official account; may be left out when there is one only."`
}

// Run pushes the menu.
func (c menuPush) Run(ctx context.Context, cli *commands, env environment) error {
	return withAPI(ctx, cli, env, c.Account, func(ctx context.Context, _ *store.Store, api *bot.API) error {
		if err := api.PushMenu(ctx); err != nil {
			return err
		}
		_, err := fmt.Fprintln(env.Stdout, "the menu is set")
		return err
	})
}

type codeCommand struct {
	Account string        `help:"The official account; may be left out when there is one only."`
	Station string        `help:"Whose code: a station's id," xor:"whose"`
	Grid    string        `help:"a grid's id," xor:"whose"`
	Officer string        `help:"or an officer's sign-in name." xor:"whose"`
	For     time.Duration `help:"How long it holds, at most 720h; 0: for good."`
}

// Run makes the code and prints where its picture is.
func (c codeCommand) Run(ctx context.Context, cli *commands, env environment) error {
	scene := ticket.Home{Station: c.Station, Grid: c.Grid, Officer: c.Officer}.Scene()
	if scene == "" {
		return mistake{fmt.Errorf("say whose code it is: --station, --grid or --officer")}
	}
	return withAPI(ctx, cli, env, c.Account, func(ctx context.Context, s *store.Store, api *bot.API) error {
		if err := c.known(ctx, s); err != nil {
			return err
		}
		picture, err := api.MakeCode(ctx, scene, c.For)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(env.Stdout, picture)
		return err
	})
}

// known refuses a code that would lead nowhere: it would hang on walls, and residents who scan it would end at the first station.
func (c codeCommand) known(ctx context.Context, s *store.Store) error {
	account, err := onlyAccount(ctx, s, c.Account)
	if err != nil {
		return err
	}
	ok := true
	switch {
	case c.Station != "":
		_, ok = account.StationOf(c.Station)
	case c.Grid != "":
		_, _, ok = account.GridOf(c.Grid)
	default:
		var o ticket.Officer
		o, err = s.Officer(ctx, c.Officer)
		ok = err == nil && o.Account == account.ID && !o.Disabled
		if errors.Is(err, ticket.ErrNotFound) {
			err = nil
		}
	}
	if err == nil && !ok {
		return mistake{fmt.Errorf("account %s has no %s; a new one is known when serve has started with it", account.ID, ticket.Home{Station: c.Station, Grid: c.Grid, Officer: c.Officer}.Scene())}
	}
	return err
}

// withAPI runs a command that calls the platform for one account.
func withAPI(ctx context.Context, cli *commands, env environment, id string, do func(context.Context, *store.Store, *bot.API) error) error {
	s, err := readSettings(cli.Config, env.Getenv)
	if err != nil {
		return err
	}
	accounts, err := s.platforms()
	if err != nil {
		return mistake{err}
	}
	return withStore(ctx, cli, env, func(st *store.Store) error {
		for _, a := range accounts {
			if a.ID == id || id == "" && len(accounts) == 1 {
				ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
				defer cancel()
				return do(ctx, st, bot.NewAPI(a, st.Cache(a.ID), env.Now))
			}
		}
		var known []string
		for _, a := range accounts {
			known = append(known, a.ID)
		}
		return mistake{fmt.Errorf("say which account with --account: %s", strings.Join(known, ", "))}
	})
}

type healthzCommand struct{}

// Run asks the server of these settings on this machine.
func (healthzCommand) Run(ctx context.Context, cli *commands, env environment) (err error) {
	s, err := readSettings(cli.Config, env.Getenv)
	if err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(s.Listen)
	if err != nil {
		return mistake{fmt.Errorf("listen: %w", err)}
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/readyz", nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("the front desk does not answer: %w", err)
	}
	if err := resp.Body.Close(); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the front desk is not ready: %s", resp.Status)
	}
	return nil
}

type mendCommand struct {
	Dir string `arg:"" type:"existingdir" help:"Where that Redis keeps its files: its dir setting."`
}

// Run mends the files of a Redis that is not running.
func (c mendCommand) Run(env environment) error {
	there, err := store.HasCommands(c.Dir)
	if err != nil {
		return err
	}
	cut, err := store.MendEnd(c.Dir)
	if err != nil {
		return err
	}
	text := "the files of redis end well"
	switch {
	case !there:
		text = "redis has no files here yet"
	case cut > 0:
		text = fmt.Sprintf("took back %d bytes of a write that was never confirmed", cut)
	}
	_, err = fmt.Fprintln(env.Stdout, text)
	return err
}

type versionCommand struct{}

// Run prints what was built.
func (versionCommand) Run(env environment) error {
	version := "(devel)"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		version = info.Main.Version
	}
	_, err := fmt.Fprintln(env.Stdout, "frontdesk", version)
	return err
}
