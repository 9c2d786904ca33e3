/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * decide - which redirect a request follows, if any.
 *
 * Of all edges the best is taken first (the larger score, then the smaller gap,
 * then the order of arrival), then the best of those that share no end with it,
 * and so on.  Put the other way round, an edge is taken when no better one at
 * either of its ends is; so it is enough to look at better edges, and at better
 * ones than those, which in ordinary traffic are none or a few.
 */
#include <stdlib.h>

#include "pair/waiting.h"

/* A pair that speaks more against itself than for itself is none. */
#define SCORE_MIN 0

/*
 * How far one decision looks: only an attack has longer rows of edges that all hinge on one
 * another, and what lies beyond is then taken as not there.
 */
#define LOOKS_MAX 4096
#define DEPTH_MAX 64

struct looks {
    uint64_t round; /* tells what was found in this decision */
    size_t left;
};

static bool is_better(const struct edge *a, const struct edge *b)
{
    if (a->score != b->score) {
        return a->score > b->score;
    }
    if (a->gap != b->gap) {
        return a->gap < b->gap;
    }
    if (a->waiting != b->waiting) {
        return a->waiting->record.id < b->waiting->record.id;
    }
    const struct see_exchange *x = a->candidate->exchange;
    const struct see_exchange *y = b->candidate->exchange;
    bool is_ordered = see_stamp_before(x->request.first, y->request.first) ||
                      see_stamp_before(y->request.first, x->request.first);
    return is_ordered ? see_stamp_before(x->request.first, y->request.first) : x->id < y->id;
}

static bool is_taken(struct looks *looks, struct edge *edge, unsigned depth)
{
    struct edge *other;
    if (edge->round == looks->round) {
        return edge->is_taken;
    }
    edge->round = looks->round;
    edge->is_taken = false;
    if (edge->score < SCORE_MIN || depth == DEPTH_MAX || looks->left == 0) {
        return false;
    }
    looks->left--;
    TAILQ_FOREACH(other, &edge->waiting->edges, of_waiting)
    {
        if (is_better(other, edge) && is_taken(looks, other, depth + 1)) {
            return false;
        }
    }
    TAILQ_FOREACH(other, &edge->candidate->edges, of_candidate)
    {
        if (is_better(other, edge) && is_taken(looks, other, depth + 1)) {
            return false;
        }
    }
    edge->is_taken = true;
    return true;
}

static struct edge *place_of_candidate(struct looks *looks, struct candidate *candidate)
{
    struct edge *edge;
    TAILQ_FOREACH(edge, &candidate->edges, of_candidate)
    {
        if (is_taken(looks, edge, 0)) {
            return edge;
        }
    }
    return NULL;
}

static struct edge *place_of_waiting(struct looks *looks, struct waiting *waiting)
{
    struct edge *edge;
    TAILQ_FOREACH(edge, &waiting->edges, of_waiting)
    {
        if (is_taken(looks, edge, 0)) {
            return edge;
        }
    }
    return NULL;
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
static int loss(struct looks *looks, const struct edge *chosen, const struct edge *rival)
{
    bool shares_redirect = rival->waiting == chosen->waiting;
    const struct edge *place = shares_redirect ? place_of_candidate(looks, rival->candidate)
                                               : place_of_waiting(looks, rival->waiting);
    if (place == NULL || place == rival) {
        return chosen->score - rival->score;
    }
    const struct edge *swap = shares_redirect ? edge_between(place->waiting, chosen->candidate)
                                              : edge_between(chosen->waiting, place->candidate);
    int swapped = swap != NULL && swap->score > SCORE_MIN ? swap->score : 0;
    return chosen->score + place->score - rival->score - swapped;
}

static void remember(int *least, int lost)
{
    *least = lost < *least ? lost : *least;
}

/*
 * How much the whole would lose at least if one of the two had another partner; LOSS_NONE when
 * there is none to be had.  A rival's other end remembers, since its own decision comes when this
 * pair is gone: were two pairs a coin toss, both are unsure.
 */
static int least_loss(struct looks *looks, const struct edge *chosen)
{
    struct edge *rival;
    int least = chosen->waiting->least_loss;
    remember(&least, chosen->candidate->least_loss);
    TAILQ_FOREACH(rival, &chosen->waiting->edges, of_waiting)
    {
        if (rival != chosen) {
            int lost = loss(looks, chosen, rival);
            remember(&rival->candidate->least_loss, lost);
            remember(&least, lost);
        }
    }
    TAILQ_FOREACH(rival, &chosen->candidate->edges, of_candidate)
    {
        if (rival != chosen) {
            int lost = loss(looks, chosen, rival);
            remember(&rival->waiting->least_loss, lost);
            remember(&least, lost);
        }
    }
    return least;
}

/* What is known only now: the contents of both have ended. */
static void weigh_content(struct edge *edge)
{
    if (!edge->has_content_weight) {
        int weight = pair_content_weight(edge);
        edge->has_content_weight = weight != 0;
        edge->score += weight;
    }
}

/* Of its rivals too, or the first to be decided would win. */
static void weigh_contents(struct candidate *candidate)
{
    struct edge *edge, *rival;
    TAILQ_FOREACH(edge, &candidate->edges, of_candidate)
    {
        TAILQ_FOREACH(rival, &edge->waiting->edges, of_waiting)
        {
            weigh_content(rival);
        }
    }
}

struct edge *pair_decide(struct see_pair *pair, struct candidate *candidate, int *ret_runner_up)
{
    struct looks looks = {.round = ++pair->rounds, .left = LOOKS_MAX};
    weigh_contents(candidate);
    struct edge *chosen = place_of_candidate(&looks, candidate);
    *ret_runner_up = INT_MIN;
    if (chosen != NULL) {
        int least = least_loss(&looks, chosen);
        *ret_runner_up = least != LOSS_NONE ? chosen->score - least : INT_MIN;
    }
    return chosen;
}
