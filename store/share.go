package store

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// leastShare is what a Redis of our own may use on the smallest machine.
const leastShare = 256 << 20

// share gives how many bytes a Redis of our own may use: half of what the machine, or the container that it runs in, has. The other half is for
// the copy that Redis makes of itself while it rewrites its file, and for this process. Without a limit Redis would grow until the kernel
// kills it, and nobody would be told before.
func share(total uint64) uint64 { return max(total/2, leastShare) }

// memory says how many bytes there are for all processes.
func memory() (uint64, error) {
	var info syscall.Sysinfo_t
	if err := syscall.Sysinfo(&info); err != nil {
		return 0, fmt.Errorf("ask how much memory there is: %w", err)
	}
	total := uint64(info.Totalram) * uint64(info.Unit)
	if b, err := os.ReadFile("/sys/fs/cgroup/memory.max"); err == nil {
		if limit, err := strconv.ParseUint(strings.TrimSpace(string(b)), 10, 64); err == nil { // else it says "max"
			total = min(total, limit)
		}
	}
	return total, nil
}
