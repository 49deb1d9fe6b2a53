package store

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
)

// Sessions keeps who is signed in to the console, on any kind of Redis. It is a store of alexedwards/scs that keeps a session for longer than that asks: whoever
// uses it ends a session by a clock that does not jump.
type Sessions struct{ store *Store }

// Sessions gives the console's sessions.
func (s *Store) Sessions() *Sessions { return &Sessions{s} }

// What a failover undid would be a sign-in that was shown to have worked, or a session that goes on although its officer signed out: both are confirmed as tickets are,
// and both write, because replicas can only confirm what was written. An ended session is an empty one for ten minutes, longer than any request lasts: one that was under way
// when it ended does not begin it again, and who is not certain can end it once more.
var (
	keepSessionScript = redis.NewScript(`local was = redis.call('GET', KEYS[1])
if was and was ~= '' then redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end
return was and 1 or 0`)
	beginSessionScript = redis.NewScript("return redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])")
	endSessionScript   = redis.NewScript("if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('SET', KEYS[1], '', 'PX', 600000) end return 1")
)

// sessionKey does not tell the token: who reads a copy of Redis cannot go on with a session.
func sessionKey(token string) string {
	sum := sha256.Sum256([]byte(token))
	return "frontdesk:session:" + base64.RawURLEncoding.EncodeToString(sum[:])
}

// FindCtx gives what is kept under a token; false when there is nothing.
func (s *Sessions) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	b, err := s.store.rdb.Get(ctx, sessionKey(token)).Bytes()
	switch {
	case errors.Is(err, redis.Nil):
		return nil, false, nil
	case err != nil:
		return nil, false, unavailable("load a session", err)
	}
	return b, len(b) > 0, nil
}

// sessionSpare is how much longer than asked a session is kept: the clock of Redis, or of the machine by which its end was reckoned, may be put a day ahead, and
// back.
const sessionSpare = 25 * time.Hour

// CommitCtx keeps a session until its expiry and [sessionSpare] longer, also when that seems to be over. Redis is told how long that is and not when,
// because its clock may be another one. A new one is confirmed by replicas; what changes in one that is there, when it was last used, is not. One that was ended stays so: that is no
// error.
func (s *Sessions) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	keys, left := []string{sessionKey(token)}, (max(time.Until(expiry), 0) + sessionSpare).Milliseconds()
	there, err := keepSessionScript.Run(ctx, s.store.rdb, keys, b, left).Bool()
	if err == nil && !there {
		err = s.store.run(ctx, beginSessionScript, keys, b, left).Err()
	}
	if err != nil {
		return unavailable("keep a session", err)
	}
	return nil
}

// DeleteCtx ends a session; none under that token is no error.
func (s *Sessions) DeleteCtx(ctx context.Context, token string) error {
	if err := s.store.run(ctx, endSessionScript, []string{sessionKey(token)}).Err(); err != nil {
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
