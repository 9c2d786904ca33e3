/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * input - the octets of a file, a pipe or memory, unpacked where they are packed.
 *
 *     read --> [ packed 64 KiB ] --unpack--> [ window 256 KiB ] --> records
 *        '------------ not packed ---------->
 *
 * The window is one run of octets that lie ready:
 *
 *     octets    start        end           size
 *     |  past   |   ready    |    free     |
 *
 * Records are read where they lie.  Only the beginning of one that is not yet
 * whole is moved, to the front, and the window grows only for a record that is
 * larger than it: to what its reader wants, never more than SEE_INPUT_MAX.
 *
 * A packed file may be read ahead by a second thread; see ahead.h.  Where another thread looks at
 * the records, what lies ready moves on to the next of several windows instead; see windows.h.
 *
 * Nothing is lost when a signal, or `wait_ms`, ends the waiting: each call may be repeated.
 */
#ifndef SEE_CAPTURE_INPUT_H
#define SEE_CAPTURE_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/unpack.h"
#include "capture/windows.h"
#include "core/status.h"
#include "core/view.h"

#define SEE_INPUT_WINDOW ((size_t)256 * 1024)
#define SEE_INPUT_MAX ((size_t)2 * 1024 * 1024)

enum see_input_state {
    SEE_INPUT_OPEN,
    SEE_INPUT_ENDED,       /* nothing follows what lies ready */
    SEE_INPUT_CUT,         /* likewise, since the packed data ends too early */
    SEE_INPUT_BROKEN,      /* what follows cannot be read or unpacked: see `why` */
    SEE_INPUT_INTERRUPTED, /* a signal came while waiting, or nothing: ask again, or stop */
    SEE_INPUT_NO_MEMORY,
};

struct see_input {
    const uint8_t *octets;
    uint8_t *own; /* `octets`, unless they are read ahead; NULL where they belong to the caller */
    size_t start, end, size;
    uint64_t offset;  /* of octets[start], in the unpacked data */
    uint64_t to_skip; /* octets that were skipped before they came */
    enum see_input_state state;
    char why[160];

    int fd; /* -1: memory */
    bool closes_fd;
    int wait_ms;   /* how long to wait for octets; -1: until they come */
    uint64_t read; /* octets off the file so far, packed where they are packed */

    const struct see_unpacker *unpacker; /* NULL: not packed */
    void *unpacking;
    const uint8_t *packed;
    uint8_t *packed_own;
    size_t packed_start, packed_end;
    bool packed_is_over;
    bool has_more; /* the decoder may hold octets that found no room */

    bool may_read_ahead;     /* the caller allows it; false once it was tried */
    struct see_ahead *ahead; /* who reads the file, or NULL */
    size_t own_size;         /* with `ahead`: of `own` */

    struct see_windows *windows; /* that `own` is one of, or NULL */
};

/* Starts on a file; it is closed in the end if `closes_fd`, also after a failure.  SEE_ENOMEM. */
SEE_MUST_CHECK int see_input_init_file(struct see_input *input, int fd, bool closes_fd);

/* Starts on octets that stay the caller's.  SEE_ENOMEM. */
SEE_MUST_CHECK int see_input_init_memory(struct see_input *input, struct see_view octets);

void see_input_finish(struct see_input *input);

/*
 * From here on octets that lie ready stay where they are until their window is needed again, for
 * which `owner` is asked.  Only of a file that is not packed.  Fails with SEE_ENOMEM: then nothing
 * has changed.
 */
SEE_MUST_CHECK int see_input_keep(struct see_input *input, struct see_windows_owner owner);

/* Nobody looked at them after all: takes back what was asked for, before anything was read. */
void see_input_keep_not(struct see_input *input);

/* Reads once, or unpacks what was read, into the room behind what lies ready. */
void see_input_pull(struct see_input *input);

/*
 * Waits until `wanted` octets lie ready (SEE_INPUT_MAX at most), and says how many do: fewer only
 * when `state` is no longer SEE_INPUT_OPEN.  Moves the octets.
 */
size_t see_input_fill(struct see_input *input, size_t wanted);

static inline size_t see_input_ready(const struct see_input *input)
{
    return input->end - input->start;
}

/* Likewise, at once when they are there. */
static inline size_t see_input_want(struct see_input *input, size_t wanted)
{
    size_t ready = see_input_ready(input);
    return ready >= wanted ? ready : see_input_fill(input, wanted);
}

/* The octets that lie ready; valid until more are asked for. */
static inline const uint8_t *see_input_at(const struct see_input *input)
{
    return input->octets + input->start;
}

/* Passes over octets, whether they have come or not. */
static inline void see_input_skip(struct see_input *input, uint64_t count)
{
    size_t ready = see_input_ready(input);
    size_t now = count < ready ? (size_t)count : ready;
    input->start += now;
    input->offset += now;
    input->to_skip += count - now;
}

/* How far the file has been used, in its own octets. */
uint64_t see_input_position(const struct see_input *input);

#endif
