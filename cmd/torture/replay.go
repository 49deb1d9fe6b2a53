package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/store"
)

// This file lets Redis carry out the commits of whole conversations once more, as fast as it can: they are recorded once, and sent by clients that do
// nothing else, each resident's in their order.

// replayed is the database for it. What was recorded is dropped before it is carried out again: a commit does nothing where it was done already.
const replayed = 1

// recorder keeps the scripts that committed something, as the bytes that Redis reads.
type recorder struct{ commits [][]byte }

// DialHook changes nothing.
func (r *recorder) DialHook(next redis.DialHook) redis.DialHook { return next }

// ProcessPipelineHook changes nothing.
func (r *recorder) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// ProcessHook keeps what was done.
func (r *recorder) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		err := next(ctx, cmd)
		if c, ok := cmd.(*redis.Cmd); ok && err == nil && fmt.Sprint(c.Val()) == "[done]" {
			r.commits = append(r.commits, inBytes(cmd.Args()...))
		}
		return err
	}
}

// inBytes is a command as Redis reads it.
func inBytes(args ...any) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "*%d\r\n", len(args))
	for _, arg := range args {
		if text, ok := arg.([]byte); ok {
			arg = string(text)
		}
		text := fmt.Sprint(arg)
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(text), text)
	}
	return b.Bytes()
}

// record lets so many residents walk whole conversations through a front desk in this process and returns each one's commits.
func record(ctx context.Context, w *workshop, r *redisServer, residents int) (all [][][]byte, err error) {
	d, err := newInside(ctx, w, spot{addr: r.addr, db: replayed})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	var heard recorder
	d.client.AddHook(&heard)
	messages := 0
	for _, talk := range talks(residents, 0) {
		for _, p := range talk {
			if x := d.sim.Resident(townAccount, p.who).Text(ctx, p.say); x.Err != nil || x.Failed {
				return nil, errors.Join(fmt.Errorf("%q was not answered: %s", p.say, x.Why), x.Err)
			}
		}
		all, heard.commits = append(all, heard.commits), nil
		messages += len(talk)
	}
	commits := 0
	for _, one := range all {
		commits += len(one)
	}
	if commits != messages {
		return nil, fmt.Errorf("%d messages made %d commits", messages, commits)
	}
	return all, nil
}

// replay has the commits carried out over so many connections, and says how many there were in a second.
func (r *redisServer) replay(ctx context.Context, all [][][]byte, connections int) (rate float64, err error) {
	options := store.Options(r.addr, redisSecret)
	options.DB = replayed
	client := redis.NewClient(options)
	if err := errors.Join(client.FlushDB(ctx).Err(), client.Close()); err != nil {
		return 0, fmt.Errorf("drop what was recorded: %w", err)
	}
	work := make(chan [][]byte, len(all))
	n := 0
	for _, one := range all {
		work <- one
		n += len(one)
	}
	close(work)
	var lines []net.Conn
	defer func() {
		for _, c := range lines {
			err = errors.Join(err, c.Close())
		}
	}()
	for range connections {
		c, err := r.line(ctx)
		if err != nil {
			return 0, err
		}
		lines = append(lines, c)
	}
	errs := make([]error, connections)
	var group sync.WaitGroup
	began := time.Now()
	for i, c := range lines {
		group.Go(func() {
			for talk := range work {
				for _, commit := range talk {
					if err := ask(c, commit, "*1\r\n$4\r\ndone\r\n"); err != nil {
						errs[i] = err
						return
					}
				}
			}
		})
	}
	group.Wait()
	return float64(n) / time.Since(began).Seconds(), errors.Join(errs...)
}

// line is a connection to the database of the replay.
func (r *redisServer) line(ctx context.Context) (net.Conn, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", r.addr)
	if err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	err = c.SetDeadline(time.Now().Add(10 * time.Minute))
	for _, command := range [][]any{{"AUTH", redisSecret}, {"SELECT", replayed}} {
		err = errors.Join(err, ask(c, inBytes(command...), "+OK\r\n"))
	}
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// ask sends a command and wants that answer.
func ask(c net.Conn, command []byte, want string) error {
	if _, err := c.Write(command); err != nil {
		return fmt.Errorf("replay: %w", err)
	}
	got := make([]byte, len(want))
	if _, err := io.ReadFull(c, got); err != nil {
		return fmt.Errorf("replay: %w", err)
	}
	if string(got) != want {
		return fmt.Errorf("replay: redis says %q", got)
	}
	return nil
}
