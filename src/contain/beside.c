/* SPDX-License-Identifier: BSD-3-Clause */
#include "contain/beside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "contain/rotate.h"

int see_beside_enter(struct see_beside *beside, const char *path)
{
    char *real = realpath(path, NULL);
    char *slash = real != NULL ? strrchr(real, '/') : NULL;
    beside->directory = -1;
    beside->name[0] = beside->base[0] = '\0';
    if (slash == NULL) {
        free(real);
        return -1;
    }
    snprintf(beside->name, sizeof(beside->name), "%s", slash + 1);
    slash[slash == real ? 1 : 0] = '\0';
    beside->directory = open(real, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int why = errno;
    free(real);
    if (beside->directory >= 0) {
        see_rotate_base(beside->directory, beside->name, beside->base);
    }
    errno = why;
    return beside->directory < 0 ? -1 : 0;
}

void see_beside_leave(struct see_beside *beside)
{
    if (beside->directory >= 0) {
        close(beside->directory);
    }
    beside->directory = -1;
}

/* The name of a file beside the database; false when it would be too long. */
static bool name_of(const struct see_beside *beside, const char *suffix, char *out, size_t size)
{
    int len = snprintf(out, size, "%s%s", beside->name, suffix);
    if (len < 0 || (size_t)len >= size) {
        errno = ENAMETOOLONG;
        return false;
    }
    return true;
}

static void match_database(const struct see_beside *beside, int fd)
{
    struct stat info;
    if (fstatat(beside->directory, beside->name, &info, AT_SYMLINK_NOFOLLOW) != 0) {
        return;
    }
    if (fchmod(fd, info.st_mode & (S_IRWXU | S_IRWXG | S_IRWXO)) != 0 ||
        (geteuid() == 0 && fchown(fd, info.st_uid, info.st_gid) != 0)) {
        /* Then only we can read it, which is no reason to stop. */
        return;
    }
}

int see_beside_open(const struct see_beside *beside, const char *suffix, enum see_beside_how how)
{
    const int flags = (how == SEE_BESIDE_READ ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NOFOLLOW |
                      O_NONBLOCK | O_NOCTTY;
    char name[NAME_MAX + 1];
    if (!name_of(beside, suffix, name, sizeof(name))) {
        return -1;
    }
    int fd = openat(beside->directory, name, flags);
    if (fd < 0 && how == SEE_BESIDE_MAKE && errno == ENOENT) {
        fd = openat(beside->directory, name, flags | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
        if (fd >= 0 && suffix[0] != '\0') {
            match_database(beside, fd);
        }
    }
    struct stat info;
    if (fd >= 0 && (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))) {
        close(fd);
        errno = EINVAL;
        return -1;
    }
    return fd;
}

int see_beside_look(const struct see_beside *beside, const char *suffix, struct stat *ret_info)
{
    char name[NAME_MAX + 1];
    return name_of(beside, suffix, name, sizeof(name))
               ? fstatat(beside->directory, name, ret_info, AT_SYMLINK_NOFOLLOW)
               : -1;
}

int see_beside_remove(const struct see_beside *beside, const char *suffix)
{
    char name[NAME_MAX + 1];
    return name_of(beside, suffix, name, sizeof(name)) ? unlinkat(beside->directory, name, 0) : -1;
}

int see_beside_directory(const struct see_beside *beside)
{
    return openat(beside->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int see_beside_temporary(const struct see_beside *beside)
{
    int fd = openat(beside->directory, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT)) {
        return fd;
    }
    uint64_t random;
    char name[64];
    if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random)) {
        return -1;
    }
    snprintf(name, sizeof(name), ".seeother-%016llx", (unsigned long long)random);
    fd = openat(beside->directory, name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd >= 0) {
        unlinkat(beside->directory, name, 0);
    }
    return fd;
}
