package bot

import (
	"crypto/sha256"
	"encoding/hex"
	"math"
	"strconv"
	"strings"
	"time"

	"frontdesk/flows"
	"frontdesk/ticket"
)

// message is what the platform posted, read and not yet understood.
type message struct {
	to      string
	from    ticket.Personal
	kind    string // MsgType, or "event:" and the event's name
	known   bool   // the kind is one of wechat.md's tables
	input   flows.Input
	consent []consent
	notice  notice
	place   *ticket.Place // where somebody is, by an event; see [body.whereabouts]
	scanned string        // what a code says that was scanned from the menu
	doc     string        // as it came
}

// notice is what became of a template message: the platform's number of it, and its Status, "success" or "failed:…".
type notice struct {
	id     string
	status string
}

// consent is one entry of a subscribe_msg event: a template and what the resident, or the platform, said to it.
type consent struct {
	template string
	status   string
}

// body is the document's direct children by name, the first of each name.
type body map[string]string

// decodeMessage understands a message. The error says that it is not the platform's; an unknown kind is no error.
func decodeMessage(doc string) (message, error) {
	list, err := leaves(strings.ToValidUTF8(doc, "\ufffd")) // what is stored reads back as it was hashed
	if err != nil {
		return message{}, err
	}
	b := make(body, len(list))
	var consents []consent
	for _, l := range list {
		if l.depth == 1 {
			if _, twice := b[l.name]; !twice {
				b[l.name] = l.text
			}
			continue
		}
		switch l.name { // the entries of a list follow each other, each beginning with its template
		case "TemplateId":
			consents = append(consents, consent{template: l.text})
		case "SubscribeStatusString", "ErrorStatus":
			if len(consents) > 0 {
				consents[len(consents)-1].status = l.text
			}
		}
	}
	seconds, err := strconv.ParseInt(b["CreateTime"], 10, 64)
	if err != nil || b["FromUserName"] == "" || b["ToUserName"] == "" || b["MsgType"] == "" {
		return message{}, errXML
	}
	m := message{to: b["ToUserName"], from: ticket.Personal(b["FromUserName"]), consent: consents}
	m.input.At = time.Unix(seconds, 0).UTC()
	if b["MsgType"] == "event" {
		m.kind = "event:" + b["Event"]
		m.input.ID = identity("e", b["FromUserName"], b["CreateTime"], b["Event"], b["EventKey"])
		m.known = b.event(&m.input)
		switch b["Event"] {
		case "TEMPLATESENDJOBFINISH":
			m.notice = notice{b["MsgID"], b["Status"]}
		case "LOCATION":
			m.place = b.whereabouts("Latitude", "Longitude", "")
		case "location_select":
			m.place = inner(list).whereabouts("Location_X", "Location_Y", "Label")
		case "scancode_push", "scancode_waitmsg":
			m.scanned = inner(list)["ScanResult"]
		}
		return m, nil
	}
	m.kind = b["MsgType"]
	id := b["MsgId"]
	if id == "" || id == "0" { // two messages of one second are still two: told apart by what they say
		sum := sha256.Sum256([]byte(doc))
		id = "#" + hex.EncodeToString(sum[:16])
	}
	m.input.ID = identity("m", b["FromUserName"], id, b["CreateTime"])
	m.known = b.message(&m.input)
	return m, nil
}

// identity joins what makes a message the same; each part's length keeps two lists of parts from meeting in one text.
func identity(parts ...string) string {
	s := make([]byte, 0, 128)
	for _, p := range parts {
		s = strconv.AppendInt(s, int64(len(p)), 10)
		s = append(append(s, ':'), p...)
	}
	return string(s)
}

// message understands one of the resident's own messages; false for a type that is not known.
func (b body) message(in *flows.Input) bool {
	in.Kind = flows.Other
	switch b["MsgType"] {
	case "text":
		in.Kind, in.Text, in.Tap = flows.Text, ticket.Personal(b["Content"]), b["bizmsgmenuid"]
	case "image":
		in.Kind, in.File = flows.Photo, &ticket.Attachment{ID: b["MediaId"], Kind: ticket.Photo, URL: b["PicUrl"]}
	case "voice":
		in.Kind, in.File = flows.Voice, &ticket.Attachment{ID: b["MediaId"], Kind: ticket.Voice}
	case "video", "shortvideo":
		in.Kind, in.File = flows.Video, &ticket.Attachment{ID: b["MediaId"], Kind: ticket.Video}
	case "location":
		lat, lng, ok := point(b["Location_X"], b["Location_Y"])
		if !ok {
			return false
		}
		in.Kind, in.Place = flows.Place, &ticket.Place{Lat: lat, Lng: lng, Label: ticket.Personal(b["Label"])}
	case "link":
		in.Kind = flows.Link
		in.Text = ticket.Personal(strings.TrimSpace(b["Title"] + "\n" + b["Description"] + "\n" + b["Url"]))
	default:
		return false
	}
	if in.File != nil && in.File.ID == "" {
		in.Kind, in.File = flows.Other, nil
		return false
	}
	return true
}

// inner gives what an event holds one level further in: SendLocationInfo, ScanCodeInfo.
func inner(list []leaf) body {
	b := body{}
	for _, l := range list {
		if _, twice := b[l.name]; l.depth == 2 && !twice {
			b[l.name] = l.text
		}
	}
	return b
}

// whereabouts reads the place in an event; nil when it holds none. A place chosen from the menu comes as a message of its own as well, and that
// one is taken in; one that the platform reports by itself is nobody's answer, and nothing about it is kept.
func (b body) whereabouts(lat, lng, label string) *ticket.Place {
	x, y, ok := point(b[lat], b[lng])
	if !ok {
		return nil
	}
	return &ticket.Place{Lat: x, Lng: y, Label: ticket.Personal(b[label])}
}

// point reads a place in degrees.
func point(x, y string) (lat, lng float64, ok bool) {
	lat, errX := strconv.ParseFloat(x, 64)
	lng, errY := strconv.ParseFloat(y, 64)
	ok = errX == nil && errY == nil && math.Abs(lat) <= 90 && math.Abs(lng) <= 180
	return lat, lng, ok
}

// event understands an event; false for one that is not known.
func (b body) event(in *flows.Input) bool {
	in.Kind, in.Key = flows.Other, b["EventKey"]
	switch b["Event"] {
	case "subscribe":
		in.Kind = flows.Follow
	case "SCAN":
		in.Kind = flows.Scan
	case "CLICK":
		in.Kind = flows.Menu
	case "unsubscribe", "user_authorization_cancellation": // who gave up their account has left as well
		in.Kind = flows.Leave
	case "user_authorization_revoke":
		in.Kind = flows.Revoke
	case "LOCATION", "VIEW", "view_miniprogram", "scancode_push", "scancode_waitmsg", "pic_sysphoto", "pic_photo_or_album", "pic_weixin",
		"location_select", "TEMPLATESENDJOBFINISH", "subscribe_msg_popup_event", "subscribe_msg_change_event", "subscribe_msg_sent_event":
	default:
		return false
	}
	return true
}

// label names what came for logs: an unknown kind by as much of its own name as is plain letters.
func (m message) label() string {
	if m.known {
		return m.kind
	}
	return "unknown " + strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == ':' {
			return r
		}
		return -1
	}, m.kind[:min(len(m.kind), 48)])
}
