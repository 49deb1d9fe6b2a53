package topology

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"frontdesk/store"
)

const (
	primaries = 3
	slots     = 16384
)

// cluster is a Redis Cluster of three primaries with one replica each.
type cluster struct {
	net     *network
	dir     string
	nodes   []*server
	ids     []string // of nodes
	address string   // as the front desk is told

	told map[string]int // errors that nodes answered with, by their first word; see hear
}

// newCluster starts one. With demanded > 0 a primary refuses writes when fewer replicas follow it.
func newCluster(ctx context.Context, demanded int) (c *cluster, err error) {
	c = &cluster{net: newNetwork(), told: make(map[string]int)}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.close())
		}
	}()
	if c.dir, err = os.MkdirTemp("", "frontdesk-cluster"); err != nil {
		return c, fmt.Errorf("make a folder: %w", err)
	}
	var hosts []string
	for box := 1; box <= 2*primaries; box++ {
		if err := c.addNode(ctx, box, demanded); err != nil {
			return c, err
		}
		hosts = append(hosts, c.nodes[len(c.nodes)-1].addr)
	}
	c.address = "redis://:" + secret + "@" + strings.Join(hosts, ",")
	return c, c.found(ctx)
}

func (c *cluster) addNode(ctx context.Context, box, demanded int) error {
	port, err := c.net.freePort(box)
	if err != nil {
		return err
	}
	bus, err := c.net.freePort(box)
	if err != nil {
		return err
	}
	ip := c.net.ip(box)
	addr := fmt.Sprint(ip, ":", port)
	s := &server{box: box, addr: addr, direct: addr}
	c.nodes = append(c.nodes, s)
	if _, err = newServer(ctx, s, filepath.Join(c.dir, fmt.Sprint("node", box)), append(durable(), "bind "+ip, "bind-source-addr "+ip,
		"port "+strconv.Itoa(port), "cluster-enabled yes", "cluster-port "+strconv.Itoa(bus), "cluster-announce-ip "+ip, "cluster-node-timeout 1500",
		"min-replicas-to-write "+strconv.Itoa(demanded), "min-replicas-max-lag 10")); err != nil {
		return err
	}
	id, err := s.client.Do(ctx, "CLUSTER", "MYID").Text()
	c.ids = append(c.ids, id)
	if err != nil {
		return fmt.Errorf("found a cluster: %w", err)
	}
	return nil
}

// found makes one cluster of the nodes: slots to the first three, and one of the others behind each.
func (c *cluster) found(ctx context.Context) error {
	first := c.nodes[0]
	for i, n := range c.nodes {
		if err := n.client.Do(ctx, "CLUSTER", "SET-CONFIG-EPOCH", i+1).Err(); err != nil {
			return fmt.Errorf("found a cluster: %w", err)
		}
		if i < primaries {
			from, to := i*slots/primaries, (i+1)*slots/primaries-1
			if err := n.client.Do(ctx, "CLUSTER", "ADDSLOTSRANGE", from, to).Err(); err != nil {
				return fmt.Errorf("found a cluster: %w", err)
			}
		}
		host, port, err := net.SplitHostPort(n.addr)
		if err != nil {
			return fmt.Errorf("found a cluster: %w", err)
		}
		_, bus, _ := strings.Cut(c.own(ctx, i), "@") // the line says host:port@bus
		if err := first.client.Do(ctx, "CLUSTER", "MEET", host, port, bus).Err(); i > 0 && err != nil {
			return fmt.Errorf("found a cluster: %w", err)
		}
	}
	for i, n := range c.nodes[primaries:] {
		err := until(ctx, "a node knows its primary", func(ctx context.Context) bool {
			return n.client.Do(ctx, "CLUSTER", "REPLICATE", c.ids[i]).Err() == nil
		})
		if err != nil {
			return err
		}
	}
	return c.whole(ctx)
}

