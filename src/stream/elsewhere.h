/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * elsewhere - flows whose two directions come in different networks.
 *
 * A mirror may tag one direction only, or number its tunnel by direction.  So a flow of which one
 * direction was seen takes in the other one from whatever network, if that acknowledges what the
 * flow has; from then on it is found in both.  In truly different networks equal ends and matching
 * numbers do not come together.  Where no segment has come in a network at all there is nothing to
 * be kept for this; it is made up for with the first one.
 */
#ifndef SEE_STREAM_ELSEWHERE_H
#define SEE_STREAM_ELSEWHERE_H

#include "stream/state.h"
#include "stream/stub.h"

/* A segment came in a network: from here on flows can be found in other ones. */
SEE_MUST_CHECK int see_elsewhere_begin(struct see_stream *stream);

/* A new flow can be found by segments of another network. */
SEE_MUST_CHECK int see_elsewhere_add(struct see_stream *stream, struct see_flow_common *flow);

/* The flow that this segment belongs to although it comes in another network, or NULL. */
struct see_flow_common *see_elsewhere_find(struct see_stream *stream,
                                           const struct see_segment *segment,
                                           const struct see_flow_key *key);

/* The other direction was found by the key of the flow: both are there, unless one is elsewhere. */
void see_elsewhere_note_both(struct see_stream *stream, struct see_flow_common *flow);

/* The other network that segments of a flow came in; false: none is known. */
bool see_elsewhere_network(const struct see_stream *stream, const struct see_flow_common *flow,
                           uint32_t *ret_network);

/* `to` stands for `from`, or a flow is found elsewhere no more; it need not have been. */
void see_elsewhere_move(struct see_stream *stream, const struct see_flow_common *from,
                        struct see_flow_common *to);
void see_elsewhere_remove(struct see_stream *stream, const struct see_flow_common *flow);

#endif
