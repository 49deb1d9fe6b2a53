package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"frontdesk/cmd/torture/wire"
	"frontdesk/wechatsim"
)

// cutRow plays every story again and again, and cuts the connection to Redis at the first command, at the second, and so on to the last;
// once so that Redis never heard the command, once so that nobody heard of its reply. Each time the story must end as it does uncut. Then it does so once
// more where a replica has to confirm each write: a connection is cut between a write and its confirmation as well.
func cutRow(ctx context.Context, w *workshop) (string, error) {
	alone, err := cutAll(ctx, w, 0)
	if err != nil {
		return alone, err
	}
	confirmed, err := cutAll(ctx, w, 1)
	if err != nil {
		return alone + "; with a replica that confirms each write: " + confirmed, err
	}
	answering, err := cutAnswering(ctx, w)
	return alone + "; with a replica that confirms each write: " + confirmed + "; in a room that may only answer: " + answering, err
}

// cutAll is the row for a Redis with so many replicas, which all have to confirm.
func cutAll(ctx context.Context, w *workshop, replicas int) (figure string, err error) {
	return cutStories(ctx, w, spot{replicas: replicas}, stories(), func(t *cutter, addr string) (string, error) {
		m, failed := cutRemoval(ctx, w, t.proxy, addr, replicas)
		if failed != nil {
			return "not backed up", failed
		}
		if replicas > 0 && (t.waits == 0 || m.waits == 0) {
			t.wrong = append(t.wrong, errors.New("blind: no confirmation was cut"))
		}
		return fmt.Sprintf("; a backup and a restore, cut at %d points", m.points), first(m.wrong)
	})
}

// cutAnswering is the row for an account that may only answer, as those of many rooms are: what officers write waits until the resident writes.
func cutAnswering(ctx context.Context, w *workshop) (figure string, err error) {
	return cutStories(ctx, w, spot{answers: true}, answerStories(), func(*cutter, string) (string, error) { return "", nil })
}

