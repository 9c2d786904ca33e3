/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/stream.h"

#include <stdlib.h>
#include <string.h>

#include "core/prefetch.h"
#include "stream/begin.h"
#include "stream/close.h"
#include "stream/deliver.h"
#include "stream/elsewhere.h"
#include "stream/key.h"
#include "stream/past.h"
#include "stream/receive.h"
#include "stream/table.h"
#include "stream/wait.h"

static const struct see_count counters[STREAM_COUNTERS] = {
    [STREAM_SEGMENTS] = {"segments", "segments", SEE_COUNT_IN, 0},
    [STREAM_SEGMENTS_WITH_DATA] = {"segments_with_data", "segments", SEE_COUNT_OUT, 0},
    [STREAM_SEGMENTS_WITHOUT_DATA] = {"segments_without_data", "segments", SEE_COUNT_OUT, 0},
    [STREAM_OCTETS_SEEN] = {"octets_seen", "octets", SEE_COUNT_IN, 0},
    [STREAM_OCTETS_IN_ORDER] = {"octets_in_order", "octets", SEE_COUNT_OUT, 0},
    [STREAM_OCTETS_HELD] = {"octets_held", "octets", SEE_COUNT_LEVEL, 0},
    [STREAM_OCTETS_RETRANSMITTED] = {"octets_retransmitted", "octets", SEE_COUNT_DROPPED, 0},
    [STREAM_OCTETS_CONFLICTING] = {"octets_conflicting", "octets", SEE_COUNT_DROPPED, 0},
    [STREAM_OCTETS_BEFORE_START] = {"octets_before_start", "octets", SEE_COUNT_DROPPED, 0},
    [STREAM_OCTETS_AFTER_FINISH] = {"octets_after_finish", "octets", SEE_COUNT_DROPPED, 0},
    [STREAM_OCTETS_AFTER_CLOSE] = {"octets_after_close", "octets", SEE_COUNT_DROPPED, 0},
    [STREAM_OCTETS_SEEN_BEFORE] = {"octets_seen_before", "octets", SEE_COUNT_DROPPED, 0},
    [STREAM_OCTETS_IN_RESET] = {"octets_in_reset", "octets", SEE_COUNT_DROPPED, 0},
    [STREAM_OCTETS_UNACKNOWLEDGED] = {"octets_unacknowledged", "octets", SEE_COUNT_DROPPED, 0},
    [STREAM_OCTETS_IMPLAUSIBLE] = {"octets_implausible", "octets", SEE_COUNT_DROPPED, 0},
    [STREAM_OCTETS_IGNORED] = {"octets_ignored", "octets", SEE_COUNT_DROPPED, 0},
    [STREAM_CONNECTIONS_OPENED] = {"connections_opened", "connections", SEE_COUNT_IN, 0},
    [STREAM_CONNECTIONS_MIDSTREAM] = {"connections_midstream", "connections", SEE_COUNT_IN, 0},
    [STREAM_CONNECTIONS_OPEN] = {"connections_open", "connections", SEE_COUNT_LEVEL, 0},
    [STREAM_CONNECTIONS_FINISHED] = {"connections_finished", "connections", SEE_COUNT_OUT, 0},
    [STREAM_CONNECTIONS_RESET] = {"connections_reset", "connections", SEE_COUNT_OUT, 0},
    [STREAM_CONNECTIONS_REUSED] = {"connections_reused", "connections", SEE_COUNT_OUT, 0},
    [STREAM_CONNECTIONS_CAPTURE_END] = {"connections_capture_end", "connections", SEE_COUNT_OUT, 0},
    [STREAM_CONNECTIONS_IDLE] = {"connections_idle", "connections", SEE_COUNT_DROPPED, 0},
    [STREAM_CONNECTIONS_EVICTED] = {"connections_evicted", "connections", SEE_COUNT_DROPPED, 0},
    [STREAM_GAPS] = {"gaps", "gaps", SEE_COUNT_NOTE, 0},
    [STREAM_OCTETS_MISSING] = {"octets_missing", "octets", SEE_COUNT_NOTE, 0},
    [STREAM_SEGMENTS_SEEN_BEFORE] = {"segments_seen_before", "segments", SEE_COUNT_NOTE, 0},
    [STREAM_STAMPS_DOUBTED] = {"stamps_doubted", "segments", SEE_COUNT_NOTE, 0},
    [STREAM_CLOSED_FORGOTTEN] = {"closed_forgotten", "connections", SEE_COUNT_NOTE, 0},
    [STREAM_PAST_FORGOTTEN] = {"past_forgotten", "connections", SEE_COUNT_NOTE, 0},
    [STREAM_NETWORKS_JOINED] = {"networks_joined", "connections", SEE_COUNT_NOTE, 0},
    [STREAM_KEEP_ALIVES] = {"keep_alives", "segments", SEE_COUNT_NOTE, 0},
    [STREAM_ACKS_IMPLAUSIBLE] = {"acks_implausible", "segments", SEE_COUNT_NOTE, 0},
    [STREAM_FINISHES_IMPLAUSIBLE] = {"finishes_implausible", "segments", SEE_COUNT_NOTE, 0},
    [STREAM_RESETS_IMPLAUSIBLE] = {"resets_implausible", "segments", SEE_COUNT_NOTE, 0},
};

