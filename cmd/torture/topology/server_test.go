package topology

import (
	"fmt"
	"net"
	"testing"
	"time"
)

// TestAPortThatIsTakenForAMoment starts a Redis on a port that somebody else has, as a connection may that was opened meanwhile: once the port is free, it
// is there.
func TestAPortThatIsTakenForAMoment(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	freed := make(chan error, 1)
	time.AfterFunc(300*time.Millisecond, func() { freed <- l.Close() })
	addr := l.Addr().String()
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	s := &server{addr: addr, direct: addr}
	if _, err := newServer(t.Context(), s, t.TempDir(), append(durable(), "bind 127.0.0.1", fmt.Sprint("port ", port))); err != nil {
		t.Error(err)
	}
	if err := <-freed; err != nil {
		t.Error(err)
	}
	if err := s.client.Close(); err != nil {
		t.Error(err)
	}
	if err := s.kill(); err != nil {
		t.Error(err)
	}
}
