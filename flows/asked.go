package flows

// This file holds how an answer to an officer's question is told from what else a resident was doing.

import (
	"strings"
	"time"

	"frontdesk/ticket"
)

// talkTime is how long somebody who answered an officer is taken to go on talking to them.
const talkTime = 15 * time.Minute

// talking gives the ticket about which the resident just answered an officer, when what they say now may belong to that.
func (t *talk) talking(g hunch) (ticket.Number, bool) {
	h, ok := t.ticket(t.c.Ticket)
	if t.c.Flow != "" || !ok || !h.Can(ticket.Say) || t.w.Now.Sub(t.c.At) > talkTime || begins(t.flat, newLeads) {
		return "", false
	}
	return h.Number, g.score < sureGuess || string(h.Kind) == g.flow && t.sameTopic(h, g)
}

// answersNow says whether words that say nothing by themselves answer a question of an officer's: 可以, 在, or a thumb.
func (t *talk) answersNow() bool {
	if t.in.Kind != Text || strings.TrimSpace(t.raw) == "" || isBareNumber(t.flat) {
		return false
	}
	if !legible(t.raw) {
		return strings.ContainsAny(t.raw, "👌👍✌🆗☝🙆") || strings.Contains(t.raw, "[OK]") || strings.Contains(t.raw, "[强]")
	}
	word := strings.TrimRight(t.whole(), particles)
	if isYes(t.flat) { // 好的,谢谢
		return true
	}
	switch word {
	case "你好", "您好", "hello", "hi", "哈喽", "喂", "再见", "拜拜", "晚安", "谢谢", "多谢", "感谢", "开始", "不客气":
		return false
	}
	if strings.Contains(t.flat, "谢") || strings.Contains(t.flat, "辛苦") || strings.Contains(word, "你好") || strings.Contains(word, "您好") {
		return false
	}
	return isThanks(t.flat) || isGreeting(t.flat) || isYes(t.flat) || isBareNo(t.flat) || len([]rune(word)) < 2 && !isSigh(t.flat)
}

// askedSince passes what is said over to an officer's question that came after the question which stands here was put: who answers may mean
// either, and is asked. On the page of that very ticket nobody has to be asked.
func (t *talk) askedSince() bool {
	p, s := t.plan(), t.step()
	if t.c.Flow == "" || p.Name == dangerFlow || p.Name == officerFlow || t.c.Ticket != "" && p.Keep || p.Name == deskFlow && (s.ID == "menu" || s.ID == "whose") {
		return false
	}
	since, at := false, t.c.At
	if a := t.c.Aside; s.ID == "resume" && a != nil && at.IsZero() { // after the pause that ends now
		at = a.At
	}
	var asked ticket.Number
	for _, h := range t.waiting() {
		if !at.IsZero() && !h.UpdatedAt.Before(at) {
			since, asked = true, h.Number
		}
	}
	if !since || t.in.Kind == Text && t.meansStep(s) {
		return false
	}
	if p.Name == progressFlow && t.c.Ticket == asked && s.ID != "withdraw" {
		t.got = Answer{Value: string(asked), Text: ticket.Personal(t.raw)}
		answerOfficer(t)
		t.talks = ""
		return true
	}
	t.c = Conversation{Flow: deskFlow, Step: "menu", Aside: t.aside(), At: t.c.At}
	t.move("whose")
	return true
}

// meansStep says whether a message can only be an answer at this step: a choice by its number or its own words. A yes or a no may be meant for
// whoever asked last.
func (t *talk) meansStep(s *Step) bool {
	if !legible(t.raw) && !t.answersNow() {
		return true
	}
	if isYes(t.flat) || isNone(t.flat) || isBareNo(t.flat) || isThanks(t.flat) || t.answersNow() {
		return false
	}
	if s.ID == "ticket" || s.ID == "add" {
		return deedWords[t.whole()] != ""
	}
	if s.ID == "resume" && isBareNumber(t.flat) {
		return true
	}
	_, chosen := t.choose(s)
	return chosen || isBareNumber(t.flat) && len(t.offered(s)) > 0
}
