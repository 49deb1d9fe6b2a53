package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/ticket"
)

// cacheDeadline bounds one call: the shape of the cache has no context.
const cacheDeadline = 2 * time.Second

// Cache shares an account's access token among replicas. It has the shape of silenceper's cache.Cache.
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

// IsExist says whether there is something under a key.
func (c *Cache) IsExist(key string) bool { return c.Get(key) != nil }

// Delete removes what is under a key; nothing there is no error.
func (c *Cache) Delete(key string) error {
	ctx, cancel := context.WithTimeout(context.Background(), cacheDeadline)
	defer cancel()
	if err := c.rdb.Del(ctx, c.keys.token(key)).Err(); err != nil && !errors.Is(err, redis.Nil) {
		return unavailable("forget a token", err)
	}
	return nil
}
