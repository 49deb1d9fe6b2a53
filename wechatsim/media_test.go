package wechatsim

// Files: sizes, kinds and how long they live.

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// upload sends a file and gives its id or the error code.
func (rm *room) upload(kind string, data []byte) (string, int) {
	rm.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("media", "file")
	if err == nil {
		_, err = part.Write(data)
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		rm.t.Fatal(err)
	}
	q := rm.token()
	q.Set("type", kind)
	req, err := http.NewRequestWithContext(rm.t.Context(), http.MethodPost, rm.PublicURL()+"/cgi-bin/media/upload?"+q.Encode(), &body)
	if err != nil {
		rm.t.Fatal(err)
	}
	req.Header.Set("Content-Type", form.FormDataContentType())
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		rm.t.Fatal(err)
	}
	defer resp.Body.Close()
	var out struct {
		Errcode int    `json:"errcode"`
		MediaID string `json:"media_id"`
		ThumbID string `json:"thumb_media_id"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		rm.t.Fatal(err)
	}
	return out.MediaID + out.ThumbID, out.Errcode
}

// fetch gets a file by its id: its content type and bytes.
func (rm *room) fetch(id string) (string, []byte) {
	rm.t.Helper()
	q := rm.token()
	q.Set("media_id", id)
	req, err := http.NewRequestWithContext(rm.t.Context(), http.MethodGet, rm.PublicURL()+"/cgi-bin/media/get?"+q.Encode(), nil)
	if err != nil {
		rm.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		rm.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		rm.t.Fatal(err)
	}
	return resp.Header.Get("Content-Type"), data
}

func TestUploadsAreMeasured(t *testing.T) {
	t.Parallel()
	rm := newRoom(t, nil)
	grow := func(head []byte, size int) []byte { return append(bytes.Clone(head), make([]byte, size-len(head))...) }
	gif, mp3 := []byte("GIF89a"), []byte("ID3\x03")
	second := SampleVoice()
	minute := append([]byte("#!AMR\n"), bytes.Repeat(second[6:], 60)...)
	for name, c := range map[string]struct {
		kind string
		data []byte
		code int
	}{
		"picture":                 {"image", SamplePicture(), 0},
		"picture of 10 MB":        {"image", grow(gif, 10<<20), 0},
		"picture above":           {"image", grow(gif, 10<<20+1), 40006},
		"picture in a new format": {"image", []byte("RIFF\x00\x00\x00\x00WEBPVP8 "), 40005},
		"text as a picture":       {"image", []byte("hello"), 40005},
		"nothing":                 {"image", nil, 44002},
		"recording":               {"voice", second, 0},
		"recording of 60 s":       {"voice", minute, 0},
		"recording above":         {"voice", append(minute, second[6:38]...), 45007},
		"recording of 2 MB":       {"voice", grow(mp3, 2<<20), 0},
		"recording above 2 MB":    {"voice", grow(mp3, 2<<20+1), 40006},
		"recording in WAVE":       {"voice", []byte("RIFF\x00\x00\x00\x00WAVEfmt "), 40005},
		"video":                   {"video", SampleVideo(), 0},
		"video of 10 MB":          {"video", grow(SampleVideo(), 10<<20), 0},
		"video above":             {"video", grow(SampleVideo(), 10<<20+1), 40006},
		"small picture":           {"thumb", SamplePicture(), 0},
		"small picture, large":    {"thumb", grow(SamplePicture(), 64<<10+1), 40006},
		"small picture, GIF":      {"thumb", gif, 40005},
		"unknown kind":            {"file", gif, 40004},
	} {
		if id, code := rm.upload(c.kind, c.data); code != c.code || (id == "") != (code != 0) {
			t.Errorf("%s: %d, id %q", name, code, id)
		}
	}
	q := rm.token()
	q.Set("type", "image")
	if code := errcode(rm.call("/cgi-bin/media/upload", q, "no form")); code != 41005 {
		t.Errorf("without a form: %d", code)
	}
}

func TestFilesLiveThreeDays(t *testing.T) {
	t.Parallel()
	rm := newRoom(t, nil)
	id, _ := rm.upload("image", SamplePicture())
	rm.Advance(72*time.Hour - time.Second)
	if kind, data := rm.fetch(id); kind != "image/jpeg" || !bytes.Equal(data, SamplePicture()) {
		t.Errorf("%s, %d bytes", kind, len(data))
	}
	rm.Advance(time.Second)
	if _, data := rm.fetch(id); !strings.Contains(string(data), `"errcode":40007`) {
		t.Errorf("after three days: %.80s", data)
	}
	if rm.hasMedia(testAccount, id, "image") {
		t.Error("it can still be sent")
	}
}

func TestVideoIsFetchedByItsAddress(t *testing.T) {
	t.Parallel()
	rm := newRoom(t, nil)
	rm.Resident(testAccount, "oLin").Video(background(t), SampleVideo())
	_, rest, _ := strings.Cut(rm.received()[0].plain, "<MediaId><![CDATA[")
	id, _, _ := strings.Cut(rest, "]]>")
	q := rm.token()
	q.Set("media_id", id)
	address, _ := rm.call("/cgi-bin/media/get", q, nil)["video_url"].(string)
	if !strings.HasPrefix(address, rm.PublicURL()+"/media/") {
		t.Fatalf("address %q", address)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if data, err := io.ReadAll(resp.Body); err != nil || !bytes.Equal(data, SampleVideo()) {
		t.Errorf("%d bytes, %v", len(data), err)
	}
}

func TestFilesBelongToTheirAccount(t *testing.T) {
	t.Parallel()
	rm := newRoom(t, func(c *Config) {
		c.Accounts = append(c.Accounts, Account{ID: "gh_other", AppID: "wxother", Secret: "s", Token: "t", Mode: Plaintext, Kind: ServiceVerified})
	})
	id, _ := rm.upload("image", SamplePicture())
	f := rm.call("/cgi-bin/stable_token", nil, `{"grant_type":"client_credential","appid":"wxother","secret":"s"}`)
	token, _ := f["access_token"].(string)
	if code := errcode(rm.call("/cgi-bin/media/get", url.Values{"access_token": {token}, "media_id": {id}}, nil)); code != 40007 {
		t.Errorf("%d", code)
	}
}
