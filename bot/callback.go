package bot

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"frontdesk/flows"
	"frontdesk/ticket"
)

// The platform's rules of wechat.md that the callback stands on.
const (
	maxBody    = 1 << 20 // of one POST
	window     = 5 * time.Minute
	answerTime = 4200 * time.Millisecond // an answer is out by 4.5 s, on a busy machine too; the platform gives up after 5 s
	leftTime   = 2 * time.Second         // to write down that an answer is out: another message may wait behind it on the same connection
)

// CallbackConfig is what a callback is made of.
type CallbackConfig struct {
	Accounts  []Account
	Residents Residents
	Directory Directory
	Metrics   *Metrics
	Notices   Notices      // nil: what becomes of template messages is not written down
	Dead      Dead         // nil: what breaks is not kept, the resident is asked to write again
	DeadCount *DeadMetrics // nil: not counted

	Clock    func() time.Time // nil: time.Now
	Steady   *Clock           // hears the platform's time, if there is one; Clock is its Now then
	Random   io.Reader        // nil: crypto/rand; read by many goroutines
	Log      *slog.Logger     // nil: slog.Default
	Deadline time.Duration    // until the answer is written; 0: 4.2 s
}

// Callback takes in what the platform posts. It serves GET and POST of /wechat/{account}.
type Callback struct {
	CallbackConfig
	doors map[string]*door
	seats seats
}

// door is one account with its ciphers made.
type door struct {
	Account
	envelope *envelope
}

// NewCallback makes a callback. The error wraps [ticket.ErrInvalid].
func NewCallback(c CallbackConfig) (*Callback, error) {
	if c.Residents == nil || c.Directory == nil || c.Metrics == nil {
		return nil, fmt.Errorf("%w: the callback needs residents, a directory and metrics", ticket.ErrInvalid)
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Deadline <= 0 {
		c.Deadline = answerTime
	}
	cb := &Callback{CallbackConfig: c, doors: make(map[string]*door), seats: seats{of: make(map[string]taken)}}
	for _, a := range c.Accounts {
		if err := a.Check(); err != nil {
			return nil, err
		}
		e, err := newEnvelope(a)
		if err != nil {
			return nil, err
		}
		cb.doors[a.ID] = &door{a, e}
	}
	return cb, nil
}

// ServeHTTP implements [http.Handler]: /wechat/ and the id of an account. Whoever stands in front has matched the path already, so it is not
// matched again.
func (cb *Callback) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	account, ok := strings.CutPrefix(r.URL.Path, "/wechat/")
	d := cb.doors[account]
	switch {
	case !ok || d == nil:
		http.NotFound(w, r)
	case r.Method == http.MethodPost:
		cb.receive(d, w, r)
	case r.Method == http.MethodGet:
		cb.verify(d, w, r)
	default:
		w.Header().Set("Allow", "GET, POST")
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
	}
}

// verify answers the platform's check of the address: the echo, word for word, in every mode.
func (cb *Callback) verify(d *door, w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if !d.envelope.verify(q.Get("signature"), q.Get("timestamp"), q.Get("nonce")) || !cb.fresh(q.Get("timestamp")) {
		http.Error(w, "the signature does not hold", http.StatusForbidden)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = io.WriteString(w, q.Get("echostr")) // the platform checks again when it gets no echo
}

// fresh says whether a timestamp, whose signature holds, is within the window of now.
func (cb *Callback) fresh(seconds string) bool {
	n, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return false
	}
	if cb.Steady != nil {
		cb.Steady.Hear(time.Unix(n, 0))
	}
	off := cb.Clock().Sub(time.Unix(n, 0))
	return off.Abs() <= window
}

// refusal is why a POST is turned away before anything is stored.
type refusal struct {
	outcome string
	status  int
}

func (r refusal) Error() string { return r.outcome }

var (
	refusedSignature = refusal{"refused signature", http.StatusForbidden}
	refusedStale     = refusal{"refused stale", http.StatusForbidden}
	refusedMode      = refusal{"refused mode", http.StatusForbidden}
	refusedSize      = refusal{"refused size", http.StatusRequestEntityTooLarge}
	refusedFormat    = refusal{"refused format", http.StatusBadRequest}
	refusedSlow      = refusal{"refused slow", http.StatusRequestTimeout}
)

