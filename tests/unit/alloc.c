/* SPDX-License-Identifier: BSD-3-Clause */
#include "alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

struct alloc alloc;

void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void __wrap_free(void *memory);
char *__wrap_strdup(const char *string);
char *__real_realpath(const char *path, char *resolved);
char *__wrap_realpath(const char *path, char *resolved);

void alloc_start(size_t fail_at)
{
    alloc = (struct alloc){.fail_at = fail_at};
}

void alloc_fail_each(int (*body)(void *ctx), void *ctx, int failure)
{
    bool has_failed = true;
    for (size_t n = 1; has_failed; n++) {
        alloc_start(n);
        int status = body(ctx);
        size_t live = alloc.live;
        has_failed = alloc.has_failed;
        alloc_start(0);
        assert_int_equal(status, has_failed ? failure : 0);
        assert_int_equal(live, 0);
    }
}

bool alloc_may(void)
{
    alloc.count++;
    if (alloc.count == alloc.fail_at) {
        alloc.has_failed = true;
        return false;
    }
    return true;
}

static void *noted(void *memory)
{
    alloc.live += memory != NULL;
    return memory;
}

void *__wrap_malloc(size_t size)
{
    return alloc_may() ? noted(__real_malloc(size)) : NULL;
}

void *__wrap_calloc(size_t count, size_t size)
{
    return alloc_may() ? noted(__real_calloc(count, size)) : NULL;
}

void *__wrap_realloc(void *memory, size_t size)
{
    if (!alloc_may()) {
        return NULL;
    }
    return memory != NULL ? __real_realloc(memory, size) : noted(__real_malloc(size));
}

void __wrap_free(void *memory)
{
    alloc.live -= memory != NULL;
    __real_free(memory);
}

char *__wrap_strdup(const char *string)
{
    size_t size = strlen(string) + 1;
    char *copy = __wrap_malloc(size);
    return copy != NULL ? memcpy(copy, string, size) : NULL;
}

/* Counted, for `free` is; not failed, since a path that cannot be resolved is no lack of memory. */
char *__wrap_realpath(const char *path, char *resolved)
{
    char *real = __real_realpath(path, resolved);
    return resolved == NULL ? noted(real) : real;
}
