/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * cutter - slices of what `monitor` finds, while the frames are still there.
 *
 *     each frame    frame -> segment, segment, ... -> settle
 *     a finding     finding -> (both exchanges are over) -> a file, and its name in the database
 *
 * A slice is what `extract` would write of the findings of one redirect, or of one exchange where
 * there is none, cut out of the frames that came last (capture/recent.h).  What has left these is
 * missing, and the slice says so.  A finding waits until the exchanges it rests on are over, so
 * that the answer to the follow-up is in it, but not for long.
 *
 * Files are made by the parent of a contained process, else here (contain/slices.h).  One that
 * cannot be written is counted, and the next one is tried again.
 */
#ifndef SEE_REPORT_CUTTER_H
#define SEE_REPORT_CUTTER_H

#include "capture/frame.h"
#include "contain/contain.h"
#include "core/counts.h"
#include "core/limits.h"
#include "decode/segment.h"
#include "rules/finding.h"
#include "store/store.h"

struct see_cutter_options {
    const char *directory; /* borrowed */
    struct see_slices_bounds bounds;
    struct see_limits limits;
    see_time_ns window_ns; /* how long a redirect waits for its follow-up */
};

/* The name of a capture of the run, by its number; never NULL. */
struct see_cutter_sources {
    void *ctx;
    const char *(*name)(void *ctx, uint32_t capture);
};

struct see_cutter;

/* NULL when memory ran out. */
struct see_cutter *see_cutter_new(const struct see_cutter_options *options,
                                  const struct see_hash_key *key,
                                  struct see_cutter_sources sources);
void see_cutter_free(struct see_cutter *cutter); /* takes NULL */

/* This process is about to be contained: from here on its parent makes the files. */
void see_cutter_contained(struct see_cutter *cutter, struct see_contain *contain);

/* Redirects wait so long from here on. */
void see_cutter_window(struct see_cutter *cutter, see_time_ns window_ns);

/*
 * A frame comes, its segments, and it has been dealt with: it is kept when there was a segment that
 * anybody still reads (`is_read`), or when it is a fragment.
 */
void see_cutter_frame(struct see_cutter *cutter, const struct see_frame *frame);
void see_cutter_segment(struct see_cutter *cutter, const struct see_segment *segment);
void see_cutter_settle(struct see_cutter *cutter, bool is_read, bool is_fragment);

/* A finding that was stored under this id. */
void see_cutter_finding(struct see_cutter *cutter, const struct see_finding *finding, int64_t id);

/* Writes what is due; a few at a time, so that frames are not kept waiting.  SEE_ENOMEM. */
SEE_MUST_CHECK int see_cutter_tick(struct see_cutter *cutter, struct see_store *store,
                                   see_time_ns now);

/* Writes all that waits, as it is now: the database is about to be closed. */
SEE_MUST_CHECK int see_cutter_flush(struct see_cutter *cutter, struct see_store *store);

/* The database is gone, and what waits for a slice in it. */
void see_cutter_give_up(struct see_cutter *cutter);

/* Why the last file could not be written, a sentence without a full stop; NULL when it could. */
const char *see_cutter_error(const struct see_cutter *cutter);

struct see_counts see_cutter_counts(struct see_cutter *cutter);

#endif
