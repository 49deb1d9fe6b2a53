package flows

// This file holds the words of danger, for whoever knows the job to read and to add to. Words are separated by spaces, in simplified
// characters; English is written without its spaces (helpme). A longer word beats a shorter one inside it.

import "strings"

// dangerWords are the words by kind of danger. "now" is an alarm at once; "doubt" is asked about first, because people say it of habits, of
// long ago and of small things as often as of this minute.
var dangerWords = []struct {
	kind       hazardKind
	now, doubt string
}{
	{violence,
		// a cry for help
		"救命 救我 救救 快救 来救 快来人 报警救 帮我报警 替我报警 快报警 出人命 命都没 " +
			// blows and weapons
			"打人 打民警 打警察 惨叫 打我 打死 打伤 打起来 打得头破 打架 正在打 被打 往死里打 打群架 群殴 揍我 被揍 踢我 扇我 扇耳光 掐我 掐脖子 勒我 勒脖子 往墙上撞 拖我 拽我头发 扯我头发 " +
			"被砍 被人砍 被捅 被人捅 砍人 砍我 砍死 砍伤 要砍 动刀 拔刀 刀架在 捅人 捅我 捅死 捅伤 捅了 捅刀 杀人 要杀 杀了我 杀我 杀死 杀我全家 弄死我 弄死他 弄死你 要弄死 同归于尽 行凶 伤人 " +
			"要动手了 要动手 手里有刀 手上有刀 身上有刀 用刀划 刀划我 用刀捅 拿东西砸我 拿石头砸我 用砖砸 堵在我家门口 一群人堵 持枪 开枪 有枪 炸弹 泼汽油 浇汽油 泼硫酸 泼开水 放火 点火烧 持刀 械斗 斗殴 " +
			// just now, and still
			"刚打过 刚刚打过 刚打了 刚刚打了 刚才打了 刚才打过 刚打完 刚刚打完 刚动过手 刚动手 刚刚动手 又打了 还在打 又在打 又动手 没停手 不停手 不住手 没住手 " +
			// robbery, break-in
			"抢劫 被抢了 挨打了 陌生人想进来 有人想进来 屋里有陌生人 家里有陌生人 有尸体 一具尸体 发现尸体 抢我包 抢我钱 抢我手机 入室 闯进 闯我家 砸门 踹门 撬门 撬锁 撬我家 在撬 砸我家 砸窗 翻窗 爬窗 翻墙进 翻进来 有人进我家 有人在我家 陌生人在我家 陌生人进 " +
			"小偷在 小偷还在 小偷进 进小偷 进了小偷 来小偷 来了小偷 家里有小偷 屋里有小偷 进贼 进了贼 家里有贼 屋里有贼 来贼了 有贼进 贼在我家 门外有人在 在门外砸 在砸车 " +
			// being followed, sexual violence
			"跟踪我 被跟踪 有人跟踪 尾随 有人跟着我 有人一直跟着 男的跟着我 男人跟着我 陌生人跟着 有车跟着我 一直跟着我 老跟着我 跟着我不放 跟我回家 跟到我家 拽我孩子 拽孩子 拉我孩子 拉走孩子 拖走孩子 抢我孩子 抱我孩子 抱走我 要抱走孩子 斩人 斩我 斩死 劈人 劈友 打交 强奸 强暴 猥亵 非礼 脱我衣服 摸我 给我下药 被下药",
		"打了我 打过我 打了他 打了她 打老婆 打孩子 打老人 家暴 动手 动过手 抢我 威胁我 恐吓 我要报警 要报警 想报警 殴打 性侵 骚扰我 杀了他 杀他 没打死 没有打死 没被打死 差点打死 差点没打死 没少打 没少打我 没少打他 没少打孩子 没少挨打 " +
			"没少揍 别打我 不要打我 别再打我 不要再打我 有小偷 抓小偷 抓到小偷 抓到一个小偷 小偷跑了 有人在偷 正在偷 要来找我 来报复 砸东西 不敢打电话 不能打电话 不敢报警 不敢回家 怕他回来 我好怕 我害怕 好害怕 很害怕 在门口等着我 在门口堵 敲门一直不走 敲门不走 有人敲门 在门口不走 有危险 有生命危险"},
	{selfHarm,
		"想死 不想活 不活了 活不下去 活不了了 活够了 活腻了 不想活着 想去死 去死算了 死了算了 死了好 死了干净 一死了之 一了百了 不如死了 想结束这一切 想结束一切 寻死 寻短见 轻生 自杀 自尽 自残 结束生命 结束自己 了结自己 了断自己 离开这个世界 遗书 " +
			"跳楼 跳下来 跳下去 要跳下 往下跳 跳河 跳江 跳桥 跳海 跳湖 跳崖 跳井 站在楼顶 坐在楼顶 爬到楼顶 爬上楼顶 站在天台 坐在天台 翻过栏杆 坐在窗台上 站在窗台上 站在桥边 " +
			"割腕 割手腕 割脉 上吊 喝药了 抱着孩子要跳 抱着孩子跳 要跳了 喝农药 喝了农药 喝敌敌畏 喝百草枯 喝老鼠药 喝药自杀 吞药 吞安眠药 吃了一瓶安眠药 一瓶安眠药 整瓶安眠药 烧炭 卧轨 抹脖子",
		"活着没意思 活着没意义 没意思活 没意思活着 活着好累 活着没劲 生无可恋 撑不住 撑不下去 坚持不下去 熬不下去 熬不住了 想解脱 没有活路 没活路 活着干什么 活着干嘛 安眠药 得想死 得我想死 得我要死 得不想活 得我不想活 不想再活"},
	{fire,
		"房子塌 楼塌了 墙塌了 着🔥 起🔥 🔥了 着紧火 烧紧 着火 起火 失火 火灾 着了火 烧起来 冒浓烟 冒黑烟 好大的烟 浓烟 火好大 火很大 爆炸 电线冒火 冒火花",
		"冒烟 漏气 漏电 糊味 烧焦味"},
	{medical,
		"心脏病发 心脏病犯 血止不住 血停不下来 心梗 晕倒 晕过去 昏倒 昏迷 昏过去 没呼吸 没有呼吸 没气了 没反应了 在家没反应 没意识 喘不上气 喘不过气 呼吸困难 大出血 流血不止 血流不止 止不住血 好多血 很多血 都是血 抽搐 口吐白沫 中毒 误喝 误食 喝错药 " +
			"噎住 噎着 卡喉咙 卡住喉咙 呛住 胸口疼 胸口痛 胸痛 心口疼 心口痛 心脏疼 呕血 吐血 嘴歪 半边身子 快要生了 羊水破 叫不醒 叫不应 喊不醒 不省人事 触电 跳闸触电 中风 快不行了 快死了 要断气 " +
			"摔倒起不来 摔倒了起不来 摔了起不来 摔跤起不来 跌倒起不来 跌倒了起不来 老人摔倒 老人跌倒 老人摔了 奶奶摔 爷爷摔 爬不起来 站不起来 动弹不得 动不了了 倒地 倒在地 倒在路 砸到人 砸中人 砸伤人 砸到头 砸中头 砸人了 砸到孩子 砸到老人 摔下楼 摔下来 坠楼 从楼上掉 楼上掉下来 掉下楼 " +
			"溺水 落水 淹死 淹水里 掉水里 掉河里 掉进河 掉进水 掉到水 掉到河 掉江里 掉进江 掉进湖 掉湖里 掉进池 掉进井 掉井里 掉进水库 掉进粪池 掉进化粪池 水里有人 河里有人 有人掉进 有人掉下",
		"醉汉躺 醉倒 躺在路边 躺在地上 车祸了 受伤 流血 摔伤 摔倒 跌倒 骨折 烫伤 烧伤 被狗咬 被车撞 撞到人 撞了人 出车祸"},
	{missing,
		"走丢 走失 失踪 拐走 被拐 被人带走 被抱走 抱走孩子 抢孩子 抢走孩子 离家出走 找不到孩子 找不到小孩 找不到我妈 找不到我爸", ""},
	{trapped,
		"人卡在 卡在车里 卡在里面 困在车 被困 困住了 困在 关在电梯 卡在电梯 电梯卡住 电梯困 电梯里困 电梯里出不 出不去了 绑架 被绑 劫持 被关 关起来 被锁在 被锁车 锁在车里 锁车里 被反锁 锁在家里 锁在屋 锁在房 锁在里面 反锁在屋 反锁在房 反锁在家 把我锁 把我关 把她锁 把他锁 把孩子锁 " +
			"不让我出去 不让我出门 不让出门 不让我们出 不让我们走 不让走 堵着我 堵住我 堵着我们 围着我 围住我 围殴 非法拘禁 传销窝 拉进面包车 拉进车 拖进车 拽进车 塞进车 拖上车 拉上车 拽上车 " +
			"不能出声 不敢出声 没法出声 不能说话 怕他听见 怕他听到 怕被他听 怕被听见 躲在厕所 躲在卫生间 躲在房间 躲在屋 躲在衣柜 躲在床 躲在柜 躲在阳台 我躲在 藏在衣柜 藏在床",
		"不让我走 扣留 堵门 堵在门口 躲起来"},
	{swindle,
		"正在转账 正在转钱 给骗子转 我正在转 在给他转账 正在汇款 刚转账 刚转了 刚转过去 刚转给 让我转账 要我转账 叫我转账 让我汇款 让我打钱 安全账户 屏幕共享 共享屏幕 刚被骗 正在被骗 转了钱才发现 验证码告诉 验证码给了 说我涉嫌洗钱 冻结我的账户", ""},
}

