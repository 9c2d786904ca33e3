/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * mixed_up - pairs that accuse somebody only because they are crossed.
 *
 *     R1 POST, 307 --.    .-- F1 POST
 *                     \  /
 *                      \/        all to one target, from one client with several connections
 *                      /\
 *     R2 GET,  307 ---'  '--- F2 GET
 *
 * Which request follows which redirect is told by little where a client has several of them in
 * flight: it sends each on whatever connection is free.  The method is no reason for a pair, since
 * that would hide what is looked for.  But where a pair breaks what its status asks for, and
 * another one among the same redirects and requests would keep it, nobody is accused.
 */
#include "pair/waiting.h"

/* A redirect that was not followed at once is not likely to be so later. */
#define AT_ONCE_NS (1 * SEE_NS_PER_S)

/* Points from which on another pair does not speak against itself. */
#define POSSIBLE_FROM 0

static bool has_several_edges(const struct candidate *candidate)
{
    const struct edge *first = TAILQ_FIRST(&candidate->edges);
    return first != NULL && TAILQ_NEXT(first, of_candidate) != NULL;
}

static bool would_keep(const struct edge *edge)
{
    return pair_keeps(edge->waiting->exchange, edge->candidate->exchange);
}

/* A request that could have been meant for this redirect, and has another one, too. */
static bool is_keeper(const struct edge *edge)
{
    return has_several_edges(edge->candidate) && would_keep(edge);
}

void pair_note_keeper(const struct edge *edge)
{
    edge->waiting->has_keeper |= is_keeper(edge);
}

/* Another request would keep what the status of this redirect asks for. */
static bool has_other_request(const struct edge *chosen)
{
    const struct edge *edge;
    TAILQ_FOREACH(edge, &chosen->waiting->edges, of_waiting)
    {
        if (edge != chosen && is_keeper(edge)) {
            return true;
        }
    }
    return chosen->waiting->has_keeper;
}

/* This request would keep what the status of another redirect asks for. */
static bool has_other_redirect(const struct edge *chosen)
{
    const struct edge *edge;
    TAILQ_FOREACH(edge, &chosen->candidate->edges, of_candidate)
    {
        if (edge != chosen && edge->score >= POSSIBLE_FROM && edge->gap <= AT_ONCE_NS &&
            would_keep(edge)) {
            return true;
        }
    }
    return false;
}

bool pair_may_be_mixed_up(const struct see_pair *pair, const struct edge *chosen)
{
    return !would_keep(chosen) && (has_other_request(chosen) || has_other_redirect(chosen) ||
                                   pair_was_missed(pair, chosen->waiting));
}
