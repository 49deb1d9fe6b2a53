package wechatsim

// The official accounts that the platform knows: their kinds, their modes, and what each kind may do.

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Kind is what an account was registered as; it decides which API calls are permitted.
type Kind string

// The kinds of account. Sandbox is the platform's test account.
const (
	SubscriptionUnverified Kind = "subscription-unverified"
	SubscriptionVerified   Kind = "subscription-verified"
	ServiceUnverified      Kind = "service-unverified"
	ServiceVerified        Kind = "service-verified"
	Sandbox                Kind = "sandbox"
)

// Mode is how messages between the platform and the account are secured.
type Mode string

// The modes. Safe encrypts, Compatible sends both forms and takes either answer, Plaintext only signs the URL.
const (
	Safe       Mode = "safe"
	Compatible Mode = "compatible"
	Plaintext  Mode = "plaintext"
)

// Account is one official account as it stands in the platform's backend.
type Account struct {
	ID          string // gh_…
	Name        string // stands above the chat; may be empty
	AppID       string
	Secret      string
	Token       string // signs the callbacks
	AESKey      string // EncodingAESKey, 43 characters; may be empty in plaintext mode
	Mode        Mode
	Kind        Kind
	CallbackURL string   // may be set later with SetCallback
	IPs         []string // addresses that may call the API; none: all of them, though the real platform then admits nobody
}

// ability is what an API call asks of an account's kind.
type ability int

const (
	everyone ability = iota
	menus
	service // customer-service messages, user info, media
	notices // template messages, subscription notices, QR codes with a scene
)

// may is the permission table of the platform.
func (k Kind) may(a ability) bool {
	switch a {
	case menus, service:
		return k == SubscriptionVerified || k == ServiceVerified || k == Sandbox
	case notices:
		return k == ServiceVerified || k == Sandbox
	default:
		return true
	}
}

// tapMenus says whether customer-service messages may carry a msgmenu; a sandbox account may not.
func (k Kind) tapMenus() bool { return k != Sandbox }

func (k Kind) known() bool {
	switch k {
	case SubscriptionUnverified, SubscriptionVerified, ServiceUnverified, ServiceVerified, Sandbox:
		return true
	}
	return false
}

// admits says whether the account's servers may call from where the request comes.
func (a Account) admits(r *http.Request) bool {
	if len(a.IPs) == 0 {
		return true
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	return err == nil && slices.Contains(a.IPs, host)
}

// check refuses an account that the platform's backend would not have accepted.
func (a Account) check() error {
	bad := func(what string) error { return fmt.Errorf("wechatsim: account %q: %s", a.ID, what) }
	switch {
	case !strings.HasPrefix(a.ID, "gh_"):
		return bad("the id begins with gh_")
	case a.AppID == "" || a.Secret == "" || a.Token == "":
		return bad("app id, secret and token are needed")
	case a.Mode != Safe && a.Mode != Compatible && a.Mode != Plaintext:
		return bad("unknown mode")
	case !a.Kind.known():
		return bad("unknown kind")
	}
	if a.AESKey != "" || a.Mode != Plaintext {
		if _, err := parseKey(a.AESKey); err != nil {
			return bad(err.Error())
		}
	}
	return checkCallback(a.CallbackURL)
}

func checkCallback(address string) error {
	if address == "" {
		return nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return errors.New("wechatsim: the callback is not an address")
	}
	return nil
}
