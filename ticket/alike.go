package ticket

// This file holds how an officer's name is known again when it is not written as it should be: by another character of the same sound, which
// is what a telephone's keyboard offers first, in Latin letters, or with one character wrong.

import (
	"strings"
	"sync"
	"unicode"

	"github.com/mozillazg/go-pinyin"
)

// sounds remembers how characters sound: there are few in use, and looking one up is slow.
var sounds sync.Map // rune to string

// soundOf gives the sound of a character in Latin letters, without its tone and without what most of the country does not tell apart: zh from
// z, ng from n, l from n. Of a character with several sounds it is the usual one; what is no character has none.
func soundOf(r rune) string {
	if s, ok := sounds.Load(r); ok {
		return s.(string)
	}
	s := ""
	if list := pinyin.SinglePinyin(r, pinyin.NewArgs()); len(list) > 0 {
		s = slurred.Replace(list[0])
	}
	sounds.Store(r, s)
	return s
}

var slurred = strings.NewReplacer("zh", "z", "ch", "c", "sh", "s", "ng", "n", "l", "n")

// resembles says whether folded words may hold an officer's name written wrong. It only ever hides, so it may err that way.
func (o Officer) resembles(flat string) bool {
	return len(o.likenesses(flat)) > 0 || o.spelled(flat)
}

// likenesses gives what stands in folded words for the name of the officer, written right or wrong.
func (o Officer) likenesses(flat string) []string {
	name, words := []rune(flatten(o.Name)), []rune(strings.ReplaceAll(flat, "|", ""))
	if len(name) < 2 || len(name) > 4 {
		return nil
	}
	var found []string
	for i := 0; i+len(name) <= len(words); i++ {
		if alike(name, words[i:i+len(name)]) {
			found = append(found, string(words[i:i+len(name)]))
		}
	}
	return found
}

// alike compares a name with as many characters of a text. All of them must sound alike and one be the same, or all but one of three be the
// same, the surname among them.
func alike(name, said []rune) bool {
	same := 0
	for i := range name {
		if name[i] == said[i] {
			same++
		}
	}
	switch same {
	case 0, len(name):
		return same > 0
	case len(name) - 1:
		if len(name) >= 3 && name[0] == said[0] {
			return true
		}
	}
	for i := range name {
		if name[i] != said[i] && (soundOf(name[i]) == "" || soundOf(name[i]) != soundOf(said[i])) {
			return false
		}
	}
	return true
}

// spelled says whether the officer's name stands in folded words in Latin letters: zhoumin, minzhou, and of three characters the given name
// alone.
func (o Officer) spelled(flat string) bool {
	if !strings.ContainsFunc(flat, func(r rune) bool { return r < unicode.MaxASCII && unicode.IsLetter(r) }) {
		return false
	}
	name := []rune(flatten(o.Name))
	cut := min(surnameLength(name), len(name))
	var surname, given string
	for i, r := range name {
		list := pinyin.SinglePinyin(r, pinyin.NewArgs())
		switch {
		case len(list) == 0:
			return false
		case i < cut:
			surname += list[0]
		default:
			given += list[0]
		}
	}
	bare := strings.ReplaceAll(flat, "|", "")
	return given != "" && (strings.Contains(bare, surname+given) || strings.Contains(bare, given+surname) || len(name)-cut > 1 && strings.Contains(bare, given))
}

// surnameLength is how many characters of a name are its surname.
func surnameLength(name []rune) int {
	if len(name) > 2 && contains(compounds, string(name[:2])) {
		return 2
	}
	return 1
}
