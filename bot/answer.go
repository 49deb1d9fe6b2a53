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
	signature := d.envelope.sign(now, nonce, sealed)
	b := make([]byte, 0, len(sealed)+256)
	b = append(append(b, "<xml><Encrypt><![CDATA["...), sealed...)
	b = append(append(b, "]]></Encrypt><MsgSignature><![CDATA["...), signature[:]...)
	b = append(append(b, "]]></MsgSignature><TimeStamp>"...), now...)
	b = append(append(b, "</TimeStamp><Nonce><![CDATA["...), nonce...)
	return append(b, "]]></Nonce></xml>"...), nil
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
	b := make([]byte, 0, len(text)+256)
	b = append(cdata(append(b, "<xml><ToUserName>"...), to), "</ToUserName><FromUserName>"...)
	b = append(append(cdata(b, from), "</FromUserName><CreateTime>"...), now...)
	b = append(b, "</CreateTime><MsgType><![CDATA[text]]></MsgType><Content>"...)
	return append(cdata(b, text), "</Content></xml>"...)
}

// cdata appends words that the platform takes as they are.
func cdata(b []byte, words string) []byte {
	b = append(b, "<![CDATA["...)
	return append(append(b, strings.ReplaceAll(words, "]]>", "]]]]><![CDATA[>")...), "]]>"...)
}
