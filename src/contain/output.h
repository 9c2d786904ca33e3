/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * output - a file that has its name only when it is whole.
 *
 *     make   a file without a name, for its owner's eyes
 *     keep   it gets the name, in place of what had that
 *     drop   what was made and not kept is gone
 *
 * So whatever ends the process, nothing is left behind.  Where the file system knows no files
 * without a name, it is FILE.XXXXXXXXXXXXXXXX.part meanwhile, with digits that nothing else has.
 *
 * What is there and is no regular file, a pipe or /dev/null, is written to as it is.
 */
#ifndef SEE_CONTAIN_OUTPUT_H
#define SEE_CONTAIN_OUTPUT_H

#include <limits.h>
#include <stdbool.h>

#include "core/status.h"

struct see_output {
    const char *path; /* borrowed */
    bool is_special;
    bool is_begun;       /* there is a file of ours, */
    int fd;              /* which has no name yet: another descriptor of it; or -1 */
    char part[PATH_MAX]; /* and the one that it has, or will have for a moment */
};

/* A descriptor to write to, or -1 with errno.  Can be done once. */
SEE_MUST_CHECK int see_output_make(struct see_output *output);

/* 0, or -1 with errno. */
SEE_MUST_CHECK int see_output_keep(struct see_output *output);

void see_output_drop(struct see_output *output);

#endif
