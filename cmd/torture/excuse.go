package main

import (
	"strings"
	"time"
)

// This file counts how many replies a fault may have doubled: those that the platform took so shortly before or during it that nobody may have
// been able to write down that they are out. A crash excuses nothing else.

// settling is how long it may take to write down that a letter is out.
const settling = 300 * time.Millisecond

// span is a time in which what is written may be lost.
type span struct{ from, to time.Time }

// sent notes that the platform has answered a call that shows a reply.
func (t *town) sent(path string) {
	if !strings.HasPrefix(path, sendPath) {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sends = append(t.sends, time.Now())
}

// shown is how many calls that show a reply the platform has answered.
func (t *town) shown() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.sends)
}

// fault begins something that may keep a sender from writing down what it did; over ends it.
func (t *town) fault() (over func()) {
	from := time.Now().Add(-settling)
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.faults = append(t.faults, span{from, time.Now().Add(settling)})
	}
}

// excused is how many replies may be on phones twice.
func (t *town) excused() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := 0
	for _, at := range t.sends {
		for _, f := range t.faults {
			if at.After(f.from) && at.Before(f.to) {
				n++
				break
			}
		}
	}
	return n
}
