package flows

// This file holds signs of danger: what is told in words of which none means danger by itself. "起不来" is said of an alarm clock too, "摔了一跤，坐地上
// 起不来" is not. The words by which a sign is found stand before what has to be said around them; only then is the rest looked at.

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// sign is one such way of telling it.
type sign struct {
	kind  hazardKind
	peril peril
	by    string // words of which one has to be there
	told  string // what has to be there in all; «» stand for lists of persons and things
}

// told are the lists that signs are made of.
var told = strings.NewReplacer(
	"«me»", `(?:我|我们|我妈|我爸|我儿子|我女儿|我老婆|我老公|我孩子|我家孩子|我奶奶|我爷爷|我弟|我妹|我哥|我姐|我婆婆|他|她|人|妈妈|爸爸|奶奶|爷爷|妈|孩子|小孩|老人|弟弟|妹妹|老婆|儿子|女儿|民警)`,
	"«one»", `(?:妈|爸|爷|奶|婆|公|伴|老头|老头子|老太|老太太|老人|老人家|老婆|老公|孩子|小孩|宝宝|娃|儿子|女儿|孙子|孙女|他|她|人|弟|妹|哥|姐|我|叔|姨|邻居|工人|骑手|司机)`,
	"«child»", `(?:孩子|小孩|宝宝|娃|娃儿|儿子|女儿|孙子|孙女|外孙|弟弟|妹妹|婴儿|小朋友)`,
	"«place»", `(?:厨房|家里|家|房间|屋里|屋|隔壁|楼上|楼下|楼道|阳台|车库|电瓶车|电动车|仓库|店里|店|锅|床|沙发|柴堆|草堆|垃圾|垃圾桶|插座|窗帘|对面|油锅|空调|充电器)`,
	"«end»", `(?:$|[^家的店门车窗铺晾阳院花菜])`,
)

