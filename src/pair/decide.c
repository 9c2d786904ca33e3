/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * decide - which redirect a request follows, if any.
 *
 * Of all edges the best is taken first (the larger score, then the smaller gap,
 * then the earlier messages, then the lower addresses and ports: never the order
 * in which connections happened to be parsed), then the best of those that share
 * no end with it, and so on.  Put the other way round, an edge is taken when no better one at
 * either of its ends is; so it is enough to look at better edges, and at better
 * ones than those, which in ordinary traffic are none or a few.
 */
#include <stdlib.h>
#include <string.h>

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

static int compare(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int compare_ends(const struct see_endpoint *a, const struct see_endpoint *b)
{
    int order = compare(a->address.family, b->address.family);
    if (order == 0) {
        order = memcmp(a->address.octets, b->address.octets, sizeof(a->address.octets));
    }
    return order != 0 ? order : compare(a->port, b->port);
}

/* An order of exchanges that began at the same time; only the last resort is one of parsing. */
static int compare_exchanges(const struct see_exchange *a, const struct see_exchange *b)
{
    const struct see_connection *x = a->connection;
    const struct see_connection *y = b->connection;
    int order = compare_ends(&x->ends[a->client_end], &y->ends[b->client_end]);
    if (order == 0) {
        order = compare_ends(&x->ends[!a->client_end], &y->ends[!b->client_end]);
    }
    if (order == 0) {
        order = compare(see_network_id(x->network), see_network_id(y->network));
    }
    if (order == 0 && x->id == y->id) {
        order = compare(a->index, b->index);
    }
    return order != 0 ? order : compare(a->id, b->id);
}

static bool is_better(const struct edge *a, const struct edge *b)
{
    if (a->score != b->score) {
        return a->score > b->score;
    }
    if (a->gap != b->gap) {
        return a->gap < b->gap;
    }
    if (a->waiting != b->waiting) {
        const struct see_exchange *x = a->waiting->exchange;
        const struct see_exchange *y = b->waiting->exchange;
        see_time_ns ours = x->response.head_end.time_ns;
        see_time_ns theirs = y->response.head_end.time_ns;
        return ours != theirs ? ours < theirs : compare_exchanges(x, y) < 0;
    }
    const struct see_exchange *x = a->candidate->exchange;
    const struct see_exchange *y = b->candidate->exchange;
    see_time_ns ours = x->request.first.time_ns;
    see_time_ns theirs = y->request.first.time_ns;
    return ours != theirs ? ours < theirs : compare_exchanges(x, y) < 0;
}

static bool is_taken(struct looks *looks, struct edge *edge, unsigned depth)
{
    struct edge *other;
    if (edge->round == looks->round) {
        return edge->is_taken;
    }
    edge->round = looks->round;
    edge->is_taken = false;
    if (edge->score < SCORE_MIN || edge->gives_way || depth == DEPTH_MAX || looks->left == 0) {
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
    if (candidate->place_round == looks->round) {
        return candidate->place;
    }
    candidate->place_round = looks->round;
    candidate->place = NULL;
    TAILQ_FOREACH(edge, &candidate->edges, of_candidate)
    {
        if (is_taken(looks, edge, 0)) {
            candidate->place = edge;
            break;
        }
    }
    return candidate->place;
}

static struct edge *place_of_waiting(struct looks *looks, struct waiting *waiting)
{
    struct edge *edge;
    if (waiting->place_round == looks->round) {
        return waiting->place;
    }
    waiting->place_round = looks->round;
    waiting->place = NULL;
    TAILQ_FOREACH(edge, &waiting->edges, of_waiting)
    {
        if (is_taken(looks, edge, 0)) {
            waiting->place = edge;
            break;
        }
    }
    return waiting->place;
}

/* Whether one more edge may be looked at. */
static bool may_look(struct looks *looks)
{
    looks->left -= looks->left > 0;
    return looks->left > 0;
}

/* The best edge to a redirect that has no place, which this one has not; NULL: none. */
static struct edge *way_out_of_candidate(struct looks *looks, struct candidate *candidate,
                                         const struct waiting *left)
{
    struct edge *edge, *best = NULL;
    TAILQ_FOREACH(edge, &candidate->edges, of_candidate)
    {
        if (edge->waiting != left && edge->score > SCORE_MIN && may_look(looks) &&
            (best == NULL || is_better(edge, best)) &&
            place_of_waiting(looks, edge->waiting) == NULL) {
            best = edge;
        }
    }
    return best;
}

/* Likewise, to a request that has no place. */
static struct edge *way_out_of_waiting(struct looks *looks, struct waiting *waiting,
                                       const struct candidate *left)
{
    struct edge *edge, *best = NULL;
    TAILQ_FOREACH(edge, &waiting->edges, of_waiting)
    {
        if (edge->candidate != left && edge->score > SCORE_MIN && may_look(looks) &&
            (best == NULL || is_better(edge, best)) &&
            place_of_candidate(looks, edge->candidate) == NULL) {
            best = edge;
        }
    }
    return best;
}

static int score_of(const struct edge *edge)
{
    return edge != NULL && edge->score > SCORE_MIN ? edge->score : 0;
}

/*
 * What the whole would lose if `chosen` gave way to `rival`, which shares an end with it.  The
 * rival's other end leaves the place it has, and those two left over take each other if they can,
 * or whoever else has no place:
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
    int apart =
        score_of(shares_redirect ? way_out_of_candidate(looks, chosen->candidate, chosen->waiting)
                                 : way_out_of_waiting(looks, chosen->waiting, chosen->candidate));
    if (place == NULL || place == rival) {
        return chosen->score - rival->score - apart;
    }
    apart +=
        score_of(shares_redirect ? way_out_of_waiting(looks, place->waiting, place->candidate)
                                 : way_out_of_candidate(looks, place->candidate, place->waiting));
    int swapped = score_of(shares_redirect ? pair_edge_between(place->waiting, chosen->candidate)
                                           : pair_edge_between(chosen->waiting, place->candidate));
    return chosen->score + place->score - rival->score - (swapped > apart ? swapped : apart);
}

static void remember(int *least, int lost)
{
    *least = lost < *least ? lost : *least;
}

/* How much the whole would lose at least if one of the two had another partner. */
static int least_loss(struct looks *looks, const struct edge *chosen)
{
    struct edge *rival;
    int least = chosen->waiting->least_loss;
    remember(&least, chosen->candidate->least_loss);
    TAILQ_FOREACH(rival, &chosen->waiting->edges, of_waiting)
    {
        if (rival != chosen) {
            remember(&least, loss(looks, chosen, rival));
        }
    }
    TAILQ_FOREACH(rival, &chosen->candidate->edges, of_candidate)
    {
        if (rival != chosen) {
            remember(&least, loss(looks, chosen, rival));
        }
    }
    return least;
}

/*
 * A rival's other end remembers what was nearly lost to it, since its own decision comes when this
 * pair is gone: were two pairs a coin toss, both are unsure.
 */
static void tell_rivals(struct looks *looks, const struct edge *chosen)
{
    struct edge *rival;
    TAILQ_FOREACH(rival, &chosen->waiting->edges, of_waiting)
    {
        if (rival != chosen) {
            remember(&rival->candidate->least_loss, loss(looks, chosen, rival));
        }
    }
    TAILQ_FOREACH(rival, &chosen->candidate->edges, of_candidate)
    {
        if (rival != chosen) {
            remember(&rival->waiting->least_loss, loss(looks, chosen, rival));
            pair_note_keeper(rival);
        }
    }
}

/* A request that stays without a redirect is a rival, too, of those that took its redirects. */
static void tell_of_rival(struct looks *looks, struct candidate *candidate)
{
    struct edge *edge;
    TAILQ_FOREACH(edge, &candidate->edges, of_candidate)
    {
        const struct edge *place = place_of_waiting(looks, edge->waiting);
        if (place != NULL) {
            remember(&edge->waiting->least_loss, loss(looks, place, edge));
        }
        pair_note_keeper(edge);
    }
}

/* Points from which on an edge is more than a coincidence. */
#define YIELD_FROM 3

/*
 * Whether the redirect at the end of `edge` is better left to this request: it is the first one
 * for the target, no other redirect explains it, and the later one that would have the redirect is
 * explained by another.  So it is with clients that have several connections: the later request
 * may come on the redirect's own, where another one of the same client was redirected meanwhile.
 */
static struct edge *yielding(struct looks *looks, const struct edge *edge)
{
    struct edge *place = place_of_waiting(looks, edge->waiting);
    if (edge->score < YIELD_FROM || place == NULL || place == edge ||
        place->candidate->exchange->request.first.time_ns <=
            edge->candidate->exchange->request.first.time_ns) {
        return NULL;
    }
    const struct edge *out = way_out_of_candidate(looks, place->candidate, place->waiting);
    bool is_more =
        out != NULL && out->score >= YIELD_FROM && edge->score + out->score > place->score;
    return is_more ? place : NULL;
}

/* Lets a later request give way to this one, which has no place. */
static void claim(struct see_pair *pair, struct looks *looks, struct candidate *candidate)
{
    struct edge *edge;
    TAILQ_FOREACH(edge, &candidate->edges, of_candidate)
    {
        struct edge *later = yielding(looks, edge);
        if (later != NULL) {
            later->gives_way = true;
            looks->round = ++pair->rounds;
            if (place_of_candidate(looks, candidate) != NULL) {
                return;
            }
            later->gives_way = false;
            looks->round = ++pair->rounds;
        }
    }
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

/* Each step is done for all before the next, or the first of them would be in the way of others. */
void pair_decide(struct see_pair *pair, struct candidate_list *group)
{
    struct looks looks = {.round = ++pair->rounds};
    struct candidate *candidate;
    TAILQ_FOREACH(candidate, group, in_order)
    {
        weigh_contents(candidate);
    }
    TAILQ_FOREACH(candidate, group, in_order)
    {
        looks.left = LOOKS_MAX;
        if (place_of_candidate(&looks, candidate) == NULL) {
            claim(pair, &looks, candidate);
        }
    }
    TAILQ_FOREACH(candidate, group, in_order)
    {
        looks.left = LOOKS_MAX;
        candidate->chosen = place_of_candidate(&looks, candidate);
        candidate->chosen_loss =
            candidate->chosen != NULL ? least_loss(&looks, candidate->chosen) : LOSS_NONE;
    }
    TAILQ_FOREACH(candidate, group, in_order)
    {
        looks.left = LOOKS_MAX;
        if (candidate->chosen != NULL) {
            tell_rivals(&looks, candidate->chosen);
        } else {
            tell_of_rival(&looks, candidate);
        }
    }
    TAILQ_FOREACH(candidate, group, in_order)
    {
        candidate->is_mixed_up =
            candidate->chosen != NULL && pair_may_be_mixed_up(pair, candidate->chosen);
    }
}
