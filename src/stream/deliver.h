/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * deliver - hands octets, gaps and finishes on to the next room.
 *
 * The only file that moves a direction forward, and the only one that calls the
 * sink's `chunk` and `finished`.  A sink may ignore the connection from within:
 * whoever calls these looks at `is_ignored` and at the hold again afterwards.
 */
#ifndef SEE_STREAM_DELIVER_H
#define SEE_STREAM_DELIVER_H

#include "stream/state.h"

/* `len` is at least 1; the octets are those at the direction's offset. */
SEE_MUST_CHECK int see_deliver_octets(struct see_flow *flow, unsigned d, const uint8_t *octets,
                                      size_t len, uint64_t acknowledged, struct see_stamp stamp);
SEE_MUST_CHECK int see_deliver_gap(struct see_flow *flow, unsigned d, uint64_t len,
                                   struct see_stamp stamp);
SEE_MUST_CHECK int see_deliver_finish(struct see_flow *flow, unsigned d, struct see_stamp stamp);

/* Takes the first piece, whose turn it is, out of the hold and hands it on. */
SEE_MUST_CHECK int see_deliver_first(struct see_flow *flow, unsigned d);

/* Moves a direction on without handing anything on; nothing may be held. */
void see_deliver_skip(struct see_flow *flow, unsigned d, uint64_t len);

/* Of an ignored flow: drops what is held, and moves a direction on to its FIN when that is known.
 */
void see_deliver_skip_all(struct see_flow *flow, unsigned d);

/*
 * Holds a piece (see `see_hold_add`), making the hold if need be, and counts what of it was there
 * already.
 */
SEE_MUST_CHECK int see_deliver_later(struct see_flow *flow, unsigned d,
                                     const struct see_piece *piece, const uint8_t *octets);

/* Lets go of the public record, if there is one. */
void see_deliver_let_go(struct see_flow *flow);

/* Gives up one held piece, or all; their octets are counted under `counter`. */
void see_deliver_drop(struct see_flow *flow, unsigned d, struct see_piece *piece,
                      enum see_stream_counter counter);
void see_deliver_drop_all(struct see_flow *flow, unsigned d, enum see_stream_counter counter);

#endif
