package ticket

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/looplab/fsm"
)

// What names a move in the life of a ticket; every entry is one.
type What string

// The moves. Beside each: who makes it and what it says.
const (
	Opened   What = "open"     // resident: the matter is written down
	Claim    What = "claim"    // officer: takes it
	Assign   What = "assign"   // chief: gives it to somebody
	Release  What = "release"  // officer or clock: back to the queue
	Reply    What = "reply"    // officer: tells the resident something
	Ask      What = "ask"      // officer: asks the resident something and waits
	Note     What = "note"     // officer: written for colleagues only
	Mediate  What = "mediate"  // officer: mediation begins
	Transfer What = "transfer" // officer: handed to a partner
	Accept   What = "accept"   // partner: takes it
	Return   What = "return"   // partner: gives it back, done or not
	Resolve  What = "resolve"  // officer: done, now the resident confirms
	Say      What = "say"      // resident: adds words or files
	Urge     What = "urge"     // resident: asks to hurry, once a day
	Withdraw What = "withdraw" // resident: no longer wanted
	Confirm  What = "confirm"  // resident: it is settled
	Reopen   What = "reopen"   // resident: it is not settled
	Rate     What = "rate"     // resident: one to five, once
	Expire   What = "expire"   // clock: nobody objected
	Reject   What = "reject"   // chief: not ours, with a reason
	Merge    What = "merge"    // chief: goes on in another ticket
	Raise    What = "raise"    // anyone: it has become urgent
	Left     What = "left"     // resident: no longer follows the account
	Kept     What = "kept"     // clock: a file was fetched
	Lost     What = "lost"     // clock: a file could not be fetched
)

var whatNames = map[What]string{
	Opened: "登记", Claim: "受理", Assign: "指派", Release: "退回队列", Reply: "答复", Ask: "询问居民", Note: "内部备注",
	Mediate: "开始调解", Transfer: "转交", Accept: "协作单位接收", Return: "协作单位退回", Resolve: "办结", Say: "补充",
	Urge: "催办", Withdraw: "撤回", Confirm: "确认", Reopen: "要求重新办理", Rate: "评价", Expire: "到期归档",
	Reject: "不予受理", Merge: "合并", Raise: "加急", Left: "取消关注", Kept: "附件已保存", Lost: "附件未取到",
}

// Name is the move as people say it.
func (w What) Name() string {
	if n, ok := whatNames[w]; ok {
		return n
	}
	return string(w)
}

// unborn is the state before the opening.
const unborn Status = "unborn"

// stay as a target means that the move leaves the ticket where it is.
const stay Status = ""

// lifecycle is the one table of a ticket's life: which move leads from where to where.
var lifecycle = []struct {
	What What
	From []Status
	To   Status
}{
	{Opened, []Status{unborn}, Queued},
	{Claim, []Status{Queued, Reopened}, Claimed},
	{Assign, []Status{Queued, Reopened, Claimed, Waiting, Mediating, Returned}, Claimed},
	{Release, []Status{Claimed, Waiting, Mediating, Returned}, Queued},
	{Reply, []Status{Claimed, Waiting, Mediating, Transferred, Accepted, Returned, Resolved, Confirmed, Closed}, stay},
	{Ask, []Status{Claimed, Waiting, Mediating, Returned}, Waiting},
	{Note, everywhere, stay},
	{Mediate, []Status{Claimed, Waiting, Returned}, Mediating},
	{Transfer, []Status{Claimed, Waiting, Mediating, Returned}, Transferred},
	{Accept, []Status{Transferred}, Accepted},
	{Return, []Status{Transferred, Accepted}, Returned},
	{Resolve, []Status{Claimed, Waiting, Mediating, Accepted, Returned}, Resolved},
	{Say, []Status{Waiting}, Claimed},
	{Say, []Status{Queued, Reopened, Claimed, Mediating, Transferred, Accepted, Returned, Resolved}, stay},
	{Urge, []Status{Queued, Reopened, Claimed, Mediating, Transferred, Accepted, Returned}, stay},
	{Withdraw, []Status{Queued, Reopened, Claimed, Waiting, Mediating, Transferred, Accepted, Returned, Resolved}, Withdrawn},
	{Confirm, []Status{Resolved}, Confirmed},
	{Reopen, []Status{Resolved, Confirmed, Closed}, Reopened},
	{Rate, []Status{Confirmed, Closed}, stay},
	{Expire, []Status{Resolved}, Closed},
	{Reject, []Status{Queued, Reopened, Claimed, Waiting, Returned}, Rejected},
	{Merge, []Status{Queued, Reopened, Claimed, Waiting}, Merged},
	{Raise, []Status{Queued, Reopened, Claimed, Waiting, Mediating, Transferred, Accepted, Returned}, stay},
	{Left, everywhere, stay},
	{Kept, everywhere, stay},
	{Lost, everywhere, stay},
}

// everywhere is every state of a ticket that exists.
var everywhere = []Status{
	Queued, Claimed, Waiting, Mediating, Transferred, Accepted, Returned, Resolved, Confirmed, Closed, Reopened, Withdrawn, Merged, Rejected,
}

// rulebook compiles the table once for looplab/fsm.
var rulebook = sync.OnceValue(func() fsm.Events {
	var events fsm.Events
	for _, row := range lifecycle {
		for _, from := range row.From {
			to := row.To
			if to == stay {
				to = from
			}
			events = append(events, fsm.EventDesc{Name: string(row.What), Src: []string{string(from)}, Dst: string(to)})
		}
	}
	return events
})

// machines keeps built machines: building one costs many times what a move costs, and a machine serves one ticket at a time.
var machines = sync.Pool{New: func() any { return fsm.NewFSM(string(unborn), rulebook(), nil) }}

// allows says whether the rulebook has a move. It is asked for each choice that a resident or an officer is shown.
func allows(from Status, w What) bool {
	m := machines.Get().(*fsm.FSM)
	defer machines.Put(m)
	m.SetState(string(cmp.Or(from, unborn)))
	return m.Can(string(w))
}

// move asks the rulebook where a move leads. A move that the table does not have gives an error that wraps [ErrNotAllowed].
func move(from Status, w What) (Status, error) {
	from = cmp.Or(from, unborn)
	m := machines.Get().(*fsm.FSM)
	defer machines.Put(m)
	m.SetState(string(from))
	err := m.Event(context.Background(), string(w))
	var same fsm.NoTransitionError
	if err != nil && !errors.As(err, &same) {
		return from, fmt.Errorf("%w: cannot %s a ticket that is %s", ErrNotAllowed, w, from)
	}
	return Status(m.Current()), nil
}

// Can says whether the ticket's state allows the move; who makes it is [Officer.May]'s to say.
func (h Header) Can(w What) bool {
	return allows(h.Status, w)
}
