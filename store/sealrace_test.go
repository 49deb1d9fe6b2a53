package store

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/ticket"
)

// before is a hook that does something once, right before a front desk runs a script.
type before struct {
	script *redis.Script
	do     func()
}

// DialHook changes nothing.
func (b *before) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		return next(ctx, network, addr)
	}
}

// ProcessHook does it.
func (b *before) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if args := cmd.Args(); len(args) > 1 && args[1] == b.script.Hash() && b.do != nil {
			do := b.do
			b.do = nil
			do()
		}
		return next(ctx, cmd)
	}
}

// ProcessPipelineHook changes nothing.
func (b *before) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// TestASealThatCameSecondIsMadeAgain has another front desk seal first, when this one has read what it wants to cover: a ticket that only this one
// has seen must not stay uncovered, for it may be the last seal before the end.
func TestASealThatCameSecondIsMadeAgain(t *testing.T) {
	st := newStory(t)
	st.ticketOf("wang")
	slow := realRedis(t).(*redis.Client)
	if err := sealScript.Load(t.Context(), slow).Err(); err != nil {
		t.Fatal(err)
	}
	other, late := st.Store, st.replica(slow)
	slow.AddHook(&before{sealScript, func() {
		if err := other.Seal(t.Context(), st.account, st.clockNow()); err != nil {
			t.Error(err)
		}
		if _, err := other.Converse(t.Context(), st.account, "li", "last", st.opens(st.opening("li"))); err != nil {
			t.Error(err)
		}
	}})
	if err := late.Seal(t.Context(), st.account, st.clockNow().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if n := st.rdb.HLen(t.Context(), keysOf(st.account).unsealed()).Val(); n > 0 {
		t.Errorf("%d tickets are not sealed, and nobody was told", n)
	}
	st.clean()
}

// TestWhatGrewMeanwhileStaysUncovered has a ticket grow after a front desk has read what it is about to seal.
func TestWhatGrewMeanwhileStaysUncovered(t *testing.T) {
	st := newStory(t)
	st.ticketOf("wang")
	slow := realRedis(t).(*redis.Client)
	if err := sealScript.Load(t.Context(), slow).Err(); err != nil {
		t.Fatal(err)
	}
	late := st.replica(slow)
	slow.AddHook(&before{sealScript, func() { st.converse("wang", st.says(ticket.Step{What: ticket.Say, Text: "又吵了"})) }})
	if err := late.Seal(t.Context(), st.account, st.clockNow()); err != nil {
		t.Fatal(err)
	}
	if n := st.rdb.HLen(t.Context(), keysOf(st.account).unsealed()).Val(); n != 1 {
		t.Errorf("%d tickets wait for the next seal, not the one that grew", n)
	}
	st.clean()
}
