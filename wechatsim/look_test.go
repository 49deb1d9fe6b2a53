package wechatsim

import (
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
	"fmt"
)

func TestLook(t *testing.T) {
	if os.Getenv("LOOK") == "" { t.Skip() }
	rm := newRoom(t, func(c *Config) { c.Prefix = "/sim"; c.Clock = time.Now; c.Accounts[0].Name = "溪山廊桥警务室" })
	rm.answer = func(n int, g got, w http.ResponseWriter) {
		who := "oSim_lin_apo_000000000000001"
		if strings.Contains(g.plain, "chen") { who = "oSim_chen_shifu_00000000002" }
		if strings.Contains(g.plain, "subscribe") {
			w.Write([]byte(sealXML(t, textXML(who, "您好，这里是溪山廊桥警务室，夜里也有人。\n\n如果有人受伤、正在打架，请马上打 110。\n\n回复数字就行：\n1 咨询办事\n2 邻里纠纷\n3 提意见\n4 查我的事"))))
		} else if strings.Contains(g.plain, "坏") { w.Write([]byte("x"))
		} else if !strings.Contains(g.plain, "MsgType><![CDATA[image") { w.Write([]byte(sealXML(t, textXML(who, "记下了。您可以接着发照片，最多九张；发完请回复“好了”。https://example.com/a")))) }
	}
	ctx := t.Context()
	f := rm.call("/cgi-bin/menu/create", rm.token(), `{"button":[{"name":"找警务室","sub_button":[{"type":"click","name":"咨询办事","key":"A"},{"type":"click","name":"邻里纠纷","key":"B"},{"type":"click","name":"提意见","key":"D"}]},{"type":"click","name":"我的事","key":"C"},{"type":"view","name":"反诈课堂","url":"https://example.com/"}]}`)
	fmt.Println(f)
	lin := rm.Resident(testAccount, "oSim_lin_apo_000000000000001")
	lin.Follow(ctx, "")
	lin.Text(ctx, "楼上半夜剁骨头，我睡不着，说了几次都不听")
	lin.Image(ctx, SamplePicture())
	lin.Place(ctx, 27.5, 119.6, "翠湖小区3幢2单元")
	lin.Voice(ctx, SampleVoice())
	chen := rm.Resident(testAccount, "oSim_chen_shifu_00000000002")
	chen.Follow(ctx, "")
	chen.Text(ctx, "坏")
	rm.call("/cgi-bin/message/custom/send", rm.token(), `{"touser":"oSim_chen_shifu_00000000002","msgtype":"msgmenu","msgmenu":{"head_content":"您的事办好了吗？","list":[{"id":"1","content":"办好了"},{"id":"2","content":"还没有"}],"tail_content":""},"aimsgcontext":{"is_ai_msg":1}}`)
	rm.call("/cgi-bin/message/template/send", rm.token(), `{"touser":"oSim_chen_shifu_00000000002","template_id":"T","url":"https://example.com","data":{"thing1":{"value":"工资纠纷有了新回复"},"time2":{"value":"2026-11-24 03:12"}}}`)
	chen.Video(ctx, SampleVideo())
	fmt.Println(rm.PublicURL())
	os.WriteFile("/tmp/fd/wechatsim/url", []byte(rm.PublicURL()), 0o644)
	time.Sleep(10 * time.Minute)
}
