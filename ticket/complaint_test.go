package ticket

import (
	"errors"
	"strings"
	"testing"
)

// staff are the people of one room: three of them oversee.
func staff() map[string]Officer {
	out := map[string]Officer{}
	for _, o := range []Officer{
		{ID: "0577001", Name: "林元众", Role: Police}, {ID: "0577002", Name: "周敏", Role: Police}, {ID: "0577003", Name: "周小军", Role: Counter},
		{ID: "0577100", Name: "吴建国", Role: Chief}, {ID: "admin1", Name: "钱明", Role: Admin}, {ID: "audit1", Name: "欧阳锋", Role: Auditor},
	} {
		o.Account, o.Station = "gh_1", "xincheng"
		out[o.ID] = o
	}
	return out
}

// seers gives who sees a ticket, by name, in a fixed order.
func seers(h Header) string {
	var names []string
	all := staff()
	for _, id := range []string{"0577001", "0577002", "0577003", "0577100", "admin1", "audit1"} {
		if all[id].MaySee(h) {
			names = append(names, all[id].Name)
		}
	}
	return strings.Join(names, " ")
}

// guardedBy makes the header of a ticket that was opened with these words.
func guardedBy(t *testing.T, words string, complaint bool) Header {
	t.Helper()
	o := opening(Feedback)
	o.Account, o.Home.Station = "gh_1", "xincheng"
	if g := Guarding(words, complaint, staff()); g != GuardNone {
		o.Complaint, o.Restricted = Personal(words), g == GuardOverseers
	}
	h, _ := opened(t, o)
	return h
}

