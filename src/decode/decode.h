/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * decode - finds the TCP segment in a frame, however deep it lies.
 *
 * Link layers, tags, labels and tunnels in any nesting up to a depth; IP
 * fragments are put together; a packet that was captured at two places counts
 * once.  Addresses are the innermost ones: those of the client and the server.
 *
 * Lengths on the wire are believed only as far as the captured octets go;
 * checksums are not looked at, since network cards fill them in after the
 * capture.  What holds no TCP segment is counted by reason.
 */
#ifndef SEE_DECODE_DECODE_H
#define SEE_DECODE_DECODE_H

#include <stdbool.h>

#include "capture/frame.h"
#include "core/counts.h"
#include "core/hash.h"
#include "core/limits.h"
#include "core/status.h"
#include "decode/segment.h"
#include "decode/usual.h"

struct see_decode_options {
    /* UDP ports of VXLAN beside 4789 and 8472; borrowed until the decoder is freed. */
    const uint16_t *vxlan_ports;
    size_t vxlan_port_count;
};

struct see_decode_sink {
    void *ctx;
    int (*segment)(void *ctx, const struct see_segment *segment);
    /*
     * This segment comes soon, unless it is a duplicate; then, that all of a lot were told. Nothing
     * may come of either.  Both or none may be NULL.
     */
    void (*expect)(void *ctx, const struct see_segment *segment);
    void (*expected)(void *ctx);
};

/* How many frames are looked at ahead of their turn. */
#define SEE_DECODE_AHEAD 16

struct see_decode;

/*
 * `limits` and `key` are copied; `options` may be NULL.  NULL when memory ran out.  The networks of
 * the segments live as long as the decoder.
 */
struct see_decode *see_decode_new(const struct see_limits *limits, const struct see_hash_key *key,
                                  const struct see_decode_options *options,
                                  struct see_decode_sink sink);

/* What a frame says by itself; borrows its octets. */
struct see_look {
    const uint8_t *data; /* the frame's */
    uint64_t print;      /* see duplicates.h */
    bool is_usual;       /* and this is what it says: */
    struct see_usual usual;
};

/*
 * These frames, at most SEE_DECODE_AHEAD, will be fed next, in this order; their octets and
 * `looks`, one for each, stay where they are until then.  What will be needed for them is fetched
 * from memory meanwhile.
 */
void see_decode_expect(struct see_decode *decode, const struct see_frame *frames,
                       struct see_look *looks, size_t count);

/* From the next frame on segments go elsewhere. */
void see_decode_sink_to(struct see_decode *decode, struct see_decode_sink sink);

/* Takes one frame.  Fails with SEE_ENOMEM, or with what the sink returned. */
SEE_MUST_CHECK int see_decode_feed(struct see_decode *decode, const struct see_frame *frame);

/* Whether frames of this link type can be read at all. */
bool see_decode_knows(int link_type);

/* How many frames were fragments, of IP or below, that did not complete anything. */
uint64_t see_decode_fragments(const struct see_decode *decode);

/* Valid until the next call. */
struct see_counts see_decode_counts(struct see_decode *decode);

void see_decode_free(struct see_decode *decode); /* takes NULL */

#endif
