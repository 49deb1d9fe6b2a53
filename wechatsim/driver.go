package wechatsim

// The JSON driver: what scripts and the phone's page use to be a resident, set faults, move the clock and read the log.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// errTooLarge is for a file that no phone would send.
var errTooLarge = errors.New("wechatsim: the file is too large for the platform")

// deed is the body of an act; which fields count depends on the act.
type deed struct {
	Text        string            `json:"text"`
	ID          string            `json:"id"`
	Content     string            `json:"content"`
	Scene       string            `json:"scene"`
	Data        []byte            `json:"data"` // base64; left out: the sample
	Latitude    float64           `json:"latitude"`
	Longitude   float64           `json:"longitude"`
	Label       string            `json:"label"`
	Title       string            `json:"title"`
	Description string            `json:"description"`
	URL         string            `json:"url"`
	Key         string            `json:"key"`
	Fields      map[string]string `json:"fields"`
	XML         string            `json:"xml"`
	Templates   []string          `json:"templates"`
	ForGood     bool              `json:"for_good"`
	On          bool              `json:"on"`
}

// do runs the named act.
func (r *Resident) do(ctx context.Context, act string, d deed) (Exchange, error) {
	file := func(sample func() []byte) []byte {
		if len(d.Data) == 0 {
			return sample()
		}
		return d.Data
	}
	if limit, ok := map[string]int{"image": 10 << 20, "voice": 2 << 20, "video": 10 << 20, "shortvideo": 10 << 20}[act]; ok && len(d.Data) > limit {
		return Exchange{Err: errTooLarge}, nil
	}
	acts := map[string]func() Exchange{
		"follow":     func() Exchange { return r.Follow(ctx, d.Scene) },
		"unfollow":   func() Exchange { return r.Unfollow(ctx) },
		"scan":       func() Exchange { return r.Scan(ctx, d.Scene) },
		"text":       func() Exchange { return r.Text(ctx, d.Text) },
		"tap":        func() Exchange { return r.Tap(ctx, d.ID, d.Content) },
		"image":      func() Exchange { return r.Image(ctx, file(SamplePicture)) },
		"voice":      func() Exchange { return r.Voice(ctx, file(SampleVoice)) },
		"video":      func() Exchange { return r.Video(ctx, file(SampleVideo)) },
		"shortvideo": func() Exchange { return r.ShortVideo(ctx, file(SampleVideo)) },
		"place":      func() Exchange { return r.Place(ctx, d.Latitude, d.Longitude, d.Label) },
		"link":       func() Exchange { return r.Link(ctx, d.Title, d.Description, d.URL) },
		"click":      func() Exchange { return r.Click(ctx, d.Key) },
		"view":       func() Exchange { return r.View(ctx, d.URL) },
		"event":      func() Exchange { return r.Event(ctx, d.Fields) },
		"raw":        func() Exchange { return r.Raw(ctx, d.XML) },
		"consent":    func() Exchange { return r.Consent(ctx, d.ForGood, d.Templates...) },
		"dissent":    func() Exchange { return r.Dissent(ctx, d.Templates...) },
		"refuse":     func() Exchange { r.Refuse(d.On); return Exchange{} },
	}
	run, ok := acts[act]
	if !ok {
		return Exchange{}, fmt.Errorf("no act %q", act)
	}
	return run(), nil
}

// act answers POST api/residents/{account}/{openid}/{act} with the exchange, once it is settled. With ?wait=no it answers 202 as soon as the
// message is on the screen; what becomes of it, the screen tells.
func (p *Platform) act(w http.ResponseWriter, r *http.Request) {
	who, ok := p.pathResident(w, r)
	if !ok {
		return
	}
	var d deed
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 2*maxRequest))
	if err == nil && len(body) > 0 {
		err = json.Unmarshal(body, &d)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	// What a resident sent is on its way, even when the page is closed meanwhile: only the platform's end stops it.
	type result struct {
		Exchange
		err error
	}
	begun, settled := make(chan struct{}), make(chan result, 1)
	ctx := p.ctx
	if r.URL.Query().Get("wait") == "no" {
		ctx = context.WithValue(ctx, begunKey{}, sync.OnceFunc(func() { close(begun) }))
	}
	started := p.background(func() {
		ex, err := who.do(ctx, r.PathValue("act"), d)
		settled <- result{ex, err}
	})
	if !started {
		http.Error(w, "the platform is closed", http.StatusServiceUnavailable)
		return
	}
	select {
	case <-begun:
		w.WriteHeader(http.StatusAccepted)
	case got := <-settled:
		switch {
		case got.err != nil:
			http.Error(w, got.err.Error(), http.StatusNotFound)
		case errors.Is(got.Err, errTooLarge):
			http.Error(w, got.Err.Error(), http.StatusRequestEntityTooLarge)
		case got.Err != nil:
			http.Error(w, got.Err.Error(), http.StatusConflict)
		default:
			writeJSON(w, got.Exchange)
		}
	}
}

