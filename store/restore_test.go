package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"frontdesk/ticket"
)

func TestAnyFlippedByteIsNoticed(t *testing.T) {
	st := newStory(t)
	st.ticketOf("wang")
	st.sealed()
	file, _ := st.taken("")
	for at := range file {
		mask := byte(1) << (at % 8)
		file[at] ^= mask
		if _, err := Examine(bytes.NewReader(file), ""); !errors.Is(err, ticket.ErrInvalid) {
			t.Errorf("byte %d of %d ^ %#x: %v", at, len(file), mask, err)
		}
		file[at] ^= mask
	}
	for size := 0; size < len(file); size += 1 + size%7 {
		if _, err := Examine(bytes.NewReader(file[:size]), ""); !errors.Is(err, ticket.ErrInvalid) {
			t.Errorf("cut to %d of %d: %v", size, len(file), err)
		}
	}
	for name, other := range map[string][]byte{
		"nothing": nil, "words": []byte(strings.Repeat("not a backup\n", 100)), "something behind it": append(bytes.Clone(file), 'x'),
		"twice": append(bytes.Clone(file), file...),
	} {
		if _, err := Examine(bytes.NewReader(other), ""); !errors.Is(err, ticket.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Examine(bytes.NewReader(file), ""); err != nil {
		t.Error(err)
	}
	// None of it gets near Redis.
	other := st.elsewhere()
	file[len(file)/2] ^= 1
	if _, _, err := other.Restore(t.Context(), reads(file), RestorePlan{}); !errors.Is(err, ticket.ErrInvalid) {
		t.Errorf("restored: %v", err)
	}
	if n := other.rdb.DBSize(t.Context()).Val(); n != 0 {
		t.Errorf("%d keys were written", n)
	}
}

// A file that was written by a program that counts wrong, or by one to come, is not believed either.
func TestAnArchiveOfAnotherKind(t *testing.T) {
	for name, spoil := range map[string]func(*archiveWriter, *record){
		"none":         func(*archiveWriter, *record) {},
		"counts":       func(w *archiveWriter, _ *record) { w.counts.Tickets++ },
		"form":         func(_ *archiveWriter, r *record) { r.Format++ },
		"no beginning": func(_ *archiveWriter, r *record) { r.Kind = recFence },
	} {
		var file bytes.Buffer
		w, err := newArchiveWriter(&file)
		if err != nil {
			t.Fatal(err)
		}
		r := record{Kind: recFirst, Format: archiveFormat, Name: "b"}
		spoil(w, &r)
		if err := errors.Join(w.put(r), w.close(time.Now())); err != nil {
			t.Fatal(err)
		}
		if _, err := Examine(&file, ""); (err == nil) != (name == "none") || err != nil && !errors.Is(err, ticket.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestARestoreGoesIntoAnEmptyRedisOnly(t *testing.T) {
	st, media := activeTown(t)
	file, _ := st.taken(media)
	for name, c := range map[string]struct {
		harm func(*story)
		says string
	}{
		"a ticket": {func(o *story) { o.ticketOf("wang") }, "holds something"},
		"an officer of that name": {func(o *story) {
			if err := o.AddOfficer(t.Context(), ticket.Officer{ID: "lin-" + st.account[3:], Name: "别人", Role: ticket.Police, Account: st.account}); err != nil {
				t.Fatal(err)
			}
		}, "officer lin-"},
		"newer seals": {func(o *story) {
			if err := keepLine(o, []byte(`{"seq":9}`)); err != nil {
				t.Fatal(err)
			}
		}, "keeps 1 seals"},
		"another restore": {func(o *story) { o.rdb.Set(t.Context(), restoringKey, "other", 0) }, "another backup"},
	} {
		o := st.elsewhere()
		c.harm(o)
		before := o.rdb.DBSize(t.Context()).Val()
		if _, _, err := o.Restore(t.Context(), reads(file), RestorePlan{}); !errors.Is(err, ticket.ErrConflict) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
		if after := o.rdb.DBSize(t.Context()).Val(); after != before {
			t.Errorf("%s: %d keys, were %d", name, after, before)
		}
	}
	// What serve writes by itself is no hindrance, nor is what the data folder kept of the same seals.
	o := st.elsewhere()
	if err := o.PutAccount(t.Context(), ticket.Account{ID: st.account, Name: "和平路警务室"}); err != nil {
		t.Fatal(err)
	}
	if err := o.Cache(st.account).Set("token", "t", time.Minute); err != nil {
		t.Fatal(err)
	}
	if err := st.keptLines(st.account, func(line []byte) error { return keepLine(o, bytes.Clone(line)) }); err != nil {
		t.Fatal(err)
	}
	if _, found, err := o.Restore(t.Context(), reads(file), RestorePlan{}); err != nil || len(found) > 0 {
		t.Errorf("%q, %v", found, err)
	}
	if a, err := o.Account(t.Context(), st.account); err != nil || a.Name != "和平路警务室" {
		t.Errorf("the account is %q, %v", a.Name, err)
	}
	if err := o.Serving(t.Context()); err != nil {
		t.Errorf("after a restore: %v", err)
	}
}

// Who began and never heard so has looked at nothing yet: what is there is not a part of their backup.
func TestARestoreThatNeverLookedOverwritesNothing(t *testing.T) {
	st := newStory(t)
	st.ticketOf("wang")
	file, report := st.taken("")
	o := st.elsewhere()
	h := o.ticketOf("li")
	if resumed, err := o.claim(t.Context(), report.ID); resumed || err != nil {
		t.Fatal(resumed, err)
	}
	if _, _, err := o.Restore(t.Context(), reads(file), RestorePlan{}); !errors.Is(err, ticket.ErrConflict) {
		t.Errorf("restored over a ticket: %v", err)
	}
	if err := o.Serving(t.Context()); err != nil || o.header0(h.Number) != 1 {
		t.Errorf("nothing was begun, and it is not served: %v", err)
	}
}

// TestARestoreWhoseEndIsNotHeard lets the connection break when the mark was taken away: the restore has ended well all the same, and it is served.
func TestARestoreWhoseEndIsNotHeard(t *testing.T) {
	st := newStory(t)
	st.ticketOf("wang")
	file, _ := st.taken("")
	o := st.elsewhere()
	deaf := &deaf{key: restoringKey, words: 5, times: 2}
	o.rdb.AddHook(deaf.hook())
	if _, _, err := o.Restore(t.Context(), reads(file), RestorePlan{}); err != nil || deaf.times > 0 {
		t.Errorf("%v; %d of the answers are still to be lost", err, deaf.times)
	}
	if err := o.Serving(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestARestoreThatNoReplicaConfirms neither begins nor ends well: a failover could undo it. Once they confirm it the same call ends it.
func TestARestoreThatNoReplicaConfirms(t *testing.T) {
	st := newStory(t)
	st.ticketOf("wang")
	file, _ := st.taken("")
	for what, unconfirmed := range map[string]func(*story) error{
		"its beginning": func(o *story) error {
			o.replicas = 1 // there is none
			_, _, err := o.Restore(t.Context(), reads(file), RestorePlan{})
			return err
		},
		"its end": func(o *story) error {
			r := o.begun(file)
			if err := r.write(t.Context(), reads(file)); err != nil {
				return err
			}
			o.replicas = 1
			_, err := r.finish(t.Context())
			r.turn.leave(t.Context())
			return err
		},
	} {
		o := st.elsewhere()
		if err := unconfirmed(o); !errors.Is(err, ticket.ErrUnavailable) {
			t.Errorf("%s: it ends with %v", what, err)
		}
		if err := o.Serving(t.Context()); !errors.Is(err, ticket.ErrConflict) {
			t.Errorf("%s: it is served: %v", what, err)
		}
		o.replicas = 0
		if _, found, err := o.Restore(t.Context(), reads(file), RestorePlan{}); err != nil || len(found) > 0 {
			t.Errorf("%s, then: %q, %v", what, found, err)
		}
	}
}

// TestARestoreThatGoesOnKeepsNewerSeals cuts a restore off and goes on with it where seals are kept that are newer than the backup, or come meanwhile:
// they are not overwritten.
func TestARestoreThatGoesOnKeepsNewerSeals(t *testing.T) {
	st := newStory(t)
	st.ticketOf("wang")
	st.sealed()
	file, _ := st.taken("")
	newer := []byte(`{"seq":9}`)
	for when, bring := range map[string]func(*story) error{
		"before it goes on": func(o *story) error {
			cutOff(t, o, file)
			if err := keepLine(o, newer); err != nil {
				return err
			}
			_, _, err := o.Restore(t.Context(), reads(file), RestorePlan{})
			return err
		},
		"while it writes": func(o *story) error {
			o.rdb.AddHook(before(newFieldScript, func() {
				if err := keepLine(o, newer); err != nil {
					t.Error(err)
				}
			}))
			_, _, err := o.Restore(t.Context(), reads(file), RestorePlan{})
			return err
		},
	} {
		o := st.elsewhere()
		if err := bring(o); !errors.Is(err, ticket.ErrConflict) || !strings.Contains(err.Error(), "keeps 1 seals") {
			t.Errorf("%s: %v", when, err)
		}
		var kept [][]byte
		if err := o.keptLines(st.account, func(line []byte) error { kept = append(kept, bytes.Clone(line)); return nil }); err != nil || len(kept) != 1 || !bytes.Equal(kept[0], newer) {
			t.Errorf("%s: %q are kept, %v", when, kept, err)
		}
	}
}

// cutOff has a restore end when a part of the tickets is written: that part stays, and its mark.
func cutOff(t *testing.T, o *story, file []byte) {
	t.Helper()
	client := redis.NewClient(o.rdb.(*redis.Client).Options())
	defer func() { _ = client.Close() }() // only spoken through
	look := newExaminer()
	if err := readArchive(bytes.NewReader(file), look.see); err != nil {
		t.Fatal(err)
	}
	var ticketKeys []string
	for account, all := range look.whole {
		for n := range all {
			ticketKeys = append(ticketKeys, keysOf(account).ticket(n))
		}
	}
	var written atomic.Int64
	client.AddHook(around(func(cmds []redis.Cmder, send func([]redis.Cmder) error) error {
		if !slices.ContainsFunc(cmds, func(c redis.Cmder) bool { return c.Name() == "rpush" || c.Name() == "hset" }) {
			return send(cmds)
		}
		err := send(cmds)
		if o.rdb.Exists(t.Context(), ticketKeys...).Val() > 0 {
			written.Add(1)
			return errCut
		}
		return err
	}))
	dying, err := New(Config{Client: client, Clock: o.clockNow, Seals: o.seals, Silence: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := dying.Restore(t.Context(), reads(file), RestorePlan{}); !errors.Is(err, ticket.ErrUnavailable) {
		t.Fatalf("it ends with %v", err)
	}
	if mark := o.rdb.Get(t.Context(), restoringKey).Val(); !writes(mark) || written.Load() == 0 {
		t.Fatalf("its mark is %q, tickets written: %d", mark, written.Load())
	}
}

// TestABackupOfAMachineThatCameLater has no seals of the time before: it is told when the backup is made, and it is restored all the same.
func TestABackupOfAMachineThatCameLater(t *testing.T) {
	st := newStory(t)
	for i := range sealsInRedis + 20 {
		st.ticketOf(fmt.Sprint("r", i))
		st.sealed()
	}
	late := st.replica(st.rdb)
	if err := late.Seal(t.Context(), st.account, st.clockNow()); err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	report, err := late.Backup(t.Context(), &file, BackupPlan{Accounts: []string{st.account}})
	if err != nil || len(report.Damage) > 0 || !strings.Contains(strings.Join(report.Notes, "\n"), "are missing") {
		t.Fatalf("%v, %q, %q", err, report.Damage, report.Notes)
	}
	report, found, err := st.elsewhere().Restore(t.Context(), reads(file.Bytes()), RestorePlan{})
	if err != nil || len(found) > 0 || !strings.Contains(strings.Join(report.Notes, "\n"), "are missing") {
		t.Errorf("%q, %q, %v", found, report.Notes, err)
	}
}

// TestAKeptSealThatCannotBeRead is told when the backup is made, not on the day on which it is needed.
func TestAKeptSealThatCannotBeRead(t *testing.T) {
	st := newStory(t)
	if err := keepLine(st, []byte("nothing that says anything")); err != nil {
		t.Fatal(err)
	}
	st.ticketOf("wang")
	st.sealed()
	file, report := st.taken("")
	if len(report.Damage) != 1 || !strings.Contains(report.Damage[0], "line 1 of the kept seals cannot be read") {
		t.Errorf("%q", report.Damage)
	}
	o := st.elsewhere()
	if _, _, err := o.Restore(t.Context(), reads(file), RestorePlan{}); !errors.Is(err, ticket.ErrInvalid) || o.rdb.DBSize(t.Context()).Val() > 0 {
		t.Errorf("%v, %d keys", err, o.rdb.DBSize(t.Context()).Val())
	}
	if _, _, err := o.Restore(t.Context(), reads(file), RestorePlan{Damaged: true}); err != nil {
		t.Error(err)
	}
}

// TestHalfARestoreIsNotBackedUp refuses a backup of what a restore has begun, at its beginning and at its end.
func TestHalfARestoreIsNotBackedUp(t *testing.T) {
	st := newStory(t)
	defer st.rdb.Del(t.Context(), restoringKey)
	st.ticketOf("wang")
	rdb := realRedis(t)
	looked := 0
	rdb.AddHook(around(func(cmds []redis.Cmder, send func([]redis.Cmder) error) error {
		err := send(cmds)
		if concerns(cmds, "get", restoringKey) {
			looked++
			st.rdb.Set(t.Context(), restoringKey, "one", 0)
		}
		return err
	}))
	for range 2 {
		if _, err := st.replica(rdb).Backup(t.Context(), io.Discard, BackupPlan{Accounts: []string{st.account}}); !errors.Is(err, ticket.ErrConflict) {
			t.Errorf("%d looks: %v", looked, err)
		}
	}
	if looked != 3 {
		t.Errorf("it is looked %d times: twice the first time, once the second time", looked)
	}
}

// deaf loses the answers to scripts about a key, of so many words, so many times.
type deaf struct {
	key   string
	words int
	times int
}

func (d *deaf) hook() around {
	return func(cmds []redis.Cmder, send func([]redis.Cmder) error) error {
		err := send(cmds)
		if _, script := cmds[0].(*redis.Cmd); script && err == nil && d.times > 0 && len(cmds[0].Args()) == d.words && slices.Contains(cmds[0].Args(), any(d.key)) {
			d.times--
			return io.ErrUnexpectedEOF
		}
		return err
	}
}

func TestNobodyServesBesideARestore(t *testing.T) {
	st := newStory(t)
	st.ticketOf("wang")
	file, _ := st.taken("")
	o := st.elsewhere()
	if err := o.Serving(t.Context()); err != nil {
		t.Fatal(err)
	}
	// A front desk that goes on.
	o.rdb.Persist(t.Context(), servingKey)
	short, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, _, err := o.Restore(short, reads(file), RestorePlan{}); !errors.Is(err, ticket.ErrConflict) && !errors.Is(err, ticket.ErrUnavailable) {
		t.Errorf("beside a front desk: %v", err)
	}
	if n := o.rdb.Exists(t.Context(), restoringKey).Val(); n != 0 {
		t.Error("the mark of a restore that never began stays")
	}
	// One that stops.
	o.rdb.PExpire(t.Context(), servingKey, 50*time.Millisecond)
	if _, _, err := o.Restore(t.Context(), reads(file), RestorePlan{}); err != nil {
		t.Error(err)
	}
}

// A restore that is cut off anywhere can be begun anew, and until it ended nobody serves.
func TestARestoreThatIsCutOff(t *testing.T) {
	st, media := activeTown(t)
	long := st.record("r3").Tickets[0] // longer than what is written at once
	for i := range inOne + 20 {
		st.converse("r3", st.says(ticket.Step{What: ticket.Say, Text: ticket.Personal(fmt.Sprint("还有一句", i))}))
	}
	file, _ := st.taken(media)
	want := st.brought(file).stored("requested:restored:", "fence")
	o := st.elsewhere()
	for first, executed := range []bool{false, true} {
		finished := false
		for at := 1 + first; !finished; at += 2 {
			if err := o.rdb.FlushAll(t.Context()).Err(); err != nil {
				t.Fatal(err)
			}
			if err := os.RemoveAll(o.seals); err != nil {
				t.Fatal(err)
			}
			cut := &cutter{at: at, executed: executed, on: true}
			client := redis.NewClient(o.rdb.(*redis.Client).Options())
			client.AddHook(cut.hook())
			dying, err := New(Config{Client: client, Clock: o.clockNow, Seals: o.seals, Silence: time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			folder := t.TempDir()
			_, _, err = dying.Restore(t.Context(), reads(file), RestorePlan{Media: folder})
			finished = cut.n.Load() < int64(at)
			if errs := client.Close(); errs != nil {
				t.Fatal(errs)
			}
			if finished && err != nil {
				t.Fatalf("cut at %d, executed %v: %v", at, executed, err)
			}
			began := o.rdb.DBSize(t.Context()).Val() > 0
			o.served.Store(nil) // a front desk that comes then
			if err := o.Serving(t.Context()); began && err == nil && !finished && o.header0(long.Number) == 0 {
				t.Fatalf("cut at %d, executed %v: half a restore would be served", at, executed)
			} else if err != nil {
				o.rdb.Del(t.Context(), servingKey)
				o.served.Store(nil) // and a restore of its own
				if _, found, err := o.Restore(t.Context(), reads(file), RestorePlan{Media: folder}); err != nil || len(found) > 0 {
					t.Fatalf("cut at %d, executed %v, anew: %q, %v", at, executed, found, err)
				}
			} else if !began || o.header0(long.Number) == 0 {
				continue // it was cut off before it wrote anything
			}
			if diff := cmp.Diff(want, o.stored("requested:restored:", "fence")); diff != "" {
				t.Fatalf("cut at %d, executed %v (-want +is): %s", at, executed, diff)
			}
		}
	}
	o.clean()
}

// header0 is how many entries a ticket has, 0 for none.
func (st *story) header0(n ticket.Number) int {
	h, err := st.header(st.t.Context(), keysOf(st.account), n)
	if err != nil {
		return 0
	}
	return h.Version
}

// A file that changes between the two readings is no backup: what was written of it is not served.
func TestAFileThatChangesUnderARestore(t *testing.T) {
	st := newStory(t)
	st.ticketOf("wang")
	file, _ := st.taken("")
	changed := bytes.Clone(file)
	changed[len(changed)-1] ^= 1
	o, times := st.elsewhere(), 0
	_, _, err := o.Restore(t.Context(), func() (io.Reader, error) {
		if times++; times == 1 {
			return bytes.NewReader(file), nil
		}
		return bytes.NewReader(changed), nil
	}, RestorePlan{})
	if !errors.Is(err, ticket.ErrInvalid) {
		t.Errorf("restored: %v", err)
	}
	if err := o.Serving(t.Context()); !errors.Is(err, ticket.ErrConflict) {
		t.Errorf("it would be served: %v", err)
	}
}

// What was edited or cut before the backup is told by the backup itself, and after a restore by fsck.
func TestABackupOfWhatWasTampered(t *testing.T) {
	for name, harm := range map[string]func(*story, keys, ticket.Number){
		"edited": func(st *story, k keys, n ticket.Number) {
			line := st.rdb.LIndex(t.Context(), k.entries(n), 0).Val()
			st.rdb.LSet(t.Context(), k.entries(n), 0, strings.Replace(line, "半夜", "白天", 1))
		},
		"the last one cut": func(st *story, k keys, n ticket.Number) { st.rdb.RPop(t.Context(), k.entries(n)) },
		"all of it gone":   func(st *story, k keys, n ticket.Number) { st.rdb.Del(t.Context(), k.entries(n)) },
		"not to be read":   func(st *story, k keys, n ticket.Number) { st.rdb.LSet(t.Context(), k.entries(n), 1, "{") },
		"no trace left": func(st *story, k keys, n ticket.Number) {
			st.rdb.Del(t.Context(), k.entries(n), k.ticket(n))
			st.rdb.ZRem(t.Context(), k.ofResident("wang"), string(n))
		},
		"the first seal cut": func(st *story, k keys, _ ticket.Number) { st.rdb.LPop(t.Context(), k.seals()) },
		"a seal edited": func(st *story, k keys, _ ticket.Number) {
			st.rdb.LSet(t.Context(), k.seals(), 0, strings.Replace(st.rdb.LIndex(t.Context(), k.seals(), 0).Val(), `"at":"2026`, `"at":"2025`, 1))
		},
	} {
		st := newStory(t)
		h, good := st.ticketOf("wang"), st.ticketOf("li")
		st.sealed()
		st.act(st.officer("3301", "林元众"), h.Number, ticket.Step{What: ticket.Claim})
		st.sealed()
		harm(st, keysOf(st.account), h.Number)
		file, report := st.taken("")
		if len(report.Damage) == 0 {
			t.Errorf("%s: the backup says nothing", name)
		}
		o := st.elsewhere()
		if _, _, err := o.Restore(t.Context(), reads(file), RestorePlan{}); !errors.Is(err, ticket.ErrInvalid) {
			t.Errorf("%s: restored: %v", name, err)
		}
		if n := o.rdb.DBSize(t.Context()).Val(); n != 0 {
			t.Errorf("%s: %d keys were written", name, n)
		}
		_, found, err := o.Restore(t.Context(), reads(file), RestorePlan{Damaged: true})
		if err != nil || len(found) == 0 {
			t.Errorf("%s: restored all the same: %q, %v", name, found, err)
		}
		if o.header0(good.Number) != 1 {
			t.Errorf("%s: the other ticket is gone", name)
		}
	}
}

// Nothing is forgotten because the list that leads to it is damaged, or because its resident has nothing else.
func TestABackupFindsStrays(t *testing.T) {
	st := newStory(t)
	h := st.ticketOf("wang")
	st.rdb.ZRem(t.Context(), keysOf(st.account).ofResident("wang"), string(h.Number))
	d := st.died("a stranger's")
	d.Resident = "stranger"
	st.buried(d)
	file, _ := st.taken("")
	o := st.brought(file)
	if got := o.record("wang").Tickets; len(got) != 1 || got[0].Number != h.Number {
		t.Errorf("%d tickets", len(got))
	}
	if got := o.deadOnes(); len(got) != 1 || got[0].Resident != "stranger" {
		t.Errorf("%d dead letters", len(got))
	}
}

// After a restore the seals guard what they guarded before: in Redis, and outside it.
func TestSealsGuardWhatWasRestored(t *testing.T) {
	st, media := activeTown(t)
	st.sealed()
	file, _ := st.taken(media)
	n := st.record("r0").Tickets[0].Number
	for name, harm := range map[string]func(*story, keys){
		"edited": func(o *story, k keys) {
			line := o.rdb.LIndex(t.Context(), k.entries(n), 0).Val()
			o.rdb.LSet(t.Context(), k.entries(n), 0, strings.Replace(line, "半夜", "白天", 1))
		},
		"the last one cut": func(o *story, k keys) {
			o.rdb.RPop(t.Context(), k.entries(n))
			o.rdb.Del(t.Context(), k.seals()) // only the seals outside know
		},
	} {
		o := st.brought(file)
		harm(o, keysOf(st.account))
		found, err := o.Fsck(t.Context(), st.account)
		if err != nil || !strings.Contains(strings.Join(found, "\n"), "kept seal") {
			t.Errorf("%s: %q, %v", name, found, err)
		}
	}
}

// somebodyElse answers from its second INFO on as another server would.
func somebodyElse() around {
	asked := 0
	return func(cmds []redis.Cmder, send func([]redis.Cmder) error) error {
		err := send(cmds)
		if info, ok := cmds[0].(*redis.StringCmd); ok && cmds[0].Name() == "info" {
			if asked++; asked > 1 {
				info.SetVal("# Server\r\nrun_id:another\r\n")
			}
		}
		return err
	}
}

func TestABackupIsOfOneServer(t *testing.T) {
	st := newStory(t)
	st.ticketOf("wang")
	rdb := realRedis(t)
	rdb.AddHook(somebodyElse())
	if _, err := st.replica(rdb).Backup(t.Context(), &bytes.Buffer{}, BackupPlan{Accounts: []string{st.account}}); !errors.Is(err, ticket.ErrUnavailable) {
		t.Errorf("a failover in the middle: %v", err)
	}
}

// Bytes of a photo that are not what they were called are not brought back under that name.
func TestAPhotoThatIsAnother(t *testing.T) {
	st, media := activeTown(t)
	names, err := filepath.Glob(filepath.Join(media, "*", "*"))
	if err != nil || len(names) != 1 {
		t.Fatal(names, err)
	}
	if err := os.WriteFile(names[0], []byte("another"), 0o600); err != nil {
		t.Fatal(err)
	}
	file, report := st.taken(media)
	if len(report.Damage) != 1 {
		t.Errorf("damage %q", report.Damage)
	}
	if read, err := Examine(bytes.NewReader(file), ""); err != nil || len(read.Damage) != 1 {
		t.Errorf("verified: %q, %v", read.Damage, err)
	}
	folder := t.TempDir()
	if _, _, err := st.elsewhere().Restore(t.Context(), reads(file), RestorePlan{Media: folder, Damaged: true}); err != nil {
		t.Error(err)
	}
	if back, _ := filepath.Glob(filepath.Join(folder, "*", "*")); len(back) != 0 {
		t.Errorf("it is back: %q", back)
	}
	_, report = st.taken("")
	if len(report.Notes) != 1 {
		t.Errorf("notes %q", report.Notes)
	}
}

// A letter that nobody can read does not spoil its resident: it comes to the sender, who buries it.
func TestARestoredLetterThatCannotBeRead(t *testing.T) {
	st := newStory(t)
	st.ticketOf("wang")
	st.rdb.RPush(t.Context(), keysOf(st.account).underWay("wang"), "{")
	file, _ := st.taken("")
	o := st.brought(file)
	got, err := o.TakeParcels(t.Context(), st.account, 10, time.Minute)
	if err != nil || len(got) != 1 || !got[0].Broken {
		t.Errorf("%d letters, %v", len(got), err)
	}
	if answer := o.converse("wang", o.says(ticket.Step{})); answer != "好的" {
		t.Errorf("the answer is %q", answer)
	}
}

// Nothing in a report tells of anybody.
func TestAReportTellsOfNobody(t *testing.T) {
	st, media := activeTown(t)
	n := st.record("r0").Tickets[0].Number
	st.rdb.LSet(t.Context(), keysOf(st.account).entries(n), 0, `{"seq":1,"text":"秘密"}`)
	_, report := st.taken(media)
	text, err := json.Marshal(report)
	if err != nil || len(report.Damage) == 0 {
		t.Fatal(err)
	}
	for _, word := range []string{"秘密", "r0", "楼上", "photographer"} {
		if strings.Contains(string(text), word) {
			t.Errorf("it says %q: %s", word, text)
		}
	}
}
