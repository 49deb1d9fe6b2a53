package store

import (
	"context"
	_ "embed"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/ticket"
)

//go:embed commit.lua
var commitSource string

var commitScript = redis.NewScript(commitSource)

// remembered is how long the result of a request is kept under its identity, by Redis' own clock: far longer than the platform or a browser
// repeats one, and still an hour when that clock is put a day ahead at once.
const remembered = 25 * time.Hour

// commit is a transaction being put together.
type commit struct {
	keys    keys
	names   []string // KEYS, the first two fixed
	guards  []any
	nGuards int
	cmds    []any
	nCmds   int
	reads   bool     // a failed guard reads the resident back
	wakes   []string // lists of work that it adds to
}

// newCommit begins a transaction whose result is kept under that key. With a resident, a failed guard reads them back.
func newCommit(k keys, result, openid string) *commit {
	return &commit{keys: k, names: append(make([]string, 0, 16), result, k.resident(openid)), reads: openid != "",
		guards: make([]any, 0, 6), cmds: make([]any, 0, 32)} // as much as a message that opens nothing needs
}

// key is where in KEYS a name stands, from 1. There are few: looking through them costs less than a map.
func (c *commit) key(name string) int {
	if i := slices.Index(c.names, name); i >= 0 {
		return i + 1
	}
	c.names = append(c.names, name)
	return len(c.names)
}

// guard demands that a field of a hash has that value now; the empty value demands that there is none.
func (c *commit) guard(key, field, want string) {
	c.guards = append(c.guards, c.key(key), field, want)
	c.nGuards++
}

// atRandom is by how much the version of a resident's record goes on. A failover of Redis may undo a change that somebody remembers, and another one
// then follows the same record: with steps of one it would have the same version, and what was undone would be put in its place.
func atRandom() int64 { return 1 + rand.Int64N(1<<20) }

// version demands that a versioned hash is at that version; 0 demands that it does not exist.
func (c *commit) version(key string, v int64) {
	want := ""
	if v > 0 {
		want = strconv.FormatInt(v, 10)
	}
	c.guard(key, "v", want)
}

// do adds a command on one key.
func (c *commit) do(name, key string, args ...any) {
	c.cmds = append(c.cmds, name, c.key(key), len(args))
	c.cmds = append(c.cmds, args...)
	c.nCmds++
}

// verdict is what became of a transaction.
type verdict struct {
	seen   bool
	result string // of the first time, when seen
	stale  bool
	fresh  []any // what a stale one read back of the resident
}

// run commits. The error wraps [ticket.ErrUnavailable]; then it is open whether the commit happened and stays, and the same identity tells.
func (c *commit) run(ctx context.Context, s *Store, result []byte) (verdict, error) {
	if err := s.sound(ctx); err != nil {
		return verdict{}, fmt.Errorf("commit: %w", err)
	}
	mode := ""
	if c.reads {
		mode = "resident"
	}
	args := make([]any, 0, 7+len(c.guards)+len(c.cmds))
	args = append(args, result, int(remembered/time.Second), mode, c.keys.ticket(""), flag(s.replicas > 0), c.nGuards)
	args = append(append(append(args, c.guards...), c.nCmds), c.cmds...)
	reply, err := s.run(ctx, commitScript, c.names, args...).Slice()
	if err != nil {
		return verdict{}, unavailable("commit", err)
	}
	switch {
	case len(reply) == 1 && reply[0] == "done":
		for _, list := range c.wakes {
			s.nudges.give(list)
		}
		return verdict{}, nil
	case len(reply) == 2 && reply[0] == "seen":
		s, _ := reply[1].(string)
		return verdict{seen: true, result: s}, nil
	case len(reply) >= 1 && reply[0] == "stale":
		return verdict{stale: true, fresh: reply[1:]}, nil
	}
	return verdict{}, fmt.Errorf("%w: commit gave an answer that is none", ticket.ErrUnavailable)
}
