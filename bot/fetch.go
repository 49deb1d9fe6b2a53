package bot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gabriel-vasile/mimetype"
	"golang.org/x/sync/errgroup"

	"frontdesk/ticket"
)

// Fetches holds the files that wait to be fetched.
type Fetches interface {
	// TakeFetches takes at most n files whose fetching is due, under a lease.
	TakeFetches(ctx context.Context, account string, n int, lease time.Duration) ([]ticket.Fetch, error)
	// SettleFetch writes down what became of one: kept or lost ends it, pending means again at next; [ticket.ErrConflict] when the lease is
	// somebody else's by now.
	SettleFetch(ctx context.Context, f ticket.Fetch, a ticket.Attachment, next time.Time) error
	// BuryFetch takes one that could not be worked out of the list and keeps it as a dead letter; errors as above.
	BuryFetch(ctx context.Context, f ticket.Fetch, why ticket.Why, detail string) (ticket.Dead, error)
}

// FetcherConfig is what a fetcher is made of.
type FetcherConfig struct {
	API      *API
	Fetches  Fetches
	Vault    *Vault
	Metrics  *SendMetrics
	Dead     *DeadMetrics
	Clock    func() time.Time
	Log      *slog.Logger
	Pause    time.Duration   // between looks when there is nothing to fetch; 0: half a second
	Called   <-chan struct{} // a look is worth it now; nil: nobody says so
	Patience time.Duration   // until a file is given up that the program does not come back from; 0: 65 s
}

// Fetcher brings the files that residents sent to one account into the vault, before the platform forgets them.
type Fetcher struct {
	FetcherConfig
	plain *http.Client // for addresses that came in a message: no inner network, no proxy, no redirects
	media *http.Client // the API's own, with time for a large file
	stuck atomic.Int32 // files that the program has not come back from
}

const (
	together      = 4                // files fetched side by side
	fileTime      = 25 * time.Second // for one answer; a video takes two, the first of them short
	fetchTime     = 30 * time.Second // for a file, whichever ways are tried
	fetchPatience = fetchTime + 3*time.Second
	keepTime      = 6 * time.Second  // to write down what became of it
	hold          = 50 * time.Second // a file is under a lease: these two and a margin; what a killed fetcher had in hand waits so long, and nothing may wait for a minute
)

// kinds says how large a file of each kind may be on the platform, and which types of bytes it may hold.
var kinds = map[ticket.MediaKind]struct {
	size  int64
	types []string
}{
	ticket.Photo: {10 << 20, []string{"image/jpeg", "image/png", "image/gif", "image/webp"}},
	ticket.Voice: {2 << 20, []string{"audio/amr", "audio/mpeg", "audio/aac"}},
	ticket.Video: {10 << 20, []string{"video/mp4", "video/quicktime", "video/3gpp"}},
}

// lost is why a file can never be kept, for the officer.
type lost string

func (l lost) Error() string { return "the file is lost" }

// NewFetcher makes a fetcher. One goroutine at a time may run it.
func NewFetcher(c FetcherConfig) *Fetcher {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Patience <= 0 {
		c.Patience = fetchPatience
	}
	f := &Fetcher{FetcherConfig: c, media: &http.Client{
		Timeout: fileTime, Transport: c.API.client.Transport, CheckRedirect: c.API.client.CheckRedirect,
	}}
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	f.plain = &http.Client{
		Timeout:       fileTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return f.dial(ctx, dialer, network, address)
		}},
	}
	return f
}

// dial refuses addresses of an inner network, looked at after the name was resolved; the API base itself is the operator's choice.
func (f *Fetcher) dial(ctx context.Context, d *net.Dialer, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if base, err := url.Parse(f.API.base); err == nil && base.Hostname() == host {
		return d.DialContext(ctx, network, address)
	}
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	for _, ip := range found {
		if outside(ip.Unmap()) {
			return d.DialContext(ctx, network, net.JoinHostPort(ip.String(), port))
		}
	}
	return nil, errors.New("an address of an inner network")
}

