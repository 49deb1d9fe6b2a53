//go:build ignore

// A library to preload into redis-server: a machine's clock that can be put wrong. The file that FRONTDESK_CLOCK_OFFSET names holds eight bytes,
// a number of microseconds in the machine's own byte order, by which the clock is ahead; it is read anew each time the clock is. The clock
// that only runs (CLOCK_MONOTONIC) is left alone, as it is when somebody sets the time.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile const int64_t *offset;

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("FRONTDESK_CLOCK_OFFSET");
  int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (fd < 0) return;
  void *p = mmap(NULL, sizeof *offset, PROT_READ, MAP_SHARED, fd, 0);
  if (p != MAP_FAILED) offset = p;
  close(fd);
}

static int64_t now(void) { // in microseconds
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000 + (offset ? *offset : 0);
}

int gettimeofday(struct timeval *restrict tv, void *restrict zone) {
  (void)zone;
  int64_t t = now();
  tv->tv_sec = t / 1000000;
  tv->tv_usec = t % 1000000;
  return 0;
}

time_t time(time_t *where) {
  time_t t = now() / 1000000;
  if (where) *where = t;
  return t;
}
