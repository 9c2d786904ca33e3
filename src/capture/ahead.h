/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ahead - reads a file, and unpacks it, in a thread of its own while its records are looked at.
 *
 *     the thread fills     [ block ][ block ][ block ]     the window lies in one of them
 *                                                ^
 *     |   headroom    |        octets        |   the rest of the record that the block before
 *                 |tail                          ended in is put in front of the next one's octets
 *
 * So nothing else is copied, unless a record is larger than that.  The octets are the same as
 * without a thread, and so is what is wrong with them.  It pays where files are packed; octets
 * that are only read come slower from the memory of another processor than from the kernel: of
 * those the thread decodes the frames as well (see windows.h, seeother_reading.h).
 */
#ifndef SEE_CAPTURE_AHEAD_H
#define SEE_CAPTURE_AHEAD_H

#include <stdbool.h>
#include <stddef.h>

struct see_ahead;
struct see_input;

/*
 * Takes the file of `input` over, and reads on from where it is.  NULL when there is no thread to
 * be had, or no memory: then nothing has changed.
 */
struct see_ahead *see_ahead_start(const struct see_input *input);

/*
 * Puts the next block behind what lies ready in the window, of which `wanted` octets are wanted;
 * waits for it.  Sets `state` at the end, and SEE_INPUT_NO_MEMORY.
 */
void see_ahead_pull(struct see_ahead *ahead, struct see_input *input, size_t wanted);

/* Ends the thread, and closes the file where that was the input's to do.  Takes NULL. */
void see_ahead_free(struct see_ahead *ahead);

#endif
