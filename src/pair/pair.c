/* SPDX-License-Identifier: BSD-3-Clause */
#include "pair/pair.h"

#include <stdlib.h>
#include <string.h>

#include "pair/origin.h"
#include "pair/waiting.h"

static const struct see_count counters[PAIR_COUNTERS] = {
    [PAIR_EXCHANGES] = {"exchanges", "exchanges", SEE_COUNT_IN, 0},
    [PAIR_EXCHANGES_ENDED] = {"exchanges_ended", "exchanges", SEE_COUNT_OUT, 0},
    [PAIR_REDIRECTS] = {"redirects", "redirects", SEE_COUNT_IN, 0},
    [PAIR_FOLLOWED] = {"redirects_followed", "redirects", SEE_COUNT_OUT, 0},
    [PAIR_NOT_FOLLOWED] = {"redirects_not_followed", "redirects", SEE_COUNT_OUT, 0},
    [PAIR_UNOBSERVABLE] = {"redirects_unobservable", "redirects", SEE_COUNT_OUT, 0},
    [PAIR_NO_LOCATION] = {"redirects_no_location", "redirects", SEE_COUNT_OUT, 0},
    [PAIR_PENDING] = {"redirects_pending", "redirects", SEE_COUNT_OUT, 0},
    [PAIR_EVICTED] = {"redirects_evicted", "redirects", SEE_COUNT_OUT, 0},
    [PAIR_WAITING] = {"redirects_waiting", "redirects", SEE_COUNT_LEVEL, 0},
    [PAIR_CANDIDATES] = {"candidates", "candidates", SEE_COUNT_NOTE, 0},
    [PAIR_CANDIDATES_DROPPED] = {"candidates_dropped", "candidates", SEE_COUNT_NOTE, 0},
    [PAIR_DECIDED_EARLY] = {"candidates_decided_early", "candidates", SEE_COUNT_NOTE, 0},
    [PAIR_HISTORY_DROPPED] = {"history_dropped", "targets", SEE_COUNT_NOTE, 0},
    [PAIR_AUTHORITIES_DROPPED] = {"authorities_dropped", "authorities", SEE_COUNT_NOTE, 0},
    [PAIR_VISITS_DROPPED] = {"chain_visits_dropped", "requests", SEE_COUNT_NOTE, 0},
};

struct see_pair *see_pair_new(const struct see_limits *limits,
                              const struct see_pair_options *options,
                              const struct see_hash_key *key, struct see_pair_sink sink)
{
    struct see_pair *pair = calloc(1, sizeof(*pair));
    if (pair == NULL) {
        return NULL;
    }
    pair->limits = *limits;
    pair->options = *options;
    pair->key = *key;
    pair->weights = see_hash_weights_of(key);
    pair->sink = sink;
    for (size_t i = 0; i < WAITING_STATES; i++) {
        TAILQ_INIT(&pair->lists[i]);
    }
    TAILQ_INIT(&pair->undecided);
    see_timeline_init(&pair->clock);
    pair->lost_from = INT64_MAX;
    pair->lost_to = INT64_MIN;
    see_history_init(&pair->asked, limits->history, SEE_HISTORY_KEEPS_NEWEST);
    see_history_init(&pair->habits, limits->history, SEE_HISTORY_KEEPS_BOUNDS);
    see_history_init(&pair->tallies, limits->history, SEE_HISTORY_KEEPS_NEWEST);
    see_history_init(&pair->proxies, limits->authorities, SEE_HISTORY_KEEPS_OLDEST);
    pair_missed_init(&pair->missed_by_proxies);
    see_history_init(&pair->authorities, limits->authorities, SEE_HISTORY_KEEPS_OLDEST);
    memcpy(pair->counts, counters, sizeof(counters));
    return pair;
}

void see_pair_window(struct see_pair *pair, see_time_ns window_ns)
{
    see_time_ns more = window_ns - pair->options.window_ns;
    struct waiting *waiting;
    TAILQ_FOREACH(waiting, &pair->lists[WAITING_OPEN], in_order)
    {
        waiting->deadline += more;
    }
    pair->options.window_ns = window_ns;
}

