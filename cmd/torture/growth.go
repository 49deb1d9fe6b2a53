package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"frontdesk/cmd/torture/growth"
	"frontdesk/store"
	"frontdesk/ticket"
)

// This file measures whether the front desk grows slower with its tickets: the real program on a Redis with a thousand, a hundred thousand, a million
// of them, all at once and in turns, so that the machine's mood is shared. appendfsync is no here: a disk that is slow for all would hide what
// grows.

// slowest is how many times slower the largest may be than the smallest, for one in a hundred.
const slowestGrowth = 1.3

// bytesAllowed is what a ticket of twelve entries may take in Redis, everything included.
const bytesAllowed = 1536

// grown is a town with so many tickets.
type grown struct {
	*town
	tickets   int
	residents int
	officer   *http.Client    // of the first station
	chief     *http.Client    // of all stations
	waiting   []ticket.Number // in the queue
	finished  []ticket.Number // a sample of those that are over
	weight    growthWeight
	took      map[string][]time.Duration
	settings  string          // file of the program
	starts    []time.Duration // of the program
	failovers []time.Duration // from the death of the primary to the next answer
	load      time.Duration   // of Redis, from its file
}

// deeds are what is measured, in the order of the table.
var deeds = []struct {
	name string
	do   func(*grown, context.Context, int) (time.Duration, error)
}{
	{"message", (*grown).message}, {"progress question", (*grown).progress}, {"claim", (*grown).claim},
	{"queue page", (*grown).queuePage}, {"queue page of a chief", (*grown).chiefPage}, {"done page", (*grown).donePage}, {"ticket page", (*grown).ticketPage},
}

// growthRow fills, measures and compares.
func growthRow(ctx context.Context, w *workshop) (figure string, err error) {
	sizes := []int{1000, 4000}
	if w.long {
		sizes = []int{1000, 100_000, 1_000_000}
	}
	var all []*grown
	defer func() {
		for _, g := range all {
			err = errors.Join(err, g.close())
		}
	}()
	for _, n := range sizes {
		g, err := newGrown(ctx, w, n)
		if g != nil {
			all = append(all, g)
		}
		if err != nil {
			return "not filled", err
		}
	}
	for range w.size(1, 7) {
		for _, g := range all {
			if err := g.restart(ctx); err != nil {
				return "not started", err
			}
		}
	}
	if err := takeTurns(ctx, all, w.size(50, 4000), w.size(0, 50)); err != nil {
		return "not measured", err
	}
	if err := writeTurns(ctx, all, w.size(5, 800), w.size(0, 20)); err != nil {
		return "not measured", err
	}
	_, _ = fmt.Fprintln(w.log, compareGrowth(all)) // what follows takes minutes
	for _, g := range all {
		err = errors.Join(err, g.fsck(ctx), g.failOver(ctx, w.size(1, 9)))
	}
	return compareGrowth(all), errors.Join(err, judgeGrowth(w, all))
}

// takeTurns does every deed at every size, one after the other, so that whatever else the machine does falls on all alike. The first few do not
// count: connections open, scripts are loaded.
func takeTurns(ctx context.Context, all []*grown, rounds, uncounted int) error {
	for round := range rounds + uncounted {
		for _, d := range deeds {
			for i := range all { // each size is first in its turn
				g := all[(round+i)%len(all)]
				took, err := d.do(g, ctx, round)
				if err != nil {
					return fmt.Errorf("%s at %d: %w", d.name, g.tickets, err)
				}
				if round >= uncounted {
					g.took[d.name] = append(g.took[d.name], took)
				}
			}
		}
	}
	return nil
}

// newGrown makes a town, fills it and signs an officer and the chief in.
func newGrown(ctx context.Context, w *workshop, tickets int) (g *grown, err error) {
	dir, err := w.folder("redis")
	if err != nil {
		return nil, err
	}
	r, err := startRedis(ctx, dir, map[string]string{"appendonly": "no", "appendfsync": "no", "hash-max-listpack-entries": "16", "hash-max-listpack-value": "4096"})
	if err != nil {
		return nil, err
	}
	g = &grown{tickets: tickets, took: map[string][]time.Duration{}}
	g.town = &town{w: w, redis: r, end: func() {}} // as far as it is built when the filling fails
	t := growth.Town{Account: townAccount, Tickets: tickets, Stations: max(1, tickets/50_000), Now: time.Now(), Years: 3, Open: max(.03, 100/float64(tickets))}
	if err := g.fill(ctx, t); err != nil {
		return g, err
	}
	g.settings = filepath.Join(dir, "frontdesk.yaml")
	if err := os.WriteFile(g.settings, []byte(stationsOf(t)), 0o600); err != nil {
		return g, fmt.Errorf("write the settings: %w", err)
	}
	if g.town, err = newTown(ctx, w, plan{redis: r, replicas: 2, serve: []string{"--allow-volatile"}, env: map[string]string{"FRONTDESK_CONFIG": g.settings}}); err != nil {
		return g, err
	}
	if g.officer, err = g.signIn(ctx, "9901", "--station", growth.StationID(0)); err != nil {
		return g, err
	}
	g.chief, err = g.signIn(ctx, "9902", "--role", "chief")
	return g, err
}

