/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/receive.h"

#include <assert.h>

#include "stream/begin.h"
#include "stream/deliver.h"
#include "stream/wait.h"

/* No segment is longer, not even one put together by the network card. */
#define SEGMENT_MAX ((size_t)1 << 20)

/* The part of a segment that is payload: [place, place + len) is here, `cut` more were sent. */
struct payload {
    int64_t place;
    const uint8_t *octets;
    size_t len;
    size_t cut;
    uint64_t acknowledged;
    uint32_t ack;
    bool has_ack;
    struct see_stamp stamp;
};

/* The sequence number of a segment's first octet: a SYN takes one itself. */
static uint32_t payload_seq(const struct see_segment *segment)
{
    return segment->seq + ((segment->flags & SEE_TCP_SYN) != 0 ? 1 : 0);
}

/* How many octets were sent, as far as that can be believed. */
static size_t sent_len(const struct see_segment *segment)
{
    bool is_cut = segment->wire_len > segment->len && segment->wire_len <= SEGMENT_MAX;
    return is_cut ? segment->wire_len : segment->len;
}

/* The ACK of a segment of `d`: returns the place in the other direction that it names. */
static uint64_t acknowledge(struct see_flow *flow, unsigned d, const struct see_segment *segment)
{
    struct see_direction *other = &flow->directions[!d];
    if ((segment->flags & SEE_TCP_ACK) == 0) {
        return 0;
    }
    see_begin_with_ack(flow, !d, segment->ack);
    int64_t place = see_direction_place(other, segment->ack);
    if (place > (int64_t)see_direction_top(other) + SEE_NEAR_OCTETS) {
        see_stream_count(flow->stream, STREAM_ACKS_IMPLAUSIBLE, 1);
        return other->acked;
    }
    if (place > (int64_t)other->acked) {
        other->acked = (uint64_t)place;
        if (other->hold != NULL) {
            struct see_moment now = {flow->stream->now, flow->segments};
            see_hold_cover(other->hold, other->acked, now);
        }
    }
    return place > 0 ? (uint64_t)place : 0;
}

/* Counts and takes off what lies before `place`; cut octets go without a count. */
static void trim(struct see_flow *flow, struct payload *payload, int64_t place,
                 enum see_stream_counter counter)
{
    if (payload->place >= place) {
        return;
    }
    uint64_t excess = (uint64_t)(place - payload->place);
    size_t seen = excess < payload->len ? (size_t)excess : payload->len;
    size_t cut = excess - seen < payload->cut ? (size_t)(excess - seen) : payload->cut;
    see_stream_count(flow->stream, counter, seen);
    payload->place = place;
    payload->octets = seen > 0 ? payload->octets + seen : payload->octets;
    payload->len -= seen;
    payload->cut -= cut;
}

/* Takes off what lies past a FIN: nothing can follow it (RFC 9293, 3.10.7.4, eighth). */
static void trim_finish(struct see_flow *flow, unsigned d, struct payload *payload)
{
    struct see_direction *direction = &flow->directions[d];
    int64_t end = payload->place + (int64_t)(payload->len + payload->cut);
    if (!direction->has_finish || end <= (int64_t)see_direction_finish(direction)) {
        return;
    }
    int64_t finish = (int64_t)see_direction_finish(direction);
    if (!direction->is_finished && (int64_t)direction->acked <= finish && direction->hold != NULL) {
        /* Nobody has acknowledged that FIN, and its sender goes on: it was not the sender's. */
        assert(see_hold_last(direction->hold)->kind == SEE_PIECE_FINISH);
        see_stream_count(flow->stream, STREAM_FINISHES_IMPLAUSIBLE, 1);
        see_deliver_drop(flow, d, see_hold_last(direction->hold), STREAM_OCTETS_IMPLAUSIBLE);
        return;
    }
    uint64_t keep = finish > payload->place ? (uint64_t)(finish - payload->place) : 0;
    size_t seen = keep < payload->len ? (size_t)keep : payload->len;
    see_stream_count(flow->stream, STREAM_OCTETS_AFTER_FINISH, payload->len - seen);
    payload->len = seen;
    payload->cut = keep - seen < payload->cut ? (size_t)(keep - seen) : payload->cut;
}

