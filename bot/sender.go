package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"frontdesk/flows"
	"frontdesk/ticket"
)

// Outbox holds the letters that wait to be sent.
type Outbox interface {
	// TakeParcels takes the oldest letter of each of at most n residents whose turn has come, under a lease.
	TakeParcels(ctx context.Context, account string, n int, lease time.Duration) ([]ticket.Parcel, error)
	// BeginParcel writes down that a try of one begins; [ticket.ErrConflict] when the lease is somebody else's by now.
	BeginParcel(ctx context.Context, p ticket.Parcel, d ticket.Delivery) error
	// SettleParcel writes down what became of one; errors as above.
	SettleParcel(ctx context.Context, p ticket.Parcel, d ticket.Delivery) error
	// BuryParcel takes one that could not be worked out of the way and keeps it as a dead letter; errors as above.
	BuryParcel(ctx context.Context, p ticket.Parcel, why ticket.Why, detail string) (ticket.Dead, error)
}

// SenderConfig is what a sender is made of.
type SenderConfig struct {
	API      *API
	Outbox   Outbox
	Metrics  *SendMetrics
	Dead     *DeadMetrics
	Clock    func() time.Time
	Wall     func() time.Time // the machine's clock, which tells how long the machine slept when what ran did not; nil: time.Now
	Log      *slog.Logger
	Pause    time.Duration   // between looks at an empty outbox; 0: half a second
	Called   <-chan struct{} // a look is worth it now; nil: nobody says so
	Patience time.Duration   // until a letter is given up that the program does not come back from; 0: 25 s
}

const (
	atOnce      = 16               // letters taken together
	beginTime   = 8 * time.Second  // after letters were taken, in which one may be begun; the others are given back
	sendTime    = 20 * time.Second // for one: two calls that take all the time that they have
	settleTime  = 6 * time.Second  // to write down what became of it
	stopTime    = 4 * time.Second  // for the call under way when the program is asked to end: it has ten seconds in all
	lease       = 50 * time.Second // of the letters taken together: these three, what a hang takes longer, and a margin; what a killed sender had in hand waits so long, and nothing may wait for a minute
	idlePause   = time.Second / 2  // between looks at an empty list
	mostTries   = 10               // over some forty minutes
	mostUnclear = 2                // tries of a letter that may have arrived each time: one more showing would be the third
	mostNotices = 3                // tries to tell that something waits
	firstWait   = 5 * time.Second  // before the second try, doubled each time
	unclearWait = time.Minute      // before a try that may be a duplicate
	longWait    = 30 * time.Minute // at most
	quotaRest   = 10 * time.Minute // while the account is paused, before it is seen whether the day's quota is there again
	minuteRest  = time.Minute      // after the minute's quota was used up
	pieceSize   = 2000             // bytes of one message
	mostParts   = 10_000           // letters remembered that are not settled
	hangTime    = sendTime + 5*time.Second
)

// unconfirmed is what an officer reads beside a letter that nobody knows the end of.
const unconfirmed = "发了两次，微信都没有明确答复，居民可能已经看到；不再重发，以免重复打扰。要紧的事请另外联系居民。"

const (
	unsure   = "其中一段发了两次，微信都没有明确答复，居民可能没有看到；其余已送达。要紧的事请另外联系居民。"
	restMark = "（接着前面没发完的）\n"
)

// Sender sends the letters of one account by the platform's rules: customer-service message, template message, mailbox.
type Sender struct {
	SenderConfig
	stuck atomic.Int32 // letters that the program has not come back from

	mu   sync.Mutex // a letter that hung may come back while another is sent
	rest time.Time  // the account is paused until then
	why  string
	part map[sheet]progress // what the store may not have written down, or not as it is, because it failed
}

