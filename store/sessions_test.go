package store

import (
	"testing"
	"time"
)

// TestASessionOutlivesAClockThatJumps keeps sessions whose end was reckoned by a clock that is right, or a day ahead: neither is gone when the clock of
// Redis is put a day ahead then.
func TestASessionOutlivesAClockThatJumps(t *testing.T) {
	st := newStory(t)
	s := st.Sessions()
	for name, end := range map[string]time.Duration{"right": time.Hour, "ahead": -24 * time.Hour} {
		token := st.account + name
		if err := s.CommitCtx(t.Context(), token, []byte("lin"), time.Now().Add(end)); err != nil {
			t.Fatal(err)
		}
		if left := st.rdb.PTTL(t.Context(), sessionKey(token)).Val(); left <= 24*time.Hour {
			t.Errorf("one that is %s is kept for %s", name, left)
		}
		if b, found, err := s.FindCtx(t.Context(), token); string(b) != "lin" || !found || err != nil {
			t.Errorf("one that is %s: %q, %v, %v", name, b, found, err)
		}
		if err := s.DeleteCtx(t.Context(), token); err != nil {
			t.Fatal(err)
		}
		if _, found, err := s.FindCtx(t.Context(), token); found || err != nil {
			t.Errorf("one that is %s is there when it was ended: %v", name, err)
		}
	}
}
