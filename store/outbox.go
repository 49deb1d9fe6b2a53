package store

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/ticket"
)

//go:embed take.lua
var takeSource string

//go:embed begin.lua
var beginSource string

//go:embed settle.lua
var settleSource string

var (
	takeScript   = redis.NewScript(takeSource)
	beginScript  = redis.NewScript(beginSource)
	settleScript = redis.NewScript(settleSource)
)

// taken is a member of a due list under a lease.
type taken struct {
	member string
	fence  int64
}

// longestWait is more than anything of the outbox or of the fetches ever waits, or is leased for.
const longestWait = 2 * time.Hour

// take leases what is due now, at most n. What is due goes by the room's clock, the lease by that of Redis.
func (s *Store) take(ctx context.Context, k keys, due, lease string, n int, hold time.Duration) ([]taken, error) {
	if err := s.present(ctx); err != nil {
		return nil, fmt.Errorf("take what is due: %w", err)
	}
	got, err := s.run(ctx, takeScript, []string{due, k.leases(), k.fence(), k.held(due)},
		s.clock().UnixMilli(), hold.Milliseconds(), n, lease, longestWait.Milliseconds(), s.ahead().Milliseconds()).Slice()
	if err != nil {
		return nil, unavailable("take what is due", err)
	}
	var list []taken
	for i := 0; i+1 < len(got); i += 2 {
		member, _ := got[i].(string)
		fence, _ := got[i+1].(int64)
		list = append(list, taken{member, fence})
	}
	return list, nil
}

// TakeParcels takes the oldest letter of each of at most n residents whose turn has come, under a lease. Nobody else gets them before the
// lease is over; whoever stops in between loses nothing, the letter comes again.
func (s *Store) TakeParcels(ctx context.Context, account string, n int, lease time.Duration) ([]ticket.Parcel, error) {
	k := keysOf(account)
	due, err := s.take(ctx, k, k.outbox(), "letter:", n, lease)
	if err != nil {
		return nil, err
	}
	var parcels []ticket.Parcel
	for _, d := range due {
		p, err := s.parcel(ctx, account, d)
		switch {
		case errors.Is(err, ticket.ErrNotFound):
			err = s.settle(ctx, k, ticket.Parcel{Letter: ticket.Letter{Resident: ticket.Personal(d.member)}, Fence: d.fence}, "none", "", ticket.Delivery{})
			if err != nil && !errors.Is(err, ticket.ErrConflict) {
				return parcels, err
			}
		case err != nil:
			return parcels, err
		default:
			parcels = append(parcels, p)
		}
	}
	return parcels, nil
}

// parcel loads all that the sender has to know of a resident's oldest letter. One that cannot be read is given as broken, so that it does
// not hold up the others that were taken with it.
func (s *Store) parcel(ctx context.Context, account string, d taken) (ticket.Parcel, error) {
	k, p := keysOf(account), ticket.Parcel{Fence: d.fence}
	pipe := s.rdb.Pipeline()
	letter := pipe.LIndex(ctx, k.underWay(d.member), 0)
	state := pipe.HMGet(ctx, k.resident(d.member), "mu", "ml", "tu", "tl", "f")
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		return p, unavailable("load a letter", err)
	}
	b, err := letter.Bytes()
	if err != nil {
		return p, ticket.ErrNotFound
	}
	if err := decode(b, &p.Letter); err != nil || p.Letter.ID == "" || p.Letter.Account != account || p.Letter.Resident.Reveal() != d.member {
		p.Letter, p.Broken = ticket.Letter{Account: account, Resident: ticket.Personal(d.member)}, true
		return p, nil
	}
	w := state.Val()
	p.Window = ticket.Window{MessageUntil: instant(w[0]), MessageLeft: int(number(w[1])), TapUntil: instant(w[2]), TapLeft: int(number(w[3]))}
	p.Followed = w[4] == "1"
	b, err = s.rdb.HGet(ctx, k.deliveries(p.Letter.Ticket), p.Letter.ID).Bytes()
	if err != nil && !errors.Is(err, redis.Nil) {
		return p, unavailable("load a delivery", err)
	}
	if err != nil || decode(b, &p.Delivery) != nil { // one that cannot be read begins anew: the letter is what counts
		p.Delivery = ticket.Delivery{Letter: p.Letter.ID, Ticket: p.Letter.Ticket, Seq: p.Letter.Seq, Fate: ticket.Sending, At: p.Letter.At}
	}
	return p, nil
}

func number(v any) int64 {
	text, _ := v.(string)
	n, _ := strconv.ParseInt(text, 10, 64) // absent is none
	return n
}

