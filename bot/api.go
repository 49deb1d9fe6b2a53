package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"frontdesk/ticket"
)

const (
	defaultBase = "https://api.weixin.qq.com"
	callTime    = 10 * time.Second // one call
	maxReply    = 1 << 20          // of a JSON answer
)

// API calls the platform for one account. It is safe for many goroutines. Its errors never hold a token, the secret or what was sent.
type API struct {
	account Account
	base    string
	client  *http.Client
	tokens  *tokens
	clock   func() time.Time
}

// NewAPI makes the client of an account; the cache shares its token with other replicas.
func NewAPI(a Account, cache TokenCache, clock func() time.Time) *API {
	base := strings.TrimSuffix(a.APIBase, "/")
	if base == "" {
		base = defaultBase
	}
	if clock == nil {
		clock = time.Now
	}
	api := &API{account: a, base: base, clock: clock, client: &http.Client{
		Timeout:       callTime,
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: 8, IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	api.tokens = &tokens{api: api, cache: cache}
	return api
}

// post makes one call with a JSON body. The answer's errcode decides, whatever HTTP says; a call whose answer does not come whole gives
// errUnclear.
func (a *API) post(ctx context.Context, path, token string, ask, into any) error {
	var body bytes.Buffer
	e := json.NewEncoder(&body)
	e.SetEscapeHTML(false) // residents would read the escapes
	if err := e.Encode(ask); err != nil {
		return fmt.Errorf("call %s: %w", path, err)
	}
	address := a.base + path
	if token != "" {
		address += "?access_token=" + url.QueryEscape(token)
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, &body)
	if err != nil {
		return fmt.Errorf("call %s: the API base is not an address", path)
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	resp, err := a.client.Do(req)
	if err != nil {
		return fmt.Errorf("call %s: %w", path, errUnclear) // the error holds the address, and that the token
	}
	defer func() { _ = resp.Body.Close() }() // read as far as needed
	reply, err := io.ReadAll(io.LimitReader(resp.Body, maxReply))
	if err != nil || resp.StatusCode != http.StatusOK {
		return fmt.Errorf("call %s: status %d: %w", path, resp.StatusCode, errUnclear)
	}
	return readReply(path, reply, into)
}

// readReply understands an answer.
func readReply(path string, reply []byte, into any) error {
	var said struct {
		Code *int `json:"errcode"`
	}
	if err := json.Unmarshal(reply, &said); err != nil {
		return fmt.Errorf("call %s: %w", path, errUnclear)
	}
	if said.Code != nil && *said.Code != 0 {
		return fmt.Errorf("call %s: %w", path, apiError{*said.Code})
	}
	if into == nil {
		if said.Code == nil { // only an errcode of 0 says that it was done
			return fmt.Errorf("call %s: %w", path, errUnclear)
		}
		return nil
	}
	if err := json.Unmarshal(reply, into); err != nil {
		return fmt.Errorf("call %s: %w", path, errUnclear)
	}
	return nil
}

// call makes one call with the account's token; a token that is refused is refreshed once.
func (a *API) call(ctx context.Context, path string, ask, into any) error {
	return a.withToken(ctx, func(token string) error { return a.post(ctx, path, token, ask, into) })
}

func (a *API) withToken(ctx context.Context, do func(token string) error) error {
	token, err := a.tokens.get(ctx, "")
	if err != nil {
		return err
	}
	err = do(token)
	if v, _ := judge(err); err == nil || v != newToken {
		return err
	}
	if token, err = a.tokens.get(ctx, token); err != nil {
		return err
	}
	return do(token)
}

// sendText sends a customer-service message.
func (a *API) sendText(ctx context.Context, to ticket.Personal, text string) error {
	return a.call(ctx, "/cgi-bin/message/custom/send", map[string]any{
		"touser": to.Reveal(), "msgtype": "text", "text": map[string]string{"content": text},
	}, nil)
}

// sendTaps sends a customer-service message with answers to tap.
func (a *API) sendTaps(ctx context.Context, to ticket.Personal, text string, taps []ticket.Tap) error {
	type choice struct {
		ID      string `json:"id"`
		Content string `json:"content"`
	}
	var list []choice
	for _, t := range taps {
		list = append(list, choice{t.ID, t.Text})
	}
	return a.call(ctx, "/cgi-bin/message/custom/send", map[string]any{
		"touser": to.Reveal(), "msgtype": "msgmenu",
		"msgmenu": map[string]any{"head_content": text + "\n", "list": list, "tail_content": ""},
	}, nil)
}

// sendTemplate tells that something waits. The platform drops a second one with the same id within ten minutes.
func (a *API) sendTemplate(ctx context.Context, to ticket.Personal, id, subject string) error {
	type value struct {
		Value string `json:"value"`
	}
	return a.call(ctx, "/cgi-bin/message/template/send", map[string]any{
		"touser": to.Reveal(), "template_id": a.account.Template, "client_msg_id": id,
		"data": map[string]value{
			"thing1": {firstRunes(subject, 20)},
			"time2":  {a.clock().In(ticket.Shanghai).Format("2006年1月2日 15:04")},
		},
	}, nil)
}

func firstRunes(s string, n int) string {
	r := []rune(s)
	return string(r[:min(n, len(r))])
}

// errKind says that the platform does not let this kind of account do it.
var errKind = errors.New("this kind of account may not do that")
