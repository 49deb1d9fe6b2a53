package bot

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// success is what the platform takes for "nothing to say". It is never encrypted, in safe mode neither.
const success = "success"

// plainKey stands for no key: the message came as it is.
const plainKey = -1

// reply writes the answer to a message: encrypted with the key that opened the message, or plain when it came so.
func (cb *Callback) reply(d *door, key int, msg message, answer string) ([]byte, error) {
	answer = readable(answer)
	if strings.TrimSpace(answer) == "" { // an empty text shows the resident the platform's failure notice
		return []byte(success), nil
	}
	now := strconv.FormatInt(cb.Clock().Unix(), 10)
	plain := passiveText(msg.from.Reveal(), msg.to, now, answer)
	if key == plainKey {
		return plain, nil
	}
	sealed, err := d.envelope.seal(cb.Random, key, plain)
	if err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	nonce := strconv.FormatInt(cb.Clock().UnixNano(), 36)
	var b strings.Builder
	b.Grow(len(sealed) + 256)
	b.WriteString("<xml><Encrypt><![CDATA[")
	b.Write(sealed)
	b.WriteString("]]></Encrypt><MsgSignature><![CDATA[")
	signature := d.envelope.sign(now, nonce, string(sealed))
	b.Write(signature[:])
	b.WriteString("]]></MsgSignature><TimeStamp>")
	b.WriteString(now)
	b.WriteString("</TimeStamp><Nonce><![CDATA[")
	b.WriteString(nonce)
	b.WriteString("]]></Nonce></xml>")
	return []byte(b.String()), nil
}

// maxAnswer is how many bytes of text the platform takes in one answer.
const maxAnswer = 2048

// readable is the text as the platform takes it: without what XML cannot carry, and not longer than it shows. Conversations keep their
// answers shorter; this is for what a resident's own words may bring into one.
func readable(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	if len(text) <= maxAnswer {
		return text
	}
	end := maxAnswer
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}

// passiveText is a text answer as the platform reads it.
func passiveText(to, from, now, text string) []byte {
	var b strings.Builder
	b.Grow(len(text) + 256)
	for _, part := range [][2]string{{"ToUserName", to}, {"FromUserName", from}, {"MsgType", "text"}, {"Content", text}} {
		if part[0] == "MsgType" {
			b.WriteString("<CreateTime>" + now + "</CreateTime>")
		}
		b.WriteString("<" + part[0] + "><![CDATA[")
		b.WriteString(strings.ReplaceAll(part[1], "]]>", "]]]]><![CDATA[>"))
		b.WriteString("]]></" + part[0] + ">")
	}
	return []byte("<xml>" + b.String() + "</xml>")
}
