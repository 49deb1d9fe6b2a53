package wire

import (
	"net"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

// TestCuts cuts at the second command: it is carried out or not, as was asked, and never answered.
func TestCuts(t *testing.T) {
	for _, c := range []struct {
		cut   Cut
		after string
	}{{Unheard, "1"}, {Unspoken, "2"}, {HalfHeard, "1"}} {
		t.Run(c.cut.String(), func(t *testing.T) {
			m := miniredis.RunT(t)
			p, err := Listen(m.Addr())
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := p.Close(); err != nil {
					t.Error(err)
				}
			}()
			client := redis.NewClient(&redis.Options{Addr: p.Addr(), MaxRetries: -1, PoolSize: 1, DisableIdentity: true, Protocol: 2})
			if err := client.Incr(t.Context(), "k").Err(); err != nil {
				t.Fatal(err)
			}
			p.Arm(1, c.cut)
			if err := client.Incr(t.Context(), "k").Err(); err == nil {
				t.Error("the command was answered")
			}
			if _, fired := p.Seen(); !fired {
				t.Error("nothing was cut")
			}
			p.Arm(0, c.cut)
			if got, err := client.Get(t.Context(), "k").Result(); err != nil || got != c.after {
				t.Errorf("k is %q (%v), want %q", got, err, c.after)
			}
			if err := client.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestGarbage ends a connection that does not speak RESP, and no other.
func TestGarbage(t *testing.T) {
	m := miniredis.RunT(t)
	p, err := Listen(m.Addr())
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("tcp", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write([]byte("GET / HTTP/1.1\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("garbage was answered")
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}