// receive takes in one message and answers it.
func (cb *Callback) receive(d *door, w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	// The server sets it anew for the connection's next request. What is no connection, in a test, has no deadline.
	_ = http.NewResponseController(w).SetReadDeadline(began.Add(cb.Deadline))
	msg, key, err := cb.admit(d, r)
	_, unread := faultOf(err)
	if err != nil && (!unread || cb.Dead == nil) {
		var no refusal
		if !errors.As(err, &no) {
			no = refusedFormat
		}
		cb.Metrics.done(no.outcome, time.Since(began))
		cb.Log.WarnContext(r.Context(), "callback turned away", "account", d.ID, "outcome", no.outcome)
		http.Error(w, no.outcome, no.status)
		return
	}
	cb.Metrics.took(msg)
	ctx, cancel := context.WithDeadline(r.Context(), began.Add(cb.Deadline))
	defer cancel()
	var once sync.Once
	say := func(answer, outcome string, waits bool) {
		once.Do(func() { cb.say(ctx, w, spoken{d, key, msg, answer, outcome, began, waits}) })
	}
	if f, unread := faultOf(err); unread {
		answer, outcome := cb.bury(ctx, d, msg, f)
		say(answer, outcome, false)
		return
	}
	// The answer leaves in time even when the store, or the decision, does not come back. This costs a timer, not a goroutine for each message.
	a := &attempt{seats: &cb.seats, who: seat(d, msg)}
	late := time.AfterFunc(cb.patience(began), func() {
		answer, outcome := cb.watch(ctx, d, msg, a)
		say(answer, outcome, true)
		if a.abandoned() {
			a.answering.Done()
		}
	})
	defer late.Stop()
	answer, outcome := cb.work(ctx, d, msg, a)
	if a.abandoned() {
		a.answering.Wait()
	}
	say(answer, outcome, false)
}

// spoken is an answer on its way out.
type spoken struct {
	door    *door
	key     int
	msg     message
	answer  string
	outcome string
	began   time.Time
	waits   bool // the handler has not come back
}

// say writes the answer whole, so that it is read although the handler may still wait. What could not be kept and nobody can be asked to
// send again, such as a resident's leaving, is not answered at all: then the platform posts it again.
func (cb *Callback) say(ctx context.Context, w http.ResponseWriter, s spoken) {
	if s.waits { // nobody may post another message behind a handler that perhaps never comes back
		w.Header().Set("Connection", "close")
		defer func() { _ = http.NewResponseController(w).Flush() }() // a platform that hung up asks again
	}
	if s.outcome == "unavailable" && s.answer == "" {
		w.Header().Set("Content-Length", "0")
		w.WriteHeader(http.StatusServiceUnavailable)
		cb.Metrics.done(s.outcome, time.Since(s.began))
		return
	}
	reply, err := cb.reply(s.door, s.key, s.msg, s.answer)
	if err != nil {
		s.outcome, reply = "failed", []byte(success)
		cb.Log.ErrorContext(ctx, "answer not written", "account", s.door.ID, "err", err)
	}
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(reply)))
	_, failed := w.Write(reply)
	if failed == nil && s.outcome == "answered" && s.answer != "" {
		cb.left(ctx, w, s)
	}
	cb.Metrics.done(s.outcome, time.Since(s.began))
	level := slog.LevelInfo
	if s.outcome == "answered" { // what goes well is counted; a line for each would cost more than signing its answer
		level = slog.LevelDebug
	}
	cb.Log.LogAttrs(ctx, level, "callback", slog.String("account", s.door.ID), slog.String("kind", s.msg.label()),
		slog.String("outcome", s.outcome), slog.Duration("took", time.Since(s.began)))
}

// left has the store know that an answer is out. What could not be written out is not: then the platform posts the message again.
func (cb *Callback) left(ctx context.Context, w http.ResponseWriter, s spoken) {
	if !cb.Residents.Carries(s.door.ID, s.msg.from, s.msg.input.ID) {
		return // nearly always: nothing waits for this answer to be out
	}
	if err := http.NewResponseController(w).Flush(); err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leftTime) // the platform may hang up once it has its answer
	defer cancel()
	if err := cb.Residents.Answered(ctx, s.door.ID, s.msg.from, s.msg.input.ID); err != nil {
		cb.Log.WarnContext(ctx, "not written down that an answer left: its letters may come twice", "account", s.door.ID, "err", err)
	}
}

