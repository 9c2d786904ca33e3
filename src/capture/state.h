/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * state - a capture from within: open.c makes it, capture.c reads it.
 */
#ifndef SEE_CAPTURE_STATE_H
#define SEE_CAPTURE_STATE_H

#include "capture/capture.h"
#include "capture/filter.h"
#include "capture/live.h"
#include "capture/reader.h"

/* Link types told apart in one capture; frames of further ones are handed on uncounted. */
#define SEE_LINKS_MAX 64

enum see_capture_counter {
    CAPTURE_FRAMES,
    CAPTURE_HANDED_ON,
    CAPTURE_FILTERED,
    CAPTURE_OCTETS,
    CAPTURE_TIMESTAMPS_CLAMPED,
    CAPTURE_TIMESTAMPS_MISSING,
    CAPTURE_FRAMES_CUT,
    CAPTURE_BLOCKS_SKIPPED,
    CAPTURE_SECRETS_BLOCKS,
    CAPTURE_COUNTERS
};

struct see_capture {
    struct see_reader *reader; /* of a file, else NULL */
    struct see_live *live;     /* of an interface, else NULL */
    uint32_t number;
    bool reads_ahead;
    char *expression; /* the filter of a file; an interface filters in the kernel */
    struct see_capture_link links[SEE_LINKS_MAX];
    struct see_filter *filters[SEE_LINKS_MAX]; /* by link; NULL where it cannot be used */
    size_t link_count;
    struct see_capture_info info;
    char *source;
    char detail[512];
    int failed; /* for the next call to tell */
    struct see_count counts[CAPTURE_COUNTERS];
};

#endif
