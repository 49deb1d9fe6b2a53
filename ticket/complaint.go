package ticket

// This file holds whom a complaint speaks of. The promise is that nobody sees a complaint about themselves, so every doubt hides: words that
// may mean somebody hide the ticket from them, and words that mean somebody of the room without saying whom leave it to those who oversee.

import (
	"strings"
	"unicode"
)

// Guard says from whom words are kept.
type Guard string

// The guards. GuardNamed hides a ticket from whoever its words may mean; GuardOverseers from everybody but those who oversee, too.
const (
	GuardNone      Guard = ""
	GuardNamed     Guard = "named"
	GuardOverseers Guard = "overseers"
)

// Guarding says how a resident's words are to be guarded, given everybody of the account. Complaint says that they were asked for as one;
// other words are one when they accuse somebody of the room.
func Guarding(words string, complaint bool, officers map[string]Officer) Guard {
	flat := flatten(words)
	accused, complains := complaint || accuses(flat), holdsAny(flat, complainWords)
	if !accused && !complains { // most of what is said
		if accusesByName(flat, officers) || accusesByLikeness(flat, officers) { // it may be a neighbour of that name as well: only whoever it may mean does not see it
			return GuardNamed
		}
		return GuardNone
	}
	sure, maybe := false, false
	for _, o := range officers {
		sure = sure || o.surely(flat)
		maybe = maybe || o.meant(flat)
	}
	speaks := holdsAny(flat, staffWords)
	if !accused && !speaks && !maybe {
		return GuardNone
	}
	switch {
	case sure:
		return GuardNamed
	case speaks, maybe, complaint && nicknamed(flat):
		return GuardOverseers
	case complaint && (foreign(flat) || holdsAny(flat, misdeeds) && !holdsAny(flat, outsiders)): // somebody did wrong, and it is not said who
		return GuardOverseers
	case complaint:
		return GuardNamed
	}
	return GuardOverseers
}

// foreign says whether folded words are told in Latin letters, where titles and names are not known for sure.
func foreign(flat string) bool {
	run := 0
	for _, r := range flat {
		if r >= 'a' && r <= 'z' {
			if run++; run >= 6 {
				return true
			}
		} else {
			run = 0
		}
	}
	return false
}

// Unwatched says whether an account has people to work there and nobody who would see a complaint about its chief.
func Unwatched(officers map[string]Officer) bool {
	for _, o := range officers {
		if !o.Disabled && (o.Role == Admin || o.Role == Auditor) {
			return false
		}
	}
	return len(officers) > 0
}

// QuietMark begins what is said on the ticket of somebody who must not be called.
const QuietMark = "【不能打电话】"

// Words about the people of the room. They are written simplified.
var (
	staffWords = strings.Fields("民警 警官 警察 片警 辅警 协警 警员 所长 指导员 教导员 队长 你们领导 你们的领导 你们头 你们的人 你们那个 你们这个 你们窗口 窗口 值班的 值班员 接警员 出警的 网格员 调解员 管理员 义警 投诉你们 举报你们 告你们 " +
		"穿制服 穿警服 派出所的人 派出所那 派出所里的 领导 policeman policeofficer officer")
	complainWords = strings.Fields("投诉 举报 控告 检举 告你们 讨说法 complain complaint")
	misdeeds      = strings.Fields("打我 打人 打了 打他 打她 打伤 扇我 骂我 骂人 骂了 骂他 骂她 骂街 推我 推了 推人 踢我 踢了 踹我 掐我 抓我头发 吼我 凶我 摸我 收钱 收了 收我 收红包 收礼 红包 要钱 要我钱 要好处 好处费 受贿 索贿 勒索 敲诈 吃拿卡要 " +
		"威胁我 恐吓 欺负 侮辱 辱骂 刁难 包庇 徇私 乱罚 乱收 态度 不作为 乱作为 不管 不理 不出警 不接 推诿 踢皮球 喝酒 酒驾 嫖 赌 泄露 偏袒 骚扰 贪污 强奸 非礼 猥亵 摸了 铐我 铐住 过分 hitme beatme hitsme")
	// between a person and a misdeed these tell that somebody else did it
	others = strings.Fields("他 她 对方 快 过来 来一下 来人 请 帮 救 谢 抓 给我打 对面 邻居 老公 老板")
	toThem = strings.NewReplacer("把他", "", "把她", "", "对他", "", "对她", "") // done to somebody, not by them
	// before a person these tell that it is none of ours, or that they are called for
	notOurs = strings.Fields("冒充 自称 假 骗子说是 声称 装成 请 叫 喊 找 求 快来")
	// who does wrong and is none of the room
	outsiders = strings.Fields("邻居 隔壁 楼上 楼下 对门 对面 物业 保安 业委会 开发商 中介 房东 租客 房客 老板 店主 商家 商店 饭店 超市 公司 单位 工地 包工头 司机 快递 外卖 骑手 老公 老婆 丈夫 妻子 前夫 前妻 婆婆 公公 " +
		"同事 同学 老师 学校 医院 医生 护士 城管 小贩 摊贩 摊主 骗子 对方 一家人 那家")
	thanks = strings.Fields("感谢 表扬 锦旗 点赞")
	frauds = strings.Fields("转账 汇款 验证码 安全账户 洗钱 公检法 通缉")
)

