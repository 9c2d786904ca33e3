/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * failing_io - a disk that breaks: preloaded, it makes writing to a database fail with EIO.
 *
 * FAILING_IO_AFTER is how many calls that write, sync or cut a database, its log or its journal
 * still succeed.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

ssize_t pwrite64(int fd, const void *octets, size_t len, off64_t at);
int ftruncate64(int fd, off64_t len);
int fdatasync(int fd);

static long left = -1;

/* Whether this call is one too many. */
static bool breaks(int fd)
{
    /* The only regular files that are written in this way; their names cannot be asked for. */
    struct stat info;
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        return false;
    }
    if (left < 0) {
        const char *after = getenv("FAILING_IO_AFTER");
        left = after != NULL ? atol(after) : 0;
    }
    if (left == 0) {
        errno = EIO;
        return true;
    }
    left--;
    return false;
}

/* The function behind ours; ISO C knows no way from void * to a function but through memory. */
#define NEXT(type, name, ...)         \
    type (*name##_next)(__VA_ARGS__); \
    *(void **)&name##_next = dlsym(RTLD_NEXT, #name)

ssize_t pwrite64(int fd, const void *octets, size_t len, off64_t at)
{
    NEXT(ssize_t, pwrite64, int, const void *, size_t, off64_t);
    return breaks(fd) ? -1 : pwrite64_next(fd, octets, len, at);
}

int ftruncate64(int fd, off64_t len)
{
    NEXT(int, ftruncate64, int, off64_t);
    return breaks(fd) ? -1 : ftruncate64_next(fd, len);
}

int fdatasync(int fd)
{
    NEXT(int, fdatasync, int);
    return breaks(fd) ? -1 : fdatasync_next(fd);
}
