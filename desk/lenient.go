package desk

// This file holds what becomes of a page when its session cannot be kept.

import (
	"context"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
)

// signedInKey marks the context of requests of officers who are signed in already.
type signedInKey struct{}

// leniently serves requests in which only small things change in a session: when it was last used, what the next page says.
func leniently(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), signedInKey{}, true)))
	})
}

// sessions are those that were given. One that is there and cannot be kept as it is now goes on as it was: a step that was taken must not look as if it was not, nor a page
// that was read be withheld, because of that.
type sessions struct {
	scs.CtxStore
	failed func(ctx context.Context, err error)
}

func (d *console) kept() sessions {
	return sessions{d.Sessions, func(ctx context.Context, err error) {
		d.Log.WarnContext(ctx, "what changed in a session is lost", "error", err)
	}}
}

// CommitCtx keeps a session. In a request of [leniently] it is no error when that fails.
func (s sessions) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	err := s.CtxStore.CommitCtx(ctx, token, b, expiry)
	if err != nil && ctx.Value(signedInKey{}) != nil {
		s.failed(ctx, err)
		return nil
	}
	return err
}
