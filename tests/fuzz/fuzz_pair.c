/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_pair - little dialogs of a few clients into the pair room.
 *
 * The input is a script.  Its first octet chooses limits, and whether requests are kept for
 * redirects that come late; then each event is three octets:
 *
 *     octet 0   bits 0-2 the connection (its client is that number halved), bits 3-7 what happens
 *     octet 1   bits 0-3 the target, bits 4-7 how it looks: fields of the request, the status
 *     octet 2   milliseconds since the event before, squared; 0: at the same time
 *
 * What happens makes sense by itself: a request on a connection that waits for a response is left
 * out, and so on.  Of events at one time the requests come first, one on each connection at most.
 *
 * Each redirect must come out exactly once, no request may answer two, and the books must balance.
 * Then the script is played again, with what happens at one time in another order: the same must
 * come out, as long as no limit was reached.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "books.h"
#include "http/record.h"
#include "pair/pair.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CONNECTIONS 8
#define EVENTS_MAX 512
#define FIELDS_MAX 4

enum what { REQUEST, RESPONSE, GAP, CLOSE, WHATS };

struct event {
    enum what what;
    unsigned connection, target, look;
    see_time_ns time;
};

struct script {
    struct event list[EVENTS_MAX];
    size_t count;
};

/* What came of one redirect; redirects and requests are named by connection and place on it. */
struct row {
    const char *why;
    uint64_t id, chain_id;
    uint32_t redirect, followup, chain;
    int outcome, confidence, score, runner_up, tier;
    uint32_t hop, visits;
};

_Static_assert(sizeof(struct row) == sizeof(char *) + 2 * 8 + 10 * 4, "rows are compared whole");

struct play {
    struct see_pair *pair;
    struct see_connection *connections[CONNECTIONS];
    struct see_exchange *open[CONNECTIONS]; /* requests that wait for their response */
    uint32_t next_index[CONNECTIONS];
    uint64_t next_id, frame;
    struct row rows[EVENTS_MAX];
    size_t count;
    size_t redirects; /* fed */
};

static const char *const targets[] = {
    "/",
    "/a",
    "/b",
    "/c?q=1",
    "http://shop.example/a",
    "http://shop.example/b",
    "http://other.example/a",
    "http://other.example/d",
    "https://shop.example/a",
    "//other.example/b",
    "/f0e1d2c3b4a59687f0e1",
    "mailto:nobody",
    "/a#fragment",
    "/%61",
    "http:/a",
    "a b",
};

/* Requests are for plain URIs; two in three hosts are those of the targets. */
static const char *const uris[] = {
    "http://shop.example/",       "http://shop.example/a",
    "http://shop.example/b",      "http://shop.example/c?q=1",
    "http://other.example/a",     "http://other.example/b",
    "http://other.example/d",     "http://other.example/",
    "http://shop.example/a%20b",  "http://shop.example/f0e1d2c3b4a59687f0e1",
    "http://shop.example/%61",    "http://third.example/",
    "http://third.example/a",     "http://shop.example/x",
    "http://shop.example:8080/a", "http://a/",
};

static int ok(int status)
{
    assert(status == SEE_OK);
    return status;
}

static uint32_t name_of(const struct see_exchange *exchange)
{
    return exchange != NULL ? (uint32_t)exchange->connection->ends[0].port << 16 | exchange->index
                            : UINT32_MAX;
}

static int on_redirect(void *ctx, const struct see_redirect *redirect)
{
    struct play *play = ctx;
    assert(play->count < EVENTS_MAX);
    assert((redirect->outcome == SEE_OUTCOME_FOLLOWED) == (redirect->followup != NULL));
    play->rows[play->count++] = (struct row){
        .redirect = name_of(redirect->exchange),
        .followup = name_of(redirect->followup),
        .id = redirect->id,
        .chain_id = redirect->chain_id,
        .outcome = (int)redirect->outcome,
        .confidence = (int)redirect->confidence,
        .score = redirect->score,
        .runner_up = redirect->runner_up,
        .tier = (int)redirect->tier,
        .hop = redirect->hop,
        .visits = redirect->visits,
        .why = redirect->why,
    };
    return SEE_OK;
}

static struct see_connection *connection_of(struct play *play, unsigned which)
{
    struct see_connection **at = &play->connections[which];
    if (*at == NULL) {
        uint8_t from[4] = {10, 0, 0, (uint8_t)(1 + which / 2)};
        uint8_t to[4] = {192, 0, 2, 1};
        *at = calloc(1, sizeof(**at));
        assert(*at != NULL);
        (*at)->id = ++play->next_id;
        (*at)->refs = 1;
        (*at)->ends[0] = (struct see_endpoint){see_address_v4(from), (uint16_t)(1 + which)};
        (*at)->ends[1] = (struct see_endpoint){see_address_v4(to), 80};
    }
    return *at;
}

static void add_field(struct see_record *record, struct see_message *message, const char *name,
                      const char *value)
{
    struct see_field *fields = see_record_alloc(record, FIELDS_MAX * sizeof(*fields));
    assert(fields != NULL && message->field_count < FIELDS_MAX);
    for (size_t i = 0; i < message->field_count; i++) {
        fields[i] = message->fields[i];
    }
    fields[message->field_count++] = (struct see_field){see_view_of(name), see_view_of(value)};
    message->fields = fields;
}

