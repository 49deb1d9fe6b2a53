package ticket

// This file holds how an accusation is recognized: somebody of the room, and a misdeed that is told of them and of nobody else. Words come
// folded by flatten, a "|" between clauses.

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// Words about the people of the room, and about wrongs. They are written simplified.
var (
	staffWords = strings.Fields("民警 警官 警察 片警 辅警 协警 警员 所长 指导员 教导员 队长 你们领导 你们的领导 你们头 你们的人 你们那个 你们这个 你们窗口 窗口 值班的 值班员 接警员 派来的 来调解的 来处理的 上次来的 上次来我家的 出警的 网格员 调解员 管理员 义警 投诉你们 举报你们 告你们 " +
		"穿制服 穿警服 派出所的人 派出所那 派出所里的 领导 policeman policeofficer officer")
	complainWords = strings.Fields("投诉 举报 控告 检举 告你们 讨说法 complain complaint")
	// misdeeds accuse whoever of the room they are told of
	misdeeds = strings.Fields("打我 打人 打了 打他 打她 打伤 扇我 骂我 骂人 骂了 骂他 骂她 骂街 推我 推了 推人 推倒 踢我 踢了 踹我 掐我 抓我头发 吼我 凶我 摸我 收钱 收了 收我 收红包 收礼 收黑钱 红包 要钱 要我钱 要好处 好处费 受贿 索贿 勒索 敲诈 吃拿卡要 " +
		"威胁我 恐吓 欺负 侮辱 辱骂 刁难 说出去 名字告诉 电话告诉 电话给了 白吃 白拿 保护费 拿我烟 吃干饭 踢坏我 我家门踢坏 对我吼 训我 包庇 徇私 乱罚 乱收 态度 难听 不耐烦 敷衍 不作为 乱作为 不管 不理 不出警 不接 不负责 不公平 偏心 推诿 踢皮球 喝酒 酒驾 嫖 赌 泄露 偏袒 骚扰 贪污 强奸 非礼 猥亵 动手动脚 动手 摸了 铐我 铐住 关了我 把我关 过分 " +
		"hitme beatme hitsme slapped shouted yelled rude bribe tookmymoney")
	// faults hide a ticket from an officer who is named: they may be none, but only that one is kept from it
	faults = append(strings.Fields("打得 打死 打断 打耳光 耳光 巴掌 脏话 爆粗 绊倒 吼人 凶巴巴 吓唬 动粗 弄伤 摔我 摔了我 嘲笑 看不起 瞧不起 歧视 乱来 乱搞 冷漠 粗暴 粗鲁 野蛮 恶劣 嚣张 差劲 失职 渎职 没有处理 没处理 一直拖 不处理 推脱 甩锅 拖着 拖拉 不公正 不公 偏向 向着 护着 亲戚 一伙 串通 勾结 "+
		"逼我 逼供 强迫 私了 撒谎 骗我 骗人 骗了 不满 玩手机 打游戏 睡觉 脱岗 溜号 早退 违纪 违法 跟踪 调戏 占便宜 关我 关了 关起来 不让我走 扣我 扣了 扣留 没收 撕了 扔了 揍 掐 踹 电棍 电我 强吻 吻我 抱我 枪 黑钱 欠我 告他 告她 笔录 住址 我的电话 告诉了对方 抢 偷 砸 "+
		"罚我 罚了我 罚款 不开票 不开发票 不给开票 搜查 搜我 搜了 没穿警服 没有穿警服 不穿警服 没出示 不出示 闯进我家 我的信息 我家的信息 信息告诉 信息给 把我的事 根本没来 从来没来 一直没来 没来过 说话不算 换人 换个人 换个民警 换一个民警 换别人 压着 不肯办 不给办 嚷 拘留我 拘我 要拘 威胁 拍桌子 翻白眼 空白纸 改了我 借了我 说出去 嘴不严 嘴巴不严 名字告诉 电话告诉 地址告诉 的事告诉 一块喝 一起喝 一块吃 一起吃 忍忍 忍一忍 站了两分钟 站两分钟 像训 训我 训人 训狗 暧昧 酒后 抽我 抽了我 拿我身份证 白吃 白拿 保护费 晚上来我家 挂我电话 拖鞋 屁股歪 帮亲 不帮理 不是好东西 不是人 这个人不行 太黑 有仇 一个村 表哥 表弟 表姐 表妹 欠我 一腿 好上了 飙车 约我吃 约我喝 好凶 很凶 嚣张 乱写 不让我说 捂我 摔门"), misdeeds...)
	// manners are misdeeds that the next clause may tell without saying anew whose; blows are not: who calls out "民警同志，打人了" wants help
	manners = strings.Fields("态度 难听 不耐烦 敷衍 不理 不管 不负责 推诿 推脱 偏心 偏向 不公 包庇 玩手机 收钱 收了我 收红包 要钱 要我钱 还收钱 好处费 骂我 还骂我 推了我 打了我")
	// between a person and a misdeed these tell that somebody else did it
	others = strings.Fields("有人 被打 吗 叔叔 同志 在不在 你在 走了 我爸 我妈 爸爸 妈妈 我哥 我弟 儿子 他 她 对方 快 过来 来一下 来人 请 帮 救 谢 抓 给我打 对面 邻居 老公 老板")
	// done to somebody, with somebody, for somebody: not by them
	// ties of an officer's with the other side are no deed, and as good a reason not to let them read it
	ties   = strings.Fields("是朋友 是好朋友 是亲戚 是同学 是战友 是哥们 是兄弟 是一伙 是熟人 是邻居 是老乡 关系好 关系很好 关系不一般 认识我 有亲戚关系")
	toThem = strings.NewReplacer("把他", "", "把她", "", "对他", "", "对她", "", "和对方", "", "跟对方", "", "与对方", "", "向着对方", "向着", "护着对方", "护着", "帮着对方", "向着", "帮对方", "向着", "向着他", "向着", "护着他", "护着", "不管用", "", "对邻居", "")
	// before a person these tell that it is none of ours, or that they are called for
	notOurs = strings.Fields("冒充 自称 假 骗子说是 声称 装成 请 叫 喊 找 求 问 快来")
	// who does wrong and is none of the room
	outsiders = strings.Fields("邻居 隔壁 楼上 楼下 对门 对面 物业 保安 业委会 开发商 中介 房东 租客 房客 老板 店主 商家 商店 饭店 超市 公司 单位 工地 包工头 司机 快递 外卖 骑手 老公 老婆 丈夫 妻子 前夫 前妻 婆婆 公公 " +
		"同事 同学 老师 学校 医院 医生 护士 城管 小贩 摊贩 摊主 骗子 对方 一家人 那家")
	bribes = strings.Fields("送 塞 包了 交了 转了 买了")
	thanks = strings.Fields("感谢 表扬 锦旗 点赞")
	frauds = strings.Fields("转账 汇款 验证码 安全账户 洗钱 公检法 通缉")
)

