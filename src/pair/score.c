/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * score - how well a request explains itself as the follow-up of a redirect.
 */
#include <assert.h>
#include <string.h>

#include "pair/manner.h"
#include "pair/origin.h"
#include "pair/weigh.h"

void pair_weigh(struct weighing *w, enum weight weight)
{
    const struct pair_weight *row = &pair_weights[weight];
    w->score += row->signal.points;
    w->says |= row->says;
    if (w->heads != NULL) {
        assert(w->heads->head_count < EDGE_HEADS_MAX);
        w->heads->heads[w->heads->head_count++] = (uint8_t)weight;
    }
    if (w->record != NULL && w->record->signal_count < SEE_SIGNALS_MAX) {
        w->record->signals[w->record->signal_count++] = row->signal;
    }
}

static void weigh_target(struct weighing *w)
{
    if (w->edge->tier == SEE_T2) {
        pair_weigh(w, TARGET_T2);
    } else if (w->edge->tier == SEE_T3) {
        pair_weigh(w, TARGET_T3);
    }
}

/* Another host may well lie behind another row of proxies. */
static void weigh_way(struct weighing *w)
{
    bool is_same = w->r->is_from_proxy == w->f->is_from_proxy && w->r->hops == w->f->hops;
    if (w->r->request.is_seen && !is_same && !pair_is_upgrade(w->r, w->f)) {
        pair_weigh(w, OTHER_WAY);
    }
}

/* From how badly on the connection speaks against a pair, though it tells who asked all the same.
 */
#define UNUSUAL_MILLI 200

static void weigh_connection(struct weighing *w)
{
    if (!w->r->request.is_seen || pair_is_shared_pipe(w->r)) {
        return;
    }
    bool is_same = w->r->connection == w->f->connection;
    bool is_next = is_same && w->f->index == w->r->index + 1;
    if (w->edge->fit_way < UNUSUAL_MILLI) {
        pair_weigh(w, UNUSUAL_CONNECTION);
        w->says |= is_next ? SAYS_WHO : 0;
    } else if (is_next) {
        pair_weigh(w, NEXT_ON_CONNECTION);
    } else if (is_same) {
        pair_weigh(w, LATER_ON_CONNECTION);
    } else if (w->waiting->connection_went_on &&
               w->waiting->went_on_time < w->f->request.first.time_ns) {
        pair_weigh(w, CONNECTION_WENT_ON);
    }
}

static bool is_same_content(const struct see_exchange *r, const struct see_exchange *f)
{
    const struct see_message *before = &r->request;
    const struct see_message *after = &f->request;
    return before->is_complete && after->is_complete && before->content_len > 0 &&
           before->has_digest && after->has_digest && before->bare_len == after->bare_len &&
           memcmp(&before->bare_digest, &after->bare_digest, sizeof(struct see_digest)) == 0;
}

bool pair_keeps(const struct see_exchange *r, const struct see_exchange *f)
{
    bool is_reading =
        see_view_eq(f->method, SEE_LITERAL("GET")) || see_view_eq(f->method, SEE_LITERAL("HEAD"));
    bool is_same_method = see_view_eq(f->method, r->method);
    if (r->status == 303) {
        return is_reading;
    }
    if (r->status != 307 && r->status != 308) {
        return is_same_method || (is_reading && see_view_eq(r->method, SEE_LITERAL("POST")));
    }
    bool is_known = r->request.is_complete && f->request.is_complete;
    bool has_content = r->request.content_len > 0 || f->request.content_len > 0;
    return is_same_method && (!is_known || !has_content || is_same_content(r, f));
}

int pair_content_weight(const struct edge *edge)
{
    const struct see_exchange *r = edge->waiting->exchange;
    bool keeps_content = r->status == 307 || r->status == 308;
    return keeps_content && is_same_content(r, edge->candidate->exchange)
               ? pair_weights[SAME_CONTENT].signal.points
               : 0;
}

/* Of hexadecimal digits, and of a wider alphabet. */
#define HEX_TOKEN_MIN 16
#define TOKEN_MIN 13

