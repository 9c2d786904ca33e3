/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * reserve - room on the disk that is kept for what matters most.
 *
 * A file without a name, in the directory of the database, of 16 MiB, or of a sixteenth of the file
 * system where that is less.  It is let go of when the disk is full, and taken again when there is
 * three times as much.  Nothing of it is left behind, whatever ends the process.
 */
#ifndef SEE_STORE_RESERVE_H
#define SEE_STORE_RESERVE_H

#include <stdbool.h>
#include <stdint.h>

struct see_reserve {
    int fd;       /* -1: there can be none */
    int64_t size; /* what it holds when it holds something */
    bool is_held;
};

/* Makes the file, empty; where it cannot be made, the disk is looked at all the same. */
void see_reserve_open(struct see_reserve *reserve, const char *database);
void see_reserve_close(struct see_reserve *reserve);

/* How things stand: so little is free that it should be let go of; so much that it can be taken. */
bool see_reserve_is_scarce(const struct see_reserve *reserve);
bool see_reserve_is_ample(const struct see_reserve *reserve);

/* False when the disk does not give it. */
bool see_reserve_take(struct see_reserve *reserve);
void see_reserve_release(struct see_reserve *reserve);

#endif