// outside says whether an address is one of the open network.
func outside(ip netip.Addr) bool {
	return ip.IsGlobalUnicast() && !ip.IsPrivate() && !ip.IsLoopback() && !ip.IsLinkLocalUnicast() &&
		!netip.MustParsePrefix("100.64.0.0/10").Contains(ip)
}

// Run fetches until the context ends.
func (f *Fetcher) Run(ctx context.Context) {
	for {
		n, err := f.Once(ctx)
		if err != nil && ctx.Err() == nil {
			f.Log.ErrorContext(ctx, "files not fetched", "account", f.API.account.ID, "err", err)
		}
		if n > 0 && err == nil && ctx.Err() == nil {
			continue
		}
		if !idle(ctx, f.Pause, f.Called) {
			return
		}
	}
}

// Ready says whether files are still fetched; the error wraps [ticket.ErrUnavailable] when too many hang. Only a new start helps then.
func (f *Fetcher) Ready() error { return unstuck("files", f.API.account.ID, &f.stuck) }

// Once works what is due, side by side, and says how many files that was. When the context ends, what is not here yet is fetched later.
func (f *Fetcher) Once(ctx context.Context) (int, error) {
	if err := f.Ready(); err != nil {
		return 0, fmt.Errorf("fetch files: %w", err)
	}
	list, err := f.Fetches.TakeFetches(ctx, f.API.account.ID, together, hold)
	if err != nil {
		return 0, fmt.Errorf("fetch files: %w", err)
	}
	var all errgroup.Group
	for _, one := range list {
		all.Go(func() error { return f.work(ctx, one) })
	}
	if err := all.Wait(); err != nil {
		return 0, fmt.Errorf("fetch files: %w", err)
	}
	return len(list), nil
}

// work fetches one file and writes down what became of it. One that breaks the program is buried.
func (f *Fetcher) work(ctx context.Context, one ticket.Fetch) error {
	fetching, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	err := error(fault{why: ticket.Undecodable})
	var a ticket.Attachment
	var next time.Time
	if !one.Broken {
		a, err = watched(f.Patience, &f.stuck, func() (got ticket.Attachment) {
			got, next = f.fetch(fetching, one)
			return got
		})
	}
	settling, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepTime)
	defer cancel()
	if broke, dead := faultOf(err); dead {
		f.bury(settling, one, broke)
		return nil
	}
	err = f.Fetches.SettleFetch(settling, one, a, next)
	if errors.Is(err, ticket.ErrConflict) {
		return nil // somebody else has it by now
	}
	if err == nil {
		f.Metrics.file(a.State)
	}
	return err
}

// bury keeps a file that cannot be worked as a dead letter. Where that is not possible it comes again after its lease.
func (f *Fetcher) bury(ctx context.Context, one ticket.Fetch, broke fault) {
	dead, err := f.Fetches.BuryFetch(ctx, one, broke.why, broke.detail)
	if err != nil {
		f.Log.ErrorContext(ctx, "a file that broke not buried", "account", one.Account, "why", string(broke.why), "err", err)
		return
	}
	f.Dead.count(ticket.AtFetch, broke.why)
	f.Log.ErrorContext(ctx, "a file broke and is kept", "account", one.Account, "dead", dead)
}

// fetch brings one file in, or says why not and when to try again.
func (f *Fetcher) fetch(ctx context.Context, one ticket.Fetch) (ticket.Attachment, time.Time) {
	a := one.File
	data, err := f.load(ctx, a)
	var gone lost
	switch {
	case err == nil:
		digest, kept := f.Vault.keep(data)
		if kept == nil {
			a.State, a.Digest, a.Size, a.Type = ticket.MediaKept, digest, int64(len(data)), typeOf(data)
			return a, time.Time{}
		}
		err = kept
	case errors.As(err, &gone):
		a.State, a.Reason = ticket.MediaLost, string(gone)
		return a, time.Time{}
	}
	f.Log.WarnContext(ctx, "file not fetched", "kind", string(a.Kind), "try", one.Tries+1, "err", err)
	next := f.Clock().Add(backoff(one.Tries + 1))
	if next.After(one.At.Add(ticket.MediaLife)) {
		a.State, a.Reason = ticket.MediaLost, "三天内都没能从微信取到，微信那边已经删除。"
		return a, time.Time{}
	}
	a.State = ticket.MediaPending
	return a, next
}

