/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ahead - what the next decision looks at is fetched while the frames before it are handled.
 *
 * It is half a second old by then and in no cache; one thing leads to the next, so that each is
 * fetched one tick after what leads to it:
 *
 *     candidate --> its request     --> where its answer is
 *               '-> its first edge --> the redirect --> its exchange --> its response
 */
#include "core/prefetch.h"
#include "pair/waiting.h"

/* An exchange with its request, which lies behind it. */
#define EXCHANGE_LEN 1536

/* A redirect with its targets. */
#define WAITING_LEN (sizeof(struct waiting) + 256)

/* A response's fields. */
#define RESPONSE_LEN 512

static void fetch_response(const struct see_exchange *exchange)
{
    if (exchange->response.fields != NULL) {
        see_prefetch(exchange->response.fields, RESPONSE_LEN);
    }
}

/* What is `stage` steps from `candidate`; what leads there was fetched before. */
static void fetch(const struct candidate *candidate, unsigned stage)
{
    const struct candidate *next = TAILQ_NEXT(candidate, in_order);
    const struct edge *edge = TAILQ_FIRST(&candidate->edges);
    if (stage == 0) {
        see_prefetch(candidate->exchange, EXCHANGE_LEN);
        if (next != NULL) {
            see_prefetch(next, sizeof(*next));
        }
        if (edge != NULL) {
            see_prefetch(edge, sizeof(*edge));
        }
    } else if (stage == 1 && edge != NULL) {
        see_prefetch(edge->waiting, WAITING_LEN);
    } else if (stage == 2 && edge != NULL) {
        see_prefetch(edge->waiting->exchange, EXCHANGE_LEN);
    } else if (stage == 3) {
        fetch_response(candidate->exchange);
        if (edge != NULL) {
            fetch_response(edge->waiting->exchange);
        }
    }
}

void pair_fetch_ahead(struct see_pair *pair)
{
    const struct candidate *candidate = TAILQ_FIRST(&pair->undecided);
    if (candidate != pair->ahead.candidate) {
        pair->ahead.candidate = candidate;
        pair->ahead.stage = 0;
    }
    if (candidate != NULL && pair->ahead.stage < 4) {
        fetch(candidate, pair->ahead.stage++);
    }
}
