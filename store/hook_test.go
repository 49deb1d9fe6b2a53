package store

import (
	"context"
	"slices"
	"sync/atomic"

	"github.com/redis/go-redis/v9"
)

// around is a hook of a test around what a client sends on connections that are set up: one command, or some that are sent together. send has them carried out; the error that
// around gives is what the client hears.
type around func(cmds []redis.Cmder, send func([]redis.Cmder) error) error

// DialHook changes nothing.
func (a around) DialHook(next redis.DialHook) redis.DialHook { return next }

// ProcessHook is around one command.
func (a around) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if setsUp(cmd) {
			return next(ctx, cmd)
		}
		return a([]redis.Cmder{cmd}, func(cmds []redis.Cmder) error { return next(ctx, cmds[0]) })
	}
}

// ProcessPipelineHook is around those that are sent together.
func (a around) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		if setsUp(cmds[0]) {
			return next(ctx, cmds)
		}
		var own error
		err := a(cmds, func(cmds []redis.Cmder) error {
			own = next(ctx, cmds)
			return own
		})
		for _, cmd := range cmds {
			if err != nil && own == nil { // each that was sent knows its own
				cmd.SetErr(err)
			}
		}
		return err
	}
}

// setsUp says whether a command sets a connection up. How many connections a client opens is chance.
func setsUp(cmd redis.Cmder) bool { return cmd.Name() == "hello" || cmd.Name() == "client" }

// runs says whether that script is run.
func runs(script *redis.Script, cmds []redis.Cmder) bool {
	args := cmds[0].Args()
	return len(args) > 1 && args[1] == script.Hash()
}

// concerns says whether a command of that name is about that key.
func concerns(cmds []redis.Cmder, name, key string) bool {
	return cmds[0].Name() == name && slices.Contains(cmds[0].Args(), any(key))
}

// before does something once, right before a script is run.
func before(script *redis.Script, do func()) around {
	var done atomic.Bool
	return func(cmds []redis.Cmder, send func([]redis.Cmder) error) error {
		if runs(script, cmds) && done.CompareAndSwap(false, true) {
			do()
		}
		return send(cmds)
	}
}

// trips counts round trips to Redis: a pipeline is one.
type trips struct{ n atomic.Int64 }

func (c *trips) hook() around {
	return func(cmds []redis.Cmder, send func([]redis.Cmder) error) error { c.n.Add(1); return send(cmds) }
}
