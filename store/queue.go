package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"frontdesk/ticket"
)

const (
	defaultRows = 50
	mostRows    = 200
	// counted bounds how many places are looked at to count a list that an officer sees only parts of: with all of them, a page took longer the more tickets
	// there are. Who sees many such lists has a share of it for each.
	counted = 200
	// countedGuarded bounds how many tickets are counted of a list's guarded part, whose other part is counted by its length: whoever sees one more is told that
	// there are more.
	countedGuarded = 10
	// looked bounds how many places are looked at for one page: an officer who may see few of many gets a short page and goes on from there.
	looked = 2000
)

// row is a ticket's place in a list.
type row struct {
	number string
	score  float64
}

func (a row) compare(b row) int {
	return cmp.Or(cmp.Compare(a.score, b.score), cmp.Compare(a.number, b.number))
}

func (a row) String() string { return strconv.FormatFloat(a.score, 'f', -1, 64) + "|" + a.number }

// parseRow reads a cursor.
func parseRow(s string) (row, error) {
	score, n, ok := strings.Cut(s, "|")
	f, err := strconv.ParseFloat(score, 64)
	if !ok || err != nil {
		return row{}, fmt.Errorf("%w: a cursor that is none", ticket.ErrInvalid)
	}
	return row{n, f}, nil
}

// Queue gives a part of one of an officer's lists. Nothing in the answer, its total included, tells of tickets that the officer may not see.
func (s *Store) Queue(ctx context.Context, o ticket.Officer, q ticket.Query) (ticket.Page, error) {
	limit := min(cmp.Or(max(q.Limit, 0), defaultRows), mostRows)
	var after *row
	if q.Before != "" {
		r, err := parseRow(q.Before)
		if err != nil {
			return ticket.Page{}, err
		}
		after = &r
	}
	plain, guarded, err := s.lists(ctx, o, q.List)
	if err != nil {
		return ticket.Page{}, err
	}
	if len(plain)+len(guarded) == 0 { // nothing was ever over
		return ticket.Page{}, nil
	}
	k := keysOf(o.Account)
	var page ticket.Page
	if page.Rows, page.Next, err = s.rows(ctx, k, o, append(guarded, plain...), after, limit); err != nil {
		return ticket.Page{}, err
	}
	most := counted
	if len(plain) > 0 {
		most = countedGuarded
	}
	share := func(n int) int { return max(1, n/len(guarded)) }
	page.Total, page.More, err = s.total(ctx, k, o, plain, guarded, share(most), share(counted))
	if shown := len(page.Rows); shown > page.Total { // what a page shows was found farther on than was counted
		page.Total, page.More = shown, page.More || page.Next != "" || after != nil
	}
	return page, err
}

// lists names the sorted sets that make up an officer's list: plain ones, whose tickets everybody of the station may see, and guarded ones.
func (s *Store) lists(ctx context.Context, o ticket.Officer, l ticket.List) (plain, guarded []string, err error) {
	k := keysOf(o.Account)
	switch l {
	case ticket.ListMine:
		return nil, []string{k.assigned(o.ID)}, nil
	case ticket.ListQueue, ticket.ListOpen, ticket.ListDone:
	default:
		return nil, nil, fmt.Errorf("%w: no such list", ticket.ErrInvalid)
	}
	stations := []string{o.Station}
	if o.Station == "" && l == ticket.ListDone { // of what is open there is a list for all stations
		if stations, err = s.rdb.SMembers(ctx, k.ended()).Result(); err != nil {
			return nil, nil, unavailable("list the stations", err)
		}
	}
	for _, st := range stations {
		plain, guarded = append(plain, k.list(l, st, false)), append(guarded, k.list(l, st, true))
	}
	if o.Role == ticket.GridWorker || o.Role == ticket.Mediator || o.Role == ticket.Volunteer { // they see parts of every list
		return nil, append(guarded, plain...), nil
	}
	return plain, guarded, nil
}

// rows gives the first limit tickets of the lists together that come after the cursor and that the officer may see, and the cursor to go on from.
func (s *Store) rows(ctx context.Context, k keys, o ticket.Officer, lists []string, after *row, limit int) ([]ticket.Header, string, error) {
	var out []ticket.Header
	if o.Disabled || o.Role == ticket.Volunteer { // they see none of any
		return nil, "", nil
	}
	for seen := 0; seen < looked; {
		part, err := s.part(ctx, lists, after, limit+1)
		if err != nil || len(part) == 0 {
			return out, "", err
		}
		seen += len(part)
		numbers := make([]string, len(part))
		for i, r := range part {
			numbers[i] = r.number
		}
		headers, err := s.headers(ctx, k, numbers)
		if err != nil {
			return nil, "", err
		}
		known := make(map[string]ticket.Header, len(headers))
		for _, h := range headers {
			known[string(h.Number)] = h
		}
		for i, r := range part {
			h, ok := known[r.number]
			if !ok || !o.MaySee(h) {
				continue
			}
			if len(out) == limit {
				if i == 0 {
					return out, after.String(), nil
				}
				return out, part[i-1].String(), nil
			}
			out = append(out, h)
		}
		after = &part[len(part)-1]
	}
	return out, after.String(), nil
}

