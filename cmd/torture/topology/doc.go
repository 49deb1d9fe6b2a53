// Package topology builds a Redis with Sentinels and a Redis Cluster out of real servers on loopback, takes them apart under load, and counts
// what became of the messages that were confirmed.
//
// It needs redis-server on the PATH, Linux, and no rights: each server has a loopback address of its own (127.x.y.n) and dials from it, so
// that whoever stands between two servers knows who calls whom. What stands between is a proxy in this process, and a partition is proxies
// that pass nothing on: nothing is refused, nothing is closed, bytes under way arrive when the partition is over, as on a real wire. All
// servers die with this process, however it dies.
package topology