// stationsOf are the settings that no variable has.
func stationsOf(t growth.Town) string {
	var b strings.Builder
	fmt.Fprintf(&b, "accounts:\n- id: %s\n  stations:\n", t.Account)
	for i := range t.Stations {
		fmt.Fprintf(&b, "  - {id: %s, name: 警务室%d}\n", growth.StationID(i), i+1)
	}
	return b.String()
}

// signIn makes somebody, who is described further, and opens a browser.
func (g *grown) signIn(ctx context.Context, id string, who ...string) (*http.Client, error) {
	args := append([]string{"officer", "add", id, "--name", "林元众", "--password-stdin"}, who...)
	if _, err := g.frontdesk(ctx, roomSecret+"\n", args...); err != nil {
		return nil, err
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	browser := &http.Client{Jar: jar, Timeout: 10 * time.Second, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasSuffix(r.URL.Path, "/desk/") { // where one who signs in lands
			return nil
		}
		return http.ErrUseLastResponse
	}}
	if _, err = page(browser.PostForm(g.base()+"/desk/sign-in", url.Values{"id": {id}, "password": {roomSecret}, "next": {"/desk/"}})); err != nil {
		return nil, fmt.Errorf("sign in: %w", err)
	}
	return browser, nil
}

// base is the program's own address: nothing stands between while it is measured.
func (g *grown) base() string { return g.replicas[0].base }

// restart starts the program anew and notes how long it took until it was ready.
func (g *grown) restart(ctx context.Context) error {
	r := g.replicas[0]
	if err := r.kill(); err != nil {
		return err
	}
	began := time.Now()
	if err := r.up(ctx); err != nil {
		return err
	}
	g.starts = append(g.starts, time.Since(began))
	return nil
}

// says sends a resident's words to one of two replicas and waits for the answer. A resident's messages go to the one and to the other in turns, so
// that what a replica remembers of them is out of date, at every size: each message is two round trips to Redis. Else the few residents of a small
// town would all be remembered and cost one.
func (g *grown) says(ctx context.Context, replica, i int, words string) (time.Duration, error) {
	return g.writes(ctx, replica, growth.OpenID(i*7919%g.residents), words)
}

// writes sends somebody's words to a replica and waits for the answer.
func (g *grown) writes(ctx context.Context, replica int, who, words string) (time.Duration, error) {
	req, err := g.sim.Request(townAccount, g.sim.Message(townAccount, who, "MsgType", "text", "Content", words))
	if err != nil {
		return 0, err
	}
	began := time.Now()
	err = send(ctx, http.DefaultClient, g.replicas[replica].base, req)
	return time.Since(began), err
}

func (g *grown) message(ctx context.Context, i int) (time.Duration, error) {
	return g.says(ctx, 0, i, []string{"纠纷", "楼上又在吵了", "2"}[i%3])
}

func (g *grown) progress(ctx context.Context, i int) (time.Duration, error) {
	return g.says(ctx, 1, i, "进度")
}

// shows gets a page of the console that must hold something.
func (g *grown) shows(who *http.Client, path, holds string) (time.Duration, error) {
	began := time.Now()
	text, err := page(who.Get(g.base() + path))
	took := time.Since(began)
	if err == nil && !strings.Contains(text, holds) {
		err = fmt.Errorf("%s does not show %s", path, holds)
	}
	return took, err
}

func (g *grown) queuePage(context.Context, int) (time.Duration, error) {
	return g.shows(g.officer, "/desk/", "/desk/tickets/")
}

// chiefPage is the queue of all stations of the account: twenty for a million tickets, one for a thousand.
func (g *grown) chiefPage(context.Context, int) (time.Duration, error) {
	return g.shows(g.chief, "/desk/", "/desk/tickets/")
}

func (g *grown) donePage(context.Context, int) (time.Duration, error) {
	return g.shows(g.officer, "/desk/?list=done", "/desk/tickets/")
}

func (g *grown) ticketPage(_ context.Context, i int) (time.Duration, error) {
	return g.shows(g.officer, "/desk/tickets/"+string(g.finished[i%len(g.finished)]), "评价")
}

// claim takes a ticket from the queue, and puts it back when the clock does not run any more.
func (g *grown) claim(_ context.Context, i int) (took time.Duration, err error) {
	n := g.waiting[i%len(g.waiting)]
	for _, what := range []ticket.What{ticket.Claim, ticket.Release} {
		form := url.Values{"request": {fmt.Sprintf("growth-%s-%08d", what, i)}, "what": {string(what)}}
		began := time.Now()
		resp, err := g.officer.PostForm(g.base()+"/desk/tickets/"+string(n)+"/act", form)
		if err != nil {
			return 0, err
		}
		if what == ticket.Claim {
			took = time.Since(began)
		}
		if err := resp.Body.Close(); err != nil {
			return 0, err
		}
		if resp.StatusCode != http.StatusSeeOther {
			return 0, fmt.Errorf("%s %s: the console answers %s", what, n, resp.Status)
		}
	}
	return took, nil
}

