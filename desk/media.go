package desk

// This file holds what residents sent along: photos, voice and video, and how they are shown and served.

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"

	"frontdesk/ticket"
)

// file is an attachment as pages show it.
type file struct {
	Index  int
	Anchor string // of the large view
	Kind   string
	Name   string // 照片 2
	Link   string // empty unless we hold the bytes
	Show   string // image, audio, video, download; pending or lost when there is nothing to show
	Size   string
	Length string // of a voice message, where it can be told
	Reason string
}

// shown are the types that a browser may show inside a page, and how. Every other type is offered as a download.
var shown = map[string]string{
	"image/jpeg": "image", "image/png": "image", "image/gif": "image", "image/webp": "image", "image/bmp": "image",
	"audio/mpeg": "audio", "audio/mp4": "audio", "audio/aac": "audio", "audio/ogg": "audio", "audio/wav": "audio", "audio/x-wav": "audio",
	"audio/x-m4a": "audio",
	"video/mp4":   "video", "video/webm": "video", "video/quicktime": "video", "video/x-m4v": "video",
}

// endings are the file names' endings of downloads.
var endings = map[string]string{
	"image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "image/webp": ".webp", "image/bmp": ".bmp", "audio/amr": ".amr",
	"audio/mpeg": ".mp3", "audio/mp4": ".m4a", "video/mp4": ".mp4", "video/webm": ".webm", "video/quicktime": ".mov",
}

func (d *console) file(n ticket.Number, i int, a ticket.Attachment) file {
	f := file{
		Index: i, Anchor: "media-" + strconv.Itoa(i), Kind: string(a.Kind), Name: a.Kind.Name() + " " + strconv.Itoa(i+1), Reason: a.Reason,
	}
	switch a.State {
	case ticket.MediaKept:
		f.Show, f.Size = showAs(a.Type), size(a.Size)
		f.Link = d.Prefix + "/tickets/" + string(n) + "/media/" + strconv.Itoa(i)
		if plain(a.Type) == "audio/amr" {
			f.Length = d.voiceLength(a)
		}
	case ticket.MediaLost:
		f.Show = "lost"
	default:
		f.Show = "pending"
	}
	return f
}

// voiceLength gives how long an AMR voice message is; empty when the bytes do not say.
func (d *console) voiceLength(a ticket.Attachment) string {
	in, err := d.Files.Open(a.Digest)
	if err != nil {
		return ""
	}
	defer func() { _ = in.Close() }()
	length, ok := amrLength(io.LimitReader(in, maxVoice))
	if !ok {
		return ""
	}
	return strconv.Itoa(int((length+time.Second-1)/time.Second)) + " 秒"
}

func plain(mediaType string) string {
	t, _, err := mime.ParseMediaType(mediaType)
	if err != nil {
		return ""
	}
	return t
}

func showAs(mediaType string) string {
	if how, ok := shown[plain(mediaType)]; ok {
		return how
	}
	return "download"
}

// size says how many bytes in a person's words; empty when it is not known.
func size(n int64) string {
	switch {
	case n <= 0:
		return ""
	case n < 1<<20:
		return fmt.Sprintf("%d KB", max(1, n>>10))
	}
	return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
}

// media serves one attachment of a ticket to somebody who may see that ticket. Nothing inside it can run: its type is what was found
// when it was fetched, and the browser is told not to guess.
func (d *console) media(w http.ResponseWriter, r *http.Request, o ticket.Officer) error {
	v, err := d.find(r, o)
	if err != nil {
		return err
	}
	i, err := strconv.Atoi(r.PathValue("index"))
	if err != nil || i < 0 || i >= len(v.Media) || v.Media[i].State != ticket.MediaKept {
		return fmt.Errorf("attachment: %w", ticket.ErrNotFound)
	}
	a := v.Media[i]
	in, err := d.Files.Open(a.Digest)
	if errors.Is(err, ticket.ErrNotFound) {
		return fmt.Errorf("attachment %d of ticket %s: %w", i, v.Number, err)
	}
	if err != nil {
		return fmt.Errorf("attachment %d of ticket %s: %w: %w", i, v.Number, ticket.ErrUnavailable, err)
	}
	defer func() { _ = in.Close() }()
	kind, how := plain(a.Type), "inline"
	if showAs(a.Type) == "download" {
		how = "attachment"
	}
	if endings[kind] == "" && how == "attachment" {
		kind = "application/octet-stream"
	}
	name := fmt.Sprintf("%s-%d%s", v.Number, i+1, endings[kind])
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", mime.FormatMediaType(how, map[string]string{"filename": name}))
	h.Set("Content-Security-Policy", "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'self'")
	h.Set("Cache-Control", "private, no-cache") // kept by the browser, asked for again each time, so that the right to see it is checked
	h.Set("ETag", `"`+a.Digest+`"`)
	http.ServeContent(w, r, "", time.Time{}, in)
	return nil
}
