/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wait - what is held back, for how long, and what happens then.
 *
 * Octets wait for one of three things:
 *
 *   a hole    octets before them in their own direction are missing;
 *   a cause   their sender had acknowledged octets of the other direction that
 *             are not handed on yet;
 *   the SYN   where the connection seems to be in mid-stream, the SYN or earlier
 *             octets may still come late (begin.h).
 *
 * A hole is given up as a gap; a missing cause is a hole of the other direction,
 * known by the ACK alone, and is given up just so.  Two directions can wait for
 * each other's octets only when their ACKs contradict each other; then the grace
 * of the one whose octets came first ends first, which pushes the other one past
 * its own wait.  Each step of `see_wait_settle` moves a direction on or ends a
 * piece, so it ends.
 */
#ifndef SEE_STREAM_WAIT_H
#define SEE_STREAM_WAIT_H

#include "stream/state.h"

/* A hole of this length or less needs no ACK to be believed at a limit or at the end. */
#define SEE_NEAR_OCTETS ((int64_t)16 << 20)

/* A window without the scale factor that nobody tells us (RFC 7323, 2.2). */
#define SEE_WINDOW_OCTETS 65535

/* Whether octets of `d` that acknowledged so much must wait, although they are next in order. */
bool see_wait_is_needed(const struct see_flow *flow, unsigned d, uint64_t acknowledged);

/* Whether the grace for reordering that began at `since` is over. */
bool see_wait_is_grace_over(const struct see_flow *flow, struct see_moment since);

/* Hands on all whose turn it is, and sets the timers for the rest. */
SEE_MUST_CHECK int see_wait_settle(struct see_flow *flow);

/* Gives up holes of `d` until it is within the limits. */
SEE_MUST_CHECK int see_wait_relieve(struct see_flow *flow, unsigned d);

/* The connection ends: hands on all that can be, and drops the rest. */
SEE_MUST_CHECK int see_wait_end(struct see_flow *flow, enum see_ending ending);

/* The longest-waiting flow whose time to be looked at has come, or NULL; it leaves the queue. */
struct see_flow *see_wait_next_due(struct see_stream *stream);

#endif