// fsck recounts everything.
func (g *grown) fsck(ctx context.Context) error {
	s, err := g.store()
	if err != nil {
		return err
	}
	if err := s.Seal(ctx, townAccount, time.Now()); err != nil { // it copies what the front desks sealed, as every machine does each minute
		return err
	}
	began := time.Now()
	found, err := s.Fsck(ctx, townAccount)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(g.w.log, "%d tickets: fsck took %s\n", g.tickets, time.Since(began).Round(time.Millisecond))
	if len(found) > 0 {
		return fmt.Errorf("at %d tickets: %d differences, the first: %s", g.tickets, len(found), found[0])
	}
	return nil
}

// store is a second program on the town's Redis. It keeps seals outside, as serve does.
func (g *grown) store() (*store.Store, error) {
	return store.New(store.Config{Client: g.redis.client, Seals: filepath.Join(g.redis.dir, "seals")})
}

// compareGrowth is the table.
func compareGrowth(all []*grown) string {
	var b strings.Builder
	line := func(name string, cell func(*grown) string) {
		b.WriteString("| " + name)
		for _, g := range all {
			b.WriteString(" | " + cell(g))
		}
		b.WriteString(" |\n")
	}
	b.WriteString("growth, appendfsync no\n\n")
	line("tickets", func(g *grown) string { return strconv.Itoa(g.tickets) })
	b.WriteString(strings.Repeat("|---", len(all)+1) + "|\n")
	for _, name := range measured() {
		line(name+": p50, p99 (times the smallest)", func(g *grown) string {
			return fmt.Sprintf("%s, %s (%.2f, %.2f)", brief(g.at(name, .5)), brief(g.at(name, .99)), g.ratio(all[0], name, .5), g.ratio(all[0], name, .99))
		})
	}
	line("program, from start to ready", func(g *grown) string { return brief(middle(g.starts)) })
	if len(all[0].failovers) > 0 { // it is measured last
		line("failover, from the primary's death to the next answer", func(g *grown) string { return brief(middle(g.failovers)) })
	}
	line("redis, from start to loaded", func(g *grown) string { return brief(g.load) })
	line("bytes a ticket, everything", func(g *grown) string { return fmt.Sprintf("%.0f", g.weight.each(g.weight.used)) })
	line("of these in words, UTF-8", func(g *grown) string { return fmt.Sprintf("%.0f", g.weight.each(g.weight.words)) })
	for _, kind := range keyKinds {
		line(kind.name, func(g *grown) string { return fmt.Sprintf("%.0f", g.weight.each(g.weight.kinds[kind.name])) })
	}
	return b.String()
}

func (g *grown) at(deed string, share float64) time.Duration {
	slices.Sort(g.took[deed])
	return at(g.took[deed], share)
}

func (g *grown) ratio(smallest *grown, deed string, share float64) float64 {
	return float64(g.at(deed, share)) / float64(smallest.at(deed, share))
}

// middle is the median; of none it is 0.
func middle(list []time.Duration) time.Duration {
	if len(list) == 0 {
		return 0
	}
	slices.Sort(list)
	return at(list, .5)
}

func brief(d time.Duration) string { return d.Round(10 * time.Microsecond).String() }

// judgeGrowth says what is not as it must be. The short form only shows that measuring works.
func judgeGrowth(w *workshop, all []*grown) error {
	if !w.long {
		return nil
	}
	var wrong []error
	last := all[len(all)-1]
	for _, name := range measured() {
		base := all[0]
		if name == "done page" || name == "ticket page" { // of a thousand tickets the caches hold every one; whether a page grows shows between the larger towns
			base = all[len(all)-2]
		}
		if r := last.ratio(base, name, .99); r > slowestGrowth {
			wrong = append(wrong, fmt.Errorf("a %s takes %.2f times as long, not at most %.1f", name, r, slowestGrowth))
		}
	}
	const found = downAfter * time.Millisecond // a Sentinel waits so long, whatever the size
	for name, r := range map[string]float64{
		"start":    float64(middle(last.starts)) / float64(middle(all[0].starts)),
		"failover": float64(middle(last.failovers)-found) / float64(middle(all[0].failovers)-found),
	} {
		if !(r <= slowestGrowth) { // what was not measured is no number
			wrong = append(wrong, fmt.Errorf("a %s takes %.2f times as long, not at most %.1f", name, r, slowestGrowth))
		}
	}
	if b := last.weight.each(last.weight.used); b > bytesAllowed {
		wrong = append(wrong, fmt.Errorf("a ticket takes %.0f bytes, not at most %d", b, bytesAllowed))
	}
	return errors.Join(wrong...)
}
