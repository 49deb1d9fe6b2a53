package topology

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"
)

// secret is the password of every Redis here.
const secret = "topology"

// server is a redis-server, a data node or a Sentinel. It dies with this process, however this process dies.
type server struct {
	box    int
	addr   string // as everybody knows it
	direct string // without what stands between
	file   string
	args   []string
	client *redis.Client // direct

	process *os.Process
	gone    chan struct{}
}

// newServer writes the settings of one and starts it.
func newServer(ctx context.Context, s *server, dir string, settings []string) (*server, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("start redis: %w", err)
	}
	s.file = filepath.Join(dir, "redis.conf")
	all := append([]string{"daemonize no", "protected-mode no", "dir " + dir, "logfile " + filepath.Join(dir, "log")}, settings...)
	if err := os.WriteFile(s.file, []byte(strings.Join(all, "\n")+"\n"), 0o600); err != nil {
		return nil, fmt.Errorf("start redis: %w", err)
	}
	password := secret
	if len(s.args) > 0 { // Sentinels have none
		password = ""
	}
	s.client = redis.NewClient(&redis.Options{Addr: s.direct, Password: password, ContextTimeoutEnabled: true, MaxRetries: -1})
	return s, s.start(ctx)
}

// start starts it, again or for the first time, and waits until it answers. One that ends at once is started once more: somebody else may have had its port
// for a moment.
func (s *server) start(ctx context.Context) error {
	if err := s.launch(); err != nil {
		return err
	}
	var wrong error
	err := until(ctx, "redis answers", func(ctx context.Context) bool {
		select {
		case <-s.gone:
			wrong = s.launch()
			return wrong != nil
		default:
		}
		return s.client.Ping(ctx).Err() == nil
	})
	return errors.Join(wrong, err)
}

// launch starts the process.
func (s *server) launch() error {
	started := make(chan error, 1)
	gone := make(chan struct{})
	go func() {
		runtime.LockOSThread() // the kernel kills the child when the thread that started it ends
		cmd := exec.Command("redis-server", append([]string{s.file}, s.args...)...)
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
		err := cmd.Start()
		s.process = cmd.Process
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended is told by whoever misses it
		}
		close(gone)
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("start redis: %w", err)
	}
	s.gone = gone
	return nil
}

// kill ends it as a power switch would and waits until it is gone.
func (s *server) kill() error {
	if s.process == nil {
		return nil
	}
	if err := s.process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("kill redis: %w", err)
	}
	<-s.gone
	return nil
}

// until asks again and again until it is so, and says what was waited for when it does not become so within a minute and a half.
func until(ctx context.Context, what string, so func(context.Context) bool) error {
	ctx, cancel := context.WithTimeout(ctx, 90*time.Second)
	defer cancel()
	beat := time.NewTicker(20 * time.Millisecond)
	defer beat.Stop()
	for !so(ctx) {
		select {
		case <-beat.C:
		case <-ctx.Done():
			return fmt.Errorf("waited for: %s: %w", what, ctx.Err())
		}
	}
	return nil
}

// info gives one section of INFO as a table.
func (s *server) info(ctx context.Context, section string) map[string]string {
	text, err := s.client.Info(ctx, section).Result()
	if err != nil {
		return nil
	}
	table := make(map[string]string)
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			table[name] = value
		}
	}
	return table
}
