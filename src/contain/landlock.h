/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * landlock - a wall around the file system that a process puts up for itself.
 *
 * Everything that the kernel knows to forbid is forbidden: files, TCP, abstract
 * sockets and signals to those outside.  Descriptors that are open stay usable.
 */
#ifndef SEE_CONTAIN_LANDLOCK_H
#define SEE_CONTAIN_LANDLOCK_H

#include <stdbool.h>
#include <stddef.h>

/* A directory in which files stay within reach; one that is not there is passed over. */
struct see_landlock_place {
    const char *path;
    bool is_writable; /* files can be read, written, made and removed; else only read */
};

/*
 * Leaves no more than the places.  The version of Landlock, or 0 with errno when the kernel has
 * none, or does not let us.  Needs `no new privileges`.
 */
int see_landlock_enter(const struct see_landlock_place *places, size_t count);

#endif
