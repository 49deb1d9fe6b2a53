package flows

// This file holds what is said to the desk that is no matter at all: thanks, small talk, a score, English. It is answered and not kept.

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// greetings are whole messages that only open a talk, folded and without a particle at the end.
var greetings = set("你好 您好 在 在不在 有人 有人在 喂 哈喽 hello hi 早上好 早 晚上好 下午好 中午好 嗨 民警同志 警官 警官你好 警察同志 开始 警官您好 你好警官 您好警官 你好在 您好在 你好有人")

// thanks are whole messages that only close one.
var thanks = set("谢谢 谢谢你 谢谢您 多谢 感谢 非常感谢 好谢谢 好的谢谢 谢谢警官 辛苦 你们辛苦 谢谢民警 再见 拜拜 thanks thankyou 知道 收到 明白 好 嗯 是 行 可以 ok 好知道 好收到 嗯嗯 好好 晚安 没事 没事谢谢 不用谢")

// asides are small talk by what is answered. The words are looked for in a short message.
var asides = []struct{ words, answer string }{
	{"你是机器人 是机器人吗 你是真人 是真人吗 你是人吗 是人还是机器 你是谁 你叫什么 人工智能 自动回复 你多大", "我是警务室的自动值班助手，不是真人。您登记的事，民警会亲自看。"},
	{"你能干什么 你能做什么 你会什么 你会干什么 你有什么用 能帮我什么", "我能帮您登记要咨询、要调解、要反映的事，转给民警，再把答复带回来。"},
	{"你真笨 你好笨 笨蛋 太笨了 真笨 傻瓜 傻子 你傻 你真傻 白痴 智障 神经病 垃圾机器人 你真垃圾 你好垃圾 没用的东西 真没用 你没用 答非所问 听不懂人话 说不通 废物", "是我没弄明白，对不住您。您再说一遍，或者回复“人工”，我请民警联系您。"},
	{"天气 下雨吗 笑话 讲故事 唱歌 唱首歌 无聊 陪我聊 聊聊天 聊天 吃饭了吗 想吃饭 吃什么 你吃了吗 星座 彩票 几点了 今天星期几 我爱你 你真棒 你真聪明", "这个我不会，我只会帮您登记事情、转给民警。"},
}

// sighs are sounds that say nothing by themselves, and particles.
const sighs = "啊哦额呃嗯唉哎哟咦哈呵嘿嘻哼噢喔唔呀吧呢嘛啦哇"

// set makes a set of words.
func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

// particles may stand at the end of a greeting or of thanks and change nothing.
const particles = "啊呀哦了呢吗的"

// isGreeting says whether a whole message only greets.
func isGreeting(flat string) bool {
	return greetings[strings.TrimRight(joined(flat), particles)]
}

// isThanks says whether a whole message only thanks, agrees or says goodbye.
func isThanks(flat string) bool {
	return thanks[strings.TrimRight(joined(flat), particles)]
}

// isSigh says whether a message is nothing but sounds.
func isSigh(flat string) bool {
	return flat != "" && strings.TrimLeft(joined(flat), sighs) == ""
}

// smallTalk gives the answer to what is no matter for a police room; false when it may be one. A matter in the same message comes first.
func smallTalk(flat string) (string, bool) {
	if isSigh(flat) {
		return "您别急，慢慢说，我听着。", true
	}
	if isBareNo(flat) {
		return "好的，那您说说是什么事，我听着。", true
	}
	if utf8.RuneCountInString(flat) > 14 || guess(flat).score >= sureGuess {
		return "", false
	}
	for _, a := range asides {
		for _, w := range strings.Fields(a.words) {
			if strings.Contains(flat, w) {
				return a.answer, true
			}
		}
	}
	return "", false
}

// isBareNo says whether a whole message only says no, to whatever it was.
func isBareNo(flat string) bool {
	switch strings.TrimRight(joined(flat), particles) {
	case "不", "不是", "不对", "错", "不行", "不好", "都不是", "弄错", "不是这样", "不是这个":
		return true
	}
	return false
}

// isScore says whether a whole message is a score and nothing else: "五星", "给5分". A number alone may mean anything.
func isScore(flat string) bool {
	_, rest, ok := numeral(scored(flat))
	return ok && (rest == "分" || rest == "星" || rest == "颗星")
}

// scored takes off a score what may stand around it.
func scored(flat string) string {
	return strings.TrimRight(strings.TrimPrefix(strings.TrimPrefix(joined(flat), "给"), "打"), "好评吧")
}

// isBareNumber says whether a whole message is a small number.
func isBareNumber(flat string) bool {
	_, rest, ok := numeral(flat)
	return ok && rest == ""
}

// hearChat names small talk at a step where matters are told: chat, or none.
func hearChat(t *talk) string {
	if t.in.Kind != Text || !legible(t.raw) {
		return ""
	}
	if _, ok := smallTalk(t.flat); ok || isGreeting(t.flat) || isThanks(t.flat) || isScore(t.flat) || isBareNumber(t.flat) {
		return "chat"
	}
	return ""
}

// chat answers small talk; what was told before still waits.
func chat(t *talk) {
	t.c.Misses = t.missed
	answer, ok := smallTalk(t.flat)
	switch {
	case ok:
	case isGreeting(t.flat):
		answer = "您好，我在呢。"
	case isThanks(t.flat):
		answer = "不客气。"
	case isBareNumber(t.flat):
		answer = "这里没有这个序号。"
	default:
		answer = "要给办过的事打分，请回复“进度”，选那件事再评。"
	}
	t.say(answer)
}

// isForeign says whether a message is written in Latin letters: two words at least, so that "ok", a plate or a brand is none.
func isForeign(raw string) bool {
	letters, words := 0, 0
	inside := false
	for _, r := range raw {
		switch {
		case unicode.Is(unicode.Han, r):
			return false
		case unicode.IsLetter(r):
			letters++
			if !inside {
				words++
			}
			inside = true
		default:
			inside = false
		}
	}
	return words >= 2 && letters >= 8
}

// sayForeign speaks to who cannot write Chinese, in both languages.
func sayForeign(*talk) string {
	return "I am the automatic helper of the police room and I read Chinese only. I have kept your words. Shall an officer contact you?\n" +
		"我只看得懂中文。您的话我留着了，要请民警联系您吗？"
}
