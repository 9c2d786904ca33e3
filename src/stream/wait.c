/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/wait.h"

#include "stream/begin.h"
#include "stream/deliver.h"

/*
 * The grace for reordering: two taps, or two queues of one card, swap segments within
 * milliseconds; a segment that 32 others of its connection have overtaken is lost.
 */
#define REORDER_NS (50 * SEE_NS_PER_MS)
#define REORDER_SEGMENTS 32

/*
 * The grace for retransmission, where nobody is seen to acknowledge: the first two time-outs
 * of a sender (RFC 6298: one second, doubled).
 */
#define ONE_SIDED_NS (3 * SEE_NS_PER_S)

/* The walk to the place of a piece is linear, so there are never many. */
#define PIECES_MAX 2048

/*
 * The place that the other direction must have reached: the ACK, without the
 * sequence number of a FIN.
 */
static uint64_t cause(const struct see_flow *flow, unsigned d, uint64_t acknowledged)
{
    const struct see_direction *other = &flow->directions[!d];
    if (!other->is_seen || acknowledged <= other->offset) {
        return 0;
    }
    if (other->has_finish) {
        uint64_t finish = see_direction_finish(other);
        return acknowledged < finish ? acknowledged : finish;
    }
    return other->is_over && acknowledged == other->offset + 1 ? 0 : acknowledged;
}

static bool is_cause_missing(const struct see_flow *flow, unsigned d, uint64_t acknowledged)
{
    return cause(flow, d, acknowledged) > flow->directions[!d].offset;
}

/*
 * Whether octets of the other side may be on their way here, though none of its segments was seen:
 * its SYN was answered, and its first octets are acknowledged.  Another tap may be late.
 */
static bool may_come_late(const struct see_flow *flow, unsigned d, uint64_t acknowledged)
{
    const struct see_direction *other = &flow->directions[!d];
    return !other->is_seen && flow->is_opening_seen && flow->directions[d].offset == 0 &&
           acknowledged > other->offset;
}

static bool is_early(const struct see_flow *flow, unsigned d, uint64_t acknowledged)
{
    return is_cause_missing(flow, d, acknowledged) || may_come_late(flow, d, acknowledged);
}

bool see_wait_is_needed(const struct see_flow *flow, unsigned d, uint64_t acknowledged)
{
    return is_early(flow, d, acknowledged) || see_begin_is_open(flow, d);
}

bool see_wait_is_grace_over(const struct see_flow *flow, struct see_moment since)
{
    return see_stream_elapsed(flow->stream, since.time_ns) >= (uint64_t)REORDER_NS ||
           flow->segments - since.segments >= REORDER_SEGMENTS;
}

/* Whether the hole before the first piece of `d` will not fill. */
static bool is_hole_over(const struct see_flow *flow, unsigned d, const struct see_piece *first)
{
    if (flow->ending != SEE_ENDING_NOT) {
        return true;
    }
    if (first->is_covered) {
        return see_wait_is_grace_over(flow, first->covered);
    }
    if (flow->directions[!d].is_seen) {
        return false;
    }
    see_time_ns moved = flow->directions[d].hold->moved;
    see_time_ns since = moved > first->arrived.time_ns ? moved : first->arrived.time_ns;
    return see_stream_elapsed(flow->stream, since) >= (uint64_t)ONE_SIDED_NS;
}

/*
 * Whether there are octets in the hole before the first piece at all.  Anybody can send a segment
 * with a wild sequence number; the direction must not jump there and take what follows for old.
 */
static bool is_hole_real(const struct see_flow *flow, unsigned d, const struct see_piece *first)
{
    bool is_one_sided = !flow->directions[!d].is_seen;
    if (first->is_covered) {
        return true;
    }
    if (flow->ending == SEE_ENDING_ACKED && !is_one_sided) {
        return false;
    }
    if (first->place - flow->directions[d].offset <= (uint64_t)SEE_NEAR_OCTETS) {
        return true;
    }
    const struct see_piece *second = TAILQ_NEXT(first, entry);
    return is_one_sided && second != NULL && second->place == first->place + first->len;
}

/* Gives up the hole before the first piece, or the piece. */
static int jump(struct see_flow *flow, unsigned d, struct see_piece *first)
{
    if (is_hole_real(flow, d, first)) {
        return see_deliver_gap(flow, d, first->place - flow->directions[d].offset, first->stamp);
    }
    see_deliver_drop(flow, d, first,
                     flow->ending == SEE_ENDING_ACKED ? STREAM_OCTETS_UNACKNOWLEDGED
                                                      : STREAM_OCTETS_IMPLAUSIBLE);
    return SEE_OK;
}

/* Hands on the octets of `d` up to `place`, whatever they wait for, with gaps for what is missing.
 */
static int push(struct see_flow *flow, unsigned d, uint64_t place, struct see_stamp stamp)
{
    struct see_direction *direction = &flow->directions[d];
    int rc = SEE_OK;
    while (rc == SEE_OK && !flow->is_ignored && direction->offset < place) {
        struct see_piece *first = direction->hold != NULL ? see_hold_first(direction->hold) : NULL;
        if (first != NULL && first->place == direction->offset) {
            rc = see_deliver_first(flow, d);
            continue;
        }
        uint64_t to = first != NULL && first->place < place ? first->place : place;
        rc = see_deliver_gap(flow, d, to - direction->offset, stamp);
    }
    return rc;
}

/*
 * Gives up what the other side had acknowledged of `d`, and we do not have.  If that is one octet
 * only, and nothing is known to follow it, it is rather a FIN that was not captured.
 */
