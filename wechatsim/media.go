package wechatsim

// Temporary media: what residents send, what accounts upload, three days each.

import (
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"
)

// mediaLife is how long a file can be fetched.
const mediaLife = 3 * 24 * time.Hour

// medium is one file.
type medium struct {
	account, kind, contentType string
	data                       []byte
	at                         time.Time
}

// keep stores a file and gives its id. Nothing is checked: what a resident's phone sends is already within the limits.
func (p *Platform) keep(account, kind, contentType string, data []byte) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	id := "M_" + randomHex(30)
	p.media[id] = &medium{account: account, kind: kind, contentType: contentType, data: slices.Clone(data), at: p.now()}
	return id
}

// findMedia gives a file that still lives; the caller holds no lock.
func (p *Platform) findMedia(id string) (*medium, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	m := p.media[id]
	if m == nil || !p.now().Before(m.at.Add(mediaLife)) {
		return &medium{}, false
	}
	return m, true
}

func (p *Platform) hasMedia(account, id, kind string) bool {
	m, ok := p.findMedia(id)
	return ok && m.account == account && m.kind == kind
}

// mediaURL is where anybody may look at a file: the PicUrl of a photo, the video_url of a video.
func (p *Platform) mediaURL(id string) string { return p.PublicURL() + "/media/" + id }

// serveMedia answers such an address.
func (p *Platform) serveMedia(w http.ResponseWriter, r *http.Request) {
	m, ok := p.findMedia(r.PathValue("id"))
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", m.contentType)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(m.data)
}

// getMedia answers media/get: the bytes of a picture or a recording, the address of a video.
func (p *Platform) getMedia(r request) outcome {
	id := r.URL.Query().Get("media_id")
	m, ok := p.findMedia(id)
	switch {
	case !ok || m.account != r.account.ID:
		return refuse(40007)
	case m.kind == "video":
		return outcome{bare: true, fields: map[string]any{"video_url": p.mediaURL(id)}}
	}
	return outcome{data: m.data, kind: m.contentType}
}

// limits of what an account may upload, by type.
func mediaLimit(kind string) (int, bool) {
	size, ok := map[string]int{"image": 10 << 20, "voice": 2 << 20, "video": 10 << 20, "thumb": 64 << 10}[kind]
	return size, ok
}

// uploadMedia answers media/upload: one file in the form field "media".
func (p *Platform) uploadMedia(r request) outcome {
	kind := r.URL.Query().Get("type")
	limit, ok := mediaLimit(kind)
	if !ok {
		return refuse(40004)
	}
	data, code := formFile(r)
	if code != 0 {
		return refuse(code)
	}
	contentType := sniff(data)
	switch {
	case len(data) == 0:
		return refuse(44002)
	case len(data) > limit:
		return refuse(40006)
	case !fits(kind, contentType):
		return refuse(40005)
	case contentType == "audio/amr" && playtime(data) > maxPlaytime:
		return refuse(45007)
	}
	id := p.keep(r.account.ID, kind, contentType, data)
	field := "media_id"
	if kind == "thumb" {
		field = "thumb_media_id"
	}
	return outcome{bare: true, fields: map[string]any{"type": kind, field: id, "created_at": p.Now().Unix()}}
}

// formFile reads the field "media" of the body that was read already.
func formFile(r request) ([]byte, int) {
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" || params["boundary"] == "" {
		return nil, 41005
	}
	again := r.Clone(r.Context())
	again.Body = io.NopCloser(strings.NewReader(string(r.body)))
	parts, err := again.MultipartReader()
	if err != nil {
		return nil, 41005
	}
	for {
		part, err := parts.NextPart()
		if err != nil {
			return nil, 41005
		}
		if part.FormName() != "media" || part.FileName() == "" {
			continue
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return nil, 41005
		}
		return data, 0
	}
}

// fits says whether a file's content is of the type that it was uploaded as.
func fits(kind, contentType string) bool {
	switch kind {
	case "image":
		return contentType == "image/jpeg" || contentType == "image/png" || contentType == "image/gif"
	case "thumb":
		return contentType == "image/jpeg"
	case "voice":
		return contentType == "audio/amr" || contentType == "audio/mpeg"
	default:
		return contentType == "video/mp4"
	}
}

// maxPlaytime is how long a recording may be.
const maxPlaytime = time.Minute

// playtime measures a recording in AMR by its frames of 20 ms, each as long as its kind says.
func playtime(data []byte) time.Duration {
	sizes := [16]int{13, 14, 16, 18, 20, 21, 27, 32, 6, 1, 1, 1, 1, 1, 1, 1}
	var long time.Duration
	for at := len("#!AMR\n"); at < len(data); at += sizes[data[at]>>3&15] {
		long += 20 * time.Millisecond
	}
	return long
}

// sniff says what a file is by its content.
func sniff(data []byte) string {
	if strings.HasPrefix(string(data[:min(len(data), 5)]), "#!AMR") {
		return "audio/amr"
	}
	return http.DetectContentType(data)
}

// sniffImage takes what it does not know for a JPEG, as phones do.
func sniffImage(data []byte) string {
	if t := sniff(data); strings.HasPrefix(t, "image/") {
		return t
	}
	return "image/jpeg"
}
