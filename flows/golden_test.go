package flows

// This file holds the golden conversations: scripts under testdata that anybody of the room can read. Lines of the resident and what
// happens in brackets () are the script; what the room answers and what is written down [] is checked, and written anew by -update.

import (
	"encoding/binary"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"frontdesk/ticket"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestConversations(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	visited := map[string]bool{}
	total := 0
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i := range archive.Files {
			total++
			story := &archive.Files[i]
			t.Run(filepath.Base(file)+"/"+story.Name, func(t *testing.T) {
				got := tellStory(t, string(story.Data), visited)
				if *update {
					story.Data = []byte(got)
					return
				}
				if d := cmp.Diff(string(story.Data), got); d != "" {
					t.Errorf("the conversation changed (-want +got):\n%s", d)
				}
			})
		}
		if *update {
			if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if total < 60 {
		t.Errorf("%d conversations, want at least sixty", total)
	}
	checkVisited(t, visited)
}

// checkVisited fails for each row that no conversation takes.
func checkVisited(t *testing.T, visited map[string]bool) {
	t.Helper()
	var missed []string
	for _, f := range tables() {
		for _, s := range f.Steps {
			for _, r := range s.Rows {
				if key := f.Name + "/" + s.ID + "/" + r.On; !visited[key] {
					missed = append(missed, key)
				}
			}
		}
	}
	for _, word := range commands {
		if key := "everywhere//" + word; !visited[key] {
			missed = append(missed, key)
		}
	}
	sort.Strings(missed)
	for i, m := range missed {
		if i == 0 || missed[i-1] != m {
			t.Errorf("no conversation takes %s", m)
		}
	}
}

// stage is where a story is played.
type stage struct {
	t       *testing.T
	r       Resident
	w       World
	serial  int
	numbers []ticket.Number
	taps    map[string]string
	lag     time.Duration
	b       strings.Builder
}

// counter gives the bytes that ticket numbers are drawn from.
type counter struct{ n *uint64 }

func (c counter) Read(p []byte) (int, error) {
	*c.n += 7_654_321
	binary.BigEndian.PutUint64(p, *c.n)
	return 8, nil
}

// theWorld is the room that the stories are played in.
func theWorld() World {
	return World{
		Now: time.Date(2026, 11, 24, 3, 10, 0, 0, ticket.Shanghai),
		Account: ticket.Account{
			ID: "gh_lamp", Name: "不打烊警务室", Hotline: "0577-88001234", Keeps: "办结后三年",
			Stations: []ticket.Station{
				{ID: "main", Name: "南门警务室", Phone: "0577-88001234", Place: "景宁路1号", Grids: []ticket.Grid{{ID: "g3", Name: "第三网格", Community: "阳光社区"}}},
				{ID: "east", Name: "东门警务室", Phone: "0577-88005678", Place: "东门街9号"},
			},
		},
		Officers: map[string]ticket.Officer{
			"0577": {ID: "0577", Name: "林元众", Role: ticket.Police, Account: "gh_lamp", Station: "main"},
			"0600": {ID: "0600", Name: "周敏", Role: ticket.Chief, Account: "gh_lamp"},
			"0666": {ID: "0666", Name: "旧人", Role: ticket.Police, Account: "gh_lamp", Disabled: true},
		},
	}
}

// tellStory plays a script and gives it back with the answers as they are now.
func tellStory(t *testing.T, script string, visited map[string]bool) string {
	t.Helper()
	s := &stage{t: t, r: Resident{Account: "gh_lamp", OpenID: "o-resident", Followed: true}, w: theWorld(), taps: map[string]string{}}
	s.w.walked = func(flow, step, on string) { visited[flow+"/"+step+"/"+on] = true }
	for _, line := range strings.Split(script, "\n") {
		switch {
		case strings.HasPrefix(line, "居民："):
			fmt.Fprintf(&s.b, "%s\n", line)
			text := strings.ReplaceAll(strings.TrimPrefix(line, "居民："), "⏎", "\n")
			in := Input{Kind: Text, Text: ticket.Personal(text)}
			s.send(in)
		case strings.HasPrefix(line, "\uff08") && strings.HasSuffix(line, "\uff09"):
			fmt.Fprintf(&s.b, "%s\n", line)
			s.direct(strings.TrimSuffix(strings.TrimPrefix(line, "\uff08"), "\uff09"))
		case strings.HasPrefix(line, "#"):
			fmt.Fprintf(&s.b, "%s\n", line)
		}
	}
	return s.b.String()
}

// direct carries out a stage direction.
func (s *stage) direct(what string) {
	word, rest, _ := strings.Cut(what, " ")
	switch word {
	case "关注":
		s.send(Input{Kind: Follow, Key: rest})
	case "扫码":
		s.send(Input{Kind: Scan, Key: rest})
	case "撤回授权":
		s.send(Input{Kind: Revoke})
	case "取消关注":
		s.send(Input{Kind: Leave})
	case "点菜单":
		s.send(Input{Kind: Menu, Key: rest})
	case "打开网页":
		s.send(Input{Kind: Other})
	case "发照片", "发语音", "发视频":
		kind := map[string]InputKind{"发照片": Photo, "发语音": Voice, "发视频": Video}[word]
		n := 1
		if rest != "" {
			n, _ = strconv.Atoi(strings.TrimSuffix(rest, "张"))
		}
		for range n {
			s.send(Input{Kind: kind, File: &ticket.Attachment{ID: fmt.Sprintf("media-%d", s.serial+1), Kind: ticket.MediaKind(kind)}})
		}
	case "发位置":
		s.send(Input{Kind: Place, Place: &ticket.Place{Lat: 28.01234, Lng: 120.65432, Label: ticket.Personal(rest)}})
	case "发链接":
		s.send(Input{Kind: Link, Text: ticket.Personal(strings.ReplaceAll(rest, "⏎", "\n"))})
	case "发长文":
		n, _ := strconv.Atoi(strings.TrimSuffix(rest, "字"))
		s.send(Input{Kind: Text, Text: ticket.Personal(strings.Repeat("天天吵得睡不着啊。", n/9))})
	case "点答案":
		s.send(Input{Kind: Text, Text: ticket.Personal(rest), Tap: s.taps[rest]})
	case "过了":
		s.w.Now = s.w.Now.Add(duration(s.t, rest))
	case "下一条在等答复时就发出了":
		s.lag = 2 * time.Second
	case "公众号能推送":
		s.w.CanPush = true
	case "已同意隐私说明":
		s.r.Consent = Consent{Version: Notice, At: s.w.Now}
	case "软件更新，停在已经没有的一步":
		s.r.Conversation.Step = "gone"
	case "软件更新，停在已经没有的流程":
		s.r.Conversation.Flow = "gone"
	case "一个回答最多":
		s.w.Limit, _ = strconv.Atoi(strings.TrimSuffix(rest, "字节"))
	case "民警":
		s.officer(rest)
	default:
		s.t.Fatalf("no such stage direction: %s", what)
	}
}

func duration(t *testing.T, s string) time.Duration {
	t.Helper()
	for unit, d := range map[string]time.Duration{"秒": time.Second, "分钟": time.Minute, "小时": time.Hour, "天": 24 * time.Hour} {
		if n, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(s, unit))); err == nil && strings.HasSuffix(s, unit) {
			return time.Duration(n) * d
		}
	}
	t.Fatalf("how long is %q?", s)
	return 0
}

