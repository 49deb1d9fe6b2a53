package ticket

// This file holds the marks that begin a resident's words where it matters that they are found again: whoever is on the way looks for them first.
const (
	// QuietMark begins what is said on the ticket of somebody who must not be called.
	QuietMark = "【不能打电话】"
	// WhereMark begins where somebody in danger is.
	WhereMark = "【现在的位置】"
	// PhoneMark begins the telephone number of somebody in danger.
	PhoneMark = "【联系电话】"
)
