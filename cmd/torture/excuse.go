package main

import (
	"context"
	"errors"
	"strings"
	"time"
)

// This file remembers the faults, and which letters each may have delayed or doubled: those that a sender may not have been able to write down. A
// fault excuses nothing else.

// settling is how long it may take to write down that a letter is out.
const settling = 300 * time.Millisecond

// inHandFor is how long ago a letter may have been shown that somebody had in hand when they were killed: they are sure to have had it, and a machine
// under load may have been slow to kill them.
const inHandFor = 2 * time.Second

// orphaned is how long after a strike a lease that it noted may still be somebody's who lives.
const orphaned = 10 * time.Second

// span is a time in which something was broken, on the clock of phones.
type span struct {
	from, to time.Time
	hit      map[string]bool // residents whose letters were in the hands of who was killed; nil: any may have been
	clear    bool            // what was sent is known all the same, so nothing is shown twice because of it
}

// touches says whether the fault may have met a resident's letters.
func (s span) touches(openid string) bool { return s.hit == nil || s.hit[openid] }

// now is the time on phones and, in front desks that know it, there.
func (t *town) now() time.Time { return time.Now().Add(time.Duration(t.moved.Load())) }

// fault begins something that may keep any sender from writing down what it did; over ends it.
func (t *town) fault() (over func()) { return t.span(span{}) }

// delay begins something that keeps letters back, and leaves nobody in doubt about any; over ends it.
func (t *town) delay() (over func()) { return t.span(span{clear: true}) }

func (t *town) span(s span) (over func()) {
	s.from = t.now()
	return func() {
		s.to = t.now()
		t.mu.Lock()
		defer t.mu.Unlock()
		t.faults = append(t.faults, s)
	}
}

// strike kills replicas at once, and notes whose letters somebody had in hand then.
func (t *town) strike(ctx context.Context, victims ...*replica) error {
	s := span{from: t.now()}
	for _, v := range victims {
		if err := v.kill(); err != nil {
			return err
		}
	}
	hit, err := t.inHand(ctx)
	if err != nil {
		return err
	}
	s.hit = hit
	t.span(s)()
	return nil
}

// inHand are the residents of whom somebody has a letter, or an answer with one on its way. What killed processes had sent to Redis is in effect before: it was there before the first
// of two questions was answered.
func (t *town) inHand(ctx context.Context) (map[string]bool, error) {
	ctx = context.WithoutCancel(ctx)
	if err := t.redis.client.Ping(ctx).Err(); err != nil {
		return nil, err
	}
	leases, err := t.redis.client.HGetAll(ctx, "frontdesk:{"+townAccount+"}:leases").Result()
	hit := map[string]bool{}
	t.mu.Lock()
	for name, fence := range leases {
		who, ok := strings.CutPrefix(name, "letter:")
		if !ok {
			continue
		}
		first, known := t.leases[name+" "+fence]
		if !known {
			first = t.now()
			t.leases[name+" "+fence] = first
		}
		// Nobody who lives has a letter for so long: who had it was killed before, and this strike meets it no more.
		if t.now().Sub(first) < orphaned {
			hit[who] = true
		}
	}
	readers := t.readers
	t.mu.Unlock()
	for _, openid := range readers {
		brings, e := t.carried(ctx, openid)
		if err = errors.Join(err, e); brings {
			hit[openid] = true
		}
	}
	return hit, err
}

// excuse finds a fault because of which a letter that a phone showed at a time may be shown to it once more: one that has excused nothing of it before.
func (t *town) excuse(openid string, at time.Time, used map[int]bool) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, f := range t.faults {
		before := settling
		if f.hit != nil {
			before = inHandFor
		}
		if !used[i] && !f.clear && f.touches(openid) && at.After(f.from.Add(-before)) && at.Before(f.to.Add(settling)) {
			used[i] = true
			return true
		}
	}
	return false
}

// waited is how long a letter that was written at one time and shown at another has waited beyond the last fault that may have met it.
func (t *town) waited(openid string, written, shown time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, f := range t.faults {
		if !f.touches(openid) || f.from.After(shown) {
			continue
		}
		if f.to.After(shown) { // nothing was expected yet
			return 0
		}
		if f.to.After(written) {
			written = f.to
		}
	}
	return max(0, shown.Sub(written))
}
