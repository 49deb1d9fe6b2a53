package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"frontdesk/ticket"
	"frontdesk/wechatsim"
)

// story is something that happens between a resident and the police room from beginning to end.
type story struct {
	name  string
	deeds []deed
}

// deed is one thing that somebody does. An error means that it was not confirmed and is done again in the same way; what is returned is what
// was seen.
type deed func(context.Context, *actor) (string, error)

// actor is who plays a story: one resident, and the officer who works the ticket.
type actor struct {
	*cutter
	openid  string
	message string          // under way
	lost    string          // whose answer was lost
	number  ticket.Number   // of the ticket, once it was told
	later   ticket.Number   // of another one, told after it
	step    int             // of the officer
	broke   bool            // a deed that can be done only once may have been, although nobody heard of it
	dead    string          // the dead letter at hand
	safe    map[string]bool // words that the phone first showed when the connection had been cut before: nothing breaks off after that
	browser *http.Client    // of an officer who has one of their own
	tokens  int             // asked for before the story needed one
}

// errAgain asks for the same deed once more.
var errAgain = errors.New("not confirmed")

// insist does a deed until it is confirmed, as people and the platform do.
func (a *actor) insist(ctx context.Context, do deed) (string, error) {
	var err error
	for range 50 {
		var saw string
		if saw, err = do(ctx, a); err == nil {
			a.message = ""
			a.step++
			return saw, nil
		}
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
	}
	return "", fmt.Errorf("never confirmed: %w", err)
}

// says is a resident's text.
func says(words string) deed {
	return func(ctx context.Context, a *actor) (string, error) {
		return a.send(ctx, "MsgType", "text", "Content", words)
	}
}

// sendsPhoto is a resident's photo.
func sendsPhoto(ctx context.Context, a *actor) (string, error) {
	if a.message != "" {
		return a.send(ctx)
	}
	x := a.sim.Resident(townAccount, a.openid).Image(ctx, wechatsim.SamplePicture())
	a.message = x.Sent
	return a.heard(x)
}

// follows is a resident who subscribes.
func follows(ctx context.Context, a *actor) (string, error) {
	return a.send(ctx, "MsgType", "event", "Event", "subscribe", "EventKey", "")
}

// leaves is a resident who goes.
func leaves(ctx context.Context, a *actor) (string, error) {
	return a.send(ctx, "MsgType", "event", "Event", "unsubscribe", "EventKey", "")
}

// send posts a message, the same one until it is confirmed.
func (a *actor) send(ctx context.Context, pairs ...string) (string, error) {
	if a.message == "" {
		a.message = a.sim.Message(townAccount, a.openid, pairs...)
	}
	return a.heard(a.sim.Resident(townAccount, a.openid).Raw(ctx, a.message))
}

// anyNumber is the number of a ticket, an urgent one too.
var anyNumber = regexp.MustCompile(`\d{3} \d{3} \d{3}`)

// heard reads an answer.
func (a *actor) heard(x wechatsim.Exchange) (string, error) {
	switch {
	case x.Err != nil:
		return "", x.Err
	case x.Failed:
		return "", fmt.Errorf("the platform does not understand: %s", x.Why)
	case strings.Contains(x.Answer, again):
		return "", errAgain
	}
	switch m := ticket.Number(strings.ReplaceAll(anyNumber.FindString(x.Answer), " ", "")); {
	case m != "" && a.number == "":
		a.number = m
	case m != "" && m != a.number:
		a.later = m
	}
	return x.Answer, nil
}

// acts is a step of the officer, the same form until it is confirmed.
func acts(what ticket.What, words string) deed {
	return func(ctx context.Context, a *actor) (string, error) {
		return a.does(ctx, a.officer(), ticket.Step{What: what, Text: ticket.Personal(words)})
	}
}

// handsOn is the officer's step that hands the ticket to a partner.
func handsOn(ctx context.Context, a *actor) (string, error) {
	return a.does(ctx, a.officer(), ticket.Step{What: ticket.Transfer, Text: "请你们先看", To: ticket.Actor{Name: "长安社区"}})
}

// assigns is the chief's step that gives the ticket to the officer.
func assigns(ctx context.Context, a *actor) (string, error) {
	return a.does(ctx, a.chief(), ticket.Step{What: ticket.Assign, To: a.officer().By()})
}

// rejects is the chief's step that says why a matter is not theirs.
func rejects(words string) deed {
	return func(ctx context.Context, a *actor) (string, error) {
		return a.does(ctx, a.chief(), ticket.Step{What: ticket.Reject, Text: ticket.Personal(words)})
	}
}

// merges is the chief's step that lets the ticket go on in the resident's later one.
func merges(ctx context.Context, a *actor) (string, error) {
	return a.does(ctx, a.chief(), ticket.Step{What: ticket.Merge, Into: a.later})
}

