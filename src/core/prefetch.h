/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * prefetch - memory that is about to be looked at is fetched while something else is done.
 *
 * With thousands of connections at a time none of what belongs to one is in a cache
 * when its next segment comes.  This changes nothing but the time it takes.
 */
#ifndef SEE_CORE_PREFETCH_H
#define SEE_CORE_PREFETCH_H

#include <stddef.h>

#define SEE_CACHE_LINE 64

/* The lines of `size` octets from `at` on. */
static inline void see_prefetch(const void *at, size_t size)
{
    for (size_t done = 0; done < size; done += SEE_CACHE_LINE) {
        __builtin_prefetch((const char *)at + done, 1);
    }
}

#endif
