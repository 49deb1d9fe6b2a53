package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/alexedwards/argon2id"

	"frontdesk/store"
	"frontdesk/ticket"
)

// officerCommand makes and changes the people who sign in.
type officerCommand struct {
	Add     officerAdd     `cmd:"" help:"Make somebody who can sign in; the password is read from the first line of the input, or drawn."`
	List    officerList    `cmd:"" help:"Show who can sign in."`
	Disable officerDisable `cmd:"" help:"End somebody's sign-in; their name stays in old entries."`
	Reset   officerReset   `cmd:"" help:"Give somebody a new password."`
}

type officerAdd struct {
	ID            string `arg:"" help:"Sign-in name, the badge number where there is one."`
	Name          string `required:"" help:"Name, as residents are told it."`
	Role          string `default:"officer" help:"officer, auxiliary, gridworker, mediator, counter, chief, admin or auditor."`
	Account       string `help:"The official account they serve; may be left out when there is one only."`
	Station       string `help:"Their station; empty: every station of the account."`
	Grid          string `help:"For grid workers."`
	PasswordStdin bool   `name:"password-stdin" help:"Read the password from the input."`
}

// Run makes the officer and prints a drawn password once.
func (c officerAdd) Run(ctx context.Context, cli *commands, env environment) error {
	role, ok := ticket.ParseRole(c.Role)
	if !ok {
		return mistake{fmt.Errorf("there is no role %q", c.Role)}
	}
	return withStore(ctx, cli, env, func(s *store.Store) error {
		account, err := onlyAccount(ctx, s, c.Account)
		if err != nil {
			return err
		}
		station, err := c.place(account)
		if err != nil {
			return err
		}
		password, drawn, err := newPassword(env, c.PasswordStdin)
		if err != nil {
			return err
		}
		hash, err := argon2id.CreateHash(password, argon2id.DefaultParams)
		if err != nil {
			return fmt.Errorf("hash the password: %w", err)
		}
		o := ticket.Officer{ID: c.ID, Name: c.Name, Role: role, Account: account.ID, Station: station, Grid: c.Grid, Hash: hash}
		if err := s.AddOfficer(ctx, o); err != nil {
			return err
		}
		return errors.Join(tellPassword(env, o.ID, password, drawn), warnUnwatched(ctx, s, env, account.ID))
	})
}

// warnUnwatched tells whoever makes a room's officers that somebody is missing: without an admin or an auditor a complaint about the chief is
// seen by nobody, and the resident is sent elsewhere.
func warnUnwatched(ctx context.Context, s *store.Store, env environment, account string) error {
	list, err := s.Officers(ctx, account)
	if err != nil {
		return err
	}
	officers := make(map[string]ticket.Officer, len(list))
	for _, o := range list {
		officers[o.ID] = o
	}
	if !ticket.Unwatched(officers) {
		return nil
	}
	_, err = fmt.Fprintln(env.Stderr, "nobody would see a complaint about the chief yet: add somebody with --role auditor or --role admin")
	return err
}

// place gives the officer's station. A grid says which one it lies in; one that does not exist would hide every ticket from its worker.
func (c officerAdd) place(a ticket.Account) (string, error) {
	if c.Station != "" {
		if _, ok := a.StationOf(c.Station); !ok {
			return "", mistake{fmt.Errorf("account %s has no station %q; a new one is known when serve has started with it", a.ID, c.Station)}
		}
	}
	if c.Grid == "" {
		return c.Station, nil
	}
	_, above, ok := a.GridOf(c.Grid)
	switch {
	case !ok:
		return "", mistake{fmt.Errorf("account %s has no grid %q; a new one is known when serve has started with it", a.ID, c.Grid)}
	case c.Station != "" && c.Station != above.ID:
		return "", mistake{fmt.Errorf("grid %q lies in station %q, not in %q", c.Grid, above.ID, c.Station)}
	}
	return above.ID, nil
}

type officerList struct {
	Account string `help:"The official account; may be left out when there is one only."`
}

// Run prints who can sign in, one a line.
func (c officerList) Run(ctx context.Context, cli *commands, env environment) error {
	return withStore(ctx, cli, env, func(s *store.Store) error {
		account, err := onlyAccount(ctx, s, c.Account)
		if err != nil {
			return err
		}
		list, err := s.Officers(ctx, account.ID)
		if err != nil {
			return err
		}
		for _, o := range list {
			state := ""
			if o.Disabled {
				state = "\tdisabled"
			}
			if _, err := fmt.Fprintf(env.Stdout, "%s\t%s\t%s\t%s%s\n", o.ID, o.Title(), o.Station, o.Grid, state); err != nil {
				return err
			}
		}
		return nil
	})
}

type officerDisable struct {
	ID string `arg:"" help:"Sign-in name."`
}

// Run ends a sign-in.
func (c officerDisable) Run(ctx context.Context, cli *commands, env environment) error {
	return withStore(ctx, cli, env, func(s *store.Store) error { return s.DisableOfficer(ctx, c.ID) })
}

type officerReset struct {
	ID            string `arg:"" help:"Sign-in name."`
	PasswordStdin bool   `name:"password-stdin" help:"Read the password from the input."`
}

// Run gives a new password.
func (c officerReset) Run(ctx context.Context, cli *commands, env environment) error {
	return withStore(ctx, cli, env, func(s *store.Store) error {
		password, drawn, err := newPassword(env, c.PasswordStdin)
		if err != nil {
			return err
		}
		hash, err := argon2id.CreateHash(password, argon2id.DefaultParams)
		if err != nil {
			return fmt.Errorf("hash the password: %w", err)
		}
		if err := s.SetHash(ctx, c.ID, hash); err != nil {
			return err
		}
		return tellPassword(env, c.ID, password, drawn)
	})
}

// newPassword reads a password or draws one that can be read out.
func newPassword(env environment, fromInput bool) (password string, drawn bool, err error) {
	if !fromInput {
		t := strings.ToLower(rand.Text())
		return t[:5] + "-" + t[5:10] + "-" + t[10:15], true, nil
	}
	line, err := bufio.NewReader(env.Stdin).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", false, fmt.Errorf("read the password: %w", err)
	}
	if password = strings.TrimRight(line, "\r\n"); len(password) < 8 {
		return "", false, mistake{errors.New("a password has at least eight characters")}
	}
	return password, false, nil
}

func tellPassword(env environment, id, password string, drawn bool) error {
	text := fmt.Sprintf("%s may sign in.\n", id)
	if drawn {
		text = fmt.Sprintf("%s may sign in with the password %s (shown this once).\n", id, password)
	}
	_, err := fmt.Fprint(env.Stdout, text)
	return err
}

// onlyAccount gives the account of that id, or the only one there is.
func onlyAccount(ctx context.Context, s *store.Store, id string) (ticket.Account, error) {
	if id != "" {
		return s.Account(ctx, id)
	}
	all, err := s.Accounts(ctx)
	if err != nil {
		return ticket.Account{}, err
	}
	if len(all) != 1 {
		var known []string
		for _, a := range all {
			known = append(known, a.ID)
		}
		return ticket.Account{}, mistake{fmt.Errorf("say which account with --account: %s", strings.Join(known, ", "))}
	}
	return all[0], nil
}
