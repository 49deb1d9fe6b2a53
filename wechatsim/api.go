package wechatsim

// The API that accounts call: one table of calls, and what is checked before any of them.

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// maxRequest bounds the body of an API call: the largest media and some room around it.
const maxRequest = 11 << 20

// request is one API call whose token and permission hold.
type request struct {
	*http.Request
	account Account
	body    []byte
}

// outcome is what a call gives back: an error code, or fields beside errcode 0, or something that is not JSON.
type outcome struct {
	code   int
	fields map[string]any
	bare   bool // without errcode and errmsg
	data   []byte
	kind   string // content type of data
}

func refuse(code int) outcome { return outcome{code: code} }

// endpoint is one call of the API.
type endpoint struct {
	method string // "" for either
	needs  ability
	open   bool // needs no token
	do     func(*Platform, request) outcome
}

// endpoints is the table of all calls.
func endpoints() map[string]endpoint {
	return map[string]endpoint{
		"/cgi-bin/token":                     {method: http.MethodGet, open: true, do: (*Platform).giveToken},
		"/cgi-bin/stable_token":              {method: http.MethodPost, open: true, do: (*Platform).giveStableToken},
		"/cgi-bin/getcallbackip":             {method: http.MethodGet, do: (*Platform).giveAddresses},
		"/cgi-bin/get_api_domain_ip":         {method: http.MethodGet, do: (*Platform).giveAddresses},
		"/cgi-bin/message/custom/send":       {method: http.MethodPost, needs: service, do: (*Platform).sendCustom},
		"/cgi-bin/message/custom/typing":     {method: http.MethodPost, needs: service, do: (*Platform).showTyping},
		"/cgi-bin/message/template/send":     {method: http.MethodPost, needs: notices, do: (*Platform).sendTemplate},
		"/cgi-bin/message/subscribe/bizsend": {method: http.MethodPost, needs: notices, do: (*Platform).sendNotice},
		"/cgi-bin/menu/create":               {method: http.MethodPost, needs: menus, do: (*Platform).createMenu},
		"/cgi-bin/menu/get":                  {method: http.MethodGet, needs: menus, do: (*Platform).getMenu},
		"/cgi-bin/menu/delete":               {method: http.MethodGet, needs: menus, do: (*Platform).deleteMenu},
		"/cgi-bin/media/upload":              {method: http.MethodPost, needs: service, do: (*Platform).uploadMedia},
		"/cgi-bin/media/get":                 {method: http.MethodGet, needs: service, do: (*Platform).getMedia},
		"/cgi-bin/media/get/jssdk":           {method: http.MethodGet, needs: service, do: (*Platform).getMedia},
		"/cgi-bin/qrcode/create":             {method: http.MethodPost, needs: notices, do: (*Platform).createCode},
		"/cgi-bin/user/info":                 {method: http.MethodGet, needs: service, do: (*Platform).userInfo},
	}
}

// messages are the words beside the codes. A code that is not here gets "error".
func message(code int) string {
	words := map[int]string{
		0: "ok", -1: "system error", 40001: "invalid credential, access_token is invalid or not latest", 40002: "invalid grant_type",
		40003: "invalid openid", 40004: "invalid media type", 40005: "invalid file type", 40006: "invalid media size",
		40007: "invalid media_id", 40008: "invalid message type", 40013: "invalid appid", 40014: "invalid access_token",
		40016: "invalid button size", 40017: "invalid button type", 40018: "invalid button name size", 40019: "invalid button key size",
		40020: "invalid button url size", 40023: "invalid sub button size", 40024: "invalid sub button type",
		40025: "invalid sub button name size", 40026: "invalid sub button key size", 40027: "invalid sub button url size",
		40037: "invalid template_id", 40052: "invalid action name", 40053: "invalid action info", 40097: "invalid args",
		40125: "invalid appsecret", 40164: "invalid ip, not in whitelist", 40200: "msgmenu is not available for this account",
		41001: "access_token missing", 41002: "appid missing", 41004: "appsecret missing", 41005: "media data missing",
		42001: "access_token expired", 43001: "require GET method", 43002: "require POST method", 43101: "user refuse to accept the msg",
		44002: "empty post data", 44004: "empty content", 45002: "content size out of limit", 45007: "playtime out of limit", 45008: "article count out of limit",
		45009: "reach max api daily quota limit",
		45011: "api minute-quota reach limit, must slower", 45015: "response out of time limit or subscription is canceled",
		45029: "qrcode count out of limit", 45047: "out of response count limit", 46003: "no menu data", 47001: "data format error",
		47003: "argument invalid!", 48001: "api unauthorized", 48002: "user refuse to receive", 48004: "api forbidden for irregularities",
		50005: "user is unsubscribed", 61004: "access clientip is not registered",
	}
	if w := words[code]; w != "" {
		return w
	}
	return "error"
}

