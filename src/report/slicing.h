/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * slicing - what a slice holds, for the files that find its frames and write them.
 */
#ifndef SEE_REPORT_SLICING_H
#define SEE_REPORT_SLICING_H

#include "capture/pcapng_write.h"
#include "decode/decode.h"
#include "report/involved.h"
#include "report/slice.h"

struct see_slice_frame {
    struct see_place place;
    see_time_ns time;
    size_t len;
};

struct see_slice {
    const struct see_evidence *evidence;
    struct see_limits limits;
    struct see_slice_host host;
    struct see_involved_list involved;
    struct see_decode *decode;
    bool *was_read;      /* by capture of the evidence */
    see_time_ns read_to; /* the last time of the one before */
    struct see_slice_frame *frames;
    size_t frame_count, frame_size;
    size_t next_frame, next_mark; /* while writing */
    struct see_pcapng_writer writer;
    struct see_map interfaces;
    bool is_lacking, is_too_large;
};

/* The capture of this id, or NULL. */
const struct see_evidence_capture *see_slice_capture(const struct see_slice *slice, int64_t id);

/* Says what the slice lacks. */
__attribute__((format(printf, 3, 4))) void see_slice_tell(struct see_slice *slice, const char *what,
                                                          const char *format, ...);

/* The interfaces that were written are forgotten. */
void see_slice_forget_interfaces(struct see_slice *slice);

#endif
