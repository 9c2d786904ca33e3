/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * decide - which redirect a request follows, if any.
 *
 * All edges that can matter are gathered: those of the request, of the redirects
 * it could answer, of the other requests these could be answered by, and so on.
 * The best edge is taken first, then the best of what is left (the larger score,
 * then the smaller gap, then the order of arrival), until this request has its
 * place.  Only that place is then final; the others are decided in their turn.
 */
#include <limits.h>
#include <stdlib.h>

#include "pair/waiting.h"

/*
 * Edges weighed in one decision.  A hot target behind one address makes some
 * hundreds; more is an attack, and the nearest ones are enough.
 */
#define EDGES_MAX 1024

/* A pair that speaks more against itself than for itself is none. */
#define SCORE_MIN 0

struct gathering {
    struct edge *edges[EDGES_MAX];
    size_t count;
};

static void gather_edge(struct gathering *all, struct edge *edge)
{
    if (!edge->is_gathered && all->count < EDGES_MAX) {
        edge->is_gathered = true;
        all->edges[all->count++] = edge;
    }
}

static void gather(struct gathering *all, struct candidate *from)
{
    struct edge *edge;
    TAILQ_FOREACH(edge, &from->edges, of_candidate)
    {
        gather_edge(all, edge);
    }
    for (size_t i = 0; i < all->count; i++) {
        TAILQ_FOREACH(edge, &all->edges[i]->waiting->edges, of_waiting)
        {
            gather_edge(all, edge);
        }
        TAILQ_FOREACH(edge, &all->edges[i]->candidate->edges, of_candidate)
        {
            gather_edge(all, edge);
        }
    }
}

static int compare(const void *left, const void *right)
{
    const struct edge *a = *(const struct edge *const *)left;
    const struct edge *b = *(const struct edge *const *)right;
    if (a->score != b->score) {
        return a->score > b->score ? -1 : 1;
    }
    if (a->gap != b->gap) {
        return a->gap < b->gap ? -1 : 1;
    }
    if (a->waiting != b->waiting) {
        return a->waiting->record.id < b->waiting->record.id ? -1 : 1;
    }
    const struct see_stamp *x = &a->candidate->exchange->request.first;
    const struct see_stamp *y = &b->candidate->exchange->request.first;
    if (see_stamp_before(*x, *y) || see_stamp_before(*y, *x)) {
        return see_stamp_before(*x, *y) ? -1 : 1;
    }
    return a->candidate->exchange->id < b->candidate->exchange->id ? -1 : 1;
}

static void assign(struct gathering *all)
{
    for (size_t i = 0; i < all->count; i++) {
        all->edges[i]->waiting->tentative = NULL;
        all->edges[i]->candidate->tentative = NULL;
    }
    for (size_t i = 0; i < all->count; i++) {
        struct edge *edge = all->edges[i];
        bool is_free = edge->waiting->tentative == NULL && edge->candidate->tentative == NULL;
        if (is_free && edge->score >= SCORE_MIN) {
            edge->waiting->tentative = edge;
            edge->candidate->tentative = edge;
        }
    }
}

static const struct edge *edge_between(const struct waiting *waiting,
                                       const struct candidate *candidate)
{
    const struct edge *edge;
    TAILQ_FOREACH(edge, &candidate->edges, of_candidate)
    {
        if (edge->waiting == waiting) {
            return edge;
        }
    }
    return NULL;
}

/*
 * What the whole would lose if `chosen` gave way to `rival`, which shares an end with it.  The
 * rival's other end leaves the place it has, and those two left over take each other if they can:
 *
 *     R1 --chosen-- F1            R1         F1
 *                                    \rival /
 *     R2 --place--- F2            R2  --swap-- ...
 */
static int loss(const struct edge *chosen, const struct edge *rival)
{
    bool shares_redirect = rival->waiting == chosen->waiting;
    const struct edge *place =
        shares_redirect ? rival->candidate->tentative : rival->waiting->tentative;
    if (place == NULL || place == rival) {
        return chosen->score - rival->score;
    }
    const struct edge *swap = shares_redirect ? edge_between(place->waiting, chosen->candidate)
                                              : edge_between(chosen->waiting, place->candidate);
    int swapped = swap != NULL && swap->score > SCORE_MIN ? swap->score : 0;
    return chosen->score + place->score - rival->score - swapped;
}

/*
 * How much the whole would lose at least if one of the two had another partner; LOSS_NONE when
 * there is none to be had.  A rival's other end remembers, since its own decision comes when this
 * pair is gone: were two pairs a coin toss, both are unsure.
 */
static int least_loss(const struct gathering *all, const struct edge *chosen)
{
    int least = chosen->waiting->least_loss < chosen->candidate->least_loss
                    ? chosen->waiting->least_loss
                    : chosen->candidate->least_loss;
    for (size_t i = 0; i < all->count; i++) {
        const struct edge *rival = all->edges[i];
        bool shares_redirect = rival->waiting == chosen->waiting;
        bool shares_request = rival->candidate == chosen->candidate;
        if (shares_redirect == shares_request) {
            continue;
        }
        int lost = loss(chosen, rival);
        int *remembered =
            shares_redirect ? &rival->candidate->least_loss : &rival->waiting->least_loss;
        *remembered = lost < *remembered ? lost : *remembered;
        least = lost < least ? lost : least;
    }
    return least;
}

int pair_decide(struct see_pair *pair, struct candidate *candidate, struct edge **ret_edge,
                int *ret_runner_up)
{
    struct gathering *all = malloc(sizeof(*all));
    if (all == NULL) {
        return SEE_ENOMEM;
    }
    all->count = 0;
    gather(all, candidate);
    for (size_t i = 0; i < all->count; i++) {
        all->edges[i]->is_gathered = false;
        all->edges[i]->score = pair_score(pair, all->edges[i], NULL);
    }
    qsort(all->edges, all->count, sizeof(all->edges[0]), compare);
    assign(all);
    *ret_edge = candidate->tentative;
    int least = *ret_edge != NULL ? least_loss(all, *ret_edge) : LOSS_NONE;
    *ret_runner_up = least != LOSS_NONE ? (*ret_edge)->score - least : INT_MIN;
    free(all);
    return SEE_OK;
}