// deeds are all words without which nothing is an accusation, by their first character: most of what is said is passed over after one look at
// each character.
var deeds = func() map[rune][]string {
	m := make(map[rune][]string)
	for _, list := range [][]string{faults, manners, bribes, complainWords, passives, doneBy, ties, hints} {
		for _, w := range list {
			r, _ := utf8.DecodeRuneInString(w)
			m[r] = append(m[r], w)
		}
	}
	return m
}()

// hints are words that what is told of a name may be a gift, a kinship or a leaning.
var hints = strings.Fields("烟 酒 红包 饭 礼 钱 好处 购物卡 舅 叔 伯 姨 姑 侄 外甥 女婿 战友 老乡 连襟 偏 帮着 向着 护着")

// passives stand before who did it, doneBy after.
var (
	passives = strings.Fields("被 让 给")
	doneBy   = strings.Fields("打的 骂的 推的 收的 拿的 踢的 砸的 踹的 扇的 摸的 干的 弄的")
)

// tellsDeeds says whether folded words may be an accusation at all.
func tellsDeeds(flat string) bool {
	for i, r := range flat {
		for _, w := range deeds[r] {
			if strings.HasPrefix(flat[i:], w) {
				return true
			}
		}
	}
	return false
}

// accuses says whether words tell that somebody of the room did wrong, whoever: 民警收了我的钱.
func accuses(flat string) bool {
	if holdsAny(flat, frauds) || thanksThem(flat) && !holdsAny(flat, complainWords) {
		return false
	}
	flat = otherOffices.Replace(flat)
	for _, who := range staffWords {
		if strings.Contains(flat, who) && (blames(flat, who, misdeeds, manners) || leans(flat, who)) {
			return true
		}
	}
	return false
}

// leans says whether somebody of this office is told to be of the other side: 你们所长是他亲戚, 来调解的民警偏着楼上.
func leans(flat, who string) bool {
	_, after, found := strings.Cut(flat, who)
	return found && takesSides.MatchString(after)
}

// thanksThem says whether words thank or praise; a thank-you that only closes them is none.
func thanksThem(flat string) bool {
	flat = strings.Trim(flat, "|")
	for _, closing := range strings.Fields("非常感谢您 非常感谢你们 非常感谢 万分感谢 感谢您 感谢你们 感谢") {
		flat = strings.TrimSuffix(flat, closing)
	}
	return holdsAny(flat, thanks)
}

