/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/http.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/prefetch.h"
#include "http/lane.h"
#include "http/room.h"

struct see_http *see_http_new(const struct see_limits *limits,
                              const struct see_http_options *options, struct see_http_sink sink)
{
    static const struct see_count counts[] = {
#define SEE_HTTP_COUNT(name, unit, kind) {#name, unit, SEE_COUNT_##kind, 0},
        SEE_HTTP_COUNTS(SEE_HTTP_COUNT)
#undef SEE_HTTP_COUNT
    };
    struct see_http *http = calloc(1, sizeof(*http));
    if (http == NULL) {
        return NULL;
    }
    http->pool = see_pool_new();
    if (http->pool == NULL) {
        free(http);
        return NULL;
    }
    http->limits = *limits;
    http->sink = sink;
    http->clients = options->clients;
    http->digest_key = see_content_key_make(options->digest_key);
    http->empty_digest = see_content_empty(&http->digest_key);
    see_hunt_init(&http->idle_hunt);
    see_hunt_init(&http->lost_hunt);
    see_hunt_lose(&http->lost_hunt);
    see_text_init(&http->spare_octets);
    see_text_init(&http->scratch[0]);
    see_text_init(&http->scratch[1]);
    for (size_t i = 0; i < SEE_HTTP_COUNT_COUNT; i++) {
        http->counts[i] = counts[i];
    }
    return http;
}

void see_http_clients(struct see_http *http, const struct see_client_options *clients)
{
    http->clients = *clients;
}

/* The connection's `user` once nothing more is wanted of it: a value that is no talk. */
static void *ignored(struct see_connection *connection)
{
    return connection;
}

static struct see_talk *talk_of(const struct see_connection *connection)
{
    return connection->user != connection ? connection->user : NULL;
}

static struct see_talk *begin_talk(struct see_http *http, struct see_connection *connection)
{
    struct see_talk *talk = see_pool_take(http->pool, sizeof(*talk));
    if (talk == NULL) {
        return NULL;
    }
    memset(talk, 0, sizeof(*talk));
    if (see_talks_add(&http->talks, talk) != SEE_OK) {
        see_pool_give(http->pool, talk, sizeof(*talk));
        return NULL;
    }
    talk->http = http;
    talk->connection = see_connection_ref(connection);
    see_lane_init(&talk->lanes[0], talk);
    see_lane_init(&talk->lanes[1], talk);
    see_dialog_init(&talk->dialog, http, connection);
    connection->user = talk;
    see_http_add(http, SEE_HTTP_COUNT_connections, 1);
    return talk;
}

/*
 * Exchanges that did not reach their end, after a failure: those that wait are the dialog's, and
 * one whose response is being read, or whose request goes on after its response, is a lane's.
 */
static void free_records(struct see_talk *talk)
{
    struct see_record *answered = NULL;
    for (size_t i = 0; i < 2; i++) {
        const struct see_reading *reading = talk->lanes[i].reading;
        struct see_record *record = reading != NULL ? reading->record : NULL;
        bool is_waiting = talk->lanes[i].kind == SEE_SNIFF_REQUEST && record != NULL &&
                          see_dialog_is_waiting(&talk->dialog, record);
        if (record != NULL && record != answered && !is_waiting) {
            see_exchange_unref(&record->exchange);
            answered = record;
        }
    }
    see_dialog_finish(&talk->dialog);
}

static size_t held_by(const struct see_talk *talk)
{
    return talk->lanes[0].hunt->octets.size + talk->lanes[1].hunt->octets.size + talk->dialog.held;
}

static void end_talk(struct see_talk *talk)
{
    see_talks_remove(&talk->http->talks, talk);
    free_records(talk);
    see_lane_finish(&talk->lanes[0]);
    see_lane_finish(&talk->lanes[1]);
    see_connection_unref(talk->connection);
    free(talk->early_gaps);
    see_pool_give(talk->http->pool, talk, sizeof(*talk));
}

