/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pcap_file - the classic savefile: a header, then a record a frame.
 *
 * draft-ietf-opsawg-pcap, and what older writers did: both byte orders, micro- and
 * nanoseconds, the record header of Alexey Kuznetzov's libpcap, versions before
 * 2.4 with their lengths the other way round.
 */
#ifndef SEE_CAPTURE_PCAP_FILE_H
#define SEE_CAPTURE_PCAP_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/frame.h"
#include "capture/read.h"
#include "core/status.h"

struct see_reader;

struct see_pcap_file {
    bool is_swapped;
    bool is_nano;
    enum { SEE_PCAP_LENGTHS, SEE_PCAP_LENGTHS_MAYBE, SEE_PCAP_LENGTHS_SWAPPED } lengths;
    size_t head_len; /* of a record */
    uint32_t len_max;
    uint32_t snap_len; /* as the file says */
    int link_type;
};

/* Whether a file may begin so; a part of the magic will do. */
bool see_pcap_begins(const uint8_t *head, size_t len);

/* Reads the header, which lies ready. */
SEE_MUST_CHECK int see_pcap_open(struct see_reader *reader);

/* Whether the next record lies whole in the window. */
bool see_pcap_is_ready(const struct see_reader *reader);

enum see_read see_pcap_next(struct see_reader *reader, struct see_frame *ret_frame);

/*
 * The next records as far as they lie whole in the window and nothing is odd about them; how many.
 * All of these lie still until another one is asked for.
 */
size_t see_pcap_more(struct see_reader *reader, struct see_frame *frames, size_t max);

#endif