// does is one form until it is confirmed.
func (a *actor) does(ctx context.Context, by ticket.Officer, s ticket.Step) (string, error) {
	s.By, s.At = by.By(), a.now()
	_, err := a.store.Act(ctx, by, a.number, fmt.Sprintf("form-%s-%d", a.openid, a.step), s)
	return string(s.What), err
}

// arrives lets the sender work until the phone shows the words. A letter whose sender broke down is free again when its lease has run out. A
// crash may show it twice.
func arrives(words string) deed {
	return func(ctx context.Context, a *actor) (string, error) {
		a.awaits(words)
		_, err := a.sender.Once(ctx)
		shown := a.shown(words)
		switch {
		case shown > a.most(words):
			return fmt.Sprintf("shown %d times", shown), nil
		case shown == 0 || err != nil:
			a.sim.Advance(5 * time.Minute)
			return "", errors.Join(errAgain, err)
		}
		return "arrived", a.settled(ctx)
	}
}

// shown counts how often the phone shows words of the account's.
func (a *actor) shown(words string) (n int) {
	for _, l := range a.sim.Resident(townAccount, a.openid).Screen() {
		if l.From == "account" && strings.Contains(l.Text, words) {
			n++
		}
	}
	return n
}

// awaits notes whether the connection has been cut already, as long as the phone does not show the words.
func (a *actor) awaits(words ...string) {
	for _, w := range words {
		if a.shown(w) > 0 {
			continue
		}
		if a.safe == nil {
			a.safe = map[string]bool{}
		}
		_, a.safe[w] = a.proxy.Seen()
	}
}

// most is how often the phone may show the words: twice when the connection was cut after they were on their way.
func (a *actor) most(words string) int {
	if _, cut := a.proxy.Seen(); cut && !a.safe[words] {
		return 2
	}
	return 1
}

// settled says whether every letter's fate is written down.
func (a *actor) settled(ctx context.Context) error {
	v, err := a.store.Find(ctx, auditor, a.number)
	if err != nil {
		return err
	}
	for _, d := range v.Deliveries {
		if d.Fate != ticket.Delivered {
			a.sim.Advance(5 * time.Minute)
			return errAgain
		}
	}
	return nil
}

// fetched lets the fetcher work until the photo is kept.
func fetched(ctx context.Context, a *actor) (string, error) {
	_, err := a.fetcher.Once(ctx)
	if err != nil {
		a.sim.Advance(5 * time.Minute)
		return "", err
	}
	v, err := a.store.Find(ctx, auditor, a.number)
	if err != nil {
		return "", err
	}
	for _, e := range v.Entries {
		for _, m := range e.Media {
			if e.What == ticket.Kept && m.State == ticket.MediaKept {
				return "kept", nil
			}
		}
	}
	a.sim.Advance(5 * time.Minute)
	return "", errAgain
}

// waits lets the days of the reply window go by and the sender work, until what was written lies in the mailbox: that it was taken on, and the reply.
var waits = lie(2)

// lie lets days go by and the sender work until so many letters lie in the mailbox.
func lie(letters int) deed {
	return func(ctx context.Context, a *actor) (string, error) {
		v, err := a.store.Find(ctx, auditor, a.number)
		if err != nil {
			return "", err
		}
		there := 0
		for _, d := range v.Deliveries {
			if d.Fate == ticket.InMailbox {
				there++
			}
		}
		if there == letters {
			return "in the mailbox", nil
		}
		a.sim.Advance(49 * time.Hour)
		_, err = a.sender.Once(ctx)
		return "", errors.Join(errAgain, err)
	}
}

// reads has the resident write until the answers have brought the words, and it is written down that they did. What an answer brought that may
// not have left is brought once more.
func reads(words string) deed {
	return func(ctx context.Context, a *actor) (string, error) {
		a.awaits(words)
		if _, err := a.send(ctx, "MsgType", "text", "Content", "菜单"); err != nil {
			return "", err
		}
		a.message = "" // the next one is another message
		shown := a.shown(words)
		switch {
		case shown > a.most(words):
			return fmt.Sprintf("read %d times", shown), nil
		case shown == 0:
			a.sim.Advance(10 * time.Second)
			return "", errAgain
		}
		return "read", a.settled(ctx)
	}
}

// closes lets a week go by without a word from the resident, and the clock close the ticket.
func closes(ctx context.Context, a *actor) (string, error) {
	if _, err := a.store.Wake(ctx, townAccount, a.now()); err != nil {
		return "", err
	}
	v, err := a.store.Find(ctx, auditor, a.number)
	if err != nil || v.Status == ticket.Closed {
		return string(v.Status), err
	}
	a.sim.Advance(8 * 24 * time.Hour)
	return "", errAgain
}

// seals covers what is new.
func seals(ctx context.Context, a *actor) (string, error) {
	return "sealed", a.store.Seal(ctx, townAccount, a.now())
}

