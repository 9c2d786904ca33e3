/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pcapng_write - frames back into a file that Wireshark reads.
 *
 * draft-ietf-opsawg-pcapng: one section in our byte order, its interfaces, then a block a frame.
 * Times are nanoseconds since the epoch; before 1970 an offset of the interface makes them so.
 *
 *     section -> interface, frame, frame, interface, frame, ...
 *
 * The first failure is kept, and every later call does nothing: a caller asks once at the end.
 */
#ifndef SEE_CAPTURE_PCAPNG_WRITE_H
#define SEE_CAPTURE_PCAPNG_WRITE_H

#include <stdio.h>

#include "capture/frame.h"
#include "core/status.h"
#include "core/text.h"
#include "core/view.h"

/* Octets of a frame that readers take for sane; a longer one is cut, its length on the wire kept.
 */
#define SEE_PCAPNG_FRAME_MAX ((size_t)256 * 1024)

/* Octets of a comment; a longer one is cut. */
#define SEE_PCAPNG_COMMENT_MAX ((size_t)1024)

struct see_pcapng_writer {
    FILE *out; /* borrowed */
    struct see_text block;
    uint32_t interfaces; /* written so far */
    int64_t offset;      /* seconds that stamps are written ahead of: 0, or before 1970 */
    int status;
};

void see_pcapng_writer_init(struct see_pcapng_writer *writer, FILE *out);
void see_pcapng_writer_finish(struct see_pcapng_writer *writer);

/* Begins the file.  `earliest` is the first time that is to be written; views are UTF-8. */
void see_pcapng_write_section(struct see_pcapng_writer *writer, struct see_view application,
                              struct see_view comment, see_time_ns earliest);

/* An interface, whose number is returned. */
uint32_t see_pcapng_write_interface(struct see_pcapng_writer *writer, int link_type,
                                    uint32_t snap_len, struct see_view description);

/* A frame of an interface, with its comments. */
void see_pcapng_write_frame(struct see_pcapng_writer *writer, uint32_t interface,
                            const struct see_frame *frame, const struct see_view *comments,
                            size_t count);

/* Flushes.  SEE_OK, SEE_EIO (`errno` may tell), SEE_ENOMEM. */
SEE_MUST_CHECK int see_pcapng_writer_end(struct see_pcapng_writer *writer);

#endif
