package topology

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// Partitions builds a Redis with Sentinels and cuts the primary off n times, each time with a replica of the front desk on its side and another
// one on the side of the majority, while residents talk to both. wait is how many replicas must confirm a write, and how many a primary
// must have to take one; 0 is the control: it must lose what the cut-off primary confirmed, or this harness is blind.
func Partitions(ctx context.Context, n, wait int) (Result, error) {
	return underSentinels(ctx, n, wait, "gh_partition", func(ctx context.Context, w *watched, round int) (err error) {
		if round > 0 { // the old primary has to become a replica first
			err = w.whole(ctx)
		}
		if err = errors.Join(err, pause(ctx, time.Second)); err == nil {
			err = w.failover(ctx, 3*time.Second)
		}
		return err
	})
}

// underSentinels lets a crowd talk to two replicas of the front desk, each in a box of its own, on a Redis with Sentinels, while something is done
// to it n times; then the books are read from a third box.
func underSentinels(ctx context.Context, n, wait int, account string, fault func(ctx context.Context, w *watched, round int) error) (r Result, err error) {
	w, err := newWatched(ctx, wait)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	var clients []redis.UniversalClient
	for _, box := range []int{clientInside, clientOutside, clientBehind} {
		c, err := w.client(box)
		if err != nil {
			return r, err
		}
		defer func() { _ = c.Close() }() // its servers are gone
		clients = append(clients, c)
	}
	dir, err := os.MkdirTemp("", "seals")
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	seals := dir
	if wait == 0 { // what is undone stays sealed outside, and nothing can be sealed after it
		seals = ""
	}
	stores, err := sealers(seals, wait, clients...)
	if err != nil {
		return r, err
	}
	behind := stores[2]
	if err := behind.PutAccount(ctx, roomOf(account)); err != nil {
		return r, err
	}
	c := newCrowd([]string{account}, stores[:2]...)
	talking, stop := context.WithCancel(ctx)
	var talk sync.WaitGroup
	talk.Go(func() { c.talk(talking, 8) })
	for i := 0; i < n && err == nil; i++ {
		err = fault(ctx, w, i)
		c.result.Rounds++
	}
	err = errors.Join(err, pause(ctx, time.Second)) // what was held up in the wire arrives
	stop()
	talk.Wait()
	if err != nil {
		return c.result, err
	}
	if wait == 0 {
		return c.check(ctx, behind)
	}
	kept, err := sealers(seals, wait, clients[2], clients[2]) // of the two who talked, read from behind
	if err != nil {
		return c.result, err
	}
	return c.check(ctx, behind, kept...)
}
