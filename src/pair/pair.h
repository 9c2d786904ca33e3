/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pair - matches each redirect with the request that follows it.
 *
 * Every redirect fed in reaches the sink exactly once: followed, or with the
 * reason it was not.  Holds at most `limits->pending_redirects`; the oldest is
 * given up first and says so.
 *
 * A request that matches a waiting redirect is weighed by signals (never by its
 * method: that would hide what is looked for) and decided 500 ms of capture time
 * after its header section, against all that is known then; nothing is revised,
 * so live and offline give the same answer.
 */
#ifndef SEE_PAIR_PAIR_H
#define SEE_PAIR_PAIR_H

#include "core/counts.h"
#include "core/hash.h"
#include "core/limits.h"
#include "core/status.h"
#include "http/http.h"
#include "pair/redirect.h"

struct see_pair_options {
    see_time_ns window_ns; /* how long a redirect waits for its follow-up */
};

struct see_pair_sink {
    void *ctx;
    int (*redirect)(void *ctx, const struct see_redirect *redirect);
};

struct see_pair;

/* `limits`, `options` and `key` are copied.  NULL when memory ran out. */
struct see_pair *see_pair_new(const struct see_limits *limits,
                              const struct see_pair_options *options,
                              const struct see_hash_key *key, struct see_pair_sink sink);

/* Another window from here on, for those that wait, too: their order stays. */
void see_pair_window(struct see_pair *pair, see_time_ns window_ns);

/*
 * Whether octets of some connections are held back, and not of others: what happens on these may be
 * told before what happened on those.  False at first.
 */
void see_pair_behind(struct see_pair *pair, bool is_behind);

/* These three are the sink of http.  They fail with SEE_ENOMEM, or with what the sink returned. */
SEE_MUST_CHECK int see_pair_exchange(struct see_pair *pair, struct see_exchange *exchange,
                                     enum see_exchange_event event);
SEE_MUST_CHECK int see_pair_gap(struct see_pair *pair, const struct see_chunk *gap);
SEE_MUST_CHECK int see_pair_unread(struct see_pair *pair, const struct see_connection *connection,
                                   unsigned end, struct see_stamp stamp);

/*
 * Frames of whoever were lost between the two times, and nobody knows which: what would rest on
 * having seen all of that time is not claimed.
 */
void see_pair_lost(struct see_pair *pair, see_time_ns from, see_time_ns to);

/* Moves the clock: windows close and pairs are decided.  Called for every frame, cheap. */
SEE_MUST_CHECK int see_pair_tick(struct see_pair *pair, see_time_ns now);

/* The capture is over: whatever waits gets its outcome. */
SEE_MUST_CHECK int see_pair_flush(struct see_pair *pair);

/* Valid until the next call. */
struct see_counts see_pair_counts(struct see_pair *pair);

void see_pair_free(struct see_pair *pair); /* takes NULL */

#endif
