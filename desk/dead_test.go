package desk

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"frontdesk/ticket"
)

// TestWhatCouldNotBeWorked shows those who look over the room how much there is, since when and why, and nobody else that there is any.
func TestWhatCouldNotBeWorked(t *testing.T) {
	rm := newRoom(t)
	seen := rm.open(nil)
	hidden := rm.open(func(o *ticket.Opening) {
		o.Kind, o.Restricted, o.Complaint = ticket.Feedback, true, "吴建国所长态度不好"
	})
	chief, lin := rm.browser(), rm.browser()
	chief.enters("chief", password)
	lin.enters("3301", password)
	if _, page := chief.get("/desk/"); strings.Contains(page, "没能处理") || !strings.Contains(page, `id="dead"`) {
		t.Error("nothing died, and the list says so, or has no room to say that something did")
	}
	if _, page := chief.get("/desk/dead"); !strings.Contains(page, "现在没有处理不了的消息") {
		t.Error("the empty page does not say that it is empty")
	}
	dead := ticket.Dead{
		Account: roomAccount, Where: ticket.AtCallback, Why: ticket.Panicked, Detail: "decode.go:77", Identity: "o-resident:1", Resident: "o-resident",
		At: rm.now.Add(-2 * time.Hour), Original: "楼上半夜拖桌子",
	}
	rm.dead = []ticket.Dead{dead.Named()}
	for _, n := range []ticket.Number{seen, hidden} {
		rm.dead = append(rm.dead, ticket.Dead{
			Account: roomAccount, Where: ticket.AtSender, Why: ticket.Hung, Identity: ticket.Personal(n + ":2"), Resident: "o-resident", Ticket: n, At: rm.now,
		}.Named())
	}
	if _, page := chief.get("/desk/"); !strings.Contains(page, `<a href="/desk/dead">3 条消息没能处理</a>`) {
		t.Error("the chief's list is silent")
	}
	status, page := chief.get("/desk/dead")
	for _, words := range []string{"居民发来的消息", "处理时程序出错", "2 小时前", "发给居民的信", "处理时程序没有反应", rm.dead[0].ID, "frontdesk dead replay", seen.Spoken()} {
		if status != http.StatusOK || !strings.Contains(page, words) {
			t.Errorf("status %d, the page does not say %q", status, words)
		}
	}
	for _, words := range []string{"o-resident", "拖桌子", "decode.go", string(hidden), hidden.Spoken()} {
		if strings.Contains(page, words) {
			t.Errorf("the page says %q", words)
		}
	}
	if status, page := lin.get("/desk/dead"); status != http.StatusNotFound || strings.Contains(page, rm.dead[0].ID) {
		t.Errorf("an officer's page: status %d", status)
	}
	if _, page := lin.get("/desk/"); strings.Contains(page, "没能处理") || strings.Contains(page, `id="dead"`) {
		t.Error("an officer's list tells")
	}
}

// TestALotCouldNotBeWorked holds that the page stays short, and says that there is more.
func TestALotCouldNotBeWorked(t *testing.T) {
	rm := newRoom(t)
	for i := range deadShown + 7 {
		rm.dead = append(rm.dead, ticket.Dead{Account: roomAccount, Where: "elsewhere", Why: "unknown", Identity: ticket.Personal(fmt.Sprint(i)), At: rm.now}.Named())
	}
	chief := rm.browser()
	chief.enters("chief", password)
	if _, page := chief.get("/desk/dead"); strings.Count(page, "<li class=\"card\">") != deadShown || !strings.Contains(page, "还有 7 条") {
		t.Errorf("%d are listed", strings.Count(page, "<li class=\"card\">"))
	}
}
