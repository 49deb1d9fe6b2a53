package flows

// This file holds the guess at what a resident wants who just begins to tell.

import (
	"strings"
	"unicode/utf8"
)

// hunch is the likeliest flow of a text, with the kind within it when the words say so.
type hunch struct {
	flow  string
	kind  string // value of the choice at the flow's first step; empty: not sure
	score int
}

// sureGuess is from where on a text is taken for a new matter even though an officer waits for an answer.
const sureGuess = 5

// clues are the words that speak for a flow and a kind, with their weight. Written folded.
var clues = []struct {
	flow, kind string
	weight     int
	words      string
}{
	{consultFlow, "household", 4, "户口 落户 迁入 迁出 户籍 上户 分户 销户 户口本 入户"},
	{consultFlow, "idcard", 4, "身份证 补证 换证"},
	{consultFlow, "residence", 4, "居住证 暂住 居住登记 流动人口"},
	{consultFlow, "exit", 4, "护照 通行证 出境 入境 签注 出国 签证"},
	{consultFlow, "vehicle", 4, "驾照 驾驶证 行驶证 上牌 车牌 违章 扣分 年检 罚单 摩托 过户 电动车"},
	{consultFlow, "law", 3, "起诉 打官司 法律 律师 立案 合同 判决 拘留 处罚 怎么判 判几年 取保 证据够 违法吗 犯法 报案 笔录 案底 无犯罪"},
	{consultFlow, "fraud", 4, "诈骗 骗子 被骗 反诈 刷单 骗 可疑 中奖 验证码 陌生电话 冒充 洗钱 银行卡冻结 网贷"},
	{consultFlow, "", 2, "怎么办 怎么弄 如何办 需要什么 要带什么 什么材料 哪里办 去哪 几点 上班 请问 咨询 想问 问一下 能不能办 可以办 多久能 流程 手续 预约 开证明 证明 工作时间 周末 补办 办理 怎样办 怎么补"},
	{disputeFlow, "neighbour", 4, "邻居 楼上 楼下 隔壁 噪音 吵得 扰民 漏水 装修 油烟 狗叫 广场舞 拖桌子 堆杂物 占了过道 半夜吵 睡不着 种菜 养鸡 对门"},
	{disputeFlow, "family", 4, "老公 老婆 丈夫 妻子 婆婆 媳妇 儿媳 离婚 夫妻 赡养 抚养 彩礼 分家 家里人 公公 前夫 前妻 儿子不管 女婿 遗产"},
	{disputeFlow, "wages", 5, "工资 欠薪 工钱 老板不给 拖欠 不发钱 讨薪 包工头 工程款"},
	{disputeFlow, "debt", 5, "欠我 借了我 欠钱 借钱 不还 借条 欠条 还钱 讨债 债"},
	{disputeFlow, "shop", 4, "退款 退货 退钱 不退 商家 店家 老板娘 预付卡 健身房 理发店 缺斤少两 假货 消费 押金"},
	{disputeFlow, "property", 4, "物业 物业费 停车 车位 电梯坏 保安 业主 业委会 门禁"},
	{disputeFlow, "traffic", 5, "撞了 追尾 剐蹭 车祸 肇事 撞到 刮了我的车 蹭了我 私了 逃逸"},
	{disputeFlow, "", 3, "吵架 吵起来 纠纷 矛盾 调解 打了我 打我 打架 动手 骂我 骂人 欺负 赔偿 不讲理 评评理 争执 闹事 讲道理 不肯 威胁 天天吵"},
	{feedbackFlow, "suggestion", 5, "建议 提建议 希望你们 希望能 能不能多 最好能 应该加 增加 多安排 提个意见 路灯"},
	{feedbackFlow, "complaint", 6, "投诉 我要投诉 举报 态度差 态度不好 态度很差 态度恶劣 态度太差 态度 服务差 不作为 不理人 推诿 踢皮球 没人管 不满意你们 不接电话 乱罚 收红包 收了我 收我钱 索贿 吃拿卡要 好处费 民警骂 民警打 警官骂 辅警打 辅警骂 不耐烦 说话难听"},
	{feedbackFlow, "praise", 6, "表扬 感谢 锦旗 谢谢你们 点赞 好民警 真好 帮了大忙 辛苦了 热心"},
	{progressFlow, "", 6, "进度 办得怎么样 处理得怎么样 处理到哪 办到哪 有结果 有消息 什么时候处理 什么时候回复 还没回复 怎么还没 上次说的 上次报 我的工单 工单号 我的事怎么样 我那事怎么样 怎么样了 什么时候来 啥时候来 多久来 来了没 什么时候上门 什么时候能来 没人联系 没有人联系"},
	{officerFlow, "", 6, "找民警 民警电话 找警察 联系民警 派个人 叫民警 打电话给我 联系我 回个电话 社区民警是谁 管片民警 该找谁 不知道找谁 找你们领导 有没有人 真人"},
}

