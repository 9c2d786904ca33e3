/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/close.h"

#include <stdlib.h>

#include "stream/deliver.h"
#include "stream/past.h"
#include "stream/table.h"
#include "stream/wait.h"

/* How long segments of a closed connection may still come: Linux's TIME-WAIT. */
#define LINGER_SECONDS 60

/* And how long when many are closed: a round trip, and what is sent again because of a lost ACK. */
#define LINGER_SECONDS_LEAST 5

static enum see_stream_counter counter_of(enum see_connection_end how)
{
    switch (how) {
    case SEE_CONNECTION_FIN:
        return STREAM_CONNECTIONS_FINISHED;
    case SEE_CONNECTION_RESET:
        return STREAM_CONNECTIONS_RESET;
    case SEE_CONNECTION_IDLE:
        return STREAM_CONNECTIONS_IDLE;
    case SEE_CONNECTION_REUSED:
        return STREAM_CONNECTIONS_REUSED;
    case SEE_CONNECTION_EVICTED:
        return STREAM_CONNECTIONS_EVICTED;
    case SEE_CONNECTION_OPEN:
    case SEE_CONNECTION_CAPTURE_END:
        return STREAM_CONNECTIONS_CAPTURE_END;
    }
    return STREAM_CONNECTIONS_CAPTURE_END;
}

static bool is_direction_over(const struct see_flow *flow, unsigned d)
{
    const struct see_direction *direction = &flow->directions[d];
    return direction->is_finished || (flow->is_ignored && direction->has_finish);
}

bool see_close_is_due(const struct see_flow *flow)
{
    return is_direction_over(flow, 0) && is_direction_over(flow, 1);
}

/* Says the last word on a connection that was introduced, and lets go of it. */
static int say_closed(struct see_flow *flow, enum see_connection_end how)
{
    struct see_stream *stream = flow->stream;
    struct see_connection *connection = flow->connection;
    if (connection == NULL) {
        return SEE_OK;
    }
    connection->ended = how;
    connection->closed = stream->at;
    int rc = stream->sink.closed(stream->sink.ctx, connection);
    see_deliver_let_go(flow);
    return rc;
}

static bool is_silent(const struct see_stream *stream, const struct see_flow_common *flow,
                      size_t seconds)
{
    return flow != NULL && see_stream_elapsed(stream, flow->last_seen) / SEE_NS_PER_S >= seconds;
}

/* What is not live lingers. */
static size_t count_lingering(const struct see_stream *stream)
{
    return stream->flows.count - (size_t)stream->counts[STREAM_CONNECTIONS_OPEN].value;
}

/*
 * Where data that is sent late began a connection, a request would be taken for another one; so no
 * number of connections makes those go that were closed just now.
 */
static void bound_lingering(struct see_stream *stream)
{
    while (count_lingering(stream) > stream->limits.closed_connections &&
           is_silent(stream, TAILQ_FIRST(&stream->lingering), LINGER_SECONDS_LEAST)) {
        see_stream_count(stream, STREAM_CLOSED_FORGOTTEN, 1);
        see_table_remove(stream, TAILQ_FIRST(&stream->lingering));
    }
}

/* What was followed ends: its last octets and the last word. */
static int end_flow(struct see_flow *flow, enum see_connection_end *how)
{
    int rc = SEE_OK;
    if (flow->stream->failed == SEE_OK && !flow->is_ignored) {
        rc = see_wait_end(flow, *how == SEE_CONNECTION_RESET ? SEE_ENDING_ACKED : SEE_ENDING_ALL);
    }
    /* What was held may have ended with both FINs. */
    *how = see_close_is_due(flow) ? SEE_CONNECTION_FIN : *how;
    see_deliver_drop_all(flow, 0, STREAM_OCTETS_UNACKNOWLEDGED);
    see_deliver_drop_all(flow, 1, STREAM_OCTETS_UNACKNOWLEDGED);
    int said = say_closed(flow, *how);
    return rc != SEE_OK ? rc : said;
}

/* Notes how a flow ended that is that of `common`, or is made of its stub. */
static int note_end(const struct see_flow *flow, const struct see_flow_common *common,
                    enum see_connection_end how)
{
    see_stream_count(flow->stream, counter_of(how), 1);
    flow->stream->counts[STREAM_CONNECTIONS_OPEN].value--;
    return how != SEE_CONNECTION_CAPTURE_END ? see_past_add(flow, common) : SEE_OK;
}

static bool is_lingering(enum see_connection_end how)
{
    return how == SEE_CONNECTION_FIN || how == SEE_CONNECTION_RESET;
}

static void linger(struct see_stream *stream, struct see_stub *stub)
{
    see_table_linger(stream, stub);
    bound_lingering(stream);
}

int see_close(struct see_flow *flow, enum see_connection_end how)
{
    struct see_stream *stream = flow->stream;
    int rc = end_flow(flow, &how);
    int noted = note_end(flow, &flow->common, how);
    struct see_stub *stub = is_lingering(how) ? see_table_shrink(flow) : NULL;
    rc = rc != SEE_OK ? rc : noted;
    if (stub != NULL) {
        linger(stream, stub);
        return rc;
    }
    see_table_remove(stream, &flow->common);
    return rc == SEE_OK && is_lingering(how) ? SEE_ENOMEM : rc;
}

