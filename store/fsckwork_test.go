package store

import (
	"strings"
	"testing"
	"time"

	"frontdesk/ticket"
)

// TestFsckFindsWorkThatNobodyWouldDo takes out of the places where workers look what they have to do, one after the other.
func TestFsckFindsWorkThatNobodyWouldDo(t *testing.T) {
	st := newStory(t)
	st.withPhotos()
	h, lin := st.ticketOf("wang"), st.officer("3301", "林元众")
	st.act(lin, h.Number, ticket.Step{What: ticket.Claim})
	k := keysOf(st.account)
	if found, err := st.Fsck(t.Context(), st.account); err != nil || len(found) > 0 {
		t.Fatalf("before anything is broken fsck finds %q, %v", found, err)
	}
	st.buried(st.died("dead-1")) // a dead message hides no letter
	for _, c := range []struct {
		what, finds string
		breaks      func() error
	}{
		{"a letter's resident", "nobody would send", func() error { return st.rdb.ZRem(t.Context(), k.outbox(), "wang").Err() }},
		{"the letter", "is nowhere", func() error { return st.rdb.LPop(t.Context(), k.underWay("wang")).Err() }},
		{"the mark of what no seal covers", "no seal covers", func() error { return st.rdb.HDel(t.Context(), k.unsealed(), string(h.Number)).Err() }},
		{"the files to fetch", "nobody would fetch", func() error { return st.rdb.Del(t.Context(), k.fetches()).Err() }},
	} {
		if err := c.breaks(); err != nil {
			t.Fatal(err)
		}
		found, err := st.Fsck(t.Context(), st.account)
		if err != nil || !strings.Contains(strings.Join(found, "; "), c.finds) {
			t.Errorf("without %s fsck finds %q, %v", c.what, found, err)
		}
	}
}

// TestALetterIsSettledWithoutMemory holds that the queue drains when Redis is full, also where a template message tells of the letter.
func TestALetterIsSettledWithoutMemory(t *testing.T) {
	c := ownRedis(t)
	for _, notice := range []string{"", "200"} {
		st := newStory(t)
		st.Store = st.replica(c)
		h, lin := st.ticketOf("wang"), st.officer("3301", "林元众")
		st.act(lin, h.Number, ticket.Step{What: ticket.Claim})
		p := st.parcel()
		if err := c.ConfigSet(t.Context(), "maxmemory", "1mb").Err(); err != nil {
			t.Fatal(err)
		}
		begun := ticket.Delivery{Fate: ticket.Sending, Via: ticket.ViaService, Begun: "one", Reason: strings.Repeat("忙", 200), At: st.clockNow()}
		if err := st.BeginParcel(t.Context(), p, begun); err != nil {
			t.Errorf("a try is not begun: %v", err)
		}
		if err := st.SettleParcel(t.Context(), p, ticket.Delivery{Fate: ticket.InMailbox, Via: ticket.ViaMailbox, Told: true, Notice: notice, At: st.clockNow()}); err != nil {
			t.Errorf("notice %q: %v", notice, err)
		}
		if err := c.ConfigSet(t.Context(), "maxmemory", "0").Err(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestALeaseEndsAfterTheClockWentBack kills a worker with a letter in its hands and puts back the clock of Redis.
func TestALeaseEndsAfterTheClockWentBack(t *testing.T) {
	st := newStory(t)
	h, lin := st.ticketOf("wang"), st.officer("3301", "林元众")
	st.act(lin, h.Number, ticket.Step{What: ticket.Claim})
	var ahead time.Duration
	s, err := New(Config{Client: st.rdb, Clock: st.clockNow, Ahead: func() time.Duration { return ahead }})
	if err != nil {
		t.Fatal(err)
	}
	const hold = 50 * time.Second
	take := func() int {
		t.Helper()
		got, err := s.TakeParcels(t.Context(), st.account, 16, hold)
		if err != nil {
			t.Fatal(err)
		}
		return len(got)
	}
	if n := take(); n != 1 {
		t.Fatalf("%d letters", n)
	}
	ahead = -10 * time.Minute
	if n := take(); n != 0 {
		t.Errorf("%d letters under a lease were given to another", n)
	}
	ahead += hold + time.Second
	if n := take(); n != 1 {
		t.Errorf("%d letters after the lease", n)
	}
}

// TestFsckSeesWhatNoHashCovers adds to stored entries what the program never writes.
func TestFsckSeesWhatNoHashCovers(t *testing.T) {
	for what, edit := range map[string][2]string{
		"a field of nobody's": {`"seq":`, `"note":"forged","seq":`},
		"an address":          {`"state":"pending"`, `"url":"http://evil.example/","state":"pending"`},
		"white space":         {`"seq":`, ` "seq":`},
	} {
		st := newStory(t)
		h := st.withPhotos()
		key := keysOf(st.account).entries(h.Number)
		if found, err := st.Fsck(t.Context(), st.account); err != nil || len(found) > 0 {
			t.Fatalf("before anything is edited fsck finds %q, %v", found, err)
		}
		edited := 0
		for i, line := range st.rdb.LRange(t.Context(), key, 0, -1).Val() {
			if now := strings.Replace(line, edit[0], edit[1], 1); now != line {
				edited++
				if err := st.rdb.LSet(t.Context(), key, int64(i), now).Err(); err != nil {
					t.Fatal(err)
				}
			}
		}
		found, err := st.Fsck(t.Context(), st.account)
		if err != nil || edited == 0 || !strings.Contains(strings.Join(found, "; "), "is not as it was written") {
			t.Errorf("%s in %d entries: fsck finds %q, %v", what, edited, found, err)
		}
	}
}
