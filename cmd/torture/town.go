package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"frontdesk/wechatsim"
)

const (
	townAccount = "gh_torture00000"
	townApp     = "wxtorture0000001"
	townToken   = "tortureToken"
	townKey     = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
	townSecret  = "tortureSecret"
)

// town is a front desk as it is really run, and the world around it: a Redis, replicas of the program, one address in front of them, the
// platform with residents, and officers with browsers.
type town struct {
	w        *workshop
	redis    *redisServer
	through  string // address of Redis as the replicas know it
	answers  bool   // its account may only answer
	replicas []*replica
	front    *httptest.Server
	sim      *wechatsim.Platform
	api      *httptest.Server
	turn     atomic.Uint64
	life     context.Context // ends with close
	end      context.CancelFunc
	looking  sync.WaitGroup
	broken   atomic.Int64 // requests that broke off at a replica
	refused  atomic.Int64 // requests that no replica took
	still    sync.RWMutex // held while the balancer stands still
	longest  atomic.Int64 // nanoseconds from a post or an officer's request to its answer, or to when who asked hung up

	mu   sync.Mutex
	gate *gate // answers of the platform to be held; nil: none

	faults  []span               // see excuse.go
	readers []string             // residents whose answers may bring letters from the mailbox
	leases  map[string]time.Time // with their fences, and when a strike first noted each

	sends  atomic.Int64 // calls of the platform that show a letter, and were answered
	hidden atomic.Bool  // the addresses of photos are away

	clock string // file that says how far the clock has been moved; empty: it cannot be
	moved atomic.Int64

	shortAt, shortSent int64 // per cent of the memory of Redis in use when intake had stopped, and letters that went out then

	wrong      time.Duration // by which the machine's clock is wrong
	redisClock redisClock
}

// replica is one process of the front desk.
type replica struct {
	process
	base   string
	out    atomic.Bool // of the balancer's rotation, as its look at /readyz told
	asleep atomic.Bool // and no look that was answered before brings it back
}

// away says that the balancer passes it over.
func (r *replica) away() bool { return r.out.Load() || r.asleep.Load() }

// plan says what a town has. Its zero value is one replica on a Redis of its own.
type plan struct {
	replicas int
	redis    *redisServer      // given; else one is started with the durable settings
	through  string            // a proxy before Redis
	program  string            // another build
	env      map[string]string // more for the replicas
	serve    []string          // flags of serve
	clock    bool              // time can be moved, for platform and front desk alike
	edits    []edit            // more of them, with clock
	answers  bool              // the account may only answer: it sends nothing by itself
}

// newTown builds and starts one.
func newTown(ctx context.Context, w *workshop, p plan) (t *town, err error) {
	t = &town{w: w, redis: p.redis, through: p.through, answers: p.answers, leases: map[string]time.Time{}}
	t.life, t.end = context.WithCancel(context.WithoutCancel(ctx))
	defer func() {
		if err != nil {
			err = errors.Join(err, t.close())
		}
	}()
	if t.redis == nil {
		dir, err := w.folder("redis")
		if err != nil {
			return t, err
		}
		if t.redis, err = startRedis(ctx, dir, nil); err != nil {
			return t, err
		}
	}
	if p.clock {
		if p.program, t.clock, err = w.movable(ctx, p.edits...); err != nil {
			return t, err
		}
	}
	if t.through == "" {
		t.through = t.redis.addr
	}
	kind := wechatsim.ServiceVerified
	if p.answers {
		kind = wechatsim.SubscriptionUnverified
	}
	t.front = httptest.NewServer(t.balance())
	t.sim, err = wechatsim.New(wechatsim.Config{
		Accounts: []wechatsim.Account{{
			ID: townAccount, Name: "长安路警务室", AppID: townApp, Secret: townSecret, Token: townToken, AESKey: townKey,
			Mode: wechatsim.Safe, Kind: kind, CallbackURL: t.front.URL + "/wechat/" + townAccount,
		}},
		// A resident of a torture is more patient than the platform, which posts three times: each message is asked for until its fate is
		// known.
		Clock:      func() time.Time { return time.Now().Add(time.Duration(t.moved.Load())) },
		RetryEvery: 50 * time.Millisecond, Attempts: 1_000_000,
		HTTP: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}},
	})
	if err != nil {
		return t, err
	}
	t.api = httptest.NewServer(t.gated(t.sim.Handler()))
	t.sim.SetPublicURL(t.api.URL)
	for range max(p.replicas, 1) {
		if err := t.add(ctx, p); err != nil {
			return t, err
		}
	}
	return t, nil
}

