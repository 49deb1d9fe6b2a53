package wechatsim

// QR codes with a scene, and what an account may know of a user.

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"time"
	"unicode/utf8"
)

// maxPermanent is how many codes that last for ever an account may have.
const maxPermanent = 100_000

// code is one QR code.
type code struct {
	scene string
	until time.Time // zero: for ever
}

type codeRequest struct {
	ActionName    string `json:"action_name"`
	ExpireSeconds *int64 `json:"expire_seconds"`
	ActionInfo    struct {
		Scene struct {
			ID  *int64  `json:"scene_id"`
			Str *string `json:"scene_str"`
		} `json:"scene"`
	} `json:"action_info"`
}

// createCode answers qrcode/create.
func (p *Platform) createCode(r request) outcome {
	var in codeRequest
	if err := decodeJSON(r.body, &in); err != nil {
		return refuse(47001)
	}
	permanent, errcode := in.permanent()
	if errcode != 0 {
		return refuse(errcode)
	}
	scene, ok := in.scene(permanent)
	if !ok {
		return refuse(40053)
	}
	seconds := int64(60)
	if in.ExpireSeconds != nil {
		seconds = *in.ExpireSeconds
	}
	if !permanent && (seconds < 1 || seconds > 30*24*3600) {
		return refuse(40053)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	d := p.accounts[r.account.ID]
	c := code{scene: scene}
	if permanent {
		if d.permanent >= maxPermanent {
			return refuse(45029)
		}
		d.permanent++
	} else {
		c.until = p.now().Add(time.Duration(seconds) * time.Second)
	}
	ticket := newTicket()
	d.codes[ticket] = c
	fields := map[string]any{"ticket": ticket, "url": "http://weixin.qq.com/q/" + ticket[:22]}
	if !permanent {
		fields["expire_seconds"] = seconds
	}
	return outcome{bare: true, fields: fields}
}

func (c codeRequest) permanent() (bool, int) {
	switch c.ActionName {
	case "QR_SCENE", "QR_STR_SCENE":
		return false, 0
	case "QR_LIMIT_SCENE", "QR_LIMIT_STR_SCENE":
		return true, 0
	}
	return false, 40052
}

// scene reads the scene that the action asks for: a number, or 1 to 64 characters.
func (c codeRequest) scene(permanent bool) (string, bool) {
	s := c.ActionInfo.Scene
	if c.ActionName == "QR_STR_SCENE" || c.ActionName == "QR_LIMIT_STR_SCENE" {
		if s.Str == nil {
			return "", false
		}
		n := utf8.RuneCountInString(*s.Str)
		return *s.Str, n >= 1 && n <= 64
	}
	if s.ID == nil || *s.ID < 1 || *s.ID > 1<<32-1 || permanent && *s.ID > maxPermanent {
		return "", false
	}
	return strconv.FormatInt(*s.ID, 10), true
}

func newTicket() string {
	return base64.URLEncoding.EncodeToString([]byte("gQ" + randomHex(34)))
}

// codeFor gives the ticket of a scene that somebody scans. A scene that the account never made a code for is taken as printed long ago.
func (r *Resident) codeFor(scene string) (string, error) {
	if scene == "" {
		return "", nil
	}
	r.p.mu.Lock()
	defer r.p.mu.Unlock()
	expired := false
	for ticket, c := range r.p.accounts[r.account].codes {
		if c.scene != scene {
			continue
		}
		if c.until.IsZero() || r.p.now().Before(c.until) {
			return ticket, nil
		}
		expired = true
	}
	if expired {
		return "", ErrExpiredCode
	}
	return newTicket(), nil
}

// showCode answers showqrcode with a picture, which is not a code that could be scanned.
func (p *Platform) showCode(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	known := false
	for _, d := range p.accounts {
		if _, ok := d.codes[r.URL.Query().Get("ticket")]; ok {
			known = true
		}
	}
	p.mu.Unlock()
	if !known {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "image/jpeg")
	_, _ = w.Write(SamplePicture())
}

// userInfo answers user/info: of somebody who left, only that.
func (p *Platform) userInfo(r request) outcome {
	p.mu.Lock()
	defer p.mu.Unlock()
	u := p.accounts[r.account.ID].residents[r.URL.Query().Get("openid")]
	switch {
	case u == nil:
		return refuse(40003)
	case !u.follows:
		return outcome{bare: true, fields: map[string]any{"subscribe": 0, "openid": u.openid}}
	}
	came := "ADD_SCENE_SEARCH"
	if u.scene != "" {
		came = "ADD_SCENE_QR_CODE"
	}
	number, err := strconv.ParseInt(u.scene, 10, 64)
	if err != nil {
		number = 0
	}
	return outcome{bare: true, fields: map[string]any{"subscribe": 1, "openid": u.openid, "language": "zh_CN",
		"subscribe_time": u.since.Unix(), "remark": "", "groupid": 0, "tagid_list": []int{}, "subscribe_scene": came,
		"qr_scene": number, "qr_scene_str": u.scene}}
}
