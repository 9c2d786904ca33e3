/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * table - finds the flow of a segment, whichever of its two ends sent it.
 *
 * Flows are found by network and both ends.  The live ones are in a list, the
 * one silent longest first; those that are over linger in a list of their own
 * for a while, so that a late ACK does not look like another connection, and
 * are the first to make room.
 *
 * To keep that list in order each segment would have to touch the flow that came last, and both
 * neighbours of its own.  So a flow moves to the end once a generation, which is a second, and
 * notes which segment was its last one:
 *
 *     generation   7  7  7  7 | 8  8 | 9  9  9       who is heard of in 9 moves or is there
 *     last one    41 39 90 44 |95 91 |96 99 97       least of all is 39, whatever comes after 7
 *
 * Only when somebody asks who was silent longest is the first generation put in order.
 */
#ifndef SEE_STREAM_TABLE_H
#define SEE_STREAM_TABLE_H

#include "stream/state.h"
#include "stream/stub.h"

/* The flow of `segment`, or NULL. */
struct see_flow_common *see_table_find(struct see_stream *stream, const struct see_segment *segment,
                                       const struct see_flow_key *key);

/* A new flow with `segment` as its first, or NULL when memory ran out. */
struct see_flow *see_table_add(struct see_stream *stream, const struct see_segment *segment,
                               const struct see_flow_key *key);

/* Another segment came: the flow is not silent. */
void see_table_touch(struct see_stream *stream, struct see_flow_common *flow);

/* The live flow that was silent longest, or NULL. */
SEE_MUST_CHECK int see_table_oldest(struct see_stream *stream, struct see_flow_common **ret_flow);

/*
 * Puts a stub in the place of a flow, which is freed; what that refers to is the caller's.  NULL
 * when memory ran out, the flow unchanged.
 */
struct see_stub *see_table_shrink(struct see_flow *flow);

/* A stub that is over goes to those that linger. */
void see_table_linger(struct see_stream *stream, struct see_stub *stub);

/* Takes a flow out and frees it; what it refers to is the caller's. */
void see_table_remove(struct see_stream *stream, struct see_flow_common *flow);

#endif
