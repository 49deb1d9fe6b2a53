package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/cmd/torture/yardstick"
	"frontdesk/store"
	"frontdesk/wechatsim"
)

// This file measures speed: residents walk whole conversations through the encrypted callback of the real program on a Redis that syncs every
// write, beside the yardstick doing the same on the same Redis, in turns. Posts are prepared before the clock runs.

// hands is how many connections the platform uses at once.
const hands = 64

// yardstickVariable makes this program be the yardstick.
const yardstickVariable = "TORTURE_YARDSTICK"

// serveYardstick is the yardstick as a process.
func serveYardstick(listen, addr string) error {
	handler, err := yardstick.New(townToken, townApp, townKey, redis.NewClient(store.Options(addr, redisSecret)))
	if err != nil {
		return err
	}
	return http.ListenAndServe(listen, handler)
}

// post is what one resident writes. It is signed when it is sent: a message that is a second older than the question before it would be taken
// for one that was written before that question came.
type post struct{ who, say string }

// talks gives the conversations of that many residents.
func talks(residents, round int) [][]post {
	all := make([][]post, residents)
	for i := range all {
		who := fmt.Sprintf("o%d-%d", round, i)
		for _, l := range append(dispute(who+"号"), addition("又吵了一次")...) {
			all[i] = append(all[i], post{who, l.say})
		}
	}
	return all
}

// walk sends the conversations, each in its order, on so many connections, and returns how long each message took.
func walk(ctx context.Context, sim *wechatsim.Platform, base string, all [][]post, connections int) ([]time.Duration, error) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections}, Timeout: 10 * time.Second}
	defer client.CloseIdleConnections()
	work := make(chan []post)
	took := make([][]time.Duration, connections)
	errs := make([]error, connections)
	var group sync.WaitGroup
	for hand := range connections {
		group.Go(func() {
			for talk := range work {
				for _, m := range talk {
					req, err := sim.Request(townAccount, sim.Message(townAccount, m.who, "MsgType", "text", "Content", m.say))
					if err != nil {
						errs[hand] = err
						continue
					}
					began := time.Now()
					if err := send(ctx, client, base, req); err != nil {
						errs[hand] = err
						continue
					}
					took[hand] = append(took[hand], time.Since(began))
				}
			}
		})
	}
	for _, talk := range all {
		work <- talk
	}
	close(work)
	group.Wait()
	return slices.Concat(took...), errors.Join(errs...)
}

// send sends to base what was meant for the address that the platform knows.
func send(ctx context.Context, client *http.Client, base string, signed *http.Request) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+signed.URL.RequestURI(), signed.Body)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	n, err := io.Copy(io.Discard, resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK || n < 200 {
		return fmt.Errorf("answered %s with %d bytes", resp.Status, n)
	}
	return nil
}

// gauge is what was measured of one side.
type gauge struct {
	took     []time.Duration
	wall     time.Duration
	cpu      time.Duration // of the process
	redisCPU time.Duration
	requests int64
}

// measure runs a load and reads the meters before and after.
func measure(ctx context.Context, g *gauge, r *redisServer, pid int, run func() ([]time.Duration, error)) error {
	cpu, err := cpuOf(pid)
	if err != nil {
		return err
	}
	redisCPU, err := cpuOf(r.pid())
	if err != nil {
		return err
	}
	requests, err := r.requests(ctx)
	if err != nil {
		return err
	}
	began := time.Now()
	took, err := run()
	if err != nil {
		return err
	}
	g.wall += time.Since(began)
	g.took = append(g.took, took...)
	after, err := r.requests(ctx)
	if err != nil {
		return err
	}
	g.requests += after - requests
	cpuAfter, err := cpuOf(pid)
	if err != nil {
		return err
	}
	redisAfter, err := cpuOf(r.pid())
	g.cpu += cpuAfter - cpu
	g.redisCPU += redisAfter - redisCPU
	return err
}

// cpuOf is the processor time that a process has used, by the kernel's count in hundredths of a second.
func cpuOf(pid int) (time.Duration, error) {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return 0, fmt.Errorf("read the processor time: %w", err)
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	var ticks int64
	for _, f := range fields[11:13] {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("read the processor time: %w", err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond, nil
}

// requests is how often Redis has read from its clients: once for each round trip, whatever it asks, as long as a request fits into one read. What it
// counts as commands would count those that scripts call, too.
func (r *redisServer) requests(ctx context.Context) (int64, error) {
	stats, err := r.client.InfoMap(ctx, "stats").Result()
	if err != nil {
		return 0, fmt.Errorf("count requests: %w", err)
	}
	n, err := strconv.ParseInt(stats["Stats"]["total_reads_processed"], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("count requests: %w", err)
	}
	return n, nil
}

// at is the duration below which the given share lies; took is sorted.
func at(took []time.Duration, share float64) time.Duration {
	return took[min(len(took)-1, int(float64(len(took))*share))]
}

// trips is how many round trips to Redis a message made, with those that the program makes beside messages.
func (g *gauge) trips() float64 { return float64(g.requests) / float64(len(g.took)) }

// per is a part of a whole for each message, in microseconds.
func (g *gauge) per(d time.Duration) float64 { return float64(d.Microseconds()) / float64(len(g.took)) }

// rate is how many messages a second got their answer.
func (g *gauge) rate() float64 { return float64(len(g.took)) / g.wall.Seconds() }

func (g *gauge) String() string {
	slices.Sort(g.took)
	return fmt.Sprintf("%.0f messages a second, p50 %s, p99 %s, p99.9 %s, %.0f µs CPU and %.0f µs of Redis for a message", g.rate(),
		at(g.took, .5).Round(10*time.Microsecond), at(g.took, .99).Round(10*time.Microsecond), at(g.took, .999).Round(10*time.Microsecond), g.per(g.cpu), g.per(g.redisCPU))
}

// rate is how many commands a second the tool that comes with Redis gets through on this Redis, on as many connections. The word __rand_int__
// in an argument is another number each time.
func (r *redisServer) rate(ctx context.Context, n int, command ...string) (float64, error) {
	_, port, _ := strings.Cut(r.addr, ":")
	args := append([]string{"-p", port, "-a", redisSecret, "-c", strconv.Itoa(hands), "-n", strconv.Itoa(n), "-r", "1000000000", "--csv"}, command...)
	out, err := exec.CommandContext(ctx, "redis-benchmark", args...).Output()
	if err != nil {
		return 0, fmt.Errorf("redis-benchmark: %w", err)
	}
	// The last line is the command, the commands a second, and six columns of latencies.
	cells := strings.Split(strings.TrimSpace(string(out)), `","`)
	if len(cells) < 8 {
		return 0, fmt.Errorf("redis-benchmark said %q", out)
	}
	return strconv.ParseFloat(cells[len(cells)-7], 64)
}
