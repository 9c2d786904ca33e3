/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * live - frames off a network interface, by libpcap.
 */
#ifndef SEE_CAPTURE_LIVE_H
#define SEE_CAPTURE_LIVE_H

#include <stddef.h>
#include <stdint.h>

#include "capture/frame.h"
#include "core/status.h"

struct see_live;

/* As `see_capture_open_interface`; the filter, which may be NULL, works in the kernel. */
SEE_MUST_CHECK int see_live_open(struct see_live **ret_live, const char *name, const char *filter,
                                 char *error, size_t error_size);

/*
 * The next frame, but for its number.  1: there is one; 0: none came within 100 ms; SEE_EIO: the
 * device failed, and `error` says why.
 */
SEE_MUST_CHECK int see_live_next(struct see_live *live, struct see_frame *ret_frame, char *error,
                                 size_t error_size);

/* Dropped by kernel and interface so far; -1: not known. */
/* The descriptor that frames come from, or -1. */
int see_live_descriptor(const struct see_live *live);

int64_t see_live_dropped(struct see_live *live);

void see_live_free(struct see_live *live); /* takes NULL */

#endif
