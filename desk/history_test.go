package desk

import (
	"strings"
	"testing"
	"time"

	"frontdesk/ticket"
)

// TestALetterThatQueues reads on the ticket's page that a letter waits behind an earlier one, why, and until when.
func TestALetterThatQueues(t *testing.T) {
	rm := newRoom(t)
	n := rm.open(nil)
	b := rm.browser()
	b.enters("3301", password)
	b.acts(n, ticket.Claim, "")
	b.acts(n, ticket.Reply, "带上户口簿")
	first := ticket.Delivery{
		Letter: "first", Fate: ticket.Sending, Tries: 1, Reason: "公众号今天的发送额度用完了，恢复后自动重发。", At: rm.now, NextTry: rm.now.Add(time.Hour),
	}
	own := ticket.Delivery{Letter: string(n) + ":3", Ticket: n, Seq: 3, Fate: ticket.Sending, At: rm.now, NextTry: rm.now}
	rm.letters = map[ticket.Number][]ticket.Delivery{n: {own.Behind(first)}}
	_, page := b.get("/desk/tickets/" + string(n))
	for _, words := range []string{`<p class="fate sending"><b>排队等发送</b>`, "前面还有一封信没送出", "额度用完了", "10:00 再试"} {
		if !strings.Contains(page, words) {
			t.Errorf("the page does not say %q", words)
		}
	}
	rm.letters = map[ticket.Number][]ticket.Delivery{n: {own}}
	if _, page := b.get("/desk/tickets/" + string(n)); !strings.Contains(page, "<b>发送中</b>") || strings.Contains(page, "排队等发送") {
		t.Error("a letter in front is shown as one behind")
	}
	own.Fate = ticket.Delivered
	rm.letters = map[ticket.Number][]ticket.Delivery{n: {own.Behind(first)}}
	if _, page := b.get("/desk/tickets/" + string(n)); !strings.Contains(page, "<b>已送达</b>") {
		t.Error("a letter that arrived is shown as one that waits")
	}
}

func TestWhatNobodyKnowsIsShownAsSuch(t *testing.T) {
	l := letterOf(ticket.Delivery{Fate: ticket.Unconfirmed, Reason: "发了两次"}, time.Now())
	if l.Text != "可能已送达，未确认" || l.State != "failed" || l.Detail != "发了两次" || !worse(ticket.Unconfirmed, ticket.InMailbox) {
		t.Errorf("shown as %+v", l)
	}
}
