package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"

	"frontdesk/ticket"
)

// This file reads for a backup what changes together: a resident, where they stand in a conversation, their tickets with what became of each letter,
// their letters and their dead letters, in one transaction of Redis.

// walk remembers what a backup of one account has seen, by sixteen bytes each.
type walk struct {
	*backup
	account   string
	keys      keys
	residents map[[16]byte]bool
	tickets   map[[16]byte]bool
	dead      map[string]bool
	whose     map[string]string // residents of dead letters, by id; it never changes
}

func short(name string) [16]byte {
	sum := sha256.Sum256([]byte(name))
	return [16]byte(sum[:])
}

// residents writes every resident, what is known of files, and dead letters. Redis promises that a walk through its keys meets all that are there
// from its beginning to its end.
func (b *backup) residents(ctx context.Context, account string) error {
	k := keysOf(account)
	w := &walk{backup: b, account: account, keys: k, residents: map[[16]byte]bool{}, tickets: map[[16]byte]bool{}, dead: map[string]bool{},
		whose: map[string]string{}}
	if err := w.deadOfNobody(ctx, true); err != nil {
		return err
	}
	prefix := k.resident("")
	err := b.each(ctx, k, k.of("resident", "*"), func(names []string) error {
		for _, name := range names {
			openid := strings.TrimPrefix(name, prefix)
			for _, part := range []string{k.ofResident(""), k.mailbox(""), k.underWay("")} {
				openid = strings.TrimSuffix(openid, strings.TrimPrefix(part, prefix))
			}
			if err := w.resident(ctx, named(openid)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, openid := range w.whose { // a stranger whose first message died has nothing else
		if openid != "" {
			if err := w.resident(ctx, openid); err != nil {
				return err
			}
		}
	}
	if err := w.strays(ctx); err != nil {
		return err
	}
	if err := b.fileRecords(ctx, account); err != nil {
		return err
	}
	return w.deadOfNobody(ctx, false)
}

// ask finds out whose dead letters are.
func (w *walk) ask(ctx context.Context, ids []string) error {
	pipe := w.rdb.Pipeline()
	metas := map[string]*redis.StringCmd{}
	for _, id := range ids {
		if _, known := w.whose[id]; !known {
			metas[id] = pipe.HGet(ctx, w.keys.deadOne(id), deadMeta)
		}
	}
	if len(metas) == 0 {
		return nil
	}
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		return unavailable("back up dead letters", err)
	}
	for id, meta := range metas {
		var d ticket.Dead
		if decode([]byte(meta.Val()), &d) != nil { // gone, or not to be read: nobody's
			d.Resident = ""
		}
		w.whose[id] = d.Resident.Reveal()
	}
	return nil
}

// household is what is read in one transaction.
type household struct {
	me, mail  *redis.MapStringStringCmd
	letters   *redis.StringSliceCmd
	numbers   *redis.StringSliceCmd
	ids       *redis.StringSliceCmd
	histories []*history
	dead      map[string]*grave
}

// history is a ticket as it is read: its entries, and what became of its letters.
type history struct {
	number ticket.Number
	get    func() stored
}

// askHistory asks for a ticket within a transaction.
func askHistory(ctx context.Context, tx redis.Pipeliner, k keys, n ticket.Number) *history {
	return &history{n, readTicket(ctx, tx, k, n)}
}

// record is what is written of it, folded or not. A history that does not hold is written as it lies in Redis.
func (h *history) record(account string) (record, error) {
	was := h.get()
	r := record{Kind: recTicket, Account: account, Name: string(h.number), Hash: rawMap(was.deliveries)}
	t, deliveries, err := was.replay(h.number)
	if err != nil {
		if was.packed != "" {
			r.Lines = rawLines([]string{was.packed})
		}
		r.Lines = append(r.Lines, rawLines(was.lines)...)
		return r, nil
	}
	r.Entries = t.Entries
	for _, d := range deliveries {
		if _, beside := was.deliveries[d.Letter]; beside {
			continue
		}
		raw, err := encode(d)
		if err != nil {
			return r, err
		}
		if r.Hash == nil {
			r.Hash = map[string][]byte{}
		}
		r.Hash[d.Letter] = raw
	}
	return r, nil
}

// history writes one ticket.
func (w *walk) history(h *history) error {
	r, err := h.record(w.account)
	if err != nil {
		return err
	}
	return w.put(r)
}

// grave is a dead letter as it is read.
type grave struct {
	fields *redis.MapStringStringCmd
	at     *redis.FloatCmd
	rest   *redis.DurationCmd
}

func (w *walk) askGrave(ctx context.Context, tx redis.Pipeliner, id string) *grave {
	one := w.keys.deadOne(id)
	return &grave{tx.HGetAll(ctx, one), tx.ZScore(ctx, w.keys.dead(), id), tx.PTTL(ctx, one)}
}

// resident writes one resident, once.
func (w *walk) resident(ctx context.Context, openid string) error {
	if w.residents[short(openid)] {
		return nil
	}
	w.residents[short(openid)] = true
	for range attempts {
		h, err := w.read(ctx, openid)
		if errors.Is(err, ticket.ErrConflict) {
			continue
		}
		if err != nil {
			return err
		}
		return w.household(openid, h)
	}
	return fmt.Errorf("back up a resident: %w: their tickets never stood still", ticket.ErrUnavailable)
}

// read reads a resident; [ticket.ErrConflict] when tickets or dead letters came or went between the look at what there is and the transaction.
func (w *walk) read(ctx context.Context, openid string) (*household, error) {
	k := w.keys
	pipe := w.rdb.Pipeline()
	numbers, ids := pipe.ZRange(ctx, k.ofResident(openid), 0, -1), pipe.ZRange(ctx, k.dead(), 0, -1)
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, unavailable("back up a resident", err)
	}
	if err := w.ask(ctx, ids.Val()); err != nil {
		return nil, err
	}
	tx := w.rdb.TxPipeline()
	h := &household{
		me: tx.HGetAll(ctx, k.resident(openid)), mail: tx.HGetAll(ctx, k.mailbox(openid)), letters: tx.LRange(ctx, k.underWay(openid), 0, -1),
		numbers: tx.ZRange(ctx, k.ofResident(openid), 0, -1), ids: tx.ZRange(ctx, k.dead(), 0, -1), dead: map[string]*grave{},
	}
	for _, n := range numbers.Val() {
		h.histories = append(h.histories, askHistory(ctx, tx, k, ticket.Number(n)))
	}
	for _, id := range ids.Val() {
		if w.whose[id] == openid {
			h.dead[id] = w.askGrave(ctx, tx, id)
		}
	}
	if _, err := tx.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		return nil, unavailable("back up a resident", err)
	}
	if !slices.Equal(numbers.Val(), h.numbers.Val()) || !slices.Equal(ids.Val(), h.ids.Val()) {
		return nil, ticket.ErrConflict
	}
	return h, nil
}

// household writes what was read of a resident.
func (w *walk) household(openid string, h *household) error {
	for _, one := range h.histories {
		w.tickets[short(string(one.number))] = true
		if err := w.history(one); err != nil {
			return err
		}
	}
	for id, g := range h.dead {
		if err := w.grave(id, g); err != nil {
			return err
		}
	}
	r := record{Kind: recResident, Account: w.account, Name: openid, Hash: rawMap(h.me.Val()), Mail: rawMap(h.mail.Val()), Lines: rawLines(h.letters.Val())}
	if len(r.Hash)+len(r.Mail)+len(r.Lines) == 0 {
		return nil
	}
	return w.put(r)
}

// grave writes one dead letter, unless Redis has forgotten it.
func (w *walk) grave(id string, g *grave) error {
	if w.dead[id] || len(g.fields.Val()) == 0 {
		return nil
	}
	w.dead[id] = true
	return w.put(record{Kind: recDead, Account: w.account, Name: id, Hash: rawMap(g.fields.Val()), At: instant(fmt.Sprint(int64(g.at.Val()))),
		Until: until(w.clock(), g.rest.Val())})
}

// strays writes tickets that no resident's list led to: of residents who came meanwhile, or of a list that is damaged.
func (w *walk) strays(ctx context.Context) error {
	return w.each(ctx, w.keys, w.keys.of("ticket", "*"), func(names []string) error {
		for _, name := range names {
			n, _, _ := strings.Cut(strings.TrimPrefix(name, w.keys.ticket("")), ":")
			if n == "" || w.tickets[short(n)] {
				continue
			}
			if err := w.stray(ctx, ticket.Number(n)); err != nil {
				return err
			}
		}
		return nil
	})
}

func (w *walk) stray(ctx context.Context, n ticket.Number) error {
	h, err := w.header(ctx, w.keys, n)
	if err == nil {
		err = w.resident(ctx, h.Resident.Reveal())
	}
	if err != nil && !errors.Is(err, ticket.ErrNotFound) && !errors.Is(err, ticket.ErrInvalid) {
		return err
	}
	if w.tickets[short(string(n))] {
		return nil
	}
	w.tickets[short(string(n))] = true
	tx := w.rdb.TxPipeline()
	one := askHistory(ctx, tx, w.keys, n)
	if _, err := tx.Exec(ctx); err != nil {
		return unavailable("back up a ticket", err)
	}
	return w.history(one)
}

// deadOfNobody writes dead letters that are read with no resident: first those that are no resident's, files and bodies that nobody could read,
// before whatever may come of them is read; at the end those that are left, which died meanwhile, behind whatever they were before. So none is missing
// that is put through, or dies, while the backup is made; some are in it alive as well.
func (w *walk) deadOfNobody(ctx context.Context, first bool) error {
	ids, err := w.rdb.ZRange(ctx, w.keys.dead(), 0, -1).Result()
	if err != nil {
		return unavailable("back up dead letters", err)
	}
	if err := w.ask(ctx, ids); err != nil {
		return err
	}
	for _, id := range ids {
		if w.dead[id] || first && w.whose[id] != "" {
			continue
		}
		tx := w.rdb.TxPipeline()
		g := w.askGrave(ctx, tx, id)
		if _, err := tx.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
			return unavailable("back up dead letters", err)
		}
		if err := w.grave(id, g); err != nil {
			return err
		}
	}
	return nil
}

func rawMap(m map[string]string) map[string][]byte {
	if len(m) == 0 {
		return nil
	}
	raw := make(map[string][]byte, len(m))
	for k, v := range m {
		raw[k] = []byte(v)
	}
	return raw
}

func rawLines(lines []string) [][]byte {
	raw := make([][]byte, len(lines))
	for i, line := range lines {
		raw[i] = []byte(line)
	}
	return raw
}
