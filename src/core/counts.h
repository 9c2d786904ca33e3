/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * counts - what a stage took in, handed on and dropped, by reason.
 *
 * A stage describes its counters in one table.  Counters of the same unit
 * balance: the sum of those marked SEE_COUNT_IN equals the sum of those marked
 * SEE_COUNT_OUT, SEE_COUNT_LEVEL and SEE_COUNT_DROPPED.  SEE_COUNT_LEVEL is what
 * is in the stage now, and can fall.  SEE_COUNT_NOTE stands beside the books.
 * The names are public: they are the `counter` column of `coverage`.
 */
#ifndef SEE_CORE_COUNTS_H
#define SEE_CORE_COUNTS_H

#include <stddef.h>
#include <stdint.h>

enum see_count_kind {
    SEE_COUNT_IN,
    SEE_COUNT_OUT,
    SEE_COUNT_LEVEL,
    SEE_COUNT_DROPPED,
    SEE_COUNT_NOTE
};

struct see_count {
    const char *counter;
    const char *unit; /* "frames", "segments", "octets", "messages", ... */
    enum see_count_kind kind;
    uint64_t value;
};

struct see_counts {
    const char *stage;
    const struct see_count *list;
    size_t count;
};

/* The value of a counter, 0 when the stage has none of this name. */
uint64_t see_counts_value(const struct see_counts *counts, const char *counter);

#endif
