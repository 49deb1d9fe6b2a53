package flows

// This file holds the words that work at every step. Only a whole message counts: "他要取消合同" is an answer like any other.

import (
	"strings"
	"time"

	"frontdesk/ticket"
)

// commands are the words that work everywhere, folded.
var commands = map[string]string{
	"取消": "取消", "不弄了": "取消", "退出": "取消", "算了": "取消", "不办了": "取消", "不填了": "取消", "不说了": "取消", "取消登记": "取消",
	"不想弄了": "取消", "不想填了": "取消", "不想说了": "取消", "不想办了": "取消", "我不想弄了": "取消", "不登记了": "取消", "不用登记了": "取消", "不想了": "取消",
	"结束": "取消", "作废": "取消", "我要取消": "取消", "cancel": "取消",
	"上一步": "上一步", "返回": "上一步", "返回上一步": "上一步", "后退": "上一步", "退回": "上一步", "上一题": "上一步", "回上一步": "上一步", "back": "上一步",
	"菜单": "菜单", "主菜单": "菜单", "回到菜单": "菜单", "返回菜单": "菜单", "首页": "菜单", "目录": "菜单", "选单": "菜单", "0": "菜单", "零": "菜单", "menu": "菜单",
	"进度": "进度", "查进度": "进度", "查询进度": "进度", "查看进度": "进度", "我的工单": "进度", "我的进度": "进度", "办理进度": "进度", "我的事": "进度", "看进度": "进度",
	"帮助": "帮助", "怎么用": "帮助", "使用说明": "帮助", "不会用": "帮助", "help": "帮助",
	"人工": "人工", "转人工": "人工", "人工服务": "人工", "找民警": "人工", "找人工": "人工", "找人": "人工", "联系民警": "人工", "我要找民警": "人工", "要人工": "人工", "人工客服": "人工", "真人": "人工", "我要真人": "人工", "我要找人": "人工", "我要跟人说话": "人工", "跟人说话": "人工", "我要跟人说": "人工", "叫个人来": "人工",
	"派出所电话": "人工", "派出所电话多少": "人工", "警务室电话": "人工", "警务室电话多少": "人工", "你们电话多少": "人工", "民警电话多少": "人工",
	"重新开始": "重新开始", "重新来": "重新开始", "重来": "重新开始", "从头来": "重新开始", "重新填": "重新开始", "从头开始": "重新开始", "全部重填": "重新开始",
	"继续": "继续", "接着填": "继续", "继续填": "继续", "接着来": "继续",
}

// everywhere answers the words that work at every step, unless the step itself offers that very word.
func (t *talk) everywhere() bool {
	if t.in.Kind != Text || len(t.flat) > 30 {
		return false
	}
	word := t.command()
	if word == "" {
		return false
	}
	s := t.step()
	if s.Files && isDone(t.flat) { // 结束 says here that everything was sent
		return false
	}
	for _, c := range s.Choices {
		if c.means(t.whole()) && !(t.plan().Name == deskFlow && t.book.byName[c.Value] != nil) {
			return false
		}
	}
	switch word {
	case "取消":
		t.cancel()
	case "上一步":
		t.back()
	case "菜单":
		t.menu()
	case "进度":
		t.progress()
	case "帮助":
		t.say(textHelp)
		t.ask()
	case "人工":
		t.officer()
	case "继续":
		return t.goOn()
	case "重新开始":
		t.afresh()
	}
	t.visit("everywhere", "", word)
	return true
}

// command gives the word that works everywhere, of which the whole message is one way to say it; a particle after it changes nothing.
func (t *talk) command() string {
	if mark := strings.TrimSpace(t.raw); mark == "?" || mark == "\uff1f" {
		return "帮助"
	}
	if w, ok := commands[t.whole()]; ok {
		return w
	}
	word := strings.TrimRight(t.whole(), "吧啊呀哦谢")
	for _, lead := range []string{"还是算了吧", "还是算了", "算了吧", "算了"} { // 算了,不弄了
		if rest, ok := strings.CutPrefix(word, lead); ok && commands[rest] == "取消" {
			return "取消"
		}
	}
	return commands[word]
}

const textHelp = "我是警务室的值班助手，一天24小时都在。\n" +
	"我问一句，您答一句；有数字的，回复数字就行。\n" +
	"随时可以回复：\n" +
	"“菜单”看能办什么\n“上一步”改前一个回答\n“取消”不办了\n“进度”看您的事办到哪了\n“人工”请民警联系您\n" +
	"遇到危险，请马上拨打110。"

// cancel gives up what stands.
func (t *talk) cancel() {
	p := t.plan()
	switch {
	case t.c.Mending != "":
		t.unmend()
		return
	case p.Keep:
		t.say(cancelled(p.Title, t.c.Ticket != ""))
		t.c.Flow, t.c.Answers = p.Name, nil
		t.end()
	case p.Side:
		if p.Name == dangerFlow && t.c.Ticket != "" {
			t.say("好的，我不问了。紧急工单已经到了值班民警手里，会照常处理。还有要说的，直接写给我；已经平安了，请回复“安全了”。")
		}
		t.end()
	case t.c.Step == "resume" && t.c.Aside != nil:
		title := "刚才的内容"
		if a := t.book.byName[t.c.Aside.Flow]; a != nil {
			title = a.Title
		}
		t.say(cancelled(title, t.c.Aside.Ticket != ""))
		t.c = Conversation{}
	case len(t.c.Answers) > 0:
		t.say("好的，不办了。刚才说的没有提交，也没有留下。")
		t.c = Conversation{Aside: t.c.Aside}
	case t.c.Aside != nil:
		t.say(cancelled("登记", t.c.Aside.Ticket != ""))
		t.c = Conversation{}
	default:
		t.say("现在没有正在办的事，不用取消。")
	}
	if t.c.Flow == "" {
		t.c = Conversation{}
		t.say(textMenuShort)
	}
}