void see_pair_free(struct see_pair *pair)
{
    if (pair == NULL) {
        return;
    }
    for (size_t i = 0; i < WAITING_STATES; i++) {
        while (!TAILQ_EMPTY(&pair->lists[i])) {
            struct waiting *waiting = TAILQ_FIRST(&pair->lists[i]);
            struct candidate *followup = waiting->followup;
            pair_waiting_free(pair, waiting);
            if (followup != NULL) {
                pair_candidate_free(pair, followup);
            }
        }
    }
    while (!TAILQ_EMPTY(&pair->undecided)) {
        pair_candidate_free(pair, TAILQ_FIRST(&pair->undecided));
    }
    pair_early_free(pair);
    /* What is left is bound, handed on, and waits for its exchange to end. */
    for (size_t i = 0; i < pair->candidates.slot_count; i++) {
        while (pair->candidates.slots[i] != NULL) {
            pair_candidate_free(
                pair, SEE_MAP_RECORD(pair->candidates.slots[i], struct candidate, by_exchange));
        }
    }
    see_map_finish(&pair->clients);
    see_map_finish(&pair->targets);
    see_map_finish(&pair->waiting_by_exchange);
    see_map_finish(&pair->waiting_by_connection);
    see_map_finish(&pair->candidates);
    see_history_finish(&pair->asked);
    see_history_finish(&pair->habits);
    see_history_finish(&pair->tallies);
    see_history_finish(&pair->authorities);
    see_history_finish(&pair->proxies);
    see_text_finish(&pair->scratch);
    see_text_finish(&pair->scratch2);
    free(pair);
}

struct see_counts see_pair_counts(struct see_pair *pair)
{
    pair->counts[PAIR_WAITING].value = pair->open_count;
    pair->counts[PAIR_HISTORY_DROPPED].value =
        pair->asked.dropped + pair->habits.dropped + pair->tallies.dropped;
    pair->counts[PAIR_AUTHORITIES_DROPPED].value = pair->authorities.dropped;
    return (struct see_counts){"pair", pair->counts, PAIR_COUNTERS};
}

static void note_turn(struct see_pair *pair, const struct see_exchange *exchange)
{
    if (pair->waiting_by_connection.count == 0) {
        return;
    }
    uint64_t turn = pair_hash_turn(pair, exchange->connection->id, exchange->index);
    struct see_map_node *node = see_map_first(&pair->waiting_by_connection, turn);
    for (; node != NULL; node = see_map_next(node)) {
        struct waiting *waiting = SEE_MAP_RECORD(node, struct waiting, by_connection);
        if (waiting->exchange->connection == exchange->connection && !waiting->connection_went_on) {
            waiting->connection_went_on = true;
            waiting->went_on_time = exchange->request.first.time_ns;
            pair_edges_weigh(waiting);
        }
    }
}

/* An authority that is named once can be seen here. */
static int note_authority(struct see_pair *pair, const struct see_exchange *exchange)
{
    see_time_ns time = exchange->request.first.time_ns;
    uint64_t authority = pair_hash_authority(pair, exchange->uri);
    int status = see_history_has(&pair->authorities, authority)
                     ? SEE_OK
                     : see_history_note(&pair->authorities, authority, time);
    see_text_clear(&pair->scratch);
    if (status == SEE_OK && see_origin_uri_with_port(exchange, &pair->scratch)) {
        struct see_view uri = see_text_view(&pair->scratch);
        status = see_history_note(&pair->authorities, pair_hash_authority(pair, uri), time);
    }
    return status;
}

static int on_request(struct see_pair *pair, struct see_exchange *exchange)
{
    pair->counts[PAIR_EXCHANGES].value++;
    if (exchange->uri.ptr == NULL) {
        return SEE_OK;
    }
    struct asker asker = pair_asker_of(pair, exchange);
    uint64_t target = pair_hash_target(pair, asker.client, exchange->uri);
    note_turn(pair, exchange);
    int status = pair_note_proxy(pair, exchange);
    if (status == SEE_OK) {
        status = pair_match_request(pair, exchange, &asker, target);
    }
    if (status == SEE_OK) {
        status = note_authority(pair, exchange);
    }
    /* Nobody wants to know of others. */
    if (status == SEE_OK && pair_has_token(exchange->uri) && !pair_is_preflight(exchange)) {
        status = see_history_note(&pair->asked, target, exchange->request.first.time_ns);
    }
    return status;
}

/* Gives one up to make room; but first the requests that may have followed it are decided. */
static int give_up(struct see_pair *pair, struct waiting *waiting)
{
    struct candidate_list group = TAILQ_HEAD_INITIALIZER(group);
    const struct edge *edge;
    size_t before = pair->open_count;
    TAILQ_FOREACH(edge, &waiting->edges, of_waiting)
    {
        TAILQ_REMOVE(&pair->undecided, edge->candidate, in_order);
        TAILQ_INSERT_TAIL(&group, edge->candidate, in_order);
        pair->counts[PAIR_DECIDED_EARLY].value++;
    }
    int status = pair_decide_group(pair, &group);
    if (status != SEE_OK || pair->open_count < before) {
        return status;
    }
    return pair_conclude(pair, waiting, true);
}

