/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/batch.h"

#include <time.h>

#include "store/fault.h"

/*
 * Exchanges are stored in the order in which their redirects are decided, which is not that of
 * their ids: what a batch touches it writes once, so that a larger one writes less.  But a disk
 * that gets full takes the open batch along: that is never much more than what was kept.
 */
#define BATCH_ROWS_MIN 1000
#define BATCH_ROWS_MAX 10000

int64_t see_batch_clock(void)
{
    struct timespec now = {0};
    /* Asked for every frame; a tick of some milliseconds is fine enough. */
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (int64_t)now.tv_sec * SEE_NS_PER_S + now.tv_nsec;
}

int see_batch_failed(struct see_store *store, int rc)
{
    int status = store->writer.is_kept_waiting ? store->failed : see_writer_wait(store);
    if (status == SEE_OK) {
        store->is_full = see_fault_is_full(store->database.db, rc);
        store->failed =
            see_fault(store->database.db, rc, store->path, store->error, sizeof(store->error));
    }
    return store->failed;
}

/* Puts the beginning or the end of a batch on the tape. */
static int mark(struct see_store *store, enum see_tape_kind kind)
{
    struct see_tape *tape = &store->writer.tape;
    see_tape_begin(tape, (struct see_tape_head){.kind = (uint8_t)kind});
    return see_tape_end(tape, 0) == SEE_OK ? SEE_OK : see_batch_failed(store, SQLITE_NOMEM);
}

static bool is_large(const struct see_store *store)
{
    return store->batch_rows >= BATCH_ROWS_MAX ||
           (store->batch_rows >= BATCH_ROWS_MIN && store->batch_rows >= store->rows_kept);
}

int see_batch_begin(struct see_store *store)
{
    if (store->is_in_batch && is_large(store) && see_batch_commit(store) != SEE_OK) {
        return store->failed;
    }
    if (store->failed != SEE_OK || store->is_in_batch) {
        return store->failed;
    }
    int status = mark(store, SEE_TAPE_BEGIN);
    if (status == SEE_OK) {
        /* Where nobody else writes the rows, the lock is taken before any of them is told. */
        status = see_writer_hand_over(store);
    }
    if (status != SEE_OK) {
        return status;
    }
    store->is_in_batch = true;
    store->is_finished = false;
    store->batch_began_ns = see_batch_clock();
    store->batch_rows = 0;
    return SEE_OK;
}

static void forget_unsure(struct see_store *store)
{
    if (store->writer.aside == NULL && store->writer.written.redirects_kept == store->redirects) {
        see_ids_clear(&store->unsure);
    }
}

int see_batch_commit(struct see_store *store)
{
    int status = store->failed;
    if (store->is_in_batch) {
        status = mark(store, SEE_TAPE_COMMIT);
        int handed = see_writer_hand_over(store);
        status = status == SEE_OK ? handed : status;
        store->rows_kept += store->batch_rows;
        forget_unsure(store);
    }
    store->is_in_batch = false;
    return status;
}
