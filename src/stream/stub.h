/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * stub - what is left of a flow that nobody follows.
 *
 * There are two kinds: connections that are over and linger for a while, and those that live but
 * are no HTTP, whose octets nobody wants.  There may be very many of either, so a stub is less than
 * half of a flow; it has what tells whether a segment is still its own and when it ends.
 *
 *     flow   common | connection, holds, 64-bit places, ...      200 octets
 *     stub   common | sequence numbers                            88
 *
 * Nothing can be held or handed on, so most of what a segment does to a stub is to move it on.
 * For all else a flow is made of it, for the time that it takes, and its outline is kept again.
 */
#ifndef SEE_STREAM_STUB_H
#define SEE_STREAM_STUB_H

#include "stream/state.h"

struct see_stub {
    struct see_flow_common common;
    struct {
        uint32_t next;  /* the sequence number of the next octet, or of the FIN */
        uint32_t first; /* that of place 0 */
    } directions[2];
    int16_t behind[2]; /* how far the ACKs of each direction are behind `next` */
    int32_t opened;    /* when the flow began, in units of 2^32 ns (4.3 s): up to one early */
    uint64_t more[];   /* words 2-4 of IPv6 */
};

_Static_assert(sizeof(struct see_stub) <= 88, "with its slots a stub takes less than 128 octets");

static inline struct see_stub *see_stub_of(struct see_flow_common *common)
{
    assert(common->is_stub);
    return (struct see_stub *)(void *)common;
}

/* The stub of a flow, in no list or map yet, or NULL when memory ran out. */
struct see_stub *see_stub_new(const struct see_flow *flow);

/* Makes of a stub a flow that is in no list or map, has no words, and is ignored. */
void see_stub_expand(struct see_stream *stream, const struct see_stub *stub,
                     struct see_flow *ret_flow);

/* Keeps the outline of that flow again. */
void see_stub_keep(struct see_stub *stub, const struct see_flow *flow);

/* Whether all that a segment of direction `d` did was to move a live stub on. */
bool see_stub_move_on(struct see_stream *stream, struct see_stub *stub, unsigned d,
                      const struct see_segment *segment);

#endif
