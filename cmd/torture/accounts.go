package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"frontdesk/store"
	"frontdesk/ticket"
	"frontdesk/wechatsim"
)

// This file measures one program that serves many accounts on a Redis Cluster of three nodes: what it costs while nothing happens, and how the work
// of busy accounts spreads. An account is one slot, so one account is always on one node. At last each node gets a replica that has to confirm each write,
// as operating.md asks for: on one machine that shows what it costs in processor time, not what a network adds.

// shards are the nodes of the Cluster.
const shards = 3

// crowded is what was measured with so many accounts.
type crowded struct {
	accounts  int
	replicas  int // of each node, which all have to confirm
	residents int
	ready     time.Duration
	idle      float64         // commands a second that nobody asked for
	idleCPU   float64         // of one processor, of the program
	load      gauge           // of the program
	commits   [shards]float64 // share of scripts by node
	redisCPU  time.Duration   // of all nodes
}

// accountsRow runs the program with 1, 10 and 1,000 accounts, and once more with 10 and a replica of each node.
func accountsRow(ctx context.Context, w *workshop) (figure string, err error) {
	var nodes []*redisServer
	defer func() {
		for _, n := range nodes {
			err = errors.Join(err, n.close())
		}
	}()
	for range shards {
		n, err := startNode(ctx, w)
		if n != nil {
			nodes = append(nodes, n)
		}
		if err != nil {
			return "no cluster", err
		}
	}
	if err := foundCluster(ctx, nodes); err != nil {
		return "no cluster", err
	}
	sizes := []int{1, 10, 100}
	if w.long {
		sizes = []int{1, 10, 1000}
	}
	figure = "accounts on a cluster of three, appendfsync always\n\n| accounts | start to ready | idle: commands a second, CPU | messages a second, p50, p99 | share of the nodes | Redis for a message |\n|---|---|---|---|---|---|\n"
	for _, n := range sizes {
		c := &crowded{accounts: n}
		if err := c.serve(ctx, w, nodes, nil); err != nil {
			return fmt.Sprintf("%s%d accounts not measured", figure, n), err
		}
		figure += c.String() + "\n"
	}
	copies, err := copyNodes(ctx, w, nodes)
	defer func() {
		for _, n := range copies {
			err = errors.Join(err, n.close())
		}
	}()
	if err != nil {
		return figure + "no replicas", err
	}
	c := &crowded{accounts: 10, replicas: 1}
	if err := c.serve(ctx, w, nodes, copies); err != nil {
		return figure + "accounts with replicas not measured", err
	}
	return figure + c.String() + "\n", nil
}

func (c *crowded) String() string {
	slices.Sort(c.load.took)
	var share []string
	for i := range shards {
		share = append(share, fmt.Sprintf("%.0f %%", 100*c.commits[i]))
	}
	name := strconv.Itoa(c.accounts)
	if c.replicas > 0 {
		name += ", each write confirmed by a replica"
	}
	return fmt.Sprintf("| %s | %s | %.0f, %.1f %% | %.0f, %s, %s | %s | %.0f µs |", name, c.ready.Round(time.Millisecond), c.idle, 100*c.idleCPU,
		float64(len(c.load.took))/c.load.wall.Seconds(), brief(at(c.load.took, .5)), brief(at(c.load.took, .99)), strings.Join(share, ", "), c.load.per(c.redisCPU))
}

func accountID(i int) string { return fmt.Sprintf("gh_many%05d", i) }

