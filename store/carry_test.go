package store

import (
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/flows"
	"frontdesk/ticket"
)

// unspoken loses the reply to one commit, after Redis has carried it out.
type unspoken struct{ armed atomic.Bool }

func (u *unspoken) hook() around {
	return func(cmds []redis.Cmder, send func([]redis.Cmder) error) error {
		err := send(cmds)
		if c, ok := cmds[0].(*redis.Cmd); ok && err == nil && fmt.Sprint(c.Val()) == "[done]" && u.armed.CompareAndSwap(true, false) {
			return io.EOF
		}
		return err
	}
}

// waiting is a story in which an officer's reply waits in wang's mailbox.
func waiting(t *testing.T, text ticket.Personal) (*story, ticket.Number, *unspoken) {
	t.Helper()
	st, u := newStory(t), &unspoken{}
	st.rdb.AddHook(u.hook())
	h, lin := st.ticketOf("wang"), st.officer("3301", "林元众")
	st.act(lin, h.Number, ticket.Step{What: ticket.Claim})
	st.settled(st.parcel(), ticket.Delivery{Fate: ticket.Delivered, Via: ticket.ViaService, Tries: 1, At: st.clockNow()})
	st.act(lin, h.Number, ticket.Step{What: ticket.Reply, Text: text})
	st.settled(st.parcel(), ticket.Delivery{Fate: ticket.InMailbox, Via: ticket.ViaMailbox, At: st.clockNow()})
	return st, h.Number, u
}

// newest is what an officer sees of the newest letter of a ticket.
func (st *story) newest(n ticket.Number) ticket.Delivery {
	st.t.Helper()
	v, err := st.Find(st.t.Context(), st.officer("3301", "林元众"), n)
	if err != nil || len(v.Deliveries) == 0 {
		st.t.Fatalf("%d deliveries, %v", len(v.Deliveries), err)
	}
	return v.Deliveries[len(v.Deliveries)-1]
}

// asks has wang send a message under an identity to a replica.
func (st *story) asks(s *Store, identity string) (string, error) {
	return s.Converse(st.t.Context(), st.account, "wang", identity, st.says(ticket.Step{}))
}

func (st *story) answered(s *Store, identity string) {
	st.t.Helper()
	if err := s.Answered(st.t.Context(), st.account, "wang", identity); err != nil {
		st.t.Fatal(err)
	}
}

func TestAReplyComesAgainWhenItsAnswerWasLost(t *testing.T) {
	st, n, lost := waiting(t, "明天上午来")
	lost.armed.Store(true)
	if answer, err := st.asks(st.Store, "first"); err == nil {
		t.Fatalf("answered %q although the reply of redis was lost", answer)
	}
	if d := st.newest(n); d.Fate != ticket.Sending || d.Via != ticket.ViaAnswer || d.Reason == "" {
		t.Errorf("nobody knows whether it left, and it is %+v", d)
	}
	st.clean()
	answer, err := st.asks(st.Store, "sent again")
	if err != nil || !strings.Contains(answer, "明天上午来") {
		t.Fatalf("answered %q, %v", answer, err)
	}
	if d := st.newest(n); d.Fate != ticket.Sending {
		t.Errorf("before the answer left it is %+v", d)
	}
	st.answered(st.Store, "first") // too late: another answer carries it by now
	if d := st.newest(n); d.Fate != ticket.Sending {
		t.Errorf("the wrong answer delivered it: %+v", d)
	}
	st.answered(st.Store, "sent again")
	if d := st.newest(n); d.Fate != ticket.Delivered || d.Via != ticket.ViaAnswer || d.Reason != "" {
		t.Errorf("after the answer left it is %+v", d)
	}
	if answer, err := st.asks(st.Store, "later"); err != nil || strings.Contains(answer, "明天上午来") {
		t.Errorf("then answered %q, %v", answer, err)
	}
	st.clean()
}

// The platform posts a message again, to another replica: the answer is the same, and once it left nothing comes twice.
func TestARetryBringsTheSameLetter(t *testing.T) {
	st, n, lost := waiting(t, "明天上午来")
	other := st.replica(st.rdb)
	lost.armed.Store(true)
	if _, err := st.asks(st.Store, "first"); err == nil {
		t.Fatal("nothing was lost")
	}
	if answer, err := st.asks(other, "first"); err != nil || !strings.Contains(answer, "明天上午来") {
		t.Fatalf("answered %q, %v", answer, err)
	}
	st.answered(other, "first")
	if d := st.newest(n); d.Fate != ticket.Delivered || d.Via != ticket.ViaAnswer {
		t.Errorf("it is %+v", d)
	}
	if answer, err := st.asks(st.Store, "second"); err != nil || strings.Contains(answer, "明天上午来") {
		t.Errorf("then answered %q, %v", answer, err)
	}
}

