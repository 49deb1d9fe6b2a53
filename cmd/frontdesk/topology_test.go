package main

import (
	"context"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"frontdesk/cmd/torture/topology"
)

// topologyTime is how long a start of several servers, a failover or a move may take on a machine that has other things to do.
const topologyTime = 2 * time.Minute

// topology does what scripts ask of a Redis that is more than one server, and says whether it knows the deed. Each write is confirmed by a
// replica, as docs/operating.md asks of such a Redis.
func (t *town) topology(ts *testscript.TestScript, deed string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), topologyTime)
	defer cancel()
	switch deed {
	case "watched":
		w, err := topology.StartWatched(ctx, 1)
		ts.Check(err)
		ts.Defer(func() { ts.Check(w.Close()) })
		t.watched = w
		ts.Setenv("FRONTDESK_REDIS_URL", w.Address)
		ts.Setenv("FRONTDESK_REDIS_REPLICAS", "1")
	case "clustered":
		c, err := topology.StartCluster(ctx, 1)
		ts.Check(err)
		ts.Defer(func() { ts.Check(c.Close()) })
		t.cluster = c
		ts.Setenv("FRONTDESK_REDIS_URL", c.Address)
		ts.Setenv("FRONTDESK_REDIS_REPLICAS", "1")
	case "fails-over":
		if t.watched == nil {
			ts.Fatalf("there is no redis with sentinels")
		}
		ts.Check(t.watched.FailOver(ctx))
	case "moves":
		if t.cluster == nil {
			ts.Fatalf("there is no cluster")
		}
		ts.Check(t.cluster.Move(ctx, townAccount))
	default:
		return false
	}
	return true
}
