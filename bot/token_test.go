package bot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"frontdesk/ticket"
	"frontdesk/wechatsim"
)

const pathToken = "/cgi-bin/stable_token"

func TestARefusedTokenIsReplacedOnce(t *testing.T) {
	r := newRig(t, wechatsim.SubscriptionVerified)
	r.write()
	r.once(r.letter("第一封"))
	r.platform.SetFault(wechatsim.Fault{Path: pathCustom, RejectToken: true, Times: 1})
	if d := r.once(r.letter("邻居的事办好了")); d.Fate != ticket.Delivered || d.Tries != 1 {
		t.Errorf("%+v", d)
	}
	if n := r.calls(pathToken); n != 2 {
		t.Errorf("%d tokens fetched", n)
	}
	r.platform.SetFault(wechatsim.Fault{Path: pathCustom, RejectToken: true})
	before := r.calls(pathCustom)
	if d := r.once(r.letter("还有一封")); d.Fate != ticket.Sending || r.calls(pathCustom) != before+2 {
		t.Errorf("refused for good: %+v after %d calls", d, r.calls(pathCustom)-before)
	}
}

// TestAForcedRefreshKeepsItsDistance has a token refused that the platform still gives out as good.
func TestAForcedRefreshKeepsItsDistance(t *testing.T) {
	r := newRig(t, wechatsim.SubscriptionVerified)
	r.write()
	other := NewAPI(r.api.account, r.cache, r.clock) // another replica with the same cache
	t.Cleanup(other.client.CloseIdleConnections)
	r.platform.SetFault(wechatsim.Fault{Path: pathCustom, Errcode: 42001})
	p := r.letter("邻居的事办好了")
	if d := r.once(p); d.Fate != ticket.Sending {
		t.Fatalf("%+v", d)
	}
	forced := func() int {
		n := 0
		for _, c := range r.platform.Calls() {
			if c.Path == pathToken && strings.Contains(c.Body, `"force_refresh":true`) {
				n++
			}
		}
		return n
	}
	if forced() != 1 {
		t.Fatalf("forced %d times", forced())
	}
	for range 2 { // at once, and until the last second
		began := time.Now()
		if err := other.sendText(t.Context(), "oLin", "好"); !errors.Is(err, errForced) || forced() != 1 || time.Since(began) >= callTime {
			t.Errorf("the other replica, after %s: %v, forced %d times", time.Since(began), err, forced())
		}
		r.advance(forceEvery - time.Second)
	}
	r.advance(2*time.Second - forceEvery) // the last second is over
	if err := other.sendText(t.Context(), "oLin", "好"); err == nil || forced() != 2 {
		t.Errorf("after a while: %v, forced %d times", err, forced())
	}
	for _, c := range r.platform.Calls() {
		if c.Path == pathToken && c.Errcode != 0 {
			t.Errorf("the platform refused a refresh with %d", c.Errcode)
		}
	}
}

// crossing is a cache on which the first two who want the turn meet: neither goes on before both have asked for it.
type crossing struct {
	*shelf
	asked sync.WaitGroup
	left  atomic.Int32
}

func (c *crossing) Swap(key, was, val string, timeout time.Duration) (bool, error) {
	done, err := c.shelf.Swap(key, was, val, timeout)
	if key == turnKey && c.left.Add(-1) >= 0 {
		c.asked.Done()
		c.asked.Wait()
	}
	return done, err
}

