package main

import (
	"io"
	"log/slog"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/alicebob/miniredis/v2"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/redis/go-redis/v9"

	"frontdesk/bot"
	"frontdesk/store"
	"frontdesk/ticket"
)

// troubled is a room where the program could not work some things, and a chief who looks over it. It gives the console's address.
func troubled(t *testing.T) string {
	t.Helper()
	memory := miniredis.RunT(t)
	client := redis.NewClient(store.Options(memory.Addr(), ""))
	h, err := build(plan{
		Client: client, Data: t.TempDir(), Seals: t.TempDir(), Clock: time.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Accounts: []bot.Account{{ID: townAccount, AppID: "wx1", Token: "AAAAA", Mode: bot.Plaintext}},
	})
	if err != nil {
		t.Fatal(err)
	}
	hash, err := argon2id.CreateHash("night-watch-110", argon2id.DefaultParams)
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	for _, err := range []error{
		h.store.PutAccount(ctx, ticket.Account{ID: townAccount, Name: "长安路警务室", Stations: []ticket.Station{{ID: "main", Name: "长安路警务室"}}}),
		h.store.AddOfficer(ctx, ticket.Officer{ID: "1101", Name: "吴建国", Role: ticket.Chief, Account: townAccount, Hash: hash}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for i, why := range []ticket.Why{ticket.Panicked, ticket.Hung, ticket.Undecodable, ticket.Unreadable, ticket.Refused} {
		d := ticket.Dead{
			Account: townAccount, Where: []ticket.Where{ticket.AtCallback, ticket.AtSender, ticket.AtFetch}[i%3], Why: why,
			Identity: ticket.Personal("m" + strconv.Itoa(i)), At: time.Now().Add(time.Duration(i-9) * time.Hour), Original: "楼上半夜拖桌子",
		}
		if _, err := h.store.BuryMessage(ctx, d.Named(), "记下了"); err != nil {
			t.Fatal(err)
		}
	}
	web := httptest.NewServer(h.handler)
	t.Cleanup(func() {
		h.close() // its streams end
		web.Close()
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	})
	return web.URL
}

// TestTheChiefReadsWhatCouldNotBeWorked goes from the list to the page and back with nothing but a keyboard, in a wide window and on a phone,
// by day and by night: nothing has to be scrolled sideways, and what is written can be told from what it is written on.
func TestTheChiefReadsWhatCouldNotBeWorked(t *testing.T) {
	base := troubled(t)
	b := browser(t)
	b.open(1440, 900, base+"/desk/")
	b.until(`document.querySelector('.sign-in')`)
	b.script(`document.querySelector('[name=id]').value = '1101'; document.querySelector('[name=password]').value = 'night-watch-110';
		document.querySelector('.sign-in form').submit()`)
	for _, at := range []struct {
		name, scheme  string
		width, height int64
	}{
		{"1440-light", "light", 1440, 900}, {"1440-dark", "dark", 1440, 900}, {"390-light", "light", 390, 844}, {"390-dark", "dark", 390, 844},
	} {
		b.until(`document.querySelector('#rows')`)
		if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: at.scheme}},
		}); err != nil {
			t.Fatal(err)
		}
		b.open(at.width, at.height, base+"/desk/")
		b.until(`document.querySelector('.dead-note a').innerText === '5 条消息没能处理'`)
		b.until(`document.documentElement.scrollWidth <= innerWidth`)
		b.shot("dead-list-" + at.name)
		b.script(`document.querySelector('.dead-note a').focus()`)
		b.do(chromedp.KeyEvent("\r"))
		b.until(`location.pathname === '/desk/dead' && document.querySelectorAll('.dead-list li').length === 5`)
		b.until(`document.documentElement.scrollWidth <= innerWidth`)
		b.until(`[...document.querySelectorAll('.words-only, .words-only *')].every(e => %s)`, readable)
		b.until(`!document.body.innerText.includes('拖桌子')`)
		b.shot("dead-" + at.name)
		b.do(chromedp.KeyEvent("u"))
	}
	b.until(`location.pathname === '/desk/'`)
}

// readable says in the page whether an element's words stand out from what lies behind them, by the formula of WCAG for AA.
const readable = `(e => {
	if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) return true;
	const parts = c => c.match(/[\d.]+/g).map(Number), light = c => { const [r, g, b] = parts(c).map(v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b };
	let back = e; while (back && (p => p.length > 3 && p[3] === 0)(parts(getComputedStyle(back).backgroundColor))) back = back.parentElement;
	const [a, c] = [light(getComputedStyle(e).color), light(getComputedStyle(back || document.body).backgroundColor)].sort((x, y) => y - x);
	return (a + .05) / (c + .05) >= 4.5;
})(e)`
