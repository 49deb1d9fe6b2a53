package ticket

import "time"

// Objection is how long a resident has to object to a ticket that was resolved; then it is closed.
const Objection = 7 * 24 * time.Hour

// Shanghai is the time that residents and officers live by; China has one zone and no summer time.
var Shanghai = time.FixedZone("CST", 8*60*60)

// Day is the calendar day in China, 2006-01-02.
func Day(t time.Time) string { return t.In(Shanghai).Format(time.DateOnly) }

// Silence is how long an assignee may do nothing before the ticket goes back to the queue.
func (h Header) Silence() time.Duration {
	if h.Urgent {
		return 30 * time.Minute
	}
	return 24 * time.Hour
}

// Wake says when the clock has something to do about the ticket by itself, and what: expire a resolved one that nobody objected to, or
// release one whose assignee is silent. The zero time means never. Whoever wakes asks again before acting, because the ticket may have
// moved since.
func (h Header) Wake() (time.Time, What) {
	switch h.Status {
	case Resolved:
		return h.ClosedAt.Add(Objection), Expire
	case Claimed, Mediating, Returned:
		if h.Assignee != "" {
			return h.ActedAt.Add(h.Silence()), Release
		}
	}
	return time.Time{}, ""
}
