/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * table - finds the flow of a segment, whichever of its two ends sent it.
 *
 * Flows are found by network and both ends.  The live ones are in a list, the
 * one silent longest first; those that are over linger in a list of their own
 * for a while, so that a late ACK does not look like another connection, and
 * are the first to make room.
 */
#ifndef SEE_STREAM_TABLE_H
#define SEE_STREAM_TABLE_H

#include "stream/state.h"

/* The flow of `segment`, or NULL; `ret_d` is the direction that the segment goes. */
struct see_flow *see_table_find(const struct see_stream *stream, const struct see_segment *segment,
                                unsigned *ret_d);

/* A new flow with `segment` as its first, or NULL when memory ran out. */
struct see_flow *see_table_add(struct see_stream *stream, const struct see_segment *segment,
                               unsigned *ret_d);

/* Another segment came: the flow is not silent. */
void see_table_touch(struct see_flow *flow);

/* A flow that is over goes to those that linger. */
void see_table_linger(struct see_flow *flow);

/* Takes a flow out and frees it; what it refers to is the caller's. */
void see_table_remove(struct see_flow *flow);

#endif
