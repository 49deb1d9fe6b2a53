package store

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// This file compares the seals outside Redis with those in it and with the histories.

// copyTime is how long other machines' seals may take to get into this machine's file: they are copied every minute.
const copyTime = 5 * time.Minute

// keptLinks are the links of the seals in a file by their number; several, one after the other, where one lost a race.
type keptLinks map[int]string

func (k keptLinks) has(seq int, hash string) bool {
	for all := k[seq]; all != ""; all = all[linkSize:] {
		if all[:linkSize] == link(hash) {
			return true
		}
	}
	return false
}

// compareKept checks that the file of this machine can be read, that its seals follow each other and that none is missing, and that every entry
// which one covers is still there. A seal may stand there twice, and beside one that came into Redis may stand others that came too late.
func (s *Store) compareKept(account string, r *recount) error {
	kept := keptLinks{}
	err := s.eachKept(account, func(one seal) {
		if sum, err := one.digest(); err != nil || sum != one.Hash || one.Seq < 1 || one.Seq == 1 && one.Prev != "" {
			r.differ("kept seal %d does not hold", one.Seq)
			return
		}
		if kept[one.Seq-1] != "" && !kept.has(one.Seq-1, one.Prev) {
			r.differ("kept seal %d does not follow the one before it", one.Seq)
		}
		if !kept.has(one.Seq, one.Hash) {
			kept[one.Seq] += link(one.Hash)
		}
		r.covered(one, "kept seal")
	}, func(line int) { r.differ("line %d of the kept seals cannot be read", line) })
	if err != nil {
		return err
	}
	r.fromFirst = kept[1] != ""
	if len(r.sealed) > 0 {
		oldest := r.sealed[0]
		if kept[oldest.Seq-1] != "" && !kept.has(oldest.Seq-1, oldest.Prev) {
			r.differ("seal %d does not follow the one that is kept", oldest.Seq)
		}
	}
	r.compareCopies(kept, s.clock())
	return nil
}

// compareCopies names seals that are missing from the file: before and between those that are there, and those in Redis that should have been copied.
func (r *recount) compareCopies(kept keptLinks, now time.Time) {
	there, gone := slices.Collect(maps.Keys(kept)), 0
	for _, one := range r.sealed {
		switch {
		case kept.has(one.Seq, one.Hash):
		case now.Sub(one.At) < copyTime:
			there = append(there, one.Seq)
		case kept[one.Seq] != "":
			r.differ("seal %d is not among those that are kept", one.Seq)
		default:
			gone = one.Seq
		}
	}
	if gone > 0 {
		there = append(there, gone+1)
	}
	for _, gap := range missing(there) {
		r.differ("%s", gap)
	}
}

// missing says which seals are missing before and between those of that numbers.
func missing(there []int) (gaps []string) {
	slices.Sort(there)
	before := 0
	for _, seq := range there {
		if seq > before+1 {
			gaps = append(gaps, fmt.Sprintf("kept seals %d to %d are missing", before+1, seq-1))
		}
		before = max(before, seq)
	}
	return gaps
}

func (r *recount) covered(one seal, name string) {
	for _, h := range one.Heads {
		r.sealedTo[h.Number] = max(r.sealedTo[h.Number], h.Seq)
		chain := r.chains[h.Number]
		if h.Seq < 1 || h.Seq*linkSize > len(chain) || chain[(h.Seq-1)*linkSize:h.Seq*linkSize] != link(h.Hash) {
			r.differ("%s %d: entry %d of ticket %s is cut off or edited", name, one.Seq, h.Seq, h.Number)
		}
	}
}
