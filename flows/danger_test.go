package flows

import (
	"strings"
	"testing"
)

// TestWordsOfDanger holds real phrasings, one a line: those that alarm at once, those that are asked about, and those that are nothing. The
// kind, where it stands, decides which numbers and which advice are given.
func TestWordsOfDanger(t *testing.T) {
	for _, c := range []struct {
		want peril
		kind hazardKind
		said string
	}{
		{now, violence, `救我
他手里有刀
他用刀划我
他拿东西砸我
一群人堵在我家门口
有人在拽我孩子
有個人喺度斬人
他天天打我怎么办
没有打，但是他拿着刀
他打我怎么办
楼下打架怎么办
有人持刀怎么办
没有人来救我
没人救我
没有人救我们
没完没了地打我
我没有动手，是他打我
有人拿枪
有人在打民警，快来
隔壁传来女人的惨叫
楼下有人吵架要动手
隔壁一直在打孩子
刚才被老公打了
刚刚打过
被邻居揍了
被几个人打
他不停手
他拿砖头砸门
老公掐我脖子
他扇我耳光
小偷在我家
家里进了小偷
家里有贼
有人在撬锁
有人翻窗进来了
有个男的跟着我
有人跟着我
一直跟着我不放
有人跟踪我
他要跟我同归于尽
他往家里泼汽油
救命啊！！
帮我报警
你们民警周敏打我耳光
救命　有人砍人
ＳＯＳ
help me he is hitting me
Help me, please!
help me
he has a knife
someone broke into my house
my husband beat me
a man is following me
help me she is killing me
他持刀衝進來殺人
有人拿著刀
小偷進了我家
被老公打了
快來人啊
求救
我挨打了
刚才被抢了
屋里有陌生人
门外有人想进来
I am being followed`},
		{now, selfHarm, `不活了
我活够了
有人要跳下来
有人站在楼顶
我想死
我不想活了
我想去死
楼上有人要往下跳
我吞药了
他说要喝农药
我要割腕
I want to die
I want to kill myself
有人要跳樓
我不想活著了
我想结束这一切`},
		{now, fire, `家里煤气泄露
着🔥了
房子塌了
煤气泄漏了
天然气漏了怎么关
燃气一直在漏
闻到煤气
液化气罐漏
厨房着火了
楼道冒浓烟
my house is on fire
help! fire in my building
I smell gas
家裏煤氣洩漏
家裡著火了
瓦斯外洩`},
		{now, medical, `老人摔倒起不来了
高空抛物砸到人了
奶奶摔了一跤
我妈晕过去了
他口吐白沫
爸爸胸口疼得厉害
孩子噎住了
有人掉进河里了
孩子掉水里了
有人溺水
我喘不上气
从楼上掉下来一个人
叫不醒他
he is not breathing
my mother is unconscious
老人跌倒起不來
有人掉進水裡
我爸中風了
老人中风了不能说话`},
		{now, missing, `孩子不见了
我儿子走丢了
女儿突然不见了
老伴找不到了
奶奶走失
孩子联系不上
my child is missing
my kid is lost
孩子不見了
老人走失`},
		{now, trapped, `他把我锁在家里
撞车了人卡在里面
把我锁屋里了
電梯裏困住了
电梯里困住了
困在电梯里
他们叫人来堵着我们不让走
有人围着我
我躲在厕所 不能出声
怕他听见
不敢出声
他不让我出门
被反锁在屋里
I am trapped in the elevator
he locked me in
他把我鎖在家裡`},
		{now, swindle, `对方让我转账到安全账户
刚转了五万给他
他说我涉嫌洗钱
我刚被骗了三万
我在给骗子转钱
正在轉賬`},
		{doubtful, "", `有人敲门一直不走
以后他再打人我再报警`},
		{now, selfHarm, `我爸喝药了
我抱着孩子要跳`},
		{now, trapped, `我被人拉进面包车`},
		{doubtful, missing, `孩子放学没回家，电话也打不通
我妈老年痴呆，早上出门到现在没回来
俺家老头子前两天出去遛弯，到现在也没个信儿`},
		{doubtful, "", `邻居天天打架怎么办
楼上老是打架找谁
没打死我就算好的了
没少打我
别打我
我不敢打电话
我撑不住了
撑不下去了
吵得我想死
他威胁我
他昨天打了我
被人打了怎么立案
上周他拿着刀
他会不会杀我
如果他拿刀怎么办
请问打架怎么处罚
打架怎么办
和人打架会坐牢吗
孩子打架怎么处理
打人犯法吗
家暴
楼下有小偷
有个醉汉躺在路边
我好怕
他要来找我报复
房子漏电
出事了
110
报警
刚在路上摔倒了
我不想死
感谢民警救了被砍的人
I am scared`},
		{noPeril, "", `没有危险
打了我三次电话
有人在我家门口泼粪
孩子放学没人接，能托管吗
老公没回家吃饭
砸到我的车了
孩子打架学校怎么处理
火灾证明怎么开
失踪人口怎么报
打我小报告
打架立案标准
help
没有动手
没有打架，就是吵
没有人受伤
以前打过，现在没有
以前打过我，现在没有
怎么办防诈骗
打电话
我想打电话
打官司
我要打官司告他
打我电话
打印身份证
打折吗
打算办居住证
跳楼价大甩卖
养了几盆花都养不活了
手机掉水里了
钥匙锁在家里了
我被锁在门外了
堵着我的车
孩子丢了身份证
热死了
笑死我了
想死你了
电脑中毒了
杀毒软件怎么装
身份证怎么补办
楼上半夜拖桌子
物业不修电梯
路灯坏了
物业说电梯停用
老板欠我工资
我要投诉
狗叫得睡不着
救命稻草
自己动手装的
被打扰
被人打扰
有煤气公司电话吗
煤气卡怎么充值
孩子上学户口
老人办居住证
他不打我
没打我
没有人动刀，就是吵架
help me apply for a residence permit
help
hello
how to renew my id card
I confirm
begun
grape
谢谢你们
表扬一位民警
举报赌博
被困扰很久
孩子跟着我的户口`},
	} {
		for _, said := range strings.Split(c.said, "\n") {
			level, kind := assess(fold(said))
			if level != c.want || c.kind != "" && kind != c.kind {
				t.Errorf("%q: level %d of kind %q, want %d of kind %q", said, level, kind, c.want, c.kind)
			}
		}
	}
}

func TestOnlyAWholeDenialIsOne(t *testing.T) {
	for _, said := range []string{"没有", "没", "没有危险", "没有动手", "没有打架", "没有人受伤", "没有，就是吵架", "现在没有", "以前打过，现在没有", "暂时没有，谢谢", "不是", "没事", "没有打，也没有骂"} {
		if !denies(fold(said)) {
			t.Errorf("%q is no denial", said)
		}
	}
	for _, said := range []string{
		"没有打，但是他拿着刀", "没打死我就算好的了", "没有打，他在门口等着", "没有人来救我", "没有打，差点打起来", "以前打过", "他在门口", "没有，可是我怕", "有", "在楼下",
		"没打我，打了我妈", "不让我走", "没有打但是他在楼下骂", "没有，就是吵，不过他还没走",
	} {
		if denies(fold(said)) {
			t.Errorf("%q is taken for a denial", said)
		}
	}
}
