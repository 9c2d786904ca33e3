/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/begin.h"

#include "stream/wait.h"

/* The sequence number of a direction's place 0. */
static uint32_t first_seq(const struct see_direction *direction)
{
    return direction->next - (uint32_t)direction->offset;
}

/* Whether octets at `seq`, after the end, can only be of another connection. */
static bool is_elsewhere(const struct see_direction *direction, uint32_t seq)
{
    int64_t distance = see_sequence_distance(direction->next, seq);
    bool is_past_finish =
        direction->has_finish && see_sequence_distance(direction->finish, seq) > 0;
    return is_past_finish || distance > SEE_NEAR_OCTETS || distance < -SEE_NEAR_OCTETS;
}

bool see_begin_is_reuse(const struct see_flow *flow, unsigned d, const struct see_segment *segment)
{
    const struct see_direction *direction = &flow->directions[d];
    if (!direction->is_known) {
        return flow->common.is_closed && (segment->flags & SEE_TCP_SYN) != 0;
    }
    if ((segment->flags & SEE_TCP_SYN) == 0) {
        return flow->common.is_closed && segment->len > 0 && is_elsewhere(direction, segment->seq);
    }
    uint32_t isn = segment->seq + 1;
    if (isn == first_seq(direction)) {
        return false;
    }
    /* A SYN that comes later than the octets that followed it. */
    int32_t distance = see_sequence_distance(isn, first_seq(direction));
    return direction->is_exact || flow->common.is_closed || distance < 0 ||
           distance > SEE_WINDOW_OCTETS;
}

bool see_begin_is_foreign(const struct see_flow *flow, unsigned d,
                          const struct see_segment *segment)
{
    const struct see_direction *other = &flow->directions[!d];
    uint8_t flags = segment->flags & (SEE_TCP_SYN | SEE_TCP_ACK);
    if (flags != (SEE_TCP_SYN | SEE_TCP_ACK) || flow->directions[d].is_known || !other->is_exact) {
        return false;
    }
    int64_t place = see_direction_place(other, segment->ack);
    return place < 0 || place > (int64_t)see_direction_top(other);
}

/* Whether so little has been seen of the flow that its segments may come in any order. */
static bool is_young(const struct see_flow *flow)
{
    struct see_moment opened = {flow->opened.time_ns, 0};
    return flow->directions[0].offset == 0 && flow->directions[1].offset == 0 &&
           !see_wait_is_grace_over(flow, opened);
}

bool see_begin_is_open(const struct see_flow *flow, unsigned d)
{
    const struct see_direction *other = &flow->directions[!d];
    bool is_certain = flow->directions[d].is_exact && (!other->is_seen || other->is_exact);
    return !is_certain && is_young(flow);
}

/* As long as nothing rests on a beginning, an earlier segment that comes late can move it. */
static bool may_move(const struct see_flow *flow, unsigned d, uint32_t seq)
{
    const struct see_direction *direction = &flow->directions[d];
    const struct see_direction *other = &flow->directions[!d];
    int32_t distance = see_sequence_distance(seq, direction->next);
    if (direction->is_exact || direction->is_finished || direction->offset > 0 || distance <= 0 ||
        distance > SEE_WINDOW_OCTETS) {
        return false;
    }
    if (direction->hold != NULL || other->hold != NULL) {
        return is_young(flow);
    }
    return direction->acked == 0 || other->offset == 0;
}

/* Moves place 0 back by `distance`, and all places with it. */
static void move(struct see_flow *flow, unsigned d, uint32_t distance)
{
    struct see_direction *direction = &flow->directions[d];
    struct see_direction *other = &flow->directions[!d];
    struct see_moment now = {flow->stream->now, flow->segments};
    direction->next -= distance;
    if (direction->acked > 0 || direction->is_begin_acked) {
        direction->acked += distance;
    }
    if (direction->hold != NULL) {
        see_hold_move(direction->hold, distance, direction->acked, now);
    }
    struct see_piece *piece = other->hold != NULL ? see_hold_first(other->hold) : NULL;
    for (; piece != NULL; piece = TAILQ_NEXT(piece, entry)) {
        int64_t place = piece->has_ack ? see_direction_place(direction, piece->ack) : 0;
        piece->acknowledged = place > 0 ? (uint64_t)place : 0;
    }
}

/* Begins at `seq`, or earlier than was thought. */
static void begin(struct see_flow *flow, unsigned d, uint32_t seq)
{
    struct see_direction *direction = &flow->directions[d];
    if (!direction->is_known) {
        direction->next = seq;
        direction->is_known = true;
    } else if (may_move(flow, d, seq)) {
        move(flow, d, direction->next - seq);
    }
}

void see_begin_with_syn(struct see_flow *flow, unsigned d, const struct see_segment *segment)
{
    struct see_direction *direction = &flow->directions[d];
    uint32_t seq = segment->seq + 1;
    begin(flow, d, seq);
    direction->is_exact = seq == first_seq(direction);
    if (flow->is_opening_seen) {
        return;
    }
    flow->is_opening_seen = true;
    if (flow->connection != NULL) {
        flow->connection->is_opening_seen = true;
    } else {
        flow->opener = (uint8_t)((segment->flags & SEE_TCP_ACK) != 0 ? !d : d);
    }
}

void see_begin_with_ack(struct see_flow *flow, unsigned d, uint32_t ack)
{
    struct see_direction *direction = &flow->directions[d];
    if (!direction->is_known) {
        begin(flow, d, ack);
        direction->is_begin_acked = true;
    }
}

void see_begin_with_octets(struct see_flow *flow, unsigned d, uint32_t seq, size_t sent)
{
    struct see_direction *direction = &flow->directions[d];
    /* One octet just before the first one is a keep-alive rather (RFC 9293, 3.8.4). */
    bool is_keep_alive = direction->is_known && sent <= 1 && direction->next - seq == 1;
    if (!is_keep_alive) {
        begin(flow, d, seq);
    }
}
