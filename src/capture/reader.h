/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * reader - frames out of the octets of a savefile, pcap or pcapng.
 *
 * Both formats are read by the same means: a record lies whole in the window of
 * the input, is handed on where it lies, and is passed over.  What is wrong with a
 * file ends the reading, and is said with the frame and the octet at which it
 * stands.  libpcap's own reader is not used: it copies each frame, reads one link
 * type a file only, and costs more than all other work on large bodies.
 */
#ifndef SEE_CAPTURE_READER_H
#define SEE_CAPTURE_READER_H

#include "capture/capture.h"
#include "capture/input.h"
#include "capture/pcap_file.h"
#include "capture/pcapng.h"
#include "capture/read.h"

/* What is kept of a frame; one that is larger is cut to it, and counted. */
#define SEE_FRAME_MAX ((size_t)1024 * 1024)

/* A record or block that claims to be larger than this is damage. */
#define SEE_RECORD_MAX ((uint32_t)256 * 1024 * 1024)

/* What is counted beside the books. */
enum see_read_note {
    SEE_READ_TIMESTAMPS_CLAMPED,
    SEE_READ_TIMESTAMPS_MISSING,
    SEE_READ_FRAMES_CUT,
    SEE_READ_BLOCKS_SKIPPED,
    SEE_READ_SECRETS_BLOCKS,
    SEE_READ_NOTES,
};

struct see_reader {
    struct see_input input;
    enum { SEE_FORMAT_PCAP, SEE_FORMAT_PCAPNG } format;
    struct see_pcap_file pcap;
    struct see_pcapng pcapng;
    uint64_t number;       /* of the last frame, as Wireshark counts */
    uint64_t begins_at;    /* where the record that is being read begins */
    see_time_ns last_time; /* of the last frame */
    uint64_t notes[SEE_READ_NOTES];
    enum see_capture_state state;
    char detail[256];
};

/*
 * Recognises the format of an input that has been started, and reads up to the first record.
 * SEE_EFORMAT, SEE_ETRUNC, SEE_EIO, SEE_ENOMEM, with a sentence in `detail`.
 */
SEE_MUST_CHECK int see_reader_open(struct see_reader *reader);

/* Never SEE_READ_PASSED. */
enum see_read see_reader_next(struct see_reader *reader, struct see_frame *ret_frame);

/* Whether the next record is a frame and lies whole in the window, so that reading moves nothing.
 */
bool see_reader_is_ready(const struct see_reader *reader);

/*
 * The next frames, as far as that takes no more than a look at records that lie whole in the
 * window; how many.
 */
size_t see_reader_more(struct see_reader *reader, struct see_frame *frames, size_t max);

/* Finishes the input too. */
void see_reader_finish(struct see_reader *reader);

/* For the two formats. */

/* Nothing more can be had from the input, inside `what` unless it is NULL: says how it ended. */
enum see_read see_reader_ended(struct see_reader *reader, const char *what);

/* What follows cannot be read: `format` says why. */
enum see_read see_reader_corrupt(struct see_reader *reader, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Fills a frame, the next in number. */
void see_reader_frame(struct see_reader *reader, struct see_frame *ret_frame, int link_type,
                      see_time_ns time, const uint8_t *data, uint32_t captured, uint32_t wire);

#endif