// TestOneReplicaAsksAndTheOthersWait has two replicas whose token is refused at the same moment: one was taken away, or is given out still.
func TestOneReplicaAsksAndTheOthersWait(t *testing.T) {
	for _, taken := range []bool{true, false} {
		r := newRig(t, wechatsim.SubscriptionVerified)
		cache := &crossing{shelf: r.cache}
		cache.asked.Add(2)
		cache.left.Store(2)
		old, err := r.api.tokens.get(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		if taken {
			r.platform.SetFault(wechatsim.Fault{Path: pathCustom, RejectToken: true, Times: 1})
			_ = r.api.post(t.Context(), pathCustom, old, struct{}{}, &struct{}{})
		}
		before := r.calls(pathToken)
		got := make(chan string, 2)
		for range 2 {
			api := NewAPI(r.api.account, cache, r.clock)
			t.Cleanup(api.client.CloseIdleConnections)
			go func() {
				token, err := api.tokens.get(t.Context(), old)
				if err != nil {
					t.Error(err)
				}
				got <- token
			}()
		}
		one, two := <-got, <-got
		if one != two || one == old || r.cache.Get(tokenKey) != any(one) {
			t.Error("the two do not have the same new token")
		}
		forced := 0
		for _, c := range r.platform.Calls() {
			if c.Path == pathToken && strings.Contains(c.Body, `"force_refresh":true`) {
				forced++
			}
		}
		if asked := r.calls(pathToken) - before - forced; asked != 1 || taken != (forced == 0) || forced > 1 {
			t.Errorf("taken away %v: asked %d times, forced %d times", taken, asked, forced)
		}
	}
}

// TestAnOlderTokenDoesNotReplaceANewerOne lets a replica be slow to put down what it fetched.
func TestAnOlderTokenDoesNotReplaceANewerOne(t *testing.T) {
	r := newRig(t, wechatsim.SubscriptionVerified)
	inner := r.api.client.Transport
	r.api.client.Transport = tripper(func(next func() error) error {
		err := next()
		if e := r.cache.Set(tokenKey, "newer", time.Hour); e != nil {
			t.Error(e)
		}
		return err
	}, inner)
	if got, err := r.api.tokens.get(t.Context(), ""); got != "newer" || err != nil || r.cache.Get(tokenKey) != any("newer") {
		t.Errorf("it has another token: %v", err)
	}
}

func TestATokenThatAnotherReplicaFetchedIsUsed(t *testing.T) {
	r := newRig(t, wechatsim.SubscriptionVerified)
	r.write()
	other := NewAPI(r.api.account, r.cache, r.clock)
	t.Cleanup(other.client.CloseIdleConnections)
	old, err := other.tokens.get(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	r.platform.SetFault(wechatsim.Fault{Path: pathCustom, RejectToken: true, Times: 1})
	if d := r.once(r.letter("邻居的事办好了")); d.Fate != ticket.Delivered {
		t.Fatalf("%+v", d)
	}
	before := r.calls(pathToken)
	if now, err := other.tokens.get(t.Context(), old); err != nil || now == old || r.calls(pathToken) != before {
		t.Errorf("%v, fetched %d more", err, r.calls(pathToken)-before)
	}
}

func TestATokenEndsBeforeThePlatformSaysSo(t *testing.T) {
	r := newRig(t, wechatsim.SubscriptionVerified)
	fetched := func(after time.Duration) int {
		r.advance(after)
		if _, err := r.api.tokens.get(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
		return r.calls(pathToken)
	}
	if a, b, c := fetched(0), fetched(tokenLife-tokenMargin-time.Second), fetched(time.Second); a != 1 || b != 1 || c != 2 {
		t.Errorf("fetched %d, %d, %d times", a, b, c)
	}
}

func TestALifetimeThatIsNoneIsNotForEver(t *testing.T) {
	for _, seconds := range []string{"0", "-1", "299", "86400", "-9223372036854775808", "9223372036854775807"} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = fmt.Fprintf(w, `{"access_token":"one","expires_in":%s}`, seconds)
		}))
		cache := &shelf{clock: time.Now, held: map[string]shelved{}}
		api := NewAPI(Account{ID: "gh_room", APIBase: server.URL}, cache, cache.clock)
		for _, stale := range []string{"", "one"} { // the second one is forced
			if token, err := api.tokens.get(t.Context(), stale); token != "one" || err != nil {
				t.Errorf("%s: %q, %v", seconds, token, err)
			}
		}
		for _, d := range cache.asked {
			if d <= 0 || d > tokenLife-tokenMargin {
				t.Errorf("%s seconds are kept for %v", seconds, d)
			}
		}
		api.client.CloseIdleConnections()
		server.Close()
	}
}

func TestManyWantOneToken(t *testing.T) {
	r := newRig(t, wechatsim.SubscriptionVerified)
	held := make(chan struct{})
	inner := r.api.client.Transport
	r.api.client.Transport = tripper(func(next func() error) error {
		<-held
		return next()
	}, inner)
	var all sync.WaitGroup
	var mu sync.Mutex
	seen := map[string]int{}
	for range 20 {
		all.Go(func() {
			token, err := r.api.tokens.get(t.Context(), "")
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				seen[token]++
			}
		})
	}
	close(held)
	all.Wait()
	for token, n := range seen {
		if len(seen) != 1 || n != 20 || len(token) < 512 {
			t.Errorf("%d tokens, %d callers, %d long", len(seen), n, len(token))
		}
	}
	r.api.client.Transport = inner
	if n := r.calls(pathToken); n != 1 {
		t.Errorf("fetched %d times", n)
	}
}