// admit lets a message in that the platform sent to this account in this account's mode, and gives the key that opened it.
func (cb *Callback) admit(d *door, r *http.Request) (message, int, error) {
	q := query(r.URL.RawQuery)
	stamp, nonce := q.Get("timestamp"), q.Get("nonce")
	encrypted := q.Get("encrypt_type") == "aes"
	switch {
	case r.ContentLength > maxBody:
		return message{}, plainKey, refusedSize
	case !d.envelope.verify(q.Get("signature"), stamp, nonce):
		return message{}, plainKey, refusedSignature
	case !cb.fresh(stamp):
		return message{}, plainKey, refusedStale
	case !encrypted && d.Mode == Safe, encrypted && d.Mode == Plaintext:
		return message{}, plainKey, refusedMode
	}
	doc, err := whole(r)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return message{}, plainKey, refusedSlow
	case err != nil:
		return message{}, plainKey, refusedFormat
	case len(doc) > maxBody:
		return message{}, plainKey, refusedSize
	}
	key := plainKey
	if encrypted {
		if doc, key, err = d.unseal(doc, q.Get("msg_signature"), stamp, nonce); err != nil {
			return message{}, plainKey, err
		}
	}
	msg, err := read(d, doc)
	switch {
	case err != nil && !encrypted: // without encryption nobody vouches for what it says
		return message{}, plainKey, refusedFormat
	case err != nil:
		return msg, key, err
	case msg.to != d.ID:
		return message{}, plainKey, refusedFormat
	}
	return msg, key, nil
}

// query is that of a URL, for the few values that are asked of it once.
type query string

// Get gives the first value of that name, as [url.Values] does; no name that is asked for needs to be escaped.
func (q query) Get(name string) string {
	for rest := string(q); rest != ""; {
		var pair string
		pair, rest, _ = strings.Cut(rest, "&")
		key, value, _ := strings.Cut(pair, "=")
		if key != name || strings.Contains(pair, ";") {
			continue
		}
		if value, err := url.QueryUnescape(value); err == nil {
			return value
		}
	}
	return ""
}

// whole reads a request's body, and a byte more than the most of one that is too long.
func whole(r *http.Request) (string, error) {
	b := bytes.NewBuffer(make([]byte, 0, max(r.ContentLength, 0)+bytes.MinRead)) // what it says of its length is no more than maxBody
	_, err := b.ReadFrom(io.LimitReader(r.Body, maxBody+1))
	return b.String(), err
}

// unseal opens an encrypted body with the current key, else with the previous one.
func (d *door) unseal(raw, signature, stamp, nonce string) (string, int, error) {
	list, err := leaves(raw)
	if err != nil {
		return "", plainKey, refusedFormat
	}
	encrypted := ""
	for _, l := range list {
		if l.name == "Encrypt" && l.depth == 1 {
			encrypted = l.text
			break
		}
	}
	if encrypted == "" {
		return "", plainKey, refusedMode
	}
	if !d.envelope.verify(signature, stamp, nonce, encrypted) {
		return "", plainKey, refusedSignature
	}
	doc, key, err := d.envelope.open(encrypted)
	if err != nil {
		return "", plainKey, refusedFormat
	}
	return doc, key, nil
}

// decide asks the conversation. A new number is drawn each time: the last one may have been taken.
func (cb *Callback) decide(d *door, r flows.Resident, in flows.Input, now time.Time) (flows.Change, error) {
	account, officers := cb.Directory.Desk(d.ID)
	number, err := ticket.NewNumber(cb.Random)
	if err != nil {
		return flows.Change{}, err
	}
	if account.ID == "" {
		account.ID = d.ID
	}
	return flows.Decide(r, in, flows.World{
		Now: now, Account: account, Officers: officers, CanPush: d.Sends(), Number: number,
	})
}

// sorry is the honest answer when nothing may have been stored; none to what nobody wrote. Whoever may be in danger is told of 110 first:
// that needs nothing that could be broken.
func (cb *Callback) sorry(d *door, msg message) string {
	if msg.input.Kind.Unheard() || msg.from == "" {
		return ""
	}
	if first := firstWords(msg); first != "" {
		return first + "\n\n您的话我这边一时没记上，民警还看不到：先打电话，过一会儿再发一遍。" + hotline(cb.Directory, d.ID)
	}
	return "对不起，我这边一时没记上您刚才的话，麻烦您过一会儿再发一遍。\n\n要是有人正有危险，请马上拨打110。" + hotline(cb.Directory, d.ID)
}

// firstWords is what is said at once to words of danger, whatever else is broken; empty for others.
func firstWords(msg message) (words string) {
	defer func() {
		if recover() != nil {
			words = ""
		}
	}()
	return flows.FirstWords(msg.input)
}

// hotline names the room's own phone, if there is one and whatever else is broken.
func hotline(dir Directory, account string) (line string) {
	defer func() {
		if recover() != nil {
			line = ""
		}
	}()
	a, _ := dir.Desk(account)
	if a.Hotline == "" {
		return ""
	}
	return "\n着急找警务室，也可以打" + a.Hotline + "。"
}
