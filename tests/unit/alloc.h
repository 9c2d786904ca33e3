/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * alloc - counts what the code under test allocates, and makes one allocation fail.
 *
 * For executables linked with --wrap for malloc, calloc, realloc and free (`alloc_args` in
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

/* For the test's own memory: not counted, never failing on purpose. */
void *__real_malloc(size_t size);
void __real_free(void *memory);

#endif
