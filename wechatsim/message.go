package wechatsim

// The XML that the platform posts: how it is written, and what of it the platform itself looks at.

import (
	"encoding/xml"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// field is one element of a message. Raw values are XML already; others are wrapped.
type field struct {
	name, value string
	raw         bool
}

// numbers are the elements that the platform writes without CDATA.
var numbers = []string{"CreateTime", "MsgId", "MsgID", "Location_X", "Location_Y", "Scale", "Latitude", "Longitude", "Precision"}

// writeXML builds a message of the given fields in their order.
func writeXML(fields []field) string {
	var b strings.Builder
	b.WriteString("<xml>")
	for _, f := range fields {
		b.WriteString("<" + f.name + ">")
		switch {
		case f.raw:
			b.WriteString(f.value)
		case slices.Contains(numbers, f.name) && plainNumber(f.value):
			b.WriteString(f.value)
		default:
			b.WriteString(cdata(f.value))
		}
		b.WriteString("</" + f.name + ">")
	}
	b.WriteString("</xml>")
	return b.String()
}

func plainNumber(s string) bool {
	_, err := strconv.ParseFloat(s, 64)
	return err == nil
}

// cdata wraps a text; characters that XML cannot carry are left out, as the platform does.
func cdata(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
			return -1
		}
		return r
	}, s)
	return "<![CDATA[" + strings.ReplaceAll(s, "]]>", "]]]]><![CDATA[>") + "]]>"
}

// Message writes a message from a resident to an account. pairs are names and values in turn, in the order wanted, such as "MsgType", "text",
// "Content", "你好". ToUserName, FromUserName, CreateTime and, unless it is an event, MsgId are added with fresh values when they are not given.
func (p *Platform) Message(account, openid string, pairs ...string) string {
	var fields []field
	for i := 0; i+1 < len(pairs); i += 2 {
		fields = append(fields, field{name: pairs[i], value: pairs[i+1]})
	}
	return writeXML(p.address(account, openid, fields))
}

// address puts sender, receiver, time and identity around the fields of a message, where they are missing.
func (p *Platform) address(account, openid string, fields []field) []field {
	has := func(name, value string) bool {
		return slices.ContainsFunc(fields, func(f field) bool { return f.name == name && (value == "" || f.value == value) })
	}
	var head, tail []field
	add := func(to *[]field, name, value string) {
		if !has(name, "") {
			*to = append(*to, field{name: name, value: value})
		}
	}
	add(&head, "ToUserName", account)
	add(&head, "FromUserName", openid)
	add(&head, "CreateTime", strconv.FormatInt(p.cfg.Clock().Unix(), 10))
	if !has("MsgType", "event") {
		add(&tail, "MsgId", p.nextMsgID())
	}
	return slices.Concat(head, fields, tail)
}

// nextMsgID gives identities above 2^53, where a float would lose them.
func (p *Platform) nextMsgID() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lastMsg++
	return strconv.FormatInt(p.lastMsg, 10)
}

// header is what the platform itself needs of a message that it posts.
type header struct {
	FromUserName string `xml:"FromUserName"`
	MsgType      string `xml:"MsgType"`
	Event        string `xml:"Event"`
	EventKey     string `xml:"EventKey"`
}

// readHeader gives an empty header for what is no XML: such a message is posted all the same.
func readHeader(message string) header {
	var h header
	if err := xml.Unmarshal([]byte(message), &h); err != nil {
		return header{}
	}
	return h
}

// silent says whether a resident sees nothing of the answer to this message, nor of its failure.
func (h header) silent() bool {
	if h.MsgType != "event" {
		return false
	}
	switch h.Event {
	case "unsubscribe", "LOCATION", "VIEW", "view_miniprogram", "TEMPLATESENDJOBFINISH",
		"subscribe_msg_popup_event", "subscribe_msg_change_event", "subscribe_msg_sent_event",
		"user_authorization_revoke", "user_authorization_cancellation":
		return true
	}
	return false
}
