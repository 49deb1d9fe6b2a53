package flows

// This file holds how words are recognized as a place that somebody can be sent to.

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// vague are words that sound like a place and send nobody anywhere.
var vague = strings.NewReplacer(pairWith("", "我家 我们家 他家 她家 家里 在家 楼上 楼下 楼道 路上 路边 路人 走路 半路 一路 马路边 马路上 街上 村里 我们小区 我们村 小区里 小区门口 学校里 医院里 店里 厂里 宿舍里 公园里 外面 门口 "+
	"不知道 知道 道理 隧道里 桥上 车上 车里 车站里 号码 几号 今天 昨天 一个 有人管 没人管 线路 出路 活路 死路 网路 电路 短路 房间 厕所 卫生间 衣柜 银行卡 一路上 上路 赶路 让路 带路 问路 超市里 商场里")...)

func pairWith(to, words string) []string {
	var out []string
	for _, w := range strings.Fields(words) {
		out = append(out, w, to)
	}
	return out
}

// placeNames end the names of places: something stands before them.
var placeNames = strings.Fields("路 街 巷 弄 大道 国道 省道 高速 胡同 小区 社区 新村 村 镇 乡 苑 花园 家园 公寓 大厦 广场 写字楼 中学 小学 大学 学校 幼儿园 医院 卫生院 酒店 宾馆 旅馆 民宿 饭店 商场 超市 市场 菜场 大桥 桥 公园 车站 地铁站 站 " +
	"码头 工业区 开发区 工业园 厂 工地 宿舍 银行 网吧 KTV ktv 药店 加油站 停车场 收费站 服务区 水库 河 湖 庙 寺 城 区 县 市 street road building hotel hospital school station park")

// landmark is a place that people know without a number, or a car that can be looked for.
var landmark = regexp.MustCompile(`万达|吾悦|银泰|沃尔玛|大润发|物美|永辉|肯德基|麦当劳|星巴克|活动中心|文化宫|体育馆|图书馆|村委|居委|村口|桥洞|大樟树|大榕树|高速上|隧道口|立交|环岛|红绿灯|车牌.{0,2}[\p{Han}][a-z][a-z0-9]{4,6}`)

// houseWords end the numbers of houses, floors and rooms.
var houseWords = strings.Fields("号 幢 栋 座 楼 单元 室 层 弄 组 队 巷 期 门 房")

// placeLike says whether folded words name a place: a street, an estate, a building known by name, or a house by its number.
func placeLike(flat string) bool {
	if strings.Contains(flat, "警务室") || strings.Contains(flat, "派出所") || landmark.MatchString(flat) {
		return true
	}
	s := vague.Replace(flat)
	for _, name := range placeNames {
		if i := strings.Index(s, name); i > 0 && utf8.RuneCountInString(lastClause(s[:i])) >= 1 {
			return true
		}
	}
	for _, w := range houseWords {
		for at := 0; ; {
			i := strings.Index(s[at:], w)
			if i < 0 {
				break
			}
			r, _ := utf8.DecodeLastRuneInString(s[:at+i])
			if r >= '0' && r <= '9' || hanDigits[r] > 0 || r == '十' || r >= 'a' && r <= 'z' {
				return true
			}
			at += i + len(w)
		}
	}
	return threeDigits(s)
}

// lastClause is what stands directly before a place's ending, without the words that lead to it.
func lastClause(s string) string {
	list := clauses(s)
	if len(list) == 0 {
		return ""
	}
	c := list[len(list)-1]
	for _, lead := range []string{"我现在在", "我在", "现在在", "他在", "她在", "人在", "就在", "在", "去", "到", "这个", "那个", "一个", "的"} {
		if i := strings.LastIndex(c, lead); i >= 0 {
			c = c[i+len(lead):]
		}
	}
	return c
}

// threeDigits says whether a room number stands in the words: "2-301", "5栋302". A telephone number is none.
func threeDigits(s string) bool {
	run := 0
	for i := 0; i <= len(s); i++ {
		if i < len(s) && s[i] >= '0' && s[i] <= '9' {
			run++
			continue
		}
		if (run == 3 || run == 4) && s[i-run:i] != "110" && s[i-run:i] != "120" && s[i-run:i] != "119" {
			return true
		}
		run = 0
	}
	return false
}
