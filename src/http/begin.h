/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * begin - how a message of a lane begins, and with the first one its connection's HTTP.
 *
 * Nearly every head lies whole in one segment, where the one before it has ended, and
 * is plain: it is taken at once.  All others are found and read part by part, by
 * the hunt and line by line, with the same result.
 */
#ifndef SEE_HTTP_BEGIN_H
#define SEE_HTTP_BEGIN_H

#include "http/lane.h"

/* The connection, or the tunnel, speaks HTTP, and this lane carries messages of `kind`. */
SEE_MUST_CHECK int see_lane_decide(struct see_lane *lane, enum see_sniff kind);

/* The hunt has found a start-line. */
SEE_MUST_CHECK int see_lane_begin(struct see_lane *lane);

/* Between two messages: takes the head that `input` begins with, if it can be taken at once. */
SEE_MUST_CHECK int see_lane_begin_at_once(struct see_lane *lane, struct see_input *input,
                                          bool *ret_is_begun);

#endif
