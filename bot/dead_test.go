package bot

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"frontdesk/ticket"
	"frontdesk/wechatsim"
)

// breaking is a platform on which one call breaks the program, or never comes back.
func (r *rig) breaking(where string, do func()) {
	next := r.api.client.Transport
	broken := roundTrip(func(q *http.Request) (*http.Response, error) {
		if strings.Contains(q.URL.Path, where) {
			do()
		}
		return next.RoundTrip(q)
	})
	for _, c := range []*http.Client{r.api.client, r.fetcher.media, r.fetcher.plain} {
		c.Transport, c.Timeout = broken, 0 // a panic inside a client leaves the clock of its timeout behind
	}
}

// patience is long enough for what only breaks, and short for what hangs.
func patience(why ticket.Why) time.Duration {
	if why == ticket.Hung {
		return time.Second
	}
	return hangTime
}

func TestALetterThatBreaksTheSender(t *testing.T) {
	for why, do := range map[ticket.Why]func(hang chan struct{}){
		ticket.Panicked: func(chan struct{}) { panic("邻居的话") },
		ticket.Hung:     func(hang chan struct{}) { <-hang },
	} {
		r := newRig(t, wechatsim.ServiceVerified)
		hang := make(chan struct{})
		var later atomic.Bool
		r.sender.Patience = patience(why)
		r.breaking("custom/send", func() {
			if !later.Swap(true) {
				do(hang)
			}
		})
		r.write()
		bad, good := r.letter("甲"), r.letter("乙")
		if _, err := r.sender.Once(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(r.post.dead) != 1 || r.post.dead[0].Why != why || r.post.dead[0].Identity.Reveal() != bad.Letter.ID {
			t.Errorf("%s: dead are %v", why, r.post.dead)
		}
		if why == ticket.Panicked && !strings.Contains(r.post.dead[0].Detail, "bot.TestALetter") {
			t.Errorf("it broke in %s", r.post.dead[0].Detail)
		}
		if good.Delivery.Fate != ticket.Delivered {
			t.Errorf("%s: the one behind it is %s", why, good.Delivery.Fate)
		}
		close(hang)
	}
}

func TestABrokenLetterIsNotSent(t *testing.T) {
	r := newRig(t, wechatsim.ServiceVerified)
	r.write()
	bad, good := r.letter("甲"), r.letter("乙")
	bad.Broken = true
	if _, err := r.sender.Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(r.post.dead) != 1 || r.post.dead[0].Why != ticket.Undecodable || good.Delivery.Fate != ticket.Delivered {
		t.Errorf("dead are %v, the other one is %s", r.post.dead, good.Delivery.Fate)
	}
	if got := r.read("text"); len(got) != 1 || got[0] != "乙" {
		t.Errorf("the resident reads %q", got)
	}
}

// What hangs is bounded: the sender begins no more letters until some came back.
func TestLettersThatHangAreBounded(t *testing.T) {
	r := newRig(t, wechatsim.ServiceVerified)
	hang := make(chan struct{})
	r.sender.Patience = 300 * time.Millisecond // long enough to be on its way
	r.breaking("custom/send", func() { <-hang })
	r.write()
	for range mostStuck {
		r.letter("甲")
	}
	if _, err := r.sender.Once(t.Context()); err != nil || len(r.post.dead) != mostStuck {
		t.Fatalf("%d are dead, %v", len(r.post.dead), err)
	}
	more := r.letter("乙")
	if _, err := r.sender.Once(t.Context()); err == nil || more.Delivery.Fate != ticket.Sending || len(r.post.dead) != mostStuck {
		t.Errorf("another one was begun: %v", err)
	}
	close(hang)
	for r.sender.stuck.Load() > 0 {
		<-time.After(time.Millisecond)
	}
	r.sender.Patience = hangTime
	if got := r.once(more); got.Fate != ticket.Delivered {
		t.Errorf("after they came back it is %s", got.Fate)
	}
}

func TestAFileThatBreaksTheFetcher(t *testing.T) {
	for why, do := range map[ticket.Why]func(hang chan struct{}){
		ticket.Panicked: func(chan struct{}) { panic("邻居的话") },
		ticket.Hung:     func(hang chan struct{}) { <-hang },
	} {
		r := newRig(t, wechatsim.ServiceVerified)
		hang := make(chan struct{})
		r.fetcher.Patience = patience(why)
		r.breaking("bad", func() { do(hang) })
		bad := r.files.add(ticket.Attachment{ID: "bad", Kind: ticket.Photo, URL: r.api.base + "/bad"})
		unread := r.files.add(ticket.Attachment{ID: "unread"})
		unread.Broken = true
		other := r.files.add(ticket.Attachment{ID: "other", Kind: ticket.Photo})
		if _, err := r.fetcher.Once(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(r.files.dead) != 2 || bad.File.State != ticket.MediaLost || unread.File.State != ticket.MediaLost || other.Tries != 1 {
			t.Errorf("%s: dead are %v; the other one was tried %d times", why, r.files.dead, other.Tries)
		}
		for _, d := range r.files.dead {
			if want := map[string]ticket.Why{"bad": why, "unread": ticket.Undecodable}[d.Identity.Reveal()]; d.Why != want {
				t.Errorf("%s died of %s", d.Identity.Reveal(), d.Why)
			}
		}
		close(hang)
	}
}

func TestWhatBreaksSaysWhereAndNothingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Sender{}
		_, err := watched(time.Second, &s.stuck, func() int { panic("wang's words") })
		f, ok := faultOf(err)
		if !ok || f.why != ticket.Panicked || !strings.HasPrefix(f.detail, "bot.TestWhatBreaks") || strings.Contains(err.Error(), "wang") {
			t.Errorf("the fault is %v", err)
		}
		_, err = watched(time.Second, &s.stuck, func() int { return []int{1, 2}[len(t.Name())] })
		if f, _ := faultOf(err); !strings.HasPrefix(f.detail, "bot.TestWhatBreaks") {
			t.Errorf("the fault is %v", err)
		}
		if n, err := watched(time.Second, &s.stuck, func() int { return 7 }); n != 7 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
		_, err = watched(time.Second, &s.stuck, func() int { <-time.After(time.Minute); return 0 })
		if f, _ := faultOf(err); f.why != ticket.Hung || s.stuck.Load() != 1 {
			t.Errorf("the fault is %v, %d hang", err, s.stuck.Load())
		}
		<-time.After(time.Minute)
		synctest.Wait()
		if s.stuck.Load() != 0 {
			t.Errorf("%d hang after it came back", s.stuck.Load())
		}
	})
}
