package store

import (
	"context"
	"strconv"
	"strings"
)

// mostMemory is the share of Redis' memory, in percent, above which nothing more is taken in from residents: the rest is for officers and
// letters, so that the queue drains although nothing comes in, and for residents who leave or take something back.
const mostMemory = 90

// weigh looks at how full Redis is. A Redis without a limit, or one that does not tell, is never full; of a Cluster it looks at one node.
func (s *Store) weigh(ctx context.Context) {
	text, err := s.rdb.Info(ctx, "memory").Result()
	if err != nil {
		return // what was known last holds; whoever needs Redis is told by their own command
	}
	var used, most int64
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		n, err := strconv.ParseInt(value, 10, 64)
		switch {
		case err != nil:
		case name == "used_memory":
			used = n
		case name == "maxmemory":
			most = n
		}
	}
	s.full.Store(most > 0 && used >= most/100*mostMemory)
}