// send lets the resident send something.
func (s *stage) send(in Input) {
	s.t.Helper()
	s.serial++
	s.w.Now = s.w.Now.Add(20 * time.Second)
	in.ID, in.At = fmt.Sprintf("msg-%d", s.serial), s.w.Now.Truncate(time.Second)
	if s.lag > 0 {
		s.w.Now = s.w.Now.Add(-20 * time.Second)
		in.At, s.lag = s.r.Conversation.At.Add(-s.lag), 0
	}
	draw := uint64(s.serial) * 7_654_321
	number, err := ticket.NewNumber(counter{&draw})
	if err != nil {
		s.t.Fatal(err)
	}
	s.w.Number = number
	c, err := Decide(s.r, in, s.w)
	if err != nil {
		s.t.Fatalf("decide: %v", err)
	}
	before := s.r
	s.r = s.r.After(c)
	if c.Answer != "" {
		fmt.Fprintf(&s.b, "警务室：%s\n", indent(c.Answer))
	}
	for _, l := range c.Letters {
		fmt.Fprintf(&s.b, "警务室（随后）：%s\n", indent(l.Text.Reveal()))
	}
	s.record(before, c)
	s.b.WriteByte('\n')
}

// record writes down what was written down.
func (s *stage) record(before Resident, c Change) {
	for _, tc := range c.Tickets {
		for _, e := range tc.Entries {
			fmt.Fprintf(&s.b, "[工单 %s", tc.After.Number.Spoken())
			if o := e.Opening; o != nil {
				s.numbers = append(s.numbers, tc.After.Number)
				fmt.Fprintf(&s.b, " 新%s", o.Kind.Name())
				for _, x := range []struct {
					on   bool
					word string
				}{{o.Urgent, "加急"}, {o.Anonymous, "匿名"}, {o.Restricted, "只有负责人可见"}, {o.Complaint != "", "被点名的人不可见"}} {
					if x.on {
						s.b.WriteString(" " + x.word)
					}
				}
				fmt.Fprintf(&s.b, " 给 %s 标题“%s”", strings.Trim(o.Home.Station+"/"+o.Home.Grid+"/"+o.Home.Officer, "/"), o.Title.Reveal())
				for _, f := range o.Fields {
					fmt.Fprintf(&s.b, "\n    %s\uff1a%s", f.Label, cutRunes(f.Value.Reveal(), 80))
				}
				if o.Place != nil {
					fmt.Fprintf(&s.b, "\n    位置：%.5f,%.5f", o.Place.Lat, o.Place.Lng)
				}
				if len(o.Media) > 0 {
					fmt.Fprintf(&s.b, "\n    附件：%s", counted(o.Media))
				}
			} else {
				fmt.Fprintf(&s.b, " %s", e.What.Name())
				if e.Rating > 0 {
					fmt.Fprintf(&s.b, " %d分", e.Rating)
				}
				if e.Text != "" {
					fmt.Fprintf(&s.b, " “%s”", cutRunes(e.Text.Reveal(), 80))
				}
				if len(e.Media) > 0 {
					fmt.Fprintf(&s.b, " %s", counted(e.Media))
				}
				if e.Guard != ticket.GuardNone {
					if name, ok := strings.CutPrefix(string(e.Guard), "holder:"); ok {
						s.b.WriteString(" " + name + "不可见")
					}
					s.b.WriteString(map[ticket.Guard]string{ticket.GuardNamed: " 被点名的人不可见", ticket.GuardOverseers: " 只有负责人可见"}[e.Guard])
				}
				fmt.Fprintf(&s.b, " → %s", tc.After.Status.Name())
			}
			s.b.WriteString("]\n")
		}
	}
	if c.Consent.Version != before.Consent.Version && c.Consent.Version != "" {
		fmt.Fprintf(&s.b, "[同意隐私说明 %s]\n", c.Consent.Version)
	}
	if c.Consent.Version == "" && before.Consent.Version != "" && !c.Forget {
		s.b.WriteString("[收回对隐私说明的同意]\n")
	}
	if c.Home != before.Home && c.Home != (ticket.Home{}) {
		fmt.Fprintf(&s.b, "[往后的事转到 %s]\n", c.Home.Scene())
	}
	if n := len(c.Keep); n > 0 {
		fmt.Fprintf(&s.b, "[还有%d段放进信箱]\n", n)
	}
	if n := len(c.Taken); n > 0 {
		fmt.Fprintf(&s.b, "[送到%d封信]\n", n)
	}
	if c.Forget {
		s.b.WriteString("[忘掉这位居民]\n")
	}
}

