package wechatsim

// What a resident can do. Each act is one message to the account, posted with the platform's retries, and returns when it is settled.

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Text writes a text.
func (r *Resident) Text(ctx context.Context, text string) Exchange {
	return r.say(ctx, Line{Kind: "text", Text: text}, "MsgType", "text", "Content", text)
}

// Tap chooses an answer of a msgmenu: a text that carries the answer's id.
func (r *Resident) Tap(ctx context.Context, msgmenuID, content string) Exchange {
	return r.say(ctx, Line{Kind: "text", Text: content}, "MsgType", "text", "Content", content, "bizmsgmenuid", msgmenuID)
}

// Image sends a photo.
func (r *Resident) Image(ctx context.Context, data []byte) Exchange {
	id := r.p.keep(r.account, "image", sniffImage(data), data)
	at := r.p.mediaURL(id)
	return r.say(ctx, Line{Kind: "image", Text: "[图片]", URL: at}, "MsgType", "image", "PicUrl", at, "MediaId", id)
}

// ImageMessage is the message of a photo, to be posted with [Resident.Raw] as often as one likes. Nothing is sent yet.
func (r *Resident) ImageMessage(data []byte) string {
	id := r.p.keep(r.account, "image", sniffImage(data), data)
	return r.p.Message(r.account, r.openid, "MsgType", "image", "PicUrl", r.p.mediaURL(id), "MediaId", id)
}

// Voice sends a recording in AMR.
func (r *Resident) Voice(ctx context.Context, data []byte) Exchange {
	id := r.p.keep(r.account, "voice", "audio/amr", data)
	wide := r.p.keep(r.account, "voice", "audio/amr", data)
	return r.say(ctx, Line{Kind: "voice", Text: "[语音]", URL: r.p.mediaURL(id)},
		"MsgType", "voice", "MediaId", id, "Format", "amr", "MediaId16K", wide)
}

// Video sends a video in MP4.
func (r *Resident) Video(ctx context.Context, data []byte) Exchange {
	return r.film(ctx, "video", data)
}

// ShortVideo sends a video taken inside the chat.
func (r *Resident) ShortVideo(ctx context.Context, data []byte) Exchange {
	return r.film(ctx, "shortvideo", data)
}

func (r *Resident) film(ctx context.Context, kind string, data []byte) Exchange {
	id := r.p.keep(r.account, "video", "video/mp4", data)
	thumb := r.p.keep(r.account, "thumb", "image/jpeg", SamplePicture())
	return r.say(ctx, Line{Kind: "video", Text: "[视频]", URL: r.p.mediaURL(id), Thumb: r.p.mediaURL(thumb)},
		"MsgType", kind, "MediaId", id, "ThumbMediaId", thumb)
}

// Place shares a place: latitude and longitude in degrees, and the words that the map has for it.
func (r *Resident) Place(ctx context.Context, lat, lng float64, label string) Exchange {
	degrees := func(f float64) string { return strconv.FormatFloat(f, 'f', 6, 64) }
	return r.say(ctx, Line{Kind: "place", Text: label}, "MsgType", "location",
		"Location_X", degrees(lat), "Location_Y", degrees(lng), "Scale", "15", "Label", label)
}

// Link forwards an article.
func (r *Resident) Link(ctx context.Context, title, description, url string) Exchange {
	return r.say(ctx, Line{Kind: "link", Text: joinLines(title, description), URL: url},
		"MsgType", "link", "Title", title, "Description", description, "Url", url)
}

// Click taps an entry of the account's menu that carries a key.
func (r *Resident) Click(ctx context.Context, key string) Exchange {
	return r.event(ctx, Line{}, field{name: "Event", value: "CLICK"}, field{name: "EventKey", value: key})
}

// View taps an entry of the account's menu that opens a page.
func (r *Resident) View(ctx context.Context, url string) Exchange {
	return r.event(ctx, Line{}, field{name: "Event", value: "VIEW"}, field{name: "EventKey", value: url})
}

// Follow follows the account; scene names the code that led there, "" when none did. Who follows already is greeted once more.
func (r *Resident) Follow(ctx context.Context, scene string) Exchange {
	ticket, err := r.codeFor(scene)
	if err != nil {
		return Exchange{Err: err}
	}
	r.p.mu.Lock()
	r.follows, r.left, r.since, r.scene = true, false, r.p.now(), scene
	r.p.mu.Unlock()
	fields := []field{{name: "Event", value: "subscribe"}, {name: "EventKey"}}
	if scene != "" {
		fields[1].value = "qrscene_" + scene
		fields = append(fields, field{name: "Ticket", value: ticket})
	}
	return r.event(ctx, Line{Kind: "event", Text: "你已关注该公众号"}, fields...)
}

