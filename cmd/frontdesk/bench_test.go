package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/cmd/torture/yardstick"
	"frontdesk/store"
	"frontdesk/wechatsim"
)

// This file measures whole processes side by side: frontdesk, and the yardstick, on one Redis that syncs every write. What is
// reported is CPU time of the process by the kernel's count, not the clock: the machine's other work does not blur it.

const (
	benchToken = "AAAAA"
	benchApp   = "wxbench000000001"
	benchKey   = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
	benchHands = 8 // messages on the way at once
)

// benchTalk is what one resident writes: a dispute from the first word to the number.
var benchTalk = []string{"纠纷", "1", "2", "1", "楼上502，姓赵", "从上周起每天半夜两点拖桌子，说了三次都不听", "长安路8号3幢", "没有", "晚上十点以后安静就行",
	"13800001234", "陈阿姨", "1", "进度"}

// bareMain is the yardstick as a program.
func bareMain() {
	client := redis.NewClient(store.Options(os.Getenv("BARE_REDIS"), os.Getenv("BARE_PASSWORD")))
	handler, err := yardstick.New(benchToken, benchApp, benchKey, client)
	if err == nil {
		err = http.ListenAndServe(os.Getenv("BARE_LISTEN"), handler)
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// runner is a process under measurement.
type runner struct {
	cmd     *exec.Cmd
	address string
}

// launch starts one of the test binary's programs and waits until it takes connections.
func launch(b *testing.B, name string, listen string, args, env []string) *runner {
	b.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Dir = b.TempDir()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = cmd.Process.Kill() // measured and done
		_ = cmd.Wait()
	})
	for end := time.Now().Add(20 * time.Second); ; {
		c, err := net.Dial("tcp", listen)
		if err == nil {
			if err := c.Close(); err != nil {
				b.Fatal(err)
			}
			return &runner{cmd, "http://" + listen}
		}
		if time.Now().After(end) {
			b.Fatal(name, "does not listen")
		}
	}
}

// cpu is the time that the process has used.
func (r *runner) cpu(b *testing.B) time.Duration {
	b.Helper()
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(r.cmd.Process.Pid), "stat"))
	if err != nil {
		b.Fatal(err)
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	var ticks int64
	for _, f := range fields[11:13] { // user and system time, in hundredths of a second
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			b.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// posted is a callback, ready to be sent to anybody.
type posted struct {
	path string
	body []byte
}

// sign writes and signs one message of a resident's, now: one that is a second older than the question before it would be joined to the answer before.
func sign(p *wechatsim.Platform, who, line string) (posted, error) {
	req, err := p.Request("gh_bench", p.Message("gh_bench", who, "MsgType", "text", "Content", line))
	if err != nil {
		return posted{}, err
	}
	body, err := io.ReadAll(req.Body)
	return posted{req.URL.RequestURI(), body}, err
}

// play has that many residents hold the whole conversation, several side by side.
func play(b *testing.B, p *wechatsim.Platform, address string, residents, round int) {
	b.Helper()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: benchHands}}
	defer client.CloseIdleConnections()
	work := make(chan string)
	var hands sync.WaitGroup
	for range benchHands {
		hands.Go(func() {
			for who := range work {
				for _, line := range benchTalk {
					m, err := sign(p, who, line)
					if err != nil {
						b.Error(err)
						return
					}
					resp, err := client.Post(address+m.path, "text/xml", bytes.NewReader(m.body))
					if err != nil {
						b.Error(err)
						return
					}
					body, err := io.ReadAll(resp.Body)
					if err != nil || resp.Body.Close() != nil || resp.StatusCode != http.StatusOK || len(body) < 200 {
						b.Errorf("answered %d, %d bytes, %v", resp.StatusCode, len(body), err)
					}
				}
			}
		})
	}
	for i := range residents {
		work <- fmt.Sprintf("o%d-%d", round, i)
	}
	close(work)
	hands.Wait()
}

// benchTown is a Redis that syncs every write, and a platform that writes the messages.
func benchTown(b *testing.B) (*store.Server, *wechatsim.Platform) {
	b.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	server, err := store.Launch(ctx, store.Local{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := server.Stop(ctx); err != nil {
			b.Error(err)
		}
	})
	p, err := wechatsim.New(wechatsim.Config{Accounts: []wechatsim.Account{{
		ID: "gh_bench", AppID: benchApp, Secret: "secret", Token: benchToken, AESKey: benchKey, Mode: wechatsim.Safe,
		Kind: wechatsim.SubscriptionUnverified, CallbackURL: "http://127.0.0.1/wechat/gh_bench",
	}}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(p.Close)
	return server, p
}

// BenchmarkProcess reports the CPU of a message in frontdesk and in the yardstick, and how many times the one is the other.
func BenchmarkProcess(b *testing.B) {
	server, p := benchTown(b)
	ours := launch(b, "frontdesk", "127.0.0.1:18471", []string{"serve"}, []string{
		"FRONTDESK_LISTEN=127.0.0.1:18471", "FRONTDESK_REDIS_URL=redis://:" + server.Password + "@" + server.Addr, "FRONTDESK_DATA=data",
		"FRONTDESK_WECHAT_ID=gh_bench", "FRONTDESK_WECHAT_APPID=" + benchApp, "FRONTDESK_WECHAT_TOKEN=" + benchToken, "FRONTDESK_WECHAT_AES_KEY=" + benchKey,
	})
	theirs := launch(b, "bare", "127.0.0.1:18472", nil, []string{
		"BARE_LISTEN=127.0.0.1:18472", "BARE_REDIS=" + server.Addr, "BARE_PASSWORD=" + server.Password,
	})
	for _, r := range []*runner{ours, theirs} { // connections are open and scripts are loaded before anything counts
		play(b, p, r.address, 20, -1)
	}
	const residents = 40
	var spent [2]time.Duration
	messages := 0
	round := 0
	for b.Loop() {
		round++
		messages += residents * len(benchTalk)
		for i, r := range []*runner{ours, theirs} { // taking turns, so that the machine's mood is shared
			before := r.cpu(b)
			play(b, p, r.address, residents, round)
			spent[i] += r.cpu(b) - before
		}
	}
	per := func(d time.Duration) float64 { return float64(d.Microseconds()) / float64(messages) }
	b.ReportMetric(per(spent[0]), "cpu-µs/message")
	b.ReportMetric(per(spent[1]), "bare-cpu-µs/message")
	b.ReportMetric(float64(spent[0])/float64(spent[1]), "times-bare")
}
