package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	sdk "github.com/silenceper/wechat/v2/officialaccount/message"

	"frontdesk/ticket"
)

const (
	defaultBase = "https://api.weixin.qq.com"
	callTime    = 10 * time.Second // one call
	maxReply    = 1 << 20          // of a JSON answer
)

// API calls the platform for one account. It is safe for many goroutines. Its errors never hold a token, the secret or what was sent.
//
// The payloads are the SDK's; its calls are not used, because they have no context, no deadline, and errors that hold the token.
type API struct {
	account Account
	base    string
	client  *http.Client
	tokens  *tokens
	clock   func() time.Time
	metrics *SendMetrics
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

// Measure counts the calls from now on. It gives the API itself; call it before the first call.
func (a *API) Measure(m *SendMetrics) *API {
	a.metrics = m
	return a
}

// post makes one call with a JSON body. The answer's errcode decides, whatever HTTP says.
func (a *API) post(ctx context.Context, path, token string, ask, into any) error {
	err := a.exchange(ctx, path, token, ask, into)
	a.metrics.call(path, err)
	return err
}

// exchange makes the call of post.
func (a *API) exchange(ctx context.Context, path, token string, ask, into any) error {
	var body bytes.Buffer
	e := json.NewEncoder(&body)
	e.SetEscapeHTML(false) // residents would read the escapes
	if err := e.Encode(ask); err != nil {
		return fmt.Errorf("call %s: %w", path, err)
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.address(path, token), &body)
	if err != nil {
		return fmt.Errorf("call %s: the API base is not an address", path)
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	resp, err := a.client.Do(req)
	if err != nil {
		return fmt.Errorf("call %s: %w", path, unanswered(err))
	}
	defer func() { _ = resp.Body.Close() }() // read as far as needed
	if resp.StatusCode != http.StatusOK {    // the platform itself always answers 200: something before it did
		return fmt.Errorf("call %s: status %d: %w", path, resp.StatusCode, instead(resp.StatusCode))
	}
	reply, err := io.ReadAll(io.LimitReader(resp.Body, maxReply))
	if err != nil {
		return fmt.Errorf("call %s: the answer broke off: %w", path, errUnclear)
	}
	return readReply(path, reply, into)
}

func (a *API) address(path, token string) string {
	if token == "" {
		return a.base + path
	}
	return a.base + path + "?access_token=" + url.QueryEscape(token)
}

// unanswered sorts an error of the HTTP client, which itself holds the address and with it the token: without a connection nothing was sent.
func unanswered(err error) error {
	var op *net.OpError
	switch {
	case errors.As(err, &op) && op.Op == "dial":
		return fmt.Errorf("no connection: %w", errAway)
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &op) && op.Timeout():
		return fmt.Errorf("out of time: %w", errUnclear)
	}
	return errUnclear
}

// instead sorts a status that something on the way answered in the platform's place. A gateway that ran out of time, or broke off, may have
// handed the call on before.
func instead(status int) error {
	if status >= http.StatusInternalServerError && status != http.StatusServiceUnavailable {
		return errUnclear
	}
	return errAway
}

// readReply understands an answer.
func readReply(path string, reply []byte, into any) error {
	var said struct {
		Code *int `json:"errcode"`
	}
	if err := json.Unmarshal(reply, &said); err != nil { // cut off, perhaps after the call took effect
		return fmt.Errorf("call %s: %w", path, errUnclear)
	}
	switch {
	case said.Code != nil && *said.Code != 0:
		return fmt.Errorf("call %s: %w", path, apiError{*said.Code})
	case into == nil && said.Code == nil: // only an errcode of 0 says that it was done
		return fmt.Errorf("call %s: %w", path, errUnclear)
	case into == nil:
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

const pathCustom = "/cgi-bin/message/custom/send"

// sendText sends a customer-service message.
func (a *API) sendText(ctx context.Context, to ticket.Personal, text string) error {
	return a.call(ctx, pathCustom, sdk.NewCustomerTextMessage(to.Reveal(), text), nil)
}

// sendTaps sends a customer-service message with answers to tap.
func (a *API) sendTaps(ctx context.Context, to ticket.Personal, text string, taps []ticket.Tap) error {
	menu := &sdk.MediaMsgmenu{HeadContent: text + "\n"}
	for _, t := range taps {
		menu.List = append(menu.List, sdk.MsgmenuItem{ID: t.ID, Content: t.Text})
	}
	return a.call(ctx, pathCustom, sdk.CustomerMessage{ToUser: to.Reveal(), Msgtype: "msgmenu", Msgmenu: menu}, nil)
}

// sendTemplate tells that something waits, and gives the platform's number of the message. The platform drops a second one with the same id
// within ten minutes and gives the first one's number again.
func (a *API) sendTemplate(ctx context.Context, to ticket.Personal, id, subject string) (number string, err error) {
	type value struct {
		Value string `json:"value"`
	}
	data := make(map[string]value)
	for _, f := range a.account.fields() {
		data[f.Name] = value{f.value(subject, a.clock())}
	}
	var said struct {
		Code int   `json:"errcode"`
		ID   int64 `json:"msgid"`
	}
	// The SDK's message carries a miniprogram even when there is none.
	err = a.call(ctx, "/cgi-bin/message/template/send", map[string]any{
		"touser": to.Reveal(), "template_id": a.account.Template, "client_msg_id": shortID(id), "data": data,
	}, &said)
	if err != nil || said.ID == 0 {
		return "", err
	}
	return strconv.FormatInt(said.ID, 10), nil
}
