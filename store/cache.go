package store

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/ticket"
)

//go:embed swap.lua
var swapSource string

var swapScript = redis.NewScript(swapSource)

// cacheDeadline bounds one call: the shape of the cache has no context.
const cacheDeadline = 2 * time.Second

// Cache shares an account's access token among replicas.
type Cache struct {
	rdb  redis.UniversalClient
	keys keys
}

// Cache gives the token cache of an account.
func (s *Store) Cache(account string) *Cache { return &Cache{s.rdb, keysOf(account)} }

// Get gives a string, or nil when there is none or Redis does not answer: the caller then fetches a token.
func (c *Cache) Get(key string) any {
	ctx, cancel := context.WithTimeout(context.Background(), cacheDeadline)
	defer cancel()
	v, err := c.rdb.Get(ctx, c.keys.token(key)).Result()
	if err != nil {
		return nil
	}
	return v
}

// Set keeps a string for a time. A time that is not positive is [ticket.ErrInvalid]: nothing is kept for ever.
func (c *Cache) Set(key string, val any, timeout time.Duration) error {
	text, ok := val.(string)
	if timeout <= 0 || !ok {
		return fmt.Errorf("%w: the cache keeps strings for a while", ticket.ErrInvalid)
	}
	ctx, cancel := context.WithTimeout(context.Background(), cacheDeadline)
	defer cancel()
	if err := c.rdb.Set(ctx, c.keys.token(key), text, timeout).Err(); err != nil {
		return unavailable("keep a token", err)
	}
	return nil
}

// Swap keeps a string as Set does, in one step, if there is nothing or was; false when there was something else, which stays.
func (c *Cache) Swap(key, was, val string, timeout time.Duration) (bool, error) {
	if timeout <= 0 {
		return false, fmt.Errorf("%w: the cache keeps strings for a while", ticket.ErrInvalid)
	}
	ctx, cancel := context.WithTimeout(context.Background(), cacheDeadline)
	defer cancel()
	n, err := swapScript.Run(ctx, c.rdb, []string{c.keys.token(key)}, was, val, timeout.Milliseconds()).Int()
	if err != nil {
		return false, unavailable("keep a token", err)
	}
	return n == 1, nil
}

// Delete removes what is under a key; nothing there is no error.
func (c *Cache) Delete(key string) error {
	ctx, cancel := context.WithTimeout(context.Background(), cacheDeadline)
	defer cancel()
	if err := c.rdb.Del(ctx, c.keys.token(key)).Err(); err != nil && !errors.Is(err, redis.Nil) {
		return unavailable("forget a token", err)
	}
	return nil
}