func TestNobodySeesAComplaintAboutThemselves(t *testing.T) {
	const (
		everybody = "林元众 周敏 周小军 吴建国 钱明 欧阳锋"
		overseers = "吴建国 钱明 欧阳锋"
		noChief   = "钱明 欧阳锋"
	)
	for _, c := range []struct {
		words     string
		complaint bool
		want      string
	}{
		// told by a name alone: hidden from whoever it may mean, for others it may be a neighbour
		{"救命，周敏打我", false, "林元众 周小军 吴建国 钱明 欧阳锋"},
		{"刚才周敏来了不管，还骂我", false, "林元众 周小军 吴建国 钱明 欧阳锋"},
		{"林元众收了我200块", false, "周敏 周小军 吴建国 钱明 欧阳锋"},
		{"小周骂我", false, "林元众 吴建国 钱明 欧阳锋"},
		{"老吴太过分了", false, "林元众 周敏 周小军 钱明 欧阳锋"},
		{"民警强奸我", false, overseers},
		{"所长贪污", false, noChief},
		{"请周敏快来，老公打我", false, everybody},
		{"周敏快来，老公打我", false, everybody},
		{"谢谢周敏，上次帮了我", false, everybody},
		{"对面小王打我", false, everybody},
		// asked for as a complaint
		{"姓林的民警态度差", true, overseers},
		{"姓吴的所长推了我", true, noChief},
		{"你们所长收红包", true, noChief},
		{"所长收红包", true, noChief},
		{"领导包庇他", true, noChief},
		{"民警态度差，请领导管一管", true, overseers},
		{"吳建國收我紅包", true, "林元众 周敏 周小军 钱明 欧阳锋"},
		{"老吴收钱", true, noChief},
		{"小周态度差", true, overseers},
		{"姓周的民警在窗口骂我", true, overseers},
		{"窗口小周态度差", true, overseers},
		{"林元眾民警收了我的錢", true, "周敏 周小军 吴建国 钱明 欧阳锋"},
		{"警号０５７７００２的那个", true, "林元众 周小军 吴建国 钱明 欧阳锋"},
		{"周 敏 骂人", true, "林元众 周小军 吴建国 钱明 欧阳锋"},
		{"元众警官骂我", true, overseers},
		{"敏姐吼我", true, overseers},
		{"吴所推我", true, noChief},
		{"钱管理员乱删我的单子", true, "吴建国 欧阳锋"},
		{"督察包庇", true, "吴建国 钱明"},
		{"欧阳老师不理人", true, "吴建国 钱明"},
		{"那个民警骂我", true, overseers},
		{"小陈骂我", true, overseers},
		{"建国收红包", true, noChief},
		{"路灯坏了没人修", true, everybody},
		{"周小军和所长都收钱", true, "林元众 周敏 钱明 欧阳锋"},
		// written wrong, in other letters, or not named at all
		{"周民骂人", true, "吴建国 钱明 欧阳锋"},
		{"林园众收钱", true, overseers},
		{"林元中物业的事办得慢", true, "周敏 周小军 吴建国 钱明 欧阳锋"},
		{"吴建果收红包", true, noChief},
		{"Zhou Min was very rude to me", true, overseers},
		{"Min Zhou shouted at me", true, overseers},
		{"wujianguo took my money", true, noChief},
		{"your boss took my money", true, noChief},
		{"那个女的态度差", true, overseers},
		{"他骂我还推我", true, overseers},
		{"物业的人态度差", true, everybody},
		{"楼上邻居骂我", true, everybody},
		{"周民打我", false, "林元众 周小军 吴建国 钱明 欧阳锋"},
		// said elsewhere
		{"你们民警周敏打我耳光", false, "林元众 吴建国 钱明 欧阳锋"},
		{"我要投诉周敏，她上门打人", false, "林元众 周小军 吴建国 钱明 欧阳锋"},
		{"我要投诉民警周敏收钱", false, "林元众 吴建国 钱明 欧阳锋"},
		{"刚才民警打我", false, overseers},
		{"有个辅警推了我一把", false, overseers},
		{"投诉你们", false, overseers},
		{"我要投诉小周", false, overseers},
		{"你们所长收红包", false, noChief},
		{"警察来了也不管", false, overseers},
		{"民警说要收红包才办", false, overseers},
		{"民警问我要钱", false, overseers},
		{"民警把他打了", false, overseers},
		{"辅警叫我等着，态度差", false, overseers},
		{"民警周敏收我好处费", false, "林元众 吴建国 钱明 欧阳锋"},
		// the misdeed first, or in another clause, or by badge and title
		{"刚才打我的是民警周敏", false, "林元众 吴建国 钱明 欧阳锋"},
		{"打人的是民警周敏", false, "林元众 吴建国 钱明 欧阳锋"},
		{"打我的人叫周敏", false, "林元众 吴建国 钱明 欧阳锋"},
		{"我被打了，是周敏打的", false, "林元众 周小军 吴建国 钱明 欧阳锋"},
		{"收我钱的是周警官", false, "林元众 吴建国 钱明 欧阳锋"},
		{"骂我的就是周警官", false, "林元众 吴建国 钱明 欧阳锋"},
		{"民警周敏对我动手动脚", false, "林元众 吴建国 钱明 欧阳锋"},
		{"周敏跟踪我", false, "林元众 周小军 吴建国 钱明 欧阳锋"},
		{"周敏调戏我", false, "林元众 周小军 吴建国 钱明 欧阳锋"},
		{"民警动手了", false, overseers},
		{"被辅警推倒了", false, overseers},
		{"周警官不让我走，关了我一晚上", false, "林元众 吴建国 钱明 欧阳锋"},
		{"民警把我关了一晚上", false, overseers},
		{"我给周警官送了两千块钱才办", false, "林元众 吴建国 钱明 欧阳锋"},
		{"警号0577002收钱", false, "林元众 周小军 吴建国 钱明 欧阳锋"},
		{"0577002态度差", false, "林元众 周小军 吴建国 钱明 欧阳锋"},
		{"周姐骂我", false, "林元众 吴建国 钱明 欧阳锋"},
		{"敏姐骂我", false, "林元众 周小军 吴建国 钱明 欧阳锋"},
		{"周阿姨骂我", false, "林元众 吴建国 钱明 欧阳锋"},
		{"民警周敏敷衍我", false, "林元众 吴建国 钱明 欧阳锋"},
		{"周警官处理不公平", false, overseers},
		{"周警官不负责", false, overseers},
		{"对周敏很不满意", false, "林元众 周小军 吴建国 钱明 欧阳锋"},
		{"所长和对方是亲戚，偏心", false, noChief},
		{"民警周敏\n上门调解的时候收了我两百块钱，还骂人", false, "林元众 吴建国 钱明 欧阳锋"},
		{"周敏警官上班玩手机，对群众不耐烦，建议换人", false, "林元众 周小军 吴建国 钱明 欧阳锋"},
		{"窗口周警官说话很难听，一直不耐烦", false, overseers},
		{"我老公是警察，他打我", false, overseers},
		{"老公打我，他是民警", false, overseers},
		// asked, and yet told of one by name
		{"林元众收了我的钱怎么办", false, "周敏 周小军 吴建国 钱明 欧阳锋"},
		{"林元众警官收了我的钱不办事怎么办", false, "周敏 周小军 吴建国 钱明 欧阳锋"},
		{"想咨询一下，你们林警官罚我款不开票合法吗", false, "周敏 周小军 吴建国 钱明 欧阳锋"},
		{"林元众警官没有穿警服就进我家搜查，这样合法吗", false, "周敏 周小军 吴建国 钱明 欧阳锋"},
		{"林元众跟我老公是朋友，处理我家的事偏心，怎么换人", false, "周敏 周小军 吴建国 钱明 欧阳锋"},
		{"林元众把我的信息告诉了我前夫，这违法吗", false, "周敏 周小军 吴建国 钱明 欧阳锋"},
		{"周敏根本没来过", false, "林元众 周小军 吴建国 钱明 欧阳锋"},
		{"林警官打我电话了吗", false, everybody},
		{"请问周敏警官几点上班", false, everybody},
		{"请林元众来搜查一下小偷", false, everybody},
		{"林元众拿了楼上两条烟", false, "周敏 周小军 吴建国 钱明 欧阳锋"},
		{"林元众吃了楼上的饭", false, "周敏 周小军 吴建国 钱明 欧阳锋"},
		{"林元众是楼上的舅舅", false, "周敏 周小军 吴建国 钱明 欧阳锋"},
		{"林元众偏楼上", false, "周敏 周小军 吴建国 钱明 欧阳锋"},
		{"林元众没有处理，一直拖", false, "周敏 周小军 吴建国 钱明 欧阳锋"},
		{"民警调解的时候楼上骂我", false, everybody},
		{"楼上当着民警的面骂我", false, everybody},
		{"网格员说楼上不理她", false, everybody},
		{"民警上门那天楼上喝酒了", false, everybody},
		{"民警电话打了，楼上不接电话", false, everybody},
		{"楼上老周骂我", false, everybody},
		{"请林元众吃饭", false, everybody},
		{"林元众收到我的材料了吗", false, everybody},
		{"民警来了楼上还在骂人", false, everybody},
		{"民警来了以后楼上骂我", false, everybody},
		{"民警和楼上一起骂我", false, overseers},
		{"民警帮邻居骂我", false, overseers},
		// not about anybody of the room
		{"老公打我，周敏来过", false, everybody},
		{"工地的施工队长拖着工资不给，还骂人", false, everybody},
		{"我们公司领导骂我", false, everybody},
		{"宿舍管理员收了我的押金", false, everybody},
		{"您好警官，有人态度很差，一直吵", false, everybody},
		{"民警同志，老板欠我工资一直拖着", false, everybody},
		{"民警来了以后，楼上还在骂人", false, everybody},
		{"请民警帮忙调解，邻居打人", false, everybody},
		{"队长骂我", false, overseers},
		{"救命有人打我\n是周敏", false, "林元众 周小军 吴建国 钱明 欧阳锋"},
		{"周敏揍我", false, "林元众 周小军 吴建国 钱明 欧阳锋"},
		{"民警打我，请尽快处理，感谢", false, overseers},
		{"办身份证窗口收钱吗", false, everybody},
		{"警察扣了我的驾照怎么处理", false, everybody},
		{"请问民警几点睡觉", false, everybody},
		{"想问警察怎么处理打人的", false, everybody},
		{"我的身份证被民警收了什么时候还", false, everybody},
		{"老板拖欠工资，找过派出所都没结果", false, everybody},
		{"邻居家狗咬了我，民警来过，让我们私了", false, everybody},
		{"民警叔叔有人打我", false, everybody},
		{"警察同志我爸打我快来", false, everybody},
		{"喂警察吗有人打人", false, everybody},
		{"民警被打了，快来人", false, everybody},
		{"民警周敏上次来调解过，邻居还是骂我", false, everybody},
		{"昨天民警来调解过，今天楼上又吵，态度很差", false, everybody},
		{"民警来了，他还在打人", false, everybody},
		{"给民警打过电话，楼下还在打架", false, everybody},
		{"我给民警送过锦旗", false, everybody},
		{"民警快来，他打我", false, everybody},
		{"民警快来他打我", false, everybody},
		{"警察说他打我", false, everybody},
		{"民警同志，打人了", false, everybody},
		{"民警您好，骂我的是邻居", false, everybody},
		{"民警抓到了打人的", false, everybody},
		{"请民警过来，邻居骂人", false, everybody},
		{"有人冒充民警问我要钱", false, everybody},
		{"民警让我转账，是不是骗子，要钱", false, everybody},
		{"感谢民警周敏，打跑了坏人", false, everybody},
		{"有个民警要钱，说是安全账户", false, everybody},
		{"感谢民警不管多晚都来", false, everybody},
		{"楼上小周半夜拖桌子，打我", false, everybody},
		{"我要投诉物业", false, everybody},
		{"老公打我", false, everybody},
		{"想找民警周敏问户口", false, everybody},
	} {
		h := guardedBy(t, c.words, c.complaint)
		if got := seers(h); got != c.want {
			t.Errorf("%q is seen by %q, want %q", c.words, got, c.want)
		}
	}
}

