package main

import (
	"context"
	"sync/atomic"
	"time"

	"frontdesk/store"
	"frontdesk/ticket"
)

// brittle is the store of a front desk that runs in this process, with switches for what breaks the program itself: nothing that Redis does could.
type brittle struct {
	*store.Store
	decides atomic.Bool // the program panics when it decides on a message
	sends   atomic.Bool // it panics when it sends a letter
	fetches atomic.Bool // it cannot read what is known of a file
	dies    atomic.Bool // it ends between the commit of a message and its answer
}

// mend turns every switch off.
func (b *brittle) mend() {
	for _, s := range []*atomic.Bool{&b.decides, &b.sends, &b.fetches, &b.dies} {
		s.Store(false)
	}
}

// Desk is asked whenever a message is decided on.
func (b *brittle) Desk(account string) (ticket.Account, map[string]ticket.Officer) {
	if b.decides.Load() {
		panic("a story wants this decision to break")
	}
	return b.Store.Desk(account)
}

// Carries says no in a process that ends before it can be asked.
func (b *brittle) Carries(account string, openid ticket.Personal, identity string) bool {
	return !b.dies.Load() && b.Store.Carries(account, openid, identity)
}

// BeginParcel is called in the middle of sending.
func (b *brittle) BeginParcel(ctx context.Context, p ticket.Parcel, d ticket.Delivery) error {
	if b.sends.Load() {
		panic("a story wants this letter to break")
	}
	return b.Store.BeginParcel(ctx, p, d)
}

// TakeFetches gives files as the store does.
func (b *brittle) TakeFetches(ctx context.Context, account string, n int, lease time.Duration) ([]ticket.Fetch, error) {
	list, err := b.Store.TakeFetches(ctx, account, n, lease)
	for i := range list {
		list[i].Broken = list[i].Broken || b.fetches.Load()
	}
	return list, err
}
