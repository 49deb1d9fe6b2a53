package bot

import (
	"testing"
	"time"
)

// TestNothingInHandWaitsForAMinute holds what is promised of what a killed process had in its hands: its lease ends, and another one looks, before
// a minute is over.
func TestNothingInHandWaitsForAMinute(t *testing.T) {
	for what, held := range map[string]time.Duration{"a letter": lease, "a file": hold} {
		if most := held + 2*idlePause; most >= time.Minute {
			t.Errorf("%s may wait for %s", what, most)
		}
	}
	if least := beginTime + hangTime + settleTime; lease <= least {
		t.Errorf("a lease of %s is over before its holder, who may need %s", lease, least)
	}
}