// accuses says whether words tell in one breath that somebody of the room did wrong: 民警收了我的钱.
func accuses(flat string) bool {
	if holdsAny(flat, frauds) || holdsAny(flat, thanks) && !holdsAny(flat, complainWords) {
		return false
	}
	clauses := strings.Split(flat, "|")
	for i, clause := range clauses {
		next := ""
		if i+1 < len(clauses) {
			next = clauses[i+1]
		}
		for _, who := range staffWords {
			before, after, found := strings.Cut(clause, who)
			if found && !endsIn(before, notOurs) && (did(after) || goesOn(after, next)) {
				return true
			}
		}
	}
	return false
}

// accusesByName says whether words tell in one breath that somebody did wrong who is called like an officer: 周敏打我, 小周骂我.
func accusesByName(flat string, officers map[string]Officer) bool {
	for _, o := range officers {
		for _, name := range o.calledNames() {
			if !strings.Contains(flat, name) {
				continue
			}
			clauses := strings.Split(flat, "|")
			for i, clause := range clauses {
				next := ""
				if i+1 < len(clauses) {
					next = clauses[i+1]
				}
				before, after, found := strings.Cut(clause, name)
				if found && !endsIn(before, notOurs) && (did(after) || goesOn(after, next)) {
					return true
				}
			}
		}
	}
	return false
}

// accusesByLikeness says the same of names that are written wrong: 周民打我.
func accusesByLikeness(flat string, officers map[string]Officer) bool {
	if !holdsAny(flat, misdeeds) {
		return false
	}
	for _, o := range officers {
		for _, clause := range strings.Split(flat, "|") {
			for _, name := range o.likenesses(clause) {
				before, after, _ := strings.Cut(clause, name)
				if !endsIn(before, notOurs) && did(after) {
					return true
				}
			}
		}
	}
	return false
}

// calledNames are the full name of an officer and what neighbours make of it: 周敏, 小周, 老周, 阿周.
func (o Officer) calledNames() []string {
	name := []rune(flatten(o.Name))
	if len(name) < 2 {
		return nil
	}
	surname := string(name[:surnameLength(name)])
	return []string{string(name), "小" + surname, "老" + surname, "阿" + surname}
}

// did says whether what follows somebody in the same breath is a misdeed of theirs.
func did(after string) bool {
	for _, what := range misdeeds {
		between, _, found := strings.Cut(after, what)
		if found && len([]rune(between)) <= 10 && !holdsAny(toThem.Replace(between), others) {
			return true
		}
	}
	return false
}

// goesOn says whether the next clause tells more of somebody: 民警叫我等着，态度很差. Blows are not looked for there: who calls out "民警同志，打人了"
// wants help.
func goesOn(after, next string) bool {
	if address := strings.TrimPrefix(after, "同志"); address == "" || address == "你好" || address == "您好" || holdsAny(after, others) {
		return false
	}
	for _, what := range strings.Fields("态度 不理 不管 推诿 收钱 收红包 要钱 还要钱 还收钱 骂我 还骂我") {
		if strings.HasPrefix(next, what) {
			return true
		}
	}
	return false
}

// Named says whether words mean this officer, or may: by badge, by name or a part of it, by surname with a title or 小 before it, or by the
// office alone where it is one that oversees; also when the name is not written as it should be.
func (o Officer) Named(words string) bool {
	flat := flatten(words)
	return o.meant(flat) || o.resembles(flat)
}

// surely says whether folded words name this officer and nobody else: by badge or full name.
func (o Officer) surely(flat string) bool {
	if id := flatten(o.ID); len(id) >= 3 && strings.Contains(flat, id) || id != "" && contains(strings.Split(flat, "|"), id) {
		return true
	}
	bare := strings.ReplaceAll(flat, "|", "")
	name := flatten(o.Name)
	return len([]rune(name)) >= 2 && strings.Contains(bare, name) || len(o.ID) >= 3 && strings.Contains(bare, flatten(o.ID))
}

// titles follow a surname.
var titles = strings.Fields("警官 警察 民警 辅警 协警 警员 警长 所长 副所长 所 队长 队 指导员 指导 指 教导员 教导 教 局长 局 科长 主任 组长 班长 站长 网格员 调解员 管理员 同志 师傅 老师 先生 女士 小姐 大姐 大哥 哥 姐 叔 姨 某 sir officer")

