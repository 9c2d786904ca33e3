/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * watch - the frames of several interfaces as one row, in order of time.
 *
 * Of the frames that are there the oldest comes first.  An interface whose
 * frames come to us late does not hold the others up, so a frame can be older
 * than the one before it, by milliseconds.
 */
#ifndef SEE_CAPTURE_WATCH_H
#define SEE_CAPTURE_WATCH_H

#include "capture/capture.h"

#define SEE_WATCH_MAX 16

struct see_watch {
    struct see_capture *captures[SEE_WATCH_MAX]; /* borrowed */
    struct see_frame heads[SEE_WATCH_MAX];       /* read, and not handed on yet */
    bool has_head[SEE_WATCH_MAX];
    size_t count;
};

void see_watch_init(struct see_watch *watch);

/* False when there are too many. */
bool see_watch_add(struct see_watch *watch, struct see_capture *capture);

/*
 * As `see_capture_next`, of all of them: waits up to 100 ms, or until a signal comes.  *ret_capture
 * is the one whose frame it is, or that failed.
 */
SEE_MUST_CHECK int see_watch_next(struct see_watch *watch, struct see_frame *ret_frame,
                                  struct see_capture **ret_capture);

#endif
