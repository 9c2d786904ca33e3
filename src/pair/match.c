/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * match - which waiting redirects could have sent a client to the URI that it asks for.
 */
#include "core/uri.h"
#include "pair/manner.h"
#include "pair/origin.h"
#include "pair/waiting.h"

/* A pair is decided this long after F's header section: by then its rivals are known. */
#define DECIDE_AFTER (500 * SEE_NS_PER_MS)

bool pair_is_preflight(const struct see_exchange *exchange)
{
    return exchange->method.len == 7 && see_view_eq(exchange->method, SEE_LITERAL("OPTIONS")) &&
           see_message_field(&exchange->request, SEE_LITERAL("Access-Control-Request-Method"), NULL)
                   .ptr != NULL;
}

/*
 * Whether F was sent after S was on the wire.  On one connection TCP's acknowledgements tell,
 * whatever order the capture has the packets in; else the order of the frames does.
 */
static bool was_sent_after(const struct see_exchange *r, const struct see_exchange *f)
{
    if (r->connection == f->connection && f->request.acknowledged > 0) {
        return f->request.acknowledged > r->response.offset;
    }
    return see_stamp_before(r->response.head_end, f->request.first) &&
           f->request.first.time_ns >= r->response.head_end.time_ns;
}

/* F must have been sent after S was on the wire, within the window, and by the same program. */
static bool can_follow(const struct waiting *waiting, const struct see_exchange *exchange)
{
    return waiting->exchange != exchange && !pair_is_preflight(waiting->exchange) &&
           was_sent_after(waiting->exchange, exchange) &&
           exchange->request.first.time_ns <= waiting->deadline &&
           pair_is_same_agent(waiting->exchange, exchange);
}

static see_time_ns gap_between(const struct waiting *waiting, const struct see_exchange *exchange)
{
    see_time_ns gap =
        exchange->request.first.time_ns - waiting->exchange->response.head_end.time_ns;
    return gap > 0 ? gap : 0; /* packets in the wrong order */
}

/* Redirects to one target that are looked at for one request, newest first. */
#define LOOKS_MAX 256

struct matches {
    struct edge list[32]; /* the newest redirects to the target; older ones are not weighed */
    size_t count;
};

static bool is_matched(const struct matches *matches, const struct waiting *waiting)
{
    for (size_t i = 0; i < matches->count; i++) {
        if (matches->list[i].waiting == waiting) {
            return true;
        }
    }
    return false;
}

/* Redirects are indexed by their targets in normal form; `target` is the hash of `uri` as it is. */
static int hash_normal(struct see_pair *pair, const struct client *client, struct see_view uri,
                       uint64_t target, uint64_t *ret_hash)
{
    if (see_uri_is_normal(uri)) {
        *ret_hash = target;
        return SEE_OK;
    }
    see_text_clear(&pair->scratch);
    see_uri_normal(uri, &pair->scratch);
    *ret_hash = pair_hash_target(pair, client->node.hash, see_text_view(&pair->scratch));
    return see_text_status(&pair->scratch);
}

/* Finds the waiting redirects of the client that could have sent it to `uri`. */
static int match(struct see_pair *pair, const struct client *client,
                 const struct see_exchange *exchange, struct see_view uri, uint64_t target,
                 struct matches *matches)
{
    const size_t most = sizeof(matches->list) / sizeof(matches->list[0]);
    uint64_t hash;
    int status = hash_normal(pair, client, uri, target, &hash);
    struct target_slot *slot = pair_target_newest(pair, hash);
    for (size_t i = 0; slot != NULL && i < LOOKS_MAX && status == SEE_OK; i++) {
        struct waiting *waiting = slot->waiting;
        slot = slot->older;
        struct edge edge = {.waiting = waiting};
        if (waiting->client != client || !can_follow(waiting, exchange) ||
            is_matched(matches, waiting)) {
            continue;
        }
        edge.target = see_targets_match(&waiting->targets, uri, &pair->scratch, &edge.tier);
        if (edge.target == NULL) {
            status = see_text_status(&pair->scratch);
            continue;
        }
        if (matches->count == most) {
            pair->counts[PAIR_CANDIDATES_DROPPED].value++;
            break;
        }
        edge.gap = gap_between(waiting, exchange);
        matches->list[matches->count++] = edge;
    }
    return status;
}