static bool is_in_run(char c)
{
    return see_ascii_is_alpha(c) || see_ascii_is_digit(c) || c == '-' || c == '_';
}

static bool is_token(struct see_view run)
{
    size_t digits = 0;
    size_t others = 0;
    bool is_hex = true;
    for (size_t i = 0; i < run.len; i++) {
        char c = run.ptr[i];
        digits += see_ascii_is_digit(c);
        others += see_ascii_is_alpha(c);
        is_hex &= c == '-' || c == '_' || see_ascii_hex(c) >= 0;
    }
    return digits >= 2 && others >= 2 && digits + others >= (is_hex ? HEX_TOKEN_MIN : TOKEN_MIN);
}

/*
 * A run of letters, digits, "-" and "_" in which at least two digits stand among letters, long
 * enough for 64 bits: 16 hexadecimal digits, or 13 of a wider alphabet.  Asked of every request's
 * URI, so what ends a run is looked for from behind: most octets are never looked at.
 */
bool pair_has_token(struct see_view uri)
{
    size_t start = 0;
    while (uri.len - start >= TOKEN_MIN) {
        size_t end = start + TOKEN_MIN;
        while (end > start && is_in_run(uri.ptr[end - 1])) {
            end--;
        }
        if (end > start) {
            start = end;
            continue;
        }
        for (end = start + TOKEN_MIN; end < uri.len && is_in_run(uri.ptr[end]); end++) {
        }
        if (is_token(see_view_cut(uri, start, end))) {
            return true;
        }
        start = end;
    }
    return false;
}

see_time_ns pair_retry_after(const struct see_message *response)
{
    struct see_view value = pair_field(response, "Retry-After");
    see_time_ns seconds = 0;
    if (value.len == 0 || value.len > 6) {
        return 0;
    }
    for (size_t i = 0; i < value.len; i++) {
        if (!see_ascii_is_digit(value.ptr[i])) {
            return 0;
        }
        seconds = seconds * 10 + (value.ptr[i] - '0');
    }
    return seconds * SEE_NS_PER_S;
}

/*
 * What a program needs to follow by itself: its own time, and two round trips when it opens a
 * connection (the handshake tells how long those are, but a browser may open one ahead of need).
 */
#define OWN_TIME (50 * SEE_NS_PER_MS)
#define MORE_TIME_MAX (500 * SEE_NS_PER_MS)

static see_time_ns time_to_follow(const struct weighing *w)
{
    see_time_ns trips =
        2 * (w->r->round_trip_ns > w->f->round_trip_ns ? w->r->round_trip_ns : w->f->round_trip_ns);
    return OWN_TIME + (trips < MORE_TIME_MAX ? trips : MORE_TIME_MAX);
}

static see_time_ns delay_of(const struct weighing *w)
{
    see_time_ns delay = w->edge->gap - pair_retry_after(&w->r->response);
    return delay < 0 ? -delay : delay;
}

static void weigh_delay(struct weighing *w)
{
    see_time_ns delay = delay_of(w);
    see_time_ns at_once = time_to_follow(w);
    if (delay <= at_once) {
        pair_weigh(w, AT_ONCE);
    } else if (delay <= at_once + 200 * SEE_NS_PER_MS) {
        pair_weigh(w, SOON);
    } else if (delay > SEE_NS_PER_S) {
        pair_weigh(w, LATE);
    }
}

/*
 * The handshake tells at most how long a round trip is, and it varies: so no more than most of the
 * time is taken off.  A connection costs a round trip more to open.
 */
#define TRIP_MAX (250 * SEE_NS_PER_MS)
#define OWN_SHARE 8

static see_time_ns without_trips(const struct see_exchange *r, const struct see_exchange *f,
                                 see_time_ns delay)
{
    see_time_ns trip = r->round_trip_ns < f->round_trip_ns ? r->round_trip_ns : f->round_trip_ns;
    trip = trip < TRIP_MAX ? trip : TRIP_MAX;
    see_time_ns trips = f->index == 0 && f->connection != r->connection ? 2 * trip : trip;
    see_time_ns least = delay / OWN_SHARE;
    return delay - trips > least ? delay - trips : least;
}

