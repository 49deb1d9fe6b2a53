//go:build ignore

// A library to preload into redis-server: a disk that is full.
//
// While the file that FRONTDESK_FULL_DISK names exists, no append-only file may grow beyond the length in bytes that is written in it. A write
// that would pass it is cut short, as a disk does that has a little room left, and the next one gets ENOSPC. Without that file there is room
// enough. Other files are left alone.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// limit is how long an append-only file may be; -1: there is room enough.
static long long limit(void) {
  const char *path = getenv("FRONTDESK_FULL_DISK");
  FILE *file = path ? fopen(path, "re") : NULL;
  long long most = -1;
  if (!file) return -1;
  if (fscanf(file, "%lld", &most) != 1) most = 0;
  fclose(file);
  return most;
}

// append_only says whether this is an append-only file and no manifest, and gives its length.
static int append_only(int fd, long long *length) {
  struct stat s;
  char link[64], name[PATH_MAX];
  if (fstat(fd, &s) != 0 || !S_ISREG(s.st_mode)) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(link, name, sizeof name);
  if (n < 4 || memcmp(name + n - 4, ".aof", 4) != 0) return 0;
  *length = s.st_size;
  return 1;
}

ssize_t write(int fd, const void *bytes, size_t size) {
  static ssize_t (*really)(int, const void *, size_t);
  if (!really) really = (__typeof__(really))dlsym(RTLD_NEXT, "write");
  int before = errno;
  long long length, most;
  if (append_only(fd, &length) && (most = limit()) >= 0 && length + (long long)size > most) {
    if (length >= most) {
      errno = ENOSPC;
      return -1;
    }
    size = most - length;
  }
  errno = before;
  return really(fd, bytes, size);
}
