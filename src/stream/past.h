/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * past - connections that are over and forgotten, but for their outline.
 *
 * Captures of one run may overlap, or be the same file twice: then segments come again whose
 * connection has long ended, and would look like another connection with all its findings.  Such a
 * segment is known by its ends, by a time at which that connection lived, and by numbers that its
 * direction had used up.
 *
 *     connection   [opened ---------- last seen]                 a new one  [SYN ...
 *     file 1       t=0 ............................. t=100
 *     file 2                 t=50: seen before ......... t=150
 *
 * Asked only when time steps back, so a capture in order pays nothing but the record of each
 * connection.  Holds `limits->past_connections`; the oldest is forgotten first.
 */
#ifndef SEE_STREAM_PAST_H
#define SEE_STREAM_PAST_H

#include "stream/state.h"

/* Keeps the outline of a flow that is over; `common` is that of the flow or of its stub. */
SEE_MUST_CHECK int see_past_add(const struct see_flow *flow, const struct see_flow_common *common);

/* Whether this segment was part of a connection that is over. */
bool see_past_has(const struct see_stream *stream, const struct see_segment *segment,
                  const struct see_flow_key *key);

void see_past_finish(struct see_stream *stream);

#endif
