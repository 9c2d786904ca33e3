/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pool - memory of exchanges that are over, for those to come.
 *
 * Most exchanges are gone within a moment and look alike, so their memory goes
 * round.  A bound says how much of it is kept at rest; what is larger than most
 * is given back at once.  All of it comes from malloc, and may go to free instead.
 */
#ifndef SEE_HTTP_POOL_H
#define SEE_HTTP_POOL_H

#include <stddef.h>

struct see_pool;

/* One reference, for the caller.  NULL when memory ran out. */
struct see_pool *see_pool_new(void);

struct see_pool *see_pool_ref(struct see_pool *pool); /* both take NULL */
void see_pool_unref(struct see_pool *pool);

/* NULL when memory ran out.  `pool` may be NULL, here and below: then nothing goes round. */
void *see_pool_take(struct see_pool *pool, size_t size);

/* Takes what `see_pool_take` gave for `size`, or malloc for `see_pool_size` of it. */
void see_pool_give(struct see_pool *pool, void *memory, size_t size);

/* How many octets memory of `size` has, so that any of its size can stand in for it. */
size_t see_pool_size(size_t size);

#endif
