package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"frontdesk/flows"
	"frontdesk/ticket"
)

// taken makes a backup of the story's account, with the bytes of a folder.
func (st *story) taken(media string) ([]byte, Report) {
	st.t.Helper()
	var file bytes.Buffer
	report, err := st.Backup(st.t.Context(), &file, BackupPlan{Accounts: []string{st.account}, Media: media})
	if err != nil {
		st.t.Fatal(err)
	}
	return file.Bytes(), report
}

// reads opens a backup as often as it is asked.
func reads(file []byte) func() (io.Reader, error) {
	return func() (io.Reader, error) { return bytes.NewReader(file), nil }
}

// elsewhere is a clean machine: a Redis of its own and empty folders.
func (st *story) elsewhere() *story {
	st.t.Helper()
	server, err := Launch(st.t.Context(), Local{Dir: st.t.TempDir()})
	if err != nil {
		st.t.Fatal(err)
	}
	client := redis.NewClient(server.Options())
	st.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := errors.Join(client.Close(), server.Stop(ctx)); err != nil {
			st.t.Error(err)
		}
	})
	other := &story{t: st.t, account: st.account, trips: &trips{}}
	other.now.Store(st.now.Load())
	other.serial.Store(1000)
	s, err := New(Config{Client: client, Clock: other.clockNow, Seals: st.t.TempDir(), Silence: time.Millisecond})
	if err != nil {
		st.t.Fatal(err)
	}
	other.Store = s
	return other
}

// brought is a backup brought back on a clean machine.
func (st *story) brought(file []byte) *story {
	st.t.Helper()
	other := st.elsewhere()
	if _, found, err := other.Restore(st.t.Context(), reads(file), RestorePlan{Media: st.t.TempDir()}); err != nil || len(found) > 0 {
		st.t.Fatalf("restore: %q, %v", found, err)
	}
	other.clean()
	return other
}

func (st *story) sealed() {
	st.t.Helper()
	if err := st.Seal(st.t.Context(), st.account, st.clockNow()); err != nil {
		st.t.Fatal(err)
	}
}

// stored is everything that redis has of the account, for comparison.
func (st *story) stored(without ...string) map[string]string {
	st.t.Helper()
	ctx, all := st.t.Context(), map[string]string{}
	k := keysOf(st.account)
	names, err := st.scan(ctx, k, k.of("*"))
	if err != nil {
		st.t.Fatal(err)
	}
next:
	for _, name := range names {
		rest := strings.TrimPrefix(name, string(k))
		for _, w := range without {
			if strings.HasPrefix(rest, w) {
				continue next
			}
		}
		switch st.rdb.Type(ctx, name).Val() {
		case "string":
			all[rest] = st.rdb.Get(ctx, name).Val()
		case "hash":
			for f, v := range st.rdb.HGetAll(ctx, name).Val() {
				all[rest+" "+f] = v
			}
		case "list":
			all[rest] = strings.Join(st.rdb.LRange(ctx, name, 0, -1).Val(), "\n")
		case "set":
			for _, m := range st.rdb.SMembers(ctx, name).Val() {
				all[rest+" "+m] = ""
			}
		case "zset":
			for _, z := range st.rdb.ZRangeWithScores(ctx, name, 0, -1).Val() {
				all[rest+" "+fmt.Sprint(z.Member)] = fmt.Sprint(z.Score)
			}
		}
	}
	return all
}

