package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// ailment is one thing that goes wrong with Redis itself. It is over when its function returns.
type ailment struct {
	name  string
	bear  func(context.Context, *town) error
	clear bool // letters go out meanwhile as ever, and what became of them is written down
}

// ailments are those of the form at hand.
func ailments(w *workshop) []ailment {
	list := []ailment{
		{name: "hangs 3 s", bear: hangs(3 * time.Second)}, {name: "busy with a script", bear: busy}, {name: "short of memory", bear: short, clear: true},
		{name: "out of memory", bear: full}, {name: "set to lose the last second", bear: weakened, clear: true}, {name: "killed, torn end of its file", bear: torn},
	}
	if w.long {
		list = append(list, ailment{name: "hangs 30 s", bear: hangs(30 * time.Second)})
	}
	return list
}

// promptly is when every answer must be out.
const promptly = 4500 * time.Millisecond

// redisRow lets Redis ail while residents talk and officers answer. Nothing may be confirmed that is not kept, every answer must be out in
// time, and a minute after the end nobody may be stuck.
func redisRow(ctx context.Context, w *workshop) (figure string, err error) {
	t, err := newTown(ctx, w, plan{replicas: 2, clock: true})
	if err != nil {
		return "no town", err
	}
	defer func() { err = errors.Join(err, t.close()) }()
	crowd := newCrowd(t, 0.1)
	room, err := newRoom(ctx, crowd, 2)
	if err != nil {
		return "no officers", err
	}
	working, stop := context.WithCancel(ctx)
	var beside sync.WaitGroup
	var wrong []error
	var names []string
	beside.Go(func() {
		defer stop()
		for _, a := range ailments(w) {
			pause(working, time.Second)
			_, _ = fmt.Fprintf(t.w.log, "redis %s at %s\n", a.name, time.Now().Format(time.RFC3339Nano))
			over := t.span(span{clear: a.clear})
			err := a.bear(working, t)
			over()
			if err = errors.Join(err, crowd.answersAgain(working)); err == nil {
				err = room.catchesUp(working)
			}
			if err != nil {
				wrong = append(wrong, fmt.Errorf("%s: %w", a.name, err))
				return // it is known already
			}
			names = append(names, a.name)
		}
	})
	beside.Go(func() { room.work(working) })
	crowd.talk(ctx, 8, w.random("redis"), func() bool { return working.Err() != nil })
	beside.Wait()
	broken := first(wrong)
	if broken == nil {
		broken = t.pass(leased) // of senders that lost Redis
		room.await(ctx)
		broken = errors.Join(broken, room.check(ctx), crowd.checkAtEnd(ctx))
	}
	figure = fmt.Sprintf("redis %s: %d messages answered, %d asked to be sent again, slowest post %s, answered again %s after it was over; intake stopped with %d %% of the memory in use, then %d letters went out; %s", strings.Join(names, ", "),
		crowd.answered.Load(), crowd.sorry.Load(), time.Duration(t.longest.Load()).Round(time.Millisecond), crowd.back.Round(time.Millisecond), t.shortAt, t.shortSent, &room.mail)
	return figure, broken
}

// hangs stops Redis for a while, as a disk that does not come back would.
func hangs(d time.Duration) func(context.Context, *town) error {
	return func(ctx context.Context, t *town) error {
		err := t.redis.signal(syscall.SIGSTOP)
		pause(ctx, d)
		return errors.Join(err, t.redis.signal(syscall.SIGCONT))
	}
}

// busy runs a script that never ends, until it is killed. Redis says BUSY meanwhile.
func busy(ctx context.Context, t *town) error {
	if err := t.redis.client.ConfigSet(ctx, "busy-reply-threshold", "100").Err(); err != nil {
		return fmt.Errorf("set the threshold: %w", err)
	}
	var beside sync.WaitGroup
	beside.Go(func() { _ = t.redis.client.Eval(ctx, "while true do end", nil).Err() }) // it ends by being killed
	pause(ctx, 2*time.Second)
	err := t.redis.client.ScriptKill(ctx).Err()
	beside.Wait()
	return err
}