// clueBook finds clues by their first character.
type clue struct {
	word   string
	at     int // in clues
	weight int
}

var clueBook = func() map[rune][]clue {
	m := map[rune][]clue{}
	for i, c := range clues {
		for _, w := range strings.Fields(c.words) {
			r, _ := utf8.DecodeRuneInString(w)
			m[r] = append(m[r], clue{w, i, c.weight})
		}
	}
	return m
}()

// guess finds what a folded text most likely wants. With nothing to go by it is a consultation: that never does harm.
func guess(flat string) hunch {
	var score [24]int
	var seen [24]bool
	for i, r := range flat {
		if r < utf8.RuneSelf {
			continue
		}
		for _, c := range clueBook[r] {
			if strings.HasPrefix(flat[i:], c.word) {
				if seen[c.at] { // the same clue again counts little
					score[c.at]++
					continue
				}
				seen[c.at] = true
				score[c.at] += c.weight
			}
		}
	}
	best := hunch{flow: consultFlow}
	for _, flow := range []string{consultFlow, disputeFlow, feedbackFlow, progressFlow, officerFlow} {
		h, top := hunch{flow: flow}, 0
		for i, c := range clues {
			if c.flow != flow {
				continue
			}
			h.score += score[i]
			if c.kind != "" && score[i] > top {
				h.kind, top = c.kind, score[i]
			}
		}
		if h.score > best.score {
			best = h
		}
	}
	return best
}

// sayGuess asks whether the guess is right, and shows the resident that their newest words are kept with the others.
func sayGuess(t *talk) string {
	a := t.keptSoFar()
	h := guess(fold(a.Text.Reveal()))
	if a.Text == "" {
		return "您是想" + t.wish(h) + "吗？"
	}
	newest := ""
	for _, line := range strings.Split(a.Text.Reveal(), "\n") {
		if newest == "" || !strings.HasPrefix(line, "http") { // of a link its title
			newest = line
		}
	}
	also := "，我记下了。\n"
	if t.c.Misses > 0 {
		also = "，也记下了。\n"
	}
	return "您说的“" + cutRunes(newest, 24) + "”" + also + "您是想" + t.wish(h) + "吗？"
}

// offerGuess says what else there is: the emergency number, with the reason to call it now where there is one, and the way out.
func offerGuess(t *talk) string {
	first, told := textDanger, fold(t.keptSoFar().Text.Reveal())
	switch {
	case holds(told, strings.Fields("被骗了 骗了我 诈骗 骗子 刷单 杀猪盘 填了卡号 钓鱼")):
		first = "钱刚转出去的，马上打110，再打96110：越快越可能拦住。"
	case holds(told, strings.Fields("被偷 偷了 进贼 失窃 被撬 砸了玻璃 玻璃被砸 玻璃被人砸")):
		first = "东西被偷了，请打110报案，现场先别动。"
	}
	return first + "\n不想说了，回复“取消”。"
}

