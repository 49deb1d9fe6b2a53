package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"frontdesk/ticket"
)

// sealsOf gives the numbers of the seals in a machine's file.
func (st *story) sealsOf(s *Store) (list []int) {
	st.t.Helper()
	if err := s.eachKept(st.account, func(one seal) { list = append(list, one.Seq) }, func(n int) { st.t.Errorf("line %d cannot be read", n) }); err != nil {
		st.t.Fatal(err)
	}
	return list
}

// grow adds an entry to a ticket and has a machine seal it.
func (st *story) grow(s *Store, n ticket.Number) {
	st.t.Helper()
	st.act(st.officer("3301", "林元众"), n, ticket.Step{What: ticket.Note, Text: "看过了"})
	if err := s.Seal(st.t.Context(), st.account, st.clockNow()); err != nil {
		st.t.Fatal(err)
	}
}

func TestRedisHoldsTheNewestSealsAndEveryMachineAll(t *testing.T) {
	st := newStory(t)
	h, other := st.ticketOf("wang"), st.replica(st.rdb)
	for i := range sealsInRedis + 10 {
		st.grow([]*Store{st.Store, other}[i%2], h.Number)
		if i == 5 { // started anew, it finds out where it was
			seals := other.seals
			other = st.replica(st.rdb)
			other.seals = seals
		}
	}
	for _, s := range []*Store{st.Store, other} {
		if err := s.Seal(t.Context(), st.account, st.clockNow()); err != nil {
			t.Fatal(err)
		}
		got := st.sealsOf(s)
		for i, seq := range got {
			if seq != i+1 {
				t.Fatalf("a machine keeps %v", got)
			}
		}
		if len(got) != sealsInRedis+10 {
			t.Errorf("a machine keeps %d seals of %d", len(got), sealsInRedis+10)
		}
	}
	k := keysOf(st.account)
	if n := st.rdb.LLen(t.Context(), k.seals()).Val(); n != sealsInRedis {
		t.Errorf("%d seals in redis", n)
	}
	st.clean()
	// Seals do not go from Redis by themselves before there are enough, and another chain in the place of the newest does not follow what is kept.
	st.rdb.LTrim(t.Context(), k.seals(), 0, 0)
	found, err := st.Fsck(t.Context(), st.account)
	if err != nil || len(found) != 1 || !strings.Contains(found[0], "the seals before 11 are gone") {
		t.Errorf("fewer seals in redis: %q, %v", found, err)
	}
	st.rdb.Del(t.Context(), k.seals())
	forged := seal{Seq: 12, Prev: strings.Repeat("0", 64)}
	if forged.Hash, err = forged.digest(); err != nil {
		t.Fatal(err)
	}
	line, err := encode(forged)
	if err != nil {
		t.Fatal(err)
	}
	st.rdb.RPush(t.Context(), k.seals(), line)
	if found, err = st.Fsck(t.Context(), st.account); err != nil || !strings.Contains(strings.Join(found, "\n"), "seal 12 does not follow the one that is kept") {
		t.Errorf("a forged seal: %q, %v", found, err)
	}
}

// A power cut may tear the last line; what comes after it must be readable.
func TestATornSealSpoilsNoOther(t *testing.T) {
	st := newStory(t)
	h := st.ticketOf("wang")
	st.grow(st.Store, h.Number)
	name := filepath.Join(st.seals, st.account+".seals")
	f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"seq":2,"at`); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	anew, err := New(Config{Client: st.rdb, Clock: st.clockNow, Seals: st.seals})
	if err != nil {
		t.Fatal(err)
	}
	st.pass(time.Minute)
	st.grow(anew, h.Number)
	if got := st.sealsOf(anew); len(got) < 2 || got[len(got)-1] != 2 {
		t.Errorf("kept are %v", got)
	}
	st.clean()
}

// keptSeals are the seals outside Redis.
func keptSeals(st *story) (list []seal, err error) {
	err = st.eachKept(st.account, func(one seal) { list = append(list, one) }, func(int) {})
	return list, err
}

// keepLine puts a line behind the seals outside Redis, as another program would.
func keepLine(st *story, line []byte) error {
	name, err := st.sealsFile(st.account)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(line, '\n'))
	return errors.Join(err, f.Close())
}

// TestASealWaitsForTheFile lets another process be in the middle of a line of the file of seals: who seals waits until that is whole.
func TestASealWaitsForTheFile(t *testing.T) {
	st := newStory(t)
	st.ticketOf("wang")
	f, err := os.OpenFile(filepath.Join(st.seals, st.account+".seals"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_SH); err != nil { // whoever writes holds more than that
		t.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	waits := regexp.MustCompile(fmt.Sprintf(`(?m)-> FLOCK .*:%d `, info.Sys().(*syscall.Stat_t).Ino))
	sealed := make(chan error, 1)
	go func() { sealed <- st.Seal(t.Context(), st.account, st.clockNow()) }()
	for {
		locks, err := os.ReadFile("/proc/locks")
		if err != nil {
			t.Fatal(err)
		}
		if waits.Match(locks) {
			break
		}
		select {
		case err := <-sealed:
			t.Fatalf("it did not wait: %v", err)
		case <-t.Context().Done():
			t.Fatal("nobody sealed anything")
		default:
			runtime.Gosched()
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-sealed; err != nil {
		t.Error(err)
	}
}
