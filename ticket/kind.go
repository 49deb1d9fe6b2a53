package ticket

import "time"

// Kind says what a ticket is about.
type Kind string

// The kinds of tickets. The texts beside them are [Kind.Name].
const (
	Consult  Kind = "consult"  // 咨询
	Dispute  Kind = "dispute"  // 纠纷
	Feedback Kind = "feedback" // 意见
	Hazard   Kind = "hazard"   // 隐患
	Clue     Kind = "clue"     // 线索
	Assist   Kind = "assist"   // 协查
)

// kinds holds what is fixed for each kind: its name, and how long the room gives itself for a first and for a whole answer.
var kinds = map[Kind]struct {
	name string
	due  time.Duration
}{
	Consult:  {"咨询", 24 * time.Hour},
	Dispute:  {"纠纷", 48 * time.Hour},
	Feedback: {"意见", 5 * 24 * time.Hour},
	Hazard:   {"隐患", 24 * time.Hour},
	Clue:     {"线索", 12 * time.Hour},
	Assist:   {"协查", 24 * time.Hour},
}

// Name is the kind as people say it. An unknown kind is named as it is stored.
func (k Kind) Name() string {
	if d, ok := kinds[k]; ok {
		return d.name
	}
	return string(k)
}

// Known says whether k is one of the kinds above.
func (k Kind) Known() bool { _, ok := kinds[k]; return ok }

// urgentDue is how long an urgent ticket may wait, whatever its kind.
const urgentDue = 15 * time.Minute

// Due says when a ticket opened at that time has to be dealt with.
func Due(k Kind, urgent bool, at time.Time) time.Time {
	if urgent {
		return at.Add(urgentDue)
	}
	if d, ok := kinds[k]; ok {
		return at.Add(d.due)
	}
	return at.Add(24 * time.Hour)
}

// Status is where a ticket stands.
type Status string

// The states of a ticket's life. Which move leads from which to which is the table in lifecycle.go.
const (
	Queued      Status = "queued"
	Claimed     Status = "claimed"
	Waiting     Status = "waiting" // for the resident
	Mediating   Status = "mediating"
	Transferred Status = "transferred"
	Accepted    Status = "accepted" // by the partner
	Returned    Status = "returned" // by the partner
	Resolved    Status = "resolved"
	Confirmed   Status = "confirmed"
	Closed      Status = "closed" // by time
	Reopened    Status = "reopened"
	Withdrawn   Status = "withdrawn"
	Merged      Status = "merged"
	Rejected    Status = "rejected"
)

var statusNames = map[Status]string{
	Queued: "待受理", Claimed: "办理中", Waiting: "待居民答复", Mediating: "调解中", Transferred: "已转交",
	Accepted: "协作单位已接收", Returned: "协作单位已退回", Resolved: "已办结待确认", Confirmed: "居民已确认",
	Closed: "已归档", Reopened: "重新受理", Withdrawn: "已撤回", Merged: "已合并", Rejected: "不予受理",
}

// Name is the state as people say it.
func (s Status) Name() string {
	if n, ok := statusNames[s]; ok {
		return n
	}
	return string(s)
}

// Open says whether somebody still has to do something about the ticket.
func (s Status) Open() bool {
	switch s {
	case Resolved, Confirmed, Closed, Withdrawn, Merged, Rejected:
		return false
	}
	return true
}

// Unclaimed says whether the ticket lies in the queue for anyone to take.
func (s Status) Unclaimed() bool { return s == Queued || s == Reopened }