// TestSomebodySeesEveryComplaint tells who is left: whoever oversees and is not meant. A room needs one beside its chief.
func TestSomebodySeesEveryComplaint(t *testing.T) {
	for who, want := range map[string]string{
		"林元众": "吴建国", "周敏": "吴建国", "周小军": "吴建国", "吴建国": "钱明", "所长": "钱明", "领导": "钱明", "钱明": "吴建国", "欧阳锋": "吴建国", "民警": "吴建国",
	} {
		h := guardedBy(t, "我要投诉"+who+"收红包", true)
		if got := seers(h); !strings.Contains(got, want) || strings.Contains(got, who) {
			t.Errorf("a complaint about %s is seen by %q, not by %s", who, got, want)
		}
	}
}

func TestTheOtherSideOfAQuarrelIsOfTheRoom(t *testing.T) {
	room := staff()
	room["3301"] = Officer{ID: "3301", Name: "林元众", Role: Police, Account: "gh_1"}
	for words, want := range map[string]bool{
		"民警周敏": true, "周敏": true, "派出所的人": true, "0577002": true, "我老公，他是警察": true, "楼上502，姓赵": false, "楼上3301": false, "电话13305770020的人": false, "警号3301": true, "3301": true, "周某某": false, "邻居，民警来过": false, "": false,
	} {
		if got := OfTheRoom(words, room); got != want {
			t.Errorf("%q: %v", words, got)
		}
	}
}

