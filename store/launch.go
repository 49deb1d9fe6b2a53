package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/ticket"
)

// Local says where a Redis of our own lives.
type Local struct {
	Dir string    // its files; made when missing
	Log io.Writer // what it prints; nil: nowhere
}

// Server is a Redis of our own, for a room with one machine.
type Server struct {
	Addr     string
	Password string

	process *os.Process
	done    chan struct{}
	lock    *os.File
}

// Launch starts redis-server from the PATH, on loopback, with a password, with settings that lose nothing when the power fails, and with
// half of the machine's memory at most. It is ready when Launch returns, and it dies with this process however this process dies. Errors wrap
// [ticket.ErrUnavailable] when there is no redis-server or it does not come up, [ticket.ErrConflict] when another process uses the folder.
func Launch(ctx context.Context, l Local) (*Server, error) {
	program, err := exec.LookPath("redis-server")
	if err != nil {
		return nil, fmt.Errorf("%w: there is no redis-server on the PATH: install Redis, or set FRONTDESK_REDIS_URL to one", ticket.ErrUnavailable)
	}
	dir, err := filepath.Abs(l.Dir)
	if err != nil {
		return nil, fmt.Errorf("launch redis: %w", err)
	}
	if err := errors.Join(os.MkdirAll(dir, 0o700), syncFolder(filepath.Dir(dir))); err != nil { // its name too: it must be there after a power cut
		return nil, fmt.Errorf("launch redis: %w", err)
	}
	s := &Server{done: make(chan struct{})}
	if s.lock, err = lockFolder(dir); err != nil {
		return nil, err
	}
	if s.Password, err = password(filepath.Join(dir, "password")); err != nil {
		return nil, errors.Join(err, s.lock.Close())
	}
	cut, err := MendEnd(dir)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("launch redis: %w: %w", ticket.ErrUnavailable, err), s.lock.Close())
	}
	if cut > 0 {
		slog.WarnContext(ctx, "our own redis was cut off in the middle of a write that was never confirmed; it is taken back", "bytes", cut)
	}
	for range 3 { // somebody may take the port between our look and its start
		if err = s.start(ctx, program, dir, l.Log); err == nil {
			return s, nil
		}
	}
	return nil, errors.Join(err, s.lock.Close())
}

// lockFolder makes sure that one process at a time uses the folder.
func lockFolder(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("launch redis: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: another frontdesk uses %s", ticket.ErrConflict, dir), f.Close())
	}
	return f, nil
}

// password reads the folder's password, or makes one.
func password(name string) (string, error) {
	if b, err := os.ReadFile(name); err == nil && len(bytes.TrimSpace(b)) >= 20 {
		return string(bytes.TrimSpace(b)), nil
	}
	p := rand.Text()
	if err := os.WriteFile(name, []byte(p+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("launch redis: %w", err)
	}
	return p, nil
}

// start runs the program once and waits until it answers.
func (s *Server) start(ctx context.Context, program, dir string, log io.Writer) error {
	port, err := freePort()
	if err != nil {
		return err
	}
	s.Addr = net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	total, err := memory()
	if err != nil {
		return fmt.Errorf("launch redis: %w", err)
	}
	settings := strings.Join([]string{
		"bind 127.0.0.1", "port " + strconv.Itoa(port), "requirepass " + s.Password, "dir " + strconv.Quote(dir), "daemonize no",
		"appendonly yes", "appendfsync always", "no-appendfsync-on-rewrite no", `save ""`, "maxmemory-policy noeviction",
		// Tickets and residents are hashes of a few long fields: in one piece each, they take half the memory. (Redis 7 knows the names of 6 too.)
		"hash-max-ziplist-entries 16", "hash-max-ziplist-value 4096",
		"maxmemory " + strconv.FormatUint(share(total), 10), "",
	}, "\n")
	file := filepath.Join(dir, "redis.conf")
	if err := os.WriteFile(file, []byte(settings), 0o600); err != nil {
		return fmt.Errorf("launch redis: %w", err)
	}
	s.done = make(chan struct{})
	started := make(chan error, 1)
	go func() {
		// The kernel kills the child when the thread that started it ends, so that thread stays until the child is gone.
		runtime.LockOSThread()
		cmd := exec.Command(program, file)
		cmd.Stdout, cmd.Stderr = log, log
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
		err := cmd.Start()
		s.process = cmd.Process
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended is told by whoever misses it
		}
		close(s.done)
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("launch redis: %w: %w", ticket.ErrUnavailable, err)
	}
	if err := s.await(ctx); err != nil {
		return errors.Join(err, s.end(ctx))
	}
	return nil
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a port: %w", err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	return port, l.Close()
}

// await waits until Redis answers and has loaded its file.
func (s *Server) await(ctx context.Context) error {
	client := redis.NewClient(Options(s.Addr, s.Password))
	defer func() { _ = client.Close() }() // only pinged
	beat := time.NewTicker(20 * time.Millisecond)
	defer beat.Stop()
	for {
		if client.Ping(ctx).Err() == nil {
			return nil
		}
		select {
		case <-beat.C:
		case <-s.done:
			return fmt.Errorf("launch redis: %w: it ended at once; its folder is not writable or its file is damaged", ticket.ErrUnavailable)
		case <-ctx.Done():
			return fmt.Errorf("launch redis: %w: it does not answer", ticket.ErrUnavailable)
		}
	}
}

// Done is closed when the server is gone.
func (s *Server) Done() <-chan struct{} { return s.done }

// Options are those of a client of this server.
func (s *Server) Options() *redis.Options { return Options(s.Addr, s.Password) }

// Stop ends the server and waits: politely, and by force when the context ends first.
func (s *Server) Stop(ctx context.Context) error {
	return errors.Join(s.end(ctx), s.lock.Close())
}

func (s *Server) end(ctx context.Context) error {
	if err := s.process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop redis: %w", err)
	}
	select {
	case <-s.done:
		return nil
	case <-ctx.Done():
	}
	if err := s.process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop redis: %w", err)
	}
	<-s.done
	return nil
}

// Attach gives the options of a client of the server that another process runs in the folder. The error wraps [ticket.ErrNotFound] when
// none was ever run there.
func Attach(dir string) (*redis.Options, error) {
	conf, err := os.ReadFile(filepath.Join(dir, "redis.conf"))
	if err != nil {
		return nil, fmt.Errorf("attach to redis: %w: nothing ran in %s", ticket.ErrNotFound, dir)
	}
	var port, secret string
	for line := range strings.Lines(string(conf)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch key {
		case "port":
			port = value
		case "requirepass":
			secret = value
		}
	}
	return Options(net.JoinHostPort("127.0.0.1", port), secret), nil
}
