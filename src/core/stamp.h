/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * stamp - the frame that something was seen in, and when.
 *
 * Captures are numbered in the order in which they are read, frames within
 * their capture from 1 as Wireshark does, so (capture, frame) orders all that a
 * run has read.  A stamp with frame 0 is "nowhere".
 *
 * There are very many of them, so capture and frame share a word: a million
 * million frames of 16 million captures.
 */
#ifndef SEE_CORE_STAMP_H
#define SEE_CORE_STAMP_H

#include <stdbool.h>

#include "core/time.h"

#define SEE_STAMP_FRAMES (((uint64_t)1 << 40) - 1)
#define SEE_STAMP_CAPTURES (((uint32_t)1 << 24) - 1)

struct see_stamp {
    see_time_ns time_ns;
    uint64_t frame : 40;
    uint64_t capture : 24;
};

_Static_assert(sizeof(struct see_stamp) == 16, "nothing is padded");

/* Where (`frame` of `capture`) and when. */
static inline struct see_stamp see_stamp_make(see_time_ns time_ns, uint64_t frame, uint32_t capture)
{
    return (struct see_stamp){time_ns, frame & SEE_STAMP_FRAMES, capture & SEE_STAMP_CAPTURES};
}

static inline bool see_stamp_is_set(struct see_stamp stamp)
{
    return stamp.frame != 0;
}

/* Whether `a` was read before `b`: the order of frames, not of clocks. */
static inline bool see_stamp_before(struct see_stamp a, struct see_stamp b)
{
    return a.capture != b.capture ? a.capture < b.capture : a.frame < b.frame;
}

/* The one that was read last. */
static inline struct see_stamp see_stamp_later(struct see_stamp a, struct see_stamp b)
{
    return see_stamp_before(a, b) ? b : a;
}

#endif