// dangerEnglish are the same in English, without spaces.
var dangerEnglish = []struct {
	kind       hazardKind
	now, doubt string
}{
	{violence, "helpmehe helpmeshe helpmeplease pleasehelpme savemylife saveme hittingme hitsme hitme beatingme beatsme beatme beatingmywife attackingme attackedme killme killingme killhim killher hasaknife withaknife hasagun withagun stabbed stabbing " +
		"shooting beingraped rapedme rapingme brokeintomy breakinginto breakin intruder inmyhouse robbedme robbingme robbery followingme beingfollowed followsme stalkingme callthepolice",
		"helpme threatenedme threateningme indanger iamscared imscared i'mscared domesticviolence"},
	{selfHarm, "killmyself suicide suicidal wanttodie wannadie endmylife jumpoff goingtojump", "can'tgoon cantgoon noreasontolive"},
	{fire, "onfire fireinmy thereisafire there'safire gasleak smellgas smellofgas explosion houseisburning", ""},
	{medical, "heartattack notbreathing can'tbreathe cantbreathe cannotbreathe unconscious bleeding drowning fellintotheriver fellintothewater callanambulance ambulance overdose can'tgetup cantgetup", "ambulancefee"},
	{missing, "lostmychild mychildismissing lostmyson lostmydaughter childismissing kidislost childislost sonislost daughterislost sonismissing daughterismissing kidnapped", ""},
	{trapped, "trappedin iamtrapped i'mtrapped imtrapped stuckinthelift stuckintheelevator stuckinelevator stuckinlift lockedmein lockedmyin lockedin won'tletmeleave wontletmeleave won'tletmeout wontletmeout", ""},
}

