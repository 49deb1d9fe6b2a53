package ticket

import "time"

// List names one of the lists that an officer works from.
type List string

// The lists. Each holds only what the officer may see.
const (
	ListQueue List = "queue" // open and unclaimed, by deadline, urgent first
	ListMine  List = "mine"  // open and assigned to the officer, by deadline, urgent first
	ListOpen  List = "open"  // everything open, by deadline, urgent first
	ListDone  List = "done"  // everything closed, newest first
)

// Query says which tickets an officer wants to see.
type Query struct {
	List   List
	Before string // cursor that the page before gave; empty: from the start
	Limit  int    // rows; 0 means 50, at most 200
}

// Page is a part of a list.
type Page struct {
	Rows  []Header
	Total int    // length of the whole list, as far as it was counted
	More  bool   // there may be more than Total: of long lists of which the officer sees only parts, the beginning is counted
	Next  string // cursor of the next page; empty: this was the last. A page may be short, or empty, and yet have a next
}

// View is a ticket as an officer sees it: with what became of each letter to the resident.
type View struct {
	Ticket
	Deliveries []Delivery
}

// Parcel is a letter that was taken from the outbox to be sent, under a lease.
type Parcel struct {
	Letter   Letter
	Delivery Delivery
	Window   Window
	Followed bool
	Broken   bool  // the letter cannot be read: of it only the account and the resident are sure
	Fence    int64 // proves the lease when the parcel is settled
}

// Fetch is a file that is to be fetched from the platform, taken under a lease.
type Fetch struct {
	Account string
	File    Attachment
	At      time.Time // when the resident sent it; the platform forgets it after [MediaLife]
	Tries   int
	Broken  bool // what was written down of the file cannot be read: only its id is sure
	Fence   int64
}