// officer lets somebody of the room act: "0577 受理 1", "0577 答复 1 马上到".
func (s *stage) officer(what string) {
	part := strings.SplitN(what, " ", 4)
	o, n := s.w.Officers[part[0]], 0
	if len(part) > 2 {
		n, _ = strconv.Atoi(part[2])
	}
	if n < 1 || n > len(s.numbers) {
		s.t.Fatalf("no such ticket: %s", what)
	}
	move := map[string]ticket.What{
		"受理": ticket.Claim, "答复": ticket.Reply, "询问": ticket.Ask, "办结": ticket.Resolve, "调解": ticket.Mediate, "转交": ticket.Transfer,
		"接收": ticket.Accept, "退回": ticket.Return, "不予受理": ticket.Reject, "备注": ticket.Note, "归档": ticket.Expire, "合并": ticket.Merge,
	}[part[1]]
	step := ticket.Step{What: move, By: o.By(), At: s.w.Now}
	if len(part) > 3 {
		step.Text = ticket.Personal(part[3])
	}
	if move == ticket.Transfer {
		step.To, step.Text = ticket.Actor{Name: part[3]}, ""
	}
	if move == ticket.Merge {
		step.Into, step.Text = "100000009", ""
	}
	for i, h := range s.r.Tickets {
		if h.Number != s.numbers[n-1] {
			continue
		}
		after, entry, err := h.Do(step)
		if err != nil {
			s.t.Fatalf("%s: %v", what, err)
		}
		s.r.Tickets = append([]ticket.Header(nil), s.r.Tickets...)
		s.r.Tickets[i] = after
		s.r.Version++
		l, ok := LetterFor(after, entry)
		if !ok {
			return
		}
		for _, tap := range l.Taps {
			s.taps[tap.Text] = tap.ID
		}
		if s.w.CanPush {
			fmt.Fprintf(&s.b, "警务室（来信）：%s\n\n", indent(l.Text.Reveal()))
			return
		}
		s.r.Mailbox = append(append([]ticket.Letter(nil), s.r.Mailbox...), l)
	}
}

// indent makes further lines of a text belong to their first.
func indent(s string) string { return strings.ReplaceAll(s, "\n", "\n  ") }