// Whoever wrote several messages at once gets each letter with one of them; a replica that died with the answer in hand is noticed in time.
func TestAnAnswerOnItsWayKeepsItsLetters(t *testing.T) {
	st, n, _ := waiting(t, "明天上午来")
	other := st.replica(st.rdb)
	if answer, err := st.asks(st.Store, "x1"); err != nil || !strings.Contains(answer, "明天上午来") {
		t.Fatalf("answered %q, %v", answer, err)
	}
	for i := range 4 {
		st.pass(time.Second)
		if answer, err := st.asks(other, fmt.Sprint("at once", i)); err != nil || strings.Contains(answer, "明天上午来") {
			t.Fatalf("answered %q, %v", answer, err)
		}
	}
	st.pass(time.Second)
	if answer, err := st.asks(other, "x2"); err != nil || !strings.Contains(answer, "明天上午来") {
		t.Fatalf("after a crash answered %q, %v", answer, err)
	}
	st.answered(other, "x2")
	if d := st.newest(n); d.Fate != ticket.Delivered {
		t.Errorf("it is %+v", d)
	}
}

// Only a message that carried letters pays for them, after its answer.
func TestWhatLettersCost(t *testing.T) {
	st, _, _ := waiting(t, "明天上午来")
	trips := func(do func()) int64 {
		before := st.trips.n.Load()
		do()
		return st.trips.n.Load() - before
	}
	say := func(identity string) func() {
		return func() {
			if _, err := st.asks(st.Store, identity); err != nil {
				t.Fatal(err)
			}
		}
	}
	say("x1")()
	if n := trips(func() { st.answered(st.Store, "x1") }); n == 0 {
		t.Error("the letters are not written down")
	}
	if n := trips(say("x2")); n != 1 {
		t.Errorf("the message after it took %d round trips", n)
	}
	if n := trips(func() { st.answered(st.Store, "x2") }); n != 0 {
		t.Errorf("an answer without letters took %d round trips", n)
	}
}

// A letter that takes two answers begins anew when its first answer was lost, and its rest does not come twice.
func TestALongReplyBeginsAnew(t *testing.T) {
	long := strings.Repeat("请带上户口簿和身份证，到长安路窗口。", 60) + "最后一句。"
	st, n, lost := waiting(t, ticket.Personal(long))
	lost.armed.Store(true)
	if _, err := st.asksOn("first"); err == nil {
		t.Fatal("nothing was lost")
	}
	read := st.readsOn(4)
	if first, last := strings.Index(read, "回复您"), strings.Index(read, "最后一句"); first < 0 || last < first || strings.Count(read, "最后一句") != 1 || strings.Count(read, "回复您") != 1 {
		t.Errorf("she reads %q", read)
	}
	if d := st.newest(n); d.Fate != ticket.Delivered || len(st.record("wang").Mailbox) != 0 {
		t.Errorf("it is %+v, %d letters wait", d, len(st.record("wang").Mailbox))
	}
}

// Nobody reads the rest of a long letter before its beginning: while that is on its way another message brings nothing, and when it was lost all is read in order.
func TestARestWaitsForItsBeginning(t *testing.T) {
	var sentences strings.Builder
	for i := range 200 {
		fmt.Fprintf(&sentences, "第%d件请带好。", i+1000)
	}
	st, n, _ := waiting(t, ticket.Personal(sentences.String()))
	if _, err := st.asksOn("lost"); err != nil {
		t.Fatal(err)
	}
	answer, err := st.asksOn("beside")
	if err != nil || strings.Contains(answer, "件请带好") {
		t.Errorf("beside it: %q, %v", answer, err)
	}
	st.answered(st.Store, "beside")
	st.pass(time.Minute)
	read := st.readsOn(6)
	last := -1
	for i := range 200 {
		at := strings.Index(read, fmt.Sprintf("第%d件", i+1000))
		if at <= last || strings.Count(read, fmt.Sprintf("第%d件", i+1000)) != 1 {
			t.Fatalf("sentence %d is not in its place: %q", i, read)
		}
		last = at
	}
	if d := st.newest(n); d.Fate != ticket.Delivered || len(st.record("wang").Mailbox) != 0 {
		t.Errorf("it is %+v, %d letters wait", d, len(st.record("wang").Mailbox))
	}
}

// asksOn is she who writes 继续, and what she is answered.
func (st *story) asksOn(identity string) (string, error) {
	return st.Converse(st.t.Context(), st.account, "wang", identity, func(r flows.Resident) (flows.Change, error) {
		return flows.Decide(r, flows.Input{ID: identity, Kind: flows.Text, Text: "继续"}, flows.World{
			Now: st.clockNow(), Account: ticket.Account{ID: st.account, Stations: []ticket.Station{{ID: "main"}}}, Number: "482719365",
		})
	})
}

