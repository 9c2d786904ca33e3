/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * table - finds the flow of a segment, whichever of its two ends sent it.
 *
 * Flows are found by network and both ends.  The live ones are in a list, the
 * one silent longest first; those that are over linger in a list of their own
 * for a while, so that a late ACK does not look like another connection, and
 * are the first to make room.
 *
 * A mirror may tag one direction only, or number its tunnel by direction.  So a flow of which one
 * direction was seen takes in the other one from whatever network, if that acknowledges what the
 * flow has; from then on it is found in both.  In truly different networks equal ends and matching
 * numbers do not come together.
 */
#ifndef SEE_STREAM_TABLE_H
#define SEE_STREAM_TABLE_H

#include "stream/state.h"

/* The flow of `segment`, or NULL; `ret_d` is the direction that the segment goes. */
struct see_flow *see_table_find(struct see_stream *stream, const struct see_segment *segment,
                                unsigned *ret_d);

/*
 * Writes the key of a segment and returns its direction; `ret_hash` is that of the key without its
 * network.
 */
unsigned see_table_key(const struct see_stream *stream, const struct see_segment *segment,
                       uint8_t key[SEE_FLOW_KEY_OCTETS], uint64_t *ret_hash);

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
