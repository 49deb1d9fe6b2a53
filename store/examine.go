package store

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"time"

	"frontdesk/ticket"
)

// This file checks what a backup holds: that the histories hold, that everything that seals cover is there, and that no file is missing.

// Report is what is known of a backup after it was read, or written.
type Report struct {
	ID       string    // of the backup
	Began    time.Time // everything confirmed until then is in it
	Ended    time.Time
	Accounts []string
	Counts   Counts
	Damage   []string // what does not hold: histories, seals, bytes of files
	Notes    []string // what an operator should know
}

// digest32 is a SHA-256, small enough to hold very many.
type digest32 [sha256.Size]byte

func parseDigest(text string) (d digest32, ok bool) {
	n, err := hex.Decode(d[:], []byte(text[:min(len(text), 2*len(d))]))
	return d, err == nil && n == len(d) && len(text) == 2*len(d)
}

// covered is an entry that a seal covers.
type covered struct {
	seq    int
	hash   digest32
	sealed bool // by a seal in Redis: a new seal need not cover it
}

// examiner looks at records as they are written or read. It holds a few dozen bytes for each entry that a seal names and for each file.
type examiner struct {
	report Report
	seals  map[string]seal                        // the last one in Redis, by account
	heads  map[string]map[ticket.Number][]covered // by account
	whole  map[string]map[ticket.Number]bool      // tickets of those that were seen
	wanted map[digest32]bool                      // files that tickets show; true: seen
	media  bool                                   // bytes of files are in it

	elsewhere string                       // folder of seals that somebody else kept; empty: none
	officers  map[string][]byte            // records by id
	kept      map[string]map[digest32]bool // lines of seals outside Redis, by account
	joints    map[string]*joint            // by account
	numbers   map[string][]int             // of seals in Redis and outside, by account
	lines     map[string]int               // of seals outside Redis, by account
}

// joint is where the seals in Redis, which holds the newest only, follow those that are kept outside.
type joint struct {
	oldest         seal // in Redis
	inRedis        int
	there, follows bool // the one before it is kept; it is the one that oldest names
}

func newExaminer() *examiner {
	return &examiner{
		seals: map[string]seal{}, heads: map[string]map[ticket.Number][]covered{}, whole: map[string]map[ticket.Number]bool{},
		wanted: map[digest32]bool{}, officers: map[string][]byte{}, kept: map[string]map[digest32]bool{}, joints: map[string]*joint{}, numbers: map[string][]int{}, lines: map[string]int{},
	}
}

func (x *examiner) damage(format string, args ...any) {
	x.report.Damage = append(x.report.Damage, fmt.Sprintf(format, args...))
}

// see looks at one record; data are the bytes of a file, nil when whoever wrote them has looked at them.
func (x *examiner) see(r record, data io.Reader) error {
	x.report.Counts.count(r)
	switch r.Kind {
	case recFirst:
		x.report.ID, x.report.Began, x.media = r.Name, r.At, r.Media
	case recAccount:
		if !plainName.MatchString(r.Name) {
			return fmt.Errorf("%w: an account's id that no backup holds", ticket.ErrInvalid)
		}
		x.report.Accounts = append(x.report.Accounts, r.Name)
		x.heads[r.Name], x.whole[r.Name] = map[ticket.Number][]covered{}, map[ticket.Number]bool{}
		x.kept[r.Name] = map[digest32]bool{}
		return x.others(r.Name)
	case recOfficer:
		x.officers[r.Name] = r.Value
	case recKept, recSeal:
		if kept := x.kept[r.Account]; kept != nil {
			kept[sha256.Sum256(r.Value)] = true
		}
		x.seal(r)
	case recTicket:
		x.ticket(r)
	case recMedia:
		return x.file(r, data)
	case recLast:
		x.last(r)
	}
	return nil
}

// others remembers what the seals of an account cover that somebody else kept until the backup began: all of that must be in it.
func (x *examiner) others(account string) error {
	if x.elsewhere == "" {
		return nil
	}
	return linesOf(filepath.Join(x.elsewhere, account+".seals"), func(line []byte) error {
		var one seal
		if json.Unmarshal(line, &one) != nil || !one.At.Before(x.report.Began) {
			return nil
		}
		if sum, err := one.digest(); err != nil || sum != one.Hash {
			x.damage("%s: the seal %d that was kept elsewhere does not hold", account, one.Seq)
		}
		x.cover(account, one, false)
		return nil
	})
}

// seal remembers what a seal covers.
func (x *examiner) seal(r record) {
	var one seal
	err := json.Unmarshal(r.Value, &one)
	if r.Kind == recKept {
		if x.lines[r.Account]++; err != nil { // one that a power cut tore is not in a backup
			x.damage("%s: line %d of the kept seals cannot be read", r.Account, x.lines[r.Account])
			return
		}
	}
	x.numbers[r.Account] = append(x.numbers[r.Account], one.Seq)
	sum, bad := one.digest()
	kept := r.Kind == recKept
	j, begun := x.joints[r.Account]
	if !begun {
		j = &joint{}
		x.joints[r.Account] = j
	}
	before, known := x.seals[r.Account]
	switch {
	case kept && one.Seq == j.oldest.Seq-1:
		j.there, j.follows = true, j.follows || one.Hash == j.oldest.Prev
	case !kept && !known:
		j.oldest = one
		if one.Seq > 1 {
			before = seal{Seq: one.Seq - 1, Hash: one.Prev}
		}
	}
	if err != nil || bad != nil || sum != one.Hash || !kept && (one.Prev != before.Hash || one.Seq != before.Seq+1) {
		x.damage("%s: %s %d does not hold", r.Account, map[bool]string{true: "kept seal", false: "seal"}[kept], one.Seq)
	}
	if !kept {
		j.inRedis++
		x.seals[r.Account] = one
	}
	x.cover(r.Account, one, !kept || one.Seq < j.oldest.Seq)
}

