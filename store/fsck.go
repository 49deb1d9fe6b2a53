package store

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"

	"frontdesk/ticket"
)

// Fsck makes everything anew from the histories and says in words where what is stored differs. It changes nothing. A ticket that moves
// while it is looked at is looked at again: only what differs twice is told.
func (s *Store) Fsck(ctx context.Context, account string) ([]string, error) {
	first, err := s.inspect(ctx, account)
	if err != nil || len(first) == 0 {
		return nil, err
	}
	second, err := s.inspect(ctx, account)
	if err != nil {
		return nil, err
	}
	var both []string
	for _, d := range second {
		if has(first, d) {
			both = append(both, d)
		}
	}
	return both, nil
}

// recount is what must be there, made from histories.
type recount struct {
	lists    map[string]map[string]float64 // sorted sets: lists, timers, residents' tickets
	counters map[string]map[string]int     // by day and field
	chains   map[ticket.Number]string      // links of entries, one after the other
	unfolded []string                      // tickets that are over and not folded
	ended    map[string]bool               // stations at which a ticket is over
	sealed   []seal                        // in Redis, without what they cover
	sealedTo map[ticket.Number]int         // the last entry that a seal covers
	pending  map[string]ticket.Number      // files that are to be fetched

	buried    map[string]bool // residents to whom a letter died that does not say which it was
	fromFirst bool            // the seals that are kept begin with the first one
	found     []string        // differences
}

func (r *recount) differ(format string, args ...any) {
	r.found = append(r.found, fmt.Sprintf(format, args...))
}

func (r *recount) put(list, member string, score float64) {
	if r.lists[list] == nil {
		r.lists[list] = make(map[string]float64)
	}
	r.lists[list][member] = score
}

func (s *Store) inspect(ctx context.Context, account string) ([]string, error) {
	k := keysOf(account)
	r := &recount{lists: map[string]map[string]float64{}, counters: map[string]map[string]int{}, chains: map[ticket.Number]string{},
		sealedTo: map[ticket.Number]int{}, pending: map[string]ticket.Number{}, ended: map[string]bool{}, buried: map[string]bool{}}
	r.lists[k.timers()] = map[string]float64{}
	dead, err := s.DeadLetters(ctx, account)
	if err != nil {
		return nil, fmt.Errorf("fsck: %w", err)
	}
	for _, d := range dead {
		if d.Where == ticket.AtSender && strings.HasPrefix(d.Identity.Reveal(), unnamed) {
			r.buried[d.Resident.Reveal()] = true
		}
	}
	numbers, err := s.numbers(ctx, k)
	if err != nil {
		return nil, err
	}
	for part := range slices.Chunk(numbers, together) {
		if err := s.recount(ctx, k, part, r); err != nil {
			return nil, err
		}
	}
	for _, compare := range []func(context.Context, keys, *recount) error{s.compareLists, s.compareEnded, s.compareFolds, s.compareCounters, s.compareSeals} {
		if err := compare(ctx, k, r); err != nil {
			return nil, err
		}
	}
	if s.seals != "" {
		if err := s.compareKept(account, r); err != nil {
			return nil, err
		}
	}
	if err := s.compareWork(ctx, k, r); err != nil {
		return nil, err
	}
	slices.Sort(r.found)
	return slices.Compact(r.found), nil
}

// together is how many keys are asked for in one go.
const together = 100

// numbers names the tickets of which anything is there, sorted.
func (s *Store) numbers(ctx context.Context, k keys) ([]ticket.Number, error) {
	names, err := s.scan(ctx, k, k.of("ticket", "*"))
	if err != nil {
		return nil, err
	}
	var list []ticket.Number
	for _, name := range names {
		n, _, _ := strings.Cut(strings.TrimPrefix(name, k.ticket("")), ":") // of a ticket's own key, or of one below it
		if n != "" {                                                        // letters about no ticket
			list = append(list, ticket.Number(n))
		}
	}
	return slices.Compact(list), nil
}