struct see_stream *see_stream_new(const struct see_limits *limits, const struct see_hash_key *key,
                                  struct see_stream_sink sink)
{
    struct see_stream *stream = calloc(1, sizeof(*stream));
    if (stream == NULL) {
        return NULL;
    }
    stream->limits = *limits;
    stream->weights = see_hash_weights_of(key);
    stream->sink = sink;
    see_timeline_init(&stream->clock);
    stream->now = stream->clock.now;
    stream->generation_end = stream->now;
    stream->next_idle = stream->now;
    see_map_init(&stream->flows);
    see_map_init(&stream->elsewhere);
    see_map_init(&stream->past_by_ends);
    TAILQ_INIT(&stream->past);
    TAILQ_INIT(&stream->live);
    TAILQ_INIT(&stream->lingering);
    for (size_t i = 0; i < SEE_WAITS; i++) {
        TAILQ_INIT(&stream->waiting[i]);
    }
    memcpy(stream->counts, counters, sizeof(counters));
    return stream;
}

static void let_go(struct see_stream *stream, struct see_flow_common *common)
{
    if (!common->is_stub) {
        struct see_flow *flow = see_flow_of(common);
        see_deliver_drop_all(flow, 0, STREAM_OCTETS_UNACKNOWLEDGED);
        see_deliver_drop_all(flow, 1, STREAM_OCTETS_UNACKNOWLEDGED);
        see_deliver_let_go(flow);
    }
    see_table_remove(stream, common);
}

void see_stream_free(struct see_stream *stream)
{
    if (stream == NULL) {
        return;
    }
    while (!TAILQ_EMPTY(&stream->live)) {
        let_go(stream, TAILQ_FIRST(&stream->live));
    }
    while (!TAILQ_EMPTY(&stream->lingering)) {
        let_go(stream, TAILQ_FIRST(&stream->lingering));
    }
    see_past_finish(stream);
    see_map_finish(&stream->flows);
    see_map_finish(&stream->elsewhere);
    free(stream);
}

/* Moves the clock, and ends what has waited or was silent for too long. */
static int move_clock(struct see_stream *stream, see_time_ns now)
{
    bool is_moved = see_timeline_move(&stream->clock, now);
    stream->counts[STREAM_STAMPS_DOUBTED].value = stream->clock.doubted;
    if (!is_moved) {
        return SEE_OK;
    }
    stream->now = now;
    stream->at.time_ns = now;
    if (stream->leaper != NULL) {
        /* The leap is confirmed: whose segment made it has not been silent since before it. */
        stream->leaper->last_seen = now;
        stream->leaper = NULL;
    }
    int rc = SEE_OK;
    struct see_flow *flow;
    while (rc == SEE_OK && (flow = see_wait_next_due(stream)) != NULL) {
        rc = see_wait_settle(flow);
        if (rc == SEE_OK) {
            rc = see_close_if_finished(flow);
        }
    }
    return rc == SEE_OK ? see_close_idle(stream) : rc;
}

static void count_segment(struct see_stream *stream, const struct see_segment *segment)
{
    bool has_data = segment->len > 0 || segment->wire_len > 0;
    see_stream_count(stream, STREAM_SEGMENTS, 1);
    see_stream_count(stream, has_data ? STREAM_SEGMENTS_WITH_DATA : STREAM_SEGMENTS_WITHOUT_DATA,
                     1);
    see_stream_count(stream, STREAM_OCTETS_SEEN, segment->len);
}

