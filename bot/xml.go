package bot

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"
)

// This file reads the platform's XML: a root, leaves below it, here and there a group of leaves. The standard decoder would spend more time
// on it than on all else that a message costs; a fuzz test holds the two against each other.

// Bounds of what is read. The platform's largest message has some thirty leaves.
const (
	maxLeaves = 512
	maxDepth  = 8
)

var errXML = errors.New("not the platform's XML")

// leaf is an element with text and no elements in it.
type leaf struct {
	name  string
	text  string
	depth int // 1 for a child of the root
}

// leaves reads a document whose root is <xml>. Declarations of types are refused: the platform sends none.
func leaves(doc string) ([]leaf, error) {
	s := scanner{rest: doc, open: make([]string, 0, maxDepth), out: make([]leaf, 0, 16)} // of most messages all
	for s.rest != "" {
		if err := s.step(); err != nil {
			return nil, err
		}
	}
	if len(s.open) != 0 || !s.rooted {
		return nil, errXML
	}
	return s.out, nil
}

// scanner is a document being read.
type scanner struct {
	rest   string
	open   []string // names of the elements that are open, the root first
	text   string   // of the innermost one so far, when it came in one piece
	pieces []byte   // the same, once there is a second piece: joining strings would take time with the square of their number
	inner  bool     // the innermost element was opened last, so it may be a leaf
	rooted bool     // the root has been seen
	out    []leaf
}

// step reads up to and including the next mark.
func (s *scanner) step() error {
	i := strings.IndexByte(s.rest, '<')
	if i < 0 {
		i = len(s.rest)
	}
	if err := s.words(s.rest[:i]); err != nil {
		return err
	}
	s.rest = s.rest[i:]
	switch {
	case s.rest == "":
		return nil
	case strings.HasPrefix(s.rest, "<![CDATA["):
		body, ok := s.cut("<![CDATA[", "]]>")
		if !ok || len(s.open) == 0 {
			return errXML
		}
		s.add(body)
		return nil
	case strings.HasPrefix(s.rest, "<!--"):
		return s.skip("<!--", "-->")
	case strings.HasPrefix(s.rest, "<?"):
		return s.skip("<?", "?>")
	case strings.HasPrefix(s.rest, "<!"):
		return errXML
	case strings.HasPrefix(s.rest, "</"):
		name, ok := s.cut("</", ">")
		if !ok {
			return errXML
		}
		return s.close(strings.TrimRight(name, " \t\r\n"))
	}
	name, ok := s.cut("<", ">")
	if !ok {
		return errXML
	}
	return s.begin(name)
}

// cut takes what lies between two marks off the front.
func (s *scanner) cut(from, to string) (string, bool) {
	body, rest, ok := strings.Cut(s.rest[len(from):], to)
	s.rest = rest
	return body, ok
}

func (s *scanner) skip(from, to string) error {
	if _, ok := s.cut(from, to); !ok {
		return errXML
	}
	return nil
}

// begin opens an element; attributes are passed over.
func (s *scanner) begin(tag string) error {
	single := strings.HasSuffix(tag, "/")
	name, _, _ := strings.Cut(strings.TrimRight(strings.TrimSuffix(tag, "/"), " \t\r\n"), " ")
	if name == "" || strings.ContainsAny(name, "<&\"'=\t\r\n") || len(s.open) >= maxDepth {
		return errXML
	}
	if len(s.open) == 0 && (s.rooted || name != "xml") {
		return errXML
	}
	s.rooted = true
	s.open, s.text, s.pieces, s.inner = append(s.open, name), "", s.pieces[:0], true
	if single {
		return s.close(name)
	}
	return nil
}

// close ends the innermost element and keeps it if it is a leaf.
func (s *scanner) close(name string) error {
	last := len(s.open) - 1
	if last < 0 || s.open[last] != name || len(s.out) >= maxLeaves {
		return errXML
	}
	if s.inner && last > 0 {
		text := s.text
		if len(s.pieces) > 0 {
			text = string(s.pieces)
		}
		s.out = append(s.out, leaf{name: name, text: text, depth: last})
	}
	s.open, s.text, s.pieces, s.inner = s.open[:last], "", s.pieces[:0], false
	return nil
}

// add puts a piece behind the text of the innermost element.
func (s *scanner) add(piece string) {
	switch {
	case piece == "":
	case s.text == "":
		s.text = piece
	default:
		if len(s.pieces) == 0 {
			s.pieces = append(s.pieces, s.text...)
		}
		s.pieces = append(s.pieces, piece...)
	}
}

// words takes text between marks. Outside the root there may be only white space.
func (s *scanner) words(raw string) error {
	if len(s.open) == 0 {
		if strings.Trim(raw, " \t\r\n\ufeff") != "" {
			return errXML
		}
		return nil
	}
	for raw != "" {
		plain, rest, found := strings.Cut(raw, "&")
		s.add(plain)
		if !found {
			return nil
		}
		name, after, ok := strings.Cut(rest, ";")
		r, known := entity(name)
		if !ok || !known {
			return errXML
		}
		s.add(r)
		raw = after
	}
	return nil
}

// entity gives the character of a reference.
func entity(name string) (string, bool) {
	switch name {
	case "lt":
		return "<", true
	case "gt":
		return ">", true
	case "amp":
		return "&", true
	case "quot":
		return `"`, true
	case "apos":
		return "'", true
	}
	digits, base := strings.TrimPrefix(name, "#"), 10
	if digits == name {
		return "", false
	}
	if hex := strings.TrimPrefix(digits, "x"); hex != digits {
		digits, base = hex, 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || n == 0 || n > utf8.MaxRune {
		return "", false
	}
	return string(rune(n)), true
}
