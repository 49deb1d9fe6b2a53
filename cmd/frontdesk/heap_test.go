package main

import "testing"

func TestAHeapIsCollectedAtLeisureWhileItIsSmall(t *testing.T) {
	for kept, want := range map[uint64]int{0: 2000, 1 << 20: 2000, 8 << 20: 1600, 64 << 20: 200, 128 << 20: 100, 4 << 30: 100} {
		if got := growth(kept); got != want {
			t.Errorf("with %d bytes kept it may grow by %d %%, want %d", kept, got, want)
		}
	}
}
