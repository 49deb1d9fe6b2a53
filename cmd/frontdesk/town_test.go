package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"

	"frontdesk/cmd/torture/topology"
	"frontdesk/wechatsim"
)

// This file holds the town of the scripts: the platform, its residents and the officers' browsers, all outside the program under test.

// townAccount is the official account of every script.
const townAccount = "gh_changanlu"

// patienceTime is how long a script waits for what happens in the background.
const patienceTime = 30 * time.Second

// TestMain lets the test binary be the program itself for the scripts. Only here the clock can be moved.
func TestMain(m *testing.M) {
	testscript.Main(tidy{m}, map[string]func(){"frontdesk": func() {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		code := run(ctx, os.Args[1:], environment{
			Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv,
			Now: townNow(os.Getenv("TOWN_CLOCK")),
		})
		stop()
		os.Exit(code)
	}, "bare": bareMain})
}

// tidy is the tests, which fail too when something still runs after them.
type tidy struct{ tests *testing.M }

// Run runs them.
func (t tidy) Run() int {
	code := t.tests.Run()
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// townNow is the clock of the program under test: it can be moved where a script wants to move it.
func townNow(file string) func() time.Time {
	if file == "" {
		return time.Now
	}
	return func() time.Time { return time.Now().Add(ahead(file)) }
}

// ahead is by how much the town's clock has been moved.
func ahead(file string) time.Duration {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	d, err := time.ParseDuration(string(text))
	if err != nil {
		panic(err)
	}
	return d
}

// town is the world of one script.
type town struct {
	sim   *wechatsim.Platform
	api   *httptest.Server
	base  string // of the front desk
	data  string
	clock string // file that says how far the clock has been moved

	watched *topology.Watched // nil: none was asked for
	cluster *topology.Cluster // as above

	mu       sync.Mutex
	browsers map[string]*http.Client
}

type townKey struct{}

func townOf(ts *testscript.TestScript) *town { return ts.Value(townKey{}).(*town) }

// newTown prepares a script: a platform, a free port and settings by variables.
func newTown(env *testscript.Env) error {
	// A loopback address of the script's own: on a shared one somebody could take the port between our look and a start or a restart.
	l, err := net.Listen("tcp", net.JoinHostPort(net.IPv4(127, 1+byte(rand.N(250)), byte(rand.N(250)), 1+byte(rand.N(250))).String(), "0"))
	if err != nil {
		return err
	}
	listen := l.Addr().String()
	if err := l.Close(); err != nil {
		return err
	}
	t := &town{
		base: "http://" + listen, data: filepath.Join(env.WorkDir, "data"), clock: filepath.Join(env.WorkDir, ".clock"),
		browsers: map[string]*http.Client{},
	}
	env.Values[townKey{}] = t
	for name, value := range map[string]string{
		"FRONTDESK_LISTEN": listen, "FRONTDESK_DATA": t.data, "FRONTDESK_SECURE": "false", "TOWN_CLOCK": t.clock,
		"FRONTDESK_WECHAT_ID": townAccount, "FRONTDESK_WECHAT_NAME": "长安路警务室", "FRONTDESK_WECHAT_APPID": "wxtown0000000001",
		"FRONTDESK_WECHAT_TOKEN": "townToken", "FRONTDESK_WECHAT_AES_KEY": demoKey, "FRONTDESK_WECHAT_SECRET": "town", "TOWN_KEY": demoKey,
	} {
		env.Setenv(name, value)
	}
	if err := t.open(wechatsim.ServiceVerified); err != nil {
		return err
	}
	for name, value := range t.settings(wechatsim.ServiceVerified) {
		env.Setenv(name, value)
	}
	env.Defer(t.close)
	return nil
}

// settings are what the front desk is told of an account of this kind.
func (t *town) settings(kind wechatsim.Kind) map[string]string {
	service, verified := "subscription", "false"
	if strings.HasPrefix(string(kind), "service") {
		service = "service"
	}
	if strings.HasSuffix(string(kind), "-verified") {
		verified = "true"
	}
	return map[string]string{"FRONTDESK_WECHAT_KIND": service, "FRONTDESK_WECHAT_VERIFIED": verified, "FRONTDESK_WECHAT_API_BASE": t.api.URL}
}

// open starts a platform whose account is of that kind, in safe mode.
func (t *town) open(kind wechatsim.Kind) error {
	sim, err := wechatsim.New(wechatsim.Config{
		Accounts: []wechatsim.Account{{
			ID: townAccount, Name: "长安路警务室", AppID: "wxtown0000000001", Secret: "town", Token: "townToken", AESKey: demoKey,
			Mode: wechatsim.Safe, Kind: kind, CallbackURL: t.base + "/wechat/" + townAccount,
		}},
		Clock:   func() time.Time { return time.Now().Add(ahead(t.clock)) },
		Advance: t.advance,
	})
	if err != nil {
		return err
	}
	t.sim, t.api = sim, httptest.NewServer(sim.Handler())
	sim.SetPublicURL(t.api.URL)
	return nil
}

func (t *town) close() {
	t.sim.Close()
	t.api.Close()
}

// advance moves the clock of platform and front desk alike: the new time is there at once or not at all.
func (t *town) advance(d time.Duration) {
	next := t.clock + ".next"
	err := os.WriteFile(next, []byte((ahead(t.clock) + d).String()), 0o600)
	if err == nil {
		err = os.Rename(next, t.clock)
	}
	if err != nil {
		panic(err)
	}
}

// browser is the one in which that officer works; it keeps its cookies.
func (t *town) browser(officer string) (*http.Client, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if b := t.browsers[officer]; b != nil {
		return b, nil
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	t.browsers[officer] = &http.Client{Jar: jar, Timeout: patienceTime}
	return t.browsers[officer], nil
}

// until asks again and again until it is so, or fails when the town's patience ends.
func until(so func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(context.Background(), patienceTime)
	defer cancel()
	beat := time.NewTicker(20 * time.Millisecond)
	defer beat.Stop()
	for {
		ok, err := so()
		if ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.New("it never came to that")
		case <-beat.C:
		}
	}
}

// TestStories plays the scripts.
func TestStories(t *testing.T) {
	if _, err := os.Stat("testdata/script"); errors.Is(err, fs.ErrNotExist) {
		t.Fatal("there are no scripts")
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		Setup:               newTown,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"account":  accountCommand,
			"ready":    readyCommand,
			"clock":    clockCommand,
			"resident": residentCommand,
			"phone":    phoneCommand,
			"officer":  officerCommandOfTown,
			"calls":    callsCommand,
			"get":      getCommand,
			"post":     postCommand,
			"platform": platformCommand,
			"redis":    redisCommand,
			"dump":     dumpCommand,
			"spoil":    spoilCommand,
			"pick":     pickCommand,
		},
	})
}