// short leaves a little memory, as a room that has grown for years would: intake must stop before Redis refuses anything, so that officers go
// on.
func short(ctx context.Context, t *town) error {
	c := t.redis.client
	if err := c.SetRange(ctx, "ballast", 60<<20, "x").Err(); err != nil {
		return fmt.Errorf("fill the memory: %w", err)
	}
	used, err := t.redis.weight(ctx)
	if err != nil {
		return err
	}
	most := used / 92 * 100
	if err := c.ConfigSet(ctx, "maxmemory", strconv.FormatInt(most, 10)).Err(); err != nil {
		return fmt.Errorf("limit the memory: %w", err)
	}
	pause(ctx, 7*time.Second) // the front desk looks every five
	var wrong error
	x := t.sim.Resident(townAccount, "oshort").Text(ctx, "你好")
	if ctx.Err() == nil && !strings.Contains(x.Answer, again) {
		wrong = fmt.Errorf("intake goes on although memory runs short: %q", x.Answer)
	}
	if used, err = t.redis.weight(ctx); err != nil {
		wrong = errors.Join(wrong, err)
	}
	before := t.sends.Load()
	wrong = errors.Join(wrong, goesOut(ctx, t))
	t.shortAt, t.shortSent = used*100/most, t.sends.Load()-before
	refused, err := refusedForMemory(ctx, t)
	if refused {
		err = errors.Join(err, errors.New("memory was full before intake stopped"))
	}
	back := context.WithoutCancel(ctx)
	return errors.Join(wrong, err, c.ConfigSet(back, "maxmemory", "0").Err(), c.Del(back, "ballast").Err())
}

// weight is how many bytes of memory it uses.
func (r *redisServer) weight(ctx context.Context) (int64, error) {
	stats, err := r.client.InfoMap(ctx, "memory").Result()
	if err != nil {
		return 0, fmt.Errorf("weigh redis: %w", err)
	}
	used, err := strconv.ParseInt(stats["Memory"]["used_memory"], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("weigh redis: %w", err)
	}
	return used, nil
}

// goesOut wants officers to go on, and what they write to reach its readers, while nothing is taken in.
func goesOut(ctx context.Context, t *town) error {
	before := t.sends.Load()
	waiting, cancel := context.WithTimeout(ctx, drainsWithin)
	defer cancel()
	if err := eventually(waiting, func() bool { return t.sends.Load() >= before+drained }); err != nil && ctx.Err() == nil {
		return fmt.Errorf("the queue does not drain: %d letters went out in %s", t.sends.Load()-before, drainsWithin)
	}
	return nil
}

// What must go out while memory is short: more than was under way when intake stopped.
const (
	drained      = 4
	drainsWithin = 20 * time.Second
)

// refusedForMemory says whether Redis has ever refused a command because its memory was full.
func refusedForMemory(ctx context.Context, t *town) (bool, error) {
	errs, err := t.redis.client.Info(ctx, "errorstats").Result()
	if err != nil {
		return false, fmt.Errorf("what redis refused: %w", err)
	}
	return strings.Contains(errs, "errorstat_OOM"), nil
}

// full takes all memory away, and gives it back.
func full(ctx context.Context, t *town) error {
	if err := t.redis.client.ConfigSet(ctx, "maxmemory", "1mb").Err(); err != nil {
		return fmt.Errorf("limit the memory: %w", err)
	}
	pause(ctx, 2*time.Second)
	refused, err := refusedForMemory(ctx, t)
	if err == nil && !refused && ctx.Err() == nil {
		err = errors.New("blind: redis refused nothing for want of memory")
	}
	return errors.Join(err, t.redis.client.ConfigSet(context.WithoutCancel(ctx), "maxmemory", "0").Err())
}

// weakened sets a running Redis so that it may lose what it confirms: nothing may be taken in from when that can be seen.
func weakened(ctx context.Context, t *town) error {
	set := func(ctx context.Context, value string) error {
		if err := t.redis.client.ConfigSet(ctx, "appendfsync", value).Err(); err != nil {
			return fmt.Errorf("set how redis syncs: %w", err)
		}
		return nil
	}
	if err := set(ctx, "everysec"); err != nil {
		return err
	}
	pause(ctx, 11*time.Second) // the front desk looks every ten
	var wrong error
	x := t.sim.Resident(townAccount, "oweak").Text(ctx, "你好")
	if ctx.Err() == nil && !strings.Contains(x.Answer, again) {
		wrong = fmt.Errorf("intake goes on although redis may lose what it confirms: %q", x.Answer)
	}
	return errors.Join(wrong, set(context.WithoutCancel(ctx), "always"))
}

// torn kills Redis and leaves half a command at the end of its file.
func torn(ctx context.Context, t *town) (err error) {
	if err := t.redis.kill(); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(t.redis.dir, "appendonlydir", "*.incr.aof"))
	if err != nil || len(files) == 0 {
		return errors.Join(errors.New("redis has no file"), err)
	}
	f, err := os.OpenFile(files[len(files)-1], os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("tear the file: %w", err)
	}
	_, err = f.WriteString("*3\r\n$3\r\nSET\r\n$4\r\nhal")
	return errors.Join(err, f.Close(), t.redis.up(context.WithoutCancel(ctx)))
}
