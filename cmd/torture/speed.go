package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"frontdesk/store"
	"frontdesk/ticket"
)

// atLeisure lets the yardstick collect garbage as seldom as the program does, which knows that it keeps little; see collectAtLeisure there.
const atLeisure = "GOGC=2000"

// loadRow is the speed of messages, beside the yardstick, as Go makes it and at leisure, and beside what Redis itself can do with the same disk.
func loadRow(ctx context.Context, w *workshop) (figure string, err error) {
	t, err := newTown(ctx, w, plan{})
	if err != nil {
		return "no town", err
	}
	defer func() { err = errors.Join(err, t.close()) }()
	bare, base, err := startYardstick(ctx, w, t.redis)
	if err != nil {
		return "no yardstick", err
	}
	defer func() { err = errors.Join(err, bare.kill()) }()
	idle, idleBase, err := startYardstick(ctx, w, t.redis, atLeisure)
	if err != nil {
		return "no yardstick", err
	}
	defer func() { err = errors.Join(err, idle.kill()) }()

	var ours, theirs, leisurely gauge
	sides := []side{{&ours, t.replicas[0].pid(), t.replicas[0].base}, {&theirs, bare.pid(), base}, {&leisurely, idle.pid(), idleBase}}
	residents, rounds := w.size(100, 300), w.size(2, 24)
	costs, err := t.compare(ctx, sides, residents, rounds)
	if err != nil {
		return "not measured", err
	}
	if err := walked(ctx, t.redis, residents*(rounds+1)); err != nil { // before commits are carried out that nobody asked for
		return "no work was done", err
	}
	commits, share, err := commitRate(ctx, w, t.redis)
	if err != nil {
		return "not measured", err
	}
	cost, evals := costs[1], commits/share
	figure = fmt.Sprintf("%s; %.2f round trips; yardstick: %s; %.2f round trips; %.2f times its CPU, the median of %d rounds, %.2f times when the yardstick too collects garbage seldom (%.0f µs); this Redis carries out %.0f commits of whole conversations a second, %.2f of its plain EVAL; the program beside its residents reaches %.2f of that, the yardstick %.2f",
		&ours, ours.trips(), &theirs, theirs.trips(), cost, rounds, costs[2], leisurely.per(leisurely.cpu), commits, share, ours.rate()/evals, theirs.rate()/evals)
	var wrong []error
	if w.long {
		if cost > 1.5 {
			wrong = append(wrong, fmt.Errorf("a message costs %.2f times the yardstick, not at most 1.5", cost))
		}
		if p99 := at(ours.took, .99); p99 > 50*time.Millisecond {
			wrong = append(wrong, fmt.Errorf("one message in a hundred takes more than %s", p99))
		}
		if share < .5 {
			wrong = append(wrong, fmt.Errorf("the commits are %.2f of what Redis can, not half", share))
		}
	}
	return figure, errors.Join(wrong...)
}

// side is one of those that are compared.
type side struct {
	g    *gauge
	pid  int
	base string
}

// compare lets residents walk to all sides, in turns, so that the machine's mood is shared. It gives how many times each side's processor time the first one
// takes: the medians of the rounds.
func (t *town) compare(ctx context.Context, sides []side, residents, rounds int) ([]float64, error) {
	times := make([][]float64, len(sides))
	for round := range rounds + 1 {
		all := talks(residents, round)
		took := make([]time.Duration, len(sides))
		for i, s := range sides {
			g := s.g
			if round == 0 {
				g = &gauge{} // connections open, scripts are loaded, nothing counts
			}
			before := g.cpu
			if err := measure(ctx, g, t.redis, s.pid, func() ([]time.Duration, error) { return walk(ctx, t.sim, s.base, all, hands) }); err != nil {
				return nil, err
			}
			took[i] = g.cpu - before
		}
		for i := range sides {
			if round > 0 {
				times[i] = append(times[i], float64(took[0])/float64(max(took[i], 1)))
			}
		}
	}
	medians := make([]float64, len(sides))
	for i := range sides {
		slices.Sort(times[i])
		medians[i] = times[i][len(times[i])/2]
	}
	return medians, nil
}

// walked wants so many tickets in the queue, and the books in order: what was fast did its work.
func walked(ctx context.Context, r *redisServer, tickets int) error {
	s, err := store.New(store.Config{Client: r.client})
	if err != nil {
		return err
	}
	page, err := s.Queue(ctx, auditor, ticket.Query{List: ticket.ListQueue, Limit: 1})
	if err != nil {
		return err
	}
	if page.Total != tickets {
		return fmt.Errorf("%d tickets are in the queue, not %d", page.Total, tickets)
	}
	found, err := s.Fsck(ctx, townAccount)
	if err == nil && len(found) > 0 {
		err = fmt.Errorf("fsck: %s", found[0])
	}
	return err
}

// commitRate is how many commits of whole conversations a second the Redis carries out, and which share that is of its plain EVAL: the medians of
// a few turns, because a disk has moods.
func commitRate(ctx context.Context, w *workshop, r *redisServer) (commits, share float64, err error) {
	recorded, err := record(ctx, w, r, w.size(50, 1000))
	if err != nil {
		return 0, 0, err
	}
	var rates, shares []float64
	for range w.size(1, 7) {
		evals, err := r.rate(ctx, w.size(5000, 100_000), "eval", "return redis.call('SET', KEYS[1], ARGV[1])", "1", "yardstick__rand_int__", strings.Repeat("x", 200))
		if err != nil {
			return 0, 0, err
		}
		rate, err := r.replay(ctx, recorded, hands)
		if err != nil {
			return 0, 0, err
		}
		rates, shares = append(rates, rate), append(shares, rate/evals)
	}
	slices.Sort(rates)
	slices.Sort(shares)
	return rates[len(rates)/2], shares[len(shares)/2], nil
}

// startYardstick runs this program as the yardstick.
func startYardstick(ctx context.Context, w *workshop, r *redisServer, env ...string) (*process, string, error) {
	listen, err := freeAddress()
	if err != nil {
		return nil, "", err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, "", fmt.Errorf("find this program: %w", err)
	}
	dir, err := w.folder("yardstick")
	if err != nil {
		return nil, "", err
	}
	p := &process{name: "yardstick", path: self, dir: dir, env: append(env, yardstickVariable+"="+listen+" "+r.addr)}
	if err := p.start(); err != nil {
		return nil, "", err
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	return p, "http://" + listen, p.await(ctx, func() bool { return listens(listen) })
}
