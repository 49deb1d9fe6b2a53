package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// This file seals what was written, while the program runs and as it ends.

// seal seals what was written since the last seal, and notes that it did.
func (h *house) seal(ctx context.Context, account string) error {
	if err := h.store.Seal(ctx, account, h.clock()); err != nil {
		return err
	}
	h.sealed.WithLabelValues(account).Set(float64(h.clock().Unix()))
	return nil
}

// sealTime is how long a process that ends may take to seal what it wrote last.
const sealTime = 2 * time.Second

// sealLast seals what was written since the last seal, so that a process that ends leaves nothing open to a change that nobody would notice.
// What is left when time is up the next process seals; the error says so.
func (h *house) sealLast(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, sealTime)
	defer cancel()
	left := make([]error, len(h.accounts))
	var all sync.WaitGroup
	for i, a := range h.accounts { // side by side: one that cannot be sealed, or takes all the time, leaves no other open
		all.Go(func() {
			if err := unbroken(ctx, func(ctx context.Context) error { return h.seal(ctx, a.ID) }); err != nil {
				left[i] = fmt.Errorf("seal account %s at the end: %w", a.ID, err)
			}
		})
	}
	all.Wait()
	return errors.Join(left...)
}
