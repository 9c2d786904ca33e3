/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gather - the segments of several frames, kept together until somebody takes them.
 *
 * What a decoder hands on is borrowed for a moment.  Of the octets most lie in their frame, which
 * stays where it is; those of a datagram that was put together are copied.
 *
 *     frames     [time, end] [time, end] [time, end]        each has its segments up to its end
 *     segments   [ ][ ]      [ ]                            of the third one there are none
 */
#ifndef SEE_DECODE_GATHER_H
#define SEE_DECODE_GATHER_H

#include "decode/decode.h"

struct see_gathered_frame {
    see_time_ns time_ns;
    size_t end;
};

struct see_gathered_copy;

struct see_gathered {
    struct see_gathered_frame frames[SEE_DECODE_AHEAD];
    size_t frame_count;
    struct see_segment *segments;
    size_t count, room;
    struct see_gathered_copy *copies;
};

/*
 * Feeds frames, at most SEE_DECODE_AHEAD, to a decoder, whose sink this is from here on.  What was
 * gathered before is gone.  Fails with SEE_ENOMEM; then what came before is there.
 */
SEE_MUST_CHECK int see_gather_frames(struct see_gathered *gathered, struct see_decode *decode,
                                     const struct see_frame *frames, size_t count);

void see_gathered_finish(struct see_gathered *gathered);

#endif
