/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pcapng - blocks of any kind, in sections, from many interfaces.
 *
 * draft-ietf-opsawg-pcapng.  Each section has its own byte order and interfaces,
 * each interface its own link type, snap length and clock.  Blocks that are not
 * known are passed over; their two lengths must agree all the same.
 */
#ifndef SEE_CAPTURE_PCAPNG_H
#define SEE_CAPTURE_PCAPNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/frame.h"
#include "capture/read.h"
#include "core/status.h"

/* Interfaces of one section; a file that has more is damaged, or means harm. */
#define SEE_PCAPNG_INTERFACES_MAX ((size_t)65536)

/* Octets of TLS secrets kept of one file; later ones are not. */
#define SEE_PCAPNG_SECRETS_MAX ((size_t)1024 * 1024)

struct see_reader;

struct see_pcapng_interface {
    int link_type;
    uint32_t snap_len;  /* 0: none */
    uint8_t resolution; /* if_tsresol as it stands */
    int64_t offset;     /* if_tsoffset: seconds to add */
    int64_t dropped;    /* by the kernel and the interface; -1: not said */
};

struct see_pcapng {
    bool is_swapped;
    struct see_pcapng_interface *interfaces; /* of this section */
    size_t interface_count, interface_size;
    uint32_t interfaces_before; /* of sections that are over */
    uint32_t trailer;           /* of a large block: its length, to be read again; 0: none */
    int64_t dropped;            /* in sections that are over; -1: not said */
    char *secrets;              /* lines as in SSLKEYLOGFILE */
    size_t secrets_len;
};

/* Whether a file may begin so; a part of it will do. */
bool see_pcapng_begins(const uint8_t *head, size_t len);

/* Reads the first section header. */
SEE_MUST_CHECK int see_pcapng_open(struct see_reader *reader);

/* Whether the next block holds a frame and lies whole in the window. */
bool see_pcapng_is_ready(const struct see_reader *reader);

/* SEE_READ_PASSED after a block that holds no frame. */
enum see_read see_pcapng_next(struct see_reader *reader, struct see_frame *ret_frame);

/* What kernel and interfaces say they dropped; -1: nothing is said. */
int64_t see_pcapng_dropped(const struct see_pcapng *pcapng);

void see_pcapng_finish(struct see_pcapng *pcapng);

#endif
