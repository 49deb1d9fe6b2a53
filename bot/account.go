package bot

import (
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/url"
	"strings"

	"frontdesk/ticket"
)

// Mode is how the platform's messages are secured, as set in the account's backend.
type Mode string

// The three modes. Plaintext protects nothing: who has seen one callback URL can forge anything.
const (
	Safe       Mode = "safe"
	Compatible Mode = "compatible"
	Plaintext  Mode = "plaintext"
)

// Account is one official account as the platform knows it: what is needed to read its callbacks and to call its API.
type Account struct {
	ID          string // gh_…, the ToUserName of its messages and the last part of its callback path
	AppID       string
	Secret      string
	Token       string
	AESKey      string // EncodingAESKey, 43 characters
	PreviousKey string // the key before, while it is being changed; may be empty
	Mode        Mode
	Service     bool    // a service account; else a subscription account
	Verified    bool    // what it may do is in Sends, Templates and so on
	Sandbox     bool    // a test account of the platform: everything but message menus
	APIBase     string  // default https://api.weixin.qq.com
	Template    string  // id of the template that tells a resident that a reply waits; empty: none
	Fields      []Field // of that template; empty: thing1 says the subject, time2 the time
}

// LogValue shows the account's id and nothing that could be abused.
func (a Account) LogValue() slog.Value { return slog.StringValue(a.ID) }

// String shows the account's id and nothing that could be abused.
func (a Account) String() string { return a.ID }

// Check refuses an account that could not work. Its errors wrap [ticket.ErrInvalid] and name the setting, never its value.
func (a Account) Check() error {
	bad := func(what string) error { return fmt.Errorf("%w: account %s: %s", ticket.ErrInvalid, a.ID, what) }
	switch {
	case !strings.HasPrefix(a.ID, "gh_"):
		return fmt.Errorf("%w: an account's id begins with gh_", ticket.ErrInvalid)
	case a.AppID == "":
		return bad("the app id is missing")
	case !tokenFits(a.Token):
		return bad("the token has 3 to 32 letters and digits")
	case a.Mode != Safe && a.Mode != Compatible && a.Mode != Plaintext:
		return bad("the mode is safe, compatible or plaintext")
	case a.Mode != Plaintext && !keyFits(a.AESKey):
		return bad("the AES key has 43 characters of base64")
	case a.PreviousKey != "" && !keyFits(a.PreviousKey):
		return bad("the previous AES key has 43 characters of base64")
	}
	if u, err := url.Parse(a.APIBase); a.APIBase != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http") {
		return bad("the API base is not an address")
	}
	return nil
}

// tokenFits says whether a setting can be a Token: the account's backend takes nothing else, so anything else is a slip of the pen, or the
// example's words.
func tokenFits(token string) bool {
	if len(token) < 3 || len(token) > 32 {
		return false
	}
	return !strings.ContainsFunc(token, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
}

// keyFits says whether a setting can be an EncodingAESKey. The last character may hold stray bits: real keys do.
func keyFits(key string) bool {
	if len(key) != 43 {
		return false
	}
	_, err := base64.StdEncoding.DecodeString(key + "=")
	return err == nil
}

// Sends says whether the account may send customer-service messages and fetch media.
func (a Account) Sends() bool { return a.Verified || a.Sandbox }

// Templates says whether the account may send template messages and make QR codes with a scene.
func (a Account) Templates() bool { return a.Service && a.Verified || a.Sandbox }

// Menus says whether the account may set its menu by API.
func (a Account) Menus() bool { return a.Verified || a.Sandbox }

// TapMenus says whether a customer-service message may carry answers to tap.
func (a Account) TapMenus() bool { return a.Verified && !a.Sandbox }
