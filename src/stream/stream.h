/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * stream - puts the octets of each TCP direction in order (RFC 9293, 3.4, 3.10).
 *
 * Segments go in, chunks come out: every octet of a direction once, in order,
 * or a gap in its place.  Octets in order are handed on without being copied.
 * The first copy of an octet wins; a later one that differs is counted.
 *
 *     seq      100   104   108   112   116
 *     seen      AAAA  ....  CCCC  DDDD        held until the hole fills,
 *     out       AAAA                          or is given up as a gap
 *
 * A hole is given up when it will not fill: the other side has acknowledged
 * past it and the grace for reordering is over, or nobody is seen to acknowledge
 * at all and the grace for retransmission is over; at the limits of `connection_held` and
 * `held_total`; and at the end of the connection or the capture.
 *
 * The ACK number of each segment travels along: octets are never handed on
 * before those of the other direction that their sender had acknowledged, as
 * long as these may still come.  So a request precedes its response, whatever
 * order the capture has them in.
 *
 * Time is capture time: the largest stamp fed so far.
 */
#ifndef SEE_STREAM_STREAM_H
#define SEE_STREAM_STREAM_H

#include "core/counts.h"
#include "core/hash.h"
#include "core/limits.h"
#include "core/status.h"
#include "decode/segment.h"
#include "stream/connection.h"

/* Octets of one direction in order, or a gap: octets that were sent and not seen. */
struct see_chunk {
    struct see_connection *connection;
    unsigned direction;     /* 0: sent by ends[0], 1: sent by ends[1] */
    const uint8_t *data;    /* borrowed until the sink returns; NULL for a gap */
    uint64_t len;           /* at least 1 */
    uint64_t offset;        /* of the first octet in its direction, counted from the first one seen
                               or, with the SYN, from the first one sent */
    uint64_t acknowledged;  /* the offset in the other direction up to which the sender had
                               acknowledged when it sent the first octet; 0 when not known */
    struct see_stamp stamp; /* the frame that carried it, or that showed the gap */
};

struct see_stream_sink {
    void *ctx;
    /* In-order octets or a gap. */
    int (*chunk)(void *ctx, const struct see_chunk *chunk);
    /*
     * Direction `direction` will send no more (FIN delivered in order).  Not called for
     * directions that end otherwise.
     */
    int (*finished)(void *ctx, struct see_connection *connection, unsigned direction,
                    struct see_stamp stamp);
    /* The last word on a connection of which chunks were handed on; `ended` and `closed` are set.
     */
    int (*closed)(void *ctx, struct see_connection *connection);
    /* A chunk of this connection comes soon; nothing may come of that.  Or NULL. */
    void (*expect)(void *ctx, const struct see_connection *connection);
};

struct see_stream;

/* `limits` and `key` are copied.  NULL when memory ran out. */
struct see_stream *see_stream_new(const struct see_limits *limits, const struct see_hash_key *key,
                                  struct see_stream_sink sink);

/*
 * Takes one segment.  Fails with SEE_ENOMEM, or with what the sink returned; after a failure
 * nothing more is handed on, and every call fails alike.
 */
SEE_MUST_CHECK int see_stream_feed(struct see_stream *stream, const struct see_segment *segment);

/*
 * This segment comes soon, from the same place in memory: what will be needed for it is fetched
 * meanwhile, and whose it is made out.  Nothing else comes of it, and it need not come.
 */
void see_stream_expect(struct see_stream *stream, const struct see_segment *segment);

/* A lot of them was announced: what leads to their connections is followed. */
void see_stream_expected(struct see_stream *stream);

/* Whether octets of some connection are held back for the grace for reordering. */
bool see_stream_is_behind(const struct see_stream *stream);

/* Moves the clock without a segment, so that holes and idle connections end. */
SEE_MUST_CHECK int see_stream_tick(struct see_stream *stream, see_time_ns now);

/*
 * The capture is over: everything held is handed on, every connection closed, in order of id.
 * Connections are closed after a failure, too, so call this before `free` whatever happened.
 */
SEE_MUST_CHECK int see_stream_flush(struct see_stream *stream);

/* The room after this one wants no more octets of this connection; FIN and RST still close it. */
void see_stream_ignore(struct see_connection *connection);

/*
 * Likewise, and nothing is to be told of its end: unless somebody keeps it, the connection is freed
 * when the sink has returned.  Called in a sink only.
 */
void see_stream_forget(struct see_connection *connection);

/* How many octets came for connections that are ignored. */
uint64_t see_stream_ignored(const struct see_stream *stream);

/* Valid until the next call. */
struct see_counts see_stream_counts(struct see_stream *stream);

void see_stream_free(struct see_stream *stream); /* takes NULL */

#endif
