/* SPDX-License-Identifier: BSD-3-Clause */
#include "core/counts.h"

#include <string.h>

uint64_t see_counts_value(const struct see_counts *counts, const char *counter)
{
    for (size_t i = 0; i < counts->count; i++) {
        if (strcmp(counts->list[i].counter, counter) == 0) {
            return counts->list[i].value;
        }
    }
    return 0;
}
