/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * early - requests that are handed on before the redirect that they follow.
 *
 * Octets of a connection whose beginning was not seen, or of which something is missing or out of
 * order, are held back for a moment; those of other connections are not.  So a follow-up on a new
 * connection may be known before its redirect is, though it was sent later.  As long as anything is
 * held back, requests that match nothing are kept for that moment; a redirect that comes late is
 * held against them, and against those that are weighed for others.
 */
#include "pair/waiting.h"

/* Longer than the grace for reordering (stream/wait.c), and another one for what it set off. */
#define KEPT_NS (150 * SEE_NS_PER_MS)

static struct early *early_at(struct see_pair *pair, size_t i)
{
    return &pair->early.list[(pair->early.first + i) % EARLY_MAX];
}

/* Takes out the oldest. */
static struct early take_oldest(struct see_pair *pair)
{
    struct early oldest = *early_at(pair, 0);
    pair->early.first = (pair->early.first + 1) % EARLY_MAX;
    pair->early.count--;
    pair->held -= oldest.held;
    return oldest;
}

/*
 * Stamps are a stranger's: one that is ahead of the clock is not waited for.  Where time leaps, it
 * does so here before what was held back is handed on.
 */
static bool is_over(const struct see_pair *pair, const struct early *early)
{
    see_time_ns came = early->exchange->request.head_end.time_ns;
    return !pair->is_behind && (uint64_t)pair->clock.now - (uint64_t)came > (uint64_t)KEPT_NS;
}

/* The oldest was not asked for by any redirect, so it is one of those that come by themselves. */
static int give_up_oldest(struct see_pair *pair)
{
    struct early oldest = take_oldest(pair);
    int status = SEE_OK;
    if (!oldest.is_matched) {
        status = pair_habit_note(pair, oldest.exchange, &oldest.asker, oldest.target);
    }
    see_exchange_unref(oldest.exchange);
    return status;
}

int pair_early_note(struct see_pair *pair, struct see_exchange *exchange, const struct asker *asker,
                    uint64_t target)
{
    bool has_room = pair->held + exchange->held <= pair->limits.pending_octets;
    int status = SEE_OK;
    if (!pair->is_behind || !has_room || pair_is_preflight(exchange)) {
        return pair_habit_note(pair, exchange, asker, target);
    }
    if (pair->early.count == EARLY_MAX) {
        status = give_up_oldest(pair);
    }
    *early_at(pair, pair->early.count++) = (struct early){
        .exchange = see_exchange_ref(exchange),
        .asker = *asker,
        .target = target,
        .held = exchange->held,
    };
    pair->held += exchange->held;
    return status;
}

int pair_early_move_on(struct see_pair *pair)
{
    int status = SEE_OK;
    while (pair->early.count > 0 && status == SEE_OK && is_over(pair, early_at(pair, 0))) {
        status = give_up_oldest(pair);
    }
    return status;
}

int pair_early_match(struct see_pair *pair, struct waiting *waiting)
{
    int status = SEE_OK;
    if (waiting->exchange->response.head_end.time_ns >= pair->clock.now) {
        return SEE_OK; /* it comes in its time */
    }
    status = pair_match_undecided(pair, waiting);
    for (size_t i = 0; i < pair->early.count && status == SEE_OK; i++) {
        struct early *early = early_at(pair, i);
        if (!early->is_matched) {
            status = pair_match_early(pair, waiting, early);
        }
    }
    return status;
}

void pair_early_free(struct see_pair *pair)
{
    while (pair->early.count > 0) {
        see_exchange_unref(take_oldest(pair).exchange);
    }
}