// otherOffices takes out who has a title of ours elsewhere: 工地的队长, 我们公司领导.
var otherOffices = func() *strings.Replacer {
	var pairs []string
	for _, where := range strings.Fields("公司 单位 工地 施工队 施工 工程队 车队 厂里 厂 车间 学校 物业 小区 宿舍 公寓 银行 医院 商场 超市 市场 店里 酒店 网吧 车站 村里 村 社区 街道 保安 城管 我 我们 我家 他们 她们 仓库 停车场 校") {
		for _, of := range []string{"", "的", "里的", "上的"} {
			for _, title := range strings.Fields("队长 领导 管理员 指导员 窗口 值班的 值班员") {
				pairs = append(pairs, where+of+title, "某人")
			}
		}
	}
	return strings.NewReplacer(pairs...)
}()

// accusedIn says whether words tell that somebody did wrong who is called like this officer: 周敏打我, 小周骂我, 警号0577002收钱, and 周民打我.
//
// Asking does not excuse a name as it excuses an office: "民警收钱吗" may want to know the fees, "林元众收了我的钱怎么办" does not.
func (o Officer) accusedIn(flat string) bool {
	for _, name := range o.fullNames() {
		if strings.Contains(flat, name) && (blames(flat, name, faults, faults) || asked(flat, name, faults)) {
			return true
		}
	}
	if id := flatten(o.ID); len(id) >= 3 { // 0577收钱: a number at the beginning is no room's
		for _, clause := range strings.Split(flat, "|") {
			if after, ok := strings.CutPrefix(clause, id); ok && after != "" && !alphanumeric(after[0]) && did(after, faults) {
				return true
			}
		}
	}
	flat = strings.ReplaceAll(flat, flatten(o.Name), "某人") // of "林元众" 元众 is no further name
	for _, name := range o.calledNames() {
		if strings.Contains(flat, name) && (blames(flat, name, faults, manners) || asked(flat, name, misdeeds)) {
			return true
		}
	}
	for _, name := range o.likenesses(flat) {
		if blames(flat, name, misdeeds, manners) {
			return true
		}
	}
	return false
}

// blames says whether words tell a misdeed of who, in the same clause or, as far as these go, in those that follow before somebody else is
// spoken of.
func blames(flat, who string, deeds, further []string) bool {
	clauses := strings.Split(flat, "|")
	for i, clause := range clauses {
		before, after, found := strings.Cut(clause, who)
		switch {
		case !found:
			continue
		case suffered(before, after, deeds):
			return true
		case i > 0 && after == "" && contains(namings, before) && holdsAny(clauses[i-1], deeds): // "有人打我", and then "是周敏"
			return true
		case endsIn(before, notOurs), strings.HasPrefix(after, "的面"): // 当着民警的面
			continue
		case endsIn(before, outsiders): // 楼上老周 is somebody upstairs
			continue
		}
		if did(after, deeds) && !asks(clause) || bribed(before, after) || isOne(before, after) && holdsAny(flat, blows) {
			return true
		}
		if addressed(before, after) || holdsAny(toThem.Replace(after), others) {
			continue
		}
		for _, next := range clauses[i+1:] {
			if next = toThem.Replace(next); holdsAny(next, others) || holdsAny(next, outsiders) {
				break
			}
			if holdsAny(next, further) {
				return true
			}
		}
	}
	return false
}

var (
	// tookSomething is money, gifts or a meal that went to somebody who is named: 拿了楼上两条烟, 吃了对方的饭.
	tookSomething = regexp.MustCompile(`^[^|]{0,6}(收|拿|吃|喝|要|借)(了|走|过)?[^|]{0,8}(烟|酒|钱|红包|礼|饭|好处|卡|请)`)
	// takesSides is that they are of the other side, or lean to it: 是楼上的舅舅, 偏楼上.
	takesSides = regexp.MustCompile(`^[^|]{0,4}(是(他|她|对方|楼上|楼下|邻居|隔壁|老板)[^|]{0,4}(舅|叔|伯|姨|姑|爸|妈|哥|弟|姐|妹|侄|外甥|女婿|儿子|老公|老婆|亲|同学|战友|朋友|老乡|连襟)|偏(着|向)?(他|她|对方|楼上|楼下|邻居|隔壁|老板))`)
)

// took says whether it is they who took something, and not somebody who is spoken of after a greeting: 林警官你好，我邻居收了我的钱.
func took(after string) bool {
	at := tookSomething.FindStringSubmatchIndex(after)
	return at != nil && !holdsAny(after[:at[2]], outsiders) && !holdsAny(after[:at[2]], others)
}

