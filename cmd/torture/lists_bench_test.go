package main

import (
	"fmt"
	"io"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"frontdesk/cmd/torture/growth"
	"frontdesk/store"
	"frontdesk/ticket"
)

// BenchmarkLists is a page of a list of twenty thousand tickets for a chief who sees all stations of an account, of which there is one, or twenty.
func BenchmarkLists(b *testing.B) {
	w, err := newWorkshop(b.Context(), form{seed: 1}, io.Discard)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := w.close(); err != nil {
			b.Error(err)
		}
	})
	for _, stations := range []int{1, 20} {
		s := listed(b, w, growth.Town{Account: townAccount, Tickets: 20_000, Stations: stations, Now: time.Now(), Years: 3, Open: .03})
		chief := ticket.Officer{ID: "1", Name: "吴建国", Role: ticket.Chief, Account: townAccount}
		for _, list := range []ticket.List{ticket.ListQueue, ticket.ListDone} {
			b.Run(fmt.Sprintf("%s/%d-stations", list, stations), func(b *testing.B) {
				for b.Loop() {
					if _, err := s.Queue(b.Context(), chief, ticket.Query{List: list}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// listed is a store that holds a town.
func listed(b *testing.B, w *workshop, t growth.Town) *store.Store {
	b.Helper()
	dir, err := w.folder("lists")
	if err != nil {
		b.Fatal(err)
	}
	r, err := startRedis(b.Context(), dir, map[string]string{"appendfsync": "no"})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := r.close(); err != nil {
			b.Error(err)
		}
	})
	s, err := store.New(store.Config{Client: r.client})
	if err != nil {
		b.Fatal(err)
	}
	account := ticket.Account{ID: townAccount, Name: "长安路警务室"}
	for i := range t.Stations {
		account.Stations = append(account.Stations, ticket.Station{ID: growth.StationID(i), Name: fmt.Sprint("警务室", i+1)})
	}
	if err := s.PutAccount(b.Context(), account); err != nil {
		b.Fatal(err)
	}
	lots := make(chan growthLot)
	g := grown{weight: growthWeight{kinds: map[string]float64{}}}
	making, ctx := errgroup.WithContext(b.Context())
	making.Go(func() error {
		defer close(lots)
		return g.make(ctx, t, lots)
	})
	making.Go(func() error {
		for lot := range lots {
			if err := s.Import(ctx, townAccount, lot.residents, lot.tickets); err != nil {
				return err
			}
		}
		return nil
	})
	if err := making.Wait(); err != nil {
		b.Fatal(err)
	}
	return s
}
