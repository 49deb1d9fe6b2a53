package bot

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/singleflight"
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
	forcedKey   = "access_token_forced" // there while a refresh may not be forced
	tokenMargin = 5 * time.Minute       // a token is not used in its last minutes
	tokenLife   = 2 * time.Hour         // the platform's longest
	forceEvery  = 30 * time.Second      // the platform's shortest, and 20 a day
)

// tokens hands out the account's access token. It asks for it itself: the SDK's own fetching has no context and no deadline, and its errors
// hold the secret.
type tokens struct {
	api    *API
	cache  TokenCache
	flight singleflight.Group // one fetch at a time, whose result is for all who wait
}

// get gives the token, from the cache or fresh. stale is a token that the platform refused: it is never given again, but one that another
// replica put into its place is.
func (t *tokens) get(ctx context.Context, stale string) (string, error) {
	if held, ok := t.held(stale); ok {
		return held, nil
	}
	done := t.flight.DoChan(stale, func() (any, error) {
		// Whoever gave up waiting must not take the token from the others; the call has a deadline of its own.
		return t.renew(context.WithoutCancel(ctx), stale)
	})
	select {
	case <-ctx.Done():
		return "", fmt.Errorf("fetch a token: %w", errAway)
	case r := <-done:
		token, _ := r.Val.(string)
		return token, r.Err
	}
}

// held gives the token of the cache, unless it is the one that was refused.
func (t *tokens) held(stale string) (string, bool) {
	held, ok := t.cache.Get(tokenKey).(string)
	return held, ok && held != "" && held != stale
}

// renew fetches a token other than stale and puts it into the cache. It looks there once more: a flight may have landed just before.
func (t *tokens) renew(ctx context.Context, stale string) (string, error) {
	if held, ok := t.held(stale); ok {
		return held, nil
	}
	token, lifetime, err := t.fetch(ctx, false)
	if err == nil && token == stale { // the stable token goes on as it is until a refresh is forced
		token, lifetime, err = t.force(ctx)
	}
	if err != nil {
		return "", err
	}
	if keep := min(lifetime, tokenLife) - tokenMargin; keep > 0 {
		// Without the cache the token is as good, and the next call fetches it again.
		_ = t.cache.Set(tokenKey, token, keep)
	}
	return token, nil
}

// force makes the platform replace the token. The mark in the cache keeps other replicas from doing the same in the meantime.
func (t *tokens) force(ctx context.Context) (string, time.Duration, error) {
	if t.cache.IsExist(forcedKey) {
		return "", 0, errForced
	}
	if err := t.cache.Set(forcedKey, "1", forceEvery); err != nil {
		return "", 0, fmt.Errorf("%w: %w", errForced, err)
	}
	return t.fetch(ctx, true)
}

// fetch asks the platform for the stable token.
func (t *tokens) fetch(ctx context.Context, force bool) (string, time.Duration, error) {
	var got struct {
		Token   string `json:"access_token"`
		Seconds int64  `json:"expires_in"`
	}
	ask := map[string]any{"grant_type": "client_credential", "appid": t.api.account.AppID, "secret": t.api.account.Secret, "force_refresh": force}
	err := t.api.post(ctx, "/cgi-bin/stable_token", "", ask, &got)
	switch {
	case err != nil:
		return "", 0, tokenFailed{err}
	case got.Token == "":
		return "", 0, tokenFailed{errAway}
	}
	return got.Token, time.Duration(min(got.Seconds, int64(tokenLife/time.Second))) * time.Second, nil
}

// tokenFailed is why there is no token. Nothing was sent by then, so an unclear answer is none about the letter; and a limit on tokens is
// none on letters.
type tokenFailed struct{ why error }

func (e tokenFailed) Error() string { return "fetch a token: " + e.why.Error() }

// Unwrap gives the platform's code where that is for the operator, and otherwise only that there was none.
func (e tokenFailed) Unwrap() error {
	if v, _ := judge(e.why); v == again {
		return e.why
	}
	return errAway
}