// composed are words that are put together, so that no spelling of them is forgotten: every part of one list with every part of the next.
var composed = []struct {
	kind  hazardKind
	parts []string
}{
	// 拿着菜刀, 举起一把斧头
	{violence, []string{
		"拿 持 提 举 带 挥 握 抄 抡", "- 着 了 起 出 一把 着一把 了一把 起一把 把 着把 了把 着一根 根 着根",
		"刀 菜刀 水果刀 西瓜刀 砍刀 大刀 尖刀 匕首 斧头 斧子 铁棍 棍子 木棍 钢管 铁锤 锤子 砖头 酒瓶 枪 手枪 猎枪 气枪",
	}},
	// 被老公打了, 被邻居揍
	{violence, []string{
		"被", "老公 丈夫 男朋友 男友 前夫 老婆 儿子 女婿 我爸 爸爸 我妈 公公 婆婆 邻居 房东 老板 同事 同学 他们 他 她 人 一群人 几个人 喝醉的 小混混 流氓", "- 给 用刀 用棍子 拿刀",
		"打 揍 砍 捅 踢 踹 掐 勒 扇 绑 锁 关",
	}},
	// 煤气泄露, 天然气味
	{fire, []string{
		"煤气 燃气 天然气 液化气 瓦斯 煤气罐 液化气罐 煤气灶 煤气管 燃气管 煤气管道 燃气管道 天然气管道", "- 好像 可能 在 一直 一直在 开始 好像在 还在",
		"泄漏 泄露 外泄 漏 味 味道 臭味 爆炸 着火 中毒",
	}},
	{fire, []string{"漏 有 闻到 一股 很重的 好大的 好重的", "煤气 燃气 天然气 液化气"}},
	// 孩子不见了, 老伴没回家
	{missing, []string{
		"孩子 小孩 宝宝 娃 娃儿 儿子 女儿 孙子 孙女 外孙 弟弟 妹妹 老人 老伴 我妈 我爸 妈妈 爸爸 奶奶 爷爷 外婆 外公 老母亲 老父亲 婆婆",
		"- 突然 刚刚 刚才 在商场 在超市 在公园", "不见了 不见 丢了 找不到 找不着 走散 失联 联系不上 没了踪影",
	}},
}

