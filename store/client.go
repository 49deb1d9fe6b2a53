package store

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/ticket"
)

// Deadlines of one command. A callback has 4.5 s in all.
const (
	dialTimeout = 2 * time.Second
	wireTimeout = 3 * time.Second
)

// Options are the client settings that this package demands: no command is repeated by itself, because a script may have run although its
// reply was lost, and deadlines of contexts count.
func Options(addr, password string) *redis.Options {
	return &redis.Options{
		Addr: addr, Password: password, MaxRetries: -1, ContextTimeoutEnabled: true,
		DialTimeout: dialTimeout, ReadTimeout: wireTimeout, WriteTimeout: wireTimeout, PoolSize: 64, MinIdleConns: 2,
	}
}

// Open makes a client from an address: redis:// or rediss:// with one host, or with several separated by commas for a Cluster; with
// ?sentinel=master-name the hosts are Sentinels. It does not connect yet. Errors wrap [ticket.ErrInvalid] and never show the address, which
// holds the password.
func Open(address string) (redis.UniversalClient, error) {
	o, err := Parse(address)
	if err != nil {
		return nil, err
	}
	return redis.NewUniversalClient(o), nil
}

// Parse gives the settings of the client that [Open] makes.
func Parse(address string) (*redis.UniversalOptions, error) {
	hosts, one, err := splitHosts(address)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(one)
	if err != nil {
		return nil, fmt.Errorf("%w: the address of Redis cannot be read", ticket.ErrInvalid)
	}
	q := u.Query()
	master := q.Get("sentinel")
	q.Del("sentinel")
	u.RawQuery = q.Encode()
	o, err := redis.ParseURL(u.String())
	if err != nil {
		return nil, fmt.Errorf("%w: the address of Redis cannot be read", ticket.ErrInvalid)
	}
	p := Options("", "")
	return &redis.UniversalOptions{
		Addrs: hosts, MasterName: master, DB: o.DB, Username: o.Username, Password: o.Password, TLSConfig: o.TLSConfig,
		MaxRetries: p.MaxRetries, ContextTimeoutEnabled: p.ContextTimeoutEnabled, DialTimeout: p.DialTimeout,
		ReadTimeout: p.ReadTimeout, WriteTimeout: p.WriteTimeout, PoolSize: p.PoolSize, MinIdleConns: p.MinIdleConns,
	}, nil
}

// splitHosts takes the hosts out of an address and gives the address with the first one alone.
func splitHosts(address string) ([]string, string, error) {
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok || scheme != "redis" && scheme != "rediss" {
		return nil, "", fmt.Errorf("%w: the address of Redis begins with redis:// or rediss://", ticket.ErrInvalid)
	}
	authority, path := rest, ""
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		authority, path = rest[:i], rest[i:]
	}
	user := ""
	if i := strings.LastIndex(authority, "@"); i >= 0 {
		user, authority = authority[:i+1], authority[i+1:]
	}
	var hosts []string
	for _, h := range strings.Split(authority, ",") {
		if h == "" {
			return nil, "", errors.Join(ticket.ErrInvalid, errors.New("the address of Redis has no host"))
		}
		if !strings.Contains(h, ":") {
			h += ":6379"
		}
		hosts = append(hosts, h)
	}
	return hosts, scheme + "://" + user + hosts[0] + path, nil
}
