package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"frontdesk/ticket"
	"frontdesk/wechatsim"
)

// This file holds what residents come for beside telling a matter: they send photos, urge, take back, say whether it helped and rate, or have
// it taken up again. Each of these is in the books once, or it was never answered.

// errand is what a resident does with a matter that has a number, and what the books must hold then.
type errand struct {
	told    func(mark string) []line
	more    func(who string) []line
	becomes func(m *matter, who string)
	final   bool // nobody can work the matter any more
}

// wordsAdded are the words that a resident adds.
func wordsAdded(who string) string { return "又吵了一次，" + who + "次" }

// wordsAtOnce are words that a resident adds without waiting.
func wordsAtOnce(who string) []string {
	return []string{"先是敲墙，" + who + "次", "后来骂人，" + who + "次", "孩子都吓哭了，" + who + "次"}
}

// adds is who has another word to say.
var adds = errand{
	told:    dispute,
	more:    func(who string) []line { return addition(wordsAdded(who)) },
	becomes: func(m *matter, who string) { m.said = []string{wordsAdded(who)} },
}

// photographs is who has a photo to show, too.
var photographs = errand{told: withPhoto, more: adds.more, becomes: func(m *matter, who string) { adds.becomes(m, who); m.photos = 1 }}

// errands are all, in the order in which a crowd that does everything takes its turns.
var errands = []errand{
	adds,
	{told: dispute, more: func(who string) []line {
		return []line{{"进度", "最近的在前面"}, {"1", "补充情况"}, {"补充", "发来"}, {atOnce + strings.Join(wordsAtOnce(who), "\n"), ""}, {"完成", ""}}
	}, becomes: func(m *matter, who string) { m.said = wordsAtOnce(who) }},
	photographs,
	{told: dispute, more: func(string) []line {
		return []line{{"进度", "最近的在前面"}, {"1", "补充情况"}, {"催办", "替您催"}}
	},
		becomes: func(m *matter, _ string) { m.urged = true }},
	{told: dispute, more: func(string) []line {
		return []line{{"进度", "最近的在前面"}, {"1", "补充情况"}, {"撤回", "确定要撤回"}, {"确定", "已经撤回"}}
	}, becomes: func(m *matter, _ string) { m.withdrawn = true }, final: true},
}

// atOnce begins what is said in several messages that nobody waits between, one on each line.
const atOnce = "[一起]"

// sayAtOnce sends messages that were written one after the other and arrive in the opposite order, or side by side. Each has its answer in the end.
func (c *crowd) sayAtOnce(ctx context.Context, who string, words []string, r *rand.Rand) error {
	var all errgroup.Group
	posts := make([]func() error, len(words))
	for i, w := range words {
		message := c.town.sim.Message(townAccount, who, "MsgType", "text", "Content", w)
		own := rand.New(rand.NewPCG(r.Uint64(), r.Uint64()))
		posts[i] = func() error {
			_, err := c.deliver(ctx, who, w, message, own)
			if err == nil {
				c.swapped.Add(1)
			}
			return err
		}
	}
	for _, post := range slices.Backward(posts) {
		all.Go(post)
		pause(ctx, time.Duration(r.IntN(8))*time.Millisecond)
	}
	return all.Wait()
}

// aPhoto stands in a talk for a photo.
const aPhoto = "[照片]"

// withPhoto is a dispute with a photo of it.
func withPhoto(mark string) []line {
	var talk []line
	for _, l := range dispute(mark) {
		if l.say == "没有" {
			talk = append(talk, line{aPhoto, "收到"}, line{"完成", l.hear})
			continue
		}
		talk = append(talk, l)
	}
	return talk
}

// verdict is what a resident says when the room asks whether it helped, after the reply is known to be on the phone.
func (c *crowd) verdict(ctx context.Context, number ticket.Number, asked string, r *rand.Rand) error {
	asking, cancel := context.WithTimeout(ctx, 2*deliverWithin) // while kills go on: one may take the letter before this one, another this one
	defer cancel()
	m, err := c.awaitMatter(asking, number, "whether it helped was never asked", func(m matter) bool { return c.shows(m.openid, asked) > 0 })
	if err != nil {
		return err
	}
	stars := 1 + r.IntN(5)
	talk := []line{{"解决了", "打个分"}, {fmt.Sprintf("%d分，来得很快", stars), "谢谢"}}
	becomes := func(m *matter) { m.confirmed, m.stars = true, stars }
	if r.IntN(3) == 0 {
		words := "还是吵，" + m.openid + "回"
		talk = []line{{"没解决", "重新受理"}, {words, "转给民警"}}
		becomes = func(m *matter) { m.reopened = words }
	}
	if _, err := c.follow(ctx, m.openid, talk, r); err != nil {
		return err
	}
	c.change(number, func(m *matter) {
		becomes(m)
		m.judged = true
	})
	return nil
}

