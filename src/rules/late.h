/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * late - redirects whose exchanges are not over yet, kept for rules about what
 * comes last: the content of S, the answer to F.
 *
 * A kept redirect is a copy that holds references to its exchanges.  It is handed
 * back once, when both are over, or when there are too many (the oldest then).
 */
#ifndef SEE_RULES_LATE_H
#define SEE_RULES_LATE_H

#include <sys/queue.h>

#include "core/hash.h"
#include "core/map.h"
#include "pair/redirect.h"

struct see_late_entry;

struct see_late {
    struct see_hash_key key;
    struct see_map by_exchange; /* each entry once for each exchange that is not over */
    TAILQ_HEAD(, see_late_entry) in_order;
    size_t count;
};

struct see_late_sink {
    void *ctx;
    int (*redirect)(void *ctx, const struct see_redirect *redirect);
};

void see_late_init(struct see_late *late, const struct see_hash_key *key);
void see_late_finish(struct see_late *late);

/* Whether nothing more will be known of the redirect's exchanges. */
bool see_late_is_over(const struct see_redirect *redirect);

/* Keeps a redirect that is not over.  Fails with SEE_ENOMEM. */
SEE_MUST_CHECK int see_late_keep(struct see_late *late, const struct see_redirect *redirect);

/* The exchange is over: hands back the redirects that waited for it alone, oldest first. */
SEE_MUST_CHECK int see_late_exchange(struct see_late *late, const struct see_exchange *exchange,
                                     struct see_late_sink sink);

/* Hands back the oldest as it is; there has to be one. */
SEE_MUST_CHECK int see_late_oldest(struct see_late *late, struct see_late_sink sink);

#endif
