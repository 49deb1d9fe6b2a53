package flows

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"frontdesk/ticket"
)

// alarming tells whether words alone, outside any flow, bring the alarm, and whether an urgent ticket at once.
func alarming(words string) (heard, ticketed bool) {
	r := Resident{Account: "gh_lamp", OpenID: "o", Followed: true}
	out := Next(r, Input{ID: "1", Kind: Text, Text: ticket.Personal(words)}, theWorld())
	return out.Alarm, len(out.Effects) > 0
}

func TestDangerIsHeard(t *testing.T) {
	for _, words := range []string{
		"救命", "救命啊！！", "有人拿刀砍人", "楼下有人持刀", "他要杀我", "我不想活了", "我想自杀", "有人要跳楼", "着火了", "楼道起火了", "煤气泄漏了",
		"有人打人，流了好多血", "我被绑架了", "有人抢劫", "孩子被拐走了", "我老公打我，快来", "家暴，他又动手了", "有人落水了", "孩子掉河里了", "爆炸了",
		"救命！楼下有人拿刀砍人", "快来人啊，要出人命了", "有人跳楼", "我被人砍了",
	} {
		if heard, _ := alarming(words); !heard {
			t.Errorf("%q is not heard", words)
		}
	}
	for _, words := range []string{
		"你好", "身份证怎么补办", "楼上半夜拖桌子", "物业不修电梯", "想咨询家暴怎么取证", "消防演练什么时候", "请问持刀抢劫判几年", "网上看到有人跳楼的视频",
		"谢谢救命之恩的民警", "户口迁移", "我要投诉", "停车收费太贵", "夜里太吵", "想了解防骗讲座", "电动车丢了", "欠我钱不还",
	} {
		if _, ticketed := alarming(words); ticketed {
			t.Errorf("%q opens an urgent ticket", words)
		}
	}
}

// TestAnythingIsAnswered lets a resident send anything in any order: every message of words gets an answer that the platform takes, nothing
// panics, and the record is what the change says.
func TestAnythingIsAnswered(t *testing.T) {
	lines := rapid.SampledFrom([]string{
		"1", "2", "3", "９", "一", "菜单", "取消", "上一步", "进度", "帮助", "人工", "继续", "完成", "没有", "不用", "改2", "改 三", "纠纷", "咨詢", "意见", "同意",
		"😀😀", "。。。", "？", "", " ", "\x00\xff", "13800001234", "解决了", "没解决", "5分，很快", "催办", "撤回", "348 148 158", "楼上天天拖桌子", "[微笑]",
		"救命", "安全了", "救我", "他走了", "没人管我", "不能接", "他威胁我", "没有打，但是他拿着刀", "民警打我", "所长收红包", strings.Repeat("吵", 5_000), strings.Repeat("吵 ", 5_000), strings.Repeat("吵", 10_000), "鄰居吵鬧", "重新开始", "是", "不是", "匿名", "不匿名",
	})
	rapid.Check(t, func(rt *rapid.T) {
		w := theWorld()
		w.CanPush = rapid.Bool().Draw(rt, "push")
		r := Resident{Account: "gh_lamp", OpenID: "o", Followed: true}
		for i := range rapid.IntRange(1, 40).Draw(rt, "messages") {
			in := Input{ID: fmt.Sprint(i), Kind: Text, At: w.Now}
			switch rapid.IntRange(0, 9).Draw(rt, "kind") {
			case 0:
				in.Kind, in.File = Photo, &ticket.Attachment{ID: fmt.Sprint("m", i), Kind: ticket.Photo}
			case 1:
				in.Kind, in.Place = Place, &ticket.Place{Lat: 30, Lng: 120, Label: "长安路8号"}
			case 2:
				in.Kind, in.Key = Menu, rapid.SampledFrom([]string{"consult", "dispute", "progress", "nothing"}).Draw(rt, "key")
			case 3:
				w.Now = w.Now.Add(time.Duration(rapid.IntRange(0, 200).Draw(rt, "hours")) * time.Hour)
				in.Kind, in.Key = Scan, "s_main"
			default:
				in.Text = ticket.Personal(lines.Draw(rt, "words"))
			}
			w.Now = w.Now.Add(time.Second)
			number, err := ticket.NewNumber(strings.NewReader(fmt.Sprintf("%08d", i)))
			if err != nil {
				rt.Fatal(err)
			}
			w.Number = number
			c, err := Decide(r, in, w)
			if err != nil {
				rt.Fatalf("message %d: %v", i, err)
			}
			if c.Answer == "" || len(c.Answer) > defaultLimit || !utf8.ValidString(c.Answer) {
				rt.Fatalf("message %d of kind %s is answered with %d bytes", i, in.Kind, len(c.Answer))
			}
			after := r.After(c)
			if after.Version != r.Version+1 || len(after.Tickets) > MaxTickets {
				rt.Fatalf("the record: version %d, %d tickets", after.Version, len(after.Tickets))
			}
			r = after
		}
	})
}
