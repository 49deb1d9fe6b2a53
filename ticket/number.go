package ticket

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// Number is the name of a ticket: nine digits, the first not zero, the last a check digit. It is random, so that nobody learns from
// it how many tickets there are, and short enough to be read out over the phone in three groups of three.
type Number string

// damm is the quasigroup of H. Michael Damm's check digit: it notices every single wrong digit and every swap of two neighbours.
var damm = [10][10]byte{
	{0, 3, 1, 7, 5, 9, 8, 6, 4, 2}, {7, 0, 9, 2, 1, 5, 4, 8, 6, 3}, {4, 2, 0, 6, 8, 7, 1, 3, 5, 9},
	{1, 7, 5, 0, 9, 8, 3, 4, 2, 6}, {6, 1, 2, 3, 0, 4, 5, 9, 7, 8}, {3, 6, 7, 4, 2, 0, 9, 5, 8, 1},
	{5, 8, 6, 9, 7, 2, 0, 1, 3, 4}, {8, 9, 4, 5, 3, 6, 2, 0, 1, 7}, {9, 4, 3, 8, 6, 1, 7, 2, 0, 5},
	{2, 5, 8, 1, 4, 3, 6, 7, 9, 0},
}

func check(digits string) byte {
	var c byte
	for i := range len(digits) {
		c = damm[c][digits[i]-'0']
	}
	return c
}

// NewNumber draws a number from random. The caller guards against the rare number that is already taken.
func NewNumber(random io.Reader) (Number, error) {
	var b [8]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("draw a ticket number: %w", err)
	}
	body := fmt.Sprintf("%08d", 10_000_000+binary.BigEndian.Uint64(b[:])%90_000_000)
	return Number(body + string('0'+check(body))), nil
}

// ParseNumber reads what a person typed: spaces, hyphens and full-width digits are forgiven, a wrong digit is not. The error wraps
// [ErrInvalid].
func ParseNumber(typed string) (Number, error) {
	var b strings.Builder
	for _, r := range typed {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case r >= '\uFF10' && r <= '\uFF19': // full-width, as Chinese keyboards give them
			b.WriteRune(r - '\uFF10' + '0')
		case unicode.IsSpace(r), unicode.Is(unicode.Pd, r), r == '.', r == '#':
		default:
			return "", fmt.Errorf("%w: a ticket number has only digits", ErrInvalid)
		}
	}
	s := b.String()
	if len(s) != 9 || s[0] == '0' {
		return "", fmt.Errorf("%w: a ticket number has nine digits", ErrInvalid)
	}
	if check(s) != 0 {
		return "", fmt.Errorf("%w: a digit of the ticket number is wrong", ErrInvalid)
	}
	return Number(s), nil
}

// Spoken gives the number in groups of three, as it is shown and read out.
func (n Number) Spoken() string {
	if len(n) != 9 {
		return string(n)
	}
	return string(n[:3] + " " + n[3:6] + " " + n[6:])
}