/*
 * A redirect whose first request is beyond doubt needs no second: so a client that runs in circles
 * costs the same at every round.
 */
void pair_speak_for(struct see_pair *pair, const struct candidate *candidate)
{
    const struct edge *edge;
    const struct edge *best = NULL;
    int second = INT_MIN;
    TAILQ_FOREACH(edge, &candidate->edges, of_candidate)
    {
        if (best == NULL || edge->score > best->score) {
            second = best != NULL ? best->score : INT_MIN;
            best = edge;
        } else if (edge->score > second) {
            second = edge->score;
        }
    }
    if (best != NULL && best->score >= HIGH_FROM + RIVAL_WITHIN &&
        (second == INT_MIN || second < best->score - RIVAL_WITHIN)) {
        pair_waiting_hide(pair, best->waiting);
    }
}

/*
 * Never before the deadline of those that came before it, so that the list is in order, and never
 * far off: a time stamp ahead of the clock is not to be believed.
 */
static see_time_ns deadline_after(const struct see_pair *pair, const struct candidate *candidate)
{
    const struct candidate *before = TAILQ_PREV(candidate, candidate_list, in_order);
    see_time_ns deadline =
        pair_deadline(pair, candidate->exchange->request.head_end.time_ns, DECIDE_AFTER);
    return before != NULL && before->deadline > deadline ? before->deadline : deadline;
}

/* Fills in what an edge has beyond its ends and its target, and keeps it. */
static int keep_edge(struct see_pair *pair, struct edge edge, const struct asker *asker,
                     uint64_t target)
{
    edge.own_delay = pair_own_delay(&edge);
    edge.asker = *asker;
    edge.chance_ppm =
        pair_habit_chance(pair, edge.candidate->exchange, asker, target, edge.own_delay);
    pair_manner_fit(pair, &edge);
    return pair_edge_new(pair, edge);
}

static int weigh_later(struct see_pair *pair, struct see_exchange *exchange,
                       const struct asker *asker, uint64_t target, const struct matches *matches)
{
    struct candidate *candidate;
    if (pair->candidate_count >= pair->limits.weighed ||
        pair->held + exchange->held > pair->limits.pending_octets) {
        pair->counts[PAIR_CANDIDATES_DROPPED].value++;
        return SEE_OK;
    }
    int status = pair_candidate_new(pair, exchange, &candidate);
    for (size_t i = 0; i < matches->count && status == SEE_OK; i++) {
        struct edge edge = matches->list[i];
        edge.candidate = candidate;
        status = keep_edge(pair, edge, asker, target);
    }
    if (status == SEE_OK) {
        candidate->deadline = deadline_after(pair, candidate);
        pair->counts[PAIR_CANDIDATES].value++;
    }
    return status;
}

static void note_preflight(const struct matches *matches, see_time_ns time)
{
    for (size_t i = 0; i < matches->count; i++) {
        struct waiting *waiting = matches->list[i].waiting;
        if (!waiting->saw_preflight) {
            waiting->saw_preflight = true;
            waiting->preflight_time = time;
            pair_edges_weigh(waiting);
        }
    }
}

/* Matches a request with the redirects that wait for it, by its URI and by that with the TCP port.
 */
