package ticket

// Role is what somebody is at the room.
type Role string

// The roles of mission.md. Resident and Clock never sign in: they are the authors of entries.
const (
	Police     Role = "officer"    // 民警
	Auxiliary  Role = "auxiliary"  // 辅警
	GridWorker Role = "gridworker" // 网格员
	Mediator   Role = "mediator"   // 调解员
	Volunteer  Role = "volunteer"  // 义警
	Counter    Role = "counter"    // 窗口
	Chief      Role = "chief"      // 所长
	Admin      Role = "admin"      // 管理员
	Auditor    Role = "auditor"    // 审计员
	ByResident Role = "resident"   // 居民
	ByClock    Role = "clock"      // 系统
)

var roleNames = map[Role]string{
	Police: "民警", Auxiliary: "辅警", GridWorker: "网格员", Mediator: "调解员", Volunteer: "义警", Counter: "窗口",
	Chief: "所长", Admin: "管理员", Auditor: "审计员", ByResident: "居民", ByClock: "系统",
}

// Name is the role as people say it.
func (r Role) Name() string {
	if n, ok := roleNames[r]; ok {
		return n
	}
	return string(r)
}

// ParseRole reads a role as it is typed on the command line, in English or in Chinese; false when there is none such to sign in with.
func ParseRole(s string) (Role, bool) {
	for r, n := range roleNames {
		if (string(r) == s || n == s) && r != ByResident && r != ByClock {
			return r, true
		}
	}
	return "", false
}

// Officer is somebody who signs in to the console.
type Officer struct {
	ID       string `json:"id"` // sign-in name, the badge number where there is one
	Name     string `json:"name"`
	Role     Role   `json:"role"`
	Account  string `json:"account"`           // the official account they serve
	Station  string `json:"station,omitzero"`  // empty: every station of the account
	Grid     string `json:"grid,omitzero"`     // for grid workers
	Disabled bool   `json:"disabled,omitzero"` // keeps their name in old entries, signs in no more
	Hash     string `json:"hash,omitzero"`     // argon2id of the password, in PHC form
}

// Title is how a resident is told who answers: "民警 林元众".
func (o Officer) Title() string { return o.Role.Name() + " " + o.Name }

// By makes the officer the author of an entry.
func (o Officer) By() Actor { return Actor{Role: o.Role, ID: o.ID, Name: o.Name} }

// oversees says whether the role looks over all stations of the account and over complaints.
func (o Officer) oversees() bool { return o.Role == Chief || o.Role == Admin || o.Role == Auditor }

// MaySeeDead says whether the officer may know how much the program could not work, and when and why; never what it said.
func (o Officer) MaySeeDead() bool { return !o.Disabled && o.oversees() }

// MaySee says whether the officer may know that the ticket exists. Queues, pages, pictures, searches and live updates all ask here.
//
// A complaint about an officer is seen only by those who oversee, and never by anybody whom it names or may mean, whatever their role:
// that is the promise made to the resident. Words of the resident's on any ticket become a complaint when they accuse: see [Guarding].
func (o Officer) MaySee(h Header) bool {
	if o.Disabled || o.Account != h.Account || o.Role == Volunteer {
		return false
	}
	if o.Station != "" && o.Station != h.Station {
		return false
	}
	if h.Complaint != "" && o.Named(h.Complaint.Reveal()) {
		return false
	}
	if h.Restricted && !o.oversees() {
		return false
	}
	switch o.Role {
	case GridWorker:
		return o.Grid == "" || o.Grid == h.Grid || o.ID == h.Assignee
	case Mediator:
		return h.Kind == Dispute || o.ID == h.Assignee
	}
	return true
}

// May says whether the officer's role allows the move on a ticket that they may see. Whether the ticket's state allows it is the
// lifecycle's to say.
func (o Officer) May(w What, h Header) bool {
	if !o.MaySee(h) || o.Role == Auditor {
		return false
	}
	mine := h.Assignee == o.ID
	switch w {
	case Claim:
		return true
	case Note:
		return true
	case Assign, Reject, Merge:
		return o.Role == Chief || o.Role == Admin
	case Reply, Ask, Resolve, Mediate, Release, Transfer, Accept, Return, Raise:
		return mine || o.Role == Chief
	}
	return false
}

// Actor is the author of an entry. A resident has neither id nor name here: the ticket knows who they are, and an anonymous one is
// nobody.
type Actor struct {
	Role Role   `json:"role"`
	ID   string `json:"id,omitzero"`
	Name string `json:"name,omitzero"`
}

// Resident and Clock are the two authors who have no account.
var (
	TheResident = Actor{Role: ByResident}
	TheClock    = Actor{Role: ByClock}
)

// String is how an entry shows its author: "民警 林元众", "居民", "系统".
func (a Actor) String() string {
	if a.Name == "" {
		return a.Role.Name()
	}
	return a.Role.Name() + " " + a.Name
}
