/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * inputs - the captures that a command line names, in the order of their first packet.
 *
 * A directory stands for the captures in it; what is no capture there is passed
 * over.  A file that is named but cannot be read stays in the list, so that its
 * failure is told.  With standard input among them the order is as given.
 */
#ifndef SEE_CLI_INPUTS_H
#define SEE_CLI_INPUTS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/status.h"
#include "core/time.h"

struct see_input {
    char *path;
    see_time_ns first_time;
    size_t place; /* as given, so that equal times keep their order */
};

struct see_inputs {
    struct see_input *list;
    size_t count, size;
    bool has_stdin;
    bool has_failed; /* a directory could not be read: said already */
};

/* Fails with SEE_ENOMEM only. */
SEE_MUST_CHECK int see_inputs_read(struct see_inputs *ret_inputs, char **operands, size_t count,
                                   bool is_verbose);
void see_inputs_finish(struct see_inputs *inputs);

#endif
