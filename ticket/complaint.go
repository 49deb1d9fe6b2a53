package ticket

// This file holds whom a complaint speaks of. The promise is that nobody sees a complaint about themselves, so every doubt hides: words that
// may mean somebody hide the ticket from them, and words that mean somebody of the room without saying whom leave it to those who oversee.

import (
	"regexp"
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

// heldBy begins the guard of words that accuse whoever works on the ticket without naming them: their name follows.
const heldBy = "holder:"

// GuardHolder hides a ticket from an officer of this name, of whom the words say 他 or 她.
func GuardHolder(name string) Guard { return Guard(heldBy + name) }

// holder is the name that a guard carries; empty for none.
func (g Guard) holder() string {
	if name, ok := strings.CutPrefix(string(g), heldBy); ok {
		return name
	}
	return ""
}

// Guarding says how a resident's words are to be guarded, given everybody of the account. Complaint says that they were asked for as one;
// other words are one when they accuse somebody of the room.
func Guarding(words string, complaint bool, officers map[string]Officer) Guard {
	flat := flatten(words)
	if !complaint && !tellsDeeds(flat) { // most of what is said
		return GuardNone
	}
	accused, complains := complaint || accuses(flat), holdsAny(flat, complainWords)
	if !accused && !complains {
		if !thanksThem(flat) && accusesAny(flat, officers) { // it may be a neighbour of that name: only whoever it may mean does not see it
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

// BlamesHolder says whether words on a ticket that somebody works on tell of them, as 他 or 她, what only somebody with an office can do:
// 她收了我的烟, 他向着对方. Who speaks of a neighbour or a shop in the same words is not meant.
func BlamesHolder(words string) bool {
	flat := flatten(words)
	goes := false // the clause before was about them
	for _, clause := range strings.Split(flat, "|") {
		for _, who := range append([]string{""}, pronouns...) {
			after, ok := strings.CutPrefix(clause, who)
			if who == "" {
				ok = goes && !strings.HasPrefix(clause, "我")
			}
			if !ok {
				continue
			}
			goes = true
			if holdsAny(who, ofTheOffice) && holdsAny(after, ofWork) { // what a debtor or a shop does as well
				return true
			}
			if tookGifts.MatchString(after) && !holdsAny(after, unpaid) || holdsAny(after, ties) && !strings.HasPrefix(after, "们") {
				return true
			}
			for _, deed := range ofOffice {
				if between, _, did := strings.Cut(after, deed); did && !holdsAny(between, outsiders) {
					return true
				}
			}
		}
		if holdsAny(clause, outsiders) { // from here on it may be they
			return false
		}
	}
	return false
}

// RatesBadly says whether words beside a bad rating tell a misdeed: they can only be of who did the work.
func RatesBadly(words string) bool {
	flat := notDone.ReplaceAllString(flatten(words), "")
	return (holdsAny(flat, misdeeds) || tookGifts.MatchString(flat) || holdsAny(flat, ofOffice) || holdsAny(flat, ofWork)) && !holdsAny(flat, outsiders)
}

var (
	// notDone is what is praised or denied: 态度很好, 没有敷衍.
	notDone = regexp.MustCompile(`态度(很|挺|特别|非常|也|都|还)*(好|可以|不错|热情|耐心|和气)|(没有?|不|从不)(敷衍|推诿|收钱|收红包|刁难|态度|骂人|偏袒)`)
	// tookGifts tells that somebody took what only somebody with an office is given.
	tookGifts = regexp.MustCompile(`收了?.{0,8}(烟|酒|红包|礼|好处|购物卡)|要.{0,4}(红包|好处)|收了?(对方|他们|他家|她家|楼上|楼下|邻居|老板)的?钱`)
	// unpaid is what is told of a buyer.
	unpaid = strings.Fields("没给钱 不给钱 没付钱 不付钱 没付 不还 没还 赊")
	// ofTheOffice are pronouns that say what somebody does here.
	ofTheOffice = strings.Fields("民警 警察 来处理的人 处理的人 办案的 出警的人 办这事的 办事的 来的那个 来的人 上门的 调解的 你们来的")
	// ofWork is bad work, which others do badly too.
	ofWork = strings.Fields("根本不管 不管不问 推诿 敷衍 不给办 不肯办 故意拖 收钱不办 偏心 不管 态度")
)

var (
	pronouns = strings.Fields("来处理的人 处理的人 办案的 出警的人 他们 他 她 这个民警 那个民警 这民警 那民警 这个警察 那个警察 这警察 办这事的 办事的 来的那个 来的人 上门的 调解的 人家 你们来的")
	ofOffice = strings.Fields("两头收 收了我的烟 收了我烟 收我烟 收我的烟 收了烟 收了我的酒 收了酒 收了我两条烟 收了两条烟 收红包 收了红包 收了我红包 收了我的红包 要红包 收礼 收了礼 收了我的礼 要好处 吃拿 吃请 包庇 偏袒 " +
		"向着对方 向着他们 帮着对方 帮对方说话 帮他们说话 不作为 乱作为 没穿警服 没有穿警服 没出示证件 不出示证件")
)

// accusesAny says whether words accuse somebody who is called like an officer.
func accusesAny(flat string, officers map[string]Officer) bool {
	if !holdsAny(flat, faults) && !holdsAny(flat, bribes) && !holdsAny(flat, ties) && !holdsAny(flat, hints) {
		return false
	}
	for _, o := range officers {
		if o.accusedIn(flat) {
			return true
		}
	}
	return false
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

// Named says whether words mean this officer, or may: by badge, by name or a part of it, by surname with a title or 小 before it, or by the
// office alone where it is one that oversees; also when the name is not written as it should be.
func (o Officer) Named(words string) bool {
	flat := flatten(words)
	return o.meant(flat) || o.resembles(flat)
}

// surely says whether folded words name this officer and nobody else: by badge or full name.
func (o Officer) surely(flat string) bool {
	if id := flatten(o.ID); len(id) >= 3 && standsAlone(flat, id) || id != "" && contains(strings.Split(flat, "|"), id) {
		return true
	}
	bare := strings.ReplaceAll(flat, "|", "")
	name := flatten(o.Name)
	return len([]rune(name)) >= 2 && strings.Contains(bare, name) || len(o.ID) >= 3 && standsAlone(bare, flatten(o.ID))
}

// standsAlone says whether a badge stands in folded words by itself, and not within a telephone number or another word.
func standsAlone(flat, badge string) bool {
	for at := 0; ; {
		i := strings.Index(flat[at:], badge)
		if i < 0 {
			return false
		}
		i += at
		at = i + len(badge)
		if (i == 0 || !alphanumeric(flat[i-1])) && (at == len(flat) || !alphanumeric(flat[at])) {
			return true
		}
	}
}

func alphanumeric(b byte) bool { return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' }

// titles follow a surname.
var titles = strings.Fields("阿姨 叔叔 大爷 大妈 师 警官 警察 民警 辅警 协警 警员 警长 所长 副所长 所 队长 队 指导员 指导 指 教导员 教导 教 局长 局 科长 主任 组长 班长 站长 网格员 调解员 管理员 同志 师傅 老师 先生 女士 小姐 大姐 大哥 哥 姐 叔 姨 某 sir officer")

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
		if !strings.Contains(bare, part) { // most words: pages of whoever oversees ask this of every complaint
			continue
		}
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
		if !strings.Contains(bare, office) {
			continue
		}
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
