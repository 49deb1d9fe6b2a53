package bot

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// TokenCache shares an account's access token among replicas. It has the shape of silenceper's cache.Cache.
type TokenCache interface {
	// Get gives a string, or nil when there is none.
	Get(key string) any
	// Set keeps a string for a time that is positive.
	Set(key string, val any, timeout time.Duration) error
	// IsExist says whether there is something.
	IsExist(key string) bool
	// Delete removes what is there; nothing there is no error.
	Delete(key string) error
}

const (
	tokenKey    = "access_token"
	tokenMargin = 5 * time.Minute // a token is not used in its last minutes
	forceEvery  = 30 * time.Second
)

// tokens hands out the account's access token. The SDK's own fetching has no context and its errors hold the secret.
type tokens struct {
	api    *API
	cache  TokenCache
	mu     sync.Mutex // one fetch at a time
	forced time.Time  // last forced refresh, allowed 20 times a day
}

// get gives the token, from the cache or fresh. stale is a token that the platform refused: it is never given again.
func (t *tokens) get(ctx context.Context, stale string) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if held, ok := t.cache.Get(tokenKey).(string); ok && held != "" && held != stale {
		return held, nil
	}
	force := stale != ""
	if force && t.api.clock().Sub(t.forced) < forceEvery {
		return "", fmt.Errorf("%w: the token was refreshed a moment ago", errUnclear)
	}
	if force {
		t.forced = t.api.clock()
	}
	token, lifetime, err := t.fetch(ctx, false)
	if err == nil && token == stale { // the stable token goes on as it is until a refresh is forced
		token, lifetime, err = t.fetch(ctx, true)
	}
	if err != nil {
		return "", err
	}
	if keep := lifetime - tokenMargin; keep > 0 {
		if err := t.cache.Set(tokenKey, token, keep); err != nil {
			return token, nil // the token is good; the next call fetches it again
		}
	}
	return token, nil
}

// fetch asks the platform for the stable token.
func (t *tokens) fetch(ctx context.Context, force bool) (string, time.Duration, error) {
	var got struct {
		Token   string `json:"access_token"`
		Seconds int64  `json:"expires_in"`
	}
	ask := map[string]any{"grant_type": "client_credential", "appid": t.api.account.AppID, "secret": t.api.account.Secret, "force_refresh": force}
	if err := t.api.post(ctx, "/cgi-bin/stable_token", "", ask, &got); err != nil {
		return "", 0, fmt.Errorf("fetch a token: %w", err)
	}
	if got.Token == "" {
		return "", 0, errors.Join(errUnclear, errors.New("fetch a token: none came"))
	}
	return got.Token, time.Duration(got.Seconds) * time.Second, nil
}