// asked says whether a misdeed of who is told in the form of a question, or a tie with the other side.
func asked(flat, who string, deeds []string) bool {
	for _, clause := range strings.Split(flat, "|") {
		before, after, found := strings.Cut(clause, who)
		if found && !endsIn(before, notOurs) && !endsIn(before, outsiders) && (did(after, deeds) || holdsAny(after, ties) || took(after) || takesSides.MatchString(after)) {
			return true
		}
	}
	return false
}

// did says whether what follows somebody in the same breath is a misdeed of theirs.
func did(after string, deeds []string) bool {
	after = toThem.Replace(after)
	for _, what := range deeds {
		between, rest, found := strings.Cut(after, what)
		if beginsWith(rest, []string{"电话", "的电话", "手机"}) || strings.HasPrefix(what, "打") && strings.HasSuffix(between, "电话") { // 打我电话, 电话打了
			continue
		}
		between = helping.ReplaceAllString(between, "")
		if found && len([]rune(between)) <= 10 && !holdsAny(between, others) && !strings.HasSuffix(between, "被") && !holdsAny(besides.ReplaceAllString(between, ""), outsiders) {
			return true
		}
	}
	return false
}

// besides are outsiders who are only with whom does wrong: 和楼上一起骂我, 帮邻居骂我.
var besides = regexp.MustCompile(`(帮着?|和|跟|同|替|护着|向着|当着|为了?|因为)[^|]{1,4}`)

// helping is whose side is taken by who does wrong.
var helping = regexp.MustCompile(`(帮着?|护着?|向着?|偏着?)(邻居|楼上|楼下|隔壁|对门|对面|对方|老板|物业|房东|他们)`)

// namings say who it was of whom the sentence before told.
var namings = strings.Fields("是 就是 他是 她是 他叫 她叫 叫 那个人是 打人的是 是民警 就是民警 是你们的 是你们民警")

// blows are what a quarrel with somebody of the police has to be about to be an accusation.
var blows = strings.Fields("打我 打了 打人 揍 掐 踢 踹 推我 扇 骂我 威胁我 家暴 动手 强奸 猥亵")

// asks says whether a clause is a question: 窗口收钱吗, 请问民警几点睡觉.
func asks(clause string) bool {
	return strings.HasPrefix(clause, "请问") || endsIn(clause, strings.Fields("吗 么 呢 什么时候还 怎么拿回来 怎么要回来 怎么办 怎么处理 多久 多久能办好 多少钱 几点 是不是骗子 能退吗"))
}

// Assaults says whether words tell plainly that somebody of the room laid hands on who writes, now: 民警打我, 被辅警推倒. In danger nothing less keeps
// a ticket from those on duty.
func Assaults(words string) bool {
	flat := flatten(words)
	for _, clause := range strings.Split(flat, "|") {
		for _, who := range strings.Fields("民警 警察 辅警 协警 警员 警官 片警 所长 队长 指导员") {
			before, after, found := strings.Cut(clause, who)
			if !found || endsIn(before, notOurs) || endsIn(before, []string{"是", "当"}) && !strings.Contains(before, "的") {
				continue
			}
			for _, adverb := range strings.Fields("们 刚才 刚刚 又 还 在 正在 就 一直 也 都 竟然 居然") {
				after = strings.TrimPrefix(after, adverb)
			}
			if beginsWith(after, strings.Fields("打我 打了我 打伤我 推我 踢我 踹我 扇我 掐我 摸我 骂我 强奸 猥亵 铐我 威胁我 动手打我")) || suffered(before, after, misdeeds) {
				return true
			}
		}
	}
	return false
}

// suffered says whether the misdeed stands before the person: 打我的是民警, 是周敏打的, 被民警推倒.
func suffered(before, after string, deeds []string) bool {
	switch {
	case beginsWith(after, strings.Fields("打电话 打过电话 打了电话 打来 打了个电话")):
		return false
	case endsIn(before, []string{"被"}) && beginsWith(after, strings.Fields("打 骂 推 踢 踹 扇 摸 关 扣 吼 凶 欺负 威胁")),
		endsIn(before, []string{"让", "给"}) && beginsWith(after, strings.Fields("打了 打伤 骂了 推了 推倒 踢了 关了 扣了")):
		return true
	}
	if endsIn(before, []string{"是"}) && beginsWith(after, doneBy) {
		return true
	}
	for _, who := range staffWords { // "打我的是民警", before 周敏
		before = strings.TrimSuffix(before, who)
	}
	for _, what := range deeds {
		_, rest, found := strings.Cut(before, what)
		if found && strings.Contains(rest, "的") && endsIn(rest, strings.Fields("是 叫 是你们 是你们的 是你们这的 是那个 是个 是一个 是咱们 是姓 像是")) {
			return true
		}
	}
	return false
}

