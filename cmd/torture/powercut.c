//go:build ignore

// A library to preload into a server. It writes down what the server asked the disk to keep, so that a power cut can be played afterwards:
// whatever it did not ask for is taken away (see powercut.go).
//
// The journal is the file that FRONTDESK_POWER_JOURNAL names; one line an event:
//
//   S inode length   the file was synced when it had that length
//   D inode          the directory was synced
//   T inode length   the file was cut to that length, which is lower than what was synced before
//   C path           the file was made
//   R from to undo   the file was renamed; what stood there before is kept under undo, "-" for nothing
//
// The file that FRONTDESK_POWER_CUT names holds eight bytes, a number in the machine's own byte order. Each sync takes one from it, and the one
// that finds a 1 does not come about: the power is cut there, when the bytes are written and nothing is safe yet. 0 leaves the power on.
//
// Not modelled: bytes that are written over in place, the making of folders, deletions, which last at once, and a disk that lies about syncs.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int journal = -1;
static _Atomic int64_t *left_syncs; // until the power is cut
static pid_t server;                // and not its child that rewrites the file
static char undo_prefix[PATH_MAX];
static atomic_int undone;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("FRONTDESK_POWER_JOURNAL");
  if (!path) return;
  int fd = REAL(open)(path, O_WRONLY | O_APPEND | O_CREAT, 0600);
  if (fd < 0) abort();
  journal = fcntl(fd, F_DUPFD_CLOEXEC, 200);
  close(fd);
  snprintf(undo_prefix, sizeof undo_prefix, "%s.undo", path);
  server = getpid();
  const char *cut = getenv("FRONTDESK_POWER_CUT");
  fd = cut ? REAL(open)(cut, O_RDWR | O_CLOEXEC) : -1;
  if (fd < 0) return;
  void *p = mmap(NULL, sizeof *left_syncs, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (p != MAP_FAILED) left_syncs = p;
  close(fd);
}

// note writes one line at once, so that nothing of it is lost with the process.
__attribute__((format(printf, 1, 2))) static void note(const char *format, ...) {
  int before = errno;
  char line[3 * PATH_MAX + 64];
  va_list args;
  va_start(args, format);
  int n = vsnprintf(line, sizeof line, format, args);
  va_end(args);
  if (journal >= 0 && n > 0 && write(journal, line, n) != n) abort();
  errno = before;
}

static void absolute(const char *path, char *out, size_t size) {
  char here[PATH_MAX / 2];
  if (path[0] == '/' || !getcwd(here, sizeof here)) snprintf(out, size, "%s", path);
  else snprintf(out, size, "%s/%s", here, path);
}

// power_fails ends everything when this sync is the one.
static void power_fails(void) {
  if (!left_syncs || atomic_load(left_syncs) <= 0 || atomic_fetch_sub(left_syncs, 1) != 1) return;
  kill(server, SIGKILL);
  raise(SIGKILL);
}

// The length is read before the sync: what is written meanwhile may have missed it.
static int synced(int fd, int (*really)(int)) {
  struct stat s;
  int known = fstat(fd, &s) == 0;
  power_fails();
  int result = really(fd);
  if (result == 0 && known && S_ISDIR(s.st_mode)) note("D %lu\n", (unsigned long)s.st_ino);
  if (result == 0 && known && S_ISREG(s.st_mode)) note("S %lu %lld\n", (unsigned long)s.st_ino, (long long)s.st_size);
  return result;
}

int fsync(int fd) { return synced(fd, REAL(fsync)); }
int fdatasync(int fd) { return synced(fd, REAL(fdatasync)); }

static int is_there(const char *path) {
  int before = errno;
  int there = access(path, F_OK) == 0;
  errno = before;
  return there;
}

// A new file may have the inode of one that is gone.
static void emptied(int fd) {
  struct stat s;
  if (fstat(fd, &s) == 0) note("T %lu 0\n", (unsigned long)s.st_ino);
}

static void made(const char *path, int fd) {
  char whole[PATH_MAX];
  absolute(path, whole, sizeof whole);
  note("C %s\n", whole);
  emptied(fd);
}

static int opened(const char *path, int flags, mode_t mode, int (*really)(const char *, int, ...)) {
  int there = is_there(path);
  int fd = really(path, flags, mode);
  if (fd >= 0 && !there && (flags & O_CREAT)) made(path, fd);
  if (fd >= 0 && there && (flags & O_TRUNC)) emptied(fd);
  return fd;
}

#define OPEN(name)                                        \
  int name(const char *path, int flags, ...) {            \
    mode_t mode = 0;                                      \
    if (flags & (O_CREAT | O_TMPFILE)) {                  \
      va_list args;                                       \
      va_start(args, flags);                              \
      mode = va_arg(args, mode_t);                        \
      va_end(args);                                       \
    }                                                     \
    return opened(path, flags, mode, REAL(name));         \
  }
OPEN(open)
OPEN(open64)

#define FOPEN(name)                                                \
  FILE *name(const char *path, const char *mode) {                 \
    int there = is_there(path);                                    \
    FILE *file = REAL(name)(path, mode);                           \
    if (file && !there) made(path, fileno(file));                  \
    if (file && there && mode[0] == 'w') emptied(fileno(file));    \
    return file;                                                   \
  }
FOPEN(fopen)
FOPEN(fopen64)

#define FTRUNCATE(name, offset)                                                                      \
  int name(int fd, offset length) {                                                                  \
    struct stat s;                                                                                   \
    int result = REAL(name)(fd, length);                                                             \
    if (result == 0 && fstat(fd, &s) == 0) note("T %lu %lld\n", (unsigned long)s.st_ino, (long long)length); \
    return result;                                                                                   \
  }
FTRUNCATE(ftruncate, off_t)
FTRUNCATE(ftruncate64, off64_t)

#define TRUNCATE(name, offset)                                                                         \
  int name(const char *path, offset length) {                                                          \
    struct stat s;                                                                                     \
    int result = REAL(name)(path, length);                                                             \
    if (result == 0 && stat(path, &s) == 0) note("T %lu %lld\n", (unsigned long)s.st_ino, (long long)length); \
    return result;                                                                                     \
  }
TRUNCATE(truncate, off_t)
TRUNCATE(truncate64, off64_t)

int rename(const char *from, const char *to) {
  char undo[PATH_MAX + 64], a[PATH_MAX], b[PATH_MAX];
  snprintf(undo, sizeof undo, "%s.%d.%d", undo_prefix, (int)getpid(), atomic_fetch_add(&undone, 1));
  int before = errno;
  if (journal < 0 || link(to, undo) != 0) strcpy(undo, "-");
  errno = before;
  absolute(from, a, sizeof a);
  absolute(to, b, sizeof b);
  int result = REAL(rename)(from, to);
  if (result == 0) note("R %s %s %s\n", a, b, undo);
  return result;
}
