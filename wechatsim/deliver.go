package wechatsim

// Posts to an account's callback: valid ones, and ones that are wrong in exactly the way a test wants.

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"
)

// Form is what a post's body looks like.
type Form string

// The forms: as the account's mode says, only the encrypted form, only the plain one, or both in one body.
const (
	ByMode    Form = ""
	Encrypted Form = "encrypted"
	Plain     Form = "plain"
	Both      Form = "both"
)

// Delivery is one post to a callback. Every field but Account may be left empty: then it is what the platform would send.
type Delivery struct {
	Account      string
	XML          string // the message; see Platform.Message
	Beside       string // stands in the clear beside the ciphertext of the form Both; default: the message itself
	OpenID       string // default: the message's FromUserName
	Form         Form
	Timestamp    int64 // seconds; default: now
	Nonce        string
	Signature    string
	MsgSignature string
	Token        string            // signs instead of the account's
	AESKey       string            // encrypts instead of the account's
	AppID        string            // is put into the ciphertext instead of the account's
	Body         []byte            // is sent as it stands instead of the XML; nothing is encrypted, though the signatures are made
	Query        map[string]string // parameters that replace the usual ones; an empty value leaves the parameter out
	Within       time.Duration     // how long an answer may take; default Config.AnswerWithin
}

// Answer is what came back for one post.
type Answer struct {
	Status int
	Body   []byte // as it came
	Kind   string // text, image, news …; "" when nothing was said or the answer is wrong
	Text   string // what the resident would read
	URL    string
	Wrong  error // why the platform does not understand it; nil when it does
	Took   time.Duration
}