// awaitDone waits until the resident has done what they came for.
func (c *crowd) awaitDone(ctx context.Context, number ticket.Number) (matter, error) {
	return c.awaitMatter(ctx, number, "its resident never finished", func(m matter) bool { return m.finished })
}

// awaitMatter waits until something is so, and says what else when it does not become so. Once anybody was wronged nothing is waited for.
func (c *crowd) awaitMatter(ctx context.Context, number ticket.Number, orElse string, so func(matter) bool) (matter, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*stuckAfter)
	defer cancel()
	beat := time.NewTicker(50 * time.Millisecond)
	defer beat.Stop()
	for {
		m := c.known(number)
		if so(m) {
			return m, nil
		}
		if err := c.broken(); err != nil {
			return m, err
		}
		select {
		case <-beat.C:
		case <-ctx.Done():
			return m, fmt.Errorf("ticket %s: %s: %w", number, orElse, ctx.Err())
		}
	}
}

// shows counts how often a phone shows words of the account's.
func (c *crowd) shows(openid, words string) (n int) {
	for _, l := range c.town.sim.Resident(townAccount, openid).Screen() {
		if l.From == "account" && strings.Contains(l.Text, words) {
			n++
		}
	}
	return n
}

// inBooks compares a ticket with what its resident was told.
func (m matter) inBooks(v ticket.View) error {
	var wrong []error
	is := func(what string, n, want int) {
		if n != want {
			wrong = append(wrong, fmt.Errorf("ticket %s holds %s %d times, not %d", v.Number, what, n, want))
		}
	}
	once := func(so bool) int {
		if so {
			return 1
		}
		return 0
	}
	is("what was told", mentions(v, m.mark), 1)
	for _, words := range m.said {
		is("what was added", entries(v, words), 1)
	}
	made := map[ticket.What]int{}
	for _, e := range v.Entries {
		made[e.What]++
	}
	if m.finished { // else it is not known how far the resident came
		is("a photo", len(v.Media), m.photos)
		is("an urging", made[ticket.Urge], once(m.urged))
		is("a taking back", made[ticket.Withdraw], once(m.withdrawn))
	}
	if m.judged {
		is("that it helped", made[ticket.Confirm], once(m.confirmed))
		is("a rating", made[ticket.Rate], once(m.stars > 0))
		is("its stars", v.Rating, m.stars)
		is("a taking up again", made[ticket.Reopen], once(m.reopened != ""))
		if m.reopened != "" {
			is("why it is taken up again", entries(v, m.reopened), 1)
		}
	}
	return errors.Join(wrong...)
}

var sample = sync.OnceValue(wechatsim.SamplePicture)

// photoOf is a resident's own.
func photoOf(openid string) []byte { return append(slices.Clip(sample()), openid...) }

// photographed are the tickets whose residents have sent a photo.
func (c *crowd) photographed() map[ticket.Number]matter {
	c.mu.Lock()
	defer c.mu.Unlock()
	some := map[ticket.Number]matter{}
	for number, m := range c.opened {
		if m.photos > 0 && m.finished {
			some[number] = m
		}
	}
	return some
}

// holds opens a photo where a replica keeps it, and compares it with what the resident sent.
func (t *town) holds(digest, openid string) error {
	for _, r := range t.replicas {
		data, err := os.ReadFile(filepath.Join(r.dir, "data", "media", digest[:2], digest)) // a vault would make its folder, beside the disk of power
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if !bytes.Equal(data, photoOf(openid)) {
			return fmt.Errorf("another one is kept, of %d bytes", len(data))
		}
		return nil
	}
	return errors.New("no replica keeps it")
}

// kept waits until every photo was fetched, or is known to be lost, and wants none lost.
func (c *crowd) kept(ctx context.Context, find func(ticket.Number) (ticket.View, error)) error {
	ctx, cancel := context.WithTimeout(ctx, deliverWithin)
	defer cancel()
	for number := range c.photographed() {
		if err := c.town.keeps(ctx, number, find); err != nil {
			return err
		}
	}
	return nil
}

// keeps waits until the photo of a ticket is kept, and compares it.
func (t *town) keeps(ctx context.Context, number ticket.Number, find func(ticket.Number) (ticket.View, error)) error {
	for {
		v, err := find(number)
		if err != nil {
			return err
		}
		if len(v.Media) == 1 && v.Media[0].State == ticket.MediaKept {
			if err := t.holds(v.Media[0].Digest, v.Resident.Reveal()); err != nil {
				return fmt.Errorf("the photo of ticket %s: %w", number, err)
			}
			return nil
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("the photo of ticket %s was never kept", number)
		}
	}
}
