package bot

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode"
)

// This file keeps what a template message says within the platform's limits.

const (
	longestThing = 20 // characters of a value of the kind thing
	longestID    = 32 // bytes of a client_msg_id
)

// thing makes a value of the kind thing: neither empty, nor longer than 20 characters, nor with emoji, which the platform refuses.
func thing(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.So, r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r) {
			return -1
		}
		return r
	}, s)
	r := []rune(strings.TrimSpace(s))
	switch {
	case len(r) == 0:
		return "警务室给您留了话"
	case len(r) > longestThing:
		return string(r[:longestThing-1]) + "…"
	}
	return string(r)
}

// shortID makes a client_msg_id of a letter's id; the same letter always has the same.
func shortID(id string) string {
	if len(id) <= longestID {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:longestID/2])
}
