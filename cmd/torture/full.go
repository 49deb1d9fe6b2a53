package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

//go:embed fulldisk.c
var fullSource []byte

// fullDisk is a disk for a Redis that can be full.
type fullDisk struct {
	library string
	limit   string // the file that says how long the append-only file may be; see fulldisk.c
}

// newFullDisk compiles the library. There is room at first.
func newFullDisk(ctx context.Context, w *workshop) (*fullDisk, error) {
	dir, err := w.folder("full")
	if err != nil {
		return nil, err
	}
	d := &fullDisk{library: filepath.Join(dir, "fulldisk.so"), limit: filepath.Join(dir, "limit")}
	return d, compile(ctx, fullSource, d.library)
}

// compile makes a library to preload out of C.
func compile(ctx context.Context, source []byte, library string) error {
	file := library + ".c"
	if err := os.WriteFile(file, source, 0o600); err != nil {
		return fmt.Errorf("make a disk: %w", err)
	}
	if text, err := exec.CommandContext(ctx, "cc", "-shared", "-fPIC", "-O2", "-o", library, file, "-ldl").CombinedOutput(); err != nil {
		return fmt.Errorf("make a disk: %w: %s", err, text)
	}
	return nil
}

// env is what a Redis on this disk must be started with.
func (d *fullDisk) env() map[string]string {
	return map[string]string{"LD_PRELOAD": d.library, "FRONTDESK_FULL_DISK": d.limit}
}

// fill leaves room for so many bytes more in the newest append-only file below a folder.
func (d *fullDisk) fill(dir string, room int64) error {
	files, err := filepath.Glob(filepath.Join(dir, "appendonlydir", "*.incr.aof"))
	if err != nil || len(files) == 0 {
		return errors.Join(errors.New("redis has no file"), err)
	}
	info, err := os.Stat(files[len(files)-1])
	if err != nil {
		return fmt.Errorf("fill the disk: %w", err)
	}
	next := d.limit + ".next"
	if err := os.WriteFile(next, []byte(strconv.FormatInt(info.Size()+room, 10)), 0o600); err != nil {
		return fmt.Errorf("fill the disk: %w", err)
	}
	return os.Rename(next, d.limit) // all of the number is there, or none
}

// clear makes room.
func (d *fullDisk) clear() error { return os.Remove(d.limit) }

// fullRow fills the disk of Redis, and that of the front desk's own files. It fills the disk of Redis again and again while residents talk and officers answer. Redis ends then, because it cannot keep what it
// would confirm; somebody starts it again and again, as systemd or Docker does: a given Redis itself, or the front desk whose own Redis it is.
func fullRow(ctx context.Context, w *workshop) (string, error) {
	given, err := fullGiven(ctx, w)
	own, e := fullOwn(ctx, w)
	data, failed := fullData(ctx, w)
	return given + "; its own: " + own + "; " + data, errors.Join(err, e, failed)
}

// fullGiven is the row for a Redis that two replicas were given.
func fullGiven(ctx context.Context, w *workshop) (figure string, err error) {
	d, err := newFullDisk(ctx, w)
	if err != nil {
		return "no disk", err
	}
	dir, err := w.folder("redis")
	if err != nil {
		return "no disk", err
	}
	var env []string
	for k, v := range d.env() {
		env = append(env, k+"="+v)
	}
	r, err := startRedis(ctx, dir, nil, env...)
	if err != nil {
		return "no redis", err
	}
	t, err := newTown(ctx, w, plan{replicas: 2, redis: r, clock: true})
	if err != nil {
		return "no town", err
	}
	defer func() { err = errors.Join(err, t.close()) }()
	f := filling{town: t, disk: d, dir: dir, mortal: &r.process, revive: r.up}
	return f.row(ctx)
}

