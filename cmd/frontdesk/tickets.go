package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"frontdesk/store"
	"frontdesk/ticket"
)

// ticketsCommand looks at tickets.
type ticketsCommand struct {
	List ticketsList `cmd:"" help:"Show a list of tickets, without what residents wrote."`
	Show ticketsShow `cmd:"" help:"Show one ticket with its history."`
}

type ticketsList struct {
	Account string `help:"The official account; may be left out when there is one only."`
	List    string `default:"open" enum:"queue,open,done" help:"queue, open or done."`
	Limit   int    `default:"50" help:"Rows."`
	JSON    bool   `name:"json" help:"As JSON."`
}

// operator is who looks at tickets from the command line: they hold the data itself, so they see everything.
func operator(account string) ticket.Officer {
	return ticket.Officer{ID: "operator", Name: "值守", Role: ticket.Auditor, Account: account}
}

// Run prints the list.
func (c ticketsList) Run(ctx context.Context, cli *commands, env environment) error {
	return withStore(ctx, cli, env, func(s *store.Store) error {
		account, err := onlyAccount(ctx, s, c.Account)
		if err != nil {
			return err
		}
		page, err := s.Queue(ctx, operator(account.ID), ticket.Query{List: ticket.List(c.List), Limit: c.Limit})
		if err != nil {
			return err
		}
		rows := make([]ticketJSON, 0, len(page.Rows))
		for _, h := range page.Rows {
			row := headerJSON(h)
			rows = append(rows, row)
			if c.JSON {
				continue
			}
			if _, err := fmt.Fprintf(env.Stdout, "%s\t%s\t%s\t%s\t%s\n", h.Number, h.Kind.Name(), h.Status.Name(), h.AssigneeName,
				h.DueAt.In(ticket.Shanghai).Format("01-02 15:04")); err != nil {
				return err
			}
		}
		if c.JSON {
			return writeJSON(env, rows)
		}
		return nil
	})
}

type ticketsShow struct {
	Number  string `arg:"" help:"The ticket's number."`
	Account string `help:"The official account; may be left out when there is one only."`
	JSON    bool   `name:"json" help:"As JSON."`
}

// Run prints one ticket.
func (c ticketsShow) Run(ctx context.Context, cli *commands, env environment) error {
	n, err := ticket.ParseNumber(c.Number)
	if err != nil {
		return mistake{err}
	}
	return withStore(ctx, cli, env, func(s *store.Store) error {
		account, err := onlyAccount(ctx, s, c.Account)
		if err != nil {
			return err
		}
		v, err := s.Find(ctx, operator(account.ID), n)
		if err != nil {
			return err
		}
		if c.JSON {
			return writeJSON(env, viewJSON(v))
		}
		return printTicket(env, v)
	})
}

// ticketJSON is a ticket as other programs read it: design.md holds the contract.
type ticketJSON struct {
	Number    ticket.Number     `json:"number"`
	Kind      ticket.Kind       `json:"kind"`
	Status    ticket.Status     `json:"status"`
	Urgent    bool              `json:"urgent"`
	Station   string            `json:"station"`
	Resident  string            `json:"resident,omitempty"`
	Anonymous bool              `json:"anonymous"`
	Fields    map[string]string `json:"fields,omitempty"`
	Addressed string            `json:"addressed,omitempty"` // the officer whose code the resident scanned
	Assignee  string            `json:"assignee,omitempty"`
	CreatedAt time.Time         `json:"created_at"`
	DueAt     time.Time         `json:"due_at"`
	ClosedAt  *time.Time        `json:"closed_at"`
	Rating    int               `json:"rating,omitempty"`
	Entries   []entryJSON       `json:"entries,omitempty"`
}

type entryJSON struct {
	At   time.Time `json:"at"`
	By   string    `json:"by"`
	What string    `json:"what"`
	Text string    `json:"text,omitempty"`
}

// headerJSON is what a list shows. An anonymous resident is nobody here too.
func headerJSON(h ticket.Header) ticketJSON {
	t := ticketJSON{
		Number: h.Number, Kind: h.Kind, Status: h.Status, Urgent: h.Urgent, Station: h.Station, Anonymous: h.Anonymous,
		Addressed: h.Addressed, Assignee: h.Assignee, CreatedAt: h.CreatedAt, DueAt: h.DueAt, Rating: h.Rating,
	}
	if !h.ClosedAt.IsZero() {
		t.ClosedAt = &h.ClosedAt
	}
	if !h.Anonymous {
		t.Resident = h.Resident.Reveal()
	}
	return t
}

func viewJSON(v ticket.View) ticketJSON {
	t := headerJSON(v.Header)
	t.Fields = make(map[string]string, len(v.Fields))
	for _, f := range v.Fields {
		t.Fields[f.Key] = f.Value.Reveal()
	}
	for _, e := range v.Entries {
		t.Entries = append(t.Entries, entryJSON{At: e.At, By: e.By.String(), What: string(e.What), Text: e.Text.Reveal()})
	}
	return t
}

func writeJSON(env environment, v any) error {
	e := json.NewEncoder(env.Stdout)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// printTicket prints a ticket for a person.
func printTicket(env environment, v ticket.View) error {
	w := env.Stdout
	_, err := fmt.Fprintf(w, "%s  %s  %s  %s\n", v.Number.Spoken(), v.Kind.Name(), v.Status.Name(), v.Title.Reveal())
	for _, f := range v.Fields {
		_, e := fmt.Fprintf(w, "  %s：%s\n", f.Label, f.Value.Reveal())
		err = errors.Join(err, e)
	}
	for _, e := range v.Entries {
		_, failed := fmt.Fprintf(w, "%s  %s  %s  %s\n", e.At.In(ticket.Shanghai).Format(time.DateTime), e.By, e.What.Name(), e.Text.Reveal())
		err = errors.Join(err, failed)
	}
	return err
}

type fsckCommand struct {
	Account string `help:"One official account; empty: all."`
}

// Run prints what differs; any difference is a failure.
func (c fsckCommand) Run(ctx context.Context, cli *commands, env environment) error {
	return withStore(ctx, cli, env, func(s *store.Store) error {
		all, err := s.Accounts(ctx)
		if err != nil {
			return err
		}
		differences := 0
		for _, a := range all {
			if c.Account != "" && c.Account != a.ID {
				continue
			}
			found, err := s.Fsck(ctx, a.ID)
			if err != nil {
				return err
			}
			differences += len(found)
			for _, line := range found {
				if _, err := fmt.Fprintf(env.Stdout, "%s: %s\n", a.ID, line); err != nil {
					return err
				}
			}
		}
		if differences > 0 {
			return fmt.Errorf("%d differences", differences)
		}
		_, err = fmt.Fprintln(env.Stdout, "everything agrees with the histories")
		return err
	})
}