int see_close_stub(struct see_stream *stream, struct see_stub *stub, enum see_connection_end how)
{
    struct see_flow flow;
    see_stub_expand(stream, stub, &flow);
    how = see_close_is_due(&flow) ? SEE_CONNECTION_FIN : how;
    int rc = note_end(&flow, &stub->common, how);
    if (is_lingering(how)) {
        linger(stream, stub);
    } else {
        see_table_remove(stream, &stub->common);
    }
    return rc;
}

int see_close_any(struct see_stream *stream, struct see_flow_common *flow,
                  enum see_connection_end how)
{
    return flow->is_stub ? see_close_stub(stream, see_stub_of(flow), how)
                         : see_close(see_flow_of(flow), how);
}

int see_close_if_finished(struct see_flow *flow)
{
    if (see_close_is_due(flow)) {
        return see_close(flow, SEE_CONNECTION_FIN);
    }
    /* Whom nobody wants to hear of is followed no more. */
    bool is_left = flow->is_forgotten && flow->connection == NULL;
    return is_left && see_table_shrink(flow) == NULL ? SEE_ENOMEM : SEE_OK;
}

/* When a flow that is heard of no more will have been silent for too long. */
static see_time_ns silent_at(see_time_ns last_seen, size_t seconds)
{
    bool fits = seconds <= INT64_MAX / SEE_NS_PER_S;
    return fits ? see_stream_after(last_seen, (see_time_ns)seconds * SEE_NS_PER_S) : INT64_MAX;
}

/* The time before which nobody can have been silent for too long, even if no segment comes. */
static see_time_ns next_idle(const struct see_stream *stream, const struct see_flow_common *oldest)
{
    const struct see_flow_common *lingering = TAILQ_FIRST(&stream->lingering);
    size_t seconds = stream->limits.idle_seconds;
    see_time_ns live_at = silent_at(oldest != NULL ? oldest->last_seen : stream->now, seconds);
    see_time_ns lingering_at =
        silent_at(lingering != NULL ? lingering->last_seen : stream->now, LINGER_SECONDS);
    return live_at < lingering_at ? live_at : lingering_at;
}

int see_close_idle(struct see_stream *stream)
{
    if (stream->now < stream->next_idle) {
        return SEE_OK;
    }
    while (is_silent(stream, TAILQ_FIRST(&stream->lingering), LINGER_SECONDS)) {
        see_table_remove(stream, TAILQ_FIRST(&stream->lingering));
    }
    struct see_flow_common *oldest;
    int rc = see_table_oldest(stream, &oldest);
    while (rc == SEE_OK && is_silent(stream, oldest, stream->limits.idle_seconds)) {
        rc = see_close_any(stream, oldest, SEE_CONNECTION_IDLE);
        if (rc == SEE_OK) {
            rc = see_table_oldest(stream, &oldest);
        }
    }
    if (rc == SEE_OK) {
        stream->next_idle = next_idle(stream, oldest);
    }
    return rc;
}

int see_close_for_room(struct see_stream *stream)
{
    int rc = SEE_OK;
    while (rc == SEE_OK && stream->flows.count > 0 &&
           stream->flows.count >= stream->limits.connections) {
        if (!TAILQ_EMPTY(&stream->lingering)) {
            see_table_remove(stream, TAILQ_FIRST(&stream->lingering));
        } else {
            struct see_flow_common *oldest;
            rc = see_table_oldest(stream, &oldest);
            rc = rc == SEE_OK ? see_close_any(stream, oldest, SEE_CONNECTION_EVICTED) : rc;
        }
    }
    return rc;
}

static int by_id(const void *a, const void *b)
{
    const struct see_flow *const *left = a;
    const struct see_flow *const *right = b;
    return ((*left)->id > (*right)->id) - ((*left)->id < (*right)->id);
}

/* Flows that are followed, in order of id, or NULL when memory ran out; `count` live in all. */
static struct see_flow **sorted(const struct see_stream *stream, size_t count, size_t *ret_count)
{
    struct see_flow **flows = malloc((count + 1) * sizeof(struct see_flow *));
    struct see_flow_common *flow;
    *ret_count = 0;
    if (flows == NULL) {
        return NULL;
    }
    TAILQ_FOREACH(flow, &stream->live, entry)
    {
        if (!flow->is_stub) {
            flows[(*ret_count)++] = see_flow_of(flow);
        }
    }
    qsort(flows, *ret_count, sizeof(struct see_flow *), by_id);
    return flows;
}

int see_close_all(struct see_stream *stream)
{
    size_t count;
    struct see_flow **flows =
        sorted(stream, (size_t)stream->counts[STREAM_CONNECTIONS_OPEN].value, &count);
    if (flows == NULL && stream->failed == SEE_OK) {
        stream->failed = SEE_ENOMEM;
    }
    for (size_t i = 0; flows != NULL && i < count; i++) {
        int rc = see_close(flows[i], SEE_CONNECTION_CAPTURE_END);
        stream->failed = stream->failed == SEE_OK ? rc : stream->failed;
    }
    free(flows);
    struct see_flow_common *flow;
    while ((flow = TAILQ_FIRST(&stream->live)) != NULL) {
        int rc = see_close_any(stream, flow, SEE_CONNECTION_CAPTURE_END);
        stream->failed = stream->failed == SEE_OK ? rc : stream->failed;
    }
    while (!TAILQ_EMPTY(&stream->lingering)) {
        see_table_remove(stream, TAILQ_FIRST(&stream->lingering));
    }
    return stream->failed;
}
