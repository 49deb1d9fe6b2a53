package store

import (
	"context"
	"strconv"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"
)

// mostMemory is the share of Redis' memory, in percent, above which nothing more is taken in from residents: the rest is for officers and
// letters, so that the queue drains although nothing comes in, and for residents who leave or take something back.
const mostMemory = 90

// weigh looks at how full Redis is; of a Cluster, at each primary by itself: an account fills one. A Redis without a limit, or one that does
// not tell, is never full.
func (s *Store) weigh(ctx context.Context) {
	before, full := s.full.Load(), make(map[string]bool)
	var mu sync.Mutex
	look := func(ctx context.Context, c *redis.Client) error {
		text, err := c.Info(ctx, "memory").Result()
		addr := c.Options().Addr
		mu.Lock()
		defer mu.Unlock()
		if full[addr] = err == nil && tooFull(text); err != nil && before != nil { // what was known last holds
			full[addr] = (*before)[addr]
		}
		return nil
	}
	var err error
	switch c := s.rdb.(type) {
	case *redis.ClusterClient:
		err = c.ForEachMaster(ctx, look)
	case *redis.Client:
		err = look(ctx, c)
	default:
		return
	}
	if err == nil { // else whoever needs Redis is told by their own command
		s.full.Store(&full)
	}
}

// isFull says whether the node that holds a key had too little memory left when it was looked at last.
func (s *Store) isFull(ctx context.Context, key string) bool {
	full := s.full.Load()
	if full == nil {
		return false
	}
	switch c := s.rdb.(type) {
	case *redis.ClusterClient:
		for _, one := range *full { // nearly always none is, and no node has to be found
			if one {
				n, err := c.MasterForKey(ctx, key)
				return err == nil && (*full)[n.Options().Addr]
			}
		}
	case *redis.Client:
		return (*full)[c.Options().Addr]
	}
	return false
}

// tooFull reads what a Redis tells about its memory.
func tooFull(info string) bool {
	var used, most int64
	for line := range strings.Lines(info) {
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
	return most > 0 && used >= most/100*mostMemory
}