static struct see_piece piece_of(const struct see_flow *flow, const struct payload *payload,
                                 enum see_piece_kind kind)
{
    return (struct see_piece){.place = (uint64_t)payload->place,
                              .len = payload->len,
                              .acknowledged = payload->acknowledged,
                              .ack = payload->ack,
                              .has_ack = payload->has_ack,
                              .stamp = payload->stamp,
                              .arrived = {flow->stream->now, flow->segments},
                              .kind = kind};
}

/* Hands on at once, without a copy, what is in order; takes it off `payload`. */
static int hand_on_octets(struct see_flow *flow, unsigned d, struct payload *payload)
{
    struct see_direction *direction = &flow->directions[d];
    uint64_t len = payload->len;
    if (len == 0 || payload->place != (int64_t)direction->offset ||
        see_wait_is_needed(flow, d, payload->acknowledged)) {
        return SEE_OK;
    }
    if (direction->hold != NULL) {
        uint64_t hole = see_hold_first(direction->hold)->place - direction->offset;
        len = len < hole ? len : hole;
    }
    if (len == 0) {
        return SEE_OK;
    }
    const uint8_t *octets = payload->octets;
    payload->place += (int64_t)len;
    payload->octets += len;
    payload->len -= (size_t)len;
    return see_deliver_octets(flow, d, octets, (size_t)len, payload->acknowledged, payload->stamp);
}

static int hold_octets(struct see_flow *flow, unsigned d, const struct payload *payload)
{
    struct see_piece piece = piece_of(flow, payload, SEE_PIECE_OCTETS);
    return payload->len > 0 ? see_deliver_later(flow, d, &piece, payload->octets) : SEE_OK;
}

/* The part that the snap length cut off: a gap at once when it is in order, else held as such. */
static int take_cut(struct see_flow *flow, unsigned d, const struct payload *payload)
{
    struct see_direction *direction = &flow->directions[d];
    struct see_piece piece = piece_of(flow, payload, SEE_PIECE_CUT);
    piece.place += payload->len;
    piece.len = payload->cut;
    if (piece.len == 0) {
        return SEE_OK;
    }
    if (direction->hold == NULL && piece.place == direction->offset &&
        !see_wait_is_needed(flow, d, payload->acknowledged)) {
        return see_deliver_gap(flow, d, piece.len, piece.stamp);
    }
    return see_deliver_later(flow, d, &piece, NULL);
}

/* One octet or none before the next one: is anybody there (RFC 9293, 3.8.4)? */
static bool is_keep_alive(const struct see_flow *flow, unsigned d,
                          const struct see_segment *segment)
{
    const struct see_direction *direction = &flow->directions[d];
    return direction->is_known && (direction->hold == NULL || direction->offset == 0) &&
           sent_len(segment) <= 1 &&
           (segment->flags & (SEE_TCP_SYN | SEE_TCP_FIN | SEE_TCP_RST)) == 0 &&
           see_sequence_distance(direction->next, segment->seq) == -1;
}

/* An ignored connection: only its end is still of interest. */
static void skip_payload(struct see_flow *flow, unsigned d, const struct payload *payload)
{
    struct see_direction *direction = &flow->directions[d];
    int64_t end = payload->place + (int64_t)(payload->len + payload->cut);
    int64_t len = end - (int64_t)direction->offset;
    see_stream_count(flow->stream, STREAM_OCTETS_IGNORED, payload->len);
    if (!direction->has_finish && len > 0 && len <= SEE_NEAR_OCTETS) {
        see_deliver_skip(flow, d, (uint64_t)len);
    }
}

static int take_payload(struct see_flow *flow, unsigned d, struct payload *payload)
{
    int rc = SEE_OK;
    if (!flow->is_ignored) {
        trim(flow, payload, 0, STREAM_OCTETS_BEFORE_START);
        trim_finish(flow, d, payload);
        trim(flow, payload, (int64_t)flow->directions[d].offset, STREAM_OCTETS_RETRANSMITTED);
        rc = hand_on_octets(flow, d, payload);
    }
    /* The sink may just have turned away. */
    if (flow->is_ignored) {
        skip_payload(flow, d, payload);
        return rc;
    }
    if (rc == SEE_OK) {
        rc = hold_octets(flow, d, payload);
    }
    return rc == SEE_OK ? take_cut(flow, d, payload) : rc;
}

