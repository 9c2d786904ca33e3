/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * segment - one TCP segment (RFC 9293, 3.1), as the decode room hands it on.
 *
 * The payload is borrowed from the frame until the sink returns.  A snap length
 * can cut it: `len` octets are here, `wire_len` were sent.  Of a segment that came
 * in IP fragments the stamp is that of the one with its first octet, since that is
 * where its payload begins; others may have been fed between, and `parts` names them all.
 */
#ifndef SEE_DECODE_SEGMENT_H
#define SEE_DECODE_SEGMENT_H

#include "core/address.h"
#include "core/stamp.h"
#include "decode/network.h"

/* Control bits, in their place on the wire. */
enum see_tcp_flag {
    SEE_TCP_FIN = 0x01,
    SEE_TCP_SYN = 0x02,
    SEE_TCP_RST = 0x04,
    SEE_TCP_PSH = 0x08,
    SEE_TCP_ACK = 0x10,
    SEE_TCP_URG = 0x20,
};

struct see_segment {
    struct see_stamp stamp;
    const struct see_stamp *parts; /* the frames of the fragments, in order of offset */
    size_t part_count;             /* 0: it came in one frame */
    struct see_endpoint source;
    struct see_endpoint destination;
    const struct see_network *network; /* what keeps equal addresses apart; NULL: nothing */
    uint32_t seq;
    uint32_t ack; /* meaningful with SEE_TCP_ACK only */
    uint16_t window;
    uint8_t flags;
    const uint8_t *payload;
    size_t len;
    size_t wire_len;
};

#endif
