// Package ticket is the domain of the front desk: what a ticket is, how it lives, who may touch it, when it is due.
//
// It knows nothing of Redis, of WeChat or of HTTP. Everything here is a plain value or a pure function: time, numbers and
// identities come in as arguments. The other packages point here and are never imported from here.
//
// The history of a ticket is the truth. [Open] makes its first [Entry], [Header.Do] makes every later one, and [Header.Apply] is the
// only place where an entry changes a header, so that [Replay] of a stored history gives exactly what was shown to people.
package ticket
