package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// This file ends a program that only a new start can help: Go cannot end what hangs, and each place that it takes is gone.

// errWornOut is why such a program ends. What hung is kept as dead letters, so the next one does not meet it again by itself.
var errWornOut = errors.New("too much of what this program works hangs, which only a new start ends; see frontdesk dead list")

// ready is something that works what may hang: its error says that it has come to a stop.
type ready interface{ Ready() error }

// wornOutEvery is how often it is looked.
const wornOutEvery = time.Second

// wornOut says whether messages, letters or files of an account are worked no more because of those that hang.
func (h *house) wornOut() error {
	for _, w := range h.mayHang {
		if err := w.Ready(); err != nil {
			return fmt.Errorf("%w: %w", errWornOut, err)
		}
	}
	return nil
}

// until waits until the house must end, and says why: nil when somebody asks it to.
func (h *house) until(ctx context.Context, failed <-chan error, lost <-chan struct{}) error {
	beat := time.NewTicker(wornOutEvery)
	defer beat.Stop()
	for {
		select {
		case err := <-failed:
			return err
		case <-lost:
			return errors.New("our own redis ended by itself; what it confirmed is in the data folder, start again")
		case <-ctx.Done():
			return nil
		case <-beat.C:
			if err := h.wornOut(); err != nil {
				return err
			}
		}
	}
}