// apiHandler serves the table.
func (p *Platform) apiHandler() http.Handler {
	table := endpoints()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e, found := table[r.URL.Path]
		if !found {
			http.NotFound(w, r)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
		if err != nil {
			http.Error(w, "request entity too large", http.StatusRequestEntityTooLarge)
			return
		}
		f := p.takeFault(r.URL.Path)
		if f.Slow > 0 {
			t := time.NewTimer(f.Slow)
			defer t.Stop()
			select {
			case <-t.C:
			case <-r.Context().Done():
				return
			}
		}
		out, account := p.serve(e, f, r, body)
		p.log(r, account, out.code, body, f)
		switch {
		case f.Down:
			panic(http.ErrAbortHandler) // the connection is closed without a word
		case f.Status != 0:
			http.Error(w, http.StatusText(f.Status), f.Status)
		default:
			writeOutcome(w, out, f.Truncate)
		}
	})
}

// serve checks what every call needs and runs it, unless a fault answers in its stead.
func (p *Platform) serve(e endpoint, f Fault, r *http.Request, body []byte) (outcome, string) {
	if f.Down || f.Status != 0 {
		return outcome{}, ""
	}
	req := request{Request: r, body: body}
	if !e.open {
		a, code := p.tokenHolder(r.URL.Query().Get("access_token"), f.RejectToken)
		if code != 0 {
			return refuse(code), a.ID
		}
		req.account = a
	}
	id := req.account.ID
	switch {
	case f.Errcode != 0:
		return refuse(f.Errcode), id
	case f.QuotaOut:
		return refuse(45009), id
	case e.method == http.MethodGet && r.Method != http.MethodGet:
		return refuse(43001), id
	case e.method == http.MethodPost && r.Method != http.MethodPost:
		return refuse(43002), id
	case !e.open && !req.account.admits(r):
		return refuse(61004), id
	case !e.open && !req.account.Kind.may(e.needs):
		return refuse(48001), id
	}
	return e.do(p, req), id
}

// writeOutcome answers as the platform does: always 200. Truncate cuts the body in the middle, after the call took effect.
func writeOutcome(w http.ResponseWriter, out outcome, truncate bool) {
	body, kind := out.data, out.kind
	if body == nil {
		all := map[string]any{}
		if !out.bare || out.code != 0 {
			all["errcode"], all["errmsg"] = out.code, message(out.code)
			if out.code != 0 {
				all["errmsg"] = message(out.code) + " rid: " + randomHex(4)
			}
		}
		for k, v := range out.fields {
			all[k] = v
		}
		body, kind = encodeJSON(all), "application/json; encoding=utf-8"
	}
	if truncate {
		body = body[:len(body)/2]
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	// A caller who hung up is no concern of the platform.
	_, _ = w.Write(body)
}

// encodeJSON writes raw UTF-8, as the platform does.
func encodeJSON(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return []byte(`{"errcode":-1,"errmsg":"system error"}`)
	}
	return bytes.TrimSpace(b.Bytes())
}

// decodeJSON reads one JSON value. \u escapes are kept as they are written: the platform shows them to the resident. Keys are taken in their
// case: one with a capital letter is of no call, and encoding/json would take it for another.
func decodeJSON(body []byte, into any) error {
	kept := keepEscapes(body)
	var all any
	if err := json.Unmarshal(kept, &all); err != nil {
		return err
	}
	if capitals(all) {
		return errors.New("a key has capital letters")
	}
	return json.Unmarshal(kept, into)
}

// capitals says whether a key anywhere inside has a capital letter.
func capitals(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		for name, inner := range v {
			if strings.ContainsFunc(name, unicode.IsUpper) || capitals(inner) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, capitals)
	}
	return false
}

// keepEscapes doubles the backslash of every \u.
func keepEscapes(body []byte) []byte {
	out := make([]byte, 0, len(body))
	for i := 0; i < len(body); i++ {
		if body[i] != '\\' || i+1 == len(body) {
			out = append(out, body[i])
			continue
		}
		if body[i+1] == 'u' {
			out = append(out, '\\')
		}
		out = append(out, body[i], body[i+1])
		i++
	}
	return out
}

// giveAddresses lists where the platform's posts come from.
func (p *Platform) giveAddresses(request) outcome {
	return outcome{bare: true, fields: map[string]any{"ip_list": []string{"127.0.0.1"}}}
}
