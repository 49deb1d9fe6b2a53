package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"frontdesk/ticket"
	"frontdesk/wechatsim"
)

// This file holds stories of letters that do not simply arrive: the platform turns them away, does not say whether it took them, or tells later that
// its notice of them did not get through; or the answer that brings them never leaves.

const pathSend = "/cgi-bin/message/custom/send"

// urgent is a ticket from one message.
const urgent = "救命，他拿着刀"

// letterStories are what becomes of letters on bad ways.
func letterStories() []story {
	return []story{
		{"a letter that waits, and a notice of it", join([]deed{says(urgent), acts(ticket.Claim, ""), acts(ticket.Reply, "今晚八点上门"), waits,
			hears("提醒已送到居民手机"), reads("今晚八点上门")})},
		{"a notice that the resident refuses before it is sent", []deed{says(urgent), refuses, acts(ticket.Claim, ""), acts(ticket.Reply, "今晚八点上门"),
			waits, hears("提醒没有送到"), reads("今晚八点上门")}},
		{"letters in an answer that never leaves", []deed{says(urgent), acts(ticket.Claim, ""), acts(ticket.Reply, "今晚八点上门"), waits, loses,
			reads("今晚八点上门")}},
		{"a long letter that waits", []deed{says(urgent), acts(ticket.Claim, ""), acts(ticket.Reply, tooLong), waits, readsOn("开头。", "结尾。")}},
		{"a token that is refused", []deed{says(urgent), acts(ticket.Claim, ""), forgets, arrives("已经受理"),
			faults(wechatsim.Fault{Path: pathSend, RejectToken: true, Times: 1}), acts(ticket.Reply, "第一封"), arrives("第一封"),
			faults(wechatsim.Fault{Path: pathSend, Errcode: 40001, Times: 1}), acts(ticket.Reply, "第二封"), arrives("第二封"), thrifty(5),
			forced, faults(wechatsim.Fault{Path: pathSend, Errcode: 40001, Times: 1}), acts(ticket.Reply, "第三封"), arrives("第三封"), thrifty(6),
		}},
		{"letters that the platform takes no more", []deed{says(urgent), forgets, acts(ticket.Claim, ""), faults(wechatsim.Fault{Path: pathSend, Errcode: -1, Times: 1}),
			arrives("已经受理"), faults(wechatsim.Fault{Path: pathSend, QuotaOut: true, Times: 1}), acts(ticket.Reply, "第一封"), arrives("第一封"),
			faults(wechatsim.Fault{Path: pathSend, Errcode: 50005}), acts(ticket.Reply, "第二封"), ends("第二封"),
		}},
		{"a letter that nobody knows the end of", []deed{says(urgent), forgets, acts(ticket.Claim, ""), arrives("已经受理"),
			faults(wechatsim.Fault{Path: pathSend, Truncate: true, Times: 2}), acts(ticket.Reply, "开头。"+strings.Repeat("话说得很长。", 120)+"结尾。"),
			ends("开头。", "结尾。"),
		}},
	}
}

// readsOn has the resident write, and the sender work, until the whole of a long letter was read, and that is written down.
func readsOn(begin, end string) deed {
	return func(ctx context.Context, a *actor) (string, error) {
		a.awaits(begin, end)
		if _, err := a.send(ctx, "MsgType", "text", "Content", "继续"); err != nil {
			return "", err
		}
		a.message = "" // the next one is another message
		_, err := a.sender.Once(ctx)
		switch {
		case a.shown(begin) > a.most(begin) || a.shown(end) > a.most(end):
			return fmt.Sprintf("read %d and %d times", a.shown(begin), a.shown(end)), nil
		case err != nil || a.shown(begin) == 0 || a.shown(end) == 0:
			a.sim.Advance(time.Minute)
			return "", errors.Join(errAgain, err)
		}
		return "read", a.settled(ctx)
	}
}

// hears lets the platform tell what became of its notices, until the officer reads the words beside every letter that waits.
func hears(words string) deed {
	return func(ctx context.Context, a *actor) (string, error) {
		a.tell()
		v, err := a.store.Find(ctx, auditor, a.number)
		if err != nil {
			return "", err
		}
		for _, d := range v.Deliveries {
			if !strings.Contains(d.Reason, words) {
				return "", fmt.Errorf("the officer reads %q: %w", d.Reason, errAgain)
			}
		}
		return "told", nil
	}
}

// refuses is a resident who wants no messages of the account. The platform says so before it answers the call.
func refuses(_ context.Context, a *actor) (string, error) {
	a.sim.Resident(townAccount, a.openid).Refuse(true)
	a.early.Store(true)
	return "refused", nil
}

