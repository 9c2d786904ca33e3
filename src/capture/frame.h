/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * frame - one captured packet, as the capture room hands it on.
 *
 * The octets are borrowed until the sink returns.
 */
#ifndef SEE_CAPTURE_FRAME_H
#define SEE_CAPTURE_FRAME_H

#include "core/stamp.h"

struct see_frame {
    struct see_stamp stamp;
    int link_type;       /* a LINKTYPE_ value of the tcpdump registry */
    uint32_t interface;  /* of those of the capture, from 0, in the order in which it names them */
    uint32_t snap_len;   /* what the interface kept of a frame at most; 0: not said */
    const uint8_t *data; /* the captured octets */
    size_t len;          /* how many were captured */
    size_t wire_len;     /* how many were on the wire, >= len */
};

#endif
