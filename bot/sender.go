package bot

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"

	"frontdesk/flows"
	"frontdesk/ticket"
)

// Outbox holds the letters that wait to be sent.
type Outbox interface {
	// TakeParcels takes the oldest letter of each of at most n residents whose turn has come, under a lease.
	TakeParcels(ctx context.Context, account string, n int, lease time.Duration) ([]ticket.Parcel, error)
	// SettleParcel writes down what became of one; [ticket.ErrConflict] when the lease is somebody else's by now.
	SettleParcel(ctx context.Context, p ticket.Parcel, d ticket.Delivery) error
}

// SenderConfig is what a sender is made of.
type SenderConfig struct {
	API     *API
	Outbox  Outbox
	Metrics *SendMetrics
	Clock   func() time.Time
	Log     *slog.Logger
}

const (
	atOnce    = 16               // letters taken together
	lease     = 2 * time.Minute  // longer than any letter takes
	idlePause = time.Second / 2  // between looks at an empty outbox
	mostTries = 10               // over some two hours
	firstWait = 5 * time.Second  // before the second try, doubled each time
	longWait  = 30 * time.Minute // at most
	quotaRest = 10 * time.Minute // while the account is paused
	pieceSize = 2000             // bytes of one message
)

// Sender sends the letters of one account by the platform's rules: customer-service message, template message, mailbox.
type Sender struct {
	SenderConfig
	rest time.Time // the account is paused until then
	why  string
}

// NewSender makes a sender. One goroutine at a time may run it.
func NewSender(c SenderConfig) *Sender {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return &Sender{SenderConfig: c}
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
		select {
		case <-ctx.Done():
			return
		case <-time.After(idlePause + time.Duration(rand.Int64N(int64(idlePause)))): // replicas drift apart
		}
	}
}

// Once works what is due and says how many letters that was.
func (s *Sender) Once(ctx context.Context) (int, error) {
	parcels, err := s.Outbox.TakeParcels(ctx, s.API.account.ID, atOnce, lease)
	if err != nil {
		return 0, err
	}
	for _, p := range parcels {
		working, cancel := context.WithTimeout(context.WithoutCancel(ctx), lease/2)
		d := s.send(working, p)
		err := s.Outbox.SettleParcel(working, p, d)
		cancel()
		if errors.Is(err, ticket.ErrConflict) {
			continue // somebody else has it by now
		}
		if err != nil {
			return 0, err
		}
		s.Metrics.letter(d)
	}
	return len(parcels), nil
}

// send brings one letter on its way and says what became of it.
func (s *Sender) send(ctx context.Context, p ticket.Parcel) ticket.Delivery {
	now := s.Clock()
	d := p.Delivery
	d.At, d.NextTry, d.Reason = now, time.Time{}, ""
	account := s.API.account
	if !p.Followed {
		d.Fate, d.Reason = ticket.Failed, errcodes[50005].reason
		return d
	}
	if now.Before(s.rest) && account.Sends() {
		d.Fate, d.Reason, d.NextTry = ticket.Sending, s.why, s.rest
		return d
	}
	pieces := flows.Pieces(p.Letter.Text.Reveal(), pieceSize)
	if account.Sends() && room(p.Window, now) >= len(pieces) {
		return s.byMessage(ctx, p, d, pieces)
	}
	d.Reason = "微信现在不让主动发；等居民下次来信时一起送到。"
	if !account.Sends() {
		d.Reason = "这个公众号不能主动发消息；等居民下次来信时一起送到。"
	}
	return s.toMailbox(ctx, p, d)
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

// byMessage sends a customer-service message.
func (s *Sender) byMessage(ctx context.Context, p ticket.Parcel, d ticket.Delivery, pieces []string) ticket.Delivery {
	d.Via = ticket.ViaService
	d.Tries++
	var err error
	for i, piece := range pieces {
		if i == len(pieces)-1 && len(p.Letter.Taps) > 0 && s.API.account.TapMenus() {
			err = s.API.sendTaps(ctx, p.Letter.Resident, piece, p.Letter.Taps)
		} else {
			err = s.API.sendText(ctx, p.Letter.Resident, piece)
		}
		if err != nil {
			break
		}
	}
	if err == nil {
		d.Fate = ticket.Delivered
		return d
	}
	s.Log.WarnContext(ctx, "letter not delivered", "letter", p.Letter, "try", d.Tries, "err", err)
	v, reason := judge(err)
	d.Reason = reason
	switch v {
	case wait:
		return s.toMailbox(ctx, p, d)
	case giveUp:
		d.Fate = ticket.Failed
		return d
	case pause:
		s.rest, s.why = d.At.Add(quotaRest), reason
		d.Fate, d.NextTry, d.Tries = ticket.Sending, s.rest, d.Tries-1 // the letter is not to blame
		return d
	}
	if d.Tries >= mostTries {
		d.Reason = "试了很多次都没发出去；等居民下次来信时一起送到。"
		return s.toMailbox(ctx, p, d)
	}
	d.Fate, d.NextTry = ticket.Sending, d.At.Add(backoff(d.Tries))
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
	if !account.Templates() || account.Template == "" || d.Told {
		return d
	}
	if err := s.API.sendTemplate(ctx, p.Letter.Resident, p.Letter.ID, p.Letter.Subject); err != nil {
		s.Log.WarnContext(ctx, "resident not told of a letter", "letter", p.Letter, "err", err)
		return d
	}
	d.Told = true
	d.Reason = "已用模板消息提醒居民有来信；居民来信时送到。"
	return d
}
