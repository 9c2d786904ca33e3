/* SPDX-License-Identifier: BSD-3-Clause */
#include "pair/manner.h"

#include "pair/origin.h"

/* Which connection F comes on, seen from R's. */
enum way {
    WAY_UNKNOWN,
    WAY_NEXT,  /* R's own, and it is the next request there */
    WAY_LATER, /* R's own, after another request */
    WAY_NEW,   /* one that was opened for it */
    WAY_OTHER, /* one that other requests came on before */
    /* The same two, but R's had gone on with another request before. */
    WAY_NEW_BESIDE,
    WAY_OTHER_BESIDE,
    /* The same two, but R's was closed before. */
    WAY_NEW_AFTER,
    WAY_OTHER_AFTER,
    WAYS
};

/* What has to do with which connection a program takes; its ways are learnt for each. */
enum setting {
    SETTING_KEPT,       /* to the same origin, and R's connection may be used again */
    SETTING_KEPT_LARGE, /* the same, but S has more content than many a program cares to read */
    SETTING_GIVEN_UP,   /* to the same origin, and R or S gives its connection up */
    SETTING_ELSEWHERE,  /* to another origin */
};

#define LARGE 2048

/* What is counted: ways by program, delays of a client by program as well, and those of all. */
enum subject { WAY_OF_FOLLOWING, WAY_OF_CHANCE, DELAY, DELAY_OF_ALL };

/* For so many of a setting it stands that all of them came in any one way, in thousandths. */
#define WAYS_MADE_UP 2000

/* The delays from which on follow-ups are counted: 1 ms, 2 ms, 4 ms, ... 1024 ms. */
#define DELAYS 11

/*
 * How many follow-ups come so late or later, in thousandths, while nothing is known; it stands for
 * so many of all, and those of all for as many of one client's program, in thousandths.
 */
static const uint32_t late_at_first[DELAYS] = {1000, 1000, 1000, 1000, 1000, 800,
                                               700,  400,  150,  50,   5};
#define DELAYS_MADE_UP 4000

/*
 * So many of a thousand follow-ups come as if nothing was known: a machine stalls, or a page asks
 * for many things at a time, so that they wait for one another.
 */
#define ODD 30

/* How long after a redirect a request hardly ever follows it, but people are still there. */
#define CHANCE_FROM (1 * SEE_NS_PER_S)
#define CHANCE_TO (4 * SEE_NS_PER_S)

/* From how small a chance in a whole second on it is told what delays there are. */
#define RARE_PPM 100000

static uint64_t hash_count(const struct see_pair *pair, const struct edge *edge,
                           enum subject subject, uint32_t which)
{
    uint64_t about = subject == DELAY_OF_ALL ? 0 : edge->asker.agent;
    if (subject == DELAY) {
        about = see_hash_join(about, edge->asker.name);
    }
    return see_hash_join(about, see_hash_number(&pair->key, (uint64_t)subject << 32 | which));
}

/* In thousandths; what is not known any more counts as nothing. */
static uint64_t count_of(const struct see_pair *pair, const struct edge *edge, enum subject subject,
                         uint32_t which)
{
    uint64_t milli = see_history_count(&pair->tallies, hash_count(pair, edge, subject, which),
                                       edge->candidate->exchange->request.first.time_ns);
    return milli != UINT64_MAX ? milli : 0;
}

static int count(struct see_pair *pair, const struct edge *edge, enum subject subject,
                 uint32_t which)
{
    return see_history_note(&pair->tallies, hash_count(pair, edge, subject, which),
                            edge->candidate->exchange->request.first.time_ns);
}

static bool has_option(const struct see_message *message, struct see_view option)
{
    struct see_view value = see_message_field(message, SEE_LITERAL("Connection"), NULL);
    return see_view_eq_nocase(value, option);
}

static bool is_given_up(const struct see_exchange *r)
{
    struct see_view closes = SEE_LITERAL("close");
    bool is_old = r->response.http_major == 1 && r->response.http_minor == 0;
    return has_option(&r->request, closes) || has_option(&r->response, closes) ||
           (is_old && !has_option(&r->response, SEE_LITERAL("keep-alive")));
}

static enum setting setting_of(const struct see_exchange *r, const struct see_exchange *f)
{
    if (!see_origin_same(r, f)) {
        return SETTING_ELSEWHERE;
    }
    if (is_given_up(r)) {
        return SETTING_GIVEN_UP;
    }
    return r->response.content_len > LARGE ? SETTING_KEPT_LARGE : SETTING_KEPT;
}

static enum way way_of(const struct edge *edge)
{
    const struct waiting *waiting = edge->waiting;
    const struct see_exchange *r = waiting->exchange;
    const struct see_exchange *f = edge->candidate->exchange;
    see_time_ns time = f->request.first.time_ns;
    bool is_new = f->index == 0;
    if (!r->request.is_seen || pair_is_shared_pipe(r)) {
        return WAY_UNKNOWN;
    }
    if (r->connection == f->connection) {
        return f->index == r->index + 1 ? WAY_NEXT : WAY_LATER;
    }
    if (is_new && !f->connection->is_opening_seen) {
        return WAY_UNKNOWN;
    }
    if (waiting->connection_went_on && waiting->went_on_time < time) {
        return is_new ? WAY_NEW_BESIDE : WAY_OTHER_BESIDE;
    }
    if (see_stamp_is_set(r->connection->closed) && r->connection->closed.time_ns < time) {
        return is_new ? WAY_NEW_AFTER : WAY_OTHER_AFTER;
    }
    return is_new ? WAY_NEW : WAY_OTHER;
}