func cancelled(title string, urgent bool) string {
	if urgent {
		return "好的，" + title + "不往下填了。紧急工单已经到了值班民警手里，会照常处理。已经平安了，请回复“安全了”。"
	}
	return "好的，已经取消。刚才填的没有提交，也没有留下。"
}

const textMenuShort = "什么时候需要，回复“菜单”，我都在。"

// back goes to the question before.
func (t *talk) back() {
	p := t.plan()
	if t.c.Mending != "" {
		t.unmend()
		return
	}
	if t.c.Flow == deskFlow || t.c.Flow == "" {
		t.menu()
		return
	}
	for len(t.c.Trail) > 0 {
		last := t.c.Trail[len(t.c.Trail)-1]
		t.c.Trail = t.c.Trail[:len(t.c.Trail)-1]
		s := p.steps[last]
		if s == nil || s.Skip != nil && s.Skip(t) != "" {
			continue
		}
		t.c.Step, t.c.Misses = last, 0
		if a := t.answer(last); a != nil {
			reopened := Answer{Step: last, Files: a.Files}
			t.c.drop(last)
			if len(reopened.Files) > 0 {
				t.c.keep(reopened)
			}
		}
		t.ask()
		return
	}
	if p.Side {
		t.end()
		if t.c.Flow == "" {
			t.say(textMenuShort)
		}
		return
	}
	t.say("这已经是第一步了。不想办了回复“取消”，想换一件事回复“菜单”。")
	t.ask()
}

// afresh begins the flow that stands anew. What is urgent is with those on duty already, and goes on.
func (t *talk) afresh() {
	p := t.plan()
	switch {
	case !p.Keep && p.Name != dangerFlow:
		t.menu()
		return
	case t.c.Ticket != "":
		t.say("已经报给值班民警的不用重来，您接着说就行。")
	default:
		t.c = Conversation{Flow: p.Name, Step: p.Steps[0].ID, Aside: t.c.Aside, Started: t.w.Now}
		t.say("好的，咱们从头来，前面填的都不算。")
	}
	t.ask()
}

// menu shows what can be done here; what was begun can be taken up again.
func (t *talk) menu() {
	a := t.aside()
	t.c = Conversation{Flow: deskFlow, Step: "menu", Aside: a}
	t.ask()
	if a == nil {
		t.c = Conversation{}
	}
}

// progress shows the resident's tickets, and then goes back to where they were.
func (t *talk) progress() {
	if len(t.r.Tickets) == 0 {
		t.say("您在这里还没有登记过事情。")
		if t.worth() {
			t.ask()
		} else {
			t.say(textMenuShort)
		}
		return
	}
	t.c.Aside = t.aside()
	t.begin(progressFlow, "")
}

// officer offers an officer; what was said so far goes along.
func (t *talk) officer() {
	if h, ok := t.alarmed(); ok {
		t.officerNow(h)
		return
	}
	if t.plan().Name == officerFlow {
		t.ask()
		return
	}
	if a := t.answer(kept); t.c.Flow == deskFlow && t.c.Step != "resume" && a != nil {
		t.begin(officerFlow, "")
		return
	}
	t.c.Aside = t.aside()
	t.c.Answers = nil
	t.begin(officerFlow, "")
}

// goOn takes up what was set aside, or lets the rest of a long answer follow.
func (t *talk) goOn() bool {
	for _, l := range t.r.Mailbox {
		if isRest(l) || t.plan().Name == deskFlow && t.c.Aside == nil {
			t.visit("everywhere", "", "继续")
			return true // the letter is the answer
		}
	}
	switch {
	case t.plan().Name == deskFlow && t.c.Aside != nil:
		t.resume()
	case t.c.Flow == "":
		t.say("下文都在这里了，没有别的了。" + textMenuShort)
	default:
		t.ask()
	}
	t.visit("everywhere", "", "继续")
	return true
}

// late notices a message that was sent before the question that stands had reached the resident: it goes on with what they said before.
func (t *talk) late() bool {
	if t.in.Kind != Text || t.c.At.IsZero() || t.in.At.IsZero() || len(t.c.Trail) == 0 || t.plan().Name == dangerFlow || t.c.Mending != "" || t.c.Misses > 0 {
		return false
	}
	behind := t.c.At.Sub(t.in.At)
	if behind < time.Second || behind > lateAtMost || !legible(t.raw) {
		return false
	}
	a := t.answer(t.c.Trail[len(t.c.Trail)-1])
	if a == nil || a.Value != onText {
		return false
	}
	more := *a
	more.Text += "\n" + t.in.Text
	t.c.keep(more)
	if h, ok := t.ticket(t.c.Ticket); ok && h.Can(ticket.Say) { // the urgent ticket has the answer already
		t.sayOn(h.Number, ticket.Personal(t.raw), nil)
	}
	t.visit("everywhere", "", "连着发")
	t.say("这句也记下了，和前面的放在一起。")
	t.ask()
	return true
}

// lateAtMost bounds how far the platform's clock may lie behind before it is taken for a wrong clock.
const lateAtMost = 5 * time.Second
