// Package store keeps everything in Redis: where residents stand, tickets with their history, the queues, the counters, the letters under
// way, the files to fetch, the timers, officers and accounts.
//
// Whatever changes a ticket or a resident goes through one script, commit.lua: guards on versions, then all writes or none, and the result
// under the identity of the request, so that the same request again gives the first result and does nothing. The history of a ticket is
// the truth; all else about it is written beside it by the same script, from the one list in project.go, and [Store.Fsck] makes it anew
// from history and compares.
//
// Redis types do not leave this package. Errors wrap the vocabulary of package ticket.
package store