// add starts one more replica.
func (t *town) add(ctx context.Context, p plan) error {
	listen, err := freeAddress()
	if err != nil {
		return err
	}
	dir, err := t.w.folder("replica")
	if err != nil {
		return err
	}
	env := map[string]string{
		"FRONTDESK_LISTEN": listen, "FRONTDESK_DATA": dir + "/data", "FRONTDESK_SECURE": "false", "FRONTDESK_REDIS_URL": t.redis.url(t.through),
		"FRONTDESK_WECHAT_ID": townAccount, "FRONTDESK_WECHAT_NAME": "长安路警务室", "FRONTDESK_WECHAT_APPID": townApp,
		"FRONTDESK_WECHAT_TOKEN": townToken, "FRONTDESK_WECHAT_AES_KEY": townKey, "FRONTDESK_WECHAT_SECRET": townSecret,
		"FRONTDESK_WECHAT_KIND": "service", "FRONTDESK_WECHAT_VERIFIED": "true", "FRONTDESK_WECHAT_API_BASE": t.api.URL,
	}
	if p.answers {
		env["FRONTDESK_WECHAT_KIND"], env["FRONTDESK_WECHAT_VERIFIED"] = "subscription", "false"
	}
	if t.clock != "" {
		env[clockVariable] = t.clock
	}
	for k, v := range p.env {
		env[k] = v
	}
	var list []string
	for k, v := range env {
		list = append(list, k+"="+v)
	}
	program := p.program
	if program == "" {
		if program, err = t.w.program(ctx); err != nil {
			return err
		}
	}
	r := &replica{base: "http://" + listen, process: process{name: "frontdesk-" + strconv.Itoa(len(t.replicas)), path: program,
		args: append([]string{"serve"}, p.serve...), env: list, dir: dir}}
	t.replicas = append(t.replicas, r)
	if err := r.up(ctx); err != nil {
		return err
	}
	t.looking.Go(func() { t.look(t.life, r) })
	return nil
}

// up starts the replica and waits until it takes messages.
func (r *replica) up(ctx context.Context) error {
	if err := r.start(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return r.await(ctx, func() bool { return answers(r.base + "/readyz") })
}

// balance is the address in front: it takes the replicas in turn and passes over one that does not take the connection, as any balancer does.
func (t *town) balance() http.Handler {
	pass := &http.Transport{MaxIdleConnsPerHost: 256, DialContext: t.dial}
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetXForwarded()
			r.Out.Host = r.In.Host // the console compares it with where a form came from
		},
		Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			last := errNobody
			begin := int(t.turn.Add(1))
			for i := range t.replicas {
				next := t.replicas[(begin+i)%len(t.replicas)]
				if next.asleep.Load() || next.out.Load() && !t.alone(next) {
					continue
				}
				base, err := url.Parse(next.base)
				if err != nil {
					return nil, err
				}
				r.URL.Scheme, r.URL.Host = base.Scheme, base.Host
				began := time.Now()
				resp, err := pass.RoundTrip(r)
				// A post that nobody answered in time is a late one too: the platform hangs up and posts it again. A connection that broke is none.
				if d := time.Since(began); d >= promptly { // to be found in the program's log
					_, _ = fmt.Fprintf(t.w.log, "a post at %s took %s at %s: %v\n", began.Format(time.RFC3339Nano), d, next.name, err)
				}
				if took := int64(time.Since(began)); r.URL.Path != "/desk/events" && (err == nil || r.Context().Err() != nil) {
					for was := t.longest.Load(); took > was && !t.longest.CompareAndSwap(was, took); was = t.longest.Load() {
					}
				}
				if err == nil {
					return resp, nil
				}
				if last = err; !errors.Is(err, syscall.ECONNREFUSED) {
					break // it may have been taken: only the platform may send it again
				}
			}
			return nil, last
		}),
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			switch {
			case r.Context().Err() != nil: // it was the platform that hung up
			case errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, errNobody):
				t.refused.Add(1)
			default:
				t.broken.Add(1)
			}
			w.WriteHeader(http.StatusBadGateway)
		},
	}
}

// errNobody says that every replica is passed over.
var errNobody = errors.New("no replica serves")

// alone says that no other replica is in the rotation: then even one that is out of it is asked.
func (t *town) alone(r *replica) bool {
	for _, other := range t.replicas {
		if other != r && !other.away() {
			return false
		}
	}
	return true
}

// look asks a replica at /readyz again and again whether it wants requests, as a balancer does, until the context ends.
func (t *town) look(ctx context.Context, r *replica) {
	client := &http.Client{Timeout: 500 * time.Millisecond}
	beat := time.NewTicker(50 * time.Millisecond)
	defer beat.Stop()
	for {
		select {
		case <-beat.C:
		case <-ctx.Done():
			return
		}
		t.still.RLock()
		_, err := page(client.Get(r.base + "/readyz"))
		t.still.RUnlock()
		r.out.Store(err != nil)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// frontdesk runs a command of the program against the town's Redis and returns what it prints.
func (t *town) frontdesk(ctx context.Context, stdin string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, t.replicas[0].path, args...)
	cmd.Env = append(cmd.Environ(), t.replicas[0].env...)
	cmd.Dir = t.replicas[0].dir
	cmd.Stdin = strings.NewReader(stdin)
	text, err := cmd.CombinedOutput()
	if err != nil {
		return string(text), fmt.Errorf("frontdesk %s: %w: %s", args[0], err, text)
	}
	return string(text), nil
}

// close stops everything.
func (t *town) close() error {
	t.end()
	t.looking.Wait()
	var err error
	for _, r := range t.replicas {
		err = errors.Join(err, r.kill(), r.raced())
	}
	if t.front != nil {
		t.front.CloseClientConnections()
		t.front.Close()
	}
	if t.sim != nil {
		t.sim.Close()
	}
	if t.api != nil {
		t.api.CloseClientConnections()
		t.api.Close()
	}
	if t.redis != nil {
		err = errors.Join(err, t.redis.close())
	}
	return err
}
