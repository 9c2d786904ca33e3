/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rotate - a database that is full is left, and another one begun.
 *
 *     live.db -> live-20261120T201530Z.db        a link; the file is named by when it began
 *
 * SQLite finds the log and the index of a database by its name, whoever has it open: so a file
 * keeps its name, and the link leads elsewhere.  One that was begun without rotation has the plain
 * name, and is renamed the first time: nobody else may have it open then.
 *
 *     live.db -> live-20261120T201530Z-before.db   the same, but for who removes it: nobody
 *
 * Only files whose names have the form of the first one are ever removed.
 */
#ifndef SEE_CONTAIN_ROTATE_H
#define SEE_CONTAIN_ROTATE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "core/status.h"

struct see_rotation {
    size_t keep;      /* how many databases stay beside the one that is written; 0: all */
    size_t keep_days; /* how long ago they may have begun; 0: as long as they like */
};

/*
 * Where there is nothing at `path`, puts a link to an empty file there.  Where it cannot, whoever
 * opens the path makes a file with the plain name.
 */
void see_rotate_begin(const char *path, time_t now);

/* Whether `path` leads to a file by such a link. */
bool see_rotate_is_linked(const char *path);

/* The name of the link that leads to the file `name`; where there is none, `name` itself. */
void see_rotate_base(int directory, const char *name, char ret_base[NAME_MAX + 1]);

/* Whether `base` still is, or leads to, `name`. */
bool see_rotate_leads(int directory, const char *base, const char *name);

/*
 * Begins the file after `name`, and takes old ones away; `name` becomes that of the new one, which
 * is empty, and the link `base` leads there, whatever became of it meanwhile.  0, or -1 with errno,
 * and nothing has changed.
 */
SEE_MUST_CHECK int see_rotate(int directory, const char *base, char name[NAME_MAX + 1],
                              const struct see_rotation *rotation, time_t now);

#endif