static int give_up(struct see_flow *flow, unsigned d, uint64_t place, struct see_stamp stamp)
{
    struct see_direction *direction = &flow->directions[d];
    if (place == direction->offset + 1 && direction->hold == NULL) {
        direction->is_over = true;
        return SEE_OK;
    }
    return push(flow, d, place, stamp);
}

/* Whether the first piece of `d` has to go on waiting. */
static bool is_waiting(const struct see_flow *flow, unsigned d, const struct see_piece *first)
{
    if (first->place > flow->directions[d].offset) {
        return !is_hole_over(flow, d, first);
    }
    if (flow->ending != SEE_ENDING_NOT) {
        return false;
    }
    return see_begin_is_open(flow, d) || (is_early(flow, d, first->acknowledged) &&
                                          !see_wait_is_grace_over(flow, first->arrived));
}

/* One step towards handing on the first piece of `d`, its wait being over. */
static int step(struct see_flow *flow, unsigned d, struct see_piece *first)
{
    if (first->place > flow->directions[d].offset) {
        return jump(flow, d, first);
    }
    if (is_cause_missing(flow, d, first->acknowledged)) {
        return give_up(flow, !d, cause(flow, d, first->acknowledged), first->stamp);
    }
    return see_deliver_first(flow, d);
}

/* The first piece of `d`, or NULL when nothing can or may be handed on. */
static struct see_piece *first_of(const struct see_flow *flow, unsigned d)
{
    const struct see_hold *hold = flow->directions[d].hold;
    return hold != NULL && !flow->is_ignored ? see_hold_first(hold) : NULL;
}

static void disarm(struct see_stream *stream, struct see_hold *hold)
{
    if (hold->wait != SEE_WAIT_NONE) {
        TAILQ_REMOVE(&stream->waiting[hold->wait], hold, waiting);
        hold->wait = SEE_WAIT_NONE;
    }
}

/*
 * Queues a hold for the moment when the clock alone may end its wait.  A hold is looked at
 * again a whole grace after it was queued, so a queue is in order, and a wait that began while
 * the hold was queued for another one ends late by one grace at most.
 */
static void arm(struct see_flow *flow, unsigned d)
{
    struct see_stream *stream = flow->stream;
    const struct see_piece *first = first_of(flow, d);
    if (first == NULL) {
        return;
    }
    struct see_hold *hold = flow->directions[d].hold;
    enum see_wait wait = SEE_WAIT_NONE;
    if (first->is_covered || first->place == flow->directions[d].offset) {
        wait = SEE_WAIT_REORDER;
    } else if (!flow->directions[!d].is_seen) {
        wait = SEE_WAIT_ONE_SIDED;
    }
    if (wait != hold->wait) {
        disarm(stream, hold);
        hold->wait = wait;
        hold->waiting_since = stream->now;
        if (wait != SEE_WAIT_NONE) {
            TAILQ_INSERT_TAIL(&stream->waiting[wait], hold, waiting);
        }
    }
}

struct see_flow *see_wait_next_due(struct see_stream *stream)
{
    static const see_time_ns graces[SEE_WAITS] = {
        [SEE_WAIT_REORDER] = REORDER_NS, [SEE_WAIT_ONE_SIDED] = ONE_SIDED_NS};
    for (int wait = SEE_WAIT_NONE + 1; wait < SEE_WAITS; wait++) {
        struct see_hold *hold = TAILQ_FIRST(&stream->waiting[wait]);
        if (hold != NULL &&
            see_stream_elapsed(stream, hold->waiting_since) >= (uint64_t)graces[wait]) {
            disarm(stream, hold);
            return hold->flow;
        }
    }
    return NULL;
}

int see_wait_settle(struct see_flow *flow)
{
    int rc = SEE_OK;
    bool is_moving = flow->directions[0].hold != NULL || flow->directions[1].hold != NULL;
    while (is_moving && rc == SEE_OK) {
        is_moving = false;
        for (unsigned d = 0; d < 2; d++) {
            struct see_piece *first;
            while (rc == SEE_OK && (first = first_of(flow, d)) != NULL &&
                   !is_waiting(flow, d, first)) {
                rc = step(flow, d, first);
                is_moving = true;
            }
        }
    }
    arm(flow, 0);
    arm(flow, 1);
    return rc;
}

/* Memory is counted, not octets alone: a stranger can send them one by one. */
static bool is_over_limit(const struct see_stream *stream, const struct see_hold *hold)
{
    return hold->size > stream->limits.connection_held ||
           stream->held > stream->limits.held_total || hold->count > PIECES_MAX;
}

int see_wait_relieve(struct see_flow *flow, unsigned d)
{
    int rc = SEE_OK;
    bool is_moving = false;
    struct see_piece *first;
    while (rc == SEE_OK && (first = first_of(flow, d)) != NULL &&
           is_over_limit(flow->stream, flow->directions[d].hold)) {
        rc = step(flow, d, first);
        is_moving = true;
    }
    return rc == SEE_OK && is_moving ? see_wait_settle(flow) : rc;
}

/* Octets at the end of a direction that were acknowledged, but never seen. */
static int end_of_direction(struct see_flow *flow, unsigned d)
{
    struct see_direction *direction = &flow->directions[d];
    uint64_t place = cause(flow, !d, direction->acked);
    if (flow->is_ignored || flow->connection == NULL || place <= direction->offset) {
        return SEE_OK;
    }
    return give_up(flow, d, place, flow->stream->at);
}

int see_wait_end(struct see_flow *flow, enum see_ending ending)
{
    flow->ending = ending;
    int rc = see_wait_settle(flow);
    for (unsigned d = 0; d < 2 && rc == SEE_OK; d++) {
        rc = end_of_direction(flow, d);
    }
    return rc;
}
