package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"frontdesk/bot"
	"frontdesk/cmd/torture/yardstick"
	"frontdesk/store"
	"frontdesk/ticket"
)

// This file measures a message inside one process, where allocations and round trips can be counted: ours, and the yardstick's beside it.

// BenchmarkMessage is a message from the platform's POST to the encrypted answer: verify, decrypt, decode, decide, commit, encrypt. The
// handler is called as it is, without a network in front; Redis is a real one that syncs every write.
func BenchmarkMessage(b *testing.B) {
	server, p := benchTown(b)
	var trips tripCount
	client := redis.NewClient(store.Options(server.Addr, server.Password))
	client.AddHook(&trips)
	b.Cleanup(func() {
		if err := client.Close(); err != nil {
			b.Error(err)
		}
	})
	quiet := slog.New(slog.DiscardHandler)
	h, err := build(plan{Client: client, Data: b.TempDir(), Clock: time.Now, Log: quiet, Accounts: []bot.Account{
		{ID: "gh_bench", AppID: benchApp, Token: benchToken, AESKey: benchKey, Mode: bot.Safe},
	}})
	if err != nil {
		b.Fatal(err)
	}
	room := ticket.Account{ID: "gh_bench", Name: "警务室", Stations: []ticket.Station{{ID: "main", Name: "警务室"}}}
	if err := h.store.PutAccount(b.Context(), room); err != nil {
		b.Fatal(err)
	}
	bare, err := yardstick.New(benchToken, benchApp, benchKey, client)
	if err != nil {
		b.Fatal(err)
	}
	for _, side := range []struct {
		name    string
		handler http.Handler
	}{{"frontdesk", h.handler}, {"bare", bare}} {
		b.Run(side.name, func(b *testing.B) {
			n := 0
			next := func() posted { // the next line of a resident, or the first of another one
				m, err := sign(p, fmt.Sprint("o-", side.name, n/len(benchTalk)), benchTalk[n%len(benchTalk)])
				if err != nil {
					b.Fatal(err)
				}
				n++
				return m
			}
			for range benchTalk {
				answerTo(b, side.handler, next()) // scripts are loaded and connections open before anything counts
			}
			before, counted := trips.n.Load(), n
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N { // not b.Loop: it would count the writing of messages
				b.StopTimer()
				m := next()
				b.StartTimer()
				answerTo(b, side.handler, m)
			}
			b.ReportMetric(float64(trips.n.Load()-before)/float64(n-counted), "redis-trips/op")
		})
	}
}

// answerTo hands a callback to a handler and wants an encrypted answer.
func answerTo(b *testing.B, h http.Handler, m posted) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("POST", m.path, strings.NewReader(string(m.body))))
	if w.Code != http.StatusOK || w.Body.Len() < 200 {
		b.Fatal(w.Code, w.Body.Len())
	}
}

// tripCount counts round trips to Redis: a pipeline is one.
type tripCount struct{ n atomic.Int64 }

func (c *tripCount) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

func (c *tripCount) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error { c.n.Add(1); return next(ctx, cmd) }
}

func (c *tripCount) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error { c.n.Add(1); return next(ctx, cmds) }
}