/* A segment of a live flow came. */
static void touch(struct see_stream *stream, struct see_flow_common *flow)
{
    see_table_touch(stream, flow);
    stream->leaper = stream->clock.has_leap ? flow : NULL;
}

/* Starts a connection with `segment`. */
static int add_flow(struct see_stream *stream, const struct see_segment *segment,
                    const struct see_flow_key *key, struct see_flow **ret_flow)
{
    int rc = see_close_for_room(stream);
    if (rc != SEE_OK) {
        return rc;
    }
    *ret_flow = see_table_add(stream, segment, key);
    if (*ret_flow == NULL) {
        return SEE_ENOMEM;
    }
    bool is_opening = (segment->flags & SEE_TCP_SYN) != 0;
    see_stream_count(stream, is_opening ? STREAM_CONNECTIONS_OPENED : STREAM_CONNECTIONS_MIDSTREAM,
                     1);
    see_stream_count(stream, STREAM_CONNECTIONS_OPEN, 1);
    return SEE_OK;
}

/* Ends a flow whose ends have begun another connection. */
static int retire(struct see_stream *stream, struct see_flow_common *flow)
{
    if (flow->is_closed) {
        see_table_remove(stream, flow);
        return SEE_OK;
    }
    return see_close_any(stream, flow, SEE_CONNECTION_REUSED);
}

/* Whether a segment did no more than to move a live stub on. */
static bool is_moved_on(struct see_stream *stream, struct see_flow_common *flow, unsigned d,
                        const struct see_segment *segment)
{
    bool is_moved = flow->is_stub && !flow->is_closed &&
                    see_stub_move_on(stream, see_stub_of(flow), d, segment);
    if (is_moved) {
        touch(stream, flow);
    }
    return is_moved;
}

/* After a segment: `flow` is that of `common`, or was made of its stub.  Either may be gone then.
 */
static int settle(struct see_flow *flow, struct see_flow_common *common, bool is_reset)
{
    if (!common->is_stub) {
        return is_reset ? see_close(flow, SEE_CONNECTION_RESET) : see_close_if_finished(flow);
    }
    struct see_stub *stub = see_stub_of(common);
    see_stub_keep(stub, flow);
    if (is_reset || see_close_is_due(flow)) {
        return see_close_stub(flow->stream, stub,
                              is_reset ? SEE_CONNECTION_RESET : SEE_CONNECTION_FIN);
    }
    return SEE_OK;
}

static struct see_expected *expected_at(struct see_stream *stream, unsigned number)
{
    return &stream->expected[number % SEE_STREAM_EXPECTED];
}

/*
 * The key of a segment, from when it was announced, or else made in `own`.  What is announced comes
 * in this order, but not all of it.
 */
static const struct see_flow_key *
key_of(struct see_stream *stream, const struct see_segment *segment, struct see_flow_key *own)
{
    while (stream->fed_count != stream->expected_count) {
        const struct see_expected *expected = expected_at(stream, stream->fed_count++);
        if (expected->segment == segment && expected->stamp.frame == segment->stamp.frame &&
            expected->stamp.capture == segment->stamp.capture) {
            return &expected->key;
        }
    }
    see_key_of(stream, segment, own);
    return own;
}

static int feed(struct see_stream *stream, const struct see_segment *segment)
{
    count_segment(stream, segment);
    stream->at = segment->stamp;
    stream->at.time_ns = stream->now;
    struct see_flow_key own;
    const struct see_flow_key *key = key_of(stream, segment, &own);
    int rc = move_clock(stream, segment->stamp.time_ns);
    if (rc == SEE_OK && segment->stamp.time_ns < stream->now &&
        see_past_has(stream, segment, key)) {
        see_stream_count(stream, STREAM_SEGMENTS_SEEN_BEFORE, 1);
        see_stream_count(stream, STREAM_OCTETS_SEEN_BEFORE, segment->len);
        return SEE_OK;
    }
    if (rc == SEE_OK && segment->network != NULL && !stream->has_networks) {
        rc = see_elsewhere_begin(stream);
    }
    struct see_flow_common *common = see_table_find(stream, segment, key);
    struct see_flow expanded, *flow = &expanded;
    if (rc == SEE_OK && common != NULL) {
        if (is_moved_on(stream, common, key->d, segment)) {
            return SEE_OK;
        }
        if (common->is_stub) {
            see_stub_expand(stream, see_stub_of(common), &expanded);
        } else {
            flow = see_flow_of(common);
        }
        if (see_begin_is_reuse(flow, key->d, segment)) {
            rc = retire(stream, common);
            common = NULL;
        }
    }
    if (rc == SEE_OK && common == NULL) {
        if ((segment->flags & SEE_TCP_RST) != 0) {
            /* The end of what was never seen is no connection. */
            see_stream_count(stream, STREAM_OCTETS_IN_RESET, segment->len);
            return SEE_OK;
        }
        rc = add_flow(stream, segment, key, &flow);
        common = rc == SEE_OK ? &flow->common : NULL;
    }
    if (rc != SEE_OK) {
        return rc;
    }
    if (common->is_closed) {
        see_stream_count(stream, STREAM_OCTETS_AFTER_CLOSE, segment->len);
        return SEE_OK;
    }
    bool is_reset;
    touch(stream, common);
    rc = see_receive(flow, key->d, segment, &is_reset);
    return rc == SEE_OK ? settle(flow, common, is_reset) : rc;
}