// millis is the time as windows are stored; 0 for none.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func instant(v any) time.Time {
	if n := number(v); n > 0 {
		return time.UnixMilli(n).UTC()
	}
	return time.Time{}
}

// BeginParcel writes down how far a letter has come, and that a try of what follows begins, before anybody is called: whoever gets the letter
// next, if nothing is heard of it again, knows that it may have arrived. [ticket.ErrConflict] says that the lease is somebody else's by now.
func (s *Store) BeginParcel(ctx context.Context, p ticket.Parcel, d ticket.Delivery) error {
	k := keysOf(p.Letter.Account)
	delivery, err := encode(of(p.Letter, d))
	if err != nil {
		return err
	}
	held, err := s.run(ctx, beginScript, []string{k.leases(), k.deliveries(p.Letter.Ticket)}, p.Letter.Resident.Reveal(), p.Fence, p.Letter.ID, delivery).Int()
	if err != nil {
		return unavailable("begin a letter", err)
	}
	if held == 0 {
		return fmt.Errorf("begin a letter: %w: the lease is over", ticket.ErrConflict)
	}
	return nil
}

// of says of which letter a delivery is.
func of(l ticket.Letter, d ticket.Delivery) ticket.Delivery {
	d.Letter, d.Ticket, d.Seq = l.ID, l.Ticket, l.Seq
	return d
}

// SettleParcel writes down what became of a letter: one that is still sending comes again at d.NextTry, one for the mailbox goes there, any
// other is over. Each customer-service message that the letter took uses up one of the reply window; a letter that ended in the mailbox after a
// try shuts it, because the platform knows better than our ledger. What is for the mailbox of a resident who left meanwhile has failed.
// [ticket.ErrConflict] says that the lease is somebody else's by now.
func (s *Store) SettleParcel(ctx context.Context, p ticket.Parcel, d ticket.Delivery) error {
	fate := "over"
	switch d.Fate {
	case ticket.Sending:
		fate = "again"
	case ticket.InMailbox:
		fate = "mailbox"
	}
	window, spent := "", d.Sent-p.Delivery.Sent
	if d.Via == ticket.ViaService && d.Fate == ticket.Delivered {
		spent = max(spent, 1)
	}
	switch {
	case d.Fate == ticket.InMailbox && d.Tries > p.Delivery.Tries:
		window = "shut"
	case spent > 0:
		window = strconv.Itoa(spent)
	}
	return s.settle(ctx, keysOf(p.Letter.Account), p, fate, window, of(p.Letter, d))
}

// leftReason is what an officer reads beside a letter whose resident left.
const leftReason = "居民取消了关注，没有送到。"

// settle writes down what became of a letter, and what the platform has already said of the template message about it.
func (s *Store) settle(ctx context.Context, k keys, p ticket.Parcel, fate, window string, d ticket.Delivery) error {
	letter, err := encode(p.Letter)
	if err != nil {
		return err
	}
	openid, half := p.Letter.Resident.Reveal(), aboutLetter(d)
	for {
		delivery, err := encode(d)
		if err != nil {
			return err
		}
		said, err := s.run(ctx, settleScript, []string{k.outbox(), k.leases(), k.underWay(openid), k.mailbox(openid), k.resident(openid),
			k.deliveries(p.Letter.Ticket), k.changes(), k.notice(d.Notice)},
			openid, p.Fence, fate, s.clock().UnixMilli(), d.NextTry.UnixMilli(), p.Letter.ID, letter, delivery, string(p.Letter.Ticket), window,
			half, noticeTime.Milliseconds(), millis(p.Window.MessageUntil), millis(p.Window.TapUntil)).Result()
		if err != nil {
			return unavailable("settle a letter", err)
		}
		arrival, early := said.(string)
		switch {
		case arrival == "left":
			fate, window = "over", ""
			d.Fate, d.Reason, d.At, d.NextTry = ticket.Failed, leftReason, s.clock(), time.Time{}
			continue
		case arrival == "opened": // it may go out after all
			fate, window = "again", ""
			d.Fate, d.Via, d.Reason, d.NextTry = ticket.Sending, p.Delivery.Via, "", s.clock()
			continue
		case early && half != "":
			d, half = d.Hear(ticket.Arrival(strings.TrimPrefix(arrival, saidHalf)), s.clock()), ""
			continue
		case said == int64(0):
			return fmt.Errorf("settle a letter: %w: the lease is over", ticket.ErrConflict)
		}
		return nil
	}
}