static struct waiting *oldest(struct see_pair *pair)
{
    struct waiting *overdue = TAILQ_FIRST(&pair->lists[WAITING_OVERDUE]);
    return overdue != NULL ? overdue : TAILQ_FIRST(&pair->lists[WAITING_OPEN]);
}

static int make_room(struct see_pair *pair, const struct waiting *waiting)
{
    int status = SEE_OK;
    const struct see_exchange *exchange = waiting->exchange;
    struct client *client = pair_client_of(pair, exchange, waiting->asker.client);
    if (client != NULL && client->count >= pair->limits.pending_redirects_client) {
        status = give_up(pair, TAILQ_FIRST(&client->waiting));
    }
    if (status == SEE_OK && pair->open_count >= pair->limits.pending_redirects &&
        oldest(pair) != NULL) {
        status = give_up(pair, oldest(pair));
    }
    while (status == SEE_OK && pair->held + exchange->held > pair->limits.pending_octets &&
           oldest(pair) != NULL) {
        status = give_up(pair, oldest(pair));
    }
    return status;
}

/* The chain that this redirect belongs to, as far as that is decided. */
static int join_chain(struct see_pair *pair, struct waiting *waiting)
{
    struct candidate *origin = pair_candidate_of(pair, waiting->exchange);
    if (origin != NULL && pair_is_chain_open(origin)) {
        pair_speak_for(pair, origin);
        origin->successor = waiting;
        waiting->origin = origin;
        return SEE_OK;
    }
    return pair_enter_chain(pair, waiting, origin != NULL ? origin->chain : NULL);
}

static bool has_nothing_to_follow(const struct waiting *waiting)
{
    return waiting->record.location_count == 0 ||
           (waiting->targets.count == 0 && waiting->exchange->uri.ptr != NULL);
}

/* Far more than anything is held back for, but where another capture was read before. */
#define LATE_NS (1 * SEE_NS_PER_S)

static int start_waiting(struct see_pair *pair, struct waiting *waiting)
{
    const struct see_message *response = &waiting->exchange->response;
    waiting->came_late = pair->clock.now - response->head_end.time_ns > LATE_NS;
    waiting->deadline = pair_deadline(pair, response->head_end.time_ns, pair->options.window_ns);
    int status = pair_waiting_index(pair, waiting);
    if (status != SEE_OK) {
        return status;
    }
    struct see_view target = waiting->record.target_uri;
    if (target.ptr != NULL && pair_has_token(target)) {
        uint64_t asked = pair_hash_target(pair, waiting->asker.client, target);
        waiting->is_token = !see_history_has(&pair->asked, asked);
    }
    if (pair->untallied == NULL) {
        pair->untallied = waiting;
    }
    return SEE_OK;
}

static int on_redirect(struct see_pair *pair, struct see_exchange *exchange)
{
    struct waiting *waiting;
    int status = pair_waiting_new(pair, exchange, &waiting);
    if (status != SEE_OK) {
        return status;
    }
    pair->counts[PAIR_REDIRECTS].value++;
    waiting->is_request_ended = exchange->request.is_complete || !exchange->request.is_seen;
    if (has_nothing_to_follow(waiting)) {
        waiting->record.outcome = SEE_OUTCOME_NO_LOCATION;
        waiting->record.why = waiting->record.location_count == 0
                                  ? "there is no Location"
                                  : "the Location is one that no client can resolve";
        status = join_chain(pair, waiting);
        return status == SEE_OK ? pair_hand_on(pair, waiting, false) : status;
    }
    /* Before it has a place in a chain, since requests are decided there. */
    status = make_room(pair, waiting);
    if (status == SEE_OK) {
        status = join_chain(pair, waiting);
    }
    if (status == SEE_OK) {
        status = start_waiting(pair, waiting);
    }
    return status == SEE_OK ? pair_early_match(pair, waiting) : status;
}

/* R's content has ended, or F's; either may be what a settling redirect waits for. */
static int on_end(struct see_pair *pair, const struct see_exchange *exchange, bool is_over)
{
    struct waiting *waiting =
        see_exchange_is_redirect(exchange) ? pair_waiting_of(pair, exchange) : NULL;
    int status = SEE_OK;
    if (waiting != NULL) {
        waiting->is_request_ended = true;
        status = pair_hand_on(pair, waiting, false);
    }
    struct candidate *candidate = pair_candidate_of(pair, exchange);
    if (candidate == NULL || status != SEE_OK) {
        return status;
    }
    candidate->is_request_ended = true;
    candidate->is_exchange_ended |= is_over;
    if (candidate->bound != NULL) {
        return pair_hand_on(pair, candidate->bound, false);
    }
    pair_let_go(pair, candidate);
    return SEE_OK;
}