/* Ends what is in progress, requests first, and whatever waits. */
static int end_messages(struct see_talk *talk, struct see_stamp stamp)
{
    unsigned client = talk->dialog.client;
    int status = see_lane_end(&talk->lanes[client], false, stamp);
    if (status == SEE_OK) {
        status = see_lane_end(&talk->lanes[1 - client], false, stamp);
    }
    return status == SEE_OK ? see_dialog_close(&talk->dialog) : status;
}

/* Where a capture has one direction only, what it lacks is no silence of the other side. */
static void count_one_sided(const struct see_talk *talk)
{
    const struct see_lane *client = &talk->lanes[talk->dialog.client];
    const struct see_lane *server = &talk->lanes[1 - talk->dialog.client];
    if (talk->had_http && !server->is_heard) {
        see_http_add(talk->http, SEE_HTTP_COUNT_connections_requests_only, 1);
    } else if (talk->had_http && !client->is_heard) {
        see_http_add(talk->http, SEE_HTTP_COUNT_connections_responses_only, 1);
    }
}

/* The connection goes on in another protocol, or never spoke HTTP. */
static int leave_talk(struct see_talk *talk, struct see_stamp stamp)
{
    struct see_connection *connection = talk->connection;
    count_one_sided(talk);
    int status = end_messages(talk, stamp);
    connection->user = ignored(connection);
    if (talk->had_http) {
        see_stream_ignore(connection);
    } else {
        see_stream_forget(connection);
    }
    end_talk(talk);
    return status;
}

/* After a failure nothing is known of the connection any more. */
static int abandon_talk(struct see_talk *talk, int status)
{
    talk->connection->user = ignored(talk->connection);
    end_talk(talk);
    return status;
}

/*
 * Too much is held: the connection that was silent longest is not listened to any more.  Its
 * exchanges end as if it were closed, and it is counted.
 */
static int make_room(struct see_http *http, struct see_stamp stamp)
{
    int status = SEE_OK;
    while (status == SEE_OK && http->talks.held > http->limits.messages_held) {
        struct see_talk *talk;
        status = see_talks_silent(&http->talks, &talk);
        if (status != SEE_OK || talk == NULL) {
            break;
        }
        see_http_add(http, SEE_HTTP_COUNT_connections_given_up, 1);
        if (!talk->had_http) {
            see_http_add(http, SEE_HTTP_COUNT_connections_undecided, 1);
        }
        talk->connection->user = ignored(talk->connection);
        status = end_messages(talk, stamp);
        end_talk(talk);
    }
    return status;
}

static int heard(struct see_talk *talk, struct see_stamp stamp)
{
    see_lane_rest(&talk->lanes[0]);
    see_lane_rest(&talk->lanes[1]);
    see_talks_heard(&talk->http->talks, talk, held_by(talk));
    return make_room(talk->http, stamp);
}

static int read_gap(struct see_talk *talk, const struct see_chunk *gap, const struct see_mark *mark)
{
    struct see_http *http = talk->http;
    see_http_add(http, SEE_HTTP_COUNT_gaps, 1);
    see_http_add(http, SEE_HTTP_COUNT_octets_missing, gap->len);
    if (talk->is_http) {
        int status = http->sink.gap(http->sink.ctx, gap);
        if (status != SEE_OK) {
            return status;
        }
    } else {
        if (talk->early_gaps == NULL) {
            talk->early_gaps = calloc(2, sizeof(*talk->early_gaps));
        }
        if (talk->early_gaps == NULL) {
            return SEE_ENOMEM;
        }
        talk->early_gaps[gap->direction] = *gap;
    }
    return see_lane_miss(&talk->lanes[gap->direction], mark, gap->len);
}

void see_http_looked(struct see_http *http, const struct see_http_look *looks, size_t count)
{
    http->looks = looks;
    http->look_count = count;
}