func TestLaterWordsGuardATicket(t *testing.T) {
	o := opening(Dispute)
	o.Account, o.Home.Station = "gh_1", "xincheng"
	h, _ := opened(t, o)
	say := func(h Header, what What, words string) Header {
		t.Helper()
		s := Step{What: what, By: TheResident, At: h.UpdatedAt, Text: Personal(words), Guard: Guarding(words, h.Complaint != "", staff())}
		if what == Rate {
			s.Rating = 1
		}
		after, _, err := h.Do(s)
		if err != nil {
			t.Fatal(err)
		}
		return after
	}
	if h = say(h, Say, "对方姓周"); !strings.Contains(seers(h), "周敏") {
		t.Errorf("a neighbour's name hides the ticket: %q", seers(h))
	}
	if h = say(h, Say, "民警周敏收了他的钱"); strings.Contains(seers(h), "周敏") || !strings.Contains(seers(h), "林元众") {
		t.Errorf("after an accusation it is seen by %q", seers(h))
	}
	if h = say(h, Say, "还有林元众"); strings.Contains(seers(h), "林元众") {
		t.Errorf("a further name: seen by %q", seers(h))
	}
	if h = say(h, Say, "所长也骂我"); seers(h) != "钱明 欧阳锋" {
		t.Errorf("the chief named last: seen by %q", seers(h))
	}
	done, _ := opened(t, o)
	for _, s := range []Step{{What: Claim, By: staff()["0577002"].By()}, {What: Resolve, By: staff()["0577002"].By()}, {What: Confirm, By: TheResident}} {
		var err error
		s.At = done.UpdatedAt
		if done, _, err = done.Do(s); err != nil {
			t.Fatal(err)
		}
	}
	if done = say(done, Rate, "民警周敏收我红包"); strings.Contains(seers(done), "周敏") {
		t.Errorf("a rating that accuses is seen by %q", seers(done))
	}
}

