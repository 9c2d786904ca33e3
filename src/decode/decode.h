/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * decode - finds the TCP segment in a frame.
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
#include "core/status.h"
#include "decode/segment.h"

struct see_decode_sink {
    void *ctx;
    int (*segment)(void *ctx, const struct see_segment *segment);
};

struct see_decode;

/* NULL when memory ran out. */
struct see_decode *see_decode_new(struct see_decode_sink sink);

/* Takes one frame.  Fails with what the sink returned. */
SEE_MUST_CHECK int see_decode_feed(struct see_decode *decode, const struct see_frame *frame);

/* Whether frames of this link type can be read at all. */
bool see_decode_knows(int link_type);

/* Valid until the next call. */
struct see_counts see_decode_counts(struct see_decode *decode);

void see_decode_free(struct see_decode *decode); /* takes NULL */

#endif