// NewSender makes a sender. One goroutine at a time may run it.
func NewSender(c SenderConfig) *Sender {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Wall == nil {
		c.Wall = time.Now
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Patience <= 0 {
		c.Patience = hangTime
	}
	return &Sender{SenderConfig: c, part: map[sheet]progress{}}
}

// Run sends until the context ends; the letter at hand is finished.
func (s *Sender) Run(ctx context.Context) {
	for {
		n, err := s.Once(ctx)
		if err != nil && ctx.Err() == nil {
			s.Log.ErrorContext(ctx, "letters not sent", "account", s.API.account.ID, "err", err)
		}
		if n > 0 && err == nil && ctx.Err() == nil {
			continue
		}
		if !idle(ctx, s.Pause, s.Called) {
			return
		}
	}
}

// Ready says whether letters are still sent; the error wraps [ticket.ErrUnavailable] when too many hang. Only a new start helps then.
func (s *Sender) Ready() error { return unstuck("letters", s.API.account.ID, &s.stuck) }

// Once works what is due and says how many letters that was. When the context ends, or the lease runs short, the letter at hand is finished
// and the rest is given back.
func (s *Sender) Once(ctx context.Context) (int, error) {
	if err := s.Ready(); err != nil {
		return 0, fmt.Errorf("send letters: %w", err)
	}
	short := s.timer(beginTime)
	parcels, err := s.Outbox.TakeParcels(ctx, s.API.account.ID, atOnce, lease)
	if err != nil {
		return 0, fmt.Errorf("send letters: %w", err)
	}
	done := 0
	for _, p := range parcels {
		inTime := ctx.Err() == nil && !short()
		worked, err := s.work(ctx, p, inTime)
		if err != nil {
			return done, fmt.Errorf("send letters: %w", err)
		}
		if worked {
			done++
		}
	}
	return done, nil
}

// timer says whether so much time has passed by either clock. The room's goes by what has run, which stands still while the machine sleeps; the
// machine's may be put back. Whichever is wrong, the worst is that letters are given back that could have been sent.
func (s *Sender) timer(d time.Duration) func() bool {
	room, wall := s.Clock(), s.Wall().Round(0)
	return func() bool { return s.Clock().Sub(room) >= d || s.Wall().Round(0).Sub(wall) >= d }
}

// work sends one letter, if there is time, and writes down what became of it. One that breaks the program is buried, so that those behind it
// go on.
//
// When the context ends, the call under way has a little longer, and no other one is begun: what is left of the letter is given back.
func (s *Sender) work(stop context.Context, p ticket.Parcel, inTime bool) (bool, error) {
	ctx, letter := context.WithoutCancel(stop), sheetOf(p.Letter)
	sending, enough := context.WithTimeout(ctx, sendTime)
	defer enough()
	defer context.AfterFunc(stop, func() { time.AfterFunc(stopTime, enough) })()
	known := s.known(letter, p.Delivery) // of which a letter that hangs keeps reading
	t, err := try{delivery: known}, error(nil)
	switch {
	case p.Broken:
		err = fault{why: ticket.Undecodable}
	case inTime:
		t, err = watched(s.Patience, &s.stuck, func() try { return s.send(sending, stop, p, known) })
	default:
		t.delivery.NextTry = s.Clock()
	}
	d, err := t.delivery, errors.Join(t.err, err)
	settling, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	switch f, dead := faultOf(err); {
	case dead:
		return s.bury(settling, p, f)
	case errors.Is(err, ticket.ErrConflict): // somebody else has it by now
		return false, nil
	}
	if d.Fate == ticket.InMailbox && d.Sent > 0 {
		p.Letter.Text, p.Letter.Unsure = ticket.Personal(restMark+restOf(p.Letter.Text.Reveal(), d.Sent)), d.Unsure
	}
	err = s.Outbox.SettleParcel(settling, p, d)
	switch {
	case errors.Is(err, ticket.ErrConflict):
		return false, nil
	case err != nil:
		return false, err
	case inTime:
		s.Metrics.letter(d)
	}
	s.keepPart(letter, progress{}) // what is written is all that we know
	return inTime, nil
}

// bury keeps a letter that cannot be worked as a dead one. Where that is not possible it comes again after its lease.
func (s *Sender) bury(ctx context.Context, p ticket.Parcel, f fault) (bool, error) {
	dead, err := s.Outbox.BuryParcel(ctx, p, f.why, f.detail)
	s.keepPart(sheetOf(p.Letter), progress{}) // a try that did not come back is like one that its sender died in
	if err != nil {
		s.Log.ErrorContext(ctx, "a letter that broke not buried", "letter", p.Letter, "why", string(f.why), "err", err)
		return false, nil
	}
	s.Dead.count(ticket.AtSender, f.why)
	s.Log.ErrorContext(ctx, "a letter broke and is kept", "account", s.API.account.ID, "dead", dead)
	return true, nil
}

// pausedUntil says until when the account is paused and why. A pause longer than any was made by a clock that ran ahead.
func (s *Sender) pausedUntil(now time.Time) (time.Time, string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rest.After(now.Add(quotaRest)) {
		s.rest = time.Time{}
	}
	return s.rest, s.why
}

// pause lets the account rest and says until when; false when the verdict asks for no rest.
func (s *Sender) pause(now time.Time, v verdict, why string) (time.Time, bool) {
	rest, ok := map[verdict]time.Duration{pause: quotaRest, slower: minuteRest}[v]
	if !ok {
		return time.Time{}, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rest, s.why = now.Add(rest), why
	return s.rest, true
}

// try is what became of a letter. An error says that somebody else has it by now, and what became of it is theirs to write down.
type try struct {
	delivery ticket.Delivery
	err      error
}

// send brings one letter on its way.
func (s *Sender) send(ctx, stop context.Context, p ticket.Parcel, d ticket.Delivery) try {
	now := s.Clock()
	d.At, d.NextTry, d.Reason = now, time.Time{}, ""
	account := s.API.account
	if !p.Followed {
		d.Fate, d.Reason = ticket.Failed, errcodes[50005].reason
		return try{delivery: d}
	}
	if !account.Sends() {
		d.Reason = "这个公众号不能主动发消息；等居民下次来信时一起送到。"
		return try{delivery: s.toMailbox(ctx, p, d)}
	}
	if rest, why := s.pausedUntil(now); now.Before(rest) {
		d.Fate, d.Reason, d.NextTry = ticket.Sending, why, rest
		return try{delivery: d}
	}
	pieces := flows.Pieces(p.Letter.Text.Reveal(), pieceSize)
	d.Sent = min(d.Sent, len(pieces))
	if d.Unclear >= mostUnclear { // whoever tried did not come back to write more down
		if d = passOver(d, len(pieces)); d.Fate != ticket.Sending {
			return try{delivery: d}
		}
	}
	if left := len(pieces) - d.Sent; room(p.Window, now) < left {
		d.Reason = "微信现在不让主动发；等居民下次来信时一起送到。"
		return try{delivery: s.toMailbox(ctx, p, d)}
	}
	return s.byMessage(ctx, stop, p, d, pieces)
}

// room is how many messages the reply window lets out now.
func room(w ticket.Window, now time.Time) int {
	n := 0
	if now.Before(w.MessageUntil) {
		n += max(w.MessageLeft, 0)
	}
	if now.Before(w.TapUntil) {
		n += max(w.TapLeft, 0)
	}
	return n
}

// byMessage sends a customer-service message, in as many pieces as it needs.
func (s *Sender) byMessage(ctx, stop context.Context, p ticket.Parcel, d ticket.Delivery, pieces []string) try {
	d.Via = ticket.ViaService
	d.Tries++
	for d.Sent < len(pieces) {
		begun, err := s.begin(ctx, p, d)
		switch {
		case errors.Is(err, ticket.ErrConflict):
			return try{err: err}
		case err != nil:
			s.Log.WarnContext(ctx, "letter not begun", "letter", p.Letter, "err", err)
			d.Fate, d.NextTry, d.Tries = ticket.Sending, d.At.Add(firstWait), d.Tries-1
			return try{delivery: d}
		case stop.Err() != nil: // another process goes on with the next piece
			d.Fate, d.NextTry, d.Tries = ticket.Sending, d.At, d.Tries-1
			return try{delivery: d}
		}
		last := d.Sent == len(pieces)-1
		if err := s.piece(ctx, p.Letter, pieces[d.Sent], last); err != nil {
			s.Log.WarnContext(ctx, "letter not delivered", "letter", p.Letter, "try", d.Tries, "err", err)
			return try{delivery: s.failed(ctx, p, d, begun, err, len(pieces))}
		}
		d.Sent, d.Unclear = d.Sent+1, 0
		s.reached(p.Letter, d, begun)
	}
	if d.Fate = ticket.Delivered; d.Unsure {
		d.Fate, d.Reason = ticket.Unconfirmed, unsure
	}
	return try{delivery: d}
}

// restOf is what follows the pieces of a text that are out.
func restOf(text string, sent int) string {
	for _, piece := range flows.Pieces(text, pieceSize)[:sent] {
		_, text, _ = strings.Cut(text, piece)
	}
	return strings.TrimLeft(text, "\n")
}

// piece sends a part of a letter; the last one carries the answers to tap, where they are taken.
func (s *Sender) piece(ctx context.Context, l ticket.Letter, text string, last bool) error {
	if !last || len(l.Taps) == 0 || !s.API.account.TapMenus() {
		return s.API.sendText(ctx, l.Resident, text)
	}
	err := s.API.sendTaps(ctx, l.Resident, text, l.Taps)
	if v, _ := judge(err); err != nil && v == plainly { // the words say as well what to answer
		return s.API.sendText(ctx, l.Resident, text)
	}
	return err
}

// failed says what becomes of a letter of which the platform did not take a piece.
func (s *Sender) failed(ctx context.Context, p ticket.Parcel, d ticket.Delivery, begun string, err error, pieces int) ticket.Delivery {
	v, reason := judge(err)
	d.Reason = reason
	rest := backoff(d.Tries)
	switch v {
	case wait:
		return s.toMailbox(ctx, p, d)
	case giveUp:
		d.Fate = ticket.Failed
		return d
	case pause, slower:
		d.NextTry, _ = s.pause(d.At, v, reason)
		d.Fate, d.Tries = ticket.Sending, d.Tries-1 // the letter is not to blame
		return d
	case unclear:
		d.Unclear++
		s.reached(p.Letter, d, begun)
		if d.Unclear >= mostUnclear { // the mailbox would show it once more
			if d = passOver(d, pieces); d.Fate != ticket.Sending {
				return d
			}
			s.reached(p.Letter, d, begun)
		}
		rest = max(rest, unclearWait)
	}
	if d.Tries >= mostTries {
		d.Reason = "试了几次都没确认送到，等居民下次来信时一起送到。最后一次：" + reason
		return s.toMailbox(ctx, p, d)
	}
	d.Fate, d.NextTry = ticket.Sending, d.At.Add(rest)
	return d
}

// backoff doubles with each try and is drawn from the upper half, so that letters do not come back together.
func backoff(tries int) time.Duration {
	wait := min(firstWait<<min(tries-1, 20), longWait)
	return wait/2 + time.Duration(rand.Int64N(int64(wait/2)+1))
}

// toMailbox lets a letter wait until the resident writes, and tells them so where the account may.
func (s *Sender) toMailbox(ctx context.Context, p ticket.Parcel, d ticket.Delivery) ticket.Delivery {
	d.Fate, d.Via = ticket.InMailbox, ticket.ViaMailbox
	account := s.API.account
	rest, _ := s.pausedUntil(d.At)
	if !account.Templates() || account.Template == "" || d.Told || d.At.Before(rest) {
		return d
	}
	number, err := s.API.sendTemplate(ctx, p.Letter.Resident, p.Letter.ID, p.Letter.Subject)
	if err == nil {
		d.Told, d.Notice = true, number
		d.Reason = "已用模板消息提醒居民有来信；居民来信时送到。"
		return d
	}
	s.Log.WarnContext(ctx, "resident not told of a letter", "letter", p.Letter, "try", d.Tries+1, "err", err)
	v, reason := judge(err)
	switch {
	case v == pause || v == slower:
		s.pause(d.At, v, reason)
	case (v == again || v == unclear) && d.Tries+1 < mostNotices: // a duplicate is dropped by the platform
		d.Fate, d.Via, d.Reason, d.NextTry = ticket.Sending, ticket.ViaTemplate, reason, d.At.Add(backoff(d.Tries+1))
		d.Tries++
	}
	return d
}