// signs are the ways of telling it. What is asked about first costs a resident one word more; what alarms wrongly costs them a fright.
var signs = []sign{
	{violence, now, "掐着 勒着 掐住 勒住", `[掐勒][着住](?:我|她|他|«me»)?的?脖`},
	{violence, now, "拿 用", `[拿用][^,]{1,6}(?:打|抽|烫|泼|砸|砍|捅|刺|扎|划|敲)(?:了|伤)?«me»«end»`},
	{violence, now, "从", `(?:把|将)?«me»[^,]{0,2}从[^,]{1,7}(?:推|扔|拽|踢|拖)(?:了)?下`},
	{violence, now, "血", `(?:浑身|满头|满脸|满身|一身|全身|满地)(?:都|全)?是?血|头破血流`},
	{violence, now, "在打 又打 还打 在揍 又揍 还揍 在掐 在踢", `(?:爸|妈|父|爷|公|男人|老婆|师|姆|护工|媳妇?|女婿|儿子|友|同学|东|叔|家|楼上|醉鬼|他们?|她|人)[^,]{0,6}(?:在|又|还|正)(?:打|揍|掐|踢)«me»«end»`},
	{violence, doubtful, "打 掐 踢", `(?:爸爸|继父|后爸|后妈|婆婆|媳妇|女婿|老师|保姆|护工|男人|室友|同学|亲家)[^,]{0,2}(?:打|掐|踢)(?:了)?(?:«me»)«end»`},
	{violence, now, "被", `被[^,]{1,6}(?:打|揍|砍|捅|踢|踹|掐|刺)(?:了|伤|趴|倒|得|,|$)`},
	{violence, now, "跟了我 跟着我走 跟我一路", `跟了?我(?:一路|好久|半天|几条街|着我走)|跟着我走`},
	{violence, now, "要炸 说炸", `(?:要|说)[^,]{0,3}炸(?:学校|楼|小区|死|你们|派出所|商场|车站)`},
	{violence, doubtful, "翻", `(?:有人|男的|谁|黑影)[^,]{0,6}翻[^,]{0,4}(?:阳台|围墙|栏杆|进)`},
	{violence, doubtful, "门口转悠 门口徘徊 门口鬼鬼祟祟 我门不说话 堵在家里 堵在我家里 不下来就上来", `门口(?:转悠|徘徊|鬼鬼祟祟)|我门不说话|堵在我?家里|不下来就上来`},
	{violence, now, "被", `(?:被|给)[^,]{0,6}围(?:住|着|殴|攻|了)(?:$|,|打|要|不|抢|骂)`},
	{violence, now, "堵", `堵(?:在|住)[^,]{0,5}(?:打|揍)(?:$|[^电])`},
	{violence, now, "干起来 打作一团 扭打 抄家伙 见人就打 乱砍 乱捅 打趴", `(?:[人伙群帮们][^,]{0,6}干起来)|打作一团|扭打|抄家伙|见人就打|乱砍|乱捅|打趴`},
	{violence, doubtful, "拧 试 撬 捅", `(?:有人|男的|陌生|不认识|谁|他们?)[^,]{0,6}(?:拧|试|撬|捅)[^,]{0,5}(?:门把|门锁|锁|我家门|我的门|房门)`},
	{violence, doubtful, "走没走 走了没 还在不在里面", `(?:撬|贼|偷|门开)[^|]{0,20}(?:人?走没走|人?走了没|还在不在里面)`},
	{violence, doubtful, "带我走 跟我走 拉我走", `(?:男的|女的|陌生人|不认识的?人?|有人|他)[^,]{0,4}(?:要|想|非要|硬要)[^,]{0,3}[带拉]我走`},
	{violence, doubtful, "弄我 收拾我 烧我家 找我算账", `(?:说|要|来)[^,]{0,8}(?:弄我|收拾我|烧我家|找我算账)`},
	{violence, doubtful, "裸照 脱衣服 下面", `(?:发|传)[^,]{0,4}裸照|裸照[^,]{0,6}(?:威胁|发|要钱|勒索)|威胁[^,]{0,6}裸照|逼[^,]{0,4}脱衣服|摸(?:我|了|她|孩子)[^,]{0,3}下面`},
	{violence, doubtful, "进我房间", `(?:继父|后爸|叔叔|舅舅|室友|房东|男的)[^,]{0,6}进我房间`},
	{violence, doubtful, "咬人 追人 追着人", `(?:狗)[^,]{0,8}(?:在咬人|还在咬|追人|追着)`},
	{violence, doubtful, "jiuming baojing dawo sharen kanren bangwo", `^[a-z0-9,.!']*(?:jiuming|baojing|dawo|sharen|kanren|bangwo)`},
	{selfHarm, now, "世界 世上", `不想(?:再)?(?:活|待|呆|留|继续)?在(?:这个?|这)?(?:世界|世上)`},
	{selfHarm, now, "药", `(?:把)?药[^,]{0,2}(?:都|全)部?(?:吃|喝|吞)|(?:吃|喝|吞)了?(?:很多|好多|一整?瓶|半瓶|一大?把|整瓶|几十片|一板)(?:安眠)?药`},
	{selfHarm, now, "绳子", `(?:准备|买|系|挂|绑)(?:好|了)(?:了)?(?:一根|根)?绳子|绳子[^,]{0,3}(?:准备|系|挂|绑)好`},
	{selfHarm, now, "跳", `(?:想|要|就|打算)[^,]{0,4}从(?:这|那|楼|上面|桥|窗|阳台)[^,]{0,4}跳`},
	{selfHarm, now, "割 划", `(?:割|划)(?:了|伤)?(?:自己|手腕)|用刀[^,]{0,2}划(?:了)?手`},
	{selfHarm, doubtful, "想跳", `(?:^|,|了|就|只)(?:我)?想跳(?:$|,|了|下)`},
	{selfHarm, doubtful, "窗户 窗台 窗边 楼顶 天台 桥 栏杆", `(?:我|他|她|人)?(?:就|现在|正|一个人)?(?:站|坐|趴)[^,]{0,2}在[^,]{0,5}(?:窗户|窗台|窗边|楼顶|天台|桥边|桥栏|栏杆)|^我(?:就|现在|一个人)?在(?:天台|楼顶|桥上)|(?:楼顶|天台|桥上|窗台|栏杆)[^,]{0,4}(?:坐|站|趴)[^,]{0,4}(?:人|女的|男的|孩子|姑娘|小伙)`},
	{selfHarm, doubtful, "照顾 一走了之 下辈子 来世 别找我 消失算了 不如消失 在乎我", `想一走了之|我走了[^|]{0,6}照顾|(?:帮|替)我照顾(?:好)?(?:孩子|爸|妈|我妈|我爸|他们|她|他|女儿|儿子)|(?:下辈子|来世)[^,]{0,6}(?:见|做|再|还)|别找我了|(?:我)(?:不如)?消失算了|没人在乎我`},
	{selfHarm, doubtful, "死给", `死给(?:你|他|她)们?看`},
	{medical, now, "醒 应 反应 声音 动静", `(?:叫|喊|推|摇)(?:了)?(?:半天|好久|几声)?«one»?[^,]{0,2}(?:不醒|不应|没反应|没有反应|没声音|没动静)`},
	{medical, now, "不动了 不喘气 没知觉 没动静了", `«one»[^,]{0,4}(?:不动了|不喘气|没知觉|没动静了)`},
	{medical, now, "起不来 动不了 站不起 爬不起 不能动 走不了 不会动 腿断 不动", `(?:摔|跌|滑|绊|栽|撞|车祸)[^|]{0,14}(?:起不来|动不了|站不起|爬不起|不能动|走不了|不会动|腿断|不动)`},
	{medical, doubtful, "断了", `(?:腿|胳膊|手臂|手|脚|骨头|肋骨)(?:都|好像|可能)?断了(?:$|,|骨|疼|痛|流|动)`},
	{medical, now, "手指", `手指头?[^,]{0,4}(?:切掉|切断|断了|轧断|绞断|掉了|切下)`},
	{medical, now, "胸 心口 心慌", `(?:胸闷|胸口闷|胸口发闷|心口闷|心慌|胸口憋)[^|]{0,12}(?:冷汗|喘|麻|痛|疼|气短|憋气|难受得)`},
	{medical, now, "吞了 吞下 误吞", `(?:误?吞)(?:了|下)(?:一?[个颗枚片根])?(?:电池|纽扣|硬币|钉子|磁铁|玻璃|针|扣子|珠子|别针|洗衣|药)`},
	{medical, now, "喝了 喝下 误喝", `误?喝[了下](?:一口|半瓶|一瓶|好多)?(?:洗洁精|84|消毒|洁厕|敌敌畏|农药|除草剂|清洁剂|洗衣液|百草枯|汽油|酒精|管道通|漂白)`},
	{medical, now, "抽 翻白眼 发紫 卡住 起泡", `«child»[^|]{0,8}(?:抽了|抽起|抽风|抽筋|翻白眼|发紫|卡住了|起泡)`},
	{medical, now, "从", `«one»[^,]{0,3}从[^,]{1,6}(?:掉|摔|坠)(?:了)?下`},
	{medical, now, "漂", `(?:河|水|湖|江|塘)里?[^,]{0,3}漂[^,]{0,3}(?:人|尸)`},
	{medical, doubtful, "水库 河 湖 塘", `(?:水库|河|湖|塘)[^,]{0,4}(?:小孩|孩子|人)在(?:喊|叫|扑腾)`},
	{medical, now, "喘不上来 喘不过来", `喘不[上过]来`},
	{medical, doubtful, "撞人 撞到人", `撞到?人(?:了|跑|,|$)`},
	{medical, doubtful, "躺 睡在", `躺[了着](?:一?个|个|一)?[^,]{0,2}人|(?:有人|老人|男的|女的)[^,]{0,4}(?:躺|睡)在(?:马路|路上|路中|雪地|地上)`},
	{medical, doubtful, "没开门 没出来 没人出来 没出门 没见 不应 没动静", `(?:老人|奶奶|爷爷|独居|隔壁|邻居|楼上|楼下|老太|老头|大爷|大妈)[^|]{0,10}(?:[一两三四五几0-9]天|好久)[^|]{0,6}(?:没开门|没出来|没人出来|没出门|没见|没动静)`},
	{fire, now, "着了 着起来 烧着 烧起 着着", `«place»[^,睡找盯等跟挨碰遇]{0,2}(?:着了|着起来|烧着了|烧起来|着着)`},
	{fire, now, "烟", `满屋子?(?:里)?(?:都|全)?是?烟|(?:锅|水壶|壶)[^|]{0,3}(?:烧|煮)?干了[^|]{0,6}烟`},
	{fire, doubtful, "烧了", `(?:电动车|电瓶车|汽车|车|电池|插座|电表)[^,]{0,3}烧了(?:$|,|起|快)`},
	{fire, now, "臭鸡蛋 一氧化碳", `臭鸡蛋|一氧化碳[^|]{0,8}(?:报警|响|超标|中毒)`},
	{fire, now, "头晕 恶心", `(?:头晕|恶心)[^|]{0,14}(?:煤炉|炭火|烧炭|煤球|燃气|煤气|热水器)|(?:煤炉|炭火|烧炭|煤球)[^|]{0,14}(?:头晕|恶心)`},
	{fire, doubtful, "高压线 电线 电杆 塌", `(?:高压线|电线)[^,]{0,5}(?:掉|断|落|垂)[^,]{0,3}(?:$|,|下|了|地|水)|电(?:线)?杆[^,]{0,3}(?:倒|歪|断)|(?:要|快|快要)塌了|(?:路|地)面?塌了`},
	{fire, doubtful, "蛇进 有蛇", `蛇进|(?:家|屋|楼|院)里?有(?:一条)?蛇`},
	{missing, now, "走", `«child»[^,]{0,3}被[^,]{0,6}(?:牵|抱|带|拉|领|骗|拐)走`},
	{missing, now, "找不着 找不到 不见 丢了", `(?:娘|俺?妈|爹|婆|奶奶|爷爷|老人家|老爷子|老太太|老爸|老妈|闺女|妞|媳妇|老婆|老公)(?:突然|刚刚|刚才|今天)?(?:找不着了?|找不到了?|不见了?|丢了)(?:$|,|怎么|快|求|在)`},
	{missing, doubtful, "迷路", `(?:我|孩子|老人|小孩)[^,]{0,3}迷路`},
	{missing, doubtful, "小孩 孩子 婴儿 弃婴 娃", `捡[到了][^,]{0,4}(?:小孩|孩子|婴儿|娃)|弃婴|扔了?个?(?:婴儿|孩子)|(?:小孩|孩子)[^,]{0,3}(?:独自|一个人)[^,]{0,3}(?:在马路|在路上|走在)`},
	{missing, doubtful, "纸条", `留(?:了|下)(?:张|一张)?纸条[^|]{0,4}走了`},
	{trapped, now, "锁", `(?:«child»|老人|奶奶|爷爷|我妈|宝宝)[^,]{0,6}(?:反)?锁(?:在)?(?:了)?(?:屋|家|房|车)里?`},
	{trapped, doubtful, "在旁边 在身边 在边上 在跟前 在隔壁 不敢说话 不方便说话", `(?:他|她|老公|男人|爸爸?|人)(?:就|还|正)?在(?:我)?(?:旁边|身边|边上|跟前)[^|]{0,6}(?:不方便|不敢|别|小声)|嘘[^|]{0,4}在(?:旁边|身边)|(?:不方便|不敢)说话`},
	{trapped, doubtful, "电梯", `电梯[^,]{0,3}(?:停|卡|坏)[^|]{0,8}(?:我|有人|里面|黑)`},
	{trapped, doubtful, "披萨 饺子 外卖", `(?:点|订|要|叫)[^|]{0,4}份(?:披萨|饺子|外卖)`},
	{trapped, now, "不停车 不让我下车 不让下车", `(?:司机|他|师傅|车门)[^|]{0,10}(?:不停车|不让我?下车)`},
	{trapped, doubtful, "偏地方 偏僻 没人的地方", `(?:车|带我|开)[^|]{0,6}到[^|]{0,4}(?:偏地方|偏僻|没人的地方)`},
	{trapped, now, "isinside arein isin", `lockedme?out.*(?:baby|child|kid|son|daughter)|(?:baby|child|kid)is(?:locked)?(?:inside|in)`},
	{swindle, now, "汇钱 汇款 转钱 转账 打钱", `(?:给|跟|向|和)骗子[^|]{0,10}(?:汇钱|汇款|转钱|转账|转|打钱)`},
	{swindle, now, "骗子", `骗子[^|]{0,10}(?:要转|在转|正转|转账|转钱)`},
	{swindle, now, "公安 警察 检察 公检法 法院", `(?:公安|警察|检察|公检法|法院)[^|]{0,20}(?:不要|不能|不让|不准|别)(?:跟|和|告诉|对)(?:家里|家人|任何人|别人)`},
	{swindle, now, "卡号 密码 验证码", `(?:填|输|报|给|发)[了过](?:银行)?(?:卡号|密码|验证码)|验证码[^|]{0,4}(?:我报了|报了|给了|发了)`},
	{swindle, now, "被骗 骗子", `(?:刚刚|刚才|刚|才|分钟前|小时前)[^|]{0,10}(?:转|汇|打|付)[^|]{0,10}(?:被骗|骗子)|分钟前被骗|小时前被骗|被骗[^|]{0,10}(?:能不能冻结|能冻结吗|刚刚|怎么冻结)`},
}

