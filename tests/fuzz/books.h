/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * books - what every fuzz target asks of a stage when all is over.
 */
#ifndef SEE_TESTS_BOOKS_H
#define SEE_TESTS_BOOKS_H

#include <assert.h>
#include <string.h>

#include "core/counts.h"

/* Nothing vanishes: in each unit of the stage as much came in as went out or was dropped. */
static inline void check_books(struct see_counts counts)
{
    for (size_t i = 0; i < counts.count; i++) {
        uint64_t rest = 0;
        for (size_t j = 0; j < counts.count; j++) {
            const struct see_count *count = &counts.list[j];
            if (count->kind != SEE_COUNT_NOTE && strcmp(count->unit, counts.list[i].unit) == 0) {
                rest += count->kind == SEE_COUNT_IN ? count->value : -count->value;
            }
        }
        assert(rest == 0);
        (void)rest;
    }
}

#endif