// cries are whole messages: two or three characters that mean nothing certain inside a sentence.
var cries = map[string]peril{
	"救": now, "求救": now, "帮帮我": doubtful, "我要死了": doubtful, "sos": now, "fire": now, "helpme": now, "helpmeplease": now, "pleasehelpme": now, "pleasehelp": now, "有人吗救我": now, "我有危险": now, "有危险": now, "危险": now, "很危险": now, "快来": now, "快点来": now, "来人": now, "来人啊": now,
	"就命": now, "旧命": now, "就命啊": now, "救ming": now, "jiuming": now, "就我": doubtful, "出事了": doubtful, "出大事了": doubtful, "报警": doubtful, "110": doubtful, "120": doubtful, "119": doubtful, "害怕": doubtful, "撑不住": doubtful,
}

// harmless are longer words that hold a word of danger without its meaning.
var harmless = strings.Fields("打人工 打人民 打我电话 打我手机 打我的电话 打我的手机 打我微信 打我号码 打我座机 打我主意 打了我三次电话 打了我两次电话 打了我几次电话 打了我好几次电话 打了我电话 打过我电话 有人在我家门口 被打扰 被打断 被打开 被打折 被打印 被打卡 被打回 被打湿 打架子鼓 打死结 " +
	"打死我也不 打死他也不 打死也不 打死都不 救命稻草 救命恩人 救命钱 救命药 救命之恩 跳楼价 跳楼大甩卖 跳楼甩卖 跳楼机 自杀式 想死你 想死我了 想死他 着火点 爆炸头 信息爆炸 爆炸性 数据爆炸 消防演练 " +
	"电脑中毒 手机中毒 系统中毒 食物中毒怎么预防 抢我车位 抢我停车 抢我的车位 抢我生意 抢我先 放火锅 爆炸新闻 打伤感 有枪毙 入室登记 被关注 被关机 被关停 关起来了吗 被困扰 困扰 打人才 拿刀切 拿刀削 拿菜刀切 带刀片 " +
	"打起来费 刚转了一圈 刚转学 动手术 动手能力 动手做 自己动手 动手修 着火锅 想死心 漏气味 打人脸 被打动 被打败 打我这 打架构 杀人游戏 剧本杀 杀死比赛 捅了娄子 捅了马蜂窝 把我锁换 把我锁的 把我锁坏 把我关注 把我关在群 把我关联 车钥匙锁车里 钥匙锁车里 钥匙锁屋 钥匙锁家 钥匙锁车 被他打湿 困在异地 被困在骗局 押金被困 钱被困 帮忙撬锁 帮忙撬门 撬锁的师傅 师傅撬锁 撬锁师傅 撬锁找谁 撬锁多少 爬窗擦 摸我家 摸我车 跟踪我微信 导航一直跟着我 怕走丢 怕走失 防走失 压得喘不过气 压力大得喘不过气 忙得喘不过气 气得我胸口疼 气得胸口疼 气得我心脏疼 气得心脏疼 气得吐血 气得我吐血 差点着火 怕着火 怕起火 怕失火 怕爆炸 容易着火 容易起火 爆炸声 爆炸一样 刚转账给房东 刚转账给物业 转账买材料 屏幕共享上课 账户了怎么解 抢我男朋友 抢我女朋友 抢我孩子抚养权 动刀做 水枪 有枪证 拿棍子打狗 杀人犯法 不想活在这个小区 不想活在这小区 提刀鱼 没药 惊爆炸 跳河边 大力冒烟 冒烟了的嗓子 " +
	"孩子打架学校怎么处理 小孩打架怎么办 学生打架怎么处理 学生打架怎么办 打架立案标准 儿子打架被学校 打小报告 打我小报告 跟着我办 火灾证明 失踪人口怎么报 防火灾 预防火灾 火灾保险 火灾险 走失手环 失踪人口登记 中毒事件讲座 被打死结 " +
	"养不活了 种不活了 救不活了 养不活 种不活 被他打动 被他打断 被他打扰 被人打扰 被人打断 被他们打扰 被人关注 被人关心 被他关心 被老板关心 被他锁定 钥匙被锁在 被锁在门外 被反锁在门外 反锁在门外 钥匙锁在家里 钥匙锁在屋 钥匙锁在房 车锁在 锁在家里的柜 " +
	"手机掉水里 手机掉进水 手机掉到水 手机掉河里 钥匙掉水里 钥匙掉河里 钥匙掉进 手机掉进 钱包掉水里 身份证掉水里 东西掉水里 衣服掉 堵着我的车 堵着我车 堵住我的车 堵住我车 堵着我家车 堵着我们的车 堵着我家门 困在心里 困在家里没事 " +
	"孩子丢了身份证 孩子丢了手机 孩子丢了书包 孩子丢了钱 孩子丢了电话手表 儿子丢了身份证 女儿丢了身份证 老人丢了身份证 老人丢了手机 我妈丢了身份证 我爸丢了身份证 我妈丢了手机 我爸丢了手机 老人丢了钱 我妈丢了钱 " +
	"摸我的底 摸我手机 带刀具 拿刀叉 带刀旗 有煤气灶 有煤气管 有燃气灶 有燃气表 有天然气吗 有煤气卡 有燃气卡 有天然气卡 有天然气表 有煤气公司 有燃气公司 煤气漏斗 煤气味精 燃气味精 来救援 快救援 救救助 急救 不让走亲戚 保安不让走 不让走绿色通道 不让走高速 " +
	"有危险吗 有危险品 有危险物 会有危险 有危险化学品 危险品 被关在门外 关在门外 被关门 被关闭 被关店 被关进看守所 被关看守所 被关了几年 被关多久 被绑定 被绑卡 浓烟味的 倒地点 被困难 " +
	"打人电话 自杀干预讲座 老人摔倒扶 扶老人摔倒 伤人心 伤人的话 伤人自尊 点火烧烤 站在桥边拍 confirmhelpme helpmeapply helpmewithmy helpmefind helpmetranslate helpmecheck helpmefill helpmeregister helpmeto ambulancefee hitmeup hasaknifeshop")

