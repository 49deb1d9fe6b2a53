package store

import (
	"context"
	"strconv"

	"frontdesk/ticket"
)

// This file holds the part of [Store.Fsck] that compares what stands beside the lists: counters, stations at which tickets are over, tickets that are still to be folded.

// compareEnded checks that whoever sees all stations is shown what is over at each. A ticket that was taken up again leaves its station there.
func (s *Store) compareEnded(ctx context.Context, k keys, r *recount) error {
	listed, err := s.rdb.SMembers(ctx, k.ended()).Result()
	if err != nil {
		return unavailable("fsck", err)
	}
	for station := range r.ended {
		if !has(listed, station) {
			r.differ("lists of all stations: what is over at %s is missing", station)
		}
	}
	return nil
}

// compareFolds checks that whatever is still to be folded will be. More may be listed: whoever folds finds that out.
func (s *Store) compareFolds(ctx context.Context, k keys, r *recount) error {
	listed, err := s.rdb.ZRange(ctx, k.folds(), 0, -1).Result()
	if err != nil {
		return unavailable("fsck", err)
	}
	waiting := make(map[string]bool, len(listed))
	for _, n := range listed {
		waiting[n] = true
		if _, known := r.chains[ticket.Number(n)]; !known {
			r.differ("folds: holds %s, which does not belong there", n)
		}
	}
	for _, n := range r.unfolded {
		if !waiting[n] {
			r.differ("folds: %s is missing", n)
		}
	}
	return nil
}

func (s *Store) compareCounters(ctx context.Context, k keys, r *recount) error {
	days, err := s.rdb.SMembers(ctx, k.days()).Result()
	if err != nil {
		return unavailable("fsck", err)
	}
	for day := range r.counters {
		if !has(days, day) {
			r.differ("counters: the day %s is missing", day)
		}
	}
	for _, day := range days {
		stored, err := s.rdb.HGetAll(ctx, k.counters(day)).Result()
		if err != nil {
			return unavailable("fsck", err)
		}
		for name, want := range r.counters[day] {
			if stored[name] != strconv.Itoa(want) {
				r.differ("counters of %s: %s is %q, history has %d", day, name, stored[name], want)
			}
		}
		for name := range stored {
			if r.counters[day][name] == 0 {
				r.differ("counters of %s: %s is counted, history has none", day, name)
			}
		}
	}
	return nil
}
