package flows

// This file draws the flows: the same tables that the conversations run on, as diagrams that a police officer can read.

import (
	"fmt"
	"strings"
)

// Document gives all flows as Markdown with one Mermaid diagram each. It is docs/flows.md, and a test keeps the two the same.
func Document() string {
	var b strings.Builder
	b.WriteString("# 对话流程 Conversations\n\nGenerated from the tables in `flows/` (`frontdesk flows --mermaid`); edit those, not this page.\n\n")
	b.WriteString("每个流程从实心圆点走到结束。随时可以说：取消、上一步、菜单、进度、帮助、人工；图里不再画出来。\n")
	b.WriteString("Every flow runs from the solid dot to its end. The words that work everywhere (cancel, back, menu, progress, help, officer) are not drawn.\n")
	for _, f := range tables() {
		_, _ = fmt.Fprintf(&b, "\n## %s %s\n\n`%s`\n\n```mermaid\n%s```\n", f.Title, english[f.Name], f.Name, f.diagram()) // writing to memory does not fail
	}
	return b.String()
}

// english names the flows in the headings.
var english = map[string]string{
	deskFlow: "Desk", consultFlow: "Consultation", disputeFlow: "Dispute", feedbackFlow: "Feedback", progressFlow: "My matters",
	officerFlow: "An officer in person", dangerFlow: "Emergency",
}

// diagram draws one flow. Answers that lead from one step to the same next one share an arrow.
func (f Flow) diagram() string {
	var b strings.Builder
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(&b, format+"\n", args...) }
	line("stateDiagram-v2")
	line("  direction TB")
	for _, s := range f.Steps {
		line("  state \"%s\" as %s", quoted(s.caption()), node(s.ID))
	}
	for i, s := range f.Steps {
		if i == 0 || s.Entry {
			line("  [*] --> %s", node(s.ID))
		}
	}
	elsewhere := map[string]bool{}
	for i := range f.Steps {
		s := &f.Steps[i]
		var targets []string
		answers := map[string][]string{}
		for _, r := range s.Rows {
			to := f.target(r.To, elsewhere, line)
			if answers[to] == nil {
				targets = append(targets, to)
			}
			answers[to] = append(answers[to], s.eventName(r.On))
		}
		for _, to := range targets {
			line("  %s --> %s: %s", node(s.ID), to, quoted(strings.Join(answers[to], " / ")))
		}
	}
	return b.String()
}

// target names where a row leads; a step of another flow is drawn once as a box of its own.
func (f Flow) target(to string, elsewhere map[string]bool, line func(string, ...any)) string {
	if to == toEnd {
		return "[*]"
	}
	name, caption := node(to), ""
	if to == toAside {
		name, caption = "back_to", "回到刚才的事"
	} else if flow, step, other := strings.Cut(to, ":"); other {
		for _, g := range tables() {
			if g.Name != flow {
				continue
			}
			caption = "转到：" + g.Title
			for _, s := range g.Steps {
				if s.ID == step {
					caption += "，" + s.caption()
				}
			}
		}
	}
	if caption != "" && !elsewhere[name] {
		elsewhere[name] = true
		line("  state \"%s\" as %s", quoted(caption), name)
	}
	return name
}

// caption is how a step is written into its box.
func (s Step) caption() string {
	if s.Label != "" {
		return s.Label
	}
	if n, ok := captions[s.ID]; ok {
		return n
	}
	if text, _, _ := strings.Cut(s.Text, "\n"); text != "" {
		return cutRunes(text, 18)
	}
	return s.ID
}

// captions name the steps that have no label, in a few characters.
var captions = map[string]string{
	"menu": "菜单", "guess": "猜一猜", "which": "办哪一件", "whose": "是不是回答民警", "resume": "接着来吗",
	"notice": "隐私说明", "declined": "不同意怎么办", "refused": "不同意怎么办", "confirm": "核对",
	"danger": "现在有危险吗", "now": "现在在哪里", "where": "现在在哪里", "more": "还有什么情况", "phone": "打哪个电话", "call": "打哪个电话", "safe": "现在有危险吗",
	"list": "我的事", "ticket": "一张工单", "sure": "补充进去吗", "add": "补充", "withdraw": "撤回", "why": "哪里没解决", "rate": "打分", "word": "一句话评价",
	"how": "怎么联系",
}

// node turns a step's name into one that Mermaid takes.
func node(id string) string { return "s_" + strings.NewReplacer(":", "_", "-", "_").Replace(id) }

func quoted(s string) string {
	return strings.NewReplacer("\"", "'", ":", "\uff1a", ";", "\uff1b", "#", "", "\n", " ").Replace(s)
}