/* The ways of a setting are counted one by one, and all together under the setting alone. */
static uint32_t all_ways(const struct edge *edge)
{
    return edge->way - edge->way % WAYS;
}

/* How many of the setting came in this way, in thousandths. */
static uint64_t share_of_way(const struct see_pair *pair, const struct edge *edge,
                             enum subject subject)
{
    uint64_t all = count_of(pair, edge, subject, all_ways(edge)) + WAYS_MADE_UP;
    uint64_t same = count_of(pair, edge, subject, edge->way) + WAYS_MADE_UP;
    return same * 1000 / all;
}

static uint32_t fit_way(const struct see_pair *pair, const struct edge *edge)
{
    if (edge->way % WAYS == WAY_UNKNOWN) {
        return 1000;
    }
    uint64_t by_chance = share_of_way(pair, edge, WAY_OF_CHANCE);
    uint64_t fit = share_of_way(pair, edge, WAY_OF_FOLLOWING) * 1000;
    return (uint32_t)(fit / (by_chance > 0 ? by_chance : 1));
}

static int note_way(struct see_pair *pair, const struct edge *edge, enum subject subject)
{
    if (edge->way % WAYS == WAY_UNKNOWN) {
        return SEE_OK;
    }
    int status = count(pair, edge, subject, all_ways(edge));
    return status == SEE_OK ? count(pair, edge, subject, edge->way) : status;
}

/* From how many of the delays on it is as late or later. */
static uint32_t lateness(const struct edge *edge)
{
    see_time_ns delay = edge->own_delay / SEE_NS_PER_MS;
    uint32_t late = 0;
    while (late < DELAYS && delay >= (see_time_ns)1 << late) {
        late++;
    }
    return late;
}

/* How many are as late or later, in thousandths, where `before` is what was taken for that. */
static uint64_t share_as_late(const struct see_pair *pair, const struct edge *edge,
                              enum subject subject, uint32_t late, uint64_t before)
{
    uint64_t all = count_of(pair, edge, subject, 0);
    uint64_t as_late = count_of(pair, edge, subject, late);
    return (as_late * 1000 + before * DELAYS_MADE_UP) / (all + DELAYS_MADE_UP);
}

/* The same where nothing is known. */
static uint32_t fit_at_first(const struct edge *edge)
{
    uint32_t late = lateness(edge);
    return late > 0 ? late_at_first[late - 1] : 1000;
}

static uint32_t fit_delay(const struct see_pair *pair, const struct edge *edge)
{
    uint32_t late = lateness(edge);
    if (late == 0) {
        return 1000;
    }
    uint64_t share = share_as_late(pair, edge, DELAY_OF_ALL, late, fit_at_first(edge));
    share = share_as_late(pair, edge, DELAY, late, share);
    return share < 1000 ? (uint32_t)share : 1000;
}

/* Each is counted under its delay and all shorter ones. */
static int note_delay(struct see_pair *pair, const struct edge *edge)
{
    uint32_t late = lateness(edge);
    int status = SEE_OK;
    for (uint32_t i = 0; i <= late && status == SEE_OK; i++) {
        status = count(pair, edge, DELAY, i);
        if (status == SEE_OK) {
            status = count(pair, edge, DELAY_OF_ALL, i);
        }
    }
    return status;
}

void pair_manner_fit(const struct see_pair *pair, struct edge *edge)
{
    enum setting setting = setting_of(edge->waiting->exchange, edge->candidate->exchange);
    edge->way = (uint32_t)setting * WAYS + (uint32_t)way_of(edge);
    edge->fit_way = fit_way(pair, edge);
    edge->fit_delay = fit_delay(pair, edge);
    uint64_t both = (uint64_t)edge->fit_way * edge->fit_delay / 1000;
    edge->fit = (uint32_t)((both * (1000 - ODD) + (uint64_t)fit_at_first(edge) * ODD) / 1000);
}

/* What the chance would be had it come a second after the redirect. */
static uint64_t chance_in_a_second(const struct edge *edge)
{
    uint64_t delay_us = (uint64_t)edge->own_delay / 1000 + 1;
    return (uint64_t)pair_chance(edge->chance_ppm, edge->fit_way) * 1000000 / delay_us;
}

/*
 * Ways are learnt where all but the way tells why, and delays where all but the delay does, at any
 * delay alike; or what is rare would be taken for rarer every time.
 */
int pair_manner_note(struct see_pair *pair, const struct edge *edge,
                     const struct see_redirect *record)
{
    int status = SEE_OK;
    if (record->runner_up != INT_MIN && record->runner_up >= record->score - RIVAL_WITHIN) {
        return SEE_OK;
    }
    if (record->says_why || pair_chance(edge->chance_ppm, edge->fit_delay) <= WHY_PPM) {
        status = note_way(pair, edge, WAY_OF_FOLLOWING);
    }
    bool is_same_client =
        record->says_who || pair_chance(edge->chance_ppm, edge->fit_way) <= WHO_PPM;
    if (status == SEE_OK && is_same_client && chance_in_a_second(edge) <= RARE_PPM) {
        status = note_delay(pair, edge);
    }
    return status;
}

int pair_manner_note_chance(struct see_pair *pair, const struct candidate *candidate)
{
    int status = SEE_OK;
    const struct edge *edge;
    TAILQ_FOREACH(edge, &candidate->edges, of_candidate)
    {
        if (status == SEE_OK && edge->gap >= CHANCE_FROM && edge->gap < CHANCE_TO) {
            status = note_way(pair, edge, WAY_OF_CHANCE);
        }
    }
    return status;
}
