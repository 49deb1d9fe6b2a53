package store

import (
	"context"
	"fmt"
	"strconv"

	"github.com/redis/go-redis/v9"

	"frontdesk/flows"
	"frontdesk/ticket"
)

// Past is a ticket that was lived elsewhere: its header, its whole history that leads there, and what became of its letters.
type Past struct {
	Header     ticket.Header
	Entries    []ticket.Entry
	Deliveries []ticket.Delivery
}

// Import writes residents and tickets down just as they would lie here had they been lived here, and seals them. Tickets that are long over are
// folded at once. It is many times faster than living them, and not atomic: only an account that nobody uses yet may be filled so, and
// [Store.Fsck] tells whether all is well. A resident's record comes before their tickets and is not to be there yet.
func (s *Store) Import(ctx context.Context, account string, residents []flows.Resident, tickets []Past) error {
	k, now := keysOf(account), s.clock()
	in := &importing{pipe: s.rdb.Pipeline(), counts: map[string]map[string]int64{}}
	for _, r := range residents {
		rec, err := encodeResident(r)
		if err != nil {
			return err
		}
		until := r.Conversation.At.Add(messageWindow).UnixMilli()
		in.pipe.HSet(ctx, k.resident(r.OpenID.Reveal()), "v", r.Version, "rec", rec, "f", flag(r.Followed), "mu", until, "ml", messageCount)
	}
	for _, p := range tickets {
		tx := newCommit(k, "", "")
		if err := project(tx, ticket.Header{Number: p.Header.Number}, p.Header, p.Entries, now); err != nil {
			return fmt.Errorf("import: %w", err)
		}
		for _, d := range p.Deliveries {
			b, err := encode(d)
			if err != nil {
				return err
			}
			tx.do("HSET", k.deliveries(p.Header.Number), d.Letter, b)
		}
		var skip []string
		if at := foldTime(p.Header); !at.IsZero() && !at.After(now) {
			b, err := pack(dossier{p.Header, p.Entries, p.Deliveries})
			if err != nil {
				return fmt.Errorf("import ticket %s: %w", p.Header.Number, err)
			}
			in.pipe.HSet(ctx, k.ticket(p.Header.Number), "v", mark(p.Header), "p", b)
			skip = []string{k.ticket(p.Header.Number), k.entries(p.Header.Number), k.deliveries(p.Header.Number), k.folds()}
		}
		in.add(ctx, tx, skip)
	}
	for key, fields := range in.counts {
		for field, n := range fields {
			in.pipe.HIncrBy(ctx, key, field, n)
		}
	}
	if _, err := in.pipe.Exec(ctx); err != nil {
		return unavailable("import", err)
	}
	return s.Seal(ctx, account, now)
}

// importing gathers commands of many tickets.
type importing struct {
	pipe   redis.Pipeliner
	counts map[string]map[string]int64 // counters are raised once for all
}

// add takes over the commands of a transaction, but for those on some keys and those that only tell others.
func (in *importing) add(ctx context.Context, tx *commit, skip []string) {
	for at := 0; at < len(tx.cmds); {
		name, key, n := tx.cmds[at].(string), tx.names[tx.cmds[at+1].(int)-1], tx.cmds[at+2].(int)
		args := tx.cmds[at+3 : at+3+n]
		at += 3 + n
		switch {
		case name == "PUBLISH" || has(skip, key):
		case name == "HINCRBY":
			if in.counts[key] == nil {
				in.counts[key] = map[string]int64{}
			}
			field, _ := args[0].(string)
			by, _ := strconv.ParseInt(fmt.Sprint(args[1]), 10, 64)
			in.counts[key][field] += by
		default:
			in.pipe.Do(ctx, append([]any{name, key}, args...)...)
		}
	}
}
