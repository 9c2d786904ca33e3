/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * merge - several databases into one.
 *
 * Ids are moved past those already there.  The same capture in two databases stays two captures,
 * but for shards of one run (`analyze --shard`): these number alike, so they become the one run
 * that they are parts of, as the first of them comes.
 *
 * The rules about all captures of a database are asked anew once all are in.
 *
 * All or nothing: what cannot be merged leaves the target as it was.
 */
#ifndef SEE_STORE_MERGE_H
#define SEE_STORE_MERGE_H

#include <stddef.h>
#include <stdint.h>

#include "core/status.h"

struct see_merge_counts {
    int64_t captures, findings; /* that were added */
};

/*
 * Merges `sources` into the database at `target`, which is created where there is none.  `error`
 * gets a sentence: SEE_EINVAL when a source is the target, and what opening fails with.
 */
SEE_MUST_CHECK int see_merge(const char *target, const char *const *sources, size_t count,
                             struct see_merge_counts *ret_counts, char *error, size_t error_size);

#endif
