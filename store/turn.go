package store

import (
	"context"
	"fmt"
	"hash/maphash"
	"sync"

	"frontdesk/ticket"
)

// turns is where messages wait for each other that were sent at the same moment by one resident. The guard on the record's version keeps
// them right without it; but fifty that race would mostly lose, and each loss is a round trip. Only who has lost once waits here, so that
// nobody else pays for it. Residents share places by chance: then one waits a round trip for a stranger.
type turns struct {
	seed   maphash.Seed
	places [256]chan struct{}
}

func newTurns() *turns {
	t := &turns{seed: maphash.MakeSeed()}
	for i := range t.places {
		t.places[i] = make(chan struct{}, 1)
	}
	return t
}

// wait returns when it is this resident's turn, with what ends it. The error wraps [ticket.ErrUnavailable] when the context ends first.
func (t *turns) wait(ctx context.Context, who string) (done func(), err error) {
	place := t.places[maphash.String(t.seed, who)%uint64(len(t.places))]
	select {
	case place <- struct{}{}:
		leave := sync.OnceFunc(func() { <-place })
		context.AfterFunc(ctx, leave) // a message that never comes back must not hold the place for ever
		return leave, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for a turn: %w: %w", ticket.ErrUnavailable, ctx.Err())
	}
}
