package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"frontdesk/cmd/torture/growth"
)

// This file measures the messages that write most: the last one of a conversation, which opens a ticket, and one that addingMessage words to it. They come after
// what only reads, because each makes the smallest town a little larger.

const (
	openingMessage = "message that opens a ticket"
	addingMessage  = "message that adds to one"
)

// measured are the names of all that is measured, in the order of the table.
func measured() []string {
	names := []string{deeds[0].name, openingMessage, addingMessage}
	for _, d := range deeds[1:] {
		names = append(names, d.name)
	}
	return names
}

// writeTurns lets residents of every size walk whole conversations, one after the other; see takeTurns.
func writeTurns(ctx context.Context, all []*grown, rounds, uncounted int) error {
	for round := range rounds + uncounted {
		for i := range all {
			g := all[(round+i)%len(all)]
			opened, added, err := g.converse(ctx, round)
			if err != nil {
				return fmt.Errorf("a conversation at %d: %w", g.tickets, err)
			}
			if round >= uncounted {
				g.took[openingMessage], g.took[addingMessage] = append(g.took[openingMessage], opened), append(g.took[addingMessage], added...)
			}
		}
	}
	for _, g := range all {
		if x := g.sim.Resident(townAccount, newcomer(rounds-1)).Raw(ctx, g.sim.Message(townAccount, newcomer(rounds-1), "MsgType", "text", "Content", "进度")); !strings.Contains(x.Answer, "纠纷") {
			return fmt.Errorf("at %d: the conversations made nothing: %s %w", g.tickets, x.Why, x.Err)
		}
	}
	return nil
}

// newcomer is a resident that the town did not have before.
func newcomer(i int) string { return growth.OpenID(1_000_000_000 + i) }

// additions is how often a newcomer adds to their matter: the slowest of a hundred are to be known as well as those of what only reads, and the towns to grow little.
const additions = 5

// addedAt is the message of an addition that brings its words.
const addedAt = 3

// converse has a newcomer tell a matter and add to it, and gives how long the message took that opened the ticket, and those which added to it.
func (g *grown) converse(ctx context.Context, i int) (opened time.Duration, added []time.Duration, err error) {
	who, at := newcomer(i), 0
	say := func(talk []line) (took []time.Duration, err error) {
		for _, l := range talk {
			d, err := g.writes(ctx, at%len(g.replicas), who, l.say)
			if err != nil {
				return nil, err
			}
			at, took = at+1, append(took, d)
		}
		return took, nil
	}
	first, err := say(dispute(strconv.Itoa(i) + "号"))
	if err != nil {
		return 0, nil, err
	}
	for n := range additions {
		then, err := say(addition(fmt.Sprintf("又吵了%d次", n+1)))
		if err != nil {
			return 0, nil, err
		}
		added = append(added, then[addedAt])
	}
	return first[len(first)-1], added, nil
}