/* A FIN: `place` is that of the octet after the last one. */
static int take_finish(struct see_flow *flow, unsigned d, const struct payload *payload)
{
    struct see_direction *direction = &flow->directions[d];
    int64_t top = (int64_t)see_direction_top(direction);
    if (direction->has_finish) {
        return SEE_OK;
    }
    if (payload->place < top || payload->place > top + SEE_NEAR_OCTETS) {
        see_stream_count(flow->stream, STREAM_FINISHES_IMPLAUSIBLE, 1);
        return SEE_OK;
    }
    direction->has_finish = true;
    direction->finish = direction->next + (uint32_t)((uint64_t)payload->place - direction->offset);
    if (flow->is_ignored) {
        see_deliver_skip_all(flow, d);
        return SEE_OK;
    }
    if (direction->hold == NULL && payload->place == (int64_t)direction->offset &&
        !see_wait_is_needed(flow, d, payload->acknowledged)) {
        return see_deliver_finish(flow, d, payload->stamp);
    }
    struct see_piece piece = piece_of(flow, payload, SEE_PIECE_FINISH);
    piece.len = 0;
    return see_deliver_later(flow, d, &piece, NULL);
}

/*
 * Whether a RST can be its sender's (RFC 5961, 3.2).  Its number is the next one that its
 * sender would have used, or, from a host that has forgotten the connection, the ACK that it
 * answers; the capture may have lost up to a window before it.
 */
static bool is_reset_plausible(const struct see_flow *flow, unsigned d,
                               const struct see_segment *segment)
{
    const struct see_direction *direction = &flow->directions[d];
    const struct see_direction *other = &flow->directions[!d];
    if (direction->is_known) {
        int64_t place = see_direction_place(direction, segment->seq);
        uint64_t low = direction->acked < direction->offset ? direction->acked : direction->offset;
        return place >= (int64_t)low &&
               place <= (int64_t)see_direction_top(direction) + SEE_WINDOW_OCTETS;
    }
    if ((segment->flags & SEE_TCP_ACK) != 0 && other->is_known) {
        int64_t place = see_direction_place(other, segment->ack);
        return place >= 0 && place <= (int64_t)see_direction_top(other) + 1;
    }
    return true;
}

/* Whatever the end that resets has not acknowledged by now, it never reads. */
static void note_unread(struct see_flow *flow, unsigned d, const struct see_segment *segment)
{
    const struct see_direction *other = &flow->directions[!d];
    struct see_connection *connection = flow->connection;
    unsigned end = d ^ flow->opener;
    if (connection == NULL || connection->has_reset[end]) {
        return;
    }
    uint64_t acked = other->acked;
    if ((segment->flags & SEE_TCP_ACK) != 0 && other->is_known) {
        int64_t place = see_direction_place(other, segment->ack);
        bool is_later = place > (int64_t)acked && place <= (int64_t)see_direction_top(other) + 1;
        acked = is_later ? (uint64_t)place : acked;
    }
    connection->has_reset[end] = true;
    connection->octets_read[1 - end] = acked;
}

static bool take_reset(struct see_flow *flow, unsigned d, const struct see_segment *segment)
{
    /* Its payload, if any, is a diagnosis for people (RFC 9293, 3.5.3). */
    see_stream_count(flow->stream, STREAM_OCTETS_IN_RESET, segment->len);
    bool is_plausible = is_reset_plausible(flow, d, segment);
    see_stream_count(flow->stream, STREAM_RESETS_IMPLAUSIBLE, is_plausible ? 0 : 1);
    if (is_plausible) {
        note_unread(flow, d, segment);
    }
    return is_plausible;
}

