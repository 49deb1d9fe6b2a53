package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"

	"frontdesk/ticket"
)

// ErrUnchecked says that Redis does not let us look at its settings, so that nobody knows whether it keeps what it confirms.
var ErrUnchecked = errors.New("redis does not show its settings")

// needed are the settings without which a power cut loses what was acknowledged; measured in docs of the platform's rules.
var needed = []struct{ name, value, why string }{
	{"appendonly", "yes", "else nothing is on disk between snapshots"},
	{"appendfsync", "always", "else the last second is lost when the power fails"},
	{"no-appendfsync-on-rewrite", "no", "else nothing is safe while the file is rewritten"},
	{"maxmemory-policy", "noeviction", "else tickets vanish when memory is full"},
}

// Audit refuses a Redis that may lose what it confirmed. The error wraps [ticket.ErrInvalid] and names every setting that is wrong; or
// [ErrUnchecked] when the settings are hidden; or [ticket.ErrUnavailable].
func Audit(ctx context.Context, client redis.UniversalClient) error {
	var wrong []string
	for _, n := range needed {
		got, err := client.ConfigGet(ctx, n.name).Result()
		var reply redis.Error
		switch {
		case errors.As(err, &reply):
			return fmt.Errorf("%w: %s", ErrUnchecked, code(reply.Error()))
		case err != nil:
			return unavailable("check the settings of redis", err)
		case got[n.name] != n.value:
			wrong = append(wrong, fmt.Sprintf("%s is %q and must be %q, %s", n.name, got[n.name], n.value, n.why))
		}
	}
	if len(wrong) > 0 {
		return fmt.Errorf("%w: redis is not set to keep what it confirms: %s", ticket.ErrInvalid, strings.Join(wrong, "; "))
	}
	return nil
}
