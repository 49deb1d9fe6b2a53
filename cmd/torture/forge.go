package main

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"frontdesk/ticket"
)

// This file edits a history as somebody would who knows how it is kept.

// hashField is what is stored of an entry's hash. Two digits are enough for a history to hold by itself.
var hashField = regexp.MustCompile(`"hash":"[0-9a-f]+"`)

// forge edits the first entry of a ticket and makes the hash of each that follows, and the header, anew: the history holds by itself, and nothing but
// a seal can tell.
func (t *town) forge(ctx context.Context, number ticket.Number, was, is string) error {
	prefix := "frontdesk:{" + townAccount + "}:ticket:" + string(number)
	lines, err := t.redis.client.LRange(ctx, prefix+":entries", 0, -1).Result()
	if err != nil {
		return fmt.Errorf("forge a history: %w", err)
	}
	header, err := t.redis.client.HGet(ctx, prefix, "h").Result()
	if err != nil {
		return fmt.Errorf("forge a history: %w", err)
	}
	entries := make([]ticket.Entry, len(lines))
	for i, line := range lines {
		if err := json.Unmarshal([]byte(line), &entries[i]); err != nil {
			return fmt.Errorf("forge a history: %w", err)
		}
	}
	before, err := ticket.Replay(number, entries)
	if err != nil {
		return fmt.Errorf("forge a history: %w", err)
	}
	lines[0] = strings.Replace(lines[0], was, is, 1)
	var forged ticket.Ticket
	for i := range lines {
		if lines[i], forged, err = rehashed(number, entries[:i+1], lines[i]); err != nil {
			return err
		}
		if err := t.redis.client.LSet(ctx, prefix+":entries", int64(i), lines[i]).Err(); err != nil {
			return fmt.Errorf("forge a history: %w", err)
		}
	}
	if !strings.Contains(header, before.Head) {
		return fmt.Errorf("forge a history: the header of ticket %s does not hold %s", number, before.Head)
	}
	return t.redis.client.HSet(ctx, prefix, "h", strings.Replace(header, before.Head, forged.Head, 1)).Err()
}

// rehashed is the line of the last of some entries with a hash that fits its words and those before it.
func rehashed(number ticket.Number, entries []ticket.Entry, line string) (string, ticket.Ticket, error) {
	last := &entries[len(entries)-1]
	for n := range 256 {
		tried := hashField.ReplaceAllString(line, fmt.Sprintf(`"hash":"%02x"`, n))
		*last = ticket.Entry{}
		if err := json.Unmarshal([]byte(tried), last); err != nil {
			return "", ticket.Ticket{}, fmt.Errorf("forge a history: %w", err)
		}
		if t, err := ticket.Replay(number, entries); err == nil {
			return tried, t, nil
		}
	}
	return "", ticket.Ticket{}, fmt.Errorf("forge a history: no hash fits entry %d of ticket %s", len(entries), number)
}
