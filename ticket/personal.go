package ticket

import (
	"fmt"
	"log/slog"
	"unicode/utf8"
)

// Personal is text that says something about a person: a name, a phone, a place, anything a resident wrote. Printed, logged or
// marshalled without thinking it shows only its length. Code that has the right to the words asks for them with [Personal.Reveal].
type Personal string

// Reveal gives the words themselves. Call it only where they are meant for a reader who may see them, or to store them.
func (p Personal) Reveal() string { return string(p) }

// String masks: it gives the length and nothing else, and the empty string for an empty value.
func (p Personal) String() string {
	if p == "" {
		return ""
	}
	return fmt.Sprintf("‹%d字›", utf8.RuneCountInString(string(p)))
}

// GoString masks as [Personal.String] does, so that %#v leaks nothing.
func (p Personal) GoString() string { return p.String() }

// Format masks for every verb, %x and %q included.
func (p Personal) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte(p.String())) }

// LogValue masks in log/slog.
func (p Personal) LogValue() slog.Value { return slog.StringValue(p.String()) }

// MarshalText masks wherever a value is marshalled by default, encoding/json included. The store's codec and the officers' exports
// reveal on purpose.
func (p Personal) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText takes words as they are.
func (p *Personal) UnmarshalText(b []byte) error {
	*p = Personal(b)
	return nil
}