// recount replays tickets and adds what follows from them.
func (s *Store) recount(ctx context.Context, k keys, numbers []ticket.Number, r *recount) error {
	pipe := s.rdb.TxPipeline()
	got := make([]func() stored, len(numbers))
	for i, n := range numbers {
		got[i] = readTicket(ctx, pipe, k, n)
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return unavailable("fsck", err)
	}
	for i, n := range numbers {
		was := got[i]()
		if err := r.add(k, n, was); err != nil {
			return err
		}
		h, err := decodeHeader(n, []byte(cmp.Or(was.header, was.packed)))
		if err != nil { // add has said so
			continue
		}
		if err := s.compareLetters(ctx, k, h, slices.Collect(maps.Values(was.deliveries)), r); err != nil {
			return err
		}
	}
	return nil
}

// add replays one ticket and adds what follows from it.
func (r *recount) add(k keys, n ticket.Number, was stored) error {
	r.chains[n] = ""
	r.asWritten(n, was.lines)
	was.deliveries = nil // they follow from no history
	t, _, err := was.replay(n)
	if errors.Is(err, ticket.ErrNotFound) && was.version == "" && was.header == "" {
		r.differ("ticket %s: there is nothing but what became of its letters", n)
		return nil
	}
	if err != nil {
		r.differ("ticket %s: its history does not hold: %v", n, err)
		return nil
	}
	if h, err := decodeHeader(n, []byte(cmp.Or(was.header, was.packed))); err != nil {
		r.differ("ticket %s: its header cannot be read", n)
	} else if fields := differing(t.Header, h); fields != "" {
		r.differ("ticket %s: its header differs from its history in %s", n, fields)
	}
	if was.version != mark(t.Header) {
		r.differ("ticket %s: its version is %q, its history has %q", n, was.version, mark(t.Header))
	}
	if !foldTime(t.Header).IsZero() && len(was.lines) > 0 {
		r.unfolded = append(r.unfolded, string(n))
	}
	for list, score := range places(k, t.Header) {
		r.put(list, string(n), score)
	}
	if !t.Status.Open() {
		r.ended[t.Station] = true
	}
	if at, _ := t.Wake(); !at.IsZero() {
		r.put(k.timers(), string(n), float64(at.UnixMilli()))
	}
	r.expecting(t)
	r.put(k.ofResident(t.Resident.Reveal()), string(n), float64(t.CreatedAt.UnixMilli()))
	step := ticket.Header{Number: n}
	for _, e := range t.Entries {
		if step, err = step.Apply(e); err != nil {
			return fmt.Errorf("fsck ticket %s: %w", n, err)
		}
		r.chains[n] += link(e.Hash)
		for _, c := range ticket.Tally(step, e) {
			if r.counters[c.Day] == nil {
				r.counters[c.Day] = make(map[string]int)
			}
			r.counters[c.Day][counter(c)]++
		}
	}
	return nil
}

// linkSize is how much of each hash is remembered to compare it with the seals: as much as nobody can forge.
const linkSize = 16

// link is what is remembered of a hash.
func link(hash string) string {
	b, err := hex.DecodeString(hash[:min(len(hash), 2*linkSize)])
	if err != nil || len(b) != linkSize {
		return strings.Repeat("\x00", linkSize)
	}
	return string(b)
}

