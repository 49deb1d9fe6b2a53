package flows

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"frontdesk/ticket"
)

// FuzzWords lets a resident write anything, line by line, in any mood of the account: nothing breaks, every line is answered, and within
// what the platform shows. A line may be a command, an answer, a letter of the room's that came in between (@), or what an officer does with the
// newest ticket (%).
func FuzzWords(f *testing.F) {
	everywhere := slices.Sorted(maps.Keys(commands))
	f.Add(strings.Join(everywhere, "\n"), false)
	for _, word := range everywhere {
		f.Add("纠纷\n1\n2\n"+word+"\n1\n"+word+"吧\n？\n"+word, true)
		f.Add("咨询\n"+word, false)
	}
	for _, lines := range []string{
		"纠纷\n1\n2\n1\n楼上502，姓赵\n每天半夜两点拖桌子\n长安路8号3幢\n没有\n昨天\n不用\n匿名\n没有\n1\n进度\n1\n催办\n@\n继续\n撤回\n是",
		"意见\n1\n" + strings.Repeat("吵", 3000) + "\n继续\n@\n@\n继续\n改2\n改 三\n上一步", "救命\n1\n安全了\n取消\n人工\n2", "\x00\xff\n\n。。。\n[微笑]\n😀",
		"348 148 158\n５\n零\n0", "?\n?\n?\n是\n不是", strings.Repeat("@\n", 12) + "菜单\n" + strings.Repeat("继续\n", 8), "ｍｅｎｕ\nMENU\n选單\n上一步",
	} {
		f.Add(lines, false)
		f.Add(lines, true)
	}
	told := "纠纷\n1\n2\n1\n楼上\n半夜吵得睡不着\n阳光小区\n没有\n没有\n不用\n1\n"
	for _, lines := range []string{
		told + "%\n%\n可以\n还有，他又吵了\n是\n完成\n看完了\n%\n没解决，还是吵\n%\n%\n好\n%\n解决了\n5\n来得快\n昨晚又吵\n1",
		told + told + "催办\n2\n撤回\n%\n%\n好\n是\n补充\n谢谢\n我要补办身份证\n取消\n没用\n1\n%\n%\n都解决了\n1\n满意\n不用\n没解决\n不用",
		told + "咨询\n2\n%\n%\n门牌3号\n不是\n没有\n说错了，是4号\n不用\n改2：户口\n不是3号，是5号\n没问题，谢谢\n重新开始",
	} {
		f.Add(lines, true)
		f.Add(lines, false)
	}
	f.Fuzz(func(t *testing.T, text string, push bool) {
		w := theWorld()
		w.CanPush = push
		r := Resident{Account: "gh_lamp", OpenID: "o", Followed: true}
		for i, line := range strings.SplitN(text, "\n", 60) {
			w.Now = w.Now.Add(time.Duration(len(line)) * time.Minute) // some pauses are long
			var err error
			if w.Number, err = ticket.NewNumber(strings.NewReader(fmt.Sprintf("%08d", i))); err != nil {
				t.Fatal(err)
			}
			if line == "%" && len(r.Tickets) > 0 {
				h := r.Tickets[0]
				what := ticket.Claim
				switch {
				case h.Status == ticket.Claimed && i%2 == 0:
					what = ticket.Ask
				case h.Status == ticket.Claimed || h.Status == ticket.Waiting:
					what = ticket.Resolve
				}
				s := ticket.Step{What: what, By: ticket.Actor{Role: ticket.Police, ID: "0577", Name: "林元众"}, At: w.Now, Text: "在家吗？"}
				if after, _, err := h.Do(s); err == nil {
					r.Tickets = append([]ticket.Header{after}, r.Tickets[1:]...)
				}
				continue
			}
			if line == "@" {
				r.Mailbox = append(r.Mailbox, ticket.Letter{ID: fmt.Sprint("l", i), Text: ticket.Personal(strings.Repeat("请带身份证。", i*7%200+1)), At: w.Now})
				continue
			}
			c, err := Decide(r, Input{ID: fmt.Sprint(i), Kind: Text, At: w.Now, Text: ticket.Personal(line)}, w)
			if err != nil {
				t.Fatalf("line %d, %q: %v", i, line, err)
			}
			if strings.TrimSpace(c.Answer) == "" || len(c.Answer) > defaultLimit || !utf8.ValidString(c.Answer) {
				t.Fatalf("line %d, %q, is answered with %d bytes", i, line, len(c.Answer))
			}
			after := r.After(c)
			if after.Version != r.Version+1 || len(after.Tickets) > MaxTickets {
				t.Fatalf("line %d, %q: version %d, %d tickets", i, line, after.Version, len(after.Tickets))
			}
			r = after
		}
	})
}

// FuzzEverywhere holds that a word that works everywhere does so at every step, however it is written, unless the step asks for that very word.
func FuzzEverywhere(f *testing.F) {
	for word := range commands {
		f.Add(word)
		f.Add(" " + word + "。")
		f.Add(word + "吧")
	}
	f.Add("他要取消合同")
	f.Fuzz(func(t *testing.T, words string) {
		talk := &talk{r: &Resident{}, in: Input{Kind: Text}, w: &World{}, book: theBook(), raw: words, flat: fold(words)}
		word := talk.command()
		if word != "" && !slices.Contains([]string{"取消", "上一步", "菜单", "进度", "帮助", "人工", "继续", "重新开始"}, word) {
			t.Fatalf("%q is the command %q, which nobody answers", words, word)
		}
		if word == "" || word == "继续" || len(talk.flat) > 30 || isDone(talk.flat) { // the desk takes files, and 结束 says that all were sent
			return
		}
		w := theWorld()
		said := map[string]bool{}
		w.walked = func(flow, _, on string) { said[flow+"/"+on] = true }
		r := Resident{Account: "gh_lamp", OpenID: "o", Followed: true}
		in := Input{ID: "1", Kind: Text, At: w.Now, Text: ticket.Personal(words)}
		out := Next(r, in, w)
		if !out.Alarm && !said["everywhere/"+word] {
			t.Errorf("%q means %s and is not taken so at the desk: %v", words, word, said)
		}
	})
}