// own is the address of a node with its bus, as the node tells it.
func (c *cluster) own(ctx context.Context, i int) string {
	text, err := c.nodes[i].client.ClusterNodes(ctx).Result()
	if err != nil {
		return ""
	}
	for line := range strings.Lines(text) {
		if f := strings.Fields(line); len(f) > 2 && f[0] == c.ids[i] {
			addr, _, _ := strings.Cut(f[1], ",")
			return addr
		}
	}
	return ""
}

// whole waits until every node sees every slot served, and every primary has a replica that follows it.
func (c *cluster) whole(ctx context.Context) error {
	return until(ctx, "three primaries with a replica each", func(ctx context.Context) bool {
		masters := 0
		for _, n := range c.nodes {
			text, err := n.client.ClusterInfo(ctx).Result()
			if err != nil || !strings.Contains(text, "cluster_state:ok") || !strings.Contains(text, "cluster_slots_ok:16384") ||
				!strings.Contains(text, fmt.Sprint("cluster_known_nodes:", 2*primaries)) {
				return false
			}
			switch i := n.info(ctx, "replication"); {
			case i["role"] == "master" && strings.Contains(i["slave0"], "state=online"):
				masters++
			case i["role"] == "slave" && i["master_link_status"] == "up":
			default:
				return false
			}
		}
		return masters == primaries
	})
}

// holder is the node that serves a key's slot, in the eyes of one that is up.
func (c *cluster) holder(ctx context.Context, slot int) (int, error) {
	for _, n := range c.nodes {
		shards, err := n.client.ClusterShards(ctx).Result()
		if err != nil {
			continue // it is down
		}
		for _, shard := range shards {
			serves := slices.ContainsFunc(shard.Slots, func(r redis.SlotRange) bool { return int64(slot) >= r.Start && int64(slot) <= r.End })
			master := slices.IndexFunc(shard.Nodes, func(n redis.Node) bool { return n.Role == "master" })
			if !serves || master < 0 {
				continue
			}
			if i := slices.Index(c.ids, shard.Nodes[master].ID); i >= 0 {
				return i, nil
			}
		}
	}
	return 0, fmt.Errorf("nobody serves slot %d", slot)
}

// client is the front desk's.
func (c *cluster) client() (redis.UniversalClient, error) { return store.Open(c.address) }

// accounts finds one account for each primary.
func (c *cluster) accounts(ctx context.Context) ([]string, error) {
	var list []string
	taken := make(map[int]bool)
	for i := 0; len(list) < primaries; i++ {
		account := fmt.Sprintf("gh_cluster%d", i)
		slot, err := c.slot(ctx, account)
		if err != nil {
			return nil, err
		}
		h, err := c.holder(ctx, slot)
		if err != nil {
			return nil, err
		}
		if !taken[h] {
			taken[h] = true
			list = append(list, account)
		}
	}
	return list, nil
}

// slot is where an account's keys lie.
func (c *cluster) slot(ctx context.Context, account string) (int, error) {
	slot, err := c.nodes[0].client.ClusterKeySlot(ctx, account).Result()
	if err != nil {
		return 0, fmt.Errorf("find a slot: %w", err)
	}
	return int(slot), nil
}

// hear adds up the errors that a node has answered with since it was started. It is called once in the life of a process of a node.
func (c *cluster) hear(ctx context.Context, node *server) error {
	for name, value := range node.info(ctx, "errorstats") {
		n, err := strconv.Atoi(strings.TrimPrefix(value, "count="))
		if err != nil {
			return fmt.Errorf("count the errors of a node: %w", err)
		}
		c.told[strings.TrimPrefix(name, "errorstat_")] += n
	}
	return nil
}

// toldSoFar adds what the running nodes have answered with to what is known of those that ended.
func (c *cluster) toldSoFar(ctx context.Context) map[string]int {
	sum := maps.Clone(c.told)
	for _, node := range c.nodes {
		for name, value := range node.info(ctx, "errorstats") {
			if n, err := strconv.Atoi(strings.TrimPrefix(value, "count=")); err == nil {
				sum[strings.TrimPrefix(name, "errorstat_")] += n
			}
		}
	}
	return sum
}

// close ends everything and removes what it wrote.
func (c *cluster) close() error {
	c.net.close()
	return closeAll(c.dir, c.nodes)
}
