/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/deliver.h"

#include <assert.h>
#include <stdlib.h>

#include "stream/key.h"

/*
 * Invariants of a direction, before and after each function of this file:
 *
 *   1. Offset and sequence number move together (`move_on` alone does it), and
 *      never back.
 *   2. A hold that exists is not empty.
 *   3. Pieces do not overlap, and none begins before the offset.
 *   4. A finish is the last piece; nothing is held or handed on past it.
 *   5. `stream->held` and `octets_held` are the sums over all holds.
 *   6. An ignored flow holds nothing.
 */

static void move_on(struct see_flow *flow, unsigned d, uint64_t len)
{
    struct see_direction *direction = &flow->directions[d];
    direction->offset += len;
    direction->next += (uint32_t)len;
    direction->is_over = false;
    if (direction->hold != NULL) {
        assert(see_hold_first(direction->hold)->place >= direction->offset);
        direction->hold->moved = flow->stream->now;
    }
}

void see_deliver_skip(struct see_flow *flow, unsigned d, uint64_t len)
{
    assert(flow->directions[d].hold == NULL);
    move_on(flow, d, len);
}

void see_deliver_let_go(struct see_flow *flow)
{
    if (flow->connection != NULL) {
        flow->connection->flow = NULL;
        see_connection_unref(flow->connection);
        flow->connection = NULL;
    }
}

void see_deliver_skip_all(struct see_flow *flow, unsigned d)
{
    const struct see_direction *direction = &flow->directions[d];
    see_deliver_drop_all(flow, d, STREAM_OCTETS_IGNORED);
    if (direction->has_finish) {
        see_deliver_skip(flow, d, see_direction_finish(direction) - direction->offset);
    }
}

/* A sink has returned, which may have been told enough. */
static int returned(struct see_flow *flow, int status)
{
    if (flow->is_forgotten) {
        see_deliver_let_go(flow);
    }
    return status;
}

static int tell_finished(struct see_flow *flow, unsigned d, struct see_stamp stamp)
{
    struct see_stream *stream = flow->stream;
    return returned(
        flow, stream->sink.finished(stream->sink.ctx, flow->connection, d ^ flow->opener, stamp));
}

/* Makes the public record, for the first chunk. */
static int introduce(struct see_flow *flow, struct see_stamp stamp)
{
    struct see_connection *connection = calloc(1, sizeof(*connection));
    if (connection == NULL) {
        return SEE_ENOMEM;
    }
    connection->id = flow->id;
    connection->ends[flow->opener] = see_key_end(&flow->common, 0);
    connection->ends[!flow->opener] = see_key_end(&flow->common, 1);
    connection->network = flow->network;
    connection->is_opening_seen = flow->is_opening_seen;
    connection->opened = flow->opened;
    connection->ended = SEE_CONNECTION_OPEN;
    connection->refs = 1;
    connection->flow = flow;
    flow->connection = connection;
    int rc = SEE_OK;
    for (unsigned d = 0; d < 2 && rc == SEE_OK && !flow->is_forgotten; d++) {
        /* A FIN before anybody sent an octet: there was no connection to tell it of. */
        if (flow->directions[d].is_finished) {
            rc = tell_finished(flow, d, stamp);
        }
    }
    return rc;
}

/* Octets or a gap, at the direction's offset. */
static int hand_on(struct see_flow *flow, unsigned d, struct see_chunk *chunk)
{
    struct see_stream *stream = flow->stream;
    assert(chunk->len > 0 && !flow->is_ignored && !flow->common.is_closed);
    int rc = flow->connection == NULL ? introduce(flow, chunk->stamp) : SEE_OK;
    if (rc != SEE_OK || flow->is_ignored || flow->connection == NULL) {
        see_stream_count(stream, STREAM_OCTETS_IGNORED, chunk->data != NULL ? chunk->len : 0);
        return rc;
    }
    chunk->connection = flow->connection;
    chunk->direction = d ^ flow->opener;
    chunk->offset = flow->directions[d].offset;
    move_on(flow, d, chunk->len);
    if (chunk->data != NULL) {
        see_stream_count(stream, STREAM_OCTETS_IN_ORDER, chunk->len);
    } else {
        see_stream_count(stream, STREAM_GAPS, 1);
        see_stream_count(stream, STREAM_OCTETS_MISSING, chunk->len);
        flow->connection->octets_missing[chunk->direction] += chunk->len;
    }
    return returned(flow, stream->sink.chunk(stream->sink.ctx, chunk));
}

