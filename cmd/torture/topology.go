package main

import (
	"context"
	"errors"
	"fmt"

	"frontdesk/cmd/torture/topology"
)

// sentinelRow cuts the primary off from its Sentinels while residents talk on both sides, and kills it under load. What one replica had to confirm
// must be there afterwards. The long form has controls: without that, partitions must lose something, and kills too, else they break nothing. In the
// short form the tests of the topology see to it.
func sentinelRow(ctx context.Context, w *workshop) (string, error) {
	cut, err := apart(ctx, "partitions", topology.Partitions, w.size(2, 20))
	if err != nil {
		return cut, err
	}
	killed, e := apart(ctx, "primaries killed", topology.KilledPrimaries, w.size(1, 10))
	figure, err := cut+"; "+killed, errors.Join(err, e)
	if !w.long {
		return figure, err
	}
	for _, c := range []struct {
		fault  string
		happen func(context.Context, int, int) (topology.Result, error)
	}{{"partitions", topology.Partitions}, {"primaries killed", topology.KilledPrimaries}} {
		r, e := c.happen(ctx, 3, 0)
		if e == nil && r.Lost == 0 {
			e = errors.New("blind: a primary without anybody to copy it confirmed by itself, and nothing was lost")
		}
		if e != nil {
			err = errors.Join(err, fmt.Errorf("%s without WAIT: %w", c.fault, e))
		}
		figure += fmt.Sprintf("; control without WAIT, %s: %d confirmed, %d lost", c.fault, r.Confirmed, r.Lost)
	}
	return figure, err
}

// clusterRow moves slots of a Cluster and kills its nodes while residents of three accounts talk.
func clusterRow(ctx context.Context, w *workshop) (string, error) {
	moved, err := apart(ctx, "moves of a slot", topology.SlotMoves, w.size(2, 30))
	if err != nil {
		return moved, err
	}
	lost, e := apart(ctx, "nodes lost", topology.LostNodes, w.size(1, 10))
	return moved + "; " + lost, errors.Join(err, e)
}

// apart breaks a topology so many times, with one replica to confirm each write, and wants messages to be confirmed meanwhile and none lost.
func apart(ctx context.Context, name string, fault func(context.Context, int, int) (topology.Result, error), times int) (string, error) {
	r, err := fault(ctx, times, 1)
	err = errors.Join(err, r.Err())
	if r.Rounds != times || r.Confirmed == 0 {
		err = errors.Join(err, fmt.Errorf("%d of %d rounds, %d messages confirmed", r.Rounds, times, r.Confirmed))
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", name, err)
	}
	return fmt.Sprintf("%s: %s", name, r), err
}
