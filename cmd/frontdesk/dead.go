package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"frontdesk/bot"
	"frontdesk/store"
	"frontdesk/ticket"
)

// deadCommand works dead letters: messages, letters and files that the program could not.
type deadCommand struct {
	List   deadList   `cmd:"" help:"Show what waits, the oldest first, without anybody's words."`
	Show   deadShow   `cmd:"" help:"Show one whole, with the words of whoever wrote it."`
	Replay deadReplay `cmd:"" help:"Put some through again, each exactly once."`
	Drop   deadDrop   `cmd:"" help:"Forget some for good."`
}

type deadList struct {
	Account string `help:"The official account; may be left out when there is one only."`
	JSON    bool   `name:"json" help:"As JSON."`
}

// deadJSON is a dead letter as other programs read it.
type deadJSON struct {
	ID       string        `json:"id"`
	At       time.Time     `json:"at"`
	Where    ticket.Where  `json:"where"`
	Why      ticket.Why    `json:"why"`
	Detail   string        `json:"detail,omitempty"`
	Ticket   ticket.Number `json:"ticket,omitempty"`
	Resident string        `json:"resident,omitempty"`
	Identity string        `json:"identity,omitempty"`
	Original string        `json:"original,omitempty"`
}

// Run prints the list.
func (c deadList) Run(ctx context.Context, cli *commands, env environment) error {
	return withDead(ctx, cli, env, c.Account, func(s *store.Store, account string) error {
		list, err := s.DeadLetters(ctx, account)
		if err != nil {
			return err
		}
		rows := make([]deadJSON, 0, len(list))
		for _, d := range list {
			rows = append(rows, deadJSON{ID: d.ID, At: d.At, Where: d.Where, Why: d.Why, Detail: d.Detail, Ticket: d.Ticket})
			if c.JSON {
				continue
			}
			if _, err := fmt.Fprintf(env.Stdout, "%s\t%s\t%s\t%s\t%s\t%s\n", d.ID, d.At.In(ticket.Shanghai).Format(time.DateTime), d.Where, d.Why,
				d.Ticket, d.Detail); err != nil {
				return err
			}
		}
		if c.JSON {
			return writeJSON(env, rows)
		}
		return nil
	})
}

type deadShow struct {
	ID      string `arg:"" help:"As the list names it."`
	Account string `help:"The official account; may be left out when there is one only."`
	JSON    bool   `name:"json" help:"As JSON."`
}

// Run prints one, with everything that is known of it: who asks for it by name wants to read it.
func (c deadShow) Run(ctx context.Context, cli *commands, env environment) error {
	return withDead(ctx, cli, env, c.Account, func(s *store.Store, account string) error {
		d, err := s.DeadLetter(ctx, account, c.ID)
		if err != nil {
			return err
		}
		if c.JSON {
			return writeJSON(env, deadJSON{
				ID: d.ID, At: d.At, Where: d.Where, Why: d.Why, Detail: d.Detail, Ticket: d.Ticket,
				Resident: d.Resident.Reveal(), Identity: d.Identity.Reveal(), Original: d.Original.Reveal(),
			})
		}
		_, err = fmt.Fprintf(env.Stdout, "%s  %s  %s  %s  %s\nresident %s\nticket %s\nidentity %q\n\n%s\n", d.ID,
			d.At.In(ticket.Shanghai).Format(time.DateTime), d.Where, d.Why, d.Detail, d.Resident.Reveal(), d.Ticket, d.Identity.Reveal(), d.Original.Reveal())
		return err
	})
}

type deadReplay struct {
	IDs     []string `arg:"" optional:"" name:"id" help:"As the list names them."`
	All     bool     `help:"All of them, the oldest first."`
	Late    bool     `help:"A message as well whose resident has written or tapped since: then it is an answer to what they were asked last. Never one whose resident has left."`
	Account string   `help:"The official account; may be left out when there is one only."`
}

// Run puts them through one after the other. One that fails stays dead and does not hold up the others.
func (c deadReplay) Run(ctx context.Context, cli *commands, env environment) error {
	return withDead(ctx, cli, env, c.Account, func(s *store.Store, account string) error {
		ids := c.IDs
		if c.All {
			list, err := s.DeadLetters(ctx, account)
			if err != nil {
				return err
			}
			for _, d := range list {
				ids = append(ids, d.ID)
			}
		} else if len(ids) == 0 {
			return mistake{errors.New("say which ones, or --all")}
		}
		callback, err := replayer(ctx, cli, env, s)
		if err != nil {
			return err
		}
		var failed error
		for _, id := range ids {
			if err := c.replay(ctx, s, callback, account, id); err != nil {
				failed = errors.Join(failed, fmt.Errorf("%s: %w", id, err))
				continue
			}
			if _, err := fmt.Fprintln(env.Stdout, id, "is through"); err != nil {
				return err
			}
		}
		return failed
	})
}

// replay puts one through again.
func (c deadReplay) replay(ctx context.Context, s *store.Store, callback *bot.Callback, account, id string) error {
	d, err := s.DeadLetter(ctx, account, id)
	if err != nil {
		return err
	}
	if d.Where != ticket.AtCallback {
		return s.ReplayWork(ctx, d)
	}
	err = callback.Replay(ctx, d, c.Late)
	if errors.Is(err, ticket.ErrConflict) {
		return fmt.Errorf("%w: read it with show, then drop it, or replay it with --late", err)
	}
	return err
}

// replayer is a callback that nobody calls: it decides on messages as the server does.
func replayer(ctx context.Context, cli *commands, env environment, s *store.Store) (*bot.Callback, error) {
	set, err := readSettings(cli.Config, env.Getenv)
	if err != nil {
		return nil, err
	}
	accounts, err := set.platforms()
	if err != nil {
		return nil, mistake{err}
	}
	if err := s.Refresh(ctx); err != nil {
		return nil, err
	}
	return bot.NewCallback(bot.CallbackConfig{
		Accounts: accounts, Residents: s, Directory: s, Dead: s, Metrics: bot.NewMetrics(prometheus.NewRegistry()), Clock: env.Now,
	})
}

type deadDrop struct {
	IDs     []string `arg:"" name:"id" help:"As the list names them."`
	Account string   `help:"The official account; may be left out when there is one only."`
}

// Run forgets them.
func (c deadDrop) Run(ctx context.Context, cli *commands, env environment) error {
	return withDead(ctx, cli, env, c.Account, func(s *store.Store, account string) error {
		var failed error
		for _, id := range c.IDs {
			failed = errors.Join(failed, s.DropDead(ctx, account, id))
		}
		return failed
	})
}

// withDead runs a command on the store and on one account.
func withDead(ctx context.Context, cli *commands, env environment, id string, do func(*store.Store, string) error) error {
	return withStore(ctx, cli, env, func(s *store.Store) error {
		account, err := onlyAccount(ctx, s, id)
		if err != nil {
			return err
		}
		return do(s, account.ID)
	})
}
