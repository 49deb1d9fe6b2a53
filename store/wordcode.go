package store

import (
	_ "embed"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// This file writes words in few bits. A ticket's words are too few for a compressor to learn from, so the code is fixed: common characters
// and common pieces of what is said at a police room are short, everything else is longer, and what has no code of its own follows an escape
// byte by byte. A text can be read by itself, without those behind it.

//go:embed dictionary/1.code
var codeFile string

const (
	mostBits  = 24 // of a token
	glance    = 12 // bits that are looked up at once
	escapeFor = 8  // bits that follow the escape
)

// wordCode is a prefix code. Tokens are ordered by code, so that all codes of a length follow each other.
type wordCode struct {
	tokens  []string // "" is the escape
	bits    []uint8
	codes   []uint32
	place   map[string]int // of a token
	longest int            // bytes of a token
	escape  int
	quick   [1 << glance]int32   // by the next bits: token, or -1
	first   [mostBits + 2]uint32 // smallest code of so many bits
	from    [mostBits + 2]int    // its place
}

// theCode is the one of packedForm.
var theCode = sync.OnceValue(func() *wordCode {
	c, err := readCode(codeFile)
	if err != nil {
		panic(fmt.Sprintf("the code of packed words: %v", err)) // embedded and tested
	}
	return c
})

// readCode reads lines of bits and tokens.
func readCode(text string) (*wordCode, error) {
	c := &wordCode{place: map[string]int{}}
	for line := range strings.Lines(text) {
		cells := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		bits, err := strconv.Atoi(cells[0])
		if err != nil || bits < 1 || bits > mostBits {
			return nil, fmt.Errorf("no number of bits: %q", cells[0])
		}
		for _, token := range cells[1:] {
			if len(token) == 4 && token[:2] == `\x` {
				b, err := strconv.ParseUint(token[2:], 16, 7)
				if err != nil {
					return nil, fmt.Errorf("no token: %q", token)
				}
				token = string(rune(b))
			}
			c.place[token] = len(c.tokens)
			c.longest = max(c.longest, len(token))
			c.tokens, c.bits = append(c.tokens, token), append(c.bits, uint8(bits))
		}
	}
	for i := range c.quick {
		c.quick[i] = -1
	}
	var next uint32
	last := 0
	for i, bits := range c.bits {
		if int(bits) < last {
			return nil, fmt.Errorf("bits go down at %q", c.tokens[i])
		}
		for ; last < int(bits); last++ {
			next <<= 1
			c.first[last+1], c.from[last+1] = next, i
		}
		c.codes = append(c.codes, next)
		if bits <= glance {
			for j := range 1 << (glance - bits) {
				c.quick[int(next)<<(glance-bits)+j] = int32(i)
			}
		}
		next++
	}
	if next != 1<<last {
		return nil, fmt.Errorf("the codes do not fill %d bits", last)
	}
	for ; last < mostBits; last++ {
		next <<= 1
		c.first[last+1], c.from[last+1] = next, len(c.tokens)
	}
	escape, ok := c.place[""]
	if !ok {
		return nil, fmt.Errorf("no escape")
	}
	c.escape = escape
	return c, nil
}

// bitWriter writes the highest bit first.
type bitWriter struct {
	b    []byte
	free int // bits of the last byte
}

func (w *bitWriter) write(v uint32, bits int) {
	for bits > 0 {
		if w.free == 0 {
			w.b, w.free = append(w.b, 0), 8
		}
		n := min(bits, w.free)
		part := byte(v >> (bits - n) & (1<<n - 1))
		w.b[len(w.b)-1] |= part << (w.free - n)
		w.free -= n
		bits -= n
	}
}

// encode writes a text in the fewest bits.
func (c *wordCode) encode(w *bitWriter, text string) {
	if text == "" {
		return
	}
	cost, token := make([]int, len(text)+1), make([]int, len(text)+1) // of what comes from here on
	for i := len(text) - 1; i >= 0; i-- {
		cost[i], token[i] = int(c.bits[c.escape])+escapeFor+cost[i+1], c.escape
		if !utf8.RuneStart(text[i]) {
			continue
		}
		for n := 1; n <= c.longest && i+n <= len(text); n++ {
			if i+n < len(text) && !utf8.RuneStart(text[i+n]) {
				continue
			}
			if t, ok := c.place[text[i:i+n]]; ok && int(c.bits[t])+cost[i+n] < cost[i] {
				cost[i], token[i] = int(c.bits[t])+cost[i+n], t
			}
		}
	}
	for i := 0; i < len(text); {
		t := token[i]
		w.write(c.codes[t], int(c.bits[t]))
		if t == c.escape {
			w.write(uint32(text[i]), escapeFor)
			i++
			continue
		}
		i += len(c.tokens[t])
	}
}

// bitReader reads what a bitWriter wrote.
type bitReader struct {
	b    []byte
	at   int // bits read
	torn bool
}

// peek gives the next bits without taking them, noughts behind the end.
func (r *bitReader) peek(bits int) uint32 {
	var v uint32
	i, skip := r.at/8, r.at%8
	for n := 0; n < bits+skip; n += 8 {
		v <<= 8
		if i < len(r.b) {
			v |= uint32(r.b[i])
		}
		i++
	}
	return v >> ((8 - (bits+skip)%8) % 8) & (1<<bits - 1)
}

func (r *bitReader) skip(bits int) {
	if r.at += bits; r.at > 8*len(r.b) {
		r.torn = true
	}
}

// decode reads a text of so many bytes.
func (c *wordCode) decode(r *bitReader, size uint64) string {
	if r.torn || size > math.MaxInt32 || size > uint64(8*len(r.b)*c.longest) {
		r.torn = true
		return ""
	}
	out := make([]byte, 0, size)
	for len(out) < int(size) && !r.torn {
		t := c.token(r)
		if t == c.escape {
			out = append(out, byte(r.peek(escapeFor)))
			r.skip(escapeFor)
			continue
		}
		out = append(out, c.tokens[t]...)
	}
	if len(out) != int(size) {
		r.torn = true
	}
	return string(out)
}

// token reads one.
func (c *wordCode) token(r *bitReader) int {
	if t := c.quick[r.peek(glance)]; t >= 0 {
		r.skip(int(c.bits[t]))
		return int(t)
	}
	next := r.peek(mostBits)
	for bits := glance + 1; bits <= mostBits; bits++ {
		code := next >> (mostBits - bits)
		if at := c.from[bits] + int(code-c.first[bits]); code >= c.first[bits] && at < len(c.tokens) && int(c.bits[at]) == bits {
			r.skip(bits)
			return at
		}
	}
	r.torn = true
	return c.escape
}
