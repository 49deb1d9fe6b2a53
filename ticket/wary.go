package ticket

// This file holds how mistrust is recognized: a resident who asks that whoever works on a matter must not read this, wants somebody else, or is afraid
// of them. What they write is kept from that officer, whether or not it tells a misdeed.

import (
	"regexp"
	"strings"
)

var (
	// keptFrom asks that somebody must not read or know.
	keptFrom = regexp.MustCompile(`(?:别|不要|不想|不能|不许|不准|勿)(?:给|让|叫|告诉|被)?[^|]{0,8}(?:看|知道|晓得|发现)`)
	// onlyAbove asks that only those who oversee read it.
	onlyAbove = regexp.MustCompile(`只(?:给|让|能给|能让|想给|想让)(?:你们)?(?:的)?(?:领导|所长|上级|局里|纪委|督察)[^|]{0,2}(?:看|知道|处理|听)`)
	// mistrust says that somebody is not trusted, or that another one is wanted.
	mistrust = regexp.MustCompile(`不信任|信不过|不相信|换(?:个|一个|一位|一下)?(?:民警|警官|警察|办案|人来|人办|人管|人处理)`)
	// fear is of what they may do to who complains.
	fear = regexp.MustCompile(`(?:怕|担心)[^|]{0,10}(?:报复|穿小鞋|打击|找我麻烦|找麻烦)`)
	// gaveAway says that who reported was made known.
	gaveAway = regexp.MustCompile(`把我[^|]{0,10}(?:说出去|说了出去|说给|告诉|泄)`)
	// unwanted stands before the name of whoever should keep away.
	unwanted = regexp.MustCompile(`(?:别|不要|不想)(?:让|要|叫|找|再让|再叫)?$`)
)

// mistrusted are the people of the room as a resident speaks of them who has met them.
var mistrusted = strings.Fields("民警 警官 警察 办案 办事的 你们 那个人 来的人 处理的人")

// Wary says whether words on a matter that an officer of this name works on ask to be kept from them: 别给林警官看, 我不信任他们, 我怕林元众报复.
func Wary(words, holder string) bool {
	flat := flatten(words)
	if onlyAbove.MatchString(flat) {
		return true
	}
	o := Officer{Name: holder}
	names := append(o.fullNames(), o.calledNames()...)
	named := holdsAny(flat, names)
	if !named && !holdsAny(flat, mistrusted) {
		return false
	}
	if keptFrom.MatchString(flat) || mistrust.MatchString(flat) || fear.MatchString(flat) || gaveAway.MatchString(flat) {
		return true
	}
	for _, name := range names {
		if before, _, found := strings.Cut(flat, name); found && unwanted.MatchString(before) {
			return true
		}
	}
	return false
}