int see_stream_feed(struct see_stream *stream, const struct see_segment *segment)
{
    if (stream->failed == SEE_OK) {
        stream->failed = feed(stream, segment);
    }
    return stream->failed;
}

bool see_stream_is_behind(const struct see_stream *stream)
{
    return !TAILQ_EMPTY(&stream->waiting[SEE_WAIT_REORDER]);
}

void see_stream_expect(struct see_stream *stream, const struct see_segment *segment)
{
    struct see_expected *expected = expected_at(stream, stream->expected_count++);
    if (stream->expected_count - stream->fed_count > SEE_STREAM_EXPECTED) {
        stream->fed_count++; /* that one never came, and its place is taken */
    }
    expected->segment = segment;
    expected->stamp = segment->stamp;
    see_key_of(stream, segment, &expected->key);
    see_map_expect(&stream->flows, expected->key.hash);
}

/* The public record of a flow, or NULL. */
static const struct see_connection *connection_of(const struct see_flow_common *flow)
{
    return flow->is_stub ? NULL : ((const struct see_flow *)(const void *)flow)->connection;
}

/*
 * Each step waits for what the one before has fetched, so it is taken for all of them before the
 * next one is: slot, flow, connection, what the next room has of it.
 */
void see_stream_expected(struct see_stream *stream)
{
    const struct see_flow_common *flows[SEE_STREAM_EXPECTED];
    const struct see_connection *connections[SEE_STREAM_EXPECTED];
    size_t count = 0;
    for (unsigned i = stream->fed_count; i != stream->expected_count; i++) {
        uint64_t hash = expected_at(stream, i)->key.hash;
        struct see_map_node *node = see_map_slot(&stream->flows, hash);
        if (node != NULL) {
            flows[count] = SEE_MAP_RECORD(node, struct see_flow_common, node);
            see_prefetch(flows[count++], sizeof(struct see_flow));
        }
    }
    size_t connection_count = 0;
    for (size_t i = 0; i < count; i++) {
        const struct see_connection *connection = connection_of(flows[i]);
        if (connection != NULL) {
            see_prefetch(connection, sizeof(*connection));
            connections[connection_count++] = connection;
        }
    }
    for (size_t i = 0; i < connection_count && stream->sink.expect != NULL; i++) {
        stream->sink.expect(stream->sink.ctx, connections[i]);
    }
}

int see_stream_tick(struct see_stream *stream, see_time_ns now)
{
    if (stream->failed == SEE_OK) {
        stream->failed = move_clock(stream, now);
    }
    return stream->failed;
}

int see_stream_flush(struct see_stream *stream)
{
    return see_close_all(stream);
}

void see_stream_ignore(struct see_connection *connection)
{
    struct see_flow *flow = connection->flow;
    if (flow == NULL || flow->is_ignored) {
        return;
    }
    flow->is_ignored = true;
    see_deliver_skip_all(flow, 0);
    see_deliver_skip_all(flow, 1);
}

void see_stream_forget(struct see_connection *connection)
{
    struct see_flow *flow = connection->flow;
    see_stream_ignore(connection);
    if (flow != NULL) {
        flow->is_forgotten = true;
    }
}

uint64_t see_stream_ignored(const struct see_stream *stream)
{
    return stream->counts[STREAM_OCTETS_IGNORED].value;
}

struct see_counts see_stream_counts(struct see_stream *stream)
{
    return (struct see_counts){"stream", stream->counts, STREAM_COUNTERS};
}