// Words that put what is said into doubt, wherever they stand in the text.
var (
	pastWords = strings.Fields("昨天 昨晚 前天 前晚 前几天 上周 上星期 上个星期 上礼拜 上个月 上月 上次 去年 前年 几年前 以前 之前 曾经 那天 那次 那时候 当时 小时候 前阵子 前段时间 前不久 大前天 早些时候 几个月前 几天前 年前 " +
		"感谢 表扬 锦旗 多亏 lastyear lastweek lastmonth yesterday")
	moot = strings.Fields("如果 万一 要是 假如 假设 怎么防 如何防 预防 怎么处罚 什么处罚 怎么判 判几年 判多久 拘留几天 犯法吗 违法吗 犯罪吗 算不算 算什么 法律规定 会不会 什么是 啥是 电影 电视剧 小说 新闻 听说 " +
		"网上看到 演练 宣传 讲座 培训 游戏 谣言 梦见 做梦 转发 怎么识别 怎么辨别 是不是骗 是骗子吗 是真的吗 怎么立案 能立案吗 够不够立案 赔多少 怎么赔 想了解 想咨询 咨询一下 请问 热线是多少 电话是多少 howtoprevent whatif")
	nowWords = strings.Fields("正在 现在 快来 救命 救救 救我 此刻 刚才 刚刚 还在打 一直在打 快点来 在我家门口 在门口 在砸 rightnow")
	// an offence by its name, and what is asked about one in general
	offences  = strings.Fields("打架 打架斗殴 斗殴 打群架 群殴 打人 伤人 故意伤人 家暴 抢劫 猥亵 强奸 非礼 尾随 跟踪 杀人 持刀 持刀伤人 砍人 放火 绑架 非法拘禁 入室盗窃 入室")
	questions = strings.Fields("怎么办 咋办 怎么处理 咋处理 如何处理 怎么解决 怎么罚 怎么处罚 怎么判 判几年 罚多少 罚多少钱 罚款多少 拘留几天 会拘留 要拘留 会坐牢 要坐牢 坐牢 坐几年牢 犯法 违法 犯罪 犯不犯法 违不违法 什么罪 算什么罪 " +
		"怎么报案 怎么报警 找谁 归谁管 有什么后果 后果 赔多少 要赔钱 怎么赔 能调解 可以调解 能和解 可以和解 会留案底 有案底")
	// who is often, and not just now, at it
	habits = strings.Fields("天天 经常 老是 总是 每天 常常 时常 隔三差五 三天两头 动不动 成天 整天 每晚 天天晚上")
	// who may be lost when they do not come home, that they have not, and since when
	dependants = strings.Fields("孩子 小孩 宝宝 娃 儿子 女儿 闺女 孙子 孙女 外孙 侄子 弟弟 妹妹 老人 老伴 老头 老太 我妈 我爸 妈妈 爸爸 母亲 父亲 奶奶 爷爷 外婆 外公 姥姥 姥爷 婆婆 公公 老公 老婆 痴呆 精神病 智障")
	notBack    = strings.Fields("没回家 没回来 没有回家 没有回来 还没回 没回 没个信 没音信 没有音信 没消息 没有消息 联系不上 打不通")
	since      = strings.Fields("放学 早上 上午 中午 下午 昨天 昨晚 前天 前两天 几天 一夜 一晚 一天 到现在 出门 出去 走了 遛弯 散步 买菜 离开 半夜 痴呆 迷路 这么晚 天黑")
	denials    = strings.Fields("没有人 没人 没有 没 不是 并没 并没有 不会 未 从没 从来没 从不 别 不要 不准 禁止 无人 也没有 都没有 再没有 没再 没有再 没见 没看到 没听说 没有发生 没有被 没被 没有拿 没有动 not nobody")
)