// TestWhoGivesUpWaitingTakesTheTokenFromNobody has the one who began a fetch go away: it does not wait, and the fetch goes on for who comes next.
func TestWhoGivesUpWaitingTakesTheTokenFromNobody(t *testing.T) {
	r := newRig(t, wechatsim.SubscriptionVerified)
	usual, trips := r.api.client.Transport, atomic.Int32{}
	begun, goOn := make(chan struct{}), make(chan struct{})
	r.api.client.Transport = roundTrip(func(q *http.Request) (*http.Response, error) {
		if trips.Add(1) == 1 {
			close(begun)
			select {
			case <-goOn:
			case <-q.Context().Done():
			}
		}
		return usual.RoundTrip(q)
	})
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		<-begun
		stop()
	}()
	if _, err := r.api.tokens.get(ctx, ""); !errors.Is(err, errAway) {
		t.Errorf("who went away: %v", err)
	}
	close(goOn)
	if _, err := r.api.tokens.get(t.Context(), ""); err != nil || trips.Load() != 1 {
		t.Errorf("who came next: %v after %d fetches", err, trips.Load())
	}
}

// TestARefusedTokenIsNotAwaited has a token refused while somebody else still fetches, who may well get the same one: who was refused does not take that.
func TestARefusedTokenIsNotAwaited(t *testing.T) {
	r := newRig(t, wechatsim.SubscriptionVerified)
	old, err := r.api.tokens.get(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	begun, goOn, landed := make(chan struct{}), make(chan struct{}), make(chan struct{})
	cache := &turnWatch{shelf: &shelf{clock: r.clock, held: map[string]shelved{}}, looked: func() { close(goOn) }}
	api := NewAPI(r.api.account, cache, r.clock)
	t.Cleanup(api.client.CloseIdleConnections)
	usual, trips := api.client.Transport, atomic.Int32{}
	api.client.Transport = roundTrip(func(q *http.Request) (*http.Response, error) {
		if trips.Add(1) == 1 {
			close(begun)
			select {
			case <-goOn:
			case <-q.Context().Done():
			}
		}
		return usual.RoundTrip(q)
	})
	go func() {
		defer close(landed)
		if _, err := api.tokens.get(t.Context(), ""); err != nil {
			t.Error(err)
		}
	}()
	<-begun
	if got, err := api.tokens.get(t.Context(), old); err != nil || got == old {
		t.Errorf("it has the old one again: %v, %v", got == old, err)
	}
	<-landed
}

// turnWatch is a cache that tells of the first look at whose turn it is, and of the first end of a turn.
type turnWatch struct {
	*shelf
	looked, over func()
	deaf         int // so many ends are not heard first
}

func (w *turnWatch) Get(key string) any {
	got := w.shelf.Get(key)
	if do := w.looked; key == turnKey && do != nil {
		w.looked = nil
		do()
	}
	return got
}

func (w *turnWatch) Delete(key string) error {
	if w.deaf > 0 {
		w.deaf--
		return ticket.ErrUnavailable
	}
	if do := w.over; key == turnKey && do != nil {
		w.over = nil
		do()
	}
	return w.shelf.Delete(key)
}

// TestATokenIsThereBeforeTheTurnIsOver looks at the end of a turn: who waited for it must have the token then, or would ask as well.
func TestATokenIsThereBeforeTheTurnIsOver(t *testing.T) {
	r := newRig(t, wechatsim.SubscriptionVerified)
	old := ""
	for range 2 { // the second one is forced
		cache := &turnWatch{shelf: r.cache, deaf: 2}
		cache.over = func() {
			if held, ok := cache.Get(tokenKey).(string); !ok || held == old {
				t.Error("there is none")
			}
		}
		api := NewAPI(r.api.account, cache, r.clock)
		t.Cleanup(api.client.CloseIdleConnections)
		token, err := api.tokens.get(t.Context(), old)
		if err != nil || cache.over != nil || cache.Get(turnKey) != nil {
			t.Fatalf("%v, the turn is %v", err, cache.Get(turnKey))
		}
		old = token
	}
}

// TestATurnThatComesToNothing has the replica whose turn it was get no token, or die: who waited asks, after a while at most.
func TestATurnThatComesToNothing(t *testing.T) {
	for name, waits := range map[string]time.Duration{"fails": awaitEvery, "dies": callTime} {
		synctest.Test(t, func(t *testing.T) {
			cache := &turnWatch{shelf: &shelf{clock: time.Now, held: map[string]shelved{}}}
			if err := cache.Set(turnKey, "taken", turnTime); err != nil {
				t.Fatal(err)
			}
			if name == "fails" {
				cache.looked = func() { _ = cache.Delete(turnKey) }
			}
			api := NewAPI(Account{ID: "gh_room", APIBase: "http://platform"}, cache, cache.clock)
			api.client.Transport = roundTrip(func(*http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(`{"access_token":"one","expires_in":7200}`))}, nil
			})
			began := time.Now()
			if token, err := api.tokens.get(t.Context(), ""); token != "one" || err != nil || time.Since(began) != waits {
				t.Errorf("the other one %s: %q, %v after %s", name, token, err, time.Since(began))
			}
		})
	}
}

