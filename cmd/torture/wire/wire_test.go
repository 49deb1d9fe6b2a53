package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"frontdesk/store"
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
			if word := p.Word(); word != "INCR" {
				t.Errorf("%q was cut", word)
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

// TestCutsATransaction cuts at its last command: all of it is carried out or nothing, as was asked, however much was sent in the same breath, and however
// much of it Redis has answered by then.
func TestCutsATransaction(t *testing.T) {
	server, err := store.Launch(t.Context(), store.Local{Dir: t.TempDir()}) // it answers while more comes in, as no imitation does
	if err != nil {
		t.Fatal(err)
	}
	options := server.Options()
	direct := redis.NewClient(options)
	p, err := Listen(options.Addr)
	if err != nil {
		t.Fatal(err)
	}
	say := func(c net.Conn, words ...string) {
		var b strings.Builder
		for _, w := range words {
			fmt.Fprintf(&b, "*%d\r\n", len(strings.Fields(w)))
			for _, part := range strings.Fields(w) {
				fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(part), part)
			}
		}
		if _, err := io.WriteString(c, b.String()); err != nil {
			t.Fatal(err)
		}
	}
	transaction := append(append([]string{"MULTI"}, slices.Repeat([]string{"INCR k"}, 100)...), "EXEC")
	for cut, after := range map[Cut]string{Unheard: "", Unspoken: "100", HalfHeard: ""} {
		for range 30 { // it depends on who is faster
			if err := direct.Del(t.Context(), "k").Err(); err != nil {
				t.Fatal(err)
			}
			c, err := net.Dial("tcp", p.Addr())
			if err != nil {
				t.Fatal(err)
			}
			say(c, "AUTH "+options.Username+" "+options.Password)
			if _, err := c.Read(make([]byte, 100)); err != nil {
				t.Fatal(err)
			}
			p.Arm(len(transaction), cut)
			say(c, transaction...)
			heard, err := io.ReadAll(c)
			if got := direct.Get(t.Context(), "k").Val(); err != nil || got != after || strings.Contains(string(heard), "*100") {
				t.Errorf("%s: k is %q, want %q; heard %q, %v", cut, got, after, heard, err)
			}
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	if err := errors.Join(direct.Close(), p.Close(), server.Stop(context.WithoutCancel(t.Context()))); err != nil {
		t.Error(err)
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
