/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * unearth - one slice out of the frames that came last.
 *
 * The frames of the connections involved are picked out in the order in which they came, whatever
 * interface they came from, and stand for one capture; places in the database are turned into
 * places in there:
 *
 *     picked   frame 2   4   6   8 ...
 *     a place that is not among them gets the odd number before the next one
 */
#ifndef SEE_REPORT_UNEARTH_H
#define SEE_REPORT_UNEARTH_H

#include "capture/recent.h"
#include "core/hash.h"
#include "core/limits.h"
#include "core/text.h"
#include "store/store.h"

/* The key of frames that any connection may need: fragments, and what holds several segments. */
#define SEE_UNEARTH_SHARED 0

/* The key that frames of a connection are kept under, in either direction; never that above. */
uint64_t see_unearth_flow(const struct see_hash_key *key, const struct see_endpoint *one,
                          const struct see_endpoint *other);

struct see_unearth_place {
    const struct see_recent *recent;
    const struct see_hash_key *key;
    const struct see_limits *limits;
    struct see_store *store; /* knows what the findings rest on */
    void *sources_ctx;
    const char *(*source_name)(void *ctx, uint32_t capture);
};

/* A pcapng file. */
struct see_unearthed {
    struct see_text octets; /* the caller's to finish */
    bool is_lacking;        /* it says so */
};

/*
 * The slice of the findings with these ids.  SEE_EIO when none of the frames are there, or the
 * database tells nothing; SEE_ENOMEM.
 */
SEE_MUST_CHECK int see_unearth(struct see_unearthed *ret_slice,
                               const struct see_unearth_place *place, const int64_t *findings,
                               size_t count);

#endif
