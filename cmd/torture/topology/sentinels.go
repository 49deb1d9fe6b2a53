package topology

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/store"
)

// room is the name under which Sentinels know the primary.
const room = "room"

// The boxes of a watched Redis: three servers, each with a Sentinel beside it, and clients.
var serverBoxes = []int{1, 2, 3}

const (
	clientInside  = 4 // goes with the primary when it is cut off
	clientOutside = 5 // stays with the others
	clientBehind  = 6 // looks at the books afterwards
)

// watched is one primary with two replicas and three Sentinels.
type watched struct {
	net       *network
	dir       string
	servers   []*server
	sentinels []*server
	address   string // as the front desk is told
}

// durable are the settings that the front desk demands of every Redis.
func durable() []string {
	return []string{
		"appendonly yes", "appendfsync always", "no-appendfsync-on-rewrite no", "maxmemory-policy noeviction", `save ""`,
		"requirepass " + secret, "masterauth " + secret, "repl-diskless-sync-delay 0", "repl-ping-replica-period 1", "repl-backlog-size 64mb",
	}
}

// newWatched starts one. With demanded > 0 a primary refuses writes when fewer replicas follow it.
func newWatched(ctx context.Context, demanded int) (w *watched, err error) {
	w = &watched{net: newNetwork()}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.close())
		}
	}()
	if w.dir, err = os.MkdirTemp("", "frontdesk-sentinel"); err != nil {
		return w, fmt.Errorf("make a folder: %w", err)
	}
	for _, box := range serverBoxes {
		if err := w.addServer(ctx, box, demanded); err != nil {
			return w, err
		}
	}
	var hosts []string
	for _, box := range serverBoxes {
		if err := w.addSentinel(ctx, box); err != nil {
			return w, err
		}
		hosts = append(hosts, w.sentinels[len(w.sentinels)-1].addr)
	}
	w.address = "redis://:" + secret + "@" + strings.Join(hosts, ",") + "?sentinel=" + room
	return w, w.whole(ctx)
}

// ports finds a port for a server of a box and puts it on the wire.
func (w *watched) ports(box int) (own, public int, err error) {
	if own, err = w.net.freePort(box); err != nil {
		return 0, 0, err
	}
	public, err = w.net.expose(box, own)
	return own, public, err
}

func (w *watched) addServer(ctx context.Context, box, demanded int) error {
	own, public, err := w.ports(box)
	if err != nil {
		return err
	}
	ip := w.net.ip(box)
	settings := append(durable(), "bind "+ip, "bind-source-addr "+ip, "port "+strconv.Itoa(own), "replica-announce-ip "+ip,
		"replica-announce-port "+strconv.Itoa(public), "min-replicas-to-write "+strconv.Itoa(demanded), "min-replicas-max-lag 10")
	if len(w.servers) > 0 {
		host, port, err := net.SplitHostPort(w.servers[0].addr)
		if err != nil {
			return fmt.Errorf("start redis: %w", err)
		}
		settings = append(settings, "replicaof "+host+" "+port)
	}
	s := &server{box: box, addr: fmt.Sprint(ip, ":", public), direct: fmt.Sprint(ip, ":", own)}
	w.servers = append(w.servers, s)
	_, err = newServer(ctx, s, filepath.Join(w.dir, fmt.Sprint("redis", box)), settings)
	return err
}

func (w *watched) addSentinel(ctx context.Context, box int) error {
	own, public, err := w.ports(box)
	if err != nil {
		return err
	}
	ip := w.net.ip(box)
	host, port, err := net.SplitHostPort(w.servers[0].addr)
	if err != nil {
		return fmt.Errorf("start a sentinel: %w", err)
	}
	s := &server{box: box, addr: fmt.Sprint(ip, ":", public), direct: fmt.Sprint(ip, ":", own), args: []string{"--sentinel"}}
	w.sentinels = append(w.sentinels, s)
	_, err = newServer(ctx, s, filepath.Join(w.dir, fmt.Sprint("sentinel", box)), []string{
		"bind " + ip, "bind-source-addr " + ip, "port " + strconv.Itoa(own), "sentinel announce-ip " + ip,
		"sentinel announce-port " + strconv.Itoa(public), fmt.Sprintf("sentinel monitor %s %s %s 2", room, host, port),
		"sentinel auth-pass " + room + " " + secret, "sentinel down-after-milliseconds " + room + " 1000",
		"sentinel failover-timeout " + room + " 4000", "sentinel parallel-syncs " + room + " 2",
	})
	return err
}

// primary is the server that this Sentinel takes for the primary; nil when it does not know.
func (w *watched) primary(ctx context.Context, sentinel *server) *server {
	addr, err := sentinel.client.Do(ctx, "SENTINEL", "get-master-addr-by-name", room).StringSlice()
	if err != nil || len(addr) != 2 {
		return nil
	}
	for _, s := range w.servers {
		if s.addr == net.JoinHostPort(addr[0], addr[1]) {
			return s
		}
	}
	return nil
}

// whole waits until all Sentinels know each other and agree on a primary, and both others follow it.
func (w *watched) whole(ctx context.Context) error {
	return until(ctx, "three sentinels, one primary and two replicas", func(ctx context.Context) bool {
		primary := w.primary(ctx, w.sentinels[0])
		if primary == nil {
			return false
		}
		for _, s := range w.sentinels {
			if w.primary(ctx, s) != primary || !strings.Contains(s.info(ctx, "sentinel")["master0"], "slaves=2,sentinels=3") {
				return false
			}
		}
		i := primary.info(ctx, "replication")
		return i["role"] == "master" && strings.Contains(i["slave0"], "state=online") && strings.Contains(i["slave1"], "state=online")
	})
}

// client dials from a box, by way of the Sentinels, as the front desk does.
func (w *watched) client(box int) (redis.UniversalClient, error) {
	o, err := store.Parse(w.address)
	if err != nil {
		return nil, err
	}
	o.Dialer = w.net.dialer(box)
	return redis.NewUniversalClient(o), nil
}

// close ends everything and removes what it wrote.
func (w *watched) close() error {
	w.net.close()
	return closeAll(w.dir, append(w.servers, w.sentinels...))
}

func closeAll(dir string, servers []*server) error {
	var err error
	for _, s := range servers {
		err = errors.Join(err, s.kill())
		if s.client != nil {
			_ = s.client.Close() // its server is gone
		}
	}
	if dir != "" {
		err = errors.Join(err, os.RemoveAll(dir))
	}
	return err
}

// failover cuts the primary off, with the Sentinel and the client on its side, holds that for a while after the others have a new primary,
// and mends the wire.
func (w *watched) failover(ctx context.Context, hold time.Duration) error {
	old := w.primary(ctx, w.sentinels[0])
	if old == nil {
		return errors.New("no primary to cut off")
	}
	w.net.part(old.box, clientInside)
	defer w.net.heal()
	if err := w.replaced(ctx, old); err != nil {
		return err
	}
	return pause(ctx, hold)
}

// replaced waits until a Sentinel that is not beside the old primary names a new one, which knows it.
func (w *watched) replaced(ctx context.Context, old *server) error {
	var other *server
	for _, s := range w.sentinels {
		if s.box != old.box {
			other = s
		}
	}
	return until(ctx, "a new primary", func(ctx context.Context) bool {
		p := w.primary(ctx, other)
		return p != nil && p != old && p.info(ctx, "replication")["role"] == "master"
	})
}

// pause waits; the error is the context's.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
