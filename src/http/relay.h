/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * relay - what lanes do about proxies: the handshakes before the HTTP, and the
 * tunnel behind a CONNECT.
 *
 * A lane is fresh at the beginning of its connection, behind a handshake and at
 * the beginning of a tunnel: there a handshake may begin, else a start-line, and
 * what it speaks is told anew.  So proxies behind proxies need no further care.
 *
 * A host that was called from outside may say some words of its own first, and
 * then be the proxy: its prologue is kept until the other side shows whether it
 * speaks SOCKS.
 */
#ifndef SEE_HTTP_RELAY_H
#define SEE_HTTP_RELAY_H

#include "http/lane.h"

/* The first octets since the lane was fresh: begins a handshake, or says that there is none. */
void see_lane_begin_handshake(struct see_lane *lane, const struct see_input *input);

/* Takes octets of a handshake, at most to its end. */
SEE_MUST_CHECK int see_lane_read_handshake(struct see_lane *lane, struct see_input *input);

/* Whether what this lane has said, which is no HTTP, may be a prologue. */
bool see_lane_may_be_prologue(const struct see_lane *lane);

/* A CONNECT has succeeded; `lane` is at the end of the response. */
SEE_MUST_CHECK int see_lane_begin_tunnel(struct see_lane *lane);

/* Counts a connection of SOCKS once it is beyond doubt. */
void see_talk_count_socks(struct see_talk *talk);

#endif
