package flows

import (
	"strings"
	"testing"
)

func TestAPlaceAmongWords(t *testing.T) {
	for _, said := range strings.Split(`景宁路3号2幢301
3幢201
老街8号三楼
阳光小区
阳光小区5幢
陽光小區5棟
南门烧烤摊对面的农业银行
长安大厦
在人民医院急诊
东门桥
二单元五楼
2-301
我在南门派出所门口
县一中学门口
王家村
Sunshine hotel room 301
国道边的加油站往北的东方红加油站`, "\n") {
		if !placeLike(fold(said)) {
			t.Errorf("%q is no place", said)
		}
	}
	for _, said := range strings.Split(`没人管我
在家里
我家
楼下
他又往东跑了
在门外
我躲在厕所
你们什么时候来
他走了
不知道
13800001234
我在路上
他在楼上
快点来人
他说要打110
有一个人`, "\n") {
		if placeLike(fold(said)) {
			t.Errorf("%q is taken for a place", said)
		}
	}
}

func TestOverIsOver(t *testing.T) {
	for said, want := range map[string]string{
		"安全了": "safe", "好了，没事了": "safe", "警察来了，谢谢": "safe", "没事了吧": "", "没事了": "safe", "没事了，他又来了": "", "谢谢": "", "他走了": "", "孩子找到了！": "safe",
	} {
		if got := hearSafe(&talk{flat: fold(said), raw: said}); got != want {
			t.Errorf("%q is heard as %q", said, got)
		}
	}
}