static void request(struct play *play, const struct event *event, struct see_stamp stamp)
{
    struct see_record *record = see_record_new(NULL, connection_of(play, event->connection), 0, 0);
    assert(record != NULL);
    struct see_exchange *exchange = &record->exchange;
    exchange->id = ++play->next_id;
    exchange->index = play->next_index[event->connection]++;
    bool is_preflight = (event->look & 12) == 12;
    exchange->method = see_view_of(is_preflight ? "OPTIONS" : event->look & 1 ? "POST" : "GET");
    exchange->uri = see_view_of(uris[event->target]);
    exchange->scheme = SEE_LITERAL("http");
    exchange->authority = see_view_cut(exchange->uri, 7, 7 + strcspn(exchange->uri.ptr + 7, "/"));
    exchange->target = see_view_cut(exchange->uri, 7 + exchange->authority.len, exchange->uri.len);
    struct see_message *message = &exchange->request;
    message->is_seen = message->has_head = true;
    message->first = message->head_end = message->last = stamp;
    if (is_preflight) {
        add_field(record, message, "Access-Control-Request-Method", "PUT");
    }
    add_field(record, message, "User-Agent", event->look & 2 ? "one" : "two");
    if (event->look & 4) {
        add_field(record, message, "Cookie", event->look & 1 ? "s=1" : "s=2");
    }
    (void)ok(see_pair_exchange(play->pair, exchange, SEE_REQUEST_HEAD));
    if ((event->look & 8) == 0) {
        message->is_complete = true;
        (void)ok(see_pair_exchange(play->pair, exchange, SEE_REQUEST_END));
    }
    play->open[event->connection] = exchange;
}

static void end(struct play *play, unsigned which)
{
    struct see_exchange *exchange = play->open[which];
    if (exchange != NULL) {
        if (!exchange->request.is_complete) {
            exchange->request.is_complete = true;
            (void)ok(see_pair_exchange(play->pair, exchange, SEE_REQUEST_END));
        }
        exchange->is_over = true;
        (void)ok(see_pair_exchange(play->pair, exchange, SEE_EXCHANGE_END));
        see_exchange_unref(exchange);
        play->open[which] = NULL;
    }
}

static void respond(struct play *play, const struct event *event, struct see_stamp stamp)
{
    static const int statuses[] = {302, 303, 307, 200};
    struct see_exchange *exchange = play->open[event->connection];
    if (exchange == NULL) {
        return;
    }
    struct see_record *record = (struct see_record *)(void *)exchange;
    struct see_message *message = &exchange->response;
    exchange->status = statuses[event->look & 3];
    message->is_seen = message->has_head = message->is_complete = true;
    message->first = message->head_end = message->last = stamp;
    if ((event->look & 12) != 12) {
        add_field(record, message, "Location", targets[event->target]);
    }
    if ((event->look & 12) == 4) {
        add_field(record, message, "Set-Cookie", "s=1");
    }
    play->redirects += see_exchange_is_redirect(exchange);
    (void)ok(see_pair_exchange(play->pair, exchange, SEE_RESPONSE_HEAD));
    end(play, event->connection);
}

static void gap(struct play *play, const struct event *event, struct see_stamp stamp)
{
    struct see_chunk chunk = {
        .connection = connection_of(play, event->connection),
        .len = 1,
        .stamp = stamp,
    };
    (void)ok(see_pair_gap(play->pair, &chunk));
}

static void close_connection(struct play *play, unsigned which)
{
    end(play, which);
    see_connection_unref(play->connections[which]);
    play->connections[which] = NULL;
}

static void happen(struct play *play, const struct event *event)
{
    struct see_stamp stamp = see_stamp_make(event->time, ++play->frame, 1);
    switch (event->what) {
    case REQUEST:
        if (play->open[event->connection] == NULL) {
            request(play, event, stamp);
        }
        break;
    case RESPONSE:
        respond(play, event, stamp);
        break;
    case GAP:
        gap(play, event, stamp);
        break;
    case CLOSE:
        close_connection(play, event->connection);
        break;
    case WHATS:
        break;
    }
}

/* The events of one time and kind, from `from` on, in one order or another. */
static size_t happen_together(struct play *play, const struct script *script, size_t from,
                              unsigned order)
{
    const struct event *first = &script->list[from];
    size_t to = from;
    while (to < script->count && script->list[to].time == first->time &&
           script->list[to].what == first->what) {
        to++;
    }
    size_t count = to - from;
    for (size_t i = 0; i < count; i++) {
        size_t at = order == 0 ? i : order == 1 ? count - 1 - i : (i + count / 2) % count;
        happen(play, &script->list[from + at]);
    }
    return to;
}

static bool is_within_limits_of(struct see_counts counts)
{
    static const char *const crossed[] = {"redirects_evicted",        "candidates_dropped",
                                          "candidates_decided_early", "history_dropped",
                                          "authorities_dropped",      "chain_visits_dropped"};
    for (size_t i = 0; i < sizeof(crossed) / sizeof(crossed[0]); i++) {
        if (see_counts_value(&counts, crossed[i]) > 0) {
            return false;
        }
    }
    return true;
}

