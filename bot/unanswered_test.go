package bot

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"

	"frontdesk/ticket"
	"frontdesk/wechatsim"
)

// TestWhatMayHaveArrivedIsUnclear sorts calls that got no whole answer: only without a connection it is sure that the platform knows nothing of them.
func TestWhatMayHaveArrivedIsUnclear(t *testing.T) {
	timeout := &net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}
	for _, c := range []struct{ err, want error }{
		{context.DeadlineExceeded, errUnclear}, {timeout, errUnclear}, {io.ErrUnexpectedEOF, errUnclear},
		{&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, errAway}, {&net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}, errAway},
	} {
		if got := unanswered(&url.Error{Op: "Post", URL: "http://platform", Err: c.err}); !errors.Is(got, c.want) {
			t.Errorf("%v: %v, want %v", c.err, got, c.want)
		}
	}
	r := newRig(t, wechatsim.SubscriptionVerified)
	r.write()
	usual := r.api.client.Transport
	r.api.client.Transport = roundTrip(func(q *http.Request) (*http.Response, error) {
		resp, err := usual.RoundTrip(q)
		if err == nil && strings.HasSuffix(q.URL.Path, pathCustom) {
			resp.Body = io.NopCloser(iotest.ErrReader(io.ErrUnexpectedEOF))
		}
		return resp, err
	})
	if d := r.once(r.letter("邻居的事办好了")); d.Fate != ticket.Sending || d.Unclear != 1 {
		t.Errorf("an answer that broke off: %+v", d)
	}
}
