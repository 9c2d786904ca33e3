/* SPDX-License-Identifier: BSD-3-Clause */
#include "contain/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* The name until it is whole; false when that is too long. */
static bool part_of(const struct see_output *output, char out[PATH_MAX])
{
    int len = snprintf(out, PATH_MAX, "%s.part", output->path);
    if (len < 0 || len >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return false;
    }
    return true;
}

int see_output_make(struct see_output *output)
{
    char part[PATH_MAX];
    struct stat info;
    if (output->is_begun) {
        errno = EEXIST;
        return -1;
    }
    output->is_special = stat(output->path, &info) == 0 && !S_ISREG(info.st_mode);
    if (output->is_special) {
        return open(output->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    }
    if (!part_of(output, part)) {
        return -1;
    }
    int fd = open(part, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
    output->is_begun = fd >= 0;
    return fd;
}

int see_output_keep(struct see_output *output)
{
    char part[PATH_MAX];
    if (output->is_special) {
        return 0;
    }
    if (!output->is_begun) {
        errno = ENOENT;
        return -1;
    }
    if (!part_of(output, part) || rename(part, output->path) != 0) {
        return -1;
    }
    output->is_begun = false;
    return 0;
}

void see_output_drop(struct see_output *output)
{
    char part[PATH_MAX];
    if (output->is_begun && part_of(output, part)) {
        unlink(part);
        output->is_begun = false;
    }
}