static int by_name(const void *a, const void *b)
{
    const struct row *x = a;
    const struct row *y = b;
    return (x->redirect > y->redirect) - (x->redirect < y->redirect);
}

/* Puts names in the place of numbers that depend on the order of feeding. */
static void name_chains(struct play *play)
{
    for (size_t i = 0; i < play->count; i++) {
        for (size_t j = 0; j < play->count; j++) {
            if (play->rows[j].id == play->rows[i].chain_id) {
                play->rows[i].chain = play->rows[j].redirect;
            }
        }
    }
    qsort(play->rows, play->count, sizeof(play->rows[0]), by_name);
    for (size_t i = 0; i < play->count; i++) {
        play->rows[i].id = play->rows[i].chain_id = 0;
    }
}

static void check_rows(const struct play *play)
{
    assert(play->count == play->redirects);
    for (size_t i = 0; i < play->count; i++) {
        assert(i == 0 || play->rows[i - 1].redirect != play->rows[i].redirect);
        for (size_t j = 0; j < i; j++) {
            assert(play->rows[i].followup == UINT32_MAX ||
                   play->rows[i].followup != play->rows[j].followup);
        }
    }
}

static bool perform(struct play *play, const struct script *script, const struct see_limits *limits,
                    bool is_behind, unsigned order)
{
    static const struct see_hash_key key = {1, 2};
    struct see_pair_options options = {.window_ns = 30 * SEE_NS_PER_S};
    bool is_within_limits;
    memset(play, 0, sizeof(*play));
    play->pair = see_pair_new(limits, &options, &key, (struct see_pair_sink){play, on_redirect});
    assert(play->pair != NULL);
    see_pair_behind(play->pair, is_behind);
    for (size_t i = 0; i < script->count;) {
        (void)ok(see_pair_tick(play->pair, script->list[i].time));
        i = happen_together(play, script, i, order);
    }
    for (unsigned i = 0; i < CONNECTIONS; i++) {
        close_connection(play, i);
    }
    (void)ok(see_pair_flush(play->pair));
    check_books(see_pair_counts(play->pair));
    is_within_limits = is_within_limits_of(see_pair_counts(play->pair));
    see_pair_free(play->pair);
    name_chains(play);
    check_rows(play);
    return is_within_limits;
}

/* A connection does one thing at a time; requests come before what answers them. */
static bool is_in_order(const struct script *script, const struct event *event)
{
    for (size_t i = script->count; i > 0 && script->list[i - 1].time == event->time; i--) {
        if (script->list[i - 1].connection == event->connection ||
            script->list[i - 1].what > event->what) {
            return false;
        }
    }
    return true;
}

static void read_script(struct script *script, const uint8_t *data, size_t size)
{
    see_time_ns now = 1000 * SEE_NS_PER_S;
    script->count = 0;
    for (size_t at = 0; at + 3 <= size && script->count < EVENTS_MAX; at += 3) {
        static const enum what whats[] = {REQUEST, REQUEST, RESPONSE, RESPONSE,
                                          REQUEST, REQUEST, RESPONSE, GAP};
        unsigned kind = data[at] >> 3;
        now += data[at + 2] * data[at + 2] * SEE_NS_PER_MS;
        struct event event = {
            .what = kind == 31 ? CLOSE : whats[kind % 8],
            .connection = data[at] & 7,
            .target = data[at + 1] & 15,
            .look = data[at + 1] >> 4,
            .time = now,
        };
        if (event.what == GAP && kind > 8) {
            event.what = REQUEST;
        }
        if (!is_in_order(script, &event)) {
            event.time = now += SEE_NS_PER_MS;
        }
        script->list[script->count++] = event;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct script script;
    static struct play one, other;
    struct see_limits limits = see_limits_default();
    if (size == 0) {
        return 0;
    }
    limits.pending_redirects = data[0] & 1 ? 3 : limits.pending_redirects;
    limits.pending_redirects_client = data[0] & 2 ? 2 : limits.pending_redirects_client;
    limits.candidates = data[0] & 4 ? 2 : limits.candidates;
    limits.weighed = data[0] & 8 ? 3 : limits.weighed;
    limits.history = data[0] & 16 ? 2 : limits.history;
    limits.authorities = data[0] & 32 ? 1 : limits.authorities;
    limits.chain_visits = data[0] & 64 ? 2 : limits.chain_visits;
    read_script(&script, data + 1, size - 1);
    bool is_behind = (data[0] & 128) != 0;
    bool is_comparable = perform(&one, &script, &limits, is_behind, 0);
    for (unsigned order = 1; order <= 2 && is_comparable; order++) {
        /* At a limit it may be the order that tells who has to make room. */
        if (!perform(&other, &script, &limits, is_behind, order)) {
            continue;
        }
        assert(one.count == other.count);
        assert(memcmp(one.rows, other.rows, one.count * sizeof(one.rows[0])) == 0);
    }
    return 0;
}