int see_http_chunk(struct see_http *http, const struct see_chunk *chunk)
{
    struct see_connection *connection = chunk->connection;
    struct see_mark mark = {chunk->stamp, chunk->offset, chunk->acknowledged};
    bool is_gap = chunk->data == NULL;
    assert(chunk->direction < 2 && chunk->len > 0);

    see_http_add(http, SEE_HTTP_COUNT_octets, is_gap ? 0 : chunk->len);
    if (connection->user == ignored(connection)) {
        see_http_add(http, SEE_HTTP_COUNT_octets_not_http, is_gap ? 0 : chunk->len);
        return SEE_OK;
    }
    struct see_talk *talk = connection->user;
    if (talk == NULL) {
        talk = begin_talk(http, connection);
        if (talk == NULL) {
            return SEE_ENOMEM;
        }
    }
    see_prefetch(talk, sizeof(*talk));
    if (is_gap) {
        int status = read_gap(talk, chunk, &mark);
        if (status != SEE_OK) {
            return abandon_talk(talk, status);
        }
        return talk->is_left ? leave_talk(talk, chunk->stamp) : heard(talk, chunk->stamp);
    }
    struct see_input input = {{(const char *)chunk->data, (size_t)chunk->len}, mark, false};
    int status = see_lane_read(&talk->lanes[chunk->direction], &input);
    if (status != SEE_OK) {
        return abandon_talk(talk, status);
    }
    if (!talk->is_left) {
        return heard(talk, chunk->stamp);
    }
    see_http_add(http, SEE_HTTP_COUNT_octets_not_http, input.octets.len);
    return leave_talk(talk, chunk->stamp);
}

void see_http_expect(const struct see_connection *connection)
{
    const struct see_talk *talk = talk_of(connection);
    if (talk != NULL) {
        see_prefetch(talk, sizeof(*talk));
    }
}

int see_http_finished(struct see_http *http, struct see_connection *connection, unsigned direction,
                      struct see_stamp stamp)
{
    (void)http;
    assert(direction < 2);
    struct see_talk *talk = talk_of(connection);
    if (talk == NULL || !talk->is_http) {
        return SEE_OK;
    }
    int status = see_lane_end(&talk->lanes[direction], true, stamp);
    if (status != SEE_OK) {
        return abandon_talk(talk, status);
    }
    return talk->is_left ? leave_talk(talk, stamp) : heard(talk, stamp);
}

int see_http_closed(struct see_http *http, struct see_connection *connection)
{
    struct see_talk *talk = talk_of(connection);
    connection->user = NULL;
    if (talk == NULL) {
        return SEE_OK;
    }
    bool was_judged = talk->lanes[0].hunt->is_guess || talk->lanes[1].hunt->is_guess;
    bool is_waiting = talk->lanes[0].is_waiting || talk->lanes[1].is_waiting;
    bool is_simple = talk->lanes[0].is_simple || talk->lanes[1].is_simple;
    bool was_heard = is_waiting || (was_judged && talk->skipped > 0);
    count_one_sided(talk);
    int status = end_messages(talk, connection->closed);
    if (!talk->had_http) {
        see_http_add(http,
                     is_simple   ? SEE_HTTP_COUNT_connections_http09
                     : was_heard ? SEE_HTTP_COUNT_connections_other
                                 : SEE_HTTP_COUNT_connections_undecided,
                     1);
    }
    end_talk(talk);
    return status;
}

struct see_counts see_http_counts(struct see_http *http)
{
    return (struct see_counts){"http", http->counts, SEE_HTTP_COUNT_COUNT};
}

void see_http_free(struct see_http *http)
{
    if (http == NULL) {
        return;
    }
    while (http->talks.count > 0) {
        struct see_talk *talk = http->talks.list[http->talks.count - 1];
        talk->connection->user = NULL;
        end_talk(talk);
    }
    assert(see_hunt_is_idle(&http->idle_hunt) && http->lost_hunt.is_lost);
    see_text_finish(&http->scratch[0]);
    see_text_finish(&http->scratch[1]);
    see_text_finish(&http->spare_octets);
    see_talks_finish(&http->talks);
    see_pool_unref(http->pool);
    free(http);
}
