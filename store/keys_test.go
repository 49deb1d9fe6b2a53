package store

import (
	"strings"
	"testing"

	"frontdesk/ticket"
)

// hashTag is what decides in which slot of a cluster a key lies.
func hashTag(key string) string {
	if _, behind, ok := strings.Cut(key, "{"); ok {
		if tag, _, ok := strings.Cut(behind, "}"); ok && tag != "" {
			return tag
		}
	}
	return key
}

// everyKey gives every key of an account for a name that stands for whoever, or whatever, a key may be about; by what it is for.
func everyKey(account, name string) (about, alone map[string]string) {
	k, n := keysOf(account), ticket.Number(name)
	about = map[string]string{
		"resident": k.resident(name), "of resident": k.ofResident(name), "mailbox": k.mailbox(name), "under way": k.underWay(name),
		"ticket": k.ticket(n), "entries": k.entries(n), "deliveries": k.deliveries(n), "assigned": k.assigned(name), "counters": k.counters(name),
		"asked": k.asked(name, "482719365", "r"), "asked of": k.asked("lin", n, "r"), "asked with": k.asked("lin", "482719365", name),
		"notice": k.notice(name), "answered": k.answered(name), "requested": k.requested(name), "dead one": k.deadOne(name), "token": k.token(name),
	}
	for _, l := range []ticket.List{ticket.ListQueue, ticket.ListOpen, ticket.ListDone} {
		about["list "+string(l)], about["guarded "+string(l)] = k.list(l, name, false), k.list(l, name, true)
	}
	return about, map[string]string{
		"folds": k.folds(), "ended": k.ended(), "unsealed": k.unsealed(), "days": k.days(), "timers": k.timers(), "outbox": k.outbox(), "leases": k.leases(),
		"fence": k.fence(), "files": k.files(), "shown by": k.shownBy(), "fetches": k.fetches(), "touched": k.touched(), "dead": k.dead(),
		"seals": k.seals(), "changes": k.changes(), "held letters": k.held(k.outbox()), "held files": k.held(k.fetches()),
	}
}

// FuzzKeys lets accounts, residents, stations and all else have any names: no two things share a key, and an account's keys share a slot.
func FuzzKeys(f *testing.F) {
	for _, s := range [][4]string{
		{"gh_a", "gh_b", "oLin", "oChen"}, {"a", "a}:resident:x", "x", "x}:tickets"}, {"a", "b", "x", "x:tickets"}, {"", "}", "", ":"},
		{"a}b", "a", "x", "y"}, {"{a}", "a", "{", "}"}, {"%", "", "%", "%25"}, {"a:b", "a", "x", "b:x"}, {"a", "b", "482719365", "482719365:entries"},
		{"长安路", "长安", "\xff", "\x00"}, {"a*", "a[b]", "a?", `a\`}, {"a", "b", "", "tickets"},
	} {
		f.Add(s[0], s[1], s[2], s[3])
	}
	f.Fuzz(func(t *testing.T, account, other, x, y string) {
		owner := map[string]string{}
		for _, a := range []string{account, other} {
			tag := hashTag(keysOf(a).days())
			if a != account && tag == hashTag(keysOf(account).days()) {
				t.Errorf("%q and %q share the tag %q", account, other, tag)
			}
			for _, name := range []string{x, y} {
				if got := named(plain(name)); got != name {
					t.Errorf("%q is read back as %q", name, got)
				}
				about, alone := everyKey(a, name)
				for what, key := range alone {
					owned(t, owner, tag, key, "account "+a+" "+what)
				}
				for what, key := range about {
					owned(t, owner, tag, key, "account "+a+" "+what+" of "+name)
				}
			}
		}
	})
}

func owned(t *testing.T, owner map[string]string, tag, key, whose string) {
	t.Helper()
	if was, ok := owner[key]; ok && was != whose {
		t.Errorf("%q is a key of %q and of %q", key, was, whose)
	}
	owner[key] = whose
	if hashTag(key) != tag {
		t.Errorf("%q of %q lies elsewhere than the tag %q", key, whose, tag)
	}
}
