/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * slices - the directory that evidence goes to, and how much of it there may be.
 *
 *     make -> NAME.part, open for writing -> keep: NAME, or drop: gone
 *
 *     seeother-20261120T201530Z-000017.pcapng      by the system's clock, and a number: the finding
 *
 * Room is made before a slice comes: the oldest go, by their names.  Only files whose names have
 * that form are counted or removed, so that a directory with other things in it is safe, and what
 * another program writes of that form meanwhile is not seen.
 */
#ifndef SEE_CONTAIN_SLICES_H
#define SEE_CONTAIN_SLICES_H

#include <stdint.h>
#include <time.h>

#include "core/status.h"

#define SEE_SLICE_NAME 64

struct see_slices_bounds {
    uint64_t octets; /* of all slices together */
    size_t count;    /* how many there may be */
    size_t days;     /* how old they may become; 0: as old as they like */
};

struct see_slices;

/* The directory must be there.  NULL with errno. */
struct see_slices *see_slices_open(const char *path, const struct see_slices_bounds *bounds);
void see_slices_close(struct see_slices *slices); /* drops what is not kept; takes NULL */

/*
 * Begins a slice of so many octets, for its owner's eyes only: a descriptor, or -1 with errno:
 * EFBIG when it is larger than all may be.  One at a time: a slice that was begun is dropped.
 */
SEE_MUST_CHECK int see_slices_make(struct see_slices *slices, uint64_t number, uint64_t octets,
                                   time_t now);

/* Gives the slice its name.  0, or -1 with errno; then it is dropped. */
SEE_MUST_CHECK int see_slices_keep(struct see_slices *slices, char ret_name[SEE_SLICE_NAME]);
void see_slices_drop(struct see_slices *slices);

/* Removes what has become too old. */
void see_slices_tidy(struct see_slices *slices, time_t now);

#endif
