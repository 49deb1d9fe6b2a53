package bot

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/singleflight"
)

// TokenCache shares an account's access token among replicas.
type TokenCache interface {
	// Get gives a string, or nil when there is none.
	Get(key string) any
	// Set keeps a string for a time that is positive.
	Set(key string, val any, timeout time.Duration) error
	// Swap keeps a string as Set does, in one step, if there is nothing or was; false when there was something else, which stays.
	Swap(key, was, val string, timeout time.Duration) (bool, error)
	// Delete removes what is under a key; nothing there is no error.
	Delete(key string) error
}

const (
	tokenKey    = "access_token"
	turnKey     = "access_token_turn"   // there while a replica asks the platform, for all of them
	forcedKey   = "access_token_forced" // there while a refresh may not be forced
	turnTime    = 3 * callTime          // longer than it takes to ask and to force: who died in its turn keeps nobody from it for ever
	tokenMargin = 5 * time.Minute       // a token is not used in its last minutes
	tokenLife   = 2 * time.Hour         // the platform's longest
	forceEvery  = 30 * time.Second      // the platform's shortest, and 20 a day
	awaitEvery  = 50 * time.Millisecond
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

// renew gets a token other than stale. Of several replicas one asks the platform, and the others wait for what it gets. Who waits in vain, or cannot
// reach the cache, asks as well: better twice than not at all.
func (t *tokens) renew(ctx context.Context, stale string) (string, error) {
	mine, err := t.cache.Swap(turnKey, "", "taken", turnTime)
	if err == nil && !mine {
		t.await(ctx, stale)
	} else {
		defer t.leave()
	}
	return t.ask(ctx, stale)
}

// leave ends our turn. It asks more than once, for whoever waits, waits long; when it cannot be said the turn ends by itself.
func (t *tokens) leave() {
	for range 3 {
		if t.cache.Delete(turnKey) == nil {
			return
		}
	}
}

// await waits until the replica whose turn it is has put a token other than stale into the cache, or is over without one.
func (t *tokens) await(ctx context.Context, stale string) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	beat := time.NewTicker(awaitEvery)
	defer beat.Stop()
	for {
		if _, ok := t.held(stale); ok || t.cache.Get(turnKey) == nil {
			return
		}
		select {
		case <-beat.C:
		case <-ctx.Done():
			return
		}
	}
}

// ask fetches a token other than stale and puts it into the cache. It looks there once more: somebody's may have come just before.
func (t *tokens) ask(ctx context.Context, stale string) (string, error) {
	if held, ok := t.held(stale); ok {
		return held, nil
	}
	token, lifetime, err := t.fetch(ctx, false)
	switch {
	case err != nil:
		return "", err
	case token == stale: // the stable token goes on as it is until a refresh is forced
		return t.force(ctx)
	}
	if keep := kept(lifetime); keep > 0 {
		// Without the cache the token is as good, and the next call fetches it again. What another replica put there since is newer.
		if done, err := t.cache.Swap(tokenKey, stale, token, keep); err == nil && !done {
			if held, ok := t.held(stale); ok {
				return held, nil
			}
		}
	}
	return token, nil
}

// kept is how long a token is kept in the cache.
func kept(lifetime time.Duration) time.Duration { return min(lifetime, tokenLife) - tokenMargin }

// force makes the platform replace the token, which takes away the one that anybody else holds; errForced when somebody has just done so.
func (t *tokens) force(ctx context.Context) (string, error) {
	first, err := t.cache.Swap(forcedKey, "", "forced", forceEvery)
	switch {
	case err != nil:
		return "", fmt.Errorf("%w: %w", errForced, err)
	case !first:
		return "", errForced
	}
	token, lifetime, err := t.fetch(ctx, true)
	if keep := kept(lifetime); err == nil && keep > 0 {
		_ = t.cache.Set(tokenKey, token, keep) // as above; nobody else may put a newer one there
	}
	_ = t.cache.Set(forcedKey, "forced", forceEvery) // the platform counts from when it was asked, not from when we meant to
	return token, err
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