/* Some wait as long as they were asked to, and some do not. */
see_time_ns pair_own_delay(const struct edge *edge)
{
    const struct see_exchange *r = edge->waiting->exchange;
    see_time_ns delay = edge->gap - pair_retry_after(&r->response);
    delay = delay < 0 ? -delay : delay;
    return without_trips(r, edge->candidate->exchange, delay < edge->gap ? delay : edge->gap);
}

#define LITTLE_PPM 50000
#define GREAT_PPM 100000

/*
 * How likely it is that a request like F comes by chance within so short a time, and in such a
 * manner; and what follows from that, depending on what else is known.
 */
static void weigh_chance(struct weighing *w)
{
    const struct edge *edge = w->edge;
    uint32_t chance = pair_chance(edge->chance_ppm, edge->fit);
    if (chance <= WHO_PPM) {
        pair_weigh(w, NO_CHANCE);
        w->by_chance = true;
    } else if (chance <= LITTLE_PPM) {
        pair_weigh(w, LITTLE_CHANCE);
    } else if (chance > GREAT_PPM && chance != CHANCE_UNKNOWN) {
        pair_weigh(w, GREAT_CHANCE);
    }
    if (chance <= WHY_PPM) {
        w->says |= SAYS_WHY;
    }
}

static void weigh_heads(struct weighing *w)
{
    pair_weigh_set_cookies(w);
    pair_weigh_cookies(w);
    pair_weigh_referer(w);
    pair_weigh_origin_null(w);
    pair_weigh_fields(w);
    pair_weigh_distinctive(w);
}

static struct weighing weighing_of(const struct edge *edge)
{
    return (struct weighing){
        .waiting = edge->waiting,
        .edge = edge,
        .r = edge->waiting->exchange,
        .f = edge->candidate->exchange,
    };
}

void pair_weigh_heads(struct edge *edge)
{
    struct weighing w = weighing_of(edge);
    edge->has_heads = w.r->request.has_head && w.r->response.has_head && w.f->request.has_head;
    edge->head_count = 0;
    if (edge->has_heads) {
        w.heads = edge;
        weigh_heads(&w);
    }
}

int pair_score(const struct edge *edge, struct see_redirect *record)
{
    struct weighing w = weighing_of(edge);
    w.record = record;
    weigh_target(&w);
    weigh_way(&w);
    weigh_connection(&w);
    if (!edge->has_heads) {
        weigh_heads(&w);
    }
    for (size_t i = 0; edge->has_heads && i < edge->head_count; i++) {
        pair_weigh(&w, (enum weight)edge->heads[i]);
    }
    if (record != NULL && pair_content_weight(edge) > 0) {
        pair_weigh(&w, SAME_CONTENT);
    }
    if (edge->waiting->is_token) {
        pair_weigh(&w, FRESH_TOKEN);
    }
    weigh_delay(&w);
    weigh_chance(&w);
    pair_weigh_user_action(&w);
    if (edge->waiting->saw_preflight &&
        edge->waiting->preflight_time < edge->candidate->exchange->request.first.time_ns) {
        pair_weigh(&w, PREFLIGHT);
    }
    bool is_by_chance = (w.says & SAYS_WHO) == 0;
    if (w.by_chance && (w.says & SAYS_OTHER) == 0) {
        w.says |= SAYS_WHO;
    }
    if (record != NULL) {
        bool is_explained =
            (w.says & SAYS_ELSE) != 0 && !edge->waiting->is_token && pair_content_weight(edge) <= 0;
        record->score = w.score;
        record->says_who = (w.says & SAYS_WHO) != 0;
        record->is_by_chance = is_by_chance;
        record->says_why = (w.says & SAYS_WHY) != 0 && !is_explained;
    }
    return w.score;
}
