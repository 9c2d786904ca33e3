/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rotate - gives a closed database a name of its own, and removes the oldest of those.
 *
 *     live.db  ->  live-20261120T201530Z.db        by the time of the system's clock
 *
 * Only files whose names have that form are ever removed.
 */
#ifndef SEE_CONTAIN_ROTATE_H
#define SEE_CONTAIN_ROTATE_H

#include <stddef.h>
#include <time.h>

#include "core/status.h"

struct see_rotation {
    size_t keep;      /* how many rotated databases stay; 0: all */
    size_t keep_days; /* how old they may become; 0: as old as they like */
};

/* `name` in the directory; 0, or -1 with errno when it could not be renamed. */
SEE_MUST_CHECK int see_rotate(int directory, const char *name, const struct see_rotation *rotation,
                              time_t now);

#endif
