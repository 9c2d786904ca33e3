/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/stub.h"

#include <stdlib.h>
#include <string.h>

/* What is known of a direction; those of the second one are further to the left. */
enum {
    IS_SEEN = 1 << 0,
    IS_KNOWN = 1 << 1,
    IS_EXACT = 1 << 2,
    HAS_FINISH = 1 << 3,
    IS_BEGIN_ACKED = 1 << 4,
    IS_LONG = 1 << 5, /* so many octets that `next` says no more how many */
};
#define MARKS_BITS 6
#define MARKS ((1u << MARKS_BITS) - 1)
#define MARKS_OF_BOTH ((1u << 2 * MARKS_BITS) - 1)

/* More octets than this are many. */
#define LONG_OCTETS ((uint64_t)1 << 31)

/* ACKs that are further behind may be anywhere. */
#define BEHIND_MAX INT16_MAX

/* Units of `opened`. */
#define OPENED_BITS 32

static unsigned marks_at(const struct see_stub *stub, unsigned d)
{
    return stub->common.marks >> (d * MARKS_BITS) & MARKS;
}

static unsigned marks_of(const struct see_direction *direction)
{
    return (direction->is_seen ? IS_SEEN : 0u) | (direction->is_known ? IS_KNOWN : 0u) |
           (direction->is_exact ? IS_EXACT : 0u) | (direction->has_finish ? HAS_FINISH : 0u) |
           (direction->is_begin_acked ? IS_BEGIN_ACKED : 0u) |
           (direction->offset >= LONG_OCTETS ? IS_LONG : 0u);
}

static int16_t behind_of(int64_t octets)
{
    octets = octets < BEHIND_MAX ? octets : BEHIND_MAX;
    return (int16_t)(octets > -BEHIND_MAX ? octets : -BEHIND_MAX);
}

void see_stub_keep(struct see_stub *stub, const struct see_flow *flow)
{
    unsigned marks = 0;
    for (unsigned d = 0; d < 2; d++) {
        const struct see_direction *direction = &flow->directions[d];
        stub->directions[d].next = direction->has_finish ? direction->finish : direction->next;
        stub->directions[d].first = direction->next - (uint32_t)direction->offset;
        stub->behind[d] = behind_of((int64_t)(direction->offset - direction->acked));
        marks |= marks_of(direction) << (d * MARKS_BITS);
    }
    stub->common.marks = marks & MARKS_OF_BOTH;
}

struct see_stub *see_stub_new(const struct see_flow *flow)
{
    bool is_v6 = (flow->common.words[0] & SEE_FLOW_IS_V6) != 0;
    size_t more = is_v6 ? sizeof(uint64_t) * 3 : 0;
    struct see_stub *stub = malloc(sizeof(*stub) + more);
    if (stub == NULL) {
        return NULL;
    }
    stub->common = flow->common;
    stub->common.is_stub = true;
    stub->opened = (int32_t)(flow->opened.time_ns >> OPENED_BITS);
    if (is_v6) {
        memcpy(stub->more, flow->more, more);
    }
    see_stub_keep(stub, flow);
    return stub;
}

static struct see_direction expand(const struct see_stub *stub, unsigned d)
{
    unsigned marks = marks_at(stub, d);
    uint32_t next = stub->directions[d].next;
    uint64_t offset = (uint64_t)(uint32_t)(next - stub->directions[d].first) +
                      ((marks & IS_LONG) != 0 ? (uint64_t)1 << 32 : 0);
    uint64_t acked = offset - (uint64_t)(int64_t)stub->behind[d];
    return (struct see_direction){.offset = offset,
                                  .acked = stub->behind[d] < BEHIND_MAX ? acked : 0,
                                  .next = next,
                                  .finish = next,
                                  .is_seen = (marks & IS_SEEN) != 0,
                                  .is_known = (marks & IS_KNOWN) != 0,
                                  .is_exact = (marks & IS_EXACT) != 0,
                                  .has_finish = (marks & HAS_FINISH) != 0,
                                  .is_begin_acked = (marks & IS_BEGIN_ACKED) != 0};
}

void see_stub_expand(struct see_stream *stream, const struct see_stub *stub,
                     struct see_flow *ret_flow)
{
    *ret_flow = (struct see_flow){
        .common = stub->common,
        .stream = stream,
        .directions = {expand(stub, 0), expand(stub, 1)},
        .is_ignored = true,
        .is_forgotten = true,
        .opened = {.time_ns = stub->opened * ((see_time_ns)1 << OPENED_BITS)},
    };
}

static bool has_octets(const struct see_stub *stub, unsigned d)
{
    return stub->directions[d].next != stub->directions[d].first;
}

/* As `is_plain` of receive.c. */
static bool is_plain(const struct see_stub *stub, unsigned d, const struct see_segment *segment)
{
    unsigned marks = marks_at(stub, d);
    unsigned both = marks & marks_at(stub, !d);
    uint8_t flags = segment->flags & (SEE_TCP_SYN | SEE_TCP_ACK | SEE_TCP_FIN | SEE_TCP_RST);
    return flags == SEE_TCP_ACK && (both & IS_KNOWN) != 0 && (marks & HAS_FINISH) == 0 &&
           segment->seq == stub->directions[d].next && segment->wire_len == segment->len &&
           see_sequence_distance(stub->directions[!d].next, segment->ack) <= 0 &&
           (has_octets(stub, 0) || has_octets(stub, 1) || (both & IS_EXACT) != 0);
}

bool see_stub_move_on(struct see_stream *stream, struct see_stub *stub, unsigned d,
                      const struct see_segment *segment)
{
    if (!is_plain(stub, d, segment)) {
        return false;
    }
    see_stream_count(stream, STREAM_OCTETS_IGNORED, segment->len);
    stub->directions[d].next += (uint32_t)segment->len;
    stub->behind[d] = behind_of(stub->behind[d] + (int64_t)segment->len);
    int32_t unacked = see_sequence_distance(segment->ack, stub->directions[!d].next);
    if (unacked >= 0 && unacked < stub->behind[!d]) {
        stub->behind[!d] = (int16_t)unacked;
    }
    bool is_long = stub->directions[d].next - stub->directions[d].first >= LONG_OCTETS;
    unsigned marks = (IS_SEEN | (is_long ? IS_LONG : 0u)) << (d * MARKS_BITS);
    stub->common.marks = (stub->common.marks | marks) & MARKS_OF_BOTH;
    return true;
}
