// Package wire is a proxy before a Redis that counts the commands that pass and can cut the connection at a chosen one: before Redis sees
// the command, or after it has carried it out and before anybody hears of it.
package wire

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
)

// Cut is what becomes of the chosen command.
type Cut int

// The cuts.
const (
	Unheard   Cut = iota // the command never reaches Redis
	Unspoken             // Redis carries it out; the reply is lost
	HalfHeard            // Redis gets the first half of its bytes
)

// String names the cut as the table does.
func (c Cut) String() string {
	return [...]string{"not executed", "executed, reply lost", "half sent"}[c]
}

// Proxy stands between clients and one Redis.
type Proxy struct {
	redis    string
	listener net.Listener
	all      sync.WaitGroup

	mu    sync.Mutex
	seen  int // commands since the last Arm
	at    int // the one to cut; 0: none
	cut   Cut
	fired bool
	word  string            // the command that was cut
	conns map[net.Conn]bool // nil after Close
}

// Listen opens a proxy on loopback before the Redis at that address.
func Listen(redis string) (*Proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("wire: %w", err)
	}
	p := &Proxy{redis: redis, listener: l, conns: map[net.Conn]bool{}}
	p.all.Go(p.accept)
	return p, nil
}

// Addr is where clients connect.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Arm counts anew and cuts at the k-th command from now, counting from 1; 0 only counts.
func (p *Proxy) Arm(k int, c Cut) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen, p.at, p.cut, p.fired = 0, k, c, false
}

// Seen is how many commands came since the last Arm, and whether one was cut.
func (p *Proxy) Seen() (commands int, fired bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seen, p.fired
}

// Word is the name of the command that was cut last, in capitals; empty: none was.
func (p *Proxy) Word() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.word
}

// Close ends the proxy and every connection through it.
func (p *Proxy) Close() error {
	err := p.listener.Close()
	p.mu.Lock()
	for c := range p.conns {
		_ = c.Close() // both ends are ours and done
	}
	p.conns = nil
	p.mu.Unlock()
	p.all.Wait()
	return err
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.redis)
		if err != nil || !p.keep(client, server) {
			_ = client.Close() // the client sees a Redis that is not there
			continue
		}
		l := &link{p: p, client: client, server: server}
		p.all.Go(l.requests)
		p.all.Go(l.replies)
	}
}

// keep remembers connections so that Close ends them.
func (p *Proxy) keep(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.conns == nil {
		return false
	}
	for _, c := range conns {
		p.conns[c] = true
	}
	return true
}

func (p *Proxy) forget(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		delete(p.conns, c)
	}
}

// count says whether this command is the one to cut, and how.
func (p *Proxy) count(command []byte) (Cut, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen++
	if p.seen == p.at {
		p.fired = true
		if lines := bytes.SplitN(command, []byte("\r\n"), 4); len(lines) > 2 { // "*3", "$4", the name
			p.word = strings.ToUpper(string(lines[2]))
		}
	}
	return p.cut, p.seen == p.at
}

// link is one client's connection.
type link struct {
	p              *Proxy
	client, server net.Conn

	mu   sync.Mutex
	mute bool // replies are swallowed
}

func (l *link) close() {
	l.p.forget(l.client, l.server)
	_, _ = l.client.Close(), l.server.Close() // whoever still reads sees the end
}

// requests passes commands on until the chosen one.
func (l *link) requests() {
	in := bufio.NewReader(l.client)
	for {
		command, err := read(in)
		if err != nil {
			l.close()
			return
		}
		cut, now := l.p.count(command)
		if now && cut == Unheard {
			l.close()
			return
		}
		if now && cut == Unspoken {
			l.mu.Lock()
			l.mute = true
			l.mu.Unlock()
		}
		if now && cut == HalfHeard {
			_, _ = l.server.Write(command[:len(command)/2]) // the cut that follows is the point
			l.close()
			return
		}
		if _, err := l.server.Write(command); err != nil {
			l.close()
			return
		}
		if now && cut == Unspoken { // Redis carries out what has come, and then ends the connection: that ends the link
			if server, ok := l.server.(*net.TCPConn); !ok || server.CloseWrite() != nil {
				l.close()
			}
			return
		}
	}
}

// replies passes replies back. A muted link goes on until Redis ends it: by then the command is carried out, and those that came with it.
func (l *link) replies() {
	buffer := make([]byte, 64<<10)
	for {
		n, err := l.server.Read(buffer)
		l.mu.Lock()
		mute := l.mute
		l.mu.Unlock()
		if err != nil {
			l.close()
			return
		}
		if mute {
			continue
		}
		if _, err := l.client.Write(buffer[:n]); err != nil {
			l.close()
			return
		}
	}
}

// longest is the longest command that is read, in bytes.
const longest = 64 << 20

var errNotRESP = errors.New("wire: a client that does not speak RESP")

// read takes one command, an array of bulk strings, as the bytes that it came in.
func read(in *bufio.Reader) ([]byte, error) {
	head, n, err := header(in, '*')
	if err != nil {
		return nil, err
	}
	whole := []byte(head)
	for range n {
		head, size, err := header(in, '$')
		if err != nil {
			return nil, err
		}
		if size > longest || len(whole) > longest {
			return nil, errNotRESP
		}
		part := make([]byte, size+2)
		if _, err := io.ReadFull(in, part); err != nil {
			return nil, err
		}
		whole = append(append(whole, head...), part...)
	}
	return whole, nil
}

// header reads a line such as "*3".
func header(in *bufio.Reader, kind byte) (string, int, error) {
	line, err := in.ReadString('\n')
	if err != nil {
		return "", 0, err
	}
	if line[0] != kind {
		return "", 0, errNotRESP
	}
	n, err := strconv.Atoi(strings.TrimSpace(line[1:]))
	if err != nil || n < 0 {
		return "", 0, errNotRESP
	}
	return line, n, nil
}
