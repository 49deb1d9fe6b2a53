package store

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// keptFileOf is where a machine keeps the seals of the story.
func (st *story) keptFileOf(s *Store) string { return filepath.Join(s.seals, st.account+".seals") }

// edit changes the lines of a machine's file.
func (st *story) edit(s *Store, change func(lines [][]byte) [][]byte) {
	st.t.Helper()
	text, err := os.ReadFile(st.keptFileOf(s))
	if err == nil {
		err = os.WriteFile(st.keptFileOf(s), bytes.Join(change(bytes.SplitAfter(text, []byte{'\n'})), nil), 0o600)
	}
	if err != nil {
		st.t.Fatal(err)
	}
	s.kept.Clear()
}

func TestFsckReadsTheWholeFileOfSeals(t *testing.T) {
	forged := func(seq int, prev string) []byte {
		one := seal{Seq: seq, Prev: prev}
		var err error
		if one.Hash, err = one.digest(); err != nil {
			t.Fatal(err)
		}
		line, err := json.Marshal(one)
		if err != nil {
			t.Fatal(err)
		}
		return append(line, '\n')
	}
	for name, c := range map[string]struct {
		change func(lines [][]byte) [][]byte
		want   []string
	}{
		"nothing": {func(l [][]byte) [][]byte { return l }, nil},
		"a line that cannot be read": {func(l [][]byte) [][]byte {
			l[2] = []byte("{\"seq\":3,\n")
			return l
		}, []string{"kept seals 3 to 3 are missing", "line 3 of the kept seals cannot be read"}},
		"a line too many that cannot be read": {func(l [][]byte) [][]byte { return slices.Insert(l, 2, []byte("\n")) },
			[]string{"line 3 of the kept seals cannot be read"}},
		"a torn end":        {func(l [][]byte) [][]byte { return append(l, []byte(`{"seq":6,"at`)) }, nil},
		"a gap":             {func(l [][]byte) [][]byte { return slices.Delete(l, 1, 3) }, []string{"kept seals 2 to 3 are missing"}},
		"a beginning cut":   {func(l [][]byte) [][]byte { return l[1:] }, []string{"kept seals 1 to 1 are missing"}},
		"an end cut":        {func(l [][]byte) [][]byte { return l[:3] }, []string{"kept seals 4 to 5 are missing"}},
		"nothing left":      {func([][]byte) [][]byte { return nil }, []string{"kept seals 1 to 5 are missing"}},
		"one twice":         {func(l [][]byte) [][]byte { return append(l, l[2], l[3]) }, nil},
		"one that was late": {func(l [][]byte) [][]byte { return slices.Insert(l, 2, forged(3, hashIn(t, l[1]))) }, nil},
		"one that follows nothing": {func(l [][]byte) [][]byte { return slices.Insert(l, 2, forged(3, strings.Repeat("0", 64))) },
			[]string{"kept seal 3 does not follow the one before it"}},
		"another first one": {func(l [][]byte) [][]byte { return slices.Insert(l, 0, forged(1, strings.Repeat("0", 64))) },
			[]string{"kept seal 1 does not hold"}},
		"another in its place": {func(l [][]byte) [][]byte {
			l[4] = forged(5, hashIn(t, l[3]))
			return l
		}, []string{"seal 5 is not among those that are kept"}},
	} {
		t.Run(name, func(t *testing.T) {
			st := newStory(t)
			h := st.ticketOf("wang")
			for range 5 {
				st.grow(st.Store, h.Number)
			}
			st.pass(copyTime)
			st.edit(st.Store, c.change)
			found, err := st.Fsck(t.Context(), st.account)
			if err != nil || !slices.Equal(found, c.want) {
				t.Errorf("fsck says %q, %v", found, err)
			}
		})
	}
}

// hashIn is the hash of the seal in a line.
func hashIn(t *testing.T, line []byte) string {
	t.Helper()
	var one seal
	if err := decode(line, &one); err != nil {
		t.Fatal(err)
	}
	return one.Hash
}

// What another machine has just sealed is copied with the next seal, and is not missing before.
func TestFsckWaitsForTheCopy(t *testing.T) {
	st := newStory(t)
	h, other := st.ticketOf("wang"), st.replica(st.rdb)
	st.grow(st.Store, h.Number)
	st.pass(10 * time.Minute)
	st.grow(other, h.Number)
	st.clean()
	st.pass(copyTime)
	if found, err := st.Fsck(t.Context(), st.account); err != nil || !slices.Equal(found, []string{"kept seals 2 to 2 are missing"}) {
		t.Errorf("fsck says %q, %v", found, err)
	}
	if err := st.Seal(t.Context(), st.account, st.clockNow()); err != nil {
		t.Fatal(err)
	}
	st.clean()
}

// A failover may undo seals, and other machines make others in their place: all of these are copied.
func TestSealsAfterAFailover(t *testing.T) {
	for _, n := range []int{1, 2, 3} { // fewer than this machine knows, as many, and more
		st := newStory(t)
		h, other := st.ticketOf("wang"), st.replica(st.rdb)
		for range 3 {
			st.grow(st.Store, h.Number)
		}
		if err := st.rdb.LTrim(t.Context(), keysOf(st.account).seals(), 0, 0).Err(); err != nil { // what they covered is covered by the next ones
			t.Fatal(err)
		}
		for range n {
			st.grow(other, h.Number)
		}
		st.grow(st.Store, h.Number)
		st.pass(copyTime)
		st.clean()
	}
}

// A seal that did not get from the file into Redis is made anew, and nothing else is written for it.
func TestASealThatRedisDidNotTake(t *testing.T) {
	st := newStory(t)
	h := st.ticketOf("wang")
	for range 3 {
		st.grow(st.Store, h.Number)
	}
	if err := st.rdb.RPop(t.Context(), keysOf(st.account).seals()).Err(); err != nil {
		t.Fatal(err)
	}
	st.grow(st.Store, h.Number)
	if got := st.sealsOf(st.Store); !slices.Equal(got, []int{1, 2, 3, 3}) {
		t.Errorf("kept are %v", got)
	}
	st.pass(copyTime)
	st.clean()
}

// A torn end is cut off before the next line.
func TestATornEndIsCutOff(t *testing.T) {
	st := newStory(t)
	h := st.ticketOf("wang")
	st.grow(st.Store, h.Number)
	st.edit(st.Store, func(l [][]byte) [][]byte { return append(l, []byte(`{"seq":2,"at`+strings.Repeat("0", 200_000))) })
	st.grow(st.Store, h.Number)
	st.pass(copyTime)
	st.clean()
}

// Seals that only Redis had when a backup was made belong to other machines: they are in the file of the machine that the backup is brought back to.
func TestARestoreKeepsTheSealsOfOthers(t *testing.T) {
	st := newStory(t)
	h, other := st.ticketOf("wang"), st.replica(st.rdb)
	st.grow(st.Store, h.Number)
	st.grow(other, h.Number)
	file, _ := st.taken(t.TempDir())
	o := st.elsewhere()
	o.pass(24 * time.Hour)
	for range 2 { // and once more, as after a kill at the end
		if _, found, err := o.Restore(t.Context(), reads(file), RestorePlan{}); err != nil || len(found) > 0 {
			t.Fatalf("%q, %v", found, err)
		}
		if err := o.rdb.FlushAll(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
	}
	if got := o.sealsOf(o.Store); !slices.Equal(got, []int{1, 2}) {
		t.Errorf("kept are %v", got)
	}
}
