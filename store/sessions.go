package store

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
)

// Sessions keeps who is signed in to the console, on any kind of Redis. It is a store of alexedwards/scs that keeps a session for longer than that asks: whoever
// uses it ends a session by a clock that does not jump.
type Sessions struct{ rdb redis.UniversalClient }

// Sessions gives the console's sessions.
func (s *Store) Sessions() *Sessions { return &Sessions{s.rdb} }

func sessionKey(token string) string { return "frontdesk:session:" + token }

// FindCtx gives what is kept under a token; false when there is nothing.
func (s *Sessions) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	b, err := s.rdb.Get(ctx, sessionKey(token)).Bytes()
	switch {
	case errors.Is(err, redis.Nil):
		return nil, false, nil
	case err != nil:
		return nil, false, unavailable("load a session", err)
	}
	return b, true, nil
}

// sessionSpare is how much longer than asked a session is kept: the clock of Redis, or of the machine by which its end was reckoned, may be put a day ahead, and
// back.
const sessionSpare = 25 * time.Hour

// CommitCtx keeps a session until its expiry and [sessionSpare] longer, also when that seems to be over. Redis is told how long that is and not when,
// because its clock may be another one.
func (s *Sessions) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	left := max(time.Until(expiry), 0) + sessionSpare
	if err := s.rdb.Set(ctx, sessionKey(token), b, left).Err(); err != nil {
		return unavailable("keep a session", err)
	}
	return nil
}

// DeleteCtx ends a session; none under that token is no error.
func (s *Sessions) DeleteCtx(ctx context.Context, token string) error {
	if err := s.rdb.Del(ctx, sessionKey(token)).Err(); err != nil {
		return unavailable("end a session", err)
	}
	return nil
}

// Find is [Sessions.FindCtx] for callers without a context.
func (s *Sessions) Find(token string) ([]byte, bool, error) {
	ctx, cancel := context.WithTimeout(context.Background(), wireTimeout)
	defer cancel()
	return s.FindCtx(ctx, token)
}

// Commit is [Sessions.CommitCtx] for callers without a context.
func (s *Sessions) Commit(token string, b []byte, expiry time.Time) error {
	ctx, cancel := context.WithTimeout(context.Background(), wireTimeout)
	defer cancel()
	return s.CommitCtx(ctx, token, b, expiry)
}

// Delete is [Sessions.DeleteCtx] for callers without a context.
func (s *Sessions) Delete(token string) error {
	ctx, cancel := context.WithTimeout(context.Background(), wireTimeout)
	defer cancel()
	return s.DeleteCtx(ctx, token)
}