int see_pair_exchange(struct see_pair *pair, struct see_exchange *exchange,
                      enum see_exchange_event event)
{
    switch (event) {
    case SEE_REQUEST_HEAD:
        return on_request(pair, exchange);
    case SEE_REQUEST_END:
        return on_end(pair, exchange, false);
    case SEE_RESPONSE_HEAD:
        pair->counts[PAIR_EXCHANGES].value += !exchange->request.has_head;
        return see_exchange_is_redirect(exchange) ? on_redirect(pair, exchange) : SEE_OK;
    case SEE_EXCHANGE_END:
        pair->counts[PAIR_EXCHANGES_ENDED].value +=
            exchange->request.has_head || exchange->response.has_head;
        return on_end(pair, exchange, true);
    }
    return SEE_OK;
}

void see_pair_behind(struct see_pair *pair, bool is_behind)
{
    pair->is_behind = is_behind;
}

int see_pair_gap(struct see_pair *pair, const struct see_chunk *gap)
{
    see_time_ns time = gap->stamp.time_ns;
    pair_note_missed(pair, gap->connection, gap->direction, PAIR_MISSED_LOST, time);
    pair_note_missed(pair, gap->connection, 1 - gap->direction, PAIR_MISSED_ANSWER, time);
    return SEE_OK;
}

int see_pair_unread(struct see_pair *pair, const struct see_connection *connection, unsigned end,
                    struct see_stamp stamp)
{
    pair_note_missed(pair, connection, end, PAIR_MISSED_UNREAD, stamp.time_ns);
    return SEE_OK;
}

void see_pair_lost(struct see_pair *pair, see_time_ns from, see_time_ns to)
{
    pair->lost_from = from <= pair->lost_to ? pair->lost_from : from;
    pair->lost_to = to > pair->lost_to ? to : pair->lost_to;
}

/*
 * Decides the requests whose time is over: those of one deadline together, so that it does not
 * matter which of their connections was parsed first.
 */
static int decide_due(struct see_pair *pair, bool is_all)
{
    int status = SEE_OK;
    struct candidate *candidate;
    while (status == SEE_OK && (candidate = TAILQ_FIRST(&pair->undecided)) != NULL &&
           (is_all || candidate->deadline <= pair->clock.now)) {
        struct candidate_list group = TAILQ_HEAD_INITIALIZER(group);
        see_time_ns deadline = candidate->deadline;
        while (candidate != NULL && candidate->deadline == deadline) {
            TAILQ_REMOVE(&pair->undecided, candidate, in_order);
            TAILQ_INSERT_TAIL(&group, candidate, in_order);
            candidate = TAILQ_FIRST(&pair->undecided);
        }
        status = pair_decide_group(pair, &group);
    }
    return status;
}

/*
 * Closes the windows that are over; a redirect with requests still undecided waits for the last of
 * them, and is not looked at again before.
 */
static int close_due(struct see_pair *pair, bool is_all)
{
    int status = SEE_OK;
    struct waiting *waiting;
    while (status == SEE_OK && (waiting = TAILQ_FIRST(&pair->lists[WAITING_OPEN])) != NULL &&
           (is_all || waiting->deadline <= pair->clock.now)) {
        if (waiting->edge_count == 0) {
            status = pair_conclude(pair, waiting, false);
        } else {
            pair_waiting_move(pair, waiting, WAITING_OVERDUE);
        }
    }
    return status;
}

int see_pair_tick(struct see_pair *pair, see_time_ns now)
{
    bool is_first = pair->clock.now == INT64_MIN;
    pair_fetch_ahead(pair);
    if (!see_timeline_move(&pair->clock, now)) {
        return SEE_OK;
    }
    pair->began = is_first ? pair->clock.now : pair->began;
    int status = decide_due(pair, false);
    if (status == SEE_OK) {
        status = pair_early_move_on(pair);
    }
    if (status == SEE_OK) {
        status = pair_tally_due(pair);
    }
    return status == SEE_OK ? close_due(pair, false) : status;
}

int see_pair_flush(struct see_pair *pair)
{
    int status = decide_due(pair, true);
    if (status == SEE_OK) {
        status = close_due(pair, true);
    }
    struct waiting *waiting;
    while (status == SEE_OK && (waiting = TAILQ_FIRST(&pair->lists[WAITING_SETTLING])) != NULL) {
        /* Only a failure before leaves one without. */
        if (waiting->chain == NULL) {
            status = pair_enter_chain(pair, waiting, NULL);
        }
        if (status == SEE_OK) {
            status = pair_hand_on(pair, waiting, true);
        }
    }
    return status;
}
