/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * output - a file that has its name only when it is whole.
 *
 *     make   FILE.part, for its owner's eyes; it must not be there yet
 *     keep   FILE.part becomes FILE, in place of what had that name
 *     drop   what was made and not kept is taken away
 *
 * What is there and is no regular file, a pipe or /dev/null, is written to as it is.
 */
#ifndef SEE_CONTAIN_OUTPUT_H
#define SEE_CONTAIN_OUTPUT_H

#include <stdbool.h>

#include "core/status.h"

struct see_output {
    const char *path; /* borrowed */
    bool is_special;
    bool is_begun; /* there is a FILE.part of ours */
};

/* A descriptor to write to, or -1 with errno.  Can be done once. */
SEE_MUST_CHECK int see_output_make(struct see_output *output);

/* 0, or -1 with errno. */
SEE_MUST_CHECK int see_output_keep(struct see_output *output);

void see_output_drop(struct see_output *output);

#endif
