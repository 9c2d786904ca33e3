/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * timeline - the clock of a capture: the largest time stamp that can be believed.
 *
 *     1 2 3 5 4 6 7      4 is late and does not move it back
 *     1 2 3 9999 4 5     9999 is a leap that the next stamp does not confirm: it never was
 *     1 2 3 9999 9999 5  9999 is confirmed: the clock is there, and stays
 *
 * One damaged record may claim any date.  Were it believed, every window would
 * close and every connection be idle at once, and then time would stand still until
 * the end of the capture.  So a stamp more than an hour ahead waits for the next
 * one: where that is within an hour of it, there was a pause; else it is passed
 * over and counted.  A pause costs one stamp: what is due by then is due a frame
 * later.  The first stamp of all is believed: see capture/prelude.h.
 */
#ifndef SEE_CORE_TIMELINE_H
#define SEE_CORE_TIMELINE_H

#include <stdbool.h>

#include "core/time.h"

/* So far ahead a stamp is a leap. */
#define SEE_TIMELINE_LEAP_NS (3600 * SEE_NS_PER_S)

struct see_timeline {
    see_time_ns now; /* INT64_MIN before the first stamp */
    see_time_ns leap;
    bool has_leap;    /* `leap` waits for the next stamp */
    uint64_t doubted; /* stamps that were passed over */
};

void see_timeline_init(struct see_timeline *timeline);

/* A stamp was seen: whether the clock moved on. */
bool see_timeline_move(struct see_timeline *timeline, see_time_ns time);

#endif
