/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/pool.h"

#include <stdlib.h>

/* Sizes that are told apart, and the largest one that is kept. */
#define STEP 64u
#define SIZES 64u

/* Octets that a pool keeps at rest. */
#define KEPT_MAX (512u << 10)

struct spare {
    struct spare *next;
};

struct see_pool {
    size_t refs;
    size_t kept;
    struct spare *spares[SIZES]; /* [n]: of n + 1 steps */
};

struct see_pool *see_pool_new(void)
{
    struct see_pool *pool = calloc(1, sizeof(*pool));
    return see_pool_ref(pool);
}

struct see_pool *see_pool_ref(struct see_pool *pool)
{
    if (pool != NULL) {
        pool->refs++;
    }
    return pool;
}

void see_pool_unref(struct see_pool *pool)
{
    if (pool == NULL || --pool->refs > 0) {
        return;
    }
    for (size_t i = 0; i < SIZES; i++) {
        for (struct spare *spare = pool->spares[i], *next; spare != NULL; spare = next) {
            next = spare->next;
            free(spare);
        }
    }
    free(pool);
}

/* Sizes that share memory; SIZES for those that share none. */
static inline size_t class_of(size_t size)
{
    size_t class = (size - 1) / STEP;
    return class < SIZES ? class : SIZES;
}

size_t see_pool_size(size_t size)
{
    size_t class = class_of(size);
    return class < SIZES ? (class + 1) * STEP : size;
}

void *see_pool_take(struct see_pool *pool, size_t size)
{
    size_t class = class_of(size);
    if (pool == NULL || class == SIZES || pool->spares[class] == NULL) {
        return malloc(see_pool_size(size));
    }
    struct spare *spare = pool->spares[class];
    pool->spares[class] = spare->next;
    pool->kept -= (class + 1) * STEP;
    return spare;
}

void see_pool_give(struct see_pool *pool, void *memory, size_t size)
{
    size_t class = class_of(size), kept = (class + 1) * STEP;
    if (pool == NULL || class == SIZES || pool->kept + kept > KEPT_MAX) {
        free(memory);
        return;
    }
    struct spare *spare = memory;
    spare->next = pool->spares[class];
    pool->spares[class] = spare;
    pool->kept += kept;
}
