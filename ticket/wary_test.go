package ticket

import (
	"strings"
	"testing"
)

// TestMistrust holds what residents write who do not want the officer in charge to read it, and what says no such thing.
func TestMistrust(t *testing.T) {
	for _, said := range strings.Split(`这话别给林警官看
别让林元众知道我写的
我怕林元众报复
不要给办案民警看
只给领导看
我不信任林元众
能不能换个人来 不要林元众
能不能换个民警
林元众把我名字说出去了
是你们把我说出去的
能不能别让林警官来`, "\n") {
		if !Wary(said, "林元众") {
			t.Errorf("%q is shown to the officer", said)
		}
	}
	for _, said := range strings.Split(`我怕楼上报复我
别让楼上知道是我说的
不用林警官来了
林警官什么时候来
谢谢林警官
民警来了，楼上还在闹
林警官说下午三点调解，可以`, "\n") {
		if Wary(said, "林元众") {
			t.Errorf("%q is kept from the officer", said)
		}
	}
}

// TestSmallWrongsOfWhoIsNamed holds accusations in words that are none by themselves, and the same names in plain news.
func TestSmallWrongsOfWhoIsNamed(t *testing.T) {
	room := map[string]Officer{"0577": {ID: "0577", Name: "林元众", Role: Police}, "0001": {ID: "0001", Name: "周敏", Role: Chief}}
	for _, said := range strings.Split(`林元众是楼上的表哥
林警官说再打电话就拘留我
林元众让我签空白纸
林元众压着不办
林元众冲我嚷
林元众借了我三千没还
林警官来了站两分钟就走了 还让我忍忍
林元众半夜给我发暧昧消息
林元众酒后开车
林元众抽我
0577收钱
你们所长是他亲戚
一个辅警老是来我店里白吃
穿警服的来我店里收保护费
来调解的人偏着楼上
你们派来的收了我两百
民警把我的电话给了对方`, "\n") {
		if Guarding(said, false, room) == GuardNone {
			t.Errorf("%q is shown to whom it is about", said)
		}
	}
	for _, said := range strings.Split(`林警官你好 我邻居收了我的钱不还
林警官说不行
林警官约我明天调解
林警官告诉楼上不要吵了
林警官半夜来过，楼上才停
林警官让我补一张照片
上次来的快递骂我
民警说门砸坏了要赔
来调解的民警说下周再来
民警让我去窗口换证`, "\n") {
		if g := Guarding(said, false, room); g != GuardNone {
			t.Errorf("%q is guarded: %s", said, g)
		}
	}
}
