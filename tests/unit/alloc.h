/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * alloc - counts what the code under test allocates, and makes one allocation fail.
 *
 * For executables linked with --wrap for malloc, calloc, realloc, free and strdup (`alloc_args` in
 * tests/meson.build).  Allocations inside of shared libraries are not seen.
 */
#ifndef SEE_TESTS_ALLOC_H
#define SEE_TESTS_ALLOC_H

#include <stdbool.h>
#include <stddef.h>

struct alloc {
    size_t live;     /* allocations that are not freed */
    size_t count;    /* allocations so far */
    size_t fail_at;  /* this one fails; 0: none */
    bool has_failed; /* it did */
};

extern struct alloc alloc;

/* Starts counting anew; allocation number `fail_at` will fail (0: none). */
void alloc_start(size_t fail_at);

/*
 * Runs `body` over and over, each time with another allocation failing, until it asks for no more:
 * it must return `failure` whenever one has failed, 0 when none has, and free everything.
 */
void alloc_fail_each(int (*body)(void *ctx), void *ctx, int failure);

/* Counts one allocation that is made elsewhere, by SQLite say; false when it has to fail. */
bool alloc_may(void);

/* For the test's own memory: not counted, never failing on purpose. */
void *__real_malloc(size_t size);
void __real_free(void *memory);

#endif