/* What a segment carries: payload and FIN. */
static int take_segment(struct see_flow *flow, unsigned d, const struct see_segment *segment,
                        uint64_t acknowledged)
{
    struct see_direction *direction = &flow->directions[d];
    size_t sent = sent_len(segment);
    bool has_finish = (segment->flags & SEE_TCP_FIN) != 0;
    if (sent == 0 && !has_finish) {
        return SEE_OK;
    }
    see_begin_with_octets(flow, d, payload_seq(segment), sent);
    struct payload payload = {.place = see_direction_place(direction, payload_seq(segment)),
                              .octets = segment->payload,
                              .len = segment->len,
                              .cut = sent - segment->len,
                              .acknowledged = acknowledged,
                              .ack = segment->ack,
                              .has_ack = (segment->flags & SEE_TCP_ACK) != 0,
                              .stamp = segment->stamp};
    int64_t end = payload.place + (int64_t)sent;
    int rc = sent > 0 ? take_payload(flow, d, &payload) : SEE_OK;
    if (rc != SEE_OK || !has_finish) {
        return rc;
    }
    payload.place = end;
    return take_finish(flow, d, &payload);
}

/*
 * Whether a segment is what almost all are: the next octets of its direction or none, with an ACK
 * of what was handed on of the other one, in a connection that holds nothing back, and whose
 * beginning is settled.  All that can happen then is what `take_plainly` does.
 */
static bool is_plain(const struct see_flow *flow, unsigned d, const struct see_segment *segment)
{
    const struct see_direction *direction = &flow->directions[d];
    const struct see_direction *other = &flow->directions[!d];
    uint8_t flags = segment->flags & (SEE_TCP_SYN | SEE_TCP_ACK | SEE_TCP_FIN | SEE_TCP_RST);
    return flags == SEE_TCP_ACK && direction->is_known && other->is_known &&
           segment->seq == direction->next && segment->wire_len == segment->len &&
           !direction->has_finish && direction->hold == NULL && other->hold == NULL &&
           see_direction_place(other, segment->ack) <= (int64_t)other->offset &&
           (direction->offset > 0 || other->offset > 0 || (direction->is_exact && other->is_exact));
}

static int take_plainly(struct see_flow *flow, unsigned d, const struct see_segment *segment)
{
    struct see_direction *other = &flow->directions[!d];
    int64_t place = see_direction_place(other, segment->ack);
    uint64_t acknowledged = place > 0 ? (uint64_t)place : 0;
    flow->directions[d].is_seen = true;
    if (acknowledged > other->acked) {
        other->acked = acknowledged;
    }
    if (segment->len == 0) {
        return SEE_OK;
    }
    if (flow->is_ignored) {
        see_stream_count(flow->stream, STREAM_OCTETS_IGNORED, segment->len);
        see_deliver_skip(flow, d, segment->len);
        return SEE_OK;
    }
    return see_deliver_octets(flow, d, segment->payload, segment->len, acknowledged,
                              segment->stamp);
}

int see_receive(struct see_flow *flow, unsigned d, const struct see_segment *segment,
                bool *ret_is_reset)
{
    flow->segments++;
    if (is_plain(flow, d, segment)) {
        *ret_is_reset = false;
        return take_plainly(flow, d, segment);
    }
    *ret_is_reset = (segment->flags & SEE_TCP_RST) != 0 && take_reset(flow, d, segment);
    if ((segment->flags & SEE_TCP_RST) != 0) {
        return SEE_OK;
    }
    if (see_begin_is_foreign(flow, d, segment)) {
        see_stream_count(flow->stream, STREAM_ACKS_IMPLAUSIBLE, 1);
        see_stream_count(flow->stream, STREAM_OCTETS_IMPLAUSIBLE, segment->len);
        return SEE_OK;
    }
    flow->directions[d].is_seen = true;
    if ((segment->flags & SEE_TCP_SYN) != 0) {
        see_begin_with_syn(flow, d, segment);
    }
    uint64_t acknowledged = acknowledge(flow, d, segment);
    int rc = SEE_OK;
    if (is_keep_alive(flow, d, segment)) {
        see_stream_count(flow->stream, STREAM_KEEP_ALIVES, 1);
        see_stream_count(flow->stream, STREAM_OCTETS_RETRANSMITTED, segment->len);
    } else {
        rc = take_segment(flow, d, segment, acknowledged);
    }
    if (rc == SEE_OK) {
        rc = see_wait_settle(flow);
    }
    return rc == SEE_OK ? see_wait_relieve(flow, d) : rc;
}
