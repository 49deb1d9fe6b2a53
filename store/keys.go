package store

import (
	"strings"

	"frontdesk/ticket"
)

// This file builds every key of an account. The account is the hash tag, so that all of them lie in one slot of a cluster and one script may
// touch them together.

// keys are the keys of one account.
type keys string

func keysOf(account string) keys {
	if account == "" { // Redis takes an empty tag for none at all
		account = "%"
	} else {
		account = plain(account)
	}
	return keys("frontdesk:{" + account + "}:")
}

// plain is a name in which no sign means anything to a key, a hash tag or a pattern. Names as the platform gives them stay as they are; what
// others make up must not be able to name the key of somebody else. Only a name at the end of a key needs it not.
func plain(name string) string { return escape.Replace(name) }

var escape = strings.NewReplacer("%", "%25", ":", "%3A", "{", "%7B", "}", "%7D", "*", "%2A", "?", "%3F", "[", "%5B", "]", "%5D", "\\", "%5C")

// named is the name of which plain made this.
func named(plain string) string { return unescape.Replace(plain) }

var unescape = strings.NewReplacer("%25", "%", "%3A", ":", "%7B", "{", "%7D", "}", "%2A", "*", "%3F", "?", "%5B", "[", "%5D", "]", "%5C", "\\")

func (k keys) of(parts ...string) string {
	n := len(k)
	for _, p := range parts {
		n += len(p) + 1
	}
	var b strings.Builder
	b.Grow(n)
	b.WriteString(string(k))
	for i, p := range parts {
		if i > 0 {
			b.WriteByte(':')
		}
		b.WriteString(p)
	}
	return b.String()
}

// A resident: hash with version v, record rec, followed f, and the reply window mu, ml, tu, tl. commit.lua puts the ends of the next two to it.
func (k keys) resident(openid string) string { return k.of("resident", plain(openid)) }

// Their tickets: numbers by time of opening.
func (k keys) ofResident(openid string) string { return k.of("resident", plain(openid), "tickets") }

// Their mailbox: letters by id.
func (k keys) mailbox(openid string) string { return k.of("resident", plain(openid), "mailbox") }

// Letters under way to them: a list of letters, oldest first.
func (k keys) underWay(openid string) string { return k.of("resident", plain(openid), "letters") }

// A ticket: hash with version and newest entry v and header h; below it the entries (list) and the deliveries of its letters (hash by letter).
// Of one that was folded after it was over, all that is packed in p; what came since is where it always is.
func (k keys) ticket(n ticket.Number) string  { return k.of("ticket", plain(string(n))) }
func (k keys) entries(n ticket.Number) string { return k.of("ticket", plain(string(n)), "entries") }
func (k keys) deliveries(n ticket.Number) string {
	return k.of("ticket", plain(string(n)), "deliveries")
}

// Tickets that no seal covers yet with their newest entry, and those to be folded by the time from which they may be.
func (k keys) unsealed() string { return k.of("unsealed") }
func (k keys) folds() string    { return k.of("folds") }

// Lists by station, of all stations together and by officer: numbers by [ticket.Header.Score], done ones newest first.
func (k keys) list(l ticket.List, station string, guarded bool) string {
	if guarded {
		return k.of("guarded", string(l), station)
	}
	return k.of("list", string(l), station)
}

// Stations at which a ticket was ever over (set): a station that is no longer set has a list of what is done, too.
func (k keys) ended() string { return k.of("ended") }

func (k keys) assigned(officer string) string { return k.of("list", string(ticket.ListMine), officer) }

// Counters of a day (hash) and the days that have any (set).
func (k keys) counters(day string) string { return k.of("count", day) }
func (k keys) days() string               { return k.of("days") }

// Timers: numbers by the time at which the clock has something to do.
func (k keys) timers() string { return k.of("timers") }

// Outbox: residents by the time at which their oldest letter is due; leases (hash) and the fence that numbers them; and what was taken from a
// list of what is due, by the time of Redis at which its lease ends.
func (k keys) outbox() string         { return k.of("outbox") }
func (k keys) leases() string         { return k.of("leases") }
func (k keys) fence() string          { return k.of("fence") }
func (k keys) held(due string) string { return due + ":held" }

// Template messages by the platform's number: the letter that one was about, or what became of it when that was known first.
func (k keys) notice(number string) string { return k.of("notice", number) }

// Files: records by id (hash), the ticket that shows a file (hash), and ids by the time at which fetching is due.
func (k keys) files() string   { return k.of("files") }
func (k keys) shownBy() string { return k.of("files", "tickets") }
func (k keys) fetches() string { return k.of("files", "due") }

// Written for replicas to confirm, with everything before it.
func (k keys) touched() string { return k.of("touched") }

// What was answered to a message, and what came of an officer's request.
func (k keys) answered(identity string) string { return k.of("answered", identity) }
func (k keys) requested(request string) string { return k.of("requested", request) }

// What came of an officer's own request: apart from those of the program, whatever an officer is called.
func (k keys) asked(officer string, n ticket.Number, request string) string {
	return k.requested("by:" + plain(officer) + ":" + string(n) + ":" + request)
}

// Dead letters: ids by the time at which they came, and below it each by id: hash with what is known of it and its original.
func (k keys) dead() string             { return k.of("dead") }
func (k keys) deadOne(id string) string { return k.of("dead", id) }

// Seals: a list, each chained to the one before.
func (k keys) seals() string { return k.of("seals") }

// Changes: a channel that tells the number of each ticket that changed.
func (k keys) changes() string { return k.of("changes") }

// What the token cache keeps.
func (k keys) token(name string) string { return k.of("token", name) }
