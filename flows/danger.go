package flows

// This file holds the danger words: what is looked for in every text before anything else, and what makes an alarm false or doubtful.
//
// The rule is: a word of danger in the present is an alarm; the same word in the past, as a question of law or in something forwarded is a
// doubt, and a doubt is settled with one question; a word that is only part of a harmless one, or is denied, is nothing.

import (
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// peril is how sure a text is about danger.
type peril int

const (
	noPeril peril = iota
	doubtful
	now
)

// hazardKind is what kind of danger it is.
type hazardKind string

const (
	violence hazardKind = "人身危险"
	selfHarm hazardKind = "轻生"
	fire     hazardKind = "火情燃气"
	medical  hazardKind = "急病受伤"
	missing  hazardKind = "人员走失"
	trapped  hazardKind = "被困被拘"
	swindle  hazardKind = "正在被骗"
)

// dangerWords are the words, folded. Those in doubt by themselves, because they tell of habits as often as of this minute, come second.
var dangerWords = []struct {
	kind       hazardKind
	now, doubt string // separated by spaces
}{
	{violence, "救命 救救我 被砍 被人砍 被捅 被人捅 杀人 要杀 杀了我 杀我 杀死 砍人 砍我 砍死 砍伤 动刀 拔刀 刀架在 捅人 捅我 捅死 捅伤 捅了 打人 打我 打死 打伤 打起来 " +
		"打得头破 打架 正在打 被打 往死里打 掐我 掐脖子 抢劫 强奸 入室 闯进 闯我家 砸门 踹门 撬门 撬锁 持枪 开枪 有枪 炸弹 泼汽油 泼硫酸 放火 弄死我 弄死他 要弄死 行凶 伤人 跟踪我 尾随 猥亵 非礼 " +
		"报警救 快来人 出人命 命都没",
		"打了我 打过我 打了他 打了她 打老婆 打孩子 打老人 家暴 动手 抢我 威胁我 恐吓 我要报警 要报警 想报警 殴打 性侵 骚扰我 杀了他 杀他"},
	{selfHarm, "想死 不想活 活不下去 活不了了 跳楼 自杀 轻生 割腕 上吊 喝农药 了结自己 结束生命 结束自己 遗书 跳河 跳江 跳桥 烧炭 寻短见 不如死了 死了算了 一死了之 安眠药 要跳下去",
		"活着没意思 活着没意义 没意思活 活着好累 生无可恋 撑不下去"},
	{fire, "着火 起火 失火 火灾 煤气泄漏 燃气泄漏 天然气泄漏 漏煤气 煤气漏 燃气漏 煤气味 燃气味 天然气味 冒浓烟 冒黑烟 爆炸 着了火 烧起来", "冒烟 漏气 糊味"},
	{medical, "心脏病发 心梗 晕倒 昏倒 昏迷 没呼吸 没有呼吸 没气了 喘不上气 喘不过气 呼吸困难 大出血 流血不止 血流不止 好多血 很多血 抽搐 中毒 溺水 掉水里 掉河里 掉进河 落水 快要生了 叫不醒 不省人事 触电 中风 跳闸触电 快不行了 昏过去",
		"受伤 流血 摔伤"},
	{missing, "孩子不见 小孩不见 孩子丢 小孩丢 走丢 走失 失踪 找不到孩子 孩子找不到 找不到小孩 老人不见 妈不见 爸不见 奶奶不见 爷爷不见 外婆不见 外公不见 女儿不见 儿子不见 拐走 被拐", ""},
	{trapped, "被困 困在电梯 电梯困 关在电梯 绑架 被绑 劫持 被关 关起来 锁在屋里 不让我出去 不让我出门 非法拘禁 传销窝", "不让我走 扣留"},
	{swindle, "正在转账 正在转钱 在给他转账 正在汇款 刚转账 刚转了 刚转过去 刚转给 让我转账 要我转账 叫我转账 让我汇款 让我打钱 安全账户 屏幕共享 共享屏幕 刚被骗 正在被骗 转了钱才发现 验证码告诉 验证码给了 说我涉嫌洗钱 冻结我的账户", ""},
}

// harmless are longer words that hold a word of danger without its meaning.
var harmless = strings.Fields("打人工 打人民 打我电话 打我手机 打我的电话 打我的手机 打我微信 打我号码 打我座机 被打扰 被打断 被打开 被打折 被打印 被打卡 被打回 被打湿 打架子鼓 打死结 " +
	"打死我也不 打死他也不 打死也不 打死都不 救命稻草 救命恩人 救命钱 救命药 救命之恩 跳楼价 跳楼大甩卖 跳楼甩卖 跳楼机 自杀式 想死你 想死我了 想死他 着火点 爆炸头 信息爆炸 爆炸性 数据爆炸 消防演练 " +
	"电脑中毒 手机中毒 系统中毒 食物中毒怎么预防 抢我车位 抢我停车 抢我的车位 抢我生意 抢我先 放火锅 爆炸新闻 打伤感 有枪毙 入室登记 被关注 被关机 被关停 关起来了吗 被困扰 困扰 打人才 拿刀切 拿刀削 拿菜刀切 带刀片 " +
	"打起来费 刚转了一圈 刚转学 动手术 动手能力 动手做 自己动手 动手修 着火锅 想死心 漏气味 打人脸 被打动 被打败 打我这 打架构 杀人游戏 剧本杀 杀死比赛 捅了娄子 捅了马蜂窝 惊爆炸 跳河边 大力冒烟 冒烟了的嗓子 " +
	"防火灾 预防火灾 火灾保险 火灾险 走失手环 失踪人口登记 中毒事件讲座 被打死结")

// Words that put what is said into doubt, wherever they stand in the text.
var (
	pastWords = strings.Fields("昨天 昨晚 前天 前晚 前几天 上周 上星期 上个星期 上礼拜 上个月 上月 上次 去年 前年 几年前 以前 之前 曾经 那天 那次 那时候 当时 小时候 前阵子 前段时间 前不久 大前天 早些时候 几个月前 几天前 年前")
	moot      = strings.Fields("如果 万一 要是 假如 假设 怎么防 如何防 预防 怎么处罚 什么处罚 怎么判 判几年 判多久 拘留几天 犯法吗 违法吗 犯罪吗 算不算 算什么 法律规定 会不会 什么是 啥是 电影 电视剧 小说 新闻 听说 " +
		"网上看到 演练 宣传 讲座 培训 游戏 谣言 梦见 做梦 转发 怎么识别 怎么辨别 是不是骗 是骗子吗 是真的吗 怎么立案 能立案吗 够不够立案 赔多少 怎么赔 想了解 想咨询 咨询一下 请问")
	nowWords = strings.Fields("正在 现在 快来 救命 救救 此刻 还在打 一直在打 快点来 在我家门口 在门口 在砸")
	denials  = strings.Fields("没有人 没人 没有 没 不是 并没 并没有 不会 未 从没 从来没 从不 别 不要 不准 禁止 无人 也没有 都没有 再没有 没再 没有再 没见 没看到 没听说 没有发生 没有被 没被 没有拿 没有动")
)

// lexicon finds words by their first character.
type lexicon map[rune][]lexeme

type lexeme struct {
	word  string
	kind  hazardKind
	peril peril
}

// add puts words in, the longest first under each character.
func (l lexicon) add(words []string, kind hazardKind, p peril) {
	for _, w := range words {
		r, _ := utf8.DecodeRuneInString(w)
		l[r] = append(l[r], lexeme{w, kind, p})
		sort.SliceStable(l[r], func(i, j int) bool { return len(l[r][i].word) > len(l[r][j].word) })
	}
}

// armed gives the ways to say that somebody holds a weapon: 拿着菜刀, 举起一把斧头.
func armed() []string {
	var words []string
	for _, hold := range strings.Fields("拿 持 提 举 带 挥 握 抄") {
		for _, how := range []string{"", "着", "了", "起", "出", "一把", "着一把", "了一把", "起一把", "把", "着把", "了把", "着一根", "根", "着根"} {
			for _, thing := range strings.Fields("刀 菜刀 水果刀 西瓜刀 砍刀 大刀 尖刀 匕首 斧头 斧子 铁棍 棍子 钢管 铁锤 锤子") {
				words = append(words, hold+how+thing)
			}
		}
	}
	return words
}

// dangers is built from the lists above and never changed.
var dangers = func() lexicon {
	l := lexicon{}
	l.add(harmless, "", noPeril)
	l.add(armed(), violence, now)
	for _, d := range dangerWords {
		l.add(strings.Fields(d.now), d.kind, now)
		l.add(strings.Fields(d.doubt), d.kind, doubtful)
	}
	return l
}()

// assess looks for danger in a folded text.
func assess(flat string) (peril, hazardKind) {
	worst, kind := noPeril, hazardKind("")
	for i, r := range flat {
		if r < utf8.RuneSelf {
			continue
		}
		x, ok := lexemeAt(dangers[r], flat, i)
		if !ok || covered(flat, i) {
			continue
		}
		p := x.peril
		if denied(flat[:i]) {
			if x.kind != selfHarm {
				continue
			}
			p = doubtful
		}
		if p == now && clouded(flat) {
			p = doubtful
		}
		if p > worst {
			worst, kind = p, x.kind
		}
	}
	if worst == doubtful && kind != selfHarm && holds(flat, nowWords) && !holds(flat, moot) && !holds(flat, pastWords) && strongDoubt(flat) {
		worst = now
	}
	return worst, kind
}

// lexemeAt gives the longest word that begins at that place.
func lexemeAt(list []lexeme, s string, at int) (lexeme, bool) {
	for _, x := range list {
		if strings.HasPrefix(s[at:], x.word) {
			return x, x.peril != noPeril
		}
	}
	return lexeme{}, false
}

// covered says whether the place lies inside a harmless word that began before it.
func covered(s string, at int) bool {
	start := at
	for range 6 {
		_, n := utf8.DecodeLastRuneInString(s[:start])
		if n == 0 {
			return false
		}
		start -= n
		r, _ := utf8.DecodeRuneInString(s[start:])
		for _, x := range dangers[r] {
			if x.peril == noPeril && len(x.word) > at-start && strings.HasPrefix(s[start:], x.word) {
				return true
			}
		}
	}
	return false
}

// denied says whether the clause before a word ends by denying it, with at most one small word between.
func denied(before string) bool {
	if i := strings.LastIndexFunc(before, func(r rune) bool { return unicode.IsPunct(r) }); i >= 0 {
		_, n := utf8.DecodeRuneInString(before[i:])
		before = before[i+n:]
	}
	for _, small := range []string{"", "人", "再", "被", "发生", "真的", "他", "她", "谁", "想", "要"} {
		cut, ok := strings.CutSuffix(before, small)
		if !ok {
			continue
		}
		for _, d := range denials {
			if strings.HasSuffix(cut, d) {
				return true
			}
		}
	}
	return strings.HasSuffix(before, "不") || strings.HasSuffix(before, "不想") || strings.HasSuffix(before, "不敢")
}

// clouded says whether a text tells of the past or asks in general, and nothing in it says that it is happening.
func clouded(flat string) bool {
	if holds(flat, moot) {
		return true
	}
	return holds(flat, pastWords) && !holds(flat, nowWords)
}

// strongDoubt holds for the words of habit that become an alarm when they are happening right now.
func strongDoubt(flat string) bool {
	return holds(flat, []string{"打老婆", "打孩子", "打老人", "家暴", "动手", "殴打", "抢我", "打了我", "冒烟", "流血", "骚扰我"})
}

func holds(s string, words []string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}
