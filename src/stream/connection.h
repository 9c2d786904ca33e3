/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * connection - one TCP connection, from first to last segment seen.
 *
 * One allocation, shared by reference count: whoever keeps the pointer past a
 * callback takes a reference.  Only the stream room changes it, but for `user`.
 */
#ifndef SEE_STREAM_CONNECTION_H
#define SEE_STREAM_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "core/address.h"
#include "core/stamp.h"
#include "decode/network.h"

enum see_connection_end {
    SEE_CONNECTION_OPEN,        /* still open, or the capture ended first */
    SEE_CONNECTION_FIN,         /* both sides finished */
    SEE_CONNECTION_RESET,       /* RST */
    SEE_CONNECTION_IDLE,        /* silent for longer than the limit */
    SEE_CONNECTION_REUSED,      /* a new SYN took its ports */
    SEE_CONNECTION_EVICTED,     /* a limit was reached */
    SEE_CONNECTION_CAPTURE_END, /* the capture ended first */
};

struct see_flow;

struct see_connection {
    uint64_t id;                       /* within the run, from 1, in the order of first segments */
    struct see_endpoint ends[2];       /* [0] sent the SYN, or else the first segment seen */
    const struct see_network *network; /* of its first segment; NULL: none */
    bool is_opening_seen;              /* the SYN was seen: the first octets are the first octets */
    struct see_stamp opened;
    struct see_stamp closed;    /* not set while open */
    uint64_t octets_missing[2]; /* sent by ends[i] and never seen */
    bool has_reset[2];          /* ends[i] has sent a RST */
    uint64_t octets_read[2];    /* of ends[i], where the other has sent one: acknowledged by then */
    enum see_connection_end ended; /* how */
    uint32_t refs;
    void *user;            /* the next room's; set at the first chunk, released at `closed` */
    struct see_flow *flow; /* the stream room's own; NULL once it is closed */
};

struct see_connection *see_connection_ref(struct see_connection *connection);
void see_connection_unref(struct see_connection *connection); /* takes NULL */

/* The word for the database: "open", "fin", "reset", ... */
const char *see_connection_end_name(enum see_connection_end ended);

#endif