// signal is a sign that is ready to be looked for.
type signal struct {
	word  string
	kind  hazardKind
	peril peril
	told  *regexp.Regexp
}

// signals are the signs by the first characters of their words.
var signals = func() map[rune][]signal {
	all := make(map[rune][]signal)
	for _, s := range signs {
		whole := regexp.MustCompile(told.Replace(s.told))
		for _, w := range strings.Fields(s.by) {
			r, _ := utf8.DecodeRuneInString(w)
			all[r] = append(all[r], signal{w, s.kind, s.peril, whole})
		}
	}
	return all
}()

// signalAt gives the danger that is told around the word at that place; the surest, where there are several. What is denied is none, but
// nobody is believed at once who denies wanting to die.
func signalAt(flat string, at int, r rune) (peril, hazardKind) {
	worst, kind := noPeril, violence
	for _, s := range signals[r] {
		if s.peril <= worst || !strings.HasPrefix(flat[at:], s.word) {
			continue
		}
		if from := s.told.FindStringIndex(flat); from != nil && (s.kind == selfHarm || !denied(flat[:from[0]])) {
			worst, kind = s.peril, s.kind
		}
	}
	return worst, kind
}

// dialect says what people write in other words, or with the wrong character, as the lists have it.
var dialect = strings.NewReplacer("俺们", "我们", "俺", "我", "偶们", "我们", "遭打", "被打", "遭人打", "被人打", "给人打", "被人打", "给他打", "被他打", "抱警", "报警", "救ming", "救命",
	"儿媳妇", "媳妇", "安全帐户", "安全账户", "联系不上卖家", "卖家不回", "联系不上商家", "商家不回", "联系不上房东", "房东不回", "联系不上老板", "老板不回", "联系不上客服", "客服不回", "咯", "了", "哒", "了", "嘞", "了")