// readsOn is she who writes 继续 so many times, and all that the answers bring, each of which leaves.
func (st *story) readsOn(times int) (read string) {
	st.t.Helper()
	for i := range times {
		identity := fmt.Sprint("again", i)
		more, err := st.asksOn(identity)
		if err != nil {
			st.t.Fatal(err)
		}
		read += more
		st.answered(st.Store, identity)
	}
	return read
}

// The rest of a long letter stays when another message, which takes nothing along, comes before the answer with the beginning is known to have left.
func TestARestOutlivesAnotherMessage(t *testing.T) {
	long := strings.Repeat("请带上户口簿和身份证，到长安路窗口。", 60) + "最后一句。"
	for _, later := range []time.Duration{time.Second, time.Minute} { // the answer is on its way, or taken for lost
		st, n, _ := waiting(t, ticket.Personal(long))
		read, err := st.asksOn("first")
		if err != nil {
			t.Fatal(err)
		}
		st.pass(later)
		st.converse("wang", func(flows.Resident) (flows.Change, error) { return flows.Change{Answer: "请马上拨打110。"}, nil })
		st.answered(st.Store, "first")
		read += st.readsOn(4)
		if strings.Count(read, "最后一句") != 1 || strings.Count(read, "回复您") != 1 {
			t.Errorf("%s later: she reads %q", later, read)
		}
		if d := st.newest(n); d.Fate != ticket.Delivered || len(st.record("wang").Mailbox) != 0 {
			t.Errorf("%s later: it is %+v, %d letters wait", later, d, len(st.record("wang").Mailbox))
		}
	}
}

// Who leaves takes the letters along that an answer carries.
func TestLeavingEndsALetterInAnAnswer(t *testing.T) {
	st, n, _ := waiting(t, "明天上午来")
	if _, err := st.asks(st.Store, "x1"); err != nil {
		t.Fatal(err)
	}
	st.converse("wang", func(flows.Resident) (flows.Change, error) { return flows.Change{Forget: true}, nil })
	st.answered(st.Store, "x1")
	if d := st.newest(n); d.Fate != ticket.Failed || !strings.Contains(d.Reason, "没有确认") || len(st.record("wang").Mailbox) != 0 {
		t.Errorf("it is %+v", d)
	}
	st.clean()
}

// A letter in an answer that is not known to have left is in the backup and waits in the mailbox after it.
func TestALetterInAnAnswerIsBackedUp(t *testing.T) {
	st, n, _ := waiting(t, "明天上午来")
	if _, err := st.asks(st.Store, "x1"); err != nil {
		t.Fatal(err)
	}
	file, _ := st.taken("")
	other := st.brought(file)
	if d := other.newest(n); d.Fate != ticket.InMailbox || d.Reason != restoredReason {
		t.Errorf("it is %+v", d)
	}
	answer := other.converse("wang", other.says(ticket.Step{}))
	if !strings.Contains(answer, restoredLetter) || !strings.Contains(answer, "明天上午来") {
		t.Errorf("answered %q", answer)
	}
	other.clean()
}

func TestFsckMissesALetter(t *testing.T) {
	st, _, _ := waiting(t, "明天上午来")
	if _, err := st.asks(st.Store, "x1"); err != nil {
		t.Fatal(err)
	}
	st.clean()
	st.rdb.Del(t.Context(), keysOf(st.account).mailbox("wang"))
	found, err := st.Fsck(t.Context(), st.account)
	if err != nil || len(found) != 1 || !strings.Contains(found[0], "the letter of entry 3 is shown as sending and is nowhere") {
		t.Errorf("fsck says %q, %v", found, err)
	}
}

// TestOnlyWhatItsAnswerCarriedHasArrived has two answers carry a letter each: the one that left says nothing of what the lost one carried.
func TestOnlyWhatItsAnswerCarriedHasArrived(t *testing.T) {
	k := keysOf("gh_carry")
	letter := func(seq int, message string) ticket.Letter {
		return ticket.Letter{ID: fmt.Sprint("100000001:", seq), Ticket: "100000001", Seq: seq, Carried: ticket.Carried{Message: ticket.Personal(message), At: firstDay}}
	}
	r := flows.Resident{Account: "gh_carry", OpenID: "wang", Mailbox: []ticket.Letter{letter(2, "lost"), letter(3, "left")}}
	left, err := arrive(newCommit(k, k.requested("answered"), ""), r, "left", firstDay)
	if err != nil || len(left) != 1 || left[0].Seq != 2 {
		t.Errorf("%d letters are left, %v", len(left), err)
	}
}
