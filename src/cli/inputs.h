/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * inputs - the captures that a command line names, in the order of their first packet.
 *
 *     see_inputs_list   names only: nothing is opened, so this is done before containment
 *     see_inputs_sort   looks at the first packet of each
 *
 * A directory stands for the captures in it; what is no capture there is passed
 * over.  A file that is named but cannot be read stays in the list, so that its
 * failure is told.  With standard input among them the order is as given.
 */
#ifndef SEE_CLI_INPUTS_H
#define SEE_CLI_INPUTS_H

#include <stdbool.h>
#include <stddef.h>

#include "capture/capture.h"
#include "contain/contain.h"
#include "core/status.h"
#include "core/time.h"

struct see_input {
    char *path;
    see_time_ns first_time;
    size_t place;           /* as given: its number, and so that equal times keep their order */
    bool is_from_directory; /* nobody named it */
    bool is_empty;          /* and takes no look to know that it is no capture */
    bool is_pipe;           /* it can be read only once */
};

struct see_inputs {
    struct see_input *list;
    size_t count, size;
    bool has_stdin;
    bool has_failed; /* a directory could not be read: said already */
};

/* Fails with SEE_ENOMEM only. */
SEE_MUST_CHECK int see_inputs_list(struct see_inputs *ret_inputs, char **operands, size_t count);
void see_inputs_sort(struct see_inputs *inputs, struct see_contain *contain, bool is_verbose);

/* Opens one: by itself, or through the parent when this process is contained. */
SEE_MUST_CHECK int see_inputs_open(const struct see_input *input, struct see_contain *contain,
                                   const struct see_capture_options *how,
                                   struct see_capture **ret_capture, char *error,
                                   size_t error_size);

/* The path of the input with a number, NULL when there is none; of a list that is not sorted yet.
 */
const char *see_inputs_path(const struct see_inputs *inputs, size_t number);
void see_inputs_finish(struct see_inputs *inputs);

/* Link types that are not read: their frames were counted, and that is said and noted. */
void see_cli_tell_links(struct see_capture *capture, bool is_quiet);

#endif