// part gives the first n places of the lists together after the cursor.
func (s *Store) part(ctx context.Context, lists []string, after *row, n int) ([]row, error) {
	from, skip := "-inf", row{score: -1e300}
	if after != nil {
		from, skip = strconv.FormatFloat(after.score, 'f', -1, 64), *after
	}
	// Those with the cursor's own score come again, so a few more are asked for; when many tickets share one moment, more still. Of many lists each gives
	// its share first: what comes behind the end of one that has more is not known to come next.
	for count := max(16, 2*(n+64)/max(2, len(lists))); ; count *= 2 {
		pipe := s.rdb.Pipeline()
		var got []*redis.ZSliceCmd
		for _, l := range lists {
			got = append(got, pipe.ZRangeByScoreWithScores(ctx, l, &redis.ZRangeBy{Min: from, Max: "+inf", Count: int64(count)}))
		}
		if _, err := pipe.Exec(ctx); err != nil {
			return nil, unavailable("read a list", err)
		}
		var all []row
		var end *row // up to here all lists are known
		for _, cmd := range got {
			for i, z := range cmd.Val() {
				number, _ := z.Member.(string)
				r := row{number, z.Score}
				if after == nil || r.compare(skip) > 0 {
					all = append(all, r)
				}
				if i == count-1 && (end == nil || r.compare(*end) < 0) {
					end = &r
				}
			}
		}
		slices.SortFunc(all, row.compare)
		if end != nil {
			known, there := slices.BinarySearchFunc(all, *end, row.compare)
			if there { // the end itself is known, too
				known++
			}
			if all = all[:known]; len(all) < n {
				continue
			}
		}
		return all[:min(n, len(all))], nil
	}
}

// counting is a part of a list that is counted ticket by ticket.
type counting struct {
	numbers []string
	long    bool // the list goes on behind them
	at      int  // so many of them were looked at
	seen    int  // and so many of those the officer may see
}

// total counts what the officer sees: plain lists by their length, and of each guarded one at most so many, among so many places. More says that a guarded list has
// another one that the officer may see. Whoever sees parts of every list, by grid or kind, is also told that one is longer than was looked at, when they see something of it:
// that says nothing of what is kept from them.
func (s *Store) total(ctx context.Context, k keys, o ticket.Officer, plain, guarded []string, most, places int) (n int, more bool, err error) {
	if o.Disabled || o.Role == ticket.Volunteer {
		return 0, false, nil
	}
	pipe := s.rdb.Pipeline()
	var sizes []*redis.IntCmd
	for _, l := range plain {
		sizes = append(sizes, pipe.ZCard(ctx, l))
	}
	var members []*redis.StringSliceCmd
	for _, l := range guarded {
		members = append(members, pipe.ZRange(ctx, l, 0, int64(places)))
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return 0, false, unavailable("count a list", err)
	}
	for _, size := range sizes {
		n += int(size.Val())
	}
	parts := make([]counting, len(members))
	for i, m := range members {
		parts[i] = counting{numbers: m.Val()[:min(len(m.Val()), places)], long: len(m.Val()) > places}
	}
	if err := s.count(ctx, k, o, parts, most); err != nil {
		return 0, false, err
	}
	for _, p := range parts {
		n += min(p.seen, most)
		more = more || p.seen > most || p.long && p.seen > 0 && len(plain) == 0
	}
	return n, more, nil
}

// count looks at tickets of all parts together, few at first, until the officer has seen more than so many of each or all were looked at.
func (s *Store) count(ctx context.Context, k keys, o ticket.Officer, parts []counting, most int) error {
	for few := most + 1; ; few *= 2 {
		var next []string
		for _, p := range parts {
			next = append(next, p.next(few, most)...)
		}
		if len(next) == 0 {
			return nil
		}
		headers, err := s.headers(ctx, k, next)
		if err != nil {
			return err
		}
		his := make(map[string]bool, len(headers))
		for _, h := range headers {
			his[string(h.Number)] = o.MaySee(h)
		}
		for i, p := range parts {
			for _, number := range p.next(few, most) {
				parts[i].at++
				if his[number] {
					parts[i].seen++
				}
			}
		}
	}
}

// next are those few that are looked at next; none when it is known already that there are more than so many.
func (p counting) next(few, most int) []string {
	if p.seen > most {
		return nil
	}
	return p.numbers[p.at:min(p.at+few, len(p.numbers))]
}