func (p *Platform) pathResident(w http.ResponseWriter, r *http.Request) (*Resident, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	who, err := p.resident(r.PathValue("account"), r.PathValue("openid"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return nil, false
	}
	return who, true
}

// readScreen answers GET …/screen. With ?contains=words it waits, up to ?within=10s, until the account or the platform has shown them in a
// line after the first ?after=n lines; and answers 408 when they do not come.
func (p *Platform) readScreen(w http.ResponseWriter, r *http.Request) {
	who, ok := p.pathResident(w, r)
	if !ok {
		return
	}
	words := r.URL.Query().Get("contains")
	within, err := time.ParseDuration(or(r.URL.Query().Get("within"), "10s"))
	after, err2 := strconv.Atoi(or(r.URL.Query().Get("after"), "0"))
	if err = errors.Join(err, err2); err != nil || after < 0 {
		http.Error(w, "within is a duration, after a number", http.StatusBadRequest)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), within)
	defer cancel()
	err = who.Await(ctx, func(lines []Line) bool {
		if words == "" && after == 0 {
			return true
		}
		for i, l := range lines {
			if i >= after && (words == "" || l.From != "resident" && strings.Contains(l.Text, words)) {
				return true
			}
		}
		return false
	})
	v, _ := who.view()
	if err != nil {
		w.WriteHeader(http.StatusRequestTimeout)
	}
	writeJSON(w, v)
}

// listAccounts answers GET api/accounts, in the order of the configuration: the page opens with the first.
func (p *Platform) listAccounts(w http.ResponseWriter, _ *http.Request) {
	type entry struct {
		ID   string `json:"id"`
		Name string `json:"name"`
		Kind Kind   `json:"kind"`
		Mode Mode   `json:"mode"`
	}
	list := []entry{}
	for _, configured := range p.cfg.Accounts {
		if a, err := p.account(configured.ID); err == nil {
			list = append(list, entry{ID: a.ID, Name: or(a.Name, "社区警务室"), Kind: a.Kind, Mode: a.Mode})
		}
	}
	writeJSON(w, list)
}

// faultJSON is a fault in JSON; slow is a duration such as "2s".
type faultJSON struct {
	Path        string `json:"path,omitempty"`
	Slow        string `json:"slow,omitempty"`
	Down        bool   `json:"down,omitempty"`
	Status      int    `json:"status,omitempty"`
	Errcode     int    `json:"errcode,omitempty"`
	RejectToken bool   `json:"reject_token,omitempty"`
	QuotaOut    bool   `json:"quota_out,omitempty"`
	Truncate    bool   `json:"truncate,omitempty"`
	Times       int    `json:"times,omitempty"`
}

func (p *Platform) readFaults(w http.ResponseWriter, _ *http.Request) {
	list := []faultJSON{}
	for _, f := range p.Faults() {
		j := faultJSON{Path: f.Path, Down: f.Down, Status: f.Status, Errcode: f.Errcode, RejectToken: f.RejectToken,
			QuotaOut: f.QuotaOut, Truncate: f.Truncate, Times: f.Times}
		if f.Slow > 0 {
			j.Slow = f.Slow.String()
		}
		list = append(list, j)
	}
	writeJSON(w, list)
}

func (p *Platform) writeFault(w http.ResponseWriter, r *http.Request) {
	var j faultJSON
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16))
	d.DisallowUnknownFields()
	err := d.Decode(&j)
	var slow time.Duration
	if err == nil && j.Slow != "" {
		slow, err = time.ParseDuration(j.Slow)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	p.SetFault(Fault{Path: j.Path, Slow: slow, Down: j.Down, Status: j.Status, Errcode: j.Errcode, RejectToken: j.RejectToken,
		QuotaOut: j.QuotaOut, Truncate: j.Truncate, Times: j.Times})
	p.readFaults(w, r)
}

func (p *Platform) clearFaults(w http.ResponseWriter, r *http.Request) {
	p.SetFault(Fault{})
	p.readFaults(w, r)
}

// moveClock answers POST clock?advance=49h.
func (p *Platform) moveClock(w http.ResponseWriter, r *http.Request) {
	d, err := time.ParseDuration(r.URL.Query().Get("advance"))
	if err != nil || d < 0 {
		http.Error(w, "advance is a duration, such as 49h", http.StatusBadRequest)
		return
	}
	p.Advance(d)
	writeJSON(w, map[string]time.Time{"now": p.Now()})
}

func (p *Platform) readLog(w http.ResponseWriter, _ *http.Request) {
	calls := p.Calls()
	if calls == nil {
		calls = []Call{}
	}
	writeJSON(w, map[string]any{"calls": calls, "counts": p.Counts()})
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	// A caller who hung up is no concern of the platform.
	_, _ = w.Write(encodeJSON(v))
}