// differing names the fields in which two headers differ, never what they hold.
func differing(a, b ticket.Header) string {
	if a == b { // nearly always
		return ""
	}
	var fields [2]map[string]json.RawMessage
	for i, h := range []ticket.Header{a, b} {
		text, err := encode(h)
		if err != nil || json.Unmarshal(text, &fields[i]) != nil {
			return "everything"
		}
	}
	var names []string
	for name := range fields[0] {
		if string(fields[0][name]) != string(fields[1][name]) {
			names = append(names, name)
		}
	}
	for name := range fields[1] {
		if _, ok := fields[0][name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// compareLists compares every sorted set that follows from histories, and looks for lists that should be empty.
func (s *Store) compareLists(ctx context.Context, k keys, r *recount) error {
	for _, pattern := range []string{k.of("list", "*"), k.of("guarded", "*")} {
		names, err := s.scan(ctx, k, pattern)
		if err != nil {
			return err
		}
		for _, name := range names {
			if r.lists[name] == nil {
				r.lists[name] = map[string]float64{}
			}
		}
	}
	for part := range slices.Chunk(slices.Sorted(maps.Keys(r.lists)), together) {
		pipe := s.rdb.Pipeline()
		rows := make([]*redis.ZSliceCmd, len(part))
		for i, list := range part {
			rows[i] = pipe.ZRangeWithScores(ctx, list, 0, -1)
		}
		if _, err := pipe.Exec(ctx); err != nil {
			return unavailable("fsck", err)
		}
		for i, list := range part {
			r.compareList(k, list, rows[i].Val())
		}
	}
	return nil
}

// compareList compares one.
func (r *recount) compareList(k keys, list string, rows []redis.Z) {
	title := strings.TrimPrefix(list, string(k))
	if strings.HasPrefix(title, "resident:") { // holds an openid
		title = "a resident's tickets"
	}
	want, stored := r.lists[list], map[string]bool{}
	for _, z := range rows {
		n, _ := z.Member.(string)
		stored[n] = true
		score, ok := want[n]
		switch {
		case !ok:
			r.differ("%s: holds %s, which does not belong there", title, n)
		case score != z.Score:
			r.differ("%s: %s stands at the wrong place", title, n)
		}
	}
	for n := range want {
		if !stored[n] {
			r.differ("%s: %s is missing", title, n)
		}
	}
}

// scan names the keys of a pattern, on the node that holds the account.
func (s *Store) scan(ctx context.Context, k keys, pattern string) ([]string, error) {
	node := redis.Cmdable(s.rdb)
	if cluster, ok := s.rdb.(*redis.ClusterClient); ok {
		master, err := cluster.MasterForKey(ctx, k.folds())
		if err != nil {
			return nil, unavailable("fsck", err)
		}
		node = master
	}
	var names []string
	var cursor uint64
	for {
		part, next, err := node.Scan(ctx, cursor, pattern, 1000).Result()
		if err != nil {
			return nil, unavailable("fsck", err)
		}
		names = append(names, part...)
		if cursor = next; cursor == 0 {
			slices.Sort(names)
			return slices.Compact(names), nil
		}
	}
}

// compareSeals checks the chain of seals in Redis and that every entry they cover is still there.
func (s *Store) compareSeals(ctx context.Context, k keys, r *recount) error {
	lines, err := s.rdb.LRange(ctx, k.seals(), 0, -1).Result()
	if err != nil {
		return unavailable("fsck", err)
	}
	for i, line := range lines {
		var one seal
		if json.Unmarshal([]byte(line), &one) != nil {
			r.differ("a seal cannot be read, %d before the last", len(lines)-1-i)
			continue
		}
		before := seal{Seq: one.Seq - 1, Hash: one.Prev}
		if n := len(r.sealed); n > 0 {
			before = r.sealed[n-1]
		}
		if sum, err := one.digest(); err != nil || sum != one.Hash || one.Prev != before.Hash || one.Seq != before.Seq+1 || one.Seq == 1 && one.Prev != "" {
			r.differ("seal %d does not hold", one.Seq)
		}
		r.covered(one, "seal")
		one.Heads = nil
		r.sealed = append(r.sealed, one)
	}
	if len(r.sealed) > 0 && r.sealed[0].Seq > 1 && len(lines) < sealsInRedis {
		r.differ("the seals before %d are gone", r.sealed[0].Seq)
	}
	return nil
}
