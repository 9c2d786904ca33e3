/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * recent - the frames that came last, so that evidence can be cut out of them.
 *
 *     octets   [ ...fff | FFFFFF | ff | FFF........ ]     one block of memory, used round and round
 *                       ^ tail            ^ head
 *     places   grow for ever; a place modulo the size is where its record lies
 *     chains   each record names the one before it with the same key
 *
 * A frame is copied once.  The oldest go when octets or time run out, without a look at what they
 * belong to: a walk along a chain ends where the tail is.
 *
 *     add -> keep or drop -> add -> ...
 */
#ifndef SEE_CAPTURE_RECENT_H
#define SEE_CAPTURE_RECENT_H

#include <stdbool.h>

#include "capture/frame.h"

/* No frame's place. */
#define SEE_RECENT_NONE UINT64_MAX

/* What has become of the frames that were added. */
struct see_recent_counts {
    uint64_t held;      /* are there */
    uint64_t useless;   /* were dropped */
    uint64_t forgotten; /* for want of room, the too large ones included */
    uint64_t expired;   /* for their age */
};

struct see_recent;

/* `octets` of memory for frames, what is told about each included.  NULL when there is not that. */
struct see_recent *see_recent_new(size_t octets);
void see_recent_free(struct see_recent *recent); /* takes NULL */

/* Copies the frame; makes room first. */
void see_recent_add(struct see_recent *recent, const struct see_frame *frame);

/* The frame added last belongs to `key`, or is of no use; one of the two before the next `add`. */
void see_recent_keep(struct see_recent *recent, uint64_t key);
void see_recent_drop(struct see_recent *recent);

/* Forgets what was stamped before `time`, from the oldest one on. */
void see_recent_expire(struct see_recent *recent, see_time_ns time);

/* The place of the latest frame that may belong to `key`, and the one before it; else NONE. */
uint64_t see_recent_last(const struct see_recent *recent, uint64_t key);
uint64_t see_recent_before(const struct see_recent *recent, uint64_t place);

/* The frame there, whose key is returned; its octets are valid until the next `add`. */
uint64_t see_recent_get(const struct see_recent *recent, uint64_t place,
                        struct see_frame *ret_frame);

struct see_recent_counts see_recent_counts(const struct see_recent *recent);

#endif