// folds packs what is over, a day and more later.
func folds(ctx context.Context, a *actor) (string, error) {
	n, err := a.store.Fold(ctx, townAccount, a.now())
	switch {
	case err != nil:
		a.broke = true
		return "", err
	case n == 1, n == 0 && a.broke:
		return "folded", nil
	case n > 1:
		return fmt.Sprintf("%d folded", n), nil
	}
	a.sim.Advance(49 * time.Hour)
	return "", errAgain
}

// lines makes deeds of texts.
func lines(words ...string) []deed {
	var all []deed
	for _, w := range words {
		all = append(all, says(w))
	}
	return all
}

// join puts deeds one behind the other.
func join(parts ...[]deed) []deed {
	var all []deed
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

// registered is a dispute from the first word to the number.
func registered() []deed {
	var all []deed
	for _, l := range dispute("某户") {
		all = append(all, says(l.say))
	}
	return all
}

// stories go through every flow, through what becomes of letters and of what breaks the program, and through an officer's days.
func stories() []story {
	return slices.Concat(matters(), letterStories(), deadStories(), officeStories())
}

// matters go through every flow.
func matters() []story {
	return []story{
		{"a matter that the clock closes, seals and folds", join([]deed{follows}, registered(), []deed{ // first: later ones leave work for the clock
			acts(ticket.Claim, ""), acts(ticket.Resolve, "两家说好了"), arrives("您看解决了吗"), closes, seals, folds,
		})},
		{"a dispute, answered and rated", join([]deed{follows}, registered(), []deed{
			acts(ticket.Claim, ""), acts(ticket.Reply, "今晚八点上门"), arrives("今晚八点上门"), acts(ticket.Note, "先看看"),
			acts(ticket.Resolve, "两家说好了"), arrives("您看解决了吗"),
		}, lines("解决了", "5分，来得很快"))},
		{"a dispute with a photo", join(lines("纠纷", "1", "2", "1", "楼上", "每天半夜拖桌子，说了三次都不听", "长安路8号"), []deed{sendsPhoto},
			lines("完成", "安静就行", "不用", "不用", "1"), []deed{fetched})},
		{"a question", lines("咨询", "1", "1", "孩子出生以后多久要报户口？", "没有", "不用", "1", "1")},
		{"an opinion, not named", lines("意见", "1", "3", "1", "路灯坏了三盏，晚上看不见路", "1", "不用", "1", "1")},
		{"a matter added to, urged and taken back", join(registered(), lines("进度", "1", "1", "又吵了一次", "完成", "2", "进度", "1", "3", "1"))},
		{"a matter that is taken up again", join([]deed{follows}, registered(), []deed{
			acts(ticket.Claim, ""), acts(ticket.Resolve, "两家说好了"), arrives("您看解决了吗"),
		}, lines("没解决", "昨晚又吵到两点", "完成", "进度"))},
		{"a complaint about an officer", lines("意见", "2", "1", "3301的民警态度不好，说话很凶，还推人", "1", "不用", "1", "1", "1")},
		{"one who is asked", join([]deed{follows}, registered(), []deed{
			acts(ticket.Claim, ""), acts(ticket.Ask, "请问是哪一幢？"), arrives("请问是哪一幢"),
		}, lines("3幢2单元，我家402"), []deed{acts(ticket.Reply, "知道了，今晚来"), arrives("知道了，今晚来")})},
		{"one that goes through many hands", join([]deed{follows}, registered(), []deed{
			acts(ticket.Claim, ""), handsOn, acts(ticket.Accept, ""), acts(ticket.Return, "不在我们这一片"), arrives("不在我们这一片"), acts(ticket.Raise, ""), acts(ticket.Release, ""),
			says("进度"), assigns, acts(ticket.Mediate, ""), acts(ticket.Resolve, "两家说好了"), arrives("您看解决了吗"),
		})},
		{"one that is not ours", join([]deed{follows}, registered(), []deed{rejects("这是物业的事，请打物业电话"), arrives("请打物业电话")}, lines("进度"))},
		{"one that goes on in another", join([]deed{follows}, registered(), registered(), []deed{merges, arrives("是同一回事")}, lines("进度"))},
		{"danger", lines("救命，他拿着刀", "长安路8号3幢", "13800001234", "他走了", "完成")},
		{"one who changes their mind", lines("纠纷", "2", "上一步", "1", "帮助", "菜单", "继续", "取消", "1", "你好", "人工", "1", "1", "有人吗，我想问问户口", "不用", "1")},
		{"one who leaves with a letter waiting", join(registered(), []deed{acts(ticket.Claim, ""), acts(ticket.Reply, "今晚八点上门"), leaves, follows},
			lines("进度"), []deed{ends("今晚八点上门")})},
	}
}