// TestWhoHoldsATicketIsMeantByAPronoun shows whom words hide a ticket from that say 他 of who works on it.
func TestWhoHoldsATicketIsMeantByAPronoun(t *testing.T) {
	for words, want := range map[string]bool{
		"他故意拖着不还": false, "他一直敷衍我，说下个月还": false, "他拿了我店里两瓶酒没给钱": false, "婆婆偏心，她什么都给小叔": false, "上门的敷衍我": true,
		"他态度差，收了红包": true, "他收了我两包烟": true, "他收了对方的钱": true, "他收了楼上的红包": true, "他和楼上是亲戚": true, "来处理的人根本不管": true, "他们家收了我的钱不还": false,
		"她收了我的烟": true, "她包庇楼上": true, "他向着对方，不听我说": true, "来了，他帮对方说话": true, "那个民警收了我两条烟": true,
		"他又吵到两点": false, "他收了我的钱不还": false, "他骂我": false, "物业的人，他收了红包": false, "她说明天来": false, "对方说他包庇": false, "": false,
	} {
		if got := BlamesHolder(words); got != want {
			t.Errorf("%q: %v", words, got)
		}
	}
	for words, want := range map[string]bool{"他态度差，收了红包": true, "态度差": true, "态度很好，没有敷衍": false, "来得很快": false, "楼上还是骂人": false, "": false} {
		if got := RatesBadly(words); got != want {
			t.Errorf("a rating with %q: %v", words, got)
		}
	}
	o := opening(Dispute)
	o.Account, o.Home.Station = "gh_1", "xincheng"
	h, _ := opened(t, o)
	for _, s := range []Step{
		{What: Claim, By: staff()["0577002"].By()}, {What: Resolve, By: staff()["0577002"].By()},
		{What: Reopen, By: TheResident, Text: "没解决，她收了我的烟", Guard: GuardHolder("周敏")},
	} {
		var err error
		s.At = h.UpdatedAt
		if h, _, err = h.Do(s); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := seers(h), "林元众 周小军 吴建国 钱明 欧阳锋"; got != want {
		t.Errorf("seen by %q, want %q", got, want)
	}
}

func TestAGuardIsPartOfTheHistory(t *testing.T) {
	h, opening := opened(t, opening(Dispute))
	_, said, err := h.Do(Step{What: Say, By: TheResident, At: h.UpdatedAt, Text: "民警周敏收钱", Guard: GuardNamed})
	if err != nil {
		t.Fatal(err)
	}
	got, err := Replay(h.Number, []Entry{opening, said})
	if err != nil || got.Complaint != "民警周敏收钱" {
		t.Fatalf("replayed as %q, %v", got.Complaint.Reveal(), err)
	}
	said.Guard = GuardNone
	if _, err := Replay(h.Number, []Entry{opening, said}); !errors.Is(err, ErrInvalid) {
		t.Errorf("a guard that was taken away is not noticed: %v", err)
	}
}

func TestARoomNeedsSomebodyBesideItsChief(t *testing.T) {
	all := staff()
	if Unwatched(all) || Unwatched(nil) {
		t.Error("a room with an admin, or with nobody yet, is warned about")
	}
	for _, id := range []string{"admin1", "audit1"} {
		o := all[id]
		o.Disabled = true
		all[id] = o
	}
	if !Unwatched(all) {
		t.Error("nobody beside the chief is left, and nothing is said")
	}
}
