/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * begin - where the two directions of a connection begin.
 *
 * With its SYN a direction begins for certain.  Without, it begins where its
 * first segment stands or where the other side's ACK says, until an earlier one
 * comes late: the octets of a connection that seems to be in mid-stream are held
 * for the grace for reordering, and their places moved when the beginning moves.
 */
#ifndef SEE_STREAM_BEGIN_H
#define SEE_STREAM_BEGIN_H

#include "stream/state.h"

/* Whether a segment of direction `d` belongs to a connection that came after this one. */
bool see_begin_is_reuse(const struct see_flow *flow, unsigned d, const struct see_segment *segment);

/*
 * A SYN-ACK that does not answer the SYN that we saw (RFC 9293, 3.10.7.3, first): where a capture
 * has both sides of a firewall that changes sequence numbers, or somebody forges it.
 */
bool see_begin_is_foreign(const struct see_flow *flow, unsigned d,
                          const struct see_segment *segment);

/* A SYN: who opened the connection, and where the direction begins. */
void see_begin_with_syn(struct see_flow *flow, unsigned d, const struct see_segment *segment);

/* The other side's ACK, where nothing else is known of the direction. */
void see_begin_with_ack(struct see_flow *flow, unsigned d, uint32_t ack);

/* Octets or a FIN at `seq`: `sent` octets, as the sender had them. */
void see_begin_with_octets(struct see_flow *flow, unsigned d, uint32_t seq, size_t sent);

/* Whether octets of `d` must wait, since a beginning may still move. */
bool see_begin_is_open(const struct see_flow *flow, unsigned d);

#endif