// compounds are the surnames of two characters.
var compounds = strings.Fields("欧阳 司马 上官 诸葛 司徒 东方 独孤 南宫 夏侯 皇甫 尉迟 公孙 慕容 令狐 端木 轩辕 长孙 宇文 呼延 闻人 百里 东郭 西门")

// meant says whether folded words mean this officer, or may.
func (o Officer) meant(flat string) bool {
	if o.surely(flat) {
		return true
	}
	bare := strings.ReplaceAll(flat, "|", "")
	if holdsAny(withoutRequests(bare), officeWords[o.Role]) {
		return true
	}
	name := []rune(flatten(o.Name))
	if len(name) < 2 {
		return false
	}
	cut := surnameLength(name)
	surname, given := string(name[:cut]), string(name[cut:])
	if len(name)-cut >= 2 && strings.Contains(bare, given) {
		return true
	}
	for _, part := range []string{surname, given, string(name[len(name)-1:])} {
		for _, t := range titles {
			if strings.Contains(bare, part+t) {
				return true
			}
		}
		for _, lead := range []string{"小", "老", "阿", "大"} {
			if strings.Contains(bare, lead+part) {
				return true
			}
		}
	}
	for _, lead := range []string{"姓", "民警", "警官", "辅警", "警察", "叫"} {
		if strings.Contains(bare, lead+surname) {
			return true
		}
	}
	return false
}

// officeWords are what those who oversee are called by their office alone.
var officeWords = map[Role][]string{
	Chief:   strings.Fields("所长 领导 负责人 一把手 头头 头儿 你们头 你们的头 当官的 老大 指导员 教导员 局长 chief boss director captain commander leader headofthe yourhead"),
	Admin:   strings.Fields("管理员 系统管理 admin"),
	Auditor: strings.Fields("审计 督察 督查 auditor"),
}

// withoutRequests takes out where an office is only called upon: "请领导管一管".
func withoutRequests(bare string) string {
	for _, office := range []string{"所长", "领导", "负责人", "局长", "督察"} {
		for _, call := range []string{"请", "希望", "恳请", "盼", "求", "望", "找", "向", "请你们", "希望你们", "找你们", "向你们", "见", "请各位"} {
			bare = strings.ReplaceAll(bare, call+office, "")
		}
	}
	return bare
}

// surnames are the usual ones, for telling 小周 from 小区.
const surnames = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高梁郑罗宋谢唐韩曹许邓萧冯曾程蔡彭潘袁于董余苏叶吕魏蒋田杜丁沈姜范江傅钟卢汪戴崔任陆廖姚方金邱夏谭韦贾邹石熊孟秦阎薛侯雷白龙段郝孔邵史毛常万顾赖武康贺严尹钱施牛洪龚汤陶黎温莫易樊乔文安殷颜庄章鲁倪庞邢俞翟蓝聂齐向申葛柴伍覃骆关焦柳欧祝纪尚毕耿芦左季管符辛苗詹曲欧靳祁路涂兰甘裴梅童翁霍游阮尤岳柯牟滕谷舒卜成饶宁凌盛查单冉鲍华包屈房喻解蒲卫简时连车项闵邬吉党阳司费蒙席晏隋古强穆姬宫景米麦谈柏瞿艾沙鄢桂窦郁缪畅巩卓褚栾戚全娄甄郎池丛边岑农苟迟保商臧佘卞虞刁冷应匡栗仇练楚揭师官佟封燕桑巫敖原植邝仲荆储宗楼干苑寇盖南屠鞠荣井乐银奚明麻雍花闻冼木郜廉衣蔺和冀占门帅利满"

// nicknamed says whether somebody is called by a surname alone: 小周, 老吴, 姓周的.
func nicknamed(flat string) bool {
	r := []rune(flat)
	for i := 0; i+1 < len(r); i++ {
		if strings.ContainsRune("小老阿姓", r[i]) && strings.ContainsRune(surnames, r[i+1]) {
			return true
		}
	}
	return false
}

// flatten makes words comparable: simplified, half-width, lower case, without white space; a "|" stands where there was punctuation.
func flatten(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r >= 0xff01 && r <= 0xff5e {
			r = r - 0xff01 + '!'
		}
		switch {
		case unicode.IsLetter(r) || unicode.IsNumber(r):
			b.WriteRune(Simplify(unicode.ToLower(r)))
		case unicode.IsPunct(r) || r == '\n':
			b.WriteByte('|')
		}
	}
	return strings.Trim(b.String(), "|")
}

func holdsAny(s string, words []string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

func endsIn(s string, words []string) bool {
	for _, w := range words {
		if strings.HasSuffix(s, w) {
			return true
		}
	}
	return false
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