// Deliver posts once and reads the answer strictly. The error is for a post that got no answer in time; an answer of any status is none.
// Nothing is shown to a resident and no window opens.
func (p *Platform) Deliver(ctx context.Context, d Delivery) (Answer, error) {
	a, err := p.account(d.Account)
	if err != nil {
		return Answer{}, err
	}
	within := d.Within
	if within == 0 {
		within = p.cfg.AnswerWithin
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	req, err := p.build(ctx, a, d)
	if err != nil {
		return Answer{}, err
	}
	started := time.Now()
	resp, err := p.client.Do(req)
	if err != nil {
		return Answer{Took: time.Since(started)}, fmt.Errorf("wechatsim: post: %w", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	got := Answer{Status: resp.StatusCode, Body: body, Took: time.Since(started)}
	if err != nil {
		return got, fmt.Errorf("wechatsim: read the answer: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		got.Wrong = fmt.Errorf("status %d", resp.StatusCode)
		return got, nil
	}
	openid := d.OpenID
	if openid == "" {
		openid = readHeader(d.XML).FromUserName
	}
	r, err := p.readAnswer(a, openid, body)
	got.Kind, got.Text, got.URL, got.Wrong = r.kind, r.text, r.url, err
	return got, nil
}

// Request makes the post of a message as the platform would send it, for a test to damage before sending it.
func (p *Platform) Request(account, message string) (*http.Request, error) {
	a, err := p.account(account)
	if err != nil {
		return nil, err
	}
	return p.build(context.Background(), a, Delivery{Account: account, XML: message})
}

// Same posts exactly the same message n times at once, each with a signature of its own, as racing retries would arrive. The answers are in
// no particular order; the error joins those of posts without an answer.
func (p *Platform) Same(ctx context.Context, account, message string, n int) ([]Answer, error) {
	answers, errs := make([]Answer, n), make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { answers[i], errs[i] = p.Deliver(ctx, Delivery{Account: account, XML: message}) })
	}
	all.Wait()
	return answers, errors.Join(errs...)
}

// Verify asks the callback for the echo that the backend wants before it saves an address.
func (p *Platform) Verify(ctx context.Context, account string) error {
	a, err := p.account(account)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, p.cfg.AnswerWithin)
	defer cancel()
	stamp, nonce, echo := strconv.FormatInt(p.cfg.Clock().Unix(), 10), randomHex(5), randomHex(8)
	address, err := withQuery(a.CallbackURL, url.Values{"timestamp": {stamp}, "nonce": {nonce}, "echostr": {echo},
		"signature": {signature(a.Token, stamp, nonce)}})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return fmt.Errorf("wechatsim: verify: %w", err)
	}
	resp, err := p.client.Do(req)
	if err != nil {
		return fmt.Errorf("wechatsim: verify: %w", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("wechatsim: verify: %w", err)
	}
	if resp.StatusCode != http.StatusOK || string(body) != echo {
		return fmt.Errorf("wechatsim: the callback did not echo (status %d)", resp.StatusCode)
	}
	return nil
}

// build signs and encrypts a delivery.
func (p *Platform) build(ctx context.Context, a Account, d Delivery) (*http.Request, error) {
	if a.CallbackURL == "" {
		return nil, fmt.Errorf("wechatsim: account %q has no callback", a.ID)
	}
	stamp, nonce := strconv.FormatInt(p.cfg.Clock().Unix(), 10), d.Nonce
	if d.Timestamp != 0 {
		stamp = strconv.FormatInt(d.Timestamp, 10)
	}
	if nonce == "" {
		nonce = randomHex(5)
	}
	token := or(d.Token, a.Token)
	query := url.Values{"timestamp": {stamp}, "nonce": {nonce},
		"signature": {or(d.Signature, signature(token, stamp, nonce))}}
	form := d.Form
	if form == ByMode {
		form = map[Mode]Form{Safe: Encrypted, Compatible: Both, Plaintext: Plain}[a.Mode]
	}
	body := d.Body
	if form == Plain && body == nil {
		body = []byte(d.XML)
	}
	if form != Plain {
		sealed := string(d.Body)
		if d.Body == nil {
			var err error
			if sealed, err = p.sealMessage(a, d); err != nil {
				return nil, err
			}
			body = wrap(a.ID, or(d.Beside, d.XML), sealed, form)
		}
		openid := or(d.OpenID, readHeader(d.XML).FromUserName)
		query.Set("openid", openid)
		query.Set("encrypt_type", "aes")
		query.Set("msg_signature", or(d.MsgSignature, signature(token, stamp, nonce, sealed)))
	}
	for name, value := range d.Query {
		if query.Set(name, value); value == "" {
			query.Del(name)
		}
	}
	address, err := withQuery(a.CallbackURL, query)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("wechatsim: make the post: %w", err)
	}
	req.Header.Set("Content-Type", "text/xml")
	req.Header.Set("User-Agent", "Mozilla/4.0")
	return req, nil
}

func (p *Platform) sealMessage(a Account, d Delivery) (string, error) {
	key, err := parseKey(or(d.AESKey, a.AESKey))
	if err != nil {
		return "", fmt.Errorf("wechatsim: %w", err)
	}
	// The platform's random part is text, not bytes.
	return seal(key, []byte(randomHex(8)), d.XML, or(d.AppID, a.AppID))
}

// wrap puts the ciphertext into the body that goes out: alone with the receiver, or behind the plain fields.
func wrap(account, message, sealed string, form Form) []byte {
	encrypt := "<Encrypt>" + cdata(sealed) + "</Encrypt></xml>"
	if form == Both {
		var whole struct {
			Inner string `xml:",innerxml"`
		}
		if err := xml.Unmarshal([]byte(message), &whole); err == nil {
			return []byte("<xml>" + whole.Inner + encrypt)
		}
	}
	return []byte("<xml><ToUserName>" + cdata(account) + "</ToUserName>" + encrypt)
}

// withQuery adds parameters to an address that may have some already.
func withQuery(address string, query url.Values) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", fmt.Errorf("wechatsim: callback: %w", err)
	}
	all := u.Query()
	for name, values := range query {
		all[name] = values
	}
	u.RawQuery = all.Encode()
	return u.String(), nil
}

func or(given, usual string) string {
	if given != "" {
		return given
	}
	return usual
}
