package main

import (
	"strconv"
	"testing"
)

// seen is the phone that shows, of all residents' phones on the page.
const seen = `[...` + phoneSide + `.querySelectorAll('.phone')].find(p => p.offsetParent !== null)`

// says lets the resident write and waits until the room's answer holds the words.
func (b *tab) says(text, answer string) {
	b.t.Helper()
	b.script(`const p = %s; window.mark = p.querySelector(".chat").innerText.length; const t = p.querySelector('.entry textarea'); t.value = %s;
		t.dispatchEvent(new Event('input', {bubbles: true})); p.querySelector('.entry .send').click()`, seen, strconv.Quote(text))
	b.hears(answer)
}

// hears waits until the phone shows the words below what the resident wrote last.
func (b *tab) hears(words string) {
	b.t.Helper()
	b.until(`%s.querySelector(".chat").innerText.slice(window.mark || 0).includes(%s)`, seen, strconv.Quote(words))
}

// TestRoundTrip lets a newcomer's eyes follow the whole way on one page: a dispute is told on the phone, becomes a ticket in the console, is
// claimed, answered and resolved there, and the resident hears back, says that it helped and gives five points.
func TestRoundTrip(t *testing.T) {
	for _, at := range []struct {
		name          string
		width, height int64
	}{{"1440", 1440, 900}, {"390", 390, 844}} {
		t.Run(at.name, func(t *testing.T) {
			base := startDemo(t)
			b := browser(t)
			narrow := at.width < 500
			b.open(at.width, at.height, base+"/")
			side := func(n int) {
				if narrow {
					b.script(`document.querySelectorAll('.tab')[%d].click()`, n)
				}
			}
			b.until(`%s.querySelector('.samples button')`, consoleSide)
			b.script(`%s.querySelector('.samples button').click()`, consoleSide)
			b.until(`%s.querySelector('#rows')`, consoleSide)
			b.until(`%s.querySelector('.welcome .follow')`, seen)
			b.script(`%s.querySelector('.welcome .follow').click()`, seen)
			b.hears("110")
			b.says("纠纷", "是哪一类的事")
			b.says("1", "先问最要紧的")
			b.says("2", "您同意吗")
			b.says("1", "是和谁有矛盾")
			b.says("对门的邻居", "发生了什么")
			b.says("天天把垃圾堆在我家门口，说了也不听", "事情发生在哪里")
			b.says("和平路12号3单元", "有照片")
			b.says("没有", "您希望怎么解决")
			b.says("请他搬走", "方便留个电话吗")
			b.says("13800001234", "怎么称呼您")
			b.says("刘阿姨", "请您核对一下")
			if narrow {
				b.shot("phone-390")
			}
			b.says("1", "工单号是")

			side(1)
			const row = `[...` + consoleSide + `.querySelectorAll('#rows .row')].find(r => r.innerText.includes('天天把垃圾堆'))`
			b.until(row)
			b.shot("queue-" + at.name)
			b.script(`%s.querySelector('.title').click()`, row)
			b.until(`%s.querySelector('#dock [data-claim]') && %s.body.innerText.includes('和平路12号3单元')`, consoleSide, consoleSide)
			b.script(`%s.querySelector('#dock [data-claim]').requestSubmit()`, consoleSide)
			b.until(`%s.querySelector('#do-reply')`, consoleSide)
			b.script(`const d = %s; d.querySelector('#text').value = '您好，我下午三点上门，请对门一起商量。'; d.querySelector('form.compose').requestSubmit()`, consoleSide)
			b.until(`[...%s.querySelectorAll('.entry')].some(e => e.innerText.includes('下午三点') && e.innerText.includes('已送达'))`, consoleSide)
			if !narrow {
				b.shot("demo-1440")
			}
			b.script(`const d = %s; d.querySelector('#do-resolve').click(); d.querySelector('#text').value = '垃圾已经清走，对门答应不再堆。'; d.querySelector('form.compose').requestSubmit()`, consoleSide)
			b.until(`%s.querySelector('#state').innerText.includes('已办结待确认')`, consoleSide)

			side(0)
			b.hears("垃圾已经清走")
			b.says("解决了", "分")
			b.says("5分，来得很快", "谢谢您的5分")
			side(1)
			b.until(`%s.querySelector('#history').innerText.includes('确认已经解决')`, consoleSide)
			b.until(`%s.querySelector('#state .stars')`, consoleSide)
			b.open(at.width, at.height, base+"/desk/?list=open")
			b.until(`document.querySelector('.row .title')`)
			b.script(`[...document.querySelectorAll('.row')].find(r => r.innerText.includes('楼上')).querySelector('.title').click()`)
			b.until(`document.querySelector('#history')`)
			b.shot("ticket-" + at.name)
		})
	}
}
