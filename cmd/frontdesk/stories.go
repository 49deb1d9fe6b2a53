package main

import (
	"context"
	"log/slog"
	"time"

	"frontdesk/store"
	"frontdesk/ticket"
	"frontdesk/wechatsim"
)

// This file holds the sample tickets of the demo: residents who really write, through the platform, and officers who really answer.

// demoTalk is what one resident writes, word by word. photo and place stand for what their names say.
type demoTalk struct {
	account, resident string
	lines             []string
}

const (
	photo = "（照片）"
	place = "（位置）"
)

var demoTalks = []demoTalk{
	{demoService, "oChen", []string{"纠纷", "1", "2", "1", "楼上502，姓赵", "从上周起，楼上每天半夜两点还在拖桌子，老人睡不着，说了三次都不听。",
		place, photo, "完成", "晚上十点以后安静就行", "13800001234", "陈阿姨", "1"}},
	{demoService, "oLi", []string{"咨询", "2", "1", "老家在外地，身份证丢了，在这里能补吗？要带什么？", "没有", "不用", "1"}},
	{demoService, "oSun", []string{"意见", "3", "1", "1", "谢谢上周帮我妈找回钱包的民警，一分钱没少。", "没有", "2", "不用", "1"}},
	{demoService, "oZhou", []string{"咨询", "1", "1", "孩子刚出生，户口想落在这边，需要哪些材料？", "没有", "不用", "1"}},
	{demoService, "oWu", []string{"意见", "1", "3", "1", "小学后门晚上路灯不亮，希望夜里多巡逻几趟。", "没有", "1", "1"}},
	{demoService, "oFang", []string{"纠纷", "6", "2", "1", "物业公司", "电梯坏了半个月没人修，打电话总说在等配件。", place, photo, "完成", "尽快修好", "不用", "1"}},
	{demoService, "oXu", []string{"楼下有人拿刀打架，快来人", place, "13700002468", "穿黑衣服的那个拿着刀"}},
	{demoSubscription, "oQian", []string{"纠纷", "3", "2", "1", "工地的包工头，姓马", "干了三个月，两万四工资一直拖着不给，电话也不接。",
		"和平路工地", "没有", "把工钱结了", "13900005678", "钱师傅", "1"}},
}

// demoStories lets the residents write and an officer answer one of them.
func demoStories(ctx context.Context, sim *wechatsim.Platform, s *store.Store, log *slog.Logger) {
	for _, t := range demoTalks {
		r := sim.Resident(t.account, t.resident)
		r.Follow(ctx, "")
		for _, line := range t.lines {
			var got wechatsim.Exchange
			switch line {
			case photo:
				got = r.Image(ctx, wechatsim.SamplePicture())
			case place:
				got = r.Place(ctx, 30.2489, 120.1683, "长安路8号3幢")
			default:
				got = r.Text(ctx, line)
			}
			if got.Failed || got.Err != nil {
				if ctx.Err() == nil {
					log.ErrorContext(ctx, "a sample conversation failed", "resident", t.resident, "why", got.Why)
				}
				return
			}
		}
	}
	if err := demoAnswer(ctx, s); err != nil && ctx.Err() == nil {
		log.ErrorContext(ctx, "a sample answer failed", "err", err)
	}
}

// demoAnswer lets an officer take the question and answer it.
func demoAnswer(ctx context.Context, s *store.Store) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	officer := demoOfficers[1]
	page, err := s.Queue(ctx, officer, ticket.Query{List: ticket.ListQueue})
	if err != nil {
		return err
	}
	for _, h := range page.Rows {
		if h.Kind != ticket.Consult {
			continue
		}
		for i, step := range []ticket.Step{
			{What: ticket.Claim},
			{What: ticket.Reply, Text: "能补。带上户口簿或居住证，到任何一个派出所户籍窗口就行，二十分钟办好，工本费四十元。"},
		} {
			if _, err := s.Act(ctx, officer, h.Number, "demo-"+string(rune('a'+i)), step); err != nil {
				return err
			}
		}
		return nil
	}
	return nil
}
