/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * usual - the frame that almost all are: Ethernet, IP, TCP, and nothing around or between.
 *
 * What it reads is what the layers would (packet.h), at fixed places and without touching anything
 * but the frame; so it can be read ahead of its turn.
 */
#ifndef SEE_DECODE_USUAL_H
#define SEE_DECODE_USUAL_H

#include <stdbool.h>

#include "capture/frame.h"
#include "decode/segment.h"

struct see_usual {
    struct see_segment segment;
    uint32_t ip_id; /* 0 for IPv6 */
    uint8_t ttl;
};

/* Whether a frame is a usual one; if not it is for the layers, and nothing is known of it. */
bool see_usual_read(const struct see_frame *frame, struct see_usual *ret_usual);

#endif
