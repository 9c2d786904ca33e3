/* SPDX-License-Identifier: BSD-3-Clause */
#include "contain/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define MODE (S_IRUSR | S_IWUSR)

/* Where the descriptors of this process have names. */
#define BY_DESCRIPTOR "/proc/self/fd"

/* A name that nothing has: who was killed may have left others, and who runs has one. */
static bool name_part(struct see_output *output)
{
    uint64_t random;
    if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random)) {
        return false;
    }
    int len = snprintf(output->part, sizeof(output->part), "%s.%016llx.part", output->path,
                       (unsigned long long)random);
    if (len < 0 || len >= (int)sizeof(output->part)) {
        errno = ENAMETOOLONG;
        return false;
    }
    return true;
}

/* Without a name, in the directory where it will have one; -1 where there is no such thing. */
static int make_nameless(const struct see_output *output)
{
    char directory[PATH_MAX];
    const char *slash = strrchr(output->path, '/');
    int len = slash == NULL ? 0 : slash == output->path ? 1 : (int)(slash - output->path);
    if (access(BY_DESCRIPTOR, X_OK) != 0 || snprintf(directory, sizeof(directory), "%.*s", len,
                                                     output->path) >= (int)sizeof(directory)) {
        return -1;
    }
    return open(len > 0 ? directory : ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, MODE);
}

int see_output_make(struct see_output *output)
{
    struct stat info;
    if (output->is_begun) {
        errno = EEXIST;
        return -1;
    }
    output->fd = -1;
    output->is_special = stat(output->path, &info) == 0 && !S_ISREG(info.st_mode);
    if (output->is_special) {
        return open(output->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    }
    if (!name_part(output)) {
        return -1;
    }
    int fd = make_nameless(output);
    if (fd >= 0) {
        output->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
        if (output->fd < 0) {
            close(fd);
            return -1;
        }
    } else {
        fd = open(output->part, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_CREAT | O_EXCL, MODE);
    }
    output->is_begun = fd >= 0;
    return fd;
}

/* Gives a file its name, which nothing has. */
static int name_it(struct see_output *output)
{
    char path[64];
    snprintf(path, sizeof(path), BY_DESCRIPTOR "/%d", output->fd);
    if (linkat(AT_FDCWD, path, AT_FDCWD, output->part, AT_SYMLINK_FOLLOW) != 0) {
        return -1;
    }
    close(output->fd);
    output->fd = -1;
    return 0;
}

int see_output_keep(struct see_output *output)
{
    if (output->is_special) {
        return 0;
    }
    if (!output->is_begun) {
        errno = ENOENT;
        return -1;
    }
    if ((output->fd >= 0 && name_it(output) != 0) || rename(output->part, output->path) != 0) {
        return -1;
    }
    output->is_begun = false;
    return 0;
}

void see_output_drop(struct see_output *output)
{
    if (!output->is_begun) {
        return;
    }
    if (output->fd >= 0) {
        close(output->fd);
    } else {
        unlink(output->part);
    }
    output->is_begun = false;
}