// fullOwn is the row for one front desk with a Redis of its own: both end together.
func fullOwn(ctx context.Context, w *workshop) (figure string, err error) {
	d, err := newFullDisk(ctx, w)
	if err != nil {
		return "no disk", err
	}
	env := d.env()
	t, err := newOwnTown(ctx, w, env)
	if err != nil {
		return "no town", err
	}
	defer func() { err = errors.Join(err, t.close()) }()
	f := filling{town: t, disk: d, dir: t.ownRedis(), mortal: &t.replicas[0].process, revive: t.replicas[0].up}
	return f.row(ctx)
}

// row fills the disk while everybody talks and says what became of it.
func (f *filling) row(ctx context.Context) (figure string, err error) {
	f.crowd = newCrowd(f.town, 0.1)
	room, err := newRoom(ctx, f.crowd, 2)
	if err != nil {
		return "no officers", err
	}
	working, stop := context.WithCancel(ctx)
	minding, leave := context.WithCancel(ctx)
	var beside, minder sync.WaitGroup
	var wrong []error
	minder.Go(func() { f.mind(minding) })
	beside.Go(func() {
		defer stop()
		for n := range f.w.size(1, 6) {
			err := f.once(working, n, time.Duration(f.w.size(4, 15))*time.Second)
			if err == nil {
				err = room.catchesUp(working)
			}
			if err != nil {
				wrong = append(wrong, err)
				return
			}
		}
	})
	beside.Go(func() { room.work(working) })
	f.crowd.talk(ctx, 8, f.w.random("full"), func() bool { return working.Err() != nil })
	beside.Wait()
	leave()
	minder.Wait()
	wrong = append(wrong, f.pass(leased)) // of senders that lost Redis
	room.await(ctx)
	ended := int(f.ended.Load())
	if ended == 0 {
		wrong = append(wrong, errors.New("blind: redis never noticed that its disk was full"))
	}
	broken := errors.Join(first(wrong), room.check(ctx), f.checkAtEnd(ctx))
	figure = fmt.Sprintf("disk full %d times, %s ended %d times: %d messages answered, %d asked to be sent again, slowest post %s, answered again %s after there was room; %s",
		f.times, f.mortal.name, ended, f.crowd.answered.Load(), f.crowd.sorry.Load(), time.Duration(f.longest.Load()).Round(time.Millisecond), f.crowd.back.Round(time.Millisecond), &room.mail)
	return figure, broken
}

// checkAtEnd checks the books, and the seals once the replicas have ended.
func (f *filling) checkAtEnd(ctx context.Context) error {
	if f.mortal != &f.replicas[0].process {
		return f.crowd.checkAtEnd(ctx)
	}
	return f.crowd.checkOwnAtEnd(ctx)
}

// filling is a town whose Redis has a full disk now and then.
type filling struct {
	*town
	disk   *fullDisk
	dir    string // of Redis
	mortal *process
	revive func(context.Context) error // starts what ended
	crowd  *crowd

	times int
	ended atomic.Int64 // times that it ended by itself
}

// mind starts again what has ended, a second later, until the context ends.
func (f *filling) mind(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-f.mortal.gone():
		}
		f.ended.Add(1)
		pause(ctx, time.Second)
		_ = f.revive(context.WithoutCancel(ctx)) // one that does not come up is gone at the next look
	}
}

// once fills the disk for a while and waits until somebody has an answer again.
func (f *filling) once(ctx context.Context, n int, d time.Duration) error {
	pause(ctx, time.Second)
	defer f.fault()()
	if err := f.disk.fill(f.dir, int64(1000+n*777)); err != nil {
		return err
	}
	f.times++
	pause(ctx, d)
	if err := f.disk.clear(); err != nil {
		return fmt.Errorf("make room: %w", err)
	}
	if err := f.crowd.answersAgain(ctx); err != nil || f.mortal != &f.replicas[0].process {
		return err
	}
	if err := f.mortal.kill(); err != nil { // its Redis dies with it
		return err
	}
	err := f.crowd.answersAgain(ctx)
	pause(ctx, time.Second) // for whoever was waiting
	return err
}
