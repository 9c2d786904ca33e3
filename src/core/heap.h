/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * heap - the memory of malloc in large pages, where the system has them for who asks.
 *
 * What belongs to thousands of connections lies all over tens of megabytes, and a processor knows
 * the places of a few megabytes only while pages have 4 KiB.  The C library asks for large ones
 * when GLIBC_TUNABLES says so, before a program begins; this does the same from within.  It takes
 * up to one large page more, and does nothing where there is another C library, or none are to be
 * had.
 */
#ifndef SEE_CORE_HEAP_H
#define SEE_CORE_HEAP_H

struct see_heap {
    char *end; /* what lies before was asked for; NULL: it has not begun */
};

/* From here on the heap grows in large steps, which are asked for by the next function. */
void see_heap_begin(struct see_heap *heap);

/* Asks for large pages where the heap has grown; costs next to nothing where it has not. */
void see_heap_follow(struct see_heap *heap);

#endif
