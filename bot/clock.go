package bot

import (
	"sync"
	"time"
)

// Clock is the time that the room goes by: the machine's, as long as that runs evenly. When the machine's clock jumps, the room goes on by
// the time that has run since, until the platform, whose signed messages tell its own time, says that the jump was right. So a clock that is
// put wrong and put right again closes no ticket, drops no conversation and refuses no message, on a night when nobody writes either. Only a
// clock that the platform never confirmed since the start is followed after a long while. Leases do not go by it.
type Clock struct {
	read func() (time.Time, time.Duration)

	mu    sync.Mutex
	base  time.Time     // what was believed last
	ran   time.Duration // when that was
	jump  time.Duration // by which the machine's clock is ahead of what is believed; 0: it is not
	since time.Duration // when the jump was seen
	sure  bool          // the platform has confirmed what is believed, at least once
}

const (
	evenly    = time.Minute // a step of at most that is followed at once
	longWhile = time.Hour   // after which a jump is believed where nothing that was believed before was ever confirmed
)

// NewClock makes a clock of one that may jump: read gives its time and what has run since some moment, which never jumps. nil is the
// machine's.
func NewClock(read func() (time.Time, time.Duration)) *Clock {
	if read == nil {
		start := time.Now()
		read = func() (time.Time, time.Duration) {
			now := time.Now()
			return now.Round(0), now.Sub(start)
		}
	}
	c := &Clock{read: read}
	c.base, c.ran = read()
	return c
}

// Now gives the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	now, _, _ := c.look()
	return now
}

// look gives the time that is believed, what the machine says, and what has run.
func (c *Clock) look() (now, wall time.Time, ran time.Duration) {
	wall, ran = c.read()
	now = c.base.Add(ran - c.ran)
	off := wall.Sub(now)
	switch {
	case off.Abs() <= evenly:
		c.base, c.ran, c.jump = wall, ran, 0
		return wall, wall, ran
	case c.jump == 0, (off - c.jump).Abs() > evenly:
		c.jump, c.since = off, ran
	case !c.sure && ran-c.since >= longWhile:
		c.believe(wall, ran)
		return wall, wall, ran
	}
	return now, wall, ran
}

// believe follows the machine's clock where it has gone.
func (c *Clock) believe(wall time.Time, ran time.Duration) {
	c.base, c.ran, c.jump = wall, ran, 0
}

// Hear takes the time that a signed message of the platform tells: whichever is nearer to it, what is believed or what the machine's clock
// says after a jump, is right. A time that is near to neither says that the machine's clock is wrong.
func (c *Clock) Hear(platform time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now, wall, ran := c.look()
	offNow, offWall := platform.Sub(now).Abs(), platform.Sub(wall).Abs()
	switch {
	case offWall < offNow && offWall <= window:
		c.believe(wall, ran)
		c.sure = true
	case offNow <= window:
		c.sure = true
	}
}

// Sure says whether what cannot be undone may be done by this clock: the platform confirmed it since the start, and the machine's has not
// jumped since. By is how far the machine's clock has jumped, if it is not believed.
func (c *Clock) Sure() (ok bool, by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.look()
	return c.sure && c.jump == 0, c.jump
}
