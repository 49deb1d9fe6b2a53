package ticket

import "time"

// MediaKind is what an attachment is.
type MediaKind string

// The kinds that a resident can send.
const (
	Photo MediaKind = "photo"
	Voice MediaKind = "voice"
	Video MediaKind = "video"
)

// Name is the kind as people say it.
func (k MediaKind) Name() string {
	switch k {
	case Photo:
		return "照片"
	case Voice:
		return "语音"
	case Video:
		return "视频"
	}
	return string(k)
}

// MediaState says whether we hold the bytes.
type MediaState string

// An attachment is pending until it was fetched from the platform, which forgets it after three days.
const (
	MediaPending MediaState = "pending"
	MediaKept    MediaState = "kept"
	MediaLost    MediaState = "lost"
)

// MediaLife is how long the platform keeps what a resident sent; after it a pending fetch is lost.
const MediaLife = 72 * time.Hour

// Attachment is a photo, a voice message or a video of a ticket. The bytes lie in the data folder under their digest.
type Attachment struct {
	ID     string     `json:"id"` // unique within the account: the platform's media id
	Kind   MediaKind  `json:"kind"`
	URL    string     `json:"url,omitzero"` // PicUrl, when the platform gave one: fetched without a token
	State  MediaState `json:"state,omitzero"`
	Digest string     `json:"digest,omitzero"` // SHA-256 of the bytes, hex
	Type   string     `json:"type,omitzero"`   // sniffed media type
	Size   int64      `json:"size,omitzero"`   // bytes
	Reason string     `json:"reason,omitzero"` // why it was lost, for the officer
}

// coming is how files that came stand in an entry: still to be fetched.
func coming(media []Attachment) []Attachment {
	out := unaddressed(media)
	for i := range out {
		out[i].State = MediaPending
	}
	return out
}

// unaddressed is files without the addresses to fetch them from, which are nobody's history.
func unaddressed(media []Attachment) []Attachment {
	out := append([]Attachment(nil), media...)
	for i := range out {
		out[i].URL = ""
	}
	return out
}

// settle lets an entry act on the attachments: new ones are added, and a kept or lost one replaces its pending self. An unknown id is
// added, so that nothing that came is hidden.
func settle(media []Attachment, e Entry) []Attachment {
next:
	for _, a := range e.Media {
		for i := range media {
			if media[i].ID == a.ID {
				if a.State != MediaPending {
					media[i] = a
				}
				continue next
			}
		}
		media = append(media, a)
	}
	return media
}
