package flows

// This file holds the steps that several flows share: the privacy notice, photos, telephone and name.

import (
	"fmt"
	"strings"

	"frontdesk/ticket"
)

// Notice is the version of the privacy notice below; a new version is shown to everybody again.
const Notice = "2026-11"

// notice asks for consent before the first personal data. It is not asked again of who agreed to this version, nor in an emergency that
// is already reported.
func notice(agreed, declined string, onDecline func(*talk)) Step {
	return Step{
		ID: "notice", Say: func(t *talk) string { return noticeText(t.w.Account) },
		Plain: "意思是：您说的事和电话，我记下来只给办这件事的人看，到期就删。可以吗？",
		Choices: []Choice{
			{Value: "agree", Label: "同意", Words: []string{"同意并继续", "我同意", "好", "好的", "可以", "行", "是", "嗯", "ok", "知道了", "继续"}},
			{Value: "decline", Label: "不同意", Words: []string{"我不同意", "不", "不行", "不要", "拒绝", "不愿意"}},
		},
		Skip: func(t *talk) string {
			if t.r.Consent.Version == Notice || t.c.Ticket != "" {
				return "agree"
			}
			return ""
		},
		Rows: []Row{
			{On: "agree", To: agreed, Do: func(t *talk) {
				t.do(KeepConsent{Consent{Version: Notice, At: t.w.Now}})
				t.r.Consent = Consent{Version: Notice, At: t.w.Now}
			}},
			{On: "decline", To: declined, Do: onDecline},
		},
	}
}

// noticeText tells who collects, what for, how long it is kept and what rights there are.
func noticeText(a ticket.Account) string {
	name, keeps := a.Name, a.Keeps
	if name == "" {
		name = "本警务室"
	}
	if keeps == "" {
		keeps = "办结后三年"
	}
	return fmt.Sprintf("往下说之前，先跟您交个底：\n"+
		"谁来收：%s。\n收什么：您说的事情、位置、照片，您愿意留的称呼和电话。\n做什么用：只用来办您这件事，只有经办的工作人员能看。\n"+
		"留多久：%s。\n您的权利：可以查看、更正、撤回，也可以要求删除，回复“人工”就能提。\n您同意吗？", name, keeps)
}

// photos takes up to nine files; next is where it leads.
func photos(id, label, text, next string) Step {
	return Step{
		ID: id, Label: label, Files: true, Max: 2000, Min: 1,
		Say: func(t *talk) string {
			text := t.able(text)
			if n := len(t.filesAt(id)); n > 0 && t.c.Mending == "" {
				return text + "\n（前面发的" + counted(t.filesAt(id)) + "已经放进来了）\n发完回复“完成”。"
			}
			return text + "\n发完回复“完成”，没有就回复“没有”。"
		},
		Rows: []Row{
			{On: onFile, To: id, Do: gotFile}, {On: onText, To: id, Do: gotCaption},
			{On: onDone, To: next}, {On: onNone, To: next},
		},
	}
}

// able takes out of a text what this account cannot receive.
func (t *talk) able(text string) string {
	if t.w.CanPush {
		return text
	}
	return photosOnly.Replace(text)
}

var photosOnly = strings.NewReplacer("文字、照片、语音、视频都行", "文字、照片都行", "照片、语音、视频", "照片", "照片、语音或视频", "照片", "照片或视频", "照片", "最多9个", "最多9张")

// gotFile takes a file in and says how many more there is room for.
func gotFile(t *talk) {
	t.silent = true
	if t.fileCount() >= maxFiles && t.value(t.got.Step) != mended {
		t.say(t.able(textNoMoreFiles) + "\n发完了请回复“完成”。")
		return
	}
	t.c.keep(t.got)
	n := len(t.got.Files)
	what := fmt.Sprintf("收到第%d个（%s）", n, t.in.File.Kind.Name())
	if t.in.Kind == Photo && counted(t.got.Files) == fmt.Sprintf("%d张照片", n) {
		what = fmt.Sprintf("收到第%d张", n)
	}
	if t.in.Kind == Voice {
		what += "，民警会听。我这里听不了，方便的话再打几个字"
	}
	if t.in.Kind == Voice {
		what += "。"
	} else {
		what += "\uff0c"
	}
	left := maxFiles - t.fileCount()
	if left == 0 {
		t.say(what + "已经收满9个，请回复“完成”。")
		return
	}
	t.say(fmt.Sprintf("%s还可以发%d个；发完请回复“完成”。", what, left))
}

// gotCaption takes a line about the photos in.
func gotCaption(t *talk) {
	t.silent = true
	t.c.keep(t.got)
	t.say("这句也记下了。还有照片接着发；发完请回复“完成”。")
}

// contact asks for a telephone.
func contact(next, without string) Step {
	return Step{
		ID: "contact", Label: "联系电话", Text: "方便留个电话吗？民警有话好直接问您。不想留就回复“不用”。", Example: "13800001234", Phone: true, None: true,
		Skip: skipAnonymous,
		Rows: []Row{{On: onPhone, To: next}, {On: onNone, To: without}},
	}
}

// callName asks how the resident wants to be called.
func callName(next string) Step {
	return Step{
		ID: "name", Label: "称呼", Text: "怎么称呼您？不想说就回复“不用”。", Example: "王女士", Min: 1, Max: 30, None: true, Skip: skipAnonymous,
		Rows: []Row{{On: onText, To: next}, {On: onNone, To: next}},
	}
}

// skipAnonymous passes over what an anonymous resident is not asked.
func skipAnonymous(t *talk) string {
	if t.value("anonymous") == "yes" {
		return onNone
	}
	return ""
}

// phone is the room's own, of the resident's station first; empty when it has none.
func (t *talk) phone() string {
	if s, ok := t.w.Account.StationOf(t.home().Station); ok && s.Phone != "" {
		return s.Phone.Reveal()
	}
	return t.w.Account.Hotline
}

// phoneWords says where to call when it presses; nothing when there is no such number.
func (t *talk) phoneWords() string {
	if p := t.phone(); p != "" {
		return "急事请打警务室电话 " + p + "。"
	}
	return ""
}

// reachable says how else the room can be reached: its phone and its address. Whether somebody is there at night it does not know.
func (t *talk) reachable() string {
	phone, place := t.phone(), ""
	if s, ok := t.w.Account.StationOf(t.home().Station); ok {
		place = s.Place
	}
	switch {
	case phone != "" && place != "":
		return "您可以打警务室电话 " + phone + "，或者白天到" + place + "来。"
	case phone != "":
		return "您可以打警务室电话 " + phone + "。"
	case place != "":
		return "您可以白天到" + place + "来。"
	}
	return "您可以白天直接到警务室来。"
}

// receipt tells the resident the number of what was just written down, and when to expect an answer.
func (t *talk) receipt(what, when string) string {
	if t.above {
		return "登记好了。" + what + "的工单号是 " + t.w.Number.Spoken() + "。\n" + textNobody
	}
	return "登记好了。" + what + "的工单号是 " + t.w.Number.Spoken() + "。\n" + when + "\n" + t.later()
}

// later says how the resident comes to the answer. An account that may not write first holds it until they do, and must not promise more.
func (t *talk) later() string {
	if t.w.CanPush {
		return "想看办到哪了，随时回复“进度”。"
	}
	return "我们这个号不能先给您发消息：过些时候您回复“进度”，有答复就马上给您看。"
}
