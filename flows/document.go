package flows

// This file draws the flows: the same tables that the conversations run on, as diagrams that a police officer can read.

import (
	"fmt"
	"strings"
)

// Document gives all flows as Markdown with one Mermaid diagram each. It is docs/flows.md, and a test keeps the two the same.
func Document() string {
	var b strings.Builder
	b.WriteString("# 对话流程\n\nGenerated from the tables in `flows/` (`frontdesk flows --mermaid`); edit those, not this page.\n\n")
	b.WriteString("每个流程从实心圆点走到结束。随时可以说：取消、上一步、菜单、进度、帮助、人工；图里不再画出来。\n")
	for _, f := range tables() {
		_, _ = fmt.Fprintf(&b, "\n## %s\n\n`%s`\n\n```mermaid\n%s```\n", f.Title, f.Name, f.diagram()) // writing to memory does not fail
	}
	return b.String()
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
	if len(f.Steps) > 0 {
		line("  [*] --> %s", node(f.Steps[0].ID))
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
	} else if flow, _, other := strings.Cut(to, ":"); other {
		for _, g := range tables() {
			if g.Name == flow {
				caption = "转到：" + g.Title
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
	if text, _, _ := strings.Cut(s.Text, "\n"); text != "" {
		return cutRunes(text, 18)
	}
	if n, ok := captions[s.ID]; ok {
		return n
	}
	return s.ID
}

// captions name the steps whose words depend on the conversation.
var captions = map[string]string{
	"menu": "菜单", "consent": "隐私说明", "confirm": "核对", "guess": "猜一猜", "list": "我的事", "ticket": "一张工单", "add": "补充", "rate": "评价",
	"word": "一句话评价", "why": "为什么没解决", "withdraw": "撤回", "sure": "确定吗", "where": "在哪里", "paused": "停了一阵", "letter": "来信", "number": "工单号",
	"declined": "不同意怎么办", "notice": "隐私说明", "which": "办哪一件", "how": "怎么联系", "safe": "是否安全", "resume": "接着办吗", "reply": "回答民警",
}

// node turns a step's name into one that Mermaid takes.
func node(id string) string { return "s_" + strings.NewReplacer(":", "_", "-", "_").Replace(id) }

func quoted(s string) string {
	return strings.NewReplacer("\"", "'", ":", "：", ";", "；", "#", "", "\n", " ").Replace(s)
}
