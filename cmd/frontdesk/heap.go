package main

// This file holds how seldom garbage is collected. What a front desk keeps is a few megabytes, and Go would collect each time as much
// again has come together: hundreds of times a minute on a busy day, at a tenth of the cost of every message.

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

const (
	spare       = 128 << 20 // bytes of garbage that may come together, where what is kept is less
	leastGrowth = 100       // percent of what is kept; Go's own default
	mostGrowth  = 2000
)

// growth is by how many percent of what is kept the heap may grow before it is collected.
func growth(kept uint64) int {
	return int(min(max(spare*100/max(kept, 1), leastGrowth), mostGrowth))
}

// collectAtLeisure lets garbage come together, from now on and for as long as the process lives: what is kept is looked at after each
// collection, so that a heap that grows large is collected as usual.
func collectAtLeisure() {
	read := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	type watcher struct{ _ [16]byte } // large enough to be collected by itself
	var look func(*watcher)
	look = func(w *watcher) {
		if metrics.Read(read); read[0].Value.Kind() == metrics.KindUint64 {
			debug.SetGCPercent(growth(read[0].Value.Uint64()))
		}
		runtime.SetFinalizer(w, look) // it runs once after the next collection
	}
	look(new(watcher))
}
