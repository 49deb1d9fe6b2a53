package main

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"frontdesk/bot"
	"frontdesk/ticket"
)

// tar is an outbox whose letters hang as soon as they are begun.
type tar struct {
	bot.Outbox
	until   <-chan struct{}
	letters []ticket.Parcel
	buried  int
}

func (o *tar) TakeParcels(context.Context, string, int, time.Duration) ([]ticket.Parcel, error) {
	letters := o.letters
	o.letters = nil
	return letters, nil
}

func (o *tar) BeginParcel(context.Context, ticket.Parcel, ticket.Delivery) error {
	<-o.until
	return ticket.ErrConflict
}

func (o *tar) BuryParcel(context.Context, ticket.Parcel, ticket.Why, string) (ticket.Dead, error) {
	o.buried++
	return ticket.Dead{}, nil
}

func (o *tar) SettleParcel(context.Context, ticket.Parcel, ticket.Delivery) error { return nil }

// TestAHouseThatIsWornOutEnds lets letters hang until no more are begun: the house ends in good order and says why, so that whoever minds it starts
// it anew. Before that it goes on.
func TestAHouseThatIsWornOutEnds(t *testing.T) {
	w := newTimely(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	hang := make(chan struct{})
	defer close(hang)
	account := bot.Account{ID: townAccount, AppID: "wx1", Token: "AAAAA", Mode: bot.Plaintext, Service: true, Verified: true}
	post := &tar{until: hang}
	for _, id := range []string{"1", "2", "3", "4"} {
		post.letters = append(post.letters, ticket.Parcel{
			Letter: ticket.Letter{ID: id, Account: townAccount, Text: ticket.Personal("民警回复您：明早九点")}, Followed: true,
			Window: ticket.Window{MessageUntil: w.clock().Add(time.Hour), MessageLeft: 5},
		})
	}
	if len(w.mayHang) != 3 { // of one account
		t.Errorf("%d of what may hang are looked at", len(w.mayHang))
	}
	w.senders = []*bot.Sender{bot.NewSender(bot.SenderConfig{
		API: bot.NewAPI(account, w.store.Cache(townAccount), w.clock), Outbox: post, Clock: w.clock, Log: w.log, Patience: time.Millisecond,
	})}
	w.mayHang = append(w.mayHang, w.senders[0])
	if err := w.wornOut(); err != nil {
		t.Fatalf("it is worn out before it began: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patienceTime)
	defer cancel()
	door := &shutting{l, func() {
		if !w.parting.closing.Load() || !w.parting.over(time.Now()) {
			t.Errorf("it takes no more requests: said so: %v, the last one %v ago", w.parting.closing.Load(), time.Since(w.parting.asked))
		}
	}}
	if err := w.serve(ctx, door, nil, func() {}); !errors.Is(err, errWornOut) {
		t.Errorf("it ended with %v", err)
	}
	if post.buried != 4 {
		t.Errorf("%d letters were buried", post.buried)
	}
}