// activeTown is an account in which everything that there is happened: tickets in every state, photos, conversations, letters, dead letters, seals.
func activeTown(t *testing.T) (*story, string) {
	t.Helper()
	st := newStory(t)
	media := t.TempDir()
	lin := st.officer("3301", "林元众")
	lin.ID = "lin-" + st.account[3:]
	if err := st.AddOfficer(t.Context(), lin); err != nil {
		t.Fatal(err)
	}
	for i, kind := range []ticket.Kind{ticket.Consult, ticket.Dispute, ticket.Feedback, ticket.Hazard, ticket.Clue} {
		o := st.opening(fmt.Sprint("r", i))
		o.Kind, o.Urgent = kind, i == 1
		st.converse(fmt.Sprint("r", i), st.opens(o))
	}
	bytes := []byte("\xff\xd8 a photo")
	sum := sha256.Sum256(bytes)
	digest := hex.EncodeToString(sum[:])
	if err := os.MkdirAll(filepath.Join(media, digest[:2]), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(media, digest[:2], digest), bytes, 0o600); err != nil {
		t.Fatal(err)
	}
	photo := func(id string) ticket.Attachment {
		return ticket.Attachment{ID: id, Kind: ticket.Photo, State: ticket.MediaPending}
	}
	o := st.opening("photographer")
	o.Media = []ticket.Attachment{photo("p1"), photo("p2")}
	decide := st.opens(o)
	st.converse("photographer", func(r flows.Resident) (flows.Change, error) {
		c, err := decide(r)
		c.Fetch = o.Media
		return c, err
	})
	fetches, err := st.TakeFetches(t.Context(), st.account, 1, time.Minute)
	if err != nil || len(fetches) != 1 {
		t.Fatalf("%d fetches, %v", len(fetches), err)
	}
	kept := fetches[0].File
	kept.State, kept.Digest, kept.Type, kept.Size = ticket.MediaKept, digest, "image/jpeg", int64(len(bytes))
	if err := st.SettleFetch(t.Context(), fetches[0], kept, time.Time{}); err != nil {
		t.Fatal(err)
	}
	// Letters: one delivered, one in the mailbox, one under way.
	h := st.record("r0").Tickets[0]
	st.act(lin, h.Number, ticket.Step{What: ticket.Claim})
	st.settled(st.parcel(), ticket.Delivery{Fate: ticket.Delivered, Via: ticket.ViaService, Tries: 1, At: st.clockNow()})
	st.act(lin, h.Number, ticket.Step{What: ticket.Reply, Text: "明天上午来"})
	st.settled(st.parcel(), ticket.Delivery{Fate: ticket.InMailbox, Via: ticket.ViaMailbox, Tries: 1, At: st.clockNow()})
	st.sealed()
	st.act(lin, h.Number, ticket.Step{What: ticket.Reply, Text: "带上户口簿"})
	// A matter that is over, and one that was withdrawn.
	over := st.record("r2").Tickets[0]
	st.act(lin, over.Number, ticket.Step{What: ticket.Claim})
	st.act(lin, over.Number, ticket.Step{What: ticket.Resolve, Text: "已经办好"})
	st.sealed()
	st.buried(st.died("dead-1"))
	torn := ticket.Dead{Account: st.account, Where: ticket.AtCallback, Why: ticket.Undecodable, Identity: "dead-2", At: st.clockNow(), Original: "\xff\x00"}.Named()
	st.buried(torn)
	// In the middle of a conversation.
	st.converse("undecided", func(flows.Resident) (flows.Change, error) {
		return flows.Change{Followed: true, Opens: flows.OpensMessage, Answer: "发生在哪里？",
			Conversation: flows.Conversation{Flow: "dispute", Step: "where", Answers: []flows.Answer{{Value: "楼上502"}}}}, nil
	})
	return st, media
}

