/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * across - rules that look at all captures of the database together.
 *
 * Each is a query of its name (queries/) with a row a subject: what the finding says,
 * and the exchange that completes it, whose capture and time it takes, and whose client
 * and URI tell whether it is known.  A subject has one finding of a rule in a database,
 * however often it is asked: a later run adds new subjects and leaves the old ones alone.
 * One that was known, and is not any more, is found anew.
 */
#ifndef SEE_STORE_ACROSS_H
#define SEE_STORE_ACROSS_H

#include "rules/suppress.h"
#include "store/store.h"

/* One finding that was stored. */
struct see_across_finding {
    int64_t id;
    see_time_ns time_ns;
    struct see_view message;
    struct see_view evidence;
    struct see_view suppressed; /* why it is known and fails nothing; absent: it is not */
};

struct see_across_sink {
    void *ctx;
    /* Borrowed.  What it returns ends the asking. */
    int (*finding)(void *ctx, const struct see_rule *rule,
                   const struct see_across_finding *finding);
};

/*
 * Asks a rule of the subject SEE_SUBJECT_CAPTURES about what this run has brought, seen together
 * with all that was there before.  Ask when all of the run is stored, before `see_store_finish`.
 * What is `known` (NULL: nothing) is stored with the reason.
 * Linear in the exchanges of the database; nothing is read where the run brought no redirects.
 */
SEE_MUST_CHECK int see_store_across(struct see_store *store, const struct see_rule *rule,
                                    const struct see_suppressions *known,
                                    struct see_across_sink sink);

#endif
