package bot

import (
	"context"
	"math/rand/v2"
	"time"
)

// idle waits between two looks of a worker that found nothing: for a while, by chance up to twice as long,
// or until it is called. False when the context ended.
func idle(ctx context.Context, d time.Duration, called <-chan struct{}) bool {
	if d <= 0 {
		d = idlePause
	}
	t := time.NewTimer(d + rand.N(d)) // replicas, and the workers of many accounts, drift apart
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-called:
	case <-t.C:
	}
	return true
}