// serve starts the program with so many accounts, lets it rest, and then lets residents of all of them talk.
func (c *crowded) serve(ctx context.Context, w *workshop, nodes, copies []*redisServer) (err error) {
	n := c.accounts
	var hosts []string
	soon, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for _, node := range nodes {
		var refused error // a node looks once a second whether it has the replicas without which it takes no writes
		if err := node.await(soon, func() bool { refused = node.client.FlushAll(soon).Err(); return refused == nil }); err != nil {
			return fmt.Errorf("empty a node: %w", errors.Join(err, refused))
		}
		hosts = append(hosts, node.addr)
	}
	dir, err := w.folder("many")
	if err != nil {
		return err
	}
	sim, err := manyAccounts(dir, n)
	if err != nil {
		return err
	}
	defer sim.Close()
	listen, err := freeAddress()
	if err != nil {
		return err
	}
	address := "redis://:" + redisSecret + "@" + strings.Join(hosts, ",")
	program, err := w.program(ctx)
	if err != nil {
		return err
	}
	r := &replica{base: "http://" + listen, process: process{name: "frontdesk", path: program, args: []string{"serve"}, dir: dir,
		env: []string{"FRONTDESK_LISTEN=" + listen, "FRONTDESK_DATA=" + dir + "/data", "FRONTDESK_SECURE=false", "FRONTDESK_REDIS_URL=" + address,
			"FRONTDESK_CONFIG=" + filepath.Join(dir, "frontdesk.yaml"), "FRONTDESK_REDIS_REPLICAS=" + strconv.Itoa(c.replicas)}}}
	if c.replicas == 0 { // of which a Cluster may lose what it confirms
		r.args = append(r.args, "--allow-volatile")
	}
	began := time.Now()
	err = r.up(ctx)
	defer func() { err = errors.Join(err, r.kill()) }()
	if err != nil {
		return err
	}
	c.ready = time.Since(began)
	if err := c.rest(ctx, nodes, r.pid(), time.Duration(w.size(3, 60))*time.Second); err != nil {
		return err
	}
	if err := c.talk(ctx, w, nodes, copies, sim, r); err != nil {
		return err
	}
	return soundAccounts(ctx, address, n, c.residents)
}

// manyAccounts writes the settings and makes the platform.
func manyAccounts(dir string, n int) (*wechatsim.Platform, error) {
	var settings strings.Builder
	settings.WriteString("accounts:\n")
	var accounts []wechatsim.Account
	for i := range n {
		a := wechatsim.Account{
			ID: accountID(i), Name: fmt.Sprintf("第%d警务室", i+1), AppID: fmt.Sprintf("wxmany%010d", i), Secret: townSecret, Token: townToken, AESKey: townKey,
			Mode: wechatsim.Safe, Kind: wechatsim.SubscriptionUnverified, CallbackURL: "http://127.0.0.1/wechat/" + accountID(i),
		}
		accounts = append(accounts, a)
		fmt.Fprintf(&settings, "- {id: %s, name: %s, app_id: %s, token: %s, aes_key: %s}\n", a.ID, a.Name, a.AppID, a.Token, a.AESKey)
	}
	if err := os.WriteFile(filepath.Join(dir, "frontdesk.yaml"), []byte(settings.String()), 0o600); err != nil {
		return nil, fmt.Errorf("write the settings: %w", err)
	}
	return wechatsim.New(wechatsim.Config{Accounts: accounts})
}

// rest counts what goes on while nobody wants anything.
func (c *crowded) rest(ctx context.Context, nodes []*redisServer, pid int, d time.Duration) error {
	processed := func() (sum float64, err error) {
		for _, n := range nodes {
			text, err := n.client.Info(ctx, "commandstats").Result()
			if err != nil {
				return 0, fmt.Errorf("count commands: %w", err)
			}
			for line := range strings.Lines(text) {
				name, rest, ok := strings.Cut(strings.TrimPrefix(line, "cmdstat_"), ":calls=")
				if ok && !strings.HasPrefix(name, "info") && !strings.HasPrefix(name, "cluster") && !strings.HasPrefix(name, "replconf") {
					calls, err := strconv.ParseFloat(strings.SplitN(rest, ",", 2)[0], 64)
					if err != nil {
						return 0, fmt.Errorf("count commands: %w", err)
					}
					sum += calls
				}
			}
		}
		return sum, nil
	}
	before, err := processed()
	if err != nil {
		return err
	}
	cpu, err := cpuOf(pid)
	if err != nil {
		return err
	}
	began := time.Now()
	select {
	case <-time.After(d):
	case <-ctx.Done():
		return ctx.Err()
	}
	after, err := processed()
	if err != nil {
		return err
	}
	cpuAfter, err := cpuOf(pid)
	took := time.Since(began).Seconds()
	c.idle, c.idleCPU = (after-before)/took, (cpuAfter-cpu).Seconds()/took
	return err
}

