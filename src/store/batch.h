/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * batch - the transaction that rows are gathered in.
 *
 *     (none) --begin--> open --commit--> (none)
 *                         \--a failure--> failed: what was whole is committed by close
 */
#ifndef SEE_STORE_BATCH_H
#define SEE_STORE_BATCH_H

#include "store/state.h"

/*
 * Opens a batch for another row unless one is open that has room for it.  Tells an earlier failure
 * again.
 */
SEE_MUST_CHECK int see_batch_begin(struct see_store *store);

/*
 * Commits, when a batch is open, and after a failure what can be saved; where a thread writes, that
 * comes later, and so does a failure of it.
 */
SEE_MUST_CHECK int see_batch_commit(struct see_store *store);

/* Keeps the first failure: the status and the sentence for SQLite's code `rc`. */
int see_batch_failed(struct see_store *store, int rc);

/* Nanoseconds of a clock that only moves forward. */
int64_t see_batch_clock(void);

#endif
