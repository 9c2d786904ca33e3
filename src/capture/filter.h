/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * filter - a pcap filter expression, compiled for one link type.
 */
#ifndef SEE_CAPTURE_FILTER_H
#define SEE_CAPTURE_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "capture/frame.h"
#include "core/status.h"

struct see_filter;

/* SEE_EINVAL, with a sentence in `error`, or SEE_ENOMEM; then *ret_filter is NULL. */
SEE_MUST_CHECK int see_filter_new(struct see_filter **ret_filter, const char *expression,
                                  int link_type, char *error, size_t error_size);

bool see_filter_passes(const struct see_filter *filter, const struct see_frame *frame);

void see_filter_free(struct see_filter *filter); /* takes NULL */

#endif