// bribed says whether money or goods went to somebody: 给民警送了两千块钱.
func bribed(before, after string) bool {
	return endsIn(before, []string{"给", "向"}) && beginsWith(after, bribes) && holdsAny(after, strings.Fields("钱 红包 烟 酒 礼 元 块 千 万 百"))
}

// isOne says whether a clause tells that the other side is of the police: 我老公是警察.
func isOne(before, after string) bool {
	return after == "" && endsIn(before, strings.Fields("是 是个 是一个 是名 是一名 是你们 是你们的 也是 就是 当")) &&
		holdsAny(before, append([]string{"他", "她", "儿子", "女婿", "男朋友", "男友", "爸", "哥", "弟"}, outsiders...))
}

// addressed says whether a person is only called upon: 民警同志，… or 您好警官，…
func addressed(before, after string) bool {
	switch before {
	case "", "你好", "您好", "请问", "尊敬的", "各位", "敬爱的", "麻烦", "喂":
	default:
		return false
	}
	switch strings.TrimPrefix(after, "同志") {
	case "", "你好", "您好", "好", "们", "们好":
		return true
	}
	return false
}

func beginsWith(s string, words []string) bool {
	for _, w := range words {
		if strings.HasPrefix(s, w) {
			return true
		}
	}
	return false
}

// fullNames are what means an officer and hardly anybody else: name, badge, surname with a title of the police.
func (o Officer) fullNames() []string {
	var names []string
	if id := flatten(o.ID); id != "" {
		if names = append(names, "警号"+id, "工号"+id); len(id) >= longBadge {
			names = append(names, id)
		}
	}
	name := []rune(flatten(o.Name))
	if len(name) < 2 {
		return names
	}
	surname := string(name[:surnameLength(name)])
	names = append(names, string(name))
	for _, title := range strings.Fields("警官 民警 警察 辅警 警长") {
		names = append(names, surname+title)
	}
	return names
}

// calledNames are what neighbours make of an officer's name: 小周, 老周, 阿周, 周姐, 敏姐, 建国.
func (o Officer) calledNames() []string {
	name := []rune(flatten(o.Name))
	if len(name) < 2 {
		return nil
	}
	cut := surnameLength(name)
	surname, given := string(name[:cut]), string(name[cut:])
	names := []string{"小" + surname, "老" + surname, "阿" + surname, "姓" + surname}
	if len(name)-cut >= 2 {
		names = append(names, given)
	}
	for _, part := range []string{surname, given, string(name[len(name)-1:])} {
		for _, title := range titles {
			if part != "" {
				names = append(names, part+title)
			}
		}
	}
	return names
}

// Speaks says whether words name an officer of the account, or may, or tell a misdeed: a suggestion about the police that does is one about
// somebody.
func Speaks(words string, officers map[string]Officer) bool {
	flat := flatten(words)
	for _, o := range officers {
		if o.Named(words) {
			return true
		}
	}
	return holdsAny(flat, faults) || nicknamed(flat)
}

// OfTheRoom says whether a few words that name the other side of a quarrel name somebody who works here: 民警周敏, 派出所的人.
func OfTheRoom(words string, officers map[string]Officer) bool {
	flat := flatten(words)
	if holdsAny(flat, strings.Fields("来过 报过 报了警 找过 调解过 处理过 还没来 快来 快点 请民警 警察学院 警校 派出所对面 派出所旁 派出所隔壁 派出所附近 马上联系")) || // who has dealt with it, is called for, or names a place
		beginsWith(flat, strings.Fields("邻居 隔壁 楼上 楼下 对门 房东 老板 同事 物业")) {
		return false
	}
	if holdsAny(flat, strings.Fields("民警 警官 警察 片警 辅警 协警 警员 所长 指导员 教导员 网格员 调解员 义警 派出所 警务室 police")) {
		return true
	}
	for _, o := range officers {
		id, name := flatten(o.ID), flatten(o.Name)
		switch {
		case flat == id, len(id) >= longBadge && standsAlone(flat, id), strings.Contains(flat, "警号"+id), strings.Contains(flat, "工号"+id),
			len([]rune(name)) >= 2 && strings.Contains(flat, name):
			return true
		}
	}
	return false
}

// longBadge is how many digits a badge has that is no number of a house or a room.
const longBadge = 5
