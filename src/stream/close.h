/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * close - how a connection ends.
 *
 *      first segment                 close                    linger over, or
 *     ---------------->   live   ---------------> lingering  ---------------->  gone
 *       see_table_add      |      FIN, RST          (a stub)    see_table_remove
 *                          |
 *                          +--- idle, reused, evicted, capture end ---------->  gone
 */
#ifndef SEE_STREAM_CLOSE_H
#define SEE_STREAM_CLOSE_H

#include "stream/state.h"
#include "stream/stub.h"

/* Whether both sides have finished. */
bool see_close_is_due(const struct see_flow *flow);

/*
 * Hands on what is left, says the last word, and lets a stub linger; the flow is gone.  All of it
 * is done even when a step fails; nothing is handed on once the stream has failed.
 */
SEE_MUST_CHECK int see_close(struct see_flow *flow, enum see_connection_end how);

/* The same for what is a live stub already, of which nothing is to be said... */
SEE_MUST_CHECK int see_close_stub(struct see_stream *stream, struct see_stub *stub,
                                  enum see_connection_end how);

/* ... and for either. */
SEE_MUST_CHECK int see_close_any(struct see_stream *stream, struct see_flow_common *flow,
                                 enum see_connection_end how);

/*
 * Closes the connection when that is due, and leaves a stub when nobody wants to hear
 * of it any more; so the flow may be gone afterwards.
 */
SEE_MUST_CHECK int see_close_if_finished(struct see_flow *flow);

/* Closes what has been silent for too long by `stream->now`. */
SEE_MUST_CHECK int see_close_idle(struct see_stream *stream);

/* Makes room for one more flow. */
SEE_MUST_CHECK int see_close_for_room(struct see_stream *stream);

/* Closes all, in order of id. */
SEE_MUST_CHECK int see_close_all(struct see_stream *stream);

#endif
