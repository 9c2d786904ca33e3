/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * beside - a database, and the files that SQLite makes beside it.
 *
 * Named by the directory and the name in there, links followed once: from then on nobody can talk
 * us into another.  All return -1 with errno on failure.
 */
#ifndef SEE_CONTAIN_BESIDE_H
#define SEE_CONTAIN_BESIDE_H

#include <limits.h>
#include <sys/stat.h>

#include "core/status.h"

struct see_beside {
    int directory; /* -1: none */
    char name[NAME_MAX + 1];
    char base[NAME_MAX + 1]; /* of the link that leads to it, or the same: see rotate.h */
};

enum see_beside_how {
    SEE_BESIDE_READ,
    SEE_BESIDE_WRITE,
    SEE_BESIDE_MAKE, /* and write */
};

SEE_MUST_CHECK int see_beside_enter(struct see_beside *beside, const char *path);
void see_beside_leave(struct see_beside *beside);

/*
 * Regular files only, and no links.  What is made besides the database itself (suffix "") belongs
 * to whom that belongs, and is open to the same people.
 */
SEE_MUST_CHECK int see_beside_open(const struct see_beside *beside, const char *suffix,
                                   enum see_beside_how how);
SEE_MUST_CHECK int see_beside_look(const struct see_beside *beside, const char *suffix,
                                   struct stat *ret_info);
SEE_MUST_CHECK int see_beside_remove(const struct see_beside *beside, const char *suffix);

/* The directory itself, to be synced. */
SEE_MUST_CHECK int see_beside_directory(const struct see_beside *beside);

/* A file without a name; where there is no such thing, one whose name is gone at once. */
SEE_MUST_CHECK int see_beside_temporary(const struct see_beside *beside);

#endif
