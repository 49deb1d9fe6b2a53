package main

import (
	"fmt"

	"frontdesk/flows"
)

type flowsCommand struct {
	Mermaid bool `help:"Print the conversations with their diagrams, as docs/flows.md holds them."`
}

// Run checks the tables and, when asked, prints them.
func (c flowsCommand) Run(env environment) error {
	if err := flows.Check(); err != nil {
		return fmt.Errorf("the conversations are broken: %w", err)
	}
	text := "the conversations hold together\n"
	if c.Mermaid {
		text = flows.Document()
	}
	_, err := fmt.Fprint(env.Stdout, text)
	return err
}