// TestAnAnswerWithoutATokenIsNone has the platform answer without one: nothing is sent without a token.
func TestAnAnswerWithoutATokenIsNone(t *testing.T) {
	r := newRig(t, wechatsim.SubscriptionVerified)
	r.api.client.Transport = roundTrip(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(`{"expires_in":7200}`))}, nil
	})
	if got, err := r.api.tokens.get(t.Context(), ""); !errors.Is(err, errAway) || got != "" || r.cache.Get(tokenKey) != nil {
		t.Errorf("it has %q, %v", got, err)
	}
}

// TestTokenTroubleIsNoLettersTrouble holds that limits on tokens neither pause letters nor count as a letter that may have arrived.
func TestTokenTroubleIsNoLettersTrouble(t *testing.T) {
	for _, row := range []struct {
		fault  wechatsim.Fault
		reason string
	}{
		{wechatsim.Fault{QuotaOut: true}, "连不上"},
		{wechatsim.Fault{Truncate: true}, "连不上"},
		{wechatsim.Fault{Errcode: 40164}, "白名单"},
		{wechatsim.Fault{Errcode: 40125}, "AppSecret"},
	} {
		r := newRig(t, wechatsim.SubscriptionVerified)
		r.write()
		row.fault.Path = pathToken
		r.platform.SetFault(row.fault)
		d := r.once(r.letter("邻居的事办好了"))
		if d.Fate != ticket.Sending || !strings.Contains(d.Reason, row.reason) || d.Tries != 1 || !r.sender.rest.IsZero() || r.calls(pathCustom) != 0 {
			t.Errorf("%+v: %+v", row.fault, d)
		}
	}
}

// TestErrorsHoldNoSecrets looks at every error there can be, down to the last wrapped one.
func TestErrorsHoldNoSecrets(t *testing.T) {
	for _, fault := range []wechatsim.Fault{
		{Down: true}, {Truncate: true}, {Status: 500}, {Errcode: -1}, {Errcode: 40003}, {RejectToken: true}, {QuotaOut: true}, {Path: pathToken, Down: true},
		{Path: pathToken, Truncate: true}, {Path: pathToken, Errcode: 40125}, {Slow: time.Minute},
	} {
		r := newRig(t, wechatsim.ServiceVerified)
		r.api.client.Timeout = 20 * time.Millisecond
		r.platform.SetFault(fault)
		_, told := r.api.sendTemplate(t.Context(), "oLin", "D1:1", "邻居的事")
		errs := []error{r.api.sendText(t.Context(), "oLin", "邻居的事"), r.api.PushMenu(t.Context()), told}
		_, err := r.api.MakeCode(t.Context(), "s_main", 0)
		for _, err := range append(errs, err) {
			if err == nil {
				t.Errorf("%+v: no error", fault)
			}
			for ; err != nil; err = errors.Unwrap(err) {
				r.silent(fmt.Sprintf("%v %+v %#v", err, err, err))
			}
		}
		r.once(r.letter("邻居的事办好了")) // and its log, which the rig reads at the end
	}
}
