package store

import (
	"context"
	"fmt"
	"io"

	"github.com/redis/go-redis/v9"

	"frontdesk/ticket"
)

// This file gives a restore up that was begun and cannot or shall not be ended: another backup is newer, or this one was put into the wrong Redis.

// Abandon takes away what a restore of that backup has written of its accounts, so that another backup may be restored or the other accounts of this
// Redis be served. It gives how many keys went. Seals and photos in the data folder stay: they are true. Officers and accounts that are no longer as in
// the backup stay, too.
//
// Errors wrap [ticket.ErrInvalid] for a file that is not whole: whose keys they are is believed only of one that is; [ticket.ErrConflict] when no restore
// of this backup was begun here, when it has ended, or when it is at work. After any other error the same call again goes on.
func (s *Store) Abandon(ctx context.Context, open func() (io.Reader, error)) (keys int, err error) {
	from, err := open()
	if err != nil {
		return 0, err
	}
	look := newExaminer()
	if err := readArchive(from, look.see); err != nil {
		return 0, err
	}
	turn, err := s.takeTurn(ctx, look.report.ID)
	if err != nil {
		return 0, err
	}
	defer turn.leave(ctx)
	mark, err := s.mark(ctx)
	switch {
	case err != nil:
		return 0, err
	case mark != look.report.ID:
		return 0, fmt.Errorf("%w: no restore of this backup was begun here that has not ended", ticket.ErrConflict)
	}
	turn.wrote.Store(true)
	for _, account := range look.report.Accounts {
		n, err := s.forget(ctx, turn, keysOf(account))
		if keys += n; err != nil {
			return keys, err
		}
	}
	for _, all := range []struct {
		key string
		are map[string][]byte
	}{{officersKey, look.officers}, {accountsKey, look.accounts}} {
		for id, was := range all.are {
			if err := s.run(ctx, removeFieldScript, []string{all.key}, id, was).Err(); err != nil {
				return keys, unavailable("give up a restore", err)
			}
		}
	}
	if err := turn.mine(); err != nil {
		return keys, err
	}
	return keys, s.unmark(ctx, look.report.ID)
}

// forget removes everything of an account.
func (s *Store) forget(ctx context.Context, turn *restorer, k keys) (gone int, err error) {
	return gone, s.each(ctx, k, k.of("*"), func(names []string) error {
		if err := turn.mine(); err != nil || len(names) == 0 {
			return err
		}
		n, err := s.rdb.Del(ctx, names...).Result()
		if gone += int(n); err != nil {
			return unavailable("give up a restore", err)
		}
		return nil
	})
}

// removeFieldScript removes a field of a hash that has that value.
var removeFieldScript = redis.NewScript("if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then redis.call('HDEL', KEYS[1], ARGV[1]) end return 0")