int see_deliver_octets(struct see_flow *flow, unsigned d, const uint8_t *octets, size_t len,
                       uint64_t acknowledged, struct see_stamp stamp)
{
    struct see_direction *other = &flow->directions[!d];
    /* An ACK of a FIN is one past the last octet. */
    if (other->has_finish && acknowledged > see_direction_finish(other)) {
        acknowledged = see_direction_finish(other);
    }
    struct see_chunk chunk = {
        .data = octets, .len = len, .acknowledged = acknowledged, .stamp = stamp};
    return hand_on(flow, d, &chunk);
}

int see_deliver_gap(struct see_flow *flow, unsigned d, uint64_t len, struct see_stamp stamp)
{
    struct see_chunk gap = {.len = len, .stamp = stamp};
    return hand_on(flow, d, &gap);
}

int see_deliver_finish(struct see_flow *flow, unsigned d, struct see_stamp stamp)
{
    flow->directions[d].is_finished = true;
    return flow->connection != NULL ? tell_finished(flow, d, stamp) : SEE_OK;
}

/* Frees a hold and takes it out of every sum and list. */
static void release(struct see_flow *flow, unsigned d)
{
    struct see_hold *hold = flow->directions[d].hold;
    struct see_stream *stream = flow->stream;
    stream->held -= hold->size;
    stream->counts[STREAM_OCTETS_HELD].value -= hold->octets;
    if (hold->wait != SEE_WAIT_NONE) {
        TAILQ_REMOVE(&stream->waiting[hold->wait], hold, waiting);
    }
    see_hold_free(hold);
    flow->directions[d].hold = NULL;
}

/* Takes a piece out of its hold, which ends with its last piece. */
static void take(struct see_flow *flow, unsigned d, struct see_piece *piece)
{
    struct see_hold *hold = flow->directions[d].hold;
    struct see_stream *stream = flow->stream;
    stream->held -= hold->size;
    stream->counts[STREAM_OCTETS_HELD].value -= hold->octets;
    see_hold_take(hold, piece);
    stream->held += hold->size;
    stream->counts[STREAM_OCTETS_HELD].value += hold->octets;
    if (hold->count == 0) {
        release(flow, d);
    }
}

int see_deliver_first(struct see_flow *flow, unsigned d)
{
    struct see_piece *piece = see_hold_first(flow->directions[d].hold);
    int rc = SEE_OK;
    assert(piece->place == flow->directions[d].offset);
    take(flow, d, piece);
    switch (piece->kind) {
    case SEE_PIECE_OCTETS:
        rc = see_deliver_octets(flow, d, piece->octets, (size_t)piece->len, piece->acknowledged,
                                piece->stamp);
        break;
    case SEE_PIECE_CUT:
        rc = see_deliver_gap(flow, d, piece->len, piece->stamp);
        break;
    case SEE_PIECE_FINISH:
        rc = see_deliver_finish(flow, d, piece->stamp);
        break;
    }
    free(piece);
    return rc;
}

int see_deliver_later(struct see_flow *flow, unsigned d, const struct see_piece *piece,
                      const uint8_t *octets)
{
    struct see_direction *direction = &flow->directions[d];
    struct see_stream *stream = flow->stream;
    if (direction->hold == NULL) {
        direction->hold = see_hold_new();
        if (direction->hold == NULL) {
            return SEE_ENOMEM;
        }
        direction->hold->flow = flow;
        direction->hold->moved = stream->now;
        see_hold_cover(direction->hold, direction->acked, piece->arrived);
    }
    struct see_hold *hold = direction->hold;
    struct see_overlap overlap;
    stream->held -= hold->size;
    stream->counts[STREAM_OCTETS_HELD].value -= hold->octets;
    int rc = see_hold_add(hold, piece, octets, &overlap);
    stream->held += hold->size;
    stream->counts[STREAM_OCTETS_HELD].value += hold->octets;
    see_stream_count(stream, STREAM_OCTETS_RETRANSMITTED, overlap.equal);
    see_stream_count(stream, STREAM_OCTETS_CONFLICTING, overlap.different);
    if (hold->count == 0) {
        release(flow, d);
    }
    return rc;
}

void see_deliver_drop(struct see_flow *flow, unsigned d, struct see_piece *piece,
                      enum see_stream_counter counter)
{
    if (piece->kind == SEE_PIECE_OCTETS) {
        see_stream_count(flow->stream, counter, piece->len);
    }
    if (piece->kind == SEE_PIECE_FINISH) {
        flow->directions[d].has_finish = false;
    }
    take(flow, d, piece);
    free(piece);
}

void see_deliver_drop_all(struct see_flow *flow, unsigned d, enum see_stream_counter counter)
{
    if (flow->directions[d].hold != NULL) {
        see_stream_count(flow->stream, counter, flow->directions[d].hold->octets);
        release(flow, d);
    }
}
