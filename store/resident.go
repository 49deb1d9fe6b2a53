package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/flows"
	"frontdesk/ticket"
)

// What the platform allows to be sent without being asked; see wechat.md's table of windows.
const (
	messageWindow = 48 * time.Hour
	messageCount  = 5
	tapWindow     = time.Minute
	tapCount      = 3
)

// readResident understands what a stale commit read back: version, record, headers, letters.
func readResident(account string, openid ticket.Personal, fresh []any) (flows.Resident, error) {
	if len(fresh) != 4 {
		return flows.Resident{}, fmt.Errorf("%w: a resident came back in pieces", ticket.ErrUnavailable)
	}
	version, _ := fresh[0].(string)
	record, _ := fresh[1].(string)
	headers, _ := fresh[2].([]any)
	letters, _ := fresh[3].([]any)
	var r flows.Resident
	if record != "" {
		if err := decode([]byte(record), &r); err != nil {
			return r, err
		}
	}
	r.Account, r.OpenID = account, openid
	r.Version, _ = strconv.ParseInt(version, 10, 64)
	for i := 0; i+1 < len(headers); i += 2 {
		number, _ := headers[i].(string)
		text, _ := headers[i+1].(string)
		h, err := decodeHeader(ticket.Number(number), []byte(text))
		if err != nil {
			return r, err
		}
		r.Tickets = append(r.Tickets, h)
	}
	for _, b := range letters {
		var l ticket.Letter
		text, _ := b.(string)
		if err := decode([]byte(text), &l); err != nil {
			return r, err
		}
		r.Mailbox = append(r.Mailbox, l)
	}
	slices.SortFunc(r.Mailbox, func(a, b ticket.Letter) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(len(a.ID), len(b.ID)), cmp.Compare(a.ID, b.ID))
	})
	return r, nil
}

// resident loads where a resident stands; a stranger is a record at version 0. The parts are read one after the other, and a commit on
// them notices if they do not belong together.
func (s *Store) resident(ctx context.Context, account string, openid ticket.Personal) (flows.Resident, error) {
	k, id := keysOf(account), openid.Reveal()
	pipe := s.rdb.Pipeline()
	record := pipe.HMGet(ctx, k.resident(id), "v", "rec")
	numbers := pipe.ZRevRange(ctx, k.ofResident(id), 0, flows.MaxTickets-1)
	letters := pipe.HVals(ctx, k.mailbox(id))
	if _, err := pipe.Exec(ctx); err != nil {
		return flows.Resident{}, unavailable("load a resident", err)
	}
	headers, err := s.headers(ctx, k, numbers.Val())
	if err != nil {
		return flows.Resident{}, err
	}
	var mail []any
	for _, l := range letters.Val() {
		mail = append(mail, l)
	}
	r, err := readResident(account, openid, []any{record.Val()[0], record.Val()[1], []any{}, mail})
	r.Tickets = headers
	return r, err
}

// headers loads the headers of tickets in the order given; numbers without a ticket are left out.
func (s *Store) headers(ctx context.Context, k keys, numbers []string) ([]ticket.Header, error) {
	if len(numbers) == 0 {
		return nil, nil
	}
	pipe := s.rdb.Pipeline()
	var got []*redis.SliceCmd
	for _, n := range numbers {
		got = append(got, pipe.HMGet(ctx, k.ticket(ticket.Number(n)), "h", "p"))
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, unavailable("load headers", err)
	}
	list := make([]ticket.Header, 0, len(numbers))
	for i, cmd := range got {
		text, ok := eitherForm(cmd.Val())
		if !ok {
			continue
		}
		h, err := decodeHeader(ticket.Number(numbers[i]), []byte(text))
		if err != nil {
			return nil, err
		}
		list = append(list, h)
	}
	return list, nil
}

// eitherForm picks from the fields h and p what shows the header as it is now; false when there is no such ticket.
func eitherForm(fields []any) (string, bool) {
	for _, f := range fields {
		if text, ok := f.(string); ok {
			return text, true
		}
	}
	return "", false
}

// header loads one header; [ticket.ErrNotFound] when there is no such ticket.
func (s *Store) header(ctx context.Context, k keys, n ticket.Number) (ticket.Header, error) {
	list, err := s.headers(ctx, k, []string{string(n)})
	if err != nil {
		return ticket.Header{}, err
	}
	if len(list) == 0 {
		return ticket.Header{}, fmt.Errorf("ticket %s: %w", n, ticket.ErrNotFound)
	}
	return list[0], nil
}
