package main

import (
	"fmt"

	"frontdesk/flows"
)

type flowsCommand struct {
	Mermaid bool `help:"Draw the conversations: Markdown with one Mermaid diagram each."`
}

// Run checks the tables, and draws them where that is wanted.
func (c flowsCommand) Run(env environment) error {
	if err := flows.Check(); err != nil {
		return err
	}
	if c.Mermaid {
		_, err := fmt.Fprint(env.Stdout, flows.Document())
		return err
	}
	_, err := fmt.Fprintln(env.Stdout, "the conversations hold together")
	return err
}
