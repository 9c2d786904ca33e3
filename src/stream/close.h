/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * close - how a connection ends.
 *
 *      first segment                 close                    linger over, or
 *     ---------------->   live   ---------------> lingering  ---------------->  gone
 *       see_table_add      |      FIN, RST         (no octets)  see_table_remove
 *                          |
 *                          +--- idle, reused, evicted, capture end ---------->  gone
 */
#ifndef SEE_STREAM_CLOSE_H
#define SEE_STREAM_CLOSE_H

#include "stream/state.h"

/*
 * Hands on what is left, says the last word, and lets the flow linger or frees it.  All of it is
 * done even when a step fails; nothing is handed on once the stream has failed.
 */
SEE_MUST_CHECK int see_close(struct see_flow *flow, enum see_connection_end how);

/* Closes the connection when both sides have finished. */
SEE_MUST_CHECK int see_close_if_finished(struct see_flow *flow);

/* Closes what has been silent for too long by `stream->now`. */
SEE_MUST_CHECK int see_close_idle(struct see_stream *stream);

/* Makes room for one more flow. */
SEE_MUST_CHECK int see_close_for_room(struct see_stream *stream);

/* Closes all, in order of id. */
SEE_MUST_CHECK int see_close_all(struct see_stream *stream);

#endif