// loses has the process die between the commit of a message and its answer, with what waits in the mailbox in that.
func loses(ctx context.Context, a *actor) (string, error) {
	if a.message == "" {
		a.message = a.sim.Message(townAccount, a.openid, "MsgType", "text", "Content", "菜单")
	}
	a.lost = a.message
	a.breaks.dies.Store(true)
	answer, err := a.sim.Deliver(ctx, wechatsim.Delivery{Account: townAccount, XML: a.message})
	a.breaks.dies.Store(false)
	if err == nil {
		return fmt.Sprintf("answered %d", answer.Status), nil
	}
	v, err := a.store.Find(ctx, auditor, a.number)
	if err != nil {
		return "", err
	}
	var fates []string
	for _, d := range v.Deliveries {
		fates = append(fates, string(d.Fate))
	}
	if !slices.Contains(fates, string(ticket.Sending)) { // it was not committed
		return "", errAgain
	}
	return "an answer was lost, and its letters are " + strings.Join(fates, ", "), nil
}

// comesAgain is the platform that posts the message once more whose answer was lost.
func comesAgain(ctx context.Context, a *actor) (string, error) {
	return a.heard(a.sim.Resident(townAccount, a.openid).Raw(ctx, a.lost))
}

// tooLong is a reply that takes two answers, and more beside others.
var tooLong = "开头。" + strings.Repeat("话说得很长。", 200) + "结尾。"

// answerStories are what happens in a room whose account may only answer: letters wait for the resident to write, and a long one for 继续.
func answerStories() []story {
	return []story{
		{"answered and rated by the way", join(registered(), []deed{acts(ticket.Claim, ""), acts(ticket.Resolve, "两家说好了"), waits, reads("您看解决了吗")},
			lines("解决了", "5分，来得很快"))},
		{"a photo", []deed{says(urgent), sendsPhoto, fetched}},
		{"a long letter", []deed{says(urgent), acts(ticket.Claim, ""), acts(ticket.Reply, tooLong), waits, readsOn("开头。", "结尾。")}},
		{"danger while a long letter is read", []deed{says(urgent), acts(ticket.Claim, ""), lie(1), reads("已经受理"), acts(ticket.Reply, tooLong), lie(1), loses,
			says("救命，他又来了"), comesAgain, readsOn("开头。", "结尾。")}},
	}
}

// faults makes calls of the platform go wrong.
func faults(f wechatsim.Fault) deed {
	return func(_ context.Context, a *actor) (string, error) {
		a.sim.SetFault(f)
		return "", nil
	}
}

// The names under which package bot shares the token.
const (
	tokenKey  = "access_token"
	turnKey   = "access_token_turn"
	forcedKey = "access_token_forced"
)

// forgets lets so much time pass that the platform gives another token, and none is kept: one that ran out in the middle of a story would use up a
// fault.
func forgets(_ context.Context, a *actor) (string, error) {
	cache := a.store.Cache(townAccount)
	if err := errors.Join(cache.Delete(tokenKey), cache.Delete(turnKey), cache.Delete(forcedKey)); err != nil {
		return "", err
	}
	a.sim.Advance(2 * time.Hour)
	a.tokens = a.sim.Counts()["/cgi-bin/stable_token"]
	return "", nil
}

// forced is another replica that has forced a token a moment ago.
func forced(_ context.Context, a *actor) (string, error) {
	return "", a.store.Cache(townAccount).Set(forcedKey, "forced", 30*time.Second)
}

// thrifty counts how often a token was asked for since none was kept. A cut may cost one more than there must be.
func thrifty(most int) deed {
	return func(_ context.Context, a *actor) (string, error) {
		if n := a.sim.Counts()["/cgi-bin/stable_token"] - a.tokens; n > most {
			return fmt.Sprintf("%d tokens asked for", n), nil
		}
		return "few tokens asked for", nil
	}
}

// ends lets the sender work until nothing is under way, and tells how often the phone shows some words.
func ends(words ...string) deed {
	return func(ctx context.Context, a *actor) (string, error) {
		_, err := a.sender.Once(ctx)
		if err != nil {
			a.sim.Advance(5 * time.Minute)
			return "", err
		}
		v, err := a.store.Find(ctx, auditor, a.number)
		if err != nil {
			return "", err
		}
		for _, d := range v.Deliveries {
			if d.Fate == ticket.Sending {
				a.sim.Advance(5 * time.Minute)
				return "", errAgain
			}
		}
		var shown []int
		for _, w := range words {
			shown = append(shown, a.shown(w))
		}
		return fmt.Sprintf("over, shown %d times", shown), nil
	}
}
