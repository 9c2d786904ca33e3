/* SPDX-License-Identifier: BSD-3-Clause */
#include "alloc.h"

struct alloc alloc;

void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void __wrap_free(void *memory);

void alloc_start(size_t fail_at)
{
    alloc = (struct alloc){.fail_at = fail_at};
}

static bool may_allocate(void)
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
    return may_allocate() ? noted(__real_malloc(size)) : NULL;
}

void *__wrap_calloc(size_t count, size_t size)
{
    return may_allocate() ? noted(__real_calloc(count, size)) : NULL;
}

void *__wrap_realloc(void *memory, size_t size)
{
    if (!may_allocate()) {
        return NULL;
    }
    return memory != NULL ? __real_realloc(memory, size) : noted(__real_malloc(size));
}

void __wrap_free(void *memory)
{
    alloc.live -= memory != NULL;
    __real_free(memory);
}
