package store

import (
	"cmp"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/ticket"
)

//go:embed seal.lua
var sealSource string

//go:embed unsealed.lua
var unsealedSource string

var (
	sealScript     = redis.NewScript(sealSource)
	unsealedScript = redis.NewScript(unsealedSource)
)

// Seal covers the newest entries of tickets. It says nothing of what they hold.
type seal struct {
	Seq   int       `json:"seq"` // 1 for the first
	At    time.Time `json:"at"`
	Heads []head    `json:"heads"`
	Prev  string    `json:"prev,omitempty"` // hash of the seal before
	Hash  string    `json:"hash"`
}

type head struct {
	Number ticket.Number `json:"number"`
	Seq    int           `json:"seq"`
	Hash   string        `json:"hash"`
}

// digest computes the hash of a seal, without looking at its Hash.
func (s seal) digest() (string, error) {
	s.Hash = ""
	b, err := json.Marshal(s)
	if err != nil {
		return "", fmt.Errorf("seal: %w", err)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), nil
}

// Seal chains the newest entries of all tickets that changed since the last seal. The seal goes to the seals' folder first and is on disk
// before Redis has it: whoever cuts the end off a history in Redis cannot cut it off there. Another front desk that seals at the same moment may come
// first; then it is done again, for that one may not have seen the newest entries.
func (s *Store) Seal(ctx context.Context, account string, now time.Time) error {
	for range attempts {
		if first, err := s.seal(ctx, account, now); err != nil || first {
			return err
		}
	}
	return fmt.Errorf("seal: %w: others always came first", ticket.ErrUnavailable)
}

// seal tries it once and says whether nobody came first.
func (s *Store) seal(ctx context.Context, account string, now time.Time) (bool, error) {
	if err := s.present(ctx); err != nil {
		return false, fmt.Errorf("seal: %w", err)
	}
	k := keysOf(account)
	// What is read is confirmed with it: a seal outside Redis must not cover what a failover undoes.
	open, err := s.run(ctx, unsealedScript, []string{k.unsealed(), k.seals(), k.touched()}, flag(s.replicas > 0)).StringSlice()
	if err != nil {
		return false, unavailable("seal", err)
	}
	if len(open) == 0 {
		return true, nil
	}
	var before seal
	if last := open[0]; last != "" {
		if err := json.Unmarshal([]byte(last), &before); err != nil {
			return false, fmt.Errorf("%w: the last seal cannot be read", ticket.ErrInvalid)
		}
	}
	if err := s.catchUp(ctx, k, account, before); err != nil {
		return false, err
	}
	if len(open) < 3 {
		return true, nil
	}
	next := seal{Seq: before.Seq + 1, At: now.UTC().Truncate(time.Millisecond), Prev: before.Hash}
	stay := 0
	if s.seals != "" {
		stay = sealsInRedis
	}
	args := []any{open[0], nil, stay}
	for i := 1; i+1 < len(open); i += 2 {
		n, v := open[i], open[i+1]
		seq, hash, _ := strings.Cut(v, ":")
		at, _ := strconv.Atoi(seq)
		next.Heads = append(next.Heads, head{ticket.Number(n), at, hash})
		args = append(args, n, v)
	}
	slices.SortFunc(next.Heads, func(a, b head) int { return cmp.Compare(a.Number, b.Number) })
	if next.Hash, err = next.digest(); err != nil {
		return false, err
	}
	line, err := json.Marshal(next)
	if err != nil {
		return false, fmt.Errorf("seal: %w", err)
	}
	if err := s.keepSeals(account, next); err != nil {
		return false, err
	}
	args[1] = line
	done, err := s.run(ctx, sealScript, []string{k.seals(), k.unsealed()}, args...).Int()
	if err != nil {
		return false, unavailable("seal", err)
	}
	return done == 1, nil
}
