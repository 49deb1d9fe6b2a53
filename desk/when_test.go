package desk

import (
	"testing"
	"time"
)

func TestWaited(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "等了不到 1 分钟", 20 * time.Minute: "等了 20 分钟", 51 * time.Hour: "等了 2 天 3 小时"} {
		if got := waited(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}