func TestABackupBringsEverythingBack(t *testing.T) {
	st, media := activeTown(t)
	file, report := st.taken(media)
	if len(report.Damage)+len(report.Notes) > 0 || report.Counts.Files != 1 || report.Counts.Dead != 2 || report.Counts.Tickets != 6 {
		t.Errorf("report %+v", report)
	}
	read, err := Examine(bytes.NewReader(file), "")
	if diff := cmp.Diff(report, read); err != nil || diff != "" {
		t.Errorf("verified: %v %s", err, diff)
	}
	other := st.elsewhere()
	folder := t.TempDir()
	if _, found, err := other.Restore(t.Context(), reads(file), RestorePlan{Media: folder}); err != nil || len(found) > 0 {
		t.Fatalf("restore: %q, %v", found, err)
	}
	other.clean()
	// Everything is as it was, but for what says that time went on: leases, and letters, which wait now.
	differs := []string{"leases", "fence", "outbox", "touched", "requested:restored:", "resident:r", "ticket:", "files:due"}
	if diff := cmp.Diff(st.stored(differs...), other.stored(differs...)); diff != "" {
		t.Errorf("it differs (-was +is): %s", diff)
	}
	k := keysOf(st.account)
	was, _ := st.rdb.Get(t.Context(), k.fence()).Int64()
	if is, err := other.rdb.Get(t.Context(), k.fence()).Int64(); err != nil || is < was+fenceLeap {
		t.Errorf("leases go on from %d, %v; those that were given after the backup may have the same numbers", is, err)
	}
	for _, who := range []string{"r0", "r2"} {
		n := st.record(who).Tickets[0].Number
		was, err := st.replay(t.Context(), k, n)
		is, errs := other.replay(t.Context(), k, n)
		if diff := cmp.Diff(was, is); err != nil || errs != nil || diff != "" {
			t.Errorf("ticket of %s: %v %v %s", who, err, errs, diff)
		}
	}
	for _, name := range []string{k.answered("m1"), k.deadOne(st.died("dead-1").ID)} {
		was, is := st.rdb.PTTL(t.Context(), name).Val(), other.rdb.PTTL(t.Context(), name).Val()
		if was <= 0 || is <= 0 || is > was+time.Minute || is < was-time.Minute {
			t.Errorf("remembered for %s, was %s", is, was)
		}
	}
	before, err := filepath.Glob(filepath.Join(media, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range before {
		was, err := os.ReadFile(name)
		is, errs := os.ReadFile(filepath.Join(folder, filepath.Base(filepath.Dir(name)), filepath.Base(name)))
		if err != nil || errs != nil || !bytes.Equal(was, is) {
			t.Errorf("a photo is not back: %v %v", err, errs)
		}
	}
	old, _ := keptSeals(st)
	now, err := keptSeals(other)
	if diff := cmp.Diff(old, now); err != nil || diff != "" || len(now) != 2 {
		t.Errorf("kept seals: %v %s", err, diff)
	}
}

// What follows on a restored machine: the conversation goes on, photos that were not fetched come, the next seal follows the last one.
func TestLifeGoesOnAfterARestore(t *testing.T) {
	st, media := activeTown(t)
	file, _ := st.taken(media)
	other := st.brought(file)
	if c := other.record("undecided").Conversation; c.Flow != "dispute" || c.Step != "where" || len(c.Answers) != 1 {
		t.Errorf("the conversation is %+v", c)
	}
	if n := other.rdb.ZCard(t.Context(), keysOf(st.account).fetches()).Val(); n != 1 {
		t.Errorf("%d files are fetched anew", n)
	}
	got, err := other.TakeFetches(t.Context(), st.account, 10, time.Minute)
	if err != nil || len(got) != 1 || got[0].File.ID != "p2" {
		t.Errorf("%d fetches, %v", len(got), err)
	}
	if err := other.SettleFetch(t.Context(), got[0], ticket.Attachment{ID: "p2", Kind: ticket.Photo, State: ticket.MediaLost, Reason: "过期了"}, time.Time{}); err != nil {
		t.Error(err)
	}
	if n := len(other.record("photographer").Tickets); n != 1 {
		t.Errorf("%d tickets", n)
	}
	for _, l := range []ticket.List{ticket.ListQueue, ticket.ListOpen, ticket.ListDone} {
		was, err := st.Queue(t.Context(), st.officer("x", "周敏"), ticket.Query{List: l})
		is, errs := other.Queue(t.Context(), st.officer("x", "周敏"), ticket.Query{List: l})
		if l == ticket.ListOpen && len(was.Rows) == 0 {
			t.Error("an empty town")
		}
		for i := range was.Rows { // the photo that came moved its ticket on
			if i < len(is.Rows) && was.Rows[i].Number != is.Rows[i].Number {
				t.Errorf("%s: another order", l)
			}
		}
		if err != nil || errs != nil || len(was.Rows) != len(is.Rows) || was.Total != is.Total {
			t.Errorf("%s: %d rows, were %d: %v %v", l, len(is.Rows), len(was.Rows), err, errs)
		}
	}
	d := st.died("dead-1")
	if err := other.replayed(d); err != nil {
		t.Errorf("a dead letter is put through: %v", err)
	}
	if answer, err := other.Converse(t.Context(), st.account, "r0", "m1", other.says(ticket.Step{})); err != nil || !strings.HasPrefix(answer, "已经记下") {
		t.Errorf("a message that was answered before is answered %q, %v", answer, err)
	}
	other.pass(time.Minute)
	other.sealed()
	kept, err := keptSeals(other)
	if err != nil || len(kept) != 3 || kept[2].Seq != 3 || kept[2].Prev != kept[1].Hash {
		t.Errorf("%d kept seals, %v", len(kept), err)
	}
	if n := len(kept[2].Heads); n != 2 { // the photo that is lost, the message that had died
		t.Errorf("the next seal covers %d tickets", n)
	}
	other.clean()
}

// Letters that were under way are not sent by themselves: they wait, marked, and the officer is told.
func TestLettersWaitAfterARestore(t *testing.T) {
	st, media := activeTown(t)
	file, _ := st.taken(media)
	other := st.brought(file)
	if got, err := other.TakeParcels(t.Context(), st.account, 10, time.Minute); err != nil || len(got) != 0 {
		t.Fatalf("%d letters are sent by themselves, %v", len(got), err)
	}
	n := other.record("r0").Tickets[0].Number
	v, err := other.Find(t.Context(), st.officer("x", "林元众"), n)
	if err != nil || len(v.Deliveries) != 3 {
		t.Fatalf("%d deliveries, %v", len(v.Deliveries), err)
	}
	if d := v.Deliveries[0]; d.Fate != ticket.Delivered {
		t.Errorf("the first one was %+v", d)
	}
	if d := v.Deliveries[2]; d.Fate != ticket.InMailbox || d.Via != ticket.ViaMailbox || d.Reason != restoredReason {
		t.Errorf("the last one is %+v", d)
	}
	answer := other.converse("r0", other.says(ticket.Step{}))
	for _, want := range []string{restoredLetter + "明天上午来", restoredLetter + "带上户口簿"} {
		if strings.Count(answer, want) == 0 && !strings.Contains(answer, want[len(restoredLetter):]) {
			t.Errorf("%q is missing in %q", want, answer)
		}
	}
	if strings.Count(answer, strings.TrimSpace(restoredLetter)) != 2 {
		t.Errorf("the letters are not marked: %q", answer)
	}
	other.clean()
}

// Residents talk and officers act while the backup is made. Each resident is in it whole.
func TestABackupOfABusyRoom(t *testing.T) {
	st := newStory(t)
	st.stride = one
	for i := range 40 {
		st.ticketOf(fmt.Sprint("r", i))
	}
	st.sealed()
	busy, stop := context.WithCancel(t.Context())
	var crowd sync.WaitGroup
	for w := range 4 {
		crowd.Go(func() {
			for i := 0; busy.Err() == nil; i++ {
				if err := st.busy(fmt.Sprint("r", (i*4+w)%200), fmt.Sprint("b", w, "-", i)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	var files [][]byte
	for range 5 {
		file, report := st.taken("")
		if len(report.Damage) > 0 {
			t.Errorf("damage: %q", report.Damage)
		}
		files = append(files, file)
	}
	stop()
	crowd.Wait()
	st.clean()
	for i, file := range files {
		st.agrees(i, file)
	}
	st.brought(files[len(files)-1])
}

// one has versions count changes.
func one() int64 { return 1 }

// busy is one message, and an officer who takes the ticket: each makes one entry and raises the resident's version by one.
func (st *story) busy(who, identity string) error {
	decide := st.says(ticket.Step{What: ticket.Say, Text: ticket.Personal(identity)})
	if len(st.record(who).Tickets) == 0 {
		o := st.opening(who)
		o.Title, o.Media = ticket.Personal(identity), []ticket.Attachment{{ID: identity, Kind: ticket.Photo, State: ticket.MediaPending}}
		opens := st.opens(o)
		decide = func(r flows.Resident) (flows.Change, error) {
			c, err := opens(r)
			c.Fetch = o.Media
			return c, err
		}
	}
	if _, err := st.Converse(st.t.Context(), st.account, ticket.Personal(who), identity, decide); err != nil {
		return err
	}
	h := st.record(who).Tickets[0]
	if _, err := st.Act(st.t.Context(), st.officer("3301", "林元众"), h.Number, identity, ticket.Step{What: ticket.Claim}); err == nil {
		return st.Seal(st.t.Context(), st.account, st.clockNow())
	}
	return nil
}

// agrees looks into a backup of a busy room: the parts that were read at different times must fit together.
func (st *story) agrees(i int, file []byte) {
	st.t.Helper()
	entries, said, known, files, photos := map[string]int{}, map[string]bool{}, []string{}, map[string]bool{}, []string{}
	err := readArchive(bytes.NewReader(file), func(r record, _ io.Reader) error {
		switch r.Kind {
		case recTicket:
			who := r.Entries[0].Opening.Resident.Reveal()
			entries[who] += len(r.Entries)
			said[r.Entries[0].Opening.Title.Reveal()] = true
			for _, m := range r.Entries[0].Opening.Media {
				photos = append(photos, m.ID)
			}
			for _, e := range r.Entries {
				said[e.Text.Reveal()] = true
			}
		case recResident:
			if v := string(r.Hash["v"]); v != fmt.Sprint(entries[r.Name]) {
				st.t.Errorf("backup %d: a resident is at version %s with %d entries", i, v, entries[r.Name])
			}
			delete(entries, r.Name)
		case recKnown:
			if identity, ok := strings.CutPrefix(r.Name, "answered:b"); ok {
				known = append(known, "b"+identity)
			}
		case recFile:
			files[r.Name] = true
		}
		return nil
	})
	if err != nil {
		st.t.Errorf("backup %d: %v", i, err)
	}
	for _, identity := range known {
		if !said[identity] {
			st.t.Errorf("backup %d: message %s was answered and has no effect", i, identity)
		}
	}
	for _, id := range photos {
		if !files[id] {
			st.t.Errorf("backup %d: photo %s is not written down", i, id)
		}
	}
	for who := range entries {
		st.t.Errorf("backup %d: tickets of %s without their resident", i, who)
	}
}

// meddler lets something happen between any two commands of a backup that are not one transaction.
func meddler(meddle func()) around {
	return func(cmds []redis.Cmder, send func([]redis.Cmder) error) error {
		defer meddle()
		if len(cmds) == 1 || cmds[0].Name() == "multi" {
			return send(cmds)
		}
		for _, cmd := range cmds {
			meddle()
			if err := send([]redis.Cmder{cmd}); err != nil {
				return err
			}
		}
		return nil
	}
}

// A stranger's first message died, and is put through while the backup is made: at every moment it is in it dead or in effect.
func TestADeadLetterIsReplayedMeanwhile(t *testing.T) {
	var d ticket.Dead
	moments(t, func(st *story) func() error {
		st.ticketOf("wang")
		d = st.died("m1")
		d.Resident, d.Identity = "stranger", "strange"
		d = d.Named()
		st.buried(d)
		return func() error {
			_, err := st.ReplayMessage(t.Context(), d, "stranger", "strange", d.At, func(flows.Resident) (flows.Change, error) {
				return flows.Change{Followed: true, Conversation: flows.Conversation{Flow: "dispute", Step: "where"}}, nil
			})
			return err
		}
	}, func(at int, all []record) {
		there := map[string]int{}
		for _, r := range all {
			if r.Name == d.ID || r.Name == "stranger" {
				there[r.Kind]++
			}
		}
		if there[recDead]+there[recResident] != 1 {
			t.Errorf("replayed at %d: %v", at, there)
		}
	})
}

func TestAResidentIsReadInOneTransaction(t *testing.T) {
	for name, meanwhile := range map[string]func(*story, string) func(flows.Resident) (flows.Change, error){
		"new tickets": func(st *story, identity string) func(flows.Resident) (flows.Change, error) {
			o := st.opening("wang")
			o.Title = ticket.Personal(identity)
			return st.opens(o)
		},
		"new words": func(st *story, identity string) func(flows.Resident) (flows.Change, error) {
			return st.says(ticket.Step{What: ticket.Say, Text: ticket.Personal(identity)})
		},
	} {
		st := newStory(t)
		st.stride = one
		st.ticketOf("wang")
		n := 0
		rdb := realRedis(t)
		rdb.AddHook(meddler(func() {
			if n++; n > 40 { // tickets stand still in the end
				return
			}
			identity := fmt.Sprint("b", n)
			if _, err := st.Converse(t.Context(), st.account, "wang", identity, meanwhile(st, identity)); err != nil {
				t.Error(err)
			}
		}))
		var file bytes.Buffer
		if _, err := st.replica(rdb).Backup(t.Context(), &file, BackupPlan{Accounts: []string{st.account}}); err != nil {
			t.Fatal(err)
		}
		if n < 5 {
			t.Errorf("%s: nothing happened meanwhile: %d", name, n)
		}
		st.agrees(0, file.Bytes())
	}
}

// A backup can be held against the seals that another machine kept: what they cover must be in it.
func TestSealsKeptElsewhere(t *testing.T) {
	st := newStory(t)
	h := st.ticketOf("wang")
	st.sealed()
	st.act(st.officer("3301", "林元众"), h.Number, ticket.Step{What: ticket.Claim})
	st.pass(time.Minute)
	st.sealed()
	elsewhere := t.TempDir()
	copied := func() {
		t.Helper()
		text, err := os.ReadFile(filepath.Join(st.seals, st.account+".seals"))
		if err == nil {
			err = os.WriteFile(filepath.Join(elsewhere, st.account+".seals"), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	copied()
	st.pass(time.Minute)
	good, _ := st.taken("")
	// What was sealed after the backup is no fault of it.
	st.act(st.officer("3301", "林元众"), h.Number, ticket.Step{What: ticket.Reply, Text: "今晚就来"})
	st.pass(time.Minute)
	st.sealed()
	copied()
	if report, err := Examine(bytes.NewReader(good), elsewhere); err != nil || len(report.Damage) > 0 {
		t.Errorf("a good one: %q, %v", report.Damage, err)
	}
	// Somebody cut the history, the seals in Redis and those in the folder alike.
	k := keysOf(st.account)
	st.rdb.LTrim(t.Context(), k.entries(h.Number), 0, 0)
	st.rdb.LTrim(t.Context(), k.seals(), 0, 0)
	if err := os.Remove(filepath.Join(st.seals, st.account+".seals")); err != nil {
		t.Fatal(err)
	}
	bad, report := st.taken("")
	if len(report.Damage) > 0 {
		t.Errorf("damage %q", report.Damage)
	}
	if report, err := Examine(bytes.NewReader(bad), elsewhere); err != nil || len(report.Damage) == 0 {
		t.Errorf("a cut one: %q, %v", report.Damage, err)
	}
}
