/* SPDX-License-Identifier: BSD-3-Clause */
#include "core/heap.h"

#include <stdint.h>
#include <stdlib.h>

#ifdef __GLIBC__
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

/* How much the heap grows at a time: address space, which is memory once it is used. */
#define STEP (32 << 20)

/* From so much on malloc takes memory beside the heap: the most that it lets us choose. */
#define BESIDE (32 << 20)

void see_heap_begin(struct see_heap *heap)
{
    if (heap->end != NULL) {
        return;
    }
    /* Each is refused by other implementations of malloc, and then all is as ever. */
    (void)mallopt(M_MMAP_THRESHOLD, BESIDE);
    (void)mallopt(M_TRIM_THRESHOLD, 2 * STEP);
    (void)mallopt(M_TOP_PAD, STEP);
    heap->end = sbrk(0);
    free(malloc(STEP / 2)); /* is the first step */
    see_heap_follow(heap);
}

void see_heap_follow(struct see_heap *heap)
{
    char *end = sbrk(0);
    if (heap->end == NULL || end == heap->end) {
        return;
    }
    if (end > heap->end) {
        uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
        uintptr_t from = (uintptr_t)heap->end / page * page;
        (void)madvise((void *)from, (uintptr_t)end - from, MADV_HUGEPAGE);
    }
    heap->end = end;
}
#else
void see_heap_begin(struct see_heap *heap)
{
    (void)heap;
}

void see_heap_follow(struct see_heap *heap)
{
    (void)heap;
}
#endif
