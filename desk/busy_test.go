package desk

// This file holds a night on which everything is in the queue: what the eyes of an officer meet at the worst.

import (
	"strings"
	"time"

	"frontdesk/ticket"
)

// long is what somebody writes who has not slept: 2,000 characters without a break.
var long = strings.Repeat("楼上每天半夜两点还在拖桌子、敲地板，我和老伴都七十多了，一夜一夜睡不着，说了三次都不听，", 50)

// busyNight fills the room with fourteen tickets and gives one with everything in it, which 3301 holds.
func busyNight(rm *room) ticket.Number {
	now := rm.now
	for _, c := range []struct {
		kind   ticket.Kind
		title  ticket.Personal
		urgent bool
		ago    time.Duration
	}{
		{ticket.Dispute, "楼下有人拿刀打架，快来人", true, 3 * time.Minute},
		{ticket.Clue, "有個陌生人在幼稚園門口徘徊，穿灰色外套，已經三天了", true, 40 * time.Minute},
		{ticket.Consult, "老家在外地，身份证丢了，在这里能补吗？要带什么？", false, 26 * time.Hour},
		{ticket.Hazard, "小学后门晚上路灯不亮", false, 75 * time.Hour},
		{ticket.Feedback, "谢谢上周帮我妈找回钱包的民警，一分钱没少。🌹🌹🌹", false, 2 * time.Hour},
		{ticket.Dispute, ticket.Personal(long[:600]), false, 5 * time.Hour},
		{ticket.Consult, "https://example.com/a-very-long-address-without-any-break-that-somebody-pasted-here-1234567890", false, time.Hour},
		{ticket.Consult, "？", false, 9 * time.Hour},
		{ticket.Dispute, "电梯坏了半个月没人修", false, 30 * time.Hour},
		{ticket.Hazard, "電動車堵住消防通道，夜裡還在樓道充電", false, 20 * time.Minute},
		{ticket.Feedback, "希望夜里多巡逻几趟", false, 48 * time.Hour},
		{ticket.Consult, "孩子刚出生，户口想落在这边，需要哪些材料？", false, time.Minute},
	} {
		rm.now = now.Add(-c.ago)
		rm.open(func(o *ticket.Opening) { o.Kind, o.Title, o.Urgent = c.kind, c.title, c.urgent })
	}
	rm.now = now.Add(-50 * time.Minute)
	rm.open(func(o *ticket.Opening) {
		o.Kind, o.Anonymous, o.Title = ticket.Feedback, true, "值班的人说话很冲"
	})
	rm.now = now.Add(-3 * time.Hour)
	n := rm.open(func(o *ticket.Opening) {
		o.Title, o.Topic = "楼上502 半夜拖桌子 😡", "噪音邻里"
		o.Fields = []ticket.Field{
			{Key: "who", Label: "和谁有矛盾", Value: "楼上502，姓趙，微信名“🐯小老虎🐯”"}, {Key: "what", Label: "发生了什么", Value: ticket.Personal(long[:3000])},
			{Key: "wish", Label: "希望怎么解决", Value: "晚上十点以后安静就行"}, {Key: "phone", Label: "电话", Value: "13800001234"}, {Key: "name", Label: "称呼", Value: "👵🏻陈阿姨👵🏻"},
		}
		o.Place = &ticket.Place{Lat: 30.2489, Lng: 120.1683, Label: "长安路8号3幢2单元502室（东门进，过了早点铺右转第二个单元门）"}
		o.Media = []ticket.Attachment{
			{ID: "p1", Kind: ticket.Photo, State: ticket.MediaKept, Type: "image/jpeg", Digest: "d2", Size: 240 << 10}, {ID: "p2", Kind: ticket.Photo, State: ticket.MediaKept, Type: "image/jpeg", Digest: "d2", Size: 240 << 10},
			{ID: "v1", Kind: ticket.Voice, State: ticket.MediaKept, Type: "audio/amr", Digest: "d1", Size: 6 << 10}, {ID: "v2", Kind: ticket.Voice, State: ticket.MediaKept, Type: "audio/mpeg", Digest: "d1", Size: 90 << 10},
			{ID: "p3", Kind: ticket.Photo, State: ticket.MediaLost, Reason: "平台上已过期"}, {ID: "p4", Kind: ticket.Photo},
		}
	})
	lin, zhou := ticket.Actor{Role: ticket.Police, ID: "3301", Name: "林元众"}, ticket.Actor{Role: ticket.Police, ID: "3302", Name: "周敏"}
	rm.does(n, ticket.Step{What: ticket.Claim, By: zhou, At: now.Add(-170 * time.Minute)})
	rm.does(n, ticket.Step{What: ticket.Reply, By: zhou, At: now.Add(-160 * time.Minute), Text: "您好，您反映的情况我们收到了，正在核实。"})
	rm.does(n, ticket.Step{What: ticket.Ask, By: zhou, At: now.Add(-150 * time.Minute), Text: "请问具体在哪一幢、哪一层？"})
	rm.does(n, ticket.Step{What: ticket.Say, By: ticket.TheResident, At: now.Add(-120 * time.Minute), Text: "3幢2单元，我家402，他家502。他昨天还骂人！"})
	rm.does(n, ticket.Step{What: ticket.Note, By: zhou, At: now.Add(-100 * time.Minute), Text: "已电话联系居民。对方502 去年也有人投诉过，社区有底。"})
	rm.does(n, ticket.Step{What: ticket.Release, By: zhou, At: now.Add(-90 * time.Minute)})
	rm.does(n, ticket.Step{What: ticket.Claim, By: lin, At: now.Add(-80 * time.Minute)})
	rm.does(n, ticket.Step{What: ticket.Urge, By: ticket.TheResident, At: now.Add(-30 * time.Minute)})
	rm.does(n, ticket.Step{What: ticket.Reply, By: lin, At: now.Add(-20 * time.Minute), Text: ticket.Personal(long[:1500])})
	rm.does(n, ticket.Step{What: ticket.Reply, By: lin, At: now.Add(-2 * time.Minute), Text: "我下午三点上门，请对门一起商量。"})
	rm.letters = map[ticket.Number][]ticket.Delivery{n: {
		{Seq: 2, Fate: ticket.Delivered, Via: ticket.ViaService, At: now.Add(-160 * time.Minute)}, {Seq: 3, Fate: ticket.Delivered, Via: ticket.ViaAnswer, At: now.Add(-150 * time.Minute)},
		{Seq: 10, Fate: ticket.InMailbox, Told: true, Reason: "超过 48 小时没有来信"}, {Seq: 11, Fate: ticket.Failed, Reason: "居民已取消关注"},
	}}
	rm.now = now
	return n
}

// arrives lets a ticket come while pages are open, and tells them.
func (rm *room) arrives(change func(*ticket.Opening)) ticket.Number {
	rm.t.Helper()
	select {
	case <-rm.watched:
	case <-time.After(20 * time.Second):
		rm.t.Fatal("no page listens")
	}
	n := rm.open(change)
	rm.mu.Lock()
	defer rm.mu.Unlock()
	for _, ch := range rm.watch {
		select {
		case ch <- rm.headers[n]:
		default: // a page that has gone
		}
	}
	return n
}

// does writes an entry down without anybody's page.
func (rm *room) does(n ticket.Number, s ticket.Step) {
	rm.t.Helper()
	rm.mu.Lock()
	defer rm.mu.Unlock()
	h, e, err := rm.headers[n].Do(s)
	if err != nil {
		rm.t.Fatal(err)
	}
	rm.headers[n], rm.entries[n] = h, append(rm.entries[n], e)
}

// count gives how many entries a ticket has.
func (rm *room) count(n ticket.Number) int {
	rm.mu.Lock()
	defer rm.mu.Unlock()
	return len(rm.entries[n])
}