// cutStories plays stories in a front desk at that spot, whose Redis is its own, and then something more, for which it gives that Redis' address past the proxy.
func cutStories(ctx context.Context, w *workshop, at spot, all []story, then func(*cutter, string) (string, error)) (figure string, err error) {
	r, end, err := copied(ctx, w, at.replicas)
	if err != nil {
		return "no redis", err
	}
	defer func() { err = errors.Join(err, end()) }()
	p, err := wire.Listen(r.addr)
	if err != nil {
		return "no proxy", err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	at.addr = p.Addr()
	d, err := newInside(ctx, w, at)
	if err != nil {
		return "no front desk", err
	}
	defer func() { err = errors.Join(err, d.close()) }()

	if err := d.store.AddOfficer(ctx, d.officer()); err != nil {
		return "no officer", err
	}
	t := &cutter{inside: d, proxy: p, long: w.long}
	if at.replicas > 0 {
		t.sparse = sparse
	}
	for _, s := range all {
		t.story(ctx, s)
	}
	dead, err := d.store.DeadLetters(ctx, townAccount)
	if len(dead) > 0 {
		t.wrong = append(t.wrong, fmt.Errorf("%d dead letters are left, the first of %s: %s", len(dead), dead[0].Where, dead[0].Why))
	}
	figure = fmt.Sprintf("%d stories, %d messages and steps, %d points cut, of them %d after Redis had carried out the command", len(all), t.deeds, t.points, t.unspoken)
	if at.replicas > 0 {
		figure += fmt.Sprintf(", %d at WAIT", t.waits)
	}
	more, failed := then(t, r.addr)
	return figure + more, errors.Join(first(t.wrong), failed, err, d.check(ctx))
}

// copied starts a Redis whose power is never cut, and so many replicas of it. It says how to end them.
func copied(ctx context.Context, w *workshop, replicas int) (primary *redisServer, end func() error, err error) {
	var all []*redisServer
	end = func() error {
		var wrong error
		for _, r := range all {
			wrong = errors.Join(wrong, r.close())
		}
		return wrong
	}
	for range 1 + replicas {
		dir, err := w.folder("redis")
		if err != nil {
			return nil, nil, errors.Join(err, end())
		}
		r, err := startRedis(ctx, dir, map[string]string{"appendfsync": "no", "masterauth": redisSecret, "repl-diskless-sync-delay": "0"})
		if err == nil && len(all) > 0 {
			err = r.follow(ctx, all[0])
		}
		if r != nil {
			all = append(all, r)
		}
		if err != nil {
			return nil, nil, errors.Join(err, end())
		}
	}
	return all[0], end, nil
}

// cutter plays stories through the proxy.
type cutter struct {
	*inside
	proxy  *wire.Proxy
	long   bool
	sparse int // points from one to the next in the short form; 0: see seldom

	played                  int // for names
	deeds, points, unspoken int
	waits                   int // points at which a confirmation by replicas was cut
	wrong                   []error
}

// story plays one uncut, and then once for each point.
func (t *cutter) story(ctx context.Context, s story) {
	t.deeds += len(s.deeds)
	t.each(ctx, s.name, func(ctx context.Context) (string, bool) { return t.play(ctx, s) })
}

// each does something uncut, and then once for each point. It says what came of it, and whether the connection was cut.
func (t *cutter) each(ctx context.Context, name string, do func(context.Context) (string, bool)) {
	t.proxy.Arm(0, wire.Unheard)
	want, _ := do(ctx)
	if strings.Contains(want, "failed: ") { // whatever is cut would end the same way
		t.wrong = append(t.wrong, fmt.Errorf("%s, uncut: %s", name, want))
		return
	}
	for _, cut := range []wire.Cut{wire.Unheard, wire.Unspoken, wire.HalfHeard} {
		for k := t.from(cut); ; k += t.step(cut) {
			t.proxy.Arm(k, cut)
			got, fired := do(ctx)
			if !fired {
				break // the story has fewer commands
			}
			if t.points++; cut == wire.Unspoken {
				t.unspoken++
			}
			if t.proxy.Word() == "WAIT" {
				t.waits++
			}
			if got != want {
				t.wrong = append(t.wrong, fmt.Errorf("%s, command %d, %s: %s", name, k, cut, difference(want, got)))
			}
			if ctx.Err() != nil {
				return
			}
		}
	}
}

// from is the first point. Where points are left out, each kind of cut leaves others out.
func (t *cutter) from(cut wire.Cut) int {
	if t.long {
		return 1
	}
	return 1 + 2*int(cut)
}

// seldom is how far it is from one point to the next in the short form: for each of the two whole cuts, and three times as far for half a command, which
// is not carried out, like one that was never heard. It is odd: where a replica confirms, every other command is WAIT.
const seldom = 5

// step is how far it is from one point to the next.
func (t *cutter) step(cut wire.Cut) int {
	switch {
	case t.long:
		return 1
	case t.sparse > 0:
		return t.sparse
	case cut == wire.HalfHeard:
		return 3 * seldom
	}
	return seldom
}

// play plays a story with a new resident and returns all that came of it, the answers, the history and what became of letters, and whether the
// connection was cut while it was played.
func (t *cutter) play(ctx context.Context, s story) (came string, fired bool) {
	t.played++
	t.breaks.mend()
	t.early.Store(false)
	t.sim.SetFault(wechatsim.Fault{})
	a := &actor{cutter: t, openid: fmt.Sprintf("ocut%d", t.played)}
	var b strings.Builder
	for _, do := range s.deeds {
		saw, err := a.insist(ctx, do)
		if err != nil {
			_, fired = t.proxy.Seen()
			return plain(b.String()) + "failed: " + err.Error(), fired
		}
		b.WriteString(saw + "\n")
	}
	_, fired = t.proxy.Seen()
	t.proxy.Arm(0, wire.Unheard)
	if a.number != "" {
		v, err := t.store.Find(ctx, auditor, a.number)
		if err != nil {
			return plain(b.String()) + "failed: " + err.Error(), fired
		}
		fmt.Fprintln(&b, v.Status, v.Rating, v.Version)
		for _, e := range v.Entries {
			fmt.Fprintln(&b, e.Seq, e.By.ID, e.What, e.Text.Reveal(), e.Rating, len(e.Media))
		}
		for i, l := range v.Deliveries { // a long letter that begins anew has one rest more
			if i == 0 || l.Seq != v.Deliveries[i-1].Seq || l.Fate != v.Deliveries[i-1].Fate {
				fmt.Fprintln(&b, "letter", l.Seq, l.Fate)
			}
		}
	}
	return told.ReplaceAllString(others.ReplaceAllString(strings.ReplaceAll(b.String(), a.openid, "who"), ""), "N"), fired
}

// others says how many letters wait besides: those in an answer that may have left are not counted, and where it is cut nobody knows whether it has.
var others = regexp.MustCompile(`\n*（警务室还有\d+条来信给您，回复“继续”看）`)

// told are numbers and times, which differ from play to play.
var told = regexp.MustCompile(`\d{3} \d{3} \d{3}|\d+月\d+日( \d+:\d+)?|\d+:\d+`)

// difference is the first line that is not as it should be.
func difference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range w {
		if i >= len(g) {
			return fmt.Sprintf("ends before %q", w[i])
		}
		if w[i] != g[i] {
			return fmt.Sprintf("%q instead of %q", g[i], w[i])
		}
	}
	return fmt.Sprintf("goes on with %q", g[len(w)])
}