// tellOn takes further words at the guess. When they come for the third time without a yes and nothing speaks clearly for one matter, guessing
// does not help: an officer might.
func tellOn(t *talk) {
	keepWords(t)
	t.c.Misses = t.missed + 1
}

// manyTold is from the how many-th words on that tellMore gives up.
const manyTold = 1

// hearGuess understands a yes to the guess, small talk, and words that come once too often.
func hearGuess(t *talk) string {
	if t.in.Kind != Text {
		return ""
	}
	if isYes(t.flat) {
		return guess(fold(t.keptSoFar().Text.Reveal())).flow
	}
	if _, chosen := t.choose(t.step()); chosen {
		return ""
	}
	if on := hearChat(t); on != "" {
		return on
	}
	vague := guess(fold(t.keptSoFar().Text.Reveal())+t.flat).score < sureGuess
	if t.c.Misses >= manyTold && vague && legible(t.raw) && !isNone(t.flat) && !isDone(t.flat) {
		return "many"
	}
	return ""
}

// offerOfficer gives up guessing.
func offerOfficer(t *talk) {
	keepWords(t)
	t.say("这几句我都记下了，就是还没弄明白您想办什么。要不要请民警直接联系您？要的话回复“人工”。")
}

// wish says a hunch as a thing to do.
func (t *talk) wish(h hunch) string {
	kind := ""
	if p := t.book.byName[h.flow]; p != nil && h.kind != "" {
		for _, c := range p.Steps[0].Choices {
			if c.Value == h.kind {
				kind = c.Label
			}
		}
	}
	switch h.flow {
	case disputeFlow:
		if k, ok := disputeTopics[h.kind]; ok && h.kind != "other" {
			return "登记一起" + k + "，请人来调解"
		}
		return "登记一起纠纷，请人来调解"
	case feedbackFlow:
		switch h.kind {
		case "complaint":
			return "投诉"
		case "praise":
			return "表扬感谢一下"
		}
		return "提个建议"
	case progressFlow:
		return "查您的事办到哪了"
	case officerFlow:
		return "请民警联系您"
	}
	if kind != "" {
		return "咨询" + kind + "的事"
	}
	return "咨询这件事"
}

// leadGuess is the yes to the guess.
func leadGuess(t *talk) []Choice {
	return []Choice{{Value: guess(fold(t.keptSoFar().Text.Reveal())).flow, Label: "是的"}}
}

// fillGuess fills in the kind that the kept words speak of, when they speak of this flow.
func (t *talk) fillGuess(flow string) {
	words := t.flat
	if a := t.answer(kept); a != nil && a.Text != "" {
		words = fold(a.Text.Reveal())
	}
	h := guess(words)
	if h.flow != flow || h.kind == "" {
		return
	}
	if p := t.book.byName[flow]; p != nil {
		t.c.keep(Answer{Step: p.Steps[0].ID, Value: h.kind})
	}
}

// offerWhich reminds of what was set aside, and of the emergency number.
func offerWhich(t *talk) string {
	if a := t.c.Aside; a != nil {
		return t.unfinished(a) + "\n" + textDanger
	}
	return textDanger
}

// listed names the files and the place that are kept: "2张照片、位置"; empty for none.
func listed(a Answer) string {
	var have []string
	if n := counted(a.Files); n != "" {
		have = append(have, n)
	}
	if a.Place != nil {
		have = append(have, "位置")
	}
	return strings.Join(have, "、")
}

// sayWhich asks which of the matters it is, and names what is kept.
func sayWhich(t *talk) string {
	a := t.keptSoFar()
	lead := "您刚才说的我留着。"
	switch have := listed(a); {
	case have != "":
		lead = have + "收到了，我先替您收着。"
	case a.Text == "":
		lead = ""
	}
	for _, f := range a.Files {
		if f.Kind == "voice" && a.Text == "" {
			lead = "语音收到了，民警会听；我这里听不了，最好再打几个字说说是什么事。"
		}
	}
	return lead + "您想办哪一件？"
}
