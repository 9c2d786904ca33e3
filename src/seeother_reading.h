/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * seeother_reading - a large plain file, read and decoded by a thread of its own.
 *
 *     the file --> frames --> segments --> [ lot ][ lot ][ lot ] ... --> who feeds them
 *
 * A lot holds what came of the frames that lay ready, in the order of the file, and the last one
 * says how it ended.  All that was read comes in a lot, also after `see_reading_stop`: so what is
 * counted is fed.  Of a payload that may begin a message the head is read as well.
 *
 * Octets come slower from the memory of another processor, but the kernel's copy of them, and what
 * can be said of a frame and its payload before it is known whose they are, is a quarter of all
 * work.
 */
#ifndef SEE_SEEOTHER_READING_H
#define SEE_SEEOTHER_READING_H

#include "decode/gather.h"
#include "seeother.h"

struct see_lot {
    struct see_gathered gathered;
    struct see_http_look heads[SEE_DECODE_AHEAD]; /* of the payloads that some segments have */
    size_t head_count;
    int result; /* of the last lot: SEE_OK, or what reading or decoding failed with */
    bool is_last;
    uint64_t window;   /* that the octets lie in */
    uint64_t position; /* how far the file has been read, in octets */
};

struct see_reading;

/*
 * With `writes_rows` the thread writes rows as well: see_run_share_rows.
 *
 * The thread has the capture, and the decoder of the run, until see_reading_free.  NULL where it
 * does not pay, the run wants to see frames itself, or there is no thread to be had, or no memory:
 * then nothing has changed.
 */
struct see_reading *see_reading_start(struct see_capture *capture, struct see_run *run,
                                      bool writes_rows);

/* Waits for the next lot, which is valid until the next call; none comes behind the last. */
struct see_lot *see_reading_next(struct see_reading *reading);

/* No more is read; lots come until the last all the same. */
void see_reading_stop(struct see_reading *reading);

/* Ends the thread; the last lot was taken.  Takes NULL. */
void see_reading_free(struct see_reading *reading);

#endif
