/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * live - frames off an interface, through libpcap.
 *
 * An interface may go down, or go away and come back under its name: the packet
 * socket stays, and is bound anew, which takes no right that a contained process
 * would lack.
 */
#ifndef SEE_CAPTURE_LIVE_H
#define SEE_CAPTURE_LIVE_H

#include <stddef.h>

#include "capture/capture.h"

struct see_live;

/* SEE_EACCES, SEE_EIO, SEE_EINVAL (the filter) with a sentence in `error`, SEE_ENOMEM. */
SEE_MUST_CHECK int see_live_open(struct see_live **ret_live, const char *name,
                                 const struct see_capture_options *options, char *error,
                                 size_t error_size);

/* 1: a frame; 0: none now; negative: SEE_EIO with a sentence.  Never waits. */
SEE_MUST_CHECK int see_live_next(struct see_live *live, struct see_frame *ret_frame, char *error,
                                 size_t error_size);

/* Looks whether the interface is there; binds anew when it has come back. */
enum see_capture_presence see_live_look(struct see_live *live);

/* Readable when there is a frame. */
int see_live_fd(const struct see_live *live);

/* Frames dropped by kernel and interface so far; -1 when not known. */
int64_t see_live_dropped(struct see_live *live);

void see_live_free(struct see_live *live); /* takes NULL */

#endif
