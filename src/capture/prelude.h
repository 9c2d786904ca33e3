/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * prelude - the first frames of a run, held until they tell what time it is.
 *
 *     1 2              agree: handed on
 *     9999 1 2         the first one is far ahead of two that follow: damaged, it is 1
 *     1 5000 5001      or far behind: damaged, or nothing was seen for long after it
 *     1 9999 ...       whatever comes second is for the clocks to doubt (core/timeline.h)
 *
 * A clock has to believe its first stamp, having no other.  One damaged record in the
 * beginning would stop it for the whole run, so no clock sees it before others have come.
 */
#ifndef SEE_CAPTURE_PRELUDE_H
#define SEE_CAPTURE_PRELUDE_H

#include <stdbool.h>

#include "capture/frame.h"
#include "core/status.h"

#define SEE_PRELUDE_MAX 3

struct see_prelude {
    struct see_frame frames[SEE_PRELUDE_MAX]; /* with octets of their own */
    size_t count;
    bool is_over; /* nothing is held any more, now or later */
};

/* Keeps a copy.  SEE_ENOMEM. */
SEE_MUST_CHECK int see_prelude_hold(struct see_prelude *prelude, const struct see_frame *frame);

/* Whether enough are held, so that they can be handed on. */
bool see_prelude_is_told(const struct see_prelude *prelude);

/* Whether the first one is not to be believed; then *ret_time is what time it is. */
bool see_prelude_is_misled(const struct see_prelude *prelude, see_time_ns *ret_time);

/* Frees what is held; the prelude is over. */
void see_prelude_finish(struct see_prelude *prelude);

#endif
