package bot

import (
	"context"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"frontdesk/flows"
	"frontdesk/ticket"
	"frontdesk/wechatsim"
)

// forgetful decides for a stranger every time and keeps nothing, so that no message costs more than the one before.
type forgetful struct{}

func (forgetful) Converse(_ context.Context, account string, openid ticket.Personal, _ string,
	decide func(flows.Resident) (flows.Change, error)) (string, error) {
	c, err := decide(flows.Resident{Account: account, OpenID: openid})
	return c.Answer, err
}

func (forgetful) Carries(string, ticket.Personal, string) bool { return false }

func (forgetful) Answered(context.Context, string, ticket.Personal, string) error { return nil }

// BenchmarkCallback is a message in safe mode without network and store: verify, decrypt, decode, decide, encrypt.
func BenchmarkCallback(b *testing.B) {
	cb, err := NewCallback(CallbackConfig{
		Accounts:  []Account{{ID: "gh_room", AppID: testAppID, Token: "AAAAA", AESKey: testKey, Mode: Safe}},
		Residents: forgetful{}, Directory: &memory{}, Metrics: NewMetrics(prometheus.NewRegistry()), Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Clock: func() time.Time { return time.Unix(1714037059, 0) },
	})
	if err != nil {
		b.Fatal(err)
	}
	p, err := wechatsim.New(wechatsim.Config{
		Clock: func() time.Time { return time.Unix(1714037059, 0) },
		Accounts: []wechatsim.Account{{ID: "gh_room", AppID: testAppID, Secret: "secret", Token: "AAAAA", AESKey: testKey, Mode: wechatsim.Safe,
			Kind: wechatsim.ServiceVerified, CallbackURL: "http://localhost/wechat/gh_room"}},
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { p.Close() })
	post, err := p.Request("gh_room", p.Message("gh_room", "oLin", "MsgType", "text", "Content", "1"))
	if err != nil {
		b.Fatal(err)
	}
	body, err := io.ReadAll(post.Body)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest("POST", post.URL.String(), strings.NewReader(string(body)))
		w := httptest.NewRecorder()
		if cb.ServeHTTP(w, r); w.Code != 200 || w.Body.Len() < 300 {
			b.Fatal(w.Code, w.Body.Len())
		}
	}
}