// load gets the bytes by the address that came with a photo, else by the platform's media call, and checks what they are.
func (f *Fetcher) load(ctx context.Context, a ticket.Attachment) ([]byte, error) {
	limit, known := kinds[a.Kind]
	if !known {
		return nil, lost("这种文件没有保存。")
	}
	data, err := f.bytes(ctx, a, limit.size)
	if err != nil {
		return nil, err
	}
	if len(data) == 0 {
		return nil, lost("收到的是空文件。")
	}
	if !slices.Contains(limit.types, typeOf(data)) {
		return nil, lost("内容不是" + a.Kind.Name() + "，为了安全没有保存。")
	}
	return data, nil
}

// bytes tries the ways that there are to a file.
func (f *Fetcher) bytes(ctx context.Context, a ticket.Attachment, size int64) ([]byte, error) {
	err := error(lost("这个公众号没有认证，取不到" + a.Kind.Name() + "；可以请居民用文字说明。"))
	var data []byte
	if address, ok := f.trusted(a.URL); ok {
		if data, err = f.read(ctx, f.plain, address, size); err == nil || errors.As(err, new(lost)) {
			return data, err
		}
	}
	if !f.API.account.Sends() {
		return nil, err
	}
	return f.byMedia(ctx, a.ID, size)
}

// typeOf sniffs what bytes are.
func typeOf(data []byte) string {
	t, _, _ := strings.Cut(mimetype.Detect(data).String(), ";")
	return t
}

// trusted gives an address to fetch a file from, when it is one of the platform's own, or of the API base that the operator chose. The
// platform still writes http; its servers take https as well.
func (f *Fetcher) trusted(address string) (string, bool) {
	u, err := url.Parse(address)
	if err != nil || address == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return "", false
	}
	if base, err := url.Parse(f.API.base); err == nil && f.API.base != defaultBase && base.Host == u.Host {
		return address, true
	}
	if p := u.Port(); p != "" && p != "80" && p != "443" {
		return "", false
	}
	host := strings.ToLower(u.Hostname())
	for _, domain := range []string{"qpic.cn", "qlogo.cn", "qq.com"} {
		if host == domain || strings.HasSuffix(host, "."+domain) {
			u.Scheme, u.Host = "https", host
			return u.String(), true
		}
	}
	return "", false
}

// read reads a file of at most size bytes.
func (f *Fetcher) read(ctx context.Context, client *http.Client, address string, size int64) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, errAway
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, unanswered(err) // the error itself holds the address
	}
	defer func() { _ = resp.Body.Close() }() // read as far as needed
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d: %w", resp.StatusCode, errAway)
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, size+1))
	if err != nil {
		return nil, fmt.Errorf("the file broke off: %w", errAway)
	}
	if int64(len(data)) > size {
		return nil, lost(fmt.Sprintf("文件超过%d MB，没有保存。", size>>20))
	}
	return data, nil
}

const pathMedia = "/cgi-bin/media/get"

// byMedia asks the platform for a file. A video comes as JSON with its address; an error comes as JSON too.
func (f *Fetcher) byMedia(ctx context.Context, id string, size int64) ([]byte, error) {
	var data []byte
	err := f.API.withToken(ctx, func(token string) error {
		got, err := f.read(ctx, f.media, f.API.address(pathMedia, token)+"&media_id="+url.QueryEscape(id), size)
		var said struct {
			Video string `json:"video_url"`
		}
		if err == nil && bytes.HasPrefix(bytes.TrimSpace(got), []byte("{")) {
			err = readReply(pathMedia, got, &said)
			if address, ok := f.trusted(said.Video); ok && err == nil {
				got, err = f.read(ctx, f.plain, address, size)
			} else if err == nil {
				err = errAway
			}
		}
		f.API.metrics.call(pathMedia, err)
		data = got
		return err
	})
	return data, mediaGone(err)
}

// mediaGone turns the code for a media id that is no longer known into a loss.
func mediaGone(err error) error {
	var refused apiError
	if errors.As(err, &refused) && refused.code == 40007 {
		return lost("微信那边已经没有这个文件了。")
	}
	return err
}