// undeniable are words that no denial before them takes away: "没有人来救我" is a cry.
var undeniable = strings.Fields("救命 救我 救救 来救 快救 没停手 不停手 不住手 没住手 不让我走 不让我出去 不让我们走 不让走 没呼吸 没反应了 没意识")

// turns are the words by which somebody takes back what they said before.
var turns = strings.Fields("但 可是 可他 可她 不过 然而 只不过 差点 险些 结果 后来又 又来 还是 还在 just but")

// settled are clauses that say that it is over now, or never was.
var settled = strings.Fields("现在没有 现在没 现在没事 现在没有了 现在没打 现在没有打 现在不打 现在不打了 现在没动手 现在没有危险 现在没危险 目前没有 目前没 目前没事 暂时没有 暂时没 暂时没事 现在安全 现在安全了 已经没事 已经没事了 现在好了 现在没人 没有危险 没危险 不危险 很安全")

// mild are the beginnings of a clause that plays down: "没有，就是吵架".
var mild = strings.Fields("就是 只是 主要 光是 单纯 仅仅 是 都是 谢谢 吵 争吵 吵架 口角 拌嘴 没 也没 也不 无 不 现在没 目前没 暂时没 都没 还没 从来没 从没 人没 人没事 以前 之前 曾经 上次 昨天 安全 很安全 挺好 还好 民警 我 双方 大家 没事")
