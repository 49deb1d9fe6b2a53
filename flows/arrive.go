package flows

// This file holds what happens without words: following, scanning a code, a tap in the account's menu, leaving.

import (
	"fmt"

	"frontdesk/ticket"
)

// came greets who follows the account or scans a code of it.
func (t *talk) came() {
	fresh := t.in.Kind == Follow
	if fresh {
		t.do(Joined{})
	}
	place, home, known := t.scanned()
	if known {
		t.do(KeepHome{home})
		t.r.Home = home
	}
	back := len(t.r.Tickets) > 0
	if fresh {
		t.say(t.greeting(back) + place)
	} else {
		t.say("您好，我在呢。" + place)
	}
	t.repair()
	if t.c.Flow != "" && (t.worth() || t.plan().Name == dangerFlow) {
		t.ask()
		return
	}
	t.say("急事请马上拨打110。不急的，回复数字就行：\n" + menuLines())
	if t.c.Aside == nil {
		t.c = Conversation{}
	}
}

// greeting welcomes, or welcomes back.
func (t *talk) greeting(back bool) string {
	name := t.w.Account.Name
	if name == "" {
		name = "警务室"
	}
	if back {
		return "欢迎回来！这里是" + name + "，您以前登记的事都还在，回复“进度”就能看。"
	}
	return "您好，欢迎关注" + name + "！我是值班助手，白天夜里都在。"
}

// menuLines are the numbered matters, and that one may just tell.
func menuLines() string {
	s := ""
	for i, c := range matters(true) {
		s += fmt.Sprintf("%d %s\n", i+1, c.Label)
	}
	return s + "也可以直接把事情写给我。"
}

// scanned reads the code that led here: what it names in words, and the home it gives; false when it is none of ours.
func (t *talk) scanned() (string, ticket.Home, bool) {
	if t.in.Key == "" {
		return "", ticket.Home{}, false
	}
	h, err := ticket.ParseScene(t.in.Key)
	if err != nil {
		return "", ticket.Home{}, false
	}
	settled := t.w.Account.Settle(h, t.w.officer)
	s, _ := t.w.Account.StationOf(settled.Station)
	switch {
	case h.Officer != "":
		o, ok := t.w.officer(h.Officer)
		if !ok || o.Disabled {
			return "", ticket.Home{}, false
		}
		return "\n您扫的是" + o.Title() + "的联系码，往后您在这里说的事，会直接转给" + o.Role.Name() + "。", h, true
	case h.Grid != "":
		for _, g := range s.Grids {
			if g.ID == h.Grid {
				return "\n您扫的是" + s.Name + g.Community + g.Name + "的联系码，往后您说的事由这里来办。", h, true
			}
		}
	case h.Station == s.ID && s.ID != "":
		return "\n您扫的是" + s.Name + "的联系码，往后您说的事由这里来办。", h, true
	}
	return "", ticket.Home{}, false
}

// tapped answers a tap in the account's custom menu.
func (t *talk) tapped() {
	switch key := t.in.Key; key {
	case consultFlow, disputeFlow, feedbackFlow:
		if t.c.Flow == key {
			t.say("您正在填" + t.plan().Title + "，咱们接着来。")
			t.ask()
			return
		}
		if t.c.Flow != deskFlow || t.answer(kept) == nil || t.c.Step == "resume" {
			t.c = Conversation{Flow: deskFlow, Step: "menu", Aside: t.aside()}
		} else {
			t.fillGuess(key)
		}
		t.begin(key, "")
	case progressFlow:
		t.progress()
	case officerFlow:
		t.officer()
	case "help":
		t.say(textHelp)
		if t.worth() || t.plan().Name == dangerFlow {
			t.ask()
		}
	default:
		t.menu()
	}
}

// left forgets who unfollowed. Their open tickets stay and are marked.
func (t *talk) left() {
	for _, h := range t.r.Tickets {
		if h.Status.Open() && !h.Gone {
			t.act(h.Number, ticket.Step{What: ticket.Left})
		}
	}
	t.do(Forget{})
	t.c = Conversation{}
}

// revoked honours a resident who took back what this account may know of them: what was begun and not handed in is gone, and consent is asked
// for anew before anything else is taken down. Tickets stay: they are records of what was reported.
func (t *talk) revoked() {
	t.do(KeepConsent{})
	t.c = Conversation{}
}

// degrees are the coordinates of a shared place, for whoever has to go there.
func degrees(p *ticket.Place) string {
	if p == nil {
		return ""
	}
	return fmt.Sprintf("（北纬%.5f，东经%.5f）", p.Lat, p.Lng)
}

// placeWords is a shared place as words of an entry.
func placeWords(p *ticket.Place) ticket.Personal {
	if p == nil {
		return ""
	}
	return ticket.Personal("【位置】" + placeName(p) + degrees(p))
}
