package flows

// This file holds how letters and replies are packed into one answer, and how long texts are cut.

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"frontdesk/ticket"
)

// defaultLimit is how many bytes one answer holds: the platform cuts near 2048 with a failure notice.
const defaultLimit = 2000

const (
	letterHead = "【警务室来信】"
	letterRule = "\n\n——————\n\n"
	moreBelow  = "\n\n（回复“继续”看下文）"
	restPrefix = "m:" // begins the id of a letter that is the rest of a long answer
)

// isRest says whether a letter is the rest of an answer that the resident already began to read.
func isRest(l ticket.Letter) bool { return strings.HasPrefix(l.ID, restPrefix) }

// IsRestOf says whether a letter is the rest of the answer to the message of this identity.
func IsRestOf(l ticket.Letter, identity string) bool {
	return strings.HasPrefix(l.ID, restPrefix+identity+":")
}

// pack fills the answer of a change: letters that fit, then the replies; what does not fit follows by itself where the account may push,
// and else waits in the mailbox for the word 继续.
func pack(c Change, r Resident, in Input, w World, out Outcome) Change {
	limit := w.Limit
	if limit <= 0 {
		limit = defaultLimit
	}
	if in.Kind == Other || in.Kind.Unheard() {
		return c
	}
	body := strings.Join(out.Replies, "\n\n")
	if len(body) > limit {
		parts := Pieces(body, limit-len(moreBelow))
		c.Answer = parts[0]
		return c.follow(parts[1:], ticket.Letter{}, r, in, w)
	}
	waiting := inReadingOrder(r.Mailbox)
	var letters []string
	used, room := 0, limit-len(body)-len(letterRule)-len(waitingNote(len(waiting)))
	for _, l := range waiting {
		text := letterText(l)
		if used+len(text)+2 > room {
			break
		}
		letters, used = append(letters, text), used+len(text)+2
		c.Taken = append(c.Taken, l.ID)
	}
	if len(letters) == 0 && len(waiting) > 0 && body == "" {
		first := waiting[0]
		parts := Pieces(letterText(first), limit-len(moreBelow))
		c.Answer, c.Taken = parts[0], []string{first.ID}
		return c.follow(parts[1:], first, r, in, w)
	}
	if few := room - len(moreBelow); len(letters) == 0 && len(waiting) > 0 && !out.Alarm && few >= leastPiece { // it would never fit beside an answer
		parts := Pieces(letterText(waiting[0]), few)
		c.Answer, c.Taken = body+letterRule+parts[0], []string{waiting[0].ID}
		return c.follow(parts[1:], waiting[0], r, in, w)
	}
	note := waitingNote(len(waiting) - len(letters))
	mail := strings.Join(letters, "\n\n")
	switch {
	case mail == "":
		c.Answer = body + note
	case body == "":
		c.Answer = mail + note
	case out.Alarm:
		c.Answer = body + letterRule + mail + note
	default:
		c.Answer = mail + letterRule + body + note
	}
	return c
}

// leastPiece is how many bytes of a long letter are worth beginning it with.
const leastPiece = 600

// follow says how the parts that did not fit reach the resident. They carry the ticket of the letter that they are the rest of, if any.
func (c Change) follow(parts []string, of ticket.Letter, r Resident, in Input, w World) Change {
	for i, p := range parts {
		l := ticket.Letter{
			ID: fmt.Sprintf("%s%s:%d", restPrefix, in.ID, i+1), Account: r.Account, Resident: r.OpenID, Ticket: of.Ticket, Seq: of.Seq,
			Subject: "您的消息还有下文", Text: ticket.Personal(p), At: w.Now,
		}
		if w.CanPush {
			c.Letters = append(c.Letters, l)
			continue
		}
		if i < len(parts)-1 {
			l.Text += moreBelow
		}
		c.Keep = append(c.Keep, l)
	}
	if !w.CanPush && len(parts) > 0 {
		c.Answer += moreBelow
	}
	return c
}

// letterText is how a letter from the mailbox reads inside an answer.
func letterText(l ticket.Letter) string {
	if isRest(l) {
		return l.Text.Reveal()
	}
	return letterHead + l.At.In(ticket.Shanghai).Format("1月2日 15:04") + "\n" + l.Text.Reveal()
}

// waitingNote tells that more letters wait; empty for none.
func waitingNote(n int) string {
	if n <= 0 {
		return ""
	}
	return fmt.Sprintf("\n\n（警务室还有%d条来信给您，回复“继续”看）", n)
}

// inReadingOrder puts the rest of a long answer before other letters: it continues what the resident just read.
func inReadingOrder(mailbox []ticket.Letter) []ticket.Letter {
	if len(mailbox) < 2 {
		return mailbox
	}
	out := make([]ticket.Letter, 0, len(mailbox))
	for _, rest := range []bool{true, false} {
		for _, l := range mailbox {
			if isRest(l) == rest {
				out = append(out, l)
			}
		}
	}
	return out
}

// Pieces cuts a text into parts of at most limit bytes each, between paragraphs, else lines, else sentences, else runes. Nothing but the
// white space at a cut is lost. A limit below four bytes counts as four.
func Pieces(text string, limit int) []string {
	limit = max(limit, utf8.UTFMax)
	var parts []string
	for len(text) > limit {
		cut := cutAt(text, limit)
		if p := strings.TrimRight(text[:cut], "\n"); p != "" {
			parts = append(parts, p)
		}
		text = strings.TrimLeft(text[cut:], "\n")
	}
	if text != "" || len(parts) == 0 {
		parts = append(parts, text)
	}
	return parts
}

// cutAt finds the best place to cut within limit bytes. A cut that would leave less than half of the room used is not worth its
// nicety.
func cutAt(text string, limit int) int {
	end := limit
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	for _, mark := range []string{"\n\n", "\n", "。", "\uff01", "\uff1f", "\uff1b", "\uff0c", "!", "?", ";", ",", " "} {
		if i := strings.LastIndex(text[:end], mark); i > limit/2 {
			return i + len(mark)
		}
	}
	if end == 0 { // not UTF-8: cut anywhere rather than never
		return limit
	}
	return end
}