// Unfollow leaves the account. Windows go on to run, but nothing is delivered any more.
func (r *Resident) Unfollow(ctx context.Context) Exchange {
	r.p.mu.Lock()
	already := r.left
	r.follows, r.left = false, true
	r.p.mu.Unlock()
	if already {
		return Exchange{Err: ErrNotFollowing}
	}
	return r.event(ctx, Line{Kind: "event", Text: "你已取消关注"}, field{name: "Event", value: "unsubscribe"}, field{name: "EventKey"})
}

// Scan scans a code with a scene. Who does not follow yet follows by it, and the event is the other one.
func (r *Resident) Scan(ctx context.Context, scene string) Exchange {
	if !r.Follows() {
		return r.Follow(ctx, scene)
	}
	ticket, err := r.codeFor(scene)
	if err != nil {
		return Exchange{Err: err}
	}
	return r.event(ctx, Line{Kind: "event", Text: "你扫描了二维码"}, field{name: "Event", value: "SCAN"},
		field{name: "EventKey", value: scene}, field{name: "Ticket", value: ticket})
}

// Consent allows an account one subscription notice of each template, or as many as it likes when forGood.
func (r *Resident) Consent(ctx context.Context, forGood bool, templates ...string) Exchange {
	var list strings.Builder
	r.p.mu.Lock()
	for _, t := range templates {
		if forGood {
			r.consents[t] = -1
		} else if r.consents[t] >= 0 {
			r.consents[t]++
		}
		list.WriteString("<List><TemplateId>" + cdata(t) + "</TemplateId><SubscribeStatusString>" + cdata("accept") +
			"</SubscribeStatusString><PopupScene>" + cdata("2") + "</PopupScene></List>")
	}
	r.p.mu.Unlock()
	return r.event(ctx, Line{}, field{name: "Event", value: "subscribe_msg_popup_event"},
		field{name: "SubscribeMsgPopupEvent", value: list.String(), raw: true})
}

// Dissent takes consents back.
func (r *Resident) Dissent(ctx context.Context, templates ...string) Exchange {
	var list strings.Builder
	r.p.mu.Lock()
	for _, t := range templates {
		delete(r.consents, t)
		list.WriteString("<List><TemplateId>" + cdata(t) + "</TemplateId><SubscribeStatusString>" + cdata("reject") +
			"</SubscribeStatusString></List>")
	}
	r.p.mu.Unlock()
	return r.event(ctx, Line{}, field{name: "Event", value: "subscribe_msg_change_event"},
		field{name: "SubscribeMsgChangeEvent", value: list.String(), raw: true})
}

// Event sends an event of the given fields, such as {"Event": "LOCATION", "Latitude": "28.1", …}. For lists inside lists use Raw.
func (r *Resident) Event(ctx context.Context, xmlFields map[string]string) Exchange {
	var fields []field
	for _, name := range slices.Sorted(maps.Keys(xmlFields)) {
		if name != "MsgType" {
			fields = append(fields, field{name: name, value: xmlFields[name]})
		}
	}
	return r.event(ctx, Line{}, fields...)
}

// Raw sends a message exactly as it is given, whatever it is.
func (r *Resident) Raw(ctx context.Context, xml string) Exchange {
	return r.send(ctx, xml)
}

// say puts the resident's own line on the screen and sends the message.
func (r *Resident) say(ctx context.Context, l Line, pairs ...string) Exchange {
	if err := r.mayWrite(); err != nil {
		return Exchange{Err: err}
	}
	r.p.mu.Lock()
	l.From = "resident"
	r.show(l)
	r.p.mu.Unlock()
	return r.send(ctx, r.p.Message(r.account, r.openid, pairs...))
}

func (r *Resident) event(ctx context.Context, l Line, fields ...field) Exchange {
	if l.Kind != "" {
		r.p.mu.Lock()
		l.From = "notice"
		r.show(l)
		r.p.mu.Unlock()
	}
	fields = append([]field{{name: "MsgType", value: "event"}}, fields...)
	return r.send(ctx, writeXML(r.p.address(r.account, r.openid, fields)))
}

func (r *Resident) mayWrite() error {
	r.p.mu.Lock()
	defer r.p.mu.Unlock()
	switch {
	case !r.follows:
		return ErrNotFollowing
	case r.handedOver:
		return ErrHandedOver
	}
	return nil
}
