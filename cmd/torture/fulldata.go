package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"frontdesk/store"
	"frontdesk/ticket"
)

// limitFiles lets a running process write no file beyond so many bytes, as if its disk were full. A process that is started anew knows nothing of it.
func (p *process) limitFiles(bytes uint64) error {
	if err := unix.Prlimit(p.pid(), unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: bytes, Max: unix.RLIM_INFINITY}, nil); err != nil {
		return fmt.Errorf("fill the disk of %s: %w", p.name, err)
	}
	return nil
}

// fullData fills the disk on which a front desk keeps photos and seals. Residents notice nothing; a photo waits until there is room; and a
// program whose last seal cannot be kept says so as it ends.
func fullData(ctx context.Context, w *workshop) (figure string, err error) {
	t, err := newTown(ctx, w, plan{clock: true})
	if err != nil {
		return "no town", err
	}
	defer func() { err = errors.Join(err, t.close()) }()
	r, crowd := t.replicas[0], newCrowd(t, 0.1)
	crowd.whole = true
	if err := r.limitFiles(16); err != nil {
		return "not filled", err
	}
	messages := int64(w.size(300, 3000))
	crowd.talk(ctx, 8, w.random("full data"), func() bool { return crowd.answered.Load() >= messages })
	var wrong []error
	if n := crowd.sorry.Load(); n > 0 {
		wrong = append(wrong, fmt.Errorf("%d residents were asked to send it again because there was no room for photos", n))
	}
	photos, kept, err := crowd.photos(ctx)
	if err != nil {
		return "not looked at", err
	}
	if photos == 0 || kept > 0 {
		wrong = append(wrong, fmt.Errorf("blind: %d of %d photos were kept without room", kept, photos))
	}
	if _, err := r.ends(); err == nil || !strings.Contains(err.Error(), "in disorder") {
		wrong = append(wrong, fmt.Errorf("its last seal could not be kept and it ended with %w", err))
	}
	if err := errors.Join(r.up(ctx), t.pass(40*time.Minute)); err != nil { // whoever fetches has waited for long by then
		return "not started again", err
	}
	return fmt.Sprintf("no room for photos and seals: %d messages answered, %d photos waited and were kept", crowd.answered.Load(), photos),
		errors.Join(first(wrong), crowd.checkAtEnd(ctx))
}

// photos counts those that residents sent, and those that are kept.
func (c *crowd) photos(ctx context.Context) (sent, kept int, err error) {
	s, err := store.New(store.Config{Client: c.town.redis.client})
	if err != nil {
		return 0, 0, err
	}
	for number := range c.opened {
		v, err := s.Find(ctx, auditor, number)
		if err != nil {
			return 0, 0, err
		}
		for _, m := range v.Media {
			if sent++; m.State == ticket.MediaKept {
				kept++
			}
		}
	}
	return sent, kept, nil
}
