// Package flows holds the conversations: what the front desk asks, what it understands, and where each answer leads.
//
// It is pure. [Next] is a function of where the resident stands, what they sent and what the world is like; it reads no clock, no Redis
// and no network, so the same conversation runs in production, in the demo, in the terminal and in the golden files under testdata.
// [Decide] turns its outcome into the one [Change] that the store commits atomically.
package flows
