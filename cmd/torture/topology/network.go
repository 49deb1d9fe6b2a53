package topology

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"time"
)

// network is a wire with boxes on it. A box is an address on loopback: a server, with its Sentinel if it has one, or a client.
type network struct {
	prefix string

	mu     sync.Mutex
	away   map[int]bool        // boxes on the other side of a partition
	healed chan struct{}       // closed when the partition is over; nil: there is none
	open   map[io.Closer][]int // and the boxes at both ends of a connection
	closed chan struct{}
}

func newNetwork() *network {
	return &network{
		prefix: fmt.Sprintf("127.%d.%d.", 16+rand.IntN(200), rand.IntN(256)),
		open:   make(map[io.Closer][]int), closed: make(chan struct{}),
	}
}

// ip is the address of a box.
func (n *network) ip(box int) string { return fmt.Sprint(n.prefix, 10+box) }

// boxOf tells a box by an address.
func boxOf(a net.Addr) int {
	if t, ok := a.(*net.TCPAddr); ok && t.IP.To4() != nil {
		return int(t.IP.To4()[3]) - 10
	}
	return 0
}

// dialer dials from a box.
func (n *network) dialer(box int) func(context.Context, string, string) (net.Conn, error) {
	d := net.Dialer{Timeout: 2 * time.Second, LocalAddr: &net.TCPAddr{IP: net.ParseIP(n.ip(box))}}
	return d.DialContext
}

// freePort is a port of a box on which nobody listens.
func (n *network) freePort(box int) (int, error) {
	l, err := net.Listen("tcp", n.ip(box)+":0")
	if err != nil {
		return 0, fmt.Errorf("find a port: %w", err)
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

// part cuts the wire between these boxes and all others.
func (n *network) part(boxes ...int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.away = make(map[int]bool)
	for _, b := range boxes {
		n.away[b] = true
	}
	if n.healed == nil {
		n.healed = make(chan struct{})
	}
}

// heal mends it.
func (n *network) heal() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.away = nil
	if n.healed != nil {
		close(n.healed)
		n.healed = nil
	}
}

// apart is closed when the two boxes reach each other again; nil when they do.
func (n *network) apart(a, b int) <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.away[a] == n.away[b] {
		return nil
	}
	return n.healed
}

// reach waits until the two boxes reach each other; false when the network is closed.
func (n *network) reach(a, b int) bool {
	for {
		healed := n.apart(a, b)
		if healed == nil {
			return true
		}
		select {
		case <-healed:
		case <-n.closed:
			return false
		}
	}
}

// keep notes what must be closed with the network, and the boxes that it connects; false when the network is closed already.
func (n *network) keep(c io.Closer, ends ...int) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	select {
	case <-n.closed:
		_ = c.Close() // too late for it
		return false
	default:
	}
	n.open[c] = ends
	return true
}

// sever closes every connection of a box, with all that is on the wire: what did not arrive yet never does.
func (n *network) sever(box int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for c, ends := range n.open {
		if slices.Contains(ends, box) {
			_ = c.Close() // it may be closed already
		}
	}
}

func (n *network) drop(c io.Closer) {
	n.mu.Lock()
	delete(n.open, c)
	n.mu.Unlock()
	_ = c.Close() // it may be closed already
}

// expose puts a port of a box on the wire and gives its public port: whoever dials that reaches the port as long as no partition is between.
func (n *network) expose(box, port int) (int, error) {
	l, err := net.Listen("tcp", n.ip(box)+":0")
	if err != nil {
		return 0, fmt.Errorf("put a server on the wire: %w", err)
	}
	if !n.keep(l) {
		return 0, errors.New("the network is closed")
	}
	target := fmt.Sprint(n.ip(box), ":", port)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return // the network was closed
			}
			go n.carry(c, box, target)
		}
	}()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// carry passes one connection on, both ways.
func (n *network) carry(from net.Conn, box int, target string) {
	caller := boxOf(from.RemoteAddr())
	if !n.keep(from, caller, box) {
		return
	}
	defer n.drop(from)
	if !n.reach(caller, box) {
		return
	}
	to, err := net.Dial("tcp", target)
	if err != nil || !n.keep(to, caller, box) {
		return
	}
	defer n.drop(to)
	back := make(chan struct{})
	go func() {
		defer close(back)
		n.pump(to, from, caller, box)
	}()
	n.pump(from, to, caller, box)
	<-back
}

// pump passes bytes on while the two boxes reach each other, and the end of the connection as well.
func (n *network) pump(from, to net.Conn, a, b int) {
	buffer := make([]byte, 64<<10)
	for {
		k, err := from.Read(buffer)
		if !n.reach(a, b) {
			return
		}
		if k > 0 {
			if _, e := to.Write(buffer[:k]); e != nil {
				err = e
			}
		}
		if err != nil {
			_, _ = to.Close(), from.Close() // one end is gone, so both are
			return
		}
	}
}

// close ends everything on the wire.
func (n *network) close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	select {
	case <-n.closed:
		return
	default:
	}
	close(n.closed)
	for c := range n.open {
		_ = c.Close() // it may be closed already
	}
}
