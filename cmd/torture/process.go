package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// process is a program that can be killed, stopped and started again. It dies with this one however this one dies.
type process struct {
	name string // of its log
	path string
	args []string
	env  []string
	dir  string

	mu   sync.Mutex
	proc *os.Process
	done chan struct{}
	last error
}

// start starts it. It must not run already.
func (p *process) start() error {
	log, err := os.OpenFile(filepath.Join(p.dir, p.name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("start %s: %w", p.name, err)
	}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // Pdeathsig is the death of the thread that started it
		cmd := exec.Command(p.path, p.args...)
		cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr = append(os.Environ(), p.env...), p.dir, log, log
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		err := cmd.Start()
		done := make(chan struct{})
		p.mu.Lock()
		p.proc, p.done = cmd.Process, done
		p.mu.Unlock()
		started <- err
		if err == nil {
			err = cmd.Wait()
		}
		p.mu.Lock()
		p.last = errors.Join(err, log.Close())
		p.mu.Unlock()
		close(done)
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("start %s: %w", p.name, err)
	}
	return nil
}

// signal sends a signal; to a process that is gone it does nothing.
func (p *process) signal(s syscall.Signal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.proc == nil {
		return nil
	}
	if err := p.proc.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("signal %s: %w", p.name, err)
	}
	return nil
}

// gone is closed when the process has ended.
func (p *process) gone() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.done == nil {
		closed := make(chan struct{})
		close(closed)
		return closed
	}
	return p.done
}

// kill ends it as a power switch would and waits until it is gone.
func (p *process) kill() error {
	err := p.signal(syscall.SIGKILL)
	<-p.gone()
	return err
}

// raced is what the race detector found in it, when it was built with one.
func (p *process) raced() error {
	text, err := os.ReadFile(filepath.Join(p.dir, p.name+".log"))
	if err != nil {
		return fmt.Errorf("read what %s said: %w", p.name, err)
	}
	if _, found, ok := strings.Cut(string(text), "WARNING: DATA RACE"); ok {
		return fmt.Errorf("%s has a race: %.2000s", p.name, found)
	}
	return nil
}

// pid is its number.
func (p *process) pid() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.proc.Pid
}

// await asks again and again until it is so, the process is gone, or the context ends.
func (p *process) await(ctx context.Context, so func() bool) error {
	beat := time.NewTicker(20 * time.Millisecond)
	defer beat.Stop()
	for !so() {
		select {
		case <-beat.C:
		case <-p.gone():
			return fmt.Errorf("%s ended: %w", p.name, p.last)
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w", p.name, ctx.Err())
		}
	}
	return nil
}

// answers says whether a page is there.
func answers(address string) bool {
	client := http.Client{Timeout: time.Second}
	resp, err := client.Get(address)
	if err != nil {
		return false
	}
	return resp.Body.Close() == nil && resp.StatusCode == http.StatusOK
}

// listens says whether somebody takes connections there.
func listens(address string) bool {
	c, err := net.DialTimeout("tcp", address, time.Second)
	return err == nil && c.Close() == nil
}

// freeAddress is an address on loopback on which nobody listens.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a port: %w", err)
	}
	return l.Addr().String(), l.Close()
}