// dialectStarts are the characters with which these words begin: most messages have none of them.
const dialectStarts = "俺偶遭给抱救儿安联咯哒嘞"

var (
	// calling is a telephone that is to be called, not somebody who is hit: 打我儿子电话139….
	calling = regexp.MustCompile(`打(我|他|她|你)[^,打]{0,5}(电话|手机|座机|号码|微信|\d{7,})`)
	// fallen are things that lie about: 单车倒在地上, 把水倒在地上.
	fallen = regexp.MustCompile(`(车|树|水|垃圾|牌|牌子|杆|箱|桶|渣|土|油|剩饭|剩菜)([^,人]{0,2})倒(在?[地路])`)
	// longLost is nobody to look for tonight.
	longLost = regexp.MustCompile(`失联了?(?:[一二两三四五六七八九十几好多0-9]+)年`)
	// pets are lost too.
	pets = regexp.MustCompile(`(猫|狗|鹦鹉|鸟|兔子?|宠物|金毛|泰迪|乌龟)([^,]{0,3})(走丢|走失|不见|失踪|跳楼|翻窗|跟着我|跟我回家)`)
	// mislaid is a thing that somebody cannot find, not somebody who is lost: 我妈找不到身份证了.
	mislaid = regexp.MustCompile(`(找不到|找不着|不见了?|丢了)((?:一[只张本双条件]|两[只张本双条件]|[\p{Han}]{0,3})?(?:证|卡|本|书包|工作|对象|学校|手机|钥匙|钱|包|鞋|衣服|项链|手镯|手环|戒指|病历|药|发票|合同|手续|号|单子|快递|东西|车|存折|眼镜|助听器|拐杖|入口|窗口|地方办|办事|资料|密码|我|它))`)
)

// plainly takes out of a folded text what sounds like danger and is none, and puts dialect into common words.
func plainly(flat string) string {
	if strings.ContainsAny(flat, dialectStarts) {
		flat = dialect.Replace(flat)
	}
	if strings.Contains(flat, "失联") {
		flat = longLost.ReplaceAllString(flat, "断了来往")
	}
	if strings.Contains(flat, "打") {
		flat = calling.ReplaceAllString(flat, "拨$1")
	}
	if strings.Contains(flat, "倒") {
		flat = fallen.ReplaceAllString(flat, "${1}${2}落$3")
	}
	if holds(flat, lostWords) {
		flat = pets.ReplaceAllString(flat, "$1$2")
		flat = mislaid.ReplaceAllString(flat, "缺$2")
	}
	return flat
}

var lostWords = strings.Fields("找不到 找不着 不见 丢 走失 失踪 跳楼 翻窗 跟着我 跟我回家")
