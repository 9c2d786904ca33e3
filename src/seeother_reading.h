/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * seeother_reading - frames of a large plain file, read and looked at by a thread of its own.
 *
 *     the file --> frames, looks: lots --> [ lot ][ lot ][ lot ] ... --> who feeds them
 *
 * A lot holds what lay ready, in the order of the file, and the last one says how it ended.  All
 * that was read comes in a lot, also after `see_reading_stop`: so what is counted is fed.
 *
 * Octets come slower from the memory of another processor, but the kernel's copy of them, and what
 * each frame says by itself, is a fifth of all work.
 */
#ifndef SEE_SEEOTHER_READING_H
#define SEE_SEEOTHER_READING_H

#include "seeother.h"

struct see_lot {
    struct see_frame frames[SEE_DECODE_AHEAD];
    struct see_look looks[SEE_DECODE_AHEAD];
    size_t count;
    struct see_http_look heads[SEE_DECODE_AHEAD]; /* of the messages that some of them begin with */
    size_t head_count;
    int result; /* of the last lot: SEE_OK, or what reading failed with */
    bool is_last;
    uint64_t window;   /* that the frames lie in */
    uint64_t position; /* how far the file has been read, in octets */
};

struct see_reading;

/*
 * The thread has the capture until see_reading_free; of the run it looks only.  NULL where it does
 * not pay, or there is no thread to be had, or no memory: then nothing has changed.
 */
struct see_reading *see_reading_start(struct see_capture *capture, const struct see_run *run);

/* Waits for the next lot, which is valid until the next call; none comes behind the last. */
struct see_lot *see_reading_next(struct see_reading *reading);

/* No more is read; lots come until the last all the same. */
void see_reading_stop(struct see_reading *reading);

/* Ends the thread; the last lot was taken.  Takes NULL. */
void see_reading_free(struct see_reading *reading);

#endif