int pair_match_request(struct see_pair *pair, struct see_exchange *exchange,
                       const struct asker *asker, uint64_t target)
{
    struct client *client = pair_client_of(pair, exchange, asker->client);
    if (client == NULL) {
        return pair_early_note(pair, exchange, asker, target);
    }
    struct matches matches;
    matches.count = 0;
    int status = pair_habit_move_on(pair, exchange->request.first.time_ns);
    if (status != SEE_OK) {
        return status;
    }
    status = match(pair, client, exchange, exchange->uri, target, &matches);
    see_text_clear(&pair->scratch2);
    if (status == SEE_OK && see_origin_uri_with_port(exchange, &pair->scratch2)) {
        status = see_text_status(&pair->scratch2);
        if (status == SEE_OK) {
            struct see_view uri = see_text_view(&pair->scratch2);
            uint64_t other = pair_hash_target(pair, asker->client, uri);
            status = match(pair, client, exchange, uri, other, &matches);
        }
    }
    if (status != SEE_OK || matches.count == 0) {
        return status == SEE_OK ? pair_early_note(pair, exchange, asker, target) : status;
    }
    if (pair_is_preflight(exchange)) {
        note_preflight(&matches, exchange->request.first.time_ns);
        return SEE_OK;
    }
    return weigh_later(pair, exchange, asker, target, &matches);
}

/* The edge between a redirect and a request that has been looked at before, if there is one. */
static int edge_of_two(struct see_pair *pair, struct waiting *waiting,
                       const struct see_exchange *exchange, struct edge *ret_edge, bool *ret_fits)
{
    struct edge edge = {.waiting = waiting};
    *ret_fits = false;
    if (waiting->client == NULL || !pair_client_is(waiting->client, exchange) ||
        !can_follow(waiting, exchange)) {
        return SEE_OK;
    }
    edge.target = see_targets_match(&waiting->targets, exchange->uri, &pair->scratch, &edge.tier);
    see_text_clear(&pair->scratch2);
    if (edge.target == NULL && see_origin_uri_with_port(exchange, &pair->scratch2)) {
        edge.target = see_targets_match(&waiting->targets, see_text_view(&pair->scratch2),
                                        &pair->scratch, &edge.tier);
    }
    edge.gap = gap_between(waiting, exchange);
    *ret_edge = edge;
    *ret_fits = edge.target != NULL;
    int status = see_text_status(&pair->scratch);
    return status == SEE_OK ? see_text_status(&pair->scratch2) : status;
}

int pair_match_undecided(struct see_pair *pair, struct waiting *waiting)
{
    struct candidate *candidate = TAILQ_LAST(&pair->undecided, candidate_list);
    int status = SEE_OK;
    for (size_t i = 0; candidate != NULL && i < LOOKS_MAX && status == SEE_OK; i++) {
        struct edge edge;
        bool fits = false;
        if (pair_edge_between(waiting, candidate) == NULL) {
            status = edge_of_two(pair, waiting, candidate->exchange, &edge, &fits);
        }
        if (fits && status == SEE_OK) {
            struct asker asker = pair_asker_of(pair, candidate->exchange);
            uint64_t target = pair_hash_target(pair, asker.client, candidate->exchange->uri);
            edge.candidate = candidate;
            status = keep_edge(pair, edge, &asker, target);
        }
        candidate = TAILQ_PREV(candidate, candidate_list, in_order);
    }
    return status;
}

int pair_match_early(struct see_pair *pair, struct waiting *waiting, struct early *early)
{
    struct matches matches;
    bool fits;
    matches.count = 1;
    int status = edge_of_two(pair, waiting, early->exchange, &matches.list[0], &fits);
    if (status != SEE_OK || !fits) {
        return status;
    }
    status = weigh_later(pair, early->exchange, &early->asker, early->target, &matches);
    struct candidate *candidate = pair_candidate_of(pair, early->exchange);
    if (candidate != NULL) {
        early->is_matched = true;
        candidate->is_exchange_ended = early->exchange->is_over;
        candidate->is_request_ended =
            early->exchange->is_over || early->exchange->request.is_complete;
    }
    return status;
}