// talk lets residents of all accounts tell matters, and notes which node did what of it.
func (c *crowded) talk(ctx context.Context, w *workshop, nodes, copies []*redisServer, sim *wechatsim.Platform, r *replica) error {
	c.residents = w.size(60, 3000)
	var before, after [shards]int64
	for i, n := range nodes {
		var err error
		if before[i], err = n.scripts(ctx); err != nil {
			return err
		}
	}
	cpu, err := cpuOfAll(append(slices.Clone(nodes), copies...))
	if err != nil {
		return err
	}
	began := time.Now()
	took, err := c.walk(ctx, sim, r.base)
	if err != nil {
		return err
	}
	c.load.took, c.load.wall = took, time.Since(began)
	now, err := cpuOfAll(append(slices.Clone(nodes), copies...))
	if err != nil {
		return err
	}
	c.redisCPU = now - cpu
	var sum float64
	for i, n := range nodes {
		if after[i], err = n.scripts(ctx); err != nil {
			return err
		}
		c.commits[i] = float64(after[i] - before[i])
		sum += c.commits[i]
	}
	for i := range c.commits {
		c.commits[i] /= sum
	}
	return nil
}

// cpuOfAll is the processor time that they have used together.
func cpuOfAll(servers []*redisServer) (sum time.Duration, err error) {
	for _, s := range servers {
		one, err := cpuOf(s.pid())
		if err != nil {
			return 0, err
		}
		sum += one
	}
	return sum, nil
}

// scripts is how many scripts clients have run: every commit is one.
func (r *redisServer) scripts(ctx context.Context) (int64, error) {
	text, err := r.client.Info(ctx, "commandstats").Result()
	if err != nil {
		return 0, fmt.Errorf("count scripts: %w", err)
	}
	var sum int64
	for line := range strings.Lines(text) {
		name, rest, ok := strings.Cut(strings.TrimPrefix(line, "cmdstat_"), ":calls=")
		if !ok || name != "evalsha" && name != "eval" {
			continue
		}
		n, err := strconv.ParseInt(strings.SplitN(rest, ",", 2)[0], 10, 64)
		if err != nil {
			return 0, fmt.Errorf("count scripts: %w", err)
		}
		sum += n
	}
	return sum, nil
}

// walk has every resident tell a matter and add a word, over so many connections. A message is made when it is sent: one that is older than the
// question it answers goes on with the answer before.
func (c *crowded) walk(ctx context.Context, sim *wechatsim.Platform, base string) ([]time.Duration, error) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: hands}, Timeout: 10 * time.Second}
	defer client.CloseIdleConnections()
	took := make([][]time.Duration, hands)
	var next atomic.Int64
	all, ctx := errgroup.WithContext(ctx)
	for hand := range hands {
		all.Go(func() error {
			for i := int(next.Add(1)) - 1; i < c.residents; i = int(next.Add(1)) - 1 {
				account, who := accountID(i%c.accounts), fmt.Sprint("o", i)
				for _, l := range append(dispute(strconv.Itoa(i)+"号"), addition("又吵了一次")...) {
					req, err := sim.Request(account, sim.Message(account, who, "MsgType", "text", "Content", l.say))
					if err != nil {
						return err
					}
					began := time.Now()
					if err := send(ctx, client, base, req); err != nil {
						return err
					}
					took[hand] = append(took[hand], time.Since(began))
				}
			}
			return nil
		})
	}
	err := all.Wait()
	return slices.Concat(took...), err
}

// soundAccounts recounts some of the accounts, and wants each resident's ticket in the queue of their account.
func soundAccounts(ctx context.Context, address string, accounts, residents int) error {
	client, err := store.Open(address)
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }() // only read
	s, err := store.New(store.Config{Client: client})
	if err != nil {
		return err
	}
	tickets := 0
	for i := range accounts {
		page, err := s.Queue(ctx, ticket.Officer{ID: "torture", Role: ticket.Auditor, Account: accountID(i)}, ticket.Query{List: ticket.ListQueue, Limit: 1})
		if err != nil {
			return err
		}
		tickets += page.Total
		if i%max(1, accounts/10) > 0 {
			continue
		}
		found, err := s.Fsck(ctx, accountID(i))
		if err != nil {
			return err
		}
		if len(found) > 0 {
			return fmt.Errorf("account %d: %s", i, found[0])
		}
	}
	if tickets != residents {
		return fmt.Errorf("%d residents have %d tickets", residents, tickets)
	}
	return nil
}
