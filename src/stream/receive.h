/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * receive - what one segment tells about its connection (RFC 9293, 3.10.7).
 *
 * Unlike an endpoint we stand in the middle: we see what both have sent, but
 * not always all of it, and cannot ask again.  So nothing is refused for being
 * out of a window; it is held, and believed when the other side acknowledges it.
 */
#ifndef SEE_STREAM_RECEIVE_H
#define SEE_STREAM_RECEIVE_H

#include "stream/state.h"

/*
 * Takes a segment of direction `d`.  `ret_is_reset` tells whether it is a RST that ends the
 * connection, which is left to the caller.
 */
SEE_MUST_CHECK int see_receive(struct see_flow *flow, unsigned d, const struct see_segment *segment,
                               bool *ret_is_reset);

#endif
