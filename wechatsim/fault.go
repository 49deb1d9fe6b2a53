package wechatsim

// Faults that a test sets on purpose, and the log of what was called.

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Fault makes API calls go wrong. Several of its fields may be set together: a slow call can also be refused.
type Fault struct {
	Path        string        // calls whose path begins so, such as "/cgi-bin/message/custom/send"; "" is every call
	Slow        time.Duration // answers this much later, in real time
	Down        bool          // closes the connection without an answer; nothing takes effect
	Status      int           // answers with this HTTP status; nothing takes effect
	Errcode     int           // answers with this errcode; nothing takes effect
	RejectToken bool          // takes the account's tokens away and answers 40001
	QuotaOut    bool          // answers 45009
	Truncate    bool          // the call takes effect, but half of its JSON is lost
	Times       int           // for so many calls; 0 until it is replaced or cleared
}

// Call is one API call that an account made.
type Call struct {
	At      time.Time `json:"at"`
	Account string    `json:"account"` // "" when the token told nothing
	Method  string    `json:"method"`
	Path    string    `json:"path"`
	Errcode int       `json:"errcode"`
	Status  int       `json:"status"` // HTTP status; 0 when the connection was closed
	Body    string    `json:"body"`   // without secret and token; for files only their size
}

// maxCalls is how many calls are remembered; counts go on.
const maxCalls = 10_000

// SetFault sets a fault, in place of the one for the same path. A fault that does nothing takes that one away; the zero Fault takes all away.
func (p *Platform) SetFault(f Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if f == (Fault{}) {
		p.faults = nil
		return
	}
	p.faults = slices.DeleteFunc(p.faults, func(old *Fault) bool { return old.Path == f.Path })
	if f != (Fault{Path: f.Path, Times: f.Times}) {
		p.faults = append(p.faults, &f)
	}
}

// Faults lists the faults that are set, with the calls they have left.
func (p *Platform) Faults() []Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := make([]Fault, 0, len(p.faults))
	for _, f := range p.faults {
		list = append(list, *f)
	}
	return list
}

// takeFault uses up one call of the fault that fits the path best.
func (p *Platform) takeFault(path string) Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	best := -1
	for i, f := range p.faults {
		if strings.HasPrefix(path, f.Path) && (best < 0 || len(f.Path) > len(p.faults[best].Path)) {
			best = i
		}
	}
	if best < 0 {
		return Fault{}
	}
	f := *p.faults[best]
	if f.Times == 1 {
		p.faults = slices.Delete(p.faults, best, best+1)
	} else if f.Times > 1 {
		p.faults[best].Times--
	}
	return f
}

// Calls lists the API calls so far, oldest first.
func (p *Platform) Calls() []Call {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.calls)
}

// Counts says how often each path was called.
func (p *Platform) Counts() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.callCount)
}

func (p *Platform) log(r *http.Request, account string, code int, body []byte, f Fault) {
	c := Call{Account: account, Method: r.Method, Path: r.URL.Path, Errcode: code, Status: http.StatusOK, Body: redact(r, body)}
	switch {
	case f.Down:
		c.Status = 0
	case f.Status != 0:
		c.Status = f.Status
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	c.At = p.now()
	if len(p.calls) == maxCalls {
		p.calls = slices.Delete(p.calls, 0, maxCalls/10)
	}
	p.calls = append(p.calls, c)
	p.callCount[r.URL.Path]++
}

// redact keeps what a test may want to see of a body.
func redact(r *http.Request, body []byte) string {
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		return fmt.Sprintf("(%d bytes of a file)", len(body))
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil {
		return string(body)
	}
	hidden := false
	for _, name := range []string{"secret", "access_token"} {
		if _, ok := fields[name]; ok {
			fields[name], hidden = json.RawMessage(`"***"`), true
		}
	}
	if !hidden {
		return string(body)
	}
	return string(encodeJSON(fields))
}
