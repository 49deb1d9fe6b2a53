package wechatsim

// Access tokens, as many as the platform hands out.

import (
	"slices"
	"strings"
	"time"
)

// tokenLife is how long a token lasts.
const tokenLife = 7200 * time.Second

// overlap is how long a token of /cgi-bin/token outlives its successor.
const overlap = 5 * time.Minute

// tokenSize is what the platform asks callers to make room for.
const tokenSize = 512

// grant is one token that was handed out. One that was replaced has a zero expiry.
type grant struct {
	until time.Time
}

// giveToken answers /cgi-bin/token: a new token each time, at most 2000 a day.
func (p *Platform) giveToken(r request) outcome {
	q := r.URL.Query()
	p.mu.Lock()
	defer p.mu.Unlock()
	d, code := p.credentials(r, q.Get("grant_type"), q.Get("appid"), q.Get("secret"))
	if code != 0 {
		return refuse(code)
	}
	now := p.now()
	if d.plain = lastDay(d.plain, now); len(d.plain) >= 2000 {
		return refuse(45009)
	}
	d.plain = append(d.plain, now)
	if old, ok := d.tokens[d.token]; ok && old.until.After(now.Add(overlap)) {
		d.tokens[d.token] = grant{until: now.Add(overlap)}
	}
	d.token = newToken()
	d.tokens[d.token] = grant{until: now.Add(tokenLife)}
	return outcome{bare: true, fields: map[string]any{"access_token": d.token, "expires_in": int(tokenLife.Seconds())}}
}

// giveStableToken answers /cgi-bin/stable_token: the same token while it lasts, unless a refresh is forced.
func (p *Platform) giveStableToken(r request) outcome {
	var in struct {
		GrantType    string `json:"grant_type"`
		AppID        string `json:"appid"`
		Secret       string `json:"secret"`
		ForceRefresh bool   `json:"force_refresh"`
	}
	if err := decodeJSON(r.body, &in); err != nil {
		return refuse(47001)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	d, code := p.credentials(r, in.GrantType, in.AppID, in.Secret)
	if code != 0 {
		return refuse(code)
	}
	now := p.now()
	held, ok := d.tokens[d.stable]
	if in.ForceRefresh {
		d.forced = lastDay(d.forced, now)
		if n := len(d.forced); n >= 20 {
			return refuse(45009)
		} else if n > 0 && now.Sub(d.forced[n-1]) < 30*time.Second {
			return refuse(45011)
		}
		d.forced = append(d.forced, now)
		if ok {
			d.tokens[d.stable] = grant{}
		}
		ok = false
	}
	// Near its end a new one is given while the old one goes on to its end.
	if !ok || !now.Before(held.until.Add(-overlap)) {
		d.stable = newToken()
		held = grant{until: now.Add(tokenLife)}
		d.tokens[d.stable] = held
	}
	left := int(held.until.Sub(now).Seconds())
	return outcome{bare: true, fields: map[string]any{"access_token": d.stable, "expires_in": left}}
}

// credentials finds the account of an app id; the caller holds the lock.
func (p *Platform) credentials(r request, grantType, appID, secret string) (*desk, int) {
	switch {
	case grantType != "client_credential":
		return nil, 40002
	case appID == "":
		return nil, 41002
	case secret == "":
		return nil, 41004
	}
	for _, d := range p.accounts {
		if d.AppID == appID {
			if d.Secret != secret {
				return nil, 40125
			}
			if !d.admits(r.Request) {
				return nil, 40164
			}
			return d, 0
		}
	}
	return nil, 40013
}

// tokenHolder says whose token it is. Reject takes the account's tokens away first, as the platform does when a secret is reset.
func (p *Platform) tokenHolder(token string, reject bool) (Account, int) {
	if token == "" {
		return Account{}, 41001
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, d := range p.accounts {
		g, ok := d.tokens[token]
		if !ok {
			continue
		}
		switch {
		case reject:
			for t := range d.tokens {
				d.tokens[t] = grant{}
			}
			d.token, d.stable = "", ""
			return d.Account, 40001
		case g.until.IsZero():
			return d.Account, 40001
		case !p.now().Before(g.until):
			return d.Account, 42001
		}
		return d.Account, 0
	}
	return Account{}, 40014
}

func newToken() string {
	return "8x_" + strings.Repeat(randomHex(8), tokenSize/16)[:tokenSize-35] + randomHex(16)
}

// lastDay keeps the moments of the last 24 hours.
func lastDay(at []time.Time, now time.Time) []time.Time {
	return slices.DeleteFunc(at, func(t time.Time) bool { return now.Sub(t) >= 24*time.Hour })
}
