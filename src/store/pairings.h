/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pairings - what pairing said of redirects, each written once.
 *
 * Outcome, reasons and points make half a row, and most redirects of a run share some dozens of
 * them.  The ids of those that were used last are known; another one is written once more, under
 * another id.  What is written depends on what was said alone, and not on where in memory its words
 * lie.
 */
#ifndef SEE_STORE_PAIRINGS_H
#define SEE_STORE_PAIRINGS_H

#include <stddef.h>
#include <stdint.h>

#include "core/status.h"
#include "pair/redirect.h"

struct see_store;

/* What one row says; of a redirect that was not followed, its outcome and why. */
struct see_pairing {
    int64_t id;
    enum see_outcome outcome;
    const char *why;
    enum see_tier tier;
    const char *repair;
    enum see_confidence confidence;
    int score, runner_up;
    bool says_who, says_why;
    size_t signal_count;
    struct see_signal signals[SEE_SIGNALS_MAX];
};

#define SEE_PAIRINGS 256

struct see_pairings {
    struct see_pairing known[SEE_PAIRINGS];
    uint8_t order[SEE_PAIRINGS]; /* their places, the one used last first */
    size_t count;
    int64_t greatest; /* the greatest id there is */
};

/* Forgets all, where the rows are in another file or were taken back; `greatest` stays. */
void see_pairings_forget(struct see_pairings *pairings);

/* The id of the row for `redirect`, which is written before where it is not known. */
SEE_MUST_CHECK int see_pairings_touch(struct see_store *store, const struct see_redirect *redirect,
                                      int64_t *ret_id);

#endif
