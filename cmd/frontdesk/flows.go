package main

import (
	"fmt"

	"frontdesk/flows"
)

type flowsCommand struct{}

// Run checks the tables.
func (flowsCommand) Run(env environment) error {
	if err := flows.Check(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(env.Stdout, "the conversations hold together")
	return err
}
