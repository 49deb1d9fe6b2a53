package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
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
	Limit   int    `help:"Rows at most; 0: 50, and with --csv all of them."`
	JSON    bool   `name:"json" help:"As JSON." xor:"form"`
	CSV     bool   `name:"csv" help:"For a spreadsheet: all of the list, without what residents wrote." xor:"form"`
}

// operator is who looks at tickets from the command line: they hold the data itself, so they see everything. They have no name: a complaint
// hides from whom it names.
func operator(account string) ticket.Officer {
	return ticket.Officer{Role: ticket.Auditor, Account: account}
}

// Run prints the list.
func (c ticketsList) Run(ctx context.Context, cli *commands, env environment) error {
	if c.Limit < 0 {
		return mistake{errors.New("a list cannot have fewer rows than none")}
	}
	return withStore(ctx, cli, env, func(s *store.Store) error {
		account, err := onlyAccount(ctx, s, c.Account)
		if err != nil {
			return err
		}
		pages := func(before string, limit int) (ticket.Page, error) {
			return s.Queue(ctx, operator(account.ID), ticket.Query{List: ticket.List(c.List), Before: before, Limit: limit})
		}
		return c.print(env, pages)
	})
}

// pager gives the page of a list that follows a cursor, with a number of rows at most.
type pager func(before string, limit int) (ticket.Page, error)

// print writes the list in the form that was asked for.
func (c ticketsList) print(env environment, pages pager) error {
	limit := cmp.Or(c.Limit, shownRows)
	switch {
	case c.CSV:
		list, err := newCSVList(env.Stdout)
		if err != nil {
			return err
		}
		return pages.each(cmp.Or(c.Limit, math.MaxInt), list.add)
	case c.JSON:
		rows := []ticketJSON{}
		err := pages.each(limit, func(h ticket.Header) error {
			rows = append(rows, headerJSON(h))
			return nil
		})
		if err != nil {
			return err
		}
		return writeJSON(env, rows)
	}
	return pages.each(limit, func(h ticket.Header) error {
		_, err := fmt.Fprintf(env.Stdout, "%s\t%s\t%s\t%s\t%s\n", h.Number, h.Kind.Name(), h.Status.Name(), h.AssigneeName,
			h.DueAt.In(ticket.Shanghai).Format("01-02 15:04"))
		return err
	})
}

const (
	shownRows = 50  // of a list, when nobody said how many
	pageRows  = 200 // held in memory at once, however long the list is
)

// each calls do for the first limit tickets of the list, a page at a time.
func (p pager) each(limit int, do func(ticket.Header) error) error {
	for before := ""; limit > 0; {
		page, err := p(before, min(limit, pageRows))
		if err != nil {
			return err
		}
		for _, h := range page.Rows {
			if err := do(h); err != nil {
				return err
			}
		}
		limit -= len(page.Rows)
		if before = page.Next; before == "" {
			return nil
		}
	}
	return nil
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
