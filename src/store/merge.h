/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * merge - several databases into one.
 *
 * Ids are moved past those already there.  The same capture in two databases stays two captures,
 * but for shards of one run (`analyze --shard`): these number alike, so they become the one run
 * that they are parts of, as the first of them comes.
 *
 * The rules about all captures of a database are asked anew once all are in; what they find is held
 * against the findings that are known, as those of a run are.
 *
 * All or nothing: what cannot be merged leaves the target as it was.
 *
 *     open -> contained (where it is) -> run -> close
 */
#ifndef SEE_STORE_MERGE_H
#define SEE_STORE_MERGE_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#include "contain/contain.h"
#include "core/status.h"
#include "rules/suppress.h"

struct see_merge;

struct see_merge_counts {
    int64_t captures, findings; /* that were added */
};

/*
 * Opens the database at `target`, which is created where there is none, and looks at the sources,
 * which are borrowed.  `error` gets a sentence: SEE_EINVAL when a source is the target, and what
 * opening fails with.
 */
SEE_MUST_CHECK int see_merge_open(struct see_merge **ret_merge, const char *target,
                                  const char *const *sources, size_t count, char *error,
                                  size_t error_size);

/*
 * This process is about to be contained: the sources are the inputs of its parent, by their place,
 * and a target that was not there before may be taken away again.  SEE_ENOMEM.
 */
SEE_MUST_CHECK int see_merge_contained(struct see_merge *merge, struct see_contain *contain);

/* Findings that are known; borrowed until the merge is closed. */
void see_merge_know(struct see_merge *merge, const struct see_suppressions *known);

/* Once this is set, the merge fails as soon as it can; borrowed likewise. */
void see_merge_until(struct see_merge *merge, const volatile sig_atomic_t *is_stopping);

/* Merges.  `error` gets a sentence. */
SEE_MUST_CHECK int see_merge_run(struct see_merge *merge, struct see_merge_counts *ret_counts,
                                 char *error, size_t error_size);

/* Takes NULL.  A target that was made for a merge that failed is taken away again. */
SEE_MUST_CHECK int see_merge_close(struct see_merge *merge);

#endif
