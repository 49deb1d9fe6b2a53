package store

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/redis/go-redis/v9"

	"frontdesk/ticket"
)

// This file keeps officers and accounts. They are few, of no account's slot, and read from memory on the way of a message.

const (
	officersKey = "frontdesk:officers" // hash: officers by id
	accountsKey = "frontdesk:accounts" // hash: accounts by id
)

//go:embed officer.lua
var officerSource string

var officerScript = redis.NewScript(officerSource)

var goodID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,32}$`)

var (
	addScript = redis.NewScript("return redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2])")
	putScript = redis.NewScript("return redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])")
)

// AddOfficer makes an officer; [ticket.ErrConflict] when the id is taken, by a disabled one too: old entries name them.
func (s *Store) AddOfficer(ctx context.Context, o ticket.Officer) error {
	_, known := ticket.ParseRole(string(o.Role))
	switch {
	case !goodID.MatchString(o.ID):
		return fmt.Errorf("%w: a sign-in name has letters, digits, - and _, at most 32", ticket.ErrInvalid)
	case o.Name == "" || o.Account == "" || !known:
		return fmt.Errorf("%w: an officer needs a name, a role and an account", ticket.ErrInvalid)
	}
	b, err := encode(o)
	if err != nil {
		return err
	}
	fresh, err := s.run(ctx, addScript, []string{officersKey}, o.ID, b).Int() // so that replicas confirm it, where they confirm
	if err != nil {
		return unavailable("add an officer", err)
	}
	if fresh == 0 {
		return fmt.Errorf("officer %s: %w: the name is taken", o.ID, ticket.ErrConflict)
	}
	return nil
}

// Officer gives somebody by sign-in name, disabled ones too; [ticket.ErrNotFound] when there is nobody.
func (s *Store) Officer(ctx context.Context, id string) (ticket.Officer, error) {
	var o ticket.Officer
	return o, s.person(ctx, officersKey, id, &o)
}

// Account gives an account by id; [ticket.ErrNotFound] when there is none.
func (s *Store) Account(ctx context.Context, id string) (ticket.Account, error) {
	var a ticket.Account
	return a, s.person(ctx, accountsKey, id, &a)
}

func (s *Store) person(ctx context.Context, key, id string, into any) error {
	b, err := s.rdb.HGet(ctx, key, id).Bytes()
	switch {
	case errors.Is(err, redis.Nil):
		return fmt.Errorf("%s: %w", id, ticket.ErrNotFound)
	case err != nil:
		return unavailable("load "+id, err)
	}
	return decode(b, into)
}

// Officers gives everybody of an account, by id.
func (s *Store) Officers(ctx context.Context, account string) ([]ticket.Officer, error) {
	all, err := s.everybody(ctx)
	if err != nil {
		return nil, err
	}
	list := slices.DeleteFunc(all, func(o ticket.Officer) bool { return o.Account != account })
	slices.SortFunc(list, func(a, b ticket.Officer) int { return cmp.Compare(a.ID, b.ID) })
	return list, nil
}

// everybody gives the officers of all accounts, in no order.
func (s *Store) everybody(ctx context.Context) ([]ticket.Officer, error) {
	all, err := s.rdb.HVals(ctx, officersKey).Result()
	if err != nil {
		return nil, unavailable("load officers", err)
	}
	list := make([]ticket.Officer, len(all))
	for i, b := range all {
		if err := decode([]byte(b), &list[i]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// SetHash gives an officer a new password, as its hash; [ticket.ErrNotFound] when there is nobody.
func (s *Store) SetHash(ctx context.Context, id, hash string) error {
	return s.change(ctx, id, func(o *ticket.Officer) { o.Hash = hash })
}

// DisableOfficer ends somebody's sign-in; their name stays in old entries. [ticket.ErrNotFound] when there is nobody.
func (s *Store) DisableOfficer(ctx context.Context, id string) error {
	return s.change(ctx, id, func(o *ticket.Officer) { o.Disabled = true })
}

// change writes an officer back only if nobody else did meanwhile.
func (s *Store) change(ctx context.Context, id string, how func(*ticket.Officer)) error {
	for range attempts {
		was, err := s.rdb.HGet(ctx, officersKey, id).Result()
		if errors.Is(err, redis.Nil) {
			return fmt.Errorf("officer %s: %w", id, ticket.ErrNotFound)
		}
		if err != nil {
			return unavailable("load an officer", err)
		}
		var o ticket.Officer
		if err := decode([]byte(was), &o); err != nil {
			return err
		}
		how(&o)
		is, err := encode(o)
		if err != nil {
			return err
		}
		n, err := s.run(ctx, officerScript, []string{officersKey}, id, was, is).Int()
		if err != nil {
			return unavailable("change an officer", err)
		}
		if n == 1 {
			return nil
		}
	}
	return fmt.Errorf("officer %s: %w", id, ticket.ErrConflict)
}

// PutAccount writes an account down, over what was there.
func (s *Store) PutAccount(ctx context.Context, a ticket.Account) error {
	if a.ID == "" {
		return fmt.Errorf("%w: an account needs an id", ticket.ErrInvalid)
	}
	b, err := encode(a)
	if err != nil {
		return err
	}
	if err := s.run(ctx, putScript, []string{accountsKey}, a.ID, b).Err(); err != nil { // so that replicas confirm it, where they confirm
		return unavailable("put an account", err)
	}
	return nil
}

// NewAccount writes an account down unless it is there: then it stays as it is.
func (s *Store) NewAccount(ctx context.Context, a ticket.Account) error {
	b, err := encode(a)
	if err != nil {
		return err
	}
	if err := s.run(ctx, newFieldScript, []string{accountsKey}, a.ID, b).Err(); err != nil {
		return unavailable("put an account that is new", err)
	}
	return nil
}

// Accounts gives all accounts, by id.
func (s *Store) Accounts(ctx context.Context) ([]ticket.Account, error) {
	all, err := s.rdb.HVals(ctx, accountsKey).Result()
	if err != nil {
		return nil, unavailable("load accounts", err)
	}
	list := make([]ticket.Account, len(all))
	for i, b := range all {
		if err := decode([]byte(b), &list[i]); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(list, func(a, b ticket.Account) int { return cmp.Compare(a.ID, b.ID) })
	return list, nil
}

// deskEntry is what is remembered of an account and its people.
type deskEntry struct {
	account  ticket.Account
	officers map[string]ticket.Officer
}

// Refresh loads all accounts and officers into memory.
func (s *Store) Refresh(ctx context.Context) error {
	s.weigh(ctx)
	accounts, err := s.Accounts(ctx)
	if err != nil {
		return err
	}
	officers, err := s.everybody(ctx)
	if err != nil {
		return err
	}
	desks := make(map[string]deskEntry, len(accounts))
	for _, a := range accounts {
		desks[a.ID] = deskEntry{a, map[string]ticket.Officer{}}
	}
	for _, o := range officers {
		if d, ok := desks[o.Account]; ok {
			o.Hash = "" // nobody on the way of a message needs it
			d.officers[o.ID] = o
		}
	}
	s.desks.Store(&desks)
	return nil
}

// Desk gives an account and its officers as of the last [Store.Refresh]; nothing for one that is not known.
func (s *Store) Desk(account string) (ticket.Account, map[string]ticket.Officer) {
	if desks := s.desks.Load(); desks != nil {
		d := (*desks)[account]
		return d.account, d.officers
	}
	return ticket.Account{}, nil
}