// cover remembers what one seal covers.
func (x *examiner) cover(account string, one seal, inRedis bool) {
	heads := x.heads[account]
	for _, h := range one.Heads {
		hash, ok := parseDigest(h.Hash)
		if heads == nil || !ok {
			continue // an account that is not announced: its tickets are told as damaged
		}
		i := slices.IndexFunc(heads[h.Number], func(c covered) bool { return c.seq == h.Seq && c.hash == hash })
		switch {
		case i < 0:
			heads[h.Number] = append(heads[h.Number], covered{h.Seq, hash, inRedis})
		case inRedis:
			heads[h.Number][i].sealed = true
		}
	}
}

// ticket replays a history and compares it with the seals.
func (x *examiner) ticket(r record) {
	n := ticket.Number(r.Name)
	seen := x.whole[r.Account]
	if seen == nil || seen[n] {
		x.damage("ticket %s: it is there twice, or of an account that is not", n)
		return
	}
	seen[n] = true
	t, err := ticket.Replay(n, r.Entries)
	switch {
	case len(r.Lines) > 0:
		x.damage("ticket %s: its history cannot be read", n)
		return
	case err != nil:
		x.damage("ticket %s: its history does not hold: %v", n, err)
		return
	case t.Account != r.Account:
		x.damage("ticket %s: it belongs to another account", n)
	}
	for _, c := range x.heads[r.Account][n] {
		if c.seq < 1 || c.seq > len(r.Entries) || hex.EncodeToString(c.hash[:]) != r.Entries[c.seq-1].Hash {
			x.damage("ticket %s: entry %d, which is sealed, is cut off or edited", n, c.seq)
		}
	}
	for _, m := range t.Media {
		if d, ok := parseDigest(m.Digest); ok && m.State == ticket.MediaKept {
			if _, asked := x.wanted[d]; !asked {
				x.wanted[d] = false
			}
		}
	}
}

// file compares bytes with their name.
func (x *examiner) file(r record, data io.Reader) error {
	want, ok := parseDigest(r.Name)
	if !ok {
		return errDamaged
	}
	x.wanted[want] = true
	if data == nil {
		return nil
	}
	sum := sha256.New()
	if n, err := io.Copy(sum, data); err != nil || n != r.Bytes {
		return fmt.Errorf("%w: file %s", errDamaged, r.Name)
	}
	if digest32(sum.Sum(nil)) != want {
		x.damage("file %s: its bytes are others", r.Name)
	}
	return nil
}

// last looks for what never came.
func (x *examiner) last(r record) {
	x.report.Ended = r.At
	for account, heads := range x.heads {
		for n, list := range heads {
			if !x.whole[account][n] {
				x.damage("ticket %s: %d sealed entries are gone with it", n, len(list))
			}
		}
	}
	for account, j := range x.joints {
		if j.oldest.Seq > 1 && j.inRedis < sealsInRedis {
			x.damage("%s: the seals before %d are gone", account, j.oldest.Seq)
		}
		if j.there && !j.follows {
			x.damage("%s: seal %d does not follow the one that is kept", account, j.oldest.Seq)
		}
	}
	slices.Sort(x.report.Damage)
	for _, account := range x.report.Accounts {
		for _, gap := range missing(x.numbers[account]) { // a machine that came later, or was away, has none of that time
			x.report.Notes = append(x.report.Notes, account+": "+gap)
		}
	}
	unseen := 0
	for _, seen := range x.wanted {
		if !seen {
			unseen++
		}
	}
	switch {
	case !x.media:
		x.report.Notes = append(x.report.Notes, fmt.Sprintf("it was made without the bytes of residents' files; tickets show %d, copy data/media yourself", len(x.wanted)))
	case unseen > 0:
		x.report.Notes = append(x.report.Notes, fmt.Sprintf("tickets show %d files whose bytes are not in it", unseen))
	}
}

// newest says whether an entry is the newest that a seal in Redis covers.
func (x *examiner) newest(account string, n ticket.Number, e ticket.Entry) bool {
	return slices.ContainsFunc(x.heads[account][n], func(c covered) bool {
		return c.sealed && c.seq == e.Seq && hex.EncodeToString(c.hash[:]) == e.Hash
	})
}

// Examine reads a backup to its end and says what it holds. elsewhere is a folder of seals that were kept where nobody who could change the backup
// could change them; empty: none. The error wraps [ticket.ErrInvalid] when it is not byte for byte as it was written. It needs no Redis.
func Examine(from io.Reader, elsewhere string) (Report, error) {
	x := newExaminer()
	x.elsewhere = elsewhere
	err := readArchive(from, x.see)
	return x.report, err
}
